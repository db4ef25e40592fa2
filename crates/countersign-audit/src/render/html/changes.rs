//! Every change as a folded packet.

use std::fmt::Write as _;

use super::super::words::{day, maybe_span};
use super::sections::people;
use super::{MOST, badge, clipped, close, cut, id, open, text};
use crate::Report;
use crate::report::{Change, DecisionMade, Packet};
use countersign_model::escape::html as esc;

/// The most lines of one kind in a packet.
const MOST_LINES: usize = 40;

pub fn section(report: &Report, out: &mut String) {
    open(out, "changes");
    if report.changes.is_empty() {
        out.push_str("<p>Nothing changed in the period.</p>\n");
    }
    let all = report.changes.len();
    for packet in report.changes.iter().skip(all.saturating_sub(MOST)) {
        one(packet, out);
    }
    cut(out, MOST, all, "changes");
    close(out);
}

const fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Changed => "changed",
        Change::Removed => "removed",
        Change::PolicyProposed => "policy proposed",
    }
}

fn one(packet: &Packet, out: &mut String) {
    let state = packet.state.map(badge).unwrap_or_default();
    let widens = if packet.widens == Some(true) { " <span class=\"badge wait\">widens</span>" } else { "" };
    let _ = writeln!(
        out,
        "<details id=\"{}\"><summary>{} <strong>{}</strong> {} {} {state}{widens}</summary>\n<dl>",
        esc(&packet.id),
        esc(day(&packet.landed.time)),
        esc(&packet.subject),
        text(packet.version.as_ref()),
        word(packet.change)
    );
    let mut row = |name: &str, value: String| {
        let _ = writeln!(out, "<dt>{name}</dt><dd>{value}</dd>");
    };
    row("Landed", format!("position {}, {}, {}", packet.landed.position, id(&packet.landed.commit), esc(&packet.landed.time)));
    if let Some(digest) = &packet.digest {
        row("Digest", id(digest));
    }
    if let Some(before) = &packet.before {
        row("Before", format!("{} {}", esc(&before.version), before.digest.as_deref().map(id).unwrap_or_default()));
    }
    row("Risk, owners", format!("{}; {}", esc(packet.risk), people(&packet.owners)));
    let mut contributors = people(&packet.contributors);
    if packet.baseline {
        "unknown: the bytes were there at the anchor".clone_into(&mut contributors);
    }
    if !packet.unknown_contributors.is_empty() {
        contributors = format!("{contributors}; nobody in the policy: {}", esc(&packet.unknown_contributors.join(", ")));
    }
    row("Contributors", if contributors.is_empty() { "–".to_owned() } else { contributors });
    let approved = packet
        .granted
        .as_ref()
        .map(|granted| format!("at position {}, {}; lead time {}", granted.position, esc(&granted.time), maybe_span(packet.lead_time)));
    row("Approved", approved.unwrap_or_else(|| "no".to_owned()));
    for requirement in &packet.requirements {
        let have: Vec<String> = requirement.have.iter().map(|one| format!("{} ({})", esc(&one.name), esc(one.evidence))).collect();
        let have = if have.is_empty() { "nobody".to_owned() } else { have.join(", ") };
        row(
            "Asked for",
            format!("{} of {}: {have}; {} missing", requirement.count, esc(&requirement.from.join(", ")), requirement.missing),
        );
    }
    out.push_str("</dl>\n");
    list(
        out,
        "What it can do",
        packet.capabilities.iter().map(|change| {
            let widens = if change.widens { " <span class=\"wait\">(widens)</span>" } else { "" };
            format!("{} {}: {}{widens}", esc(change.change), esc(change.aspect), esc(&change.item))
        }),
    );
    list(out, "Files", packet.files.iter().map(|file| format!("{}: <code>{}</code>", esc(file.change), esc(&file.path))));
    list(out, "Decisions", packet.decisions.iter().map(decision));
    list(out, "Findings", packet.findings.iter().map(|rule| format!("<code>{}</code>", esc(rule))));
    let leaves: Vec<String> = packet.proofs.iter().map(|proof| proof.index.to_string()).collect();
    let _ = writeln!(
        out,
        "<p class=\"soft\">Packet <code>{}</code>; leaves {} of the log, with proofs in <code>audit.json</code>.</p>\n</details>",
        esc(&packet.id),
        leaves.join(", ")
    );
}

fn decision(made: &DecisionMade) -> String {
    let effect = if made.effect { "" } else { " <span class=\"bad\">without effect</span>" };
    let meaning = made.meaning.as_deref().map(|meaning| format!(" ({})", esc(meaning))).unwrap_or_default();
    let signed = made.signed.as_deref().map(|time| format!(", signed {}", esc(time))).unwrap_or_default();
    let reason = made.reason.as_deref().map(|reason| format!(": “{}”", clipped(reason))).unwrap_or_default();
    format!(
        "<strong>{}</strong>{meaning} by {} ({}){signed}, landed at {}{effect}{reason}<br><span class=\"soft\">{}; record {}</span>",
        esc(made.decision),
        esc(&made.by.name),
        esc(&made.by.principal),
        made.landed.position,
        esc(&made.believed),
        id(&made.record)
    )
}

fn list(out: &mut String, title: &str, items: impl ExactSizeIterator<Item = String>) {
    let all = items.len();
    if all == 0 {
        return;
    }
    let _ = writeln!(out, "<p>{title}</p>\n<ul>");
    for item in items.take(MOST_LINES) {
        let _ = writeln!(out, "<li>{item}</li>");
    }
    if all > MOST_LINES {
        let _ = writeln!(out, "<li class=\"soft\">and {} more in <code>audit.json</code></li>", all - MOST_LINES);
    }
    out.push_str("</ul>\n");
}
