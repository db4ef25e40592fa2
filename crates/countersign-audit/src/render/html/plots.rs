//! Figures as plots that need no script; each has its numbers in words beside it.

use countersign_model::escape::Html;
use countersign_model::{DecisionKind, EvidenceKind, Risk, RuleId, State, html};

use super::super::words::{day, maybe_span};
use super::{section, table};
use crate::AuditReport;
use crate::report::{Distribution, Metrics, Step, Tally};

// About as wide as a plot on the page, so that its words have their size.
const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 130.0;
const LEFT: f64 = 26.0;
const BOTTOM: f64 = 18.0;
/// Where the bars of a tally begin, and how long the longest is.
const BARS: (f64, f64) = (170.0, 130.0);

pub fn figures(report: &AuditReport) -> Html {
    let metrics = &report.metrics;
    let rows = [
        distribution("From landing to approval", &metrics.lead_time),
        distribution("Age of approvals", &metrics.approval_age),
    ];
    let times = table(
        "Times (each figure is a value that occurred)",
        &["Figure", "Count", "Minimum", "Median", "90 %", "Maximum"],
        rows,
    );
    let content = html!(
        (times) "<div class=\"plots\">\n" (plots(metrics)) "</div>\n<details><summary>The numbers behind the plots</summary>\n"
        (steps(&metrics.series)) "</details>\n"
    );
    section("figures", &content)
}

fn distribution(name: &'static str, values: &Distribution) -> Vec<Html> {
    let spans = [values.min, values.median, values.p90, values.max]
        .map(|span| Html::text(maybe_span(span)));
    [Html::literal(name), Html::text(values.count)]
        .into_iter()
        .chain(spans)
        .collect()
}

fn plots(metrics: &Metrics) -> Html {
    let series = &metrics.series;
    html!((share(
        "Share of subjects approved, percent",
        series,
        |step| step.approved
    ))(share(
        "Share of subjects owned, percent",
        series,
        |step| step.owned
    ))(bars(
        "Versions landed and approved",
        series,
        [
            Bar::sum("landed", |step| step.landed),
            Bar::sum("approved", |step| step.granted)
        ]
    ))(bars(
        "Versions awaiting approval: started and stopped waiting",
        series,
        [
            Bar::sum("started waiting", |step| step.awaiting_opened),
            Bar::sum("stopped waiting", |step| step.awaiting_closed)
        ],
    ))(bars(
        "Open at the end of each step",
        series,
        [
            Bar::last("versions awaiting approval", |step| step.awaiting),
            Bar::sum("new findings that remain", |step| step.findings_began),
        ],
    ))(bars(
        "Stopped and refused",
        series,
        [
            Bar::sum("blocks and revocations", |step| step.stopped),
            Bar::sum("decisions without effect", |step| step.refused)
        ],
    ))(tallies(
        "From landing to approval",
        &metrics.lead_times,
        std::convert::identity
    ))(tallies(
        "Age of approvals",
        &metrics.approval_ages,
        std::convert::identity
    ))(tallies(
        "Approvals by evidence",
        &metrics.approvals_by_evidence,
        EvidenceKind::as_str
    ))(tallies(
        "Decisions",
        &metrics.decisions_by_kind,
        DecisionKind::as_str
    ))(tallies(
        "Decisions without effect, by rule",
        &metrics.refused_by_rule,
        RuleId::as_str
    ))(tallies(
        "Subjects by state",
        &metrics.subjects_by_state,
        State::as_str
    ))(tallies(
        "Subjects by risk",
        &metrics.subjects_by_risk,
        Risk::as_str
    )))
}

