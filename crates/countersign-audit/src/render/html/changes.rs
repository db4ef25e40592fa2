//! Every change as a folded packet.

use countersign_model::escape::Html;
use countersign_model::html;

use super::super::words::{day, maybe_span};
use super::sections::people;
use super::{MOST, clipped, definition, id, omitted, or_dash, section, state_badge, whole};
use crate::AuditReport;
use crate::report::{ChangeKind, DecisionMade, Packet, RequirementMet};

/// The most lines of one kind in a packet.
const MOST_LINES: usize = 40;

pub fn changes(report: &AuditReport) -> Html {
    let all = report.changes.len();
    let packets: Html = report
        .changes
        .iter()
        .skip(all.saturating_sub(MOST))
        .map(packet)
        .collect();
    let nothing = Html::literal(if all == 0 {
        "<p>Nothing changed in the period.</p>\n"
    } else {
        ""
    });
    section(
        "changes",
        &html!((nothing)(packets)(omitted(
            "most recent",
            MOST,
            all,
            "changes"
        ))),
    )
}

const fn word(change: ChangeKind) -> &'static str {
    match change {
        ChangeKind::Added => "added",
        ChangeKind::Changed => "changed",
        ChangeKind::Removed => "removed",
        ChangeKind::PolicyProposed => "policy proposed",
    }
}

fn packet(packet: &Packet) -> Html {
    let state = packet.state.map(state_badge).unwrap_or_default();
    let widens = Html::literal(if packet.widens == Some(true) {
        " <span class=\"badge wait\">widens</span>"
    } else {
        ""
    });
    let capabilities = packet.capabilities.iter().map(|change| {
        let widens = Html::literal(if change.widens {
            " <span class=\"wait\">(widens)</span>"
        } else {
            ""
        });
        html!((change.change.as_str()) " " (change.aspect.as_str()) ": " (change.item) (widens))
    });
    let files = packet
        .files
        .iter()
        .map(|file| html!((file.change.as_str()) ": <code>" (file.path) "</code>"));
    let leaves: Vec<String> = packet
        .proofs
        .iter()
        .map(|proof| proof.index.to_string())
        .collect();
    html!(
        "<details id=\"" (packet.id) "\"><summary>" (day(packet.landed.time)) " <strong>" (packet.subject) "</strong> "
        (or_dash(packet.version.as_ref())) " " (word(packet.change)) " " (state) (widens) "</summary>\n<dl>\n" (definitions(packet)) "</dl>\n"
        (list("What it can do", capabilities))
        (list("Files", files))
        (list("Decisions", packet.decisions.iter().map(decision)))
        (list("Findings", packet.findings.iter().map(|rule| html!("<code>" (rule) "</code>"))))
        "<p class=\"soft\">Packet <code>" (packet.id) "</code>; leaves " (leaves.join(", "))
        " of the log, with proofs in <code>audit.json</code>.</p>\n</details>\n"
    )
}

fn definitions(packet: &Packet) -> Html {
    let landed = &packet.landed;
    let mut list = definition(
        "Landed",
        html!("position " (landed.position) ", " (whole(landed.commit)) ", " (landed.time)),
    );
    if let Some(digest) = packet.digest {
        list.push(definition("Digest", whole(digest)));
    }
    if let Some(before) = &packet.before {
        list.push(definition(
            "Before",
            html!((before.version) " " (before.digest.map(id).unwrap_or_default())),
        ));
    }
    list.push(definition(
        "Risk, owners",
        html!((packet.risk) "; " (people(&packet.owners))),
    ));
    list.push(definition("Contributors", contributors(packet)));
    list.push(match &packet.granted {
        Some(granted) => definition(
            "Approved",
            html!("at position " (granted.position) ", " (granted.time) "; lead time " (maybe_span(packet.lead_time))),
        ),
        None => definition("Approved", "no"),
    });
    list.push(
        packet
            .requirements
            .iter()
            .map(|requirement| definition("Required", requirement_met(requirement)))
            .collect::<Html>(),
    );
    list
}

fn contributors(packet: &Packet) -> Html {
    let mut contributors = if packet.baseline {
        Html::literal("unknown: the bytes were there at the anchor")
    } else {
        people(&packet.contributors)
    };
    if !packet.unknown_contributors.is_empty() {
        contributors.push(html!("; not in the policy: "(
            packet.unknown_contributors.join(", ")
        )));
    }
    if contributors.is_empty() {
        Html::literal("–")
    } else {
        contributors
    }
}

fn requirement_met(requirement: &RequirementMet) -> Html {
    let approvals = if requirement.approvals.is_empty() {
        Html::literal("no one")
    } else {
        Html::join(
            requirement
                .approvals
                .iter()
                .map(|one| html!((one.name) " (" (one.evidence) ")")),
            ", ",
        )
    };
    html!((requirement.count) " of " (requirement.from.join(", ")) ": " (approvals) "; " (requirement.missing) " missing")
}

fn decision(made: &DecisionMade) -> Html {
    let effect = Html::literal(if made.effect {
        ""
    } else {
        " <span class=\"bad\">without effect</span>"
    });
    let meaning = made
        .shown_meaning()
        .map(|meaning| html!(" (" (meaning) ")"))
        .unwrap_or_default();
    let signed = made
        .signed
        .as_ref()
        .map(|time| html!(", signed "(time)))
        .unwrap_or_default();
    let reason = made
        .reason
        .as_deref()
        .map(|reason| html!(": “" (clipped(reason)) "”"))
        .unwrap_or_default();
    html!(
        "<strong>" (made.decision) "</strong>" (meaning) " by " (made.by.name) " (" (made.by.principal) ")" (signed) ", landed at "
        (made.landed.position) (effect) (reason) "<br><span class=\"soft\">" (made.basis) "; record " (whole(made.record)) "</span>"
    )
}

fn list(title: &'static str, items: impl ExactSizeIterator<Item = Html>) -> Html {
    let all = items.len();
    if all == 0 {
        return Html::new();
    }
    let mut shown: Html = items
        .take(MOST_LINES)
        .map(|item| html!("<li>" (item) "</li>\n"))
        .collect();
    if all > MOST_LINES {
        shown.push(html!("<li class=\"soft\">and " (all - MOST_LINES) " more in <code>audit.json</code></li>\n"));
    }
    html!("<p>" (title) "</p>\n<ul>\n" (shown) "</ul>\n")
}
