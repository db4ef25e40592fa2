//! Figures as plots that need no script; each has its numbers in words beside it.

use std::fmt::Write as _;

use super::super::words::{day, maybe_span};
use super::{close, open, table};
use crate::Report;
use crate::report::{Distribution, Step, Tally};
use countersign_model::escape::html as esc;

// About as wide as a plot on the page, so that its words have their size.
const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 130.0;
const LEFT: f64 = 26.0;
const BOTTOM: f64 = 18.0;
/// Where the bars of a tally begin, and how long the longest is.
const BARS: (f64, f64) = (170.0, 130.0);

pub fn section(report: &Report, out: &mut String) {
    open(out, "figures");
    let metrics = &report.metrics;
    let spans = |name: &str, of: &Distribution| {
        vec![esc(name), of.count.to_string(), maybe_span(of.min), maybe_span(of.median), maybe_span(of.p90), maybe_span(of.max)]
    };
    let rows = [spans("From landing to approval", &metrics.lead_time), spans("Age of approvals", &metrics.approval_age)];
    table(out, "Times, as values that occurred", &["Figure", "Of", "Least", "Median", "90 %", "Greatest"], rows);
    out.push_str("<div class=\"plots\">\n");
    let series = &metrics.series;
    share(out, "Share of subjects approved, percent", series, |step| step.approved);
    share(out, "Share of subjects owned, percent", series, |step| step.owned);
    let landed: [(&'static str, Value); 2] = [("landed", |step| step.landed), ("approved", |step| step.granted)];
    bars(out, "Versions landed and approved", series, landed.map(Bar::sum));
    let waits: [(&'static str, Value); 2] =
        [("came to wait", |step| step.awaiting_opened), ("waited no longer", |step| step.awaiting_closed)];
    bars(out, "Versions without approval: opened and closed", series, waits.map(Bar::sum));
    let open = [
        Bar::last(("versions that wait for approval", |step| step.awaiting)),
        Bar::sum(("findings begun that still stand", |step| step.findings_began)),
    ];
    bars(out, "What is open at the end of each step", series, open);
    let ends: [(&'static str, Value); 2] =
        [("blocks and revocations", |step| step.stopped), ("decisions without effect", |step| step.refused)];
    bars(out, "Stopped and refused", series, ends.map(Bar::sum));
    tallies(out, "From landing to approval", &metrics.lead_times);
    tallies(out, "Age of approvals", &metrics.approval_ages);
    tallies(out, "Approvals by evidence", &metrics.approvals_by_evidence);
    tallies(out, "Decisions", &metrics.decisions_by_kind);
    tallies(out, "Decisions without effect, by rule", &metrics.refused_by_rule);
    tallies(out, "Subjects by state", &metrics.subjects_by_state);
    tallies(out, "Subjects by risk", &metrics.subjects_by_risk);
    out.push_str("</div>\n<details><summary>The numbers behind the plots</summary>\n");
    let rows = series.iter().map(|step| {
        let counts = [
            step.landed,
            step.granted,
            step.refused,
            step.stopped,
            step.subjects,
            step.approved,
            step.owned,
            step.awaiting_opened,
            step.awaiting_closed,
            step.awaiting,
            step.findings_began,
        ];
        let mut row = vec![esc(day(&step.from))];
        row.extend(counts.iter().map(ToString::to_string));
        row
    });
    let heads = [
        "From",
        "Landed",
        "Approved",
        "Refused",
        "Stopped",
        "Subjects",
        "Of these approved",
        "Of these owned",
        "Came to wait",
        "Waited no longer",
        "Waiting",
        "Findings begun",
    ];
    table(out, "The period in steps", &heads, rows);
    out.push_str("</details>\n");
    close(out);
}

/// Opens a figure and its picture, of which `words` say what whoever does not see it must know.
fn figure(out: &mut String, title: &str, words: &str, tall: f64) {
    let _ = write!(
        out,
        "<figure><figcaption>{}</figcaption>\n<svg viewBox=\"0 0 {WIDTH} {tall}\" role=\"img\" aria-label=\"{0}: {}\">",
        esc(title),
        esc(words)
    );
}

/// A figure with both axes.
fn frame(out: &mut String, title: &str, words: &str, most: u32, series: &[Step]) {
    figure(out, title, words, HEIGHT);
    let _ = write!(
        out,
        "<line class=\"axis\" x1=\"{LEFT}\" y1=\"{y}\" x2=\"{WIDTH}\" y2=\"{y}\"/><text x=\"0\" y=\"12\">{most}</text><text x=\"0\" y=\"{y}\">0</text>",
        y = HEIGHT - BOTTOM
    );
    if let (Some(first), Some(last)) = (series.first(), series.last()) {
        let _ = write!(
            out,
            "<text x=\"{LEFT}\" y=\"{y}\">{}</text><text x=\"{WIDTH}\" y=\"{y}\" text-anchor=\"end\">{}</text>",
            esc(day(&first.from)),
            esc(day(&last.from)),
            y = HEIGHT - 4.0
        );
    }
}

/// How wide a step is.
fn width(series: &[Step]) -> f64 {
    (WIDTH - LEFT) / series.len().max(1) as f64
}

/// Where a value stands.
fn height(value: u32, most: u32) -> f64 {
    (HEIGHT - BOTTOM - 4.0) * f64::from(value) / f64::from(most.max(1))
}

fn share(out: &mut String, title: &str, series: &[Step], value: Value) {
    let percent = |step: &Step| (value(step) * 100).checked_div(step.subjects).unwrap_or_default();
    let last = series.last().map(percent).unwrap_or_default();
    frame(out, title, &format!("{last} percent at the end"), 100, series);
    let width = width(series);
    let points: Vec<String> = series
        .iter()
        .enumerate()
        .map(|(index, step)| format!("{:.1},{:.1}", LEFT + width * (index as f64 + 0.5), HEIGHT - BOTTOM - height(percent(step), 100)))
        .collect();
    let _ = writeln!(out, "<polyline class=\"line\" points=\"{}\"/></svg></figure>", points.join(" "));
}

type Value = fn(&Step) -> u32;

/// One of the two bars of each step.
struct Bar {
    name: &'static str,
    value: Value,
    /// Whether the steps add up; else the last one tells what is.
    adds: bool,
}

impl Bar {
    const fn sum((name, value): (&'static str, Value)) -> Self {
        Self { name, value, adds: true }
    }

    const fn last((name, value): (&'static str, Value)) -> Self {
        Self { name, value, adds: false }
    }

    /// The one figure for the whole period.
    fn total(&self, series: &[Step]) -> u32 {
        if self.adds { series.iter().map(self.value).sum() } else { series.last().map(self.value).unwrap_or_default() }
    }
}

fn bars(out: &mut String, title: &str, series: &[Step], bars: [Bar; 2]) {
    let most = series.iter().flat_map(|step| [(bars[0].value)(step), (bars[1].value)(step)]).max().unwrap_or_default();
    frame(out, title, &format!("{}, {}; at most {most} in a step", bars[0].name, bars[1].name), most, series);
    let width = width(series);
    for (index, step) in series.iter().enumerate() {
        for (side, (class, value)) in [("one", (bars[0].value)(step)), ("two", (bars[1].value)(step))].into_iter().enumerate() {
            let tall = height(value, most);
            if value > 0 {
                let x = LEFT + width * (index as f64 + 0.1 + 0.4 * side as f64);
                let _ = write!(
                    out,
                    "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{tall:.1}\"/>",
                    HEIGHT - BOTTOM - tall,
                    width * 0.38
                );
            }
        }
    }
    let keys = [("one", &bars[0]), ("two", &bars[1])].map(|(class, bar)| {
        format!(
            "<svg class=\"key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><rect class=\"{class}\" width=\"12\" height=\"12\"/></svg> {} ({})",
            esc(bar.name),
            bar.total(series)
        )
    });
    let _ = writeln!(out, "</svg><p class=\"soft\">{}</p></figure>", keys.join(", "));
}

fn tallies(out: &mut String, title: &str, tallies: &[Tally]) {
    let most = tallies.iter().map(|tally| tally.count).max().unwrap_or_default();
    let words: Vec<String> = tallies.iter().map(|tally| format!("{} {}", tally.name, tally.count)).collect();
    let words = if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    figure(out, title, &words, 22.0 * tallies.len().max(1) as f64);
    for (index, tally) in tallies.iter().enumerate() {
        let y = 22 * index;
        let long = BARS.1 * f64::from(tally.count) / f64::from(most.max(1));
        let _ = write!(
            out,
            "<text x=\"0\" y=\"{}\">{}</text><rect class=\"one\" x=\"{}\" y=\"{}\" width=\"{long:.1}\" height=\"14\"/><text x=\"{:.1}\" y=\"{0}\">{}</text>",
            y + 14,
            esc(&tally.name),
            BARS.0,
            y + 3,
            BARS.0 + 6.0 + long,
            tally.count
        );
    }
    if tallies.is_empty() {
        out.push_str("<text x=\"0\" y=\"14\">none</text>");
    }
    out.push_str("</svg></figure>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::report;

    #[test]
    fn what_happened_adds_up_and_what_stands_does_not() {
        let mut report = report();
        let step = report.metrics.series[0].clone();
        report.metrics.series = vec![step.clone(), step];
        let mut out = String::new();
        section(&report, &mut out);
        assert!(out.contains("landed (4)") && out.contains("findings begun that still stand (2)"), "{out}");
        assert!(out.contains("versions that wait for approval (1)"), "it waits in both steps: {out}");
        assert_eq!((out.matches("<figure>").count(), out.matches("</figure>").count()), (13, 13));
    }
}