/// A column of the table of steps.
type Column = (&'static str, Value);

const COLUMNS: [Column; 11] = [
    ("Landed", |step| step.landed),
    ("Approved", |step| step.granted),
    ("Refused", |step| step.refused),
    ("Stopped", |step| step.stopped),
    ("Subjects", |step| step.subjects),
    ("Approved subjects", |step| step.approved),
    ("Owned subjects", |step| step.owned),
    ("Started waiting", |step| step.awaiting_opened),
    ("Stopped waiting", |step| step.awaiting_closed),
    ("Waiting", |step| step.awaiting),
    ("New findings", |step| step.findings_began),
];

fn steps(series: &[Step]) -> Html {
    let headings: Vec<&'static str> = ["From"]
        .into_iter()
        .chain(COLUMNS.map(|(heading, _)| heading))
        .collect();
    let rows = series.iter().map(|step| {
        let counts = COLUMNS.map(|(_, value)| Html::text(value(step)));
        [Html::text(day(step.from))]
            .into_iter()
            .chain(counts)
            .collect()
    });
    table("The period in steps", &headings, rows)
}

/// A number of a picture, as many digits as one can see.
fn coordinate(value: f64) -> String {
    format!("{value:.1}")
}

/// A figure with its picture and what is below it; `words` describe the picture to people who do
/// not see it.
fn figure(title: &str, words: &str, height: f64, picture: &Html, below: &Html) -> Html {
    html!(
        "<figure><figcaption>" (title) "</figcaption>\n<svg viewBox=\"0 0 " (WIDTH.to_string()) " " (height.to_string())
        "\" role=\"img\" aria-label=\"" (title) ": " (words) "\">" (picture) "</svg>" (below) "</figure>\n"
    )
}

/// Both axes.
fn axes(most: u32, series: &[Step]) -> Html {
    let (left, right, bottom) = (
        LEFT.to_string(),
        WIDTH.to_string(),
        (HEIGHT - BOTTOM).to_string(),
    );
    let mut axes = html!(
        "<line class=\"axis\" x1=\"" (left) "\" y1=\"" (bottom) "\" x2=\"" (right) "\" y2=\"" (bottom)
        "\"/><text x=\"0\" y=\"12\">" (most) "</text><text x=\"0\" y=\"" (bottom) "\">0</text>"
    );
    if let (Some(first), Some(last)) = (series.first(), series.last()) {
        let y = (HEIGHT - 4.0).to_string();
        axes.push(html!(
            "<text x=\"" (left) "\" y=\"" (y) "\">" (day(first.from)) "</text><text x=\"" (right) "\" y=\"" (y)
            "\" text-anchor=\"end\">" (day(last.from)) "</text>"
        ));
    }
    axes
}

/// How wide a step is.
fn width(series: &[Step]) -> f64 {
    (WIDTH - LEFT) / series.len().max(1) as f64
}

/// How high a value is above the axis.
fn height(value: u32, most: u32) -> f64 {
    (HEIGHT - BOTTOM - 4.0) * f64::from(value) / f64::from(most.max(1))
}

fn share(title: &str, series: &[Step], value: Value) -> Html {
    let percent = |step: &Step| {
        (value(step) * 100)
            .checked_div(step.subjects)
            .unwrap_or_default()
    };
    let last = series.last().map(percent).unwrap_or_default();
    let width = width(series);
    let points: Vec<String> = series
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let (x, y) = (
                LEFT + width * (index as f64 + 0.5),
                HEIGHT - BOTTOM - height(percent(step), 100),
            );
            format!("{},{}", coordinate(x), coordinate(y))
        })
        .collect();
    let picture =
        html!((axes(100, series)) "<polyline class=\"line\" points=\"" (points.join(" ")) "\"/>");
    figure(
        title,
        &format!("{last} percent at the end"),
        HEIGHT,
        &picture,
        &Html::new(),
    )
}

type Value = fn(&Step) -> u32;

/// One of the two bars of each step.
struct Bar {
    name: &'static str,
    value: Value,
    /// Whether the steps add up; else the last one says how many there are.
    adds: bool,
}

impl Bar {
    const fn sum(name: &'static str, value: Value) -> Self {
        Self {
            name,
            value,
            adds: true,
        }
    }

