//! What the evidence says, query by query, and the controls of the requested frameworks.

use std::collections::BTreeSet;

use countersign_model::escape::Html;
use countersign_model::framework_input::EvidenceQuery;
use countersign_model::html;

use super::{MOST, Tone, badge, section, table};
use crate::AuditReport;
use crate::framework::NOTICE;
use crate::report::{ControlReport, EvidenceAnswer, FrameworkReport};

/// The most packets that an answer links to; the JSON names all of them.
const MOST_LINKS: usize = 12;

pub fn controls(report: &AuditReport) -> Html {
    // Only what the page shows can be linked to.
    let shown: BTreeSet<&str> = report
        .changes
        .iter()
        .skip(report.changes.len().saturating_sub(MOST))
        .map(|packet| packet.id.as_str())
        .collect();
    let rows = report.evidence.iter().map(|answer| {
        vec![
            html!("<span id=\"evidence-" (answer.query.as_str()) "\">" (answer.query.as_str()) "</span>"),
            html!((answer.question) "<br>" (answer.answer)),
            open_points(answer.open_points),
            packets(answer, &shown),
        ]
    });
    let headings = ["Evidence", "Question and answer", "Open points", "Packets"];
    let evidence = table(
        "What this report says about each evidence question",
        &headings,
        rows,
    );
    let frameworks: Html = if report.frameworks.is_empty() {
        Html::literal(
            "<p class=\"soft\">No framework was requested; name one with <code>--framework</code>.</p>\n",
        )
    } else {
        report.frameworks.iter().map(framework).collect()
    };
    section(
        "controls",
        &html!("<p>" (NOTICE) "</p>\n" (evidence) (frameworks)),
    )
}

fn open_points(number: u32) -> Html {
    if number == 0 {
        Html::literal("0")
    } else {
        html!("<span class=\"bad\">" (number) "</span>")
    }
}

fn packets(answer: &EvidenceAnswer, shown: &BTreeSet<&str>) -> Html {
    let linked: Vec<&String> = answer
        .packets
        .iter()
        .rev()
        .filter(|packet| shown.contains(packet.as_str()))
        .take(MOST_LINKS)
        .collect();
    let more = answer.packets.len() - linked.len();
    let links = Html::join(
        linked
            .iter()
            .map(|packet| html!("<a href=\"#" (packet) "\">" (packet) "</a>")),
        " ",
    );
    match (links.is_empty(), more) {
        (true, 0) => Html::literal("–"),
        (_, 0) => links,
        (_, more) => {
            html!((links) " <span class=\"soft\">and " (more) " more in <code>audit.json</code></span>")
        }
    }
}

fn framework(framework: &FrameworkReport) -> Html {
    let successor = framework
        .superseded_by
        .as_ref()
        .map(|by| html!(", by "(by)))
        .unwrap_or_default();
    let headings = [
        "Control",
        "What it requires, in our words",
        "Evidence",
        "Strength",
        "Open points",
        "What Git cannot show",
    ];
    let controls = table(
        &format!("Controls of {}", framework.title),
        &headings,
        framework.controls.iter().map(control),
    );
    html!(
        "<details id=\"framework-" (framework.id) "\"><summary><strong>" (framework.title) "</strong> " (badge(Tone::Plain, framework.status.as_str()))
        "</summary>\n<p>" (framework.publisher) ", " (framework.status.as_str()) " since " (framework.since) (successor) ". " (framework.applies)
        "</p>\n<p class=\"soft\">Identifiers: " (framework.identifiers.as_str()) ". " (framework.checked) " Compared with its source on "
        (framework.reviewed) ".</p>\n" (controls) "</details>\n"
    )
}

fn control(control: &ControlReport) -> Vec<Html> {
    let group = control
        .group
        .as_ref()
        .map(|group| html!(" <span class=\"soft\">" (group) "</span>"))
        .unwrap_or_default();
    let link = |query: &EvidenceQuery| html!("<a href=\"#evidence-" (query.as_str()) "\">" (query.as_str()) "</a>");
    vec![
        html!((control.id)(group)),
        Html::text(&control.requirement),
        Html::join(control.evidence.iter().map(link), " "),
        Html::literal(control.strength.as_str()),
        open_points(control.open_points),
        Html::text(&control.git_cannot_show),
    ]
}
