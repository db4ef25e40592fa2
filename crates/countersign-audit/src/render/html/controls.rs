//! What the evidence says, query by query, and the controls of the frameworks that were asked for.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{MOST, badge, close, open, table};
use crate::Report;
use crate::framework::{Answer, ControlReport, FrameworkReport, NOTICE};
use countersign_model::escape::html as esc;

/// The most packets that an answer links to; the JSON names all of them.
const MOST_LINKS: usize = 12;

pub fn section(report: &Report, out: &mut String) {
    open(out, "controls");
    let _ = writeln!(out, "<p>{}</p>", esc(NOTICE));
    // Only what the page shows can be linked to.
    let shown: BTreeSet<&str> =
        report.changes.iter().skip(report.changes.len().saturating_sub(MOST)).map(|packet| packet.id.as_str()).collect();
    let rows = report.evidence.iter().map(|answer| {
        vec![
            format!("<span id=\"evidence-{0}\">{0}</span>", esc(answer.query)),
            format!("{}<br>{}", esc(answer.asks), esc(&answer.says)),
            against(answer.against),
            packets(answer, &shown),
        ]
    });
    table(out, "What this report says to each question of evidence", &["Evidence", "Question and answer", "To clear up", "Packets"], rows);
    if report.frameworks.is_empty() {
        out.push_str("<p class=\"soft\">No framework was asked for; name one with <code>--framework</code>.</p>\n");
    }
    for framework in &report.frameworks {
        one(framework, out);
    }
    close(out);
}

fn against(number: u32) -> String {
    if number == 0 { "0".to_owned() } else { format!("<span class=\"bad\">{number}</span>") }
}

fn packets(answer: &Answer, shown: &BTreeSet<&str>) -> String {
    let linked: Vec<&String> = answer.packets.iter().rev().filter(|packet| shown.contains(packet.as_str())).take(MOST_LINKS).collect();
    let links: Vec<String> = linked.iter().map(|packet| format!("<a href=\"#{0}\">{0}</a>", esc(packet))).collect();
    let more = answer.packets.len() - linked.len();
    match (links.is_empty(), more) {
        (true, 0) => "–".to_owned(),
        (_, 0) => links.join(" "),
        (_, more) => format!("{} <span class=\"soft\">and {more} more in <code>audit.json</code></span>", links.join(" ")),
    }
}

fn one(framework: &FrameworkReport, out: &mut String) {
    let superseded = framework.superseded_by.as_deref().map(|by| format!(", by {}", esc(by))).unwrap_or_default();
    let _ = writeln!(
        out,
        "<details id=\"framework-{}\"><summary><strong>{}</strong> {}</summary>\n<p>{}, {} since {}{superseded}. {}</p>\n<p class=\"soft\">Identifiers: {}. {} Compared with its source on {}.</p>",
        esc(&framework.id),
        esc(&framework.title),
        badge(framework.status),
        esc(&framework.publisher),
        esc(framework.status),
        esc(&framework.since),
        esc(&framework.applies),
        esc(framework.identifiers),
        esc(&framework.checked),
        esc(&framework.reviewed)
    );
    let heads = ["Control", "What it asks, in our words", "Evidence", "Strength", "To clear up", "What Git cannot show"];
    table(out, &format!("Controls of {}", framework.title), &heads, framework.controls.iter().map(row));
    out.push_str("</details>\n");
}

fn row(control: &ControlReport) -> Vec<String> {
    let group = control.group.as_deref().map(|group| format!(" <span class=\"soft\">{}</span>", esc(group))).unwrap_or_default();
    let evidence: Vec<String> = control.evidence.iter().map(|query| format!("<a href=\"#evidence-{0}\">{0}</a>", esc(query))).collect();
    vec![
        format!("{}{group}", esc(&control.id)),
        esc(&control.asks),
        evidence.join(" "),
        esc(control.strength),
        against(control.against),
        esc(&control.git_cannot_show),
    ]
}