    const fn last(name: &'static str, value: Value) -> Self {
        Self {
            name,
            value,
            adds: false,
        }
    }

    /// The one figure for the whole period.
    fn total(&self, series: &[Step]) -> u32 {
        if self.adds {
            series.iter().map(self.value).sum()
        } else {
            series.last().map(self.value).unwrap_or_default()
        }
    }
}

fn bars(title: &str, series: &[Step], bars: [Bar; 2]) -> Html {
    let most = series
        .iter()
        .flat_map(|step| [(bars[0].value)(step), (bars[1].value)(step)])
        .max()
        .unwrap_or_default();
    let width = width(series);
    let mut picture = axes(most, series);
    for (index, step) in series.iter().enumerate() {
        for (side, (class, value)) in [
            ("one", (bars[0].value)(step)),
            ("two", (bars[1].value)(step)),
        ]
        .into_iter()
        .enumerate()
        {
            if value == 0 {
                continue;
            }
            let high = height(value, most);
            let (x, y) = (
                LEFT + width * (index as f64 + 0.1 + 0.4 * side as f64),
                HEIGHT - BOTTOM - high,
            );
            picture.push(html!(
                "<rect class=\"" (class) "\" x=\"" (coordinate(x)) "\" y=\"" (coordinate(y)) "\" width=\"" (coordinate(width * 0.38))
                "\" height=\"" (coordinate(high)) "\"/>"
            ));
        }
    }
    let keys = [("one", &bars[0]), ("two", &bars[1])].map(|(class, bar)| {
        html!(
            "<svg class=\"key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><rect class=\"" (class)
            "\" width=\"12\" height=\"12\"/></svg> " (bar.name) " (" (bar.total(series)) ")"
        )
    });
    let words = format!(
        "{}, {}; at most {most} in a step",
        bars[0].name, bars[1].name
    );
    figure(
        title,
        &words,
        HEIGHT,
        &picture,
        &html!("<p class=\"soft\">" (Html::join(keys, ", ")) "</p>"),
    )
}

fn tallies<T: Copy>(title: &str, tallies: &[Tally<T>], word: fn(T) -> &'static str) -> Html {
    let most = tallies
        .iter()
        .map(|tally| tally.count)
        .max()
        .unwrap_or_default();
    let words: Vec<String> = tallies
        .iter()
        .map(|tally| format!("{} {}", word(tally.name), tally.count))
        .collect();
    let words = if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    };
    let mut picture = Html::new();
    for (index, tally) in tallies.iter().enumerate() {
        let y = 22 * index;
        let long = BARS.1 * f64::from(tally.count) / f64::from(most.max(1));
        picture.push(html!(
            "<text x=\"0\" y=\"" (y + 14) "\">" (word(tally.name)) "</text><rect class=\"one\" x=\"" (BARS.0.to_string()) "\" y=\"" (y + 3)
            "\" width=\"" (coordinate(long)) "\" height=\"14\"/><text x=\"" (coordinate(BARS.0 + 6.0 + long)) "\" y=\"" (y + 14) "\">"
            (tally.count) "</text>"
        ));
    }
    if tallies.is_empty() {
        picture.push_literal("<text x=\"0\" y=\"14\">none</text>");
    }
    figure(
        title,
        &words,
        22.0 * tallies.len().max(1) as f64,
        &picture,
        &Html::new(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::report;

    #[test]
    fn what_happened_adds_up_and_what_remains_does_not() {
        let mut report = report();
        let step = report.metrics.series[0].clone();
        report.metrics.series = vec![step.clone(), step];
        let out = figures(&report).into_string();
        assert!(
            out.contains("landed (4)") && out.contains("new findings that remain (2)"),
            "{out}"
        );
        assert!(
            out.contains("versions awaiting approval (1)"),
            "it waits in both steps: {out}"
        );
        assert_eq!(
            (
                out.matches("<figure>").count(),
                out.matches("</figure>").count()
            ),
            (13, 13)
        );
    }
}
