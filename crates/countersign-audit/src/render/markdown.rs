//! The report as Markdown. Everything from the repository passes `escape::markdown`.

use std::fmt::Write as _;

use super::json::METHOD;
use super::words::{day, maybe_span, percent, short};
use crate::Report;
use crate::report::{DecisionMade, Exception, Moment, Packet, Person};
use countersign_model::escape::markdown::text as esc;

/// Rows of a table in a summary.
const SHOWN: usize = 50;

/// The report.
pub fn page(report: &Report) -> String {
    let mut out = String::new();
    head(report, &mut out);
    read(report, &mut out);
    lists(report, &mut out);
    controls(report, &mut out);
    out.push_str("\n## Changes\n");
    if report.changes.is_empty() {
        out.push_str("\nNothing changed in the period.\n");
    }
    for packet in &report.changes {
        one(packet, &mut out);
    }
    log(report, &mut out);
    out
}

/// The minute's read, for a place where a whole report has no room: what it is about, the summary, and what to look at first.
pub fn summary(report: &Report) -> String {
    let mut out = String::new();
    about(report, &mut out);
    read(report, &mut out);
    // Where only some have room, nothing light may stand in the way of what is heavy.
    let weight = |one: &&Exception| ["error", "warning"].iter().position(|word| *word == one.severity).unwrap_or(2);
    let mut heaviest: Vec<&Exception> = report.exceptions.iter().collect();
    heaviest.sort_by_key(weight);
    exceptions(&heaviest, SHOWN, &mut out);
    incidents(report, SHOWN, &mut out);
    out
}

/// The summary, and what it cannot say.
fn read(report: &Report, out: &mut String) {
    out.push_str("\n## Summary\n\n");
    for sentence in &report.summary.sentences {
        let _ = writeln!(out, "- {}", esc(sentence));
    }
    let _ = writeln!(
        out,
        "\n{} of subjects are approved and {} have an owner. From landing to approval: median {}, 90 % within {}.",
        percent(report.summary.approved, report.summary.subjects),
        percent(report.summary.owned, report.summary.subjects),
        maybe_span(report.metrics.lead_time.median),
        maybe_span(report.metrics.lead_time.p90)
    );
    out.push_str("\nNot evaluated:\n\n");
    for sentence in &report.scope.not_evaluated {
        let _ = writeln!(out, "- {}", esc(sentence));
    }
}

/// A drawn sample: the packets left in `report`, out of `population`.
pub fn sample(report: &Report, seed: &str, population: usize) -> String {
    let mut out = String::new();
    head(report, &mut out);
    let _ =
        writeln!(out, "\n## Sample\n\n{} of {population} changes, drawn with the seed “{}”: {METHOD}.", report.changes.len(), esc(seed));
    for packet in &report.changes {
        one(packet, &mut out);
    }
    log(report, &mut out);
    out
}

/// One packet on a page of its own.
pub fn packet(report: &Report, packet: &Packet) -> String {
    let mut out = String::new();
    head(report, &mut out);
    one(packet, &mut out);
    log(report, &mut out);
    out
}

fn head(report: &Report, out: &mut String) {
    let _ = writeln!(out, "# Audit of {}\n", esc(&report.scope.repository));
    about(report, out);
}

/// What was looked at.
fn about(report: &Report, out: &mut String) {
    let (scope, period) = (&report.scope, &report.period);
    let bound = |bound: &crate::report::Bound| {
        let asked = bound.asked.as_deref().map(|asked| format!("{}, ", esc(asked))).unwrap_or_default();
        format!("{asked}{} ({}, {})", esc(&bound.resolved), short(&bound.landing.commit), bound.landing.time)
    };
    let pinned = if scope.anchor_pinned { "pinned" } else { "**not pinned**" };
    let _ = writeln!(out, "- branch {}, {} landings", esc(&scope.branch), period.landings);
    let _ = writeln!(out, "- since: {}\n- until: {}", bound(&period.since), bound(&period.until));
    let _ = writeln!(
        out,
        "- anchor {}, {pinned}; policy {} ({})",
        short(&scope.anchor.commit),
        scope.policy.serial,
        short(&scope.policy.digest)
    );
    let _ = writeln!(out, "- judged at {} by {} {}", scope.now, report.tool.name, report.tool.version);
    if let Some(subjects) = &scope.subjects {
        let _ = writeln!(out, "- only {}", esc(&subjects.join(", ")));
    }
}

fn table(out: &mut String, title: &str, heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let _ = writeln!(out, "\n## {title}\n");
    let mut rows = rows.into_iter().peekable();
    if rows.peek().is_none() {
        out.push_str("None.\n");
        return;
    }
    let _ = writeln!(out, "| {} |\n|{}", heads.join(" | "), "---|".repeat(heads.len()));
    for row in rows {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
}

fn when(at: &Moment) -> String {
    format!("{} ({})", day(&at.time), at.position)
}

fn people(people: &[Person]) -> String {
    people.iter().map(|person| esc(&person.name)).collect::<Vec<_>>().join(", ")
}

fn text(value: Option<&String>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| esc(value))
}

fn lists(report: &Report, out: &mut String) {
    let rows = report.inventory.iter().map(|item| {
        let approvers: Vec<String> = item.approvers.iter().map(|one| format!("{} ({})", esc(&one.name), one.evidence)).collect();
        vec![
            esc(&item.subject),
            text(item.version.as_ref()),
            if item.paths.is_empty() { format!("{}, not in the tree", item.state) } else { item.state.to_owned() },
            item.risk.to_owned(),
            esc(&item.owners.join(", ")),
            approvers.join(", "),
            item.digest.as_deref().map(short).unwrap_or_default(),
        ]
    });
    table(out, "Inventory", &["Subject", "Version", "State", "Risk", "Owners", "Approved by", "Digest"], rows);
    exceptions(&report.exceptions.iter().collect::<Vec<_>>(), usize::MAX, out);
    incidents(report, usize::MAX, out);
    let rows = report.access.iter().flat_map(|era| {
        era.principals.iter().map(move |one| {
            let roles = if one.administrator { "administrator" } else { one.kind };
            vec![
                era.policy.serial.to_string(),
                format!("{} ({})", esc(&one.principal.name), esc(&one.principal.principal)),
                roles.to_owned(),
                esc(&one.owns.join(", ")),
                one.approves.iter().map(|rule| esc(rule)).collect::<Vec<_>>().join("; "),
            ]
        })
    });
    table(out, "Roles and access", &["Policy", "Principal", "Role", "Owns", "Counts in"], rows);
    let rows = report.administration.iter().map(|act| {
        let by = act.by.as_ref().map(|by| esc(&by.name)).unwrap_or_default();
        vec![
            when(&act.at),
            act.action.to_owned(),
            esc(&act.subject),
            by,
            text(act.reason.as_ref()),
            if act.effect { "yes" } else { "no" }.to_owned(),
        ]
    });
    table(out, "Administration", &["When", "Act", "Upon", "By", "Reason", "Effect"], rows);
    let rows = report.reviews.iter().map(|one| {
        let due = one.due.as_deref().map_or("now", day).to_owned();
        vec![
            esc(&one.subject),
            people(&one.owners),
            format!("{} days", one.every_days),
            due,
            if one.overdue { "**overdue**" } else { "" }.to_owned(),
        ]
    });
    table(out, "Reviews", &["Subject", "Owners", "Every", "Due", ""], rows);
    let rows = report
        .expiring
        .iter()
        .map(|one| vec![esc(&one.what), one.kind.to_owned(), one.ends.clone(), if one.ended { "**ended**" } else { "" }.to_owned()]);
    table(out, "Approvals and keys that end", &["What", "Kind", "Ends", ""], rows);
    let rows = report.retention.iter().map(|one| {
        let there = one.note.as_deref().map_or_else(|| one.records.to_string(), esc);
        vec![esc(&one.kind), format!("{} days", one.keep_days), there, one.older.to_string(), one.missing.len().to_string()]
    });
    table(out, "Retention", &["Records", "Keep", "There are", "Older", "Missing"], rows);
}

/// What an auditor should look at, the first `most`.
fn exceptions(all: &[&Exception], most: usize, out: &mut String) {
    let rows = all.iter().take(most).map(|one| {
        let position = one.position.map(|position| position.to_string()).unwrap_or_default();
        let stands = if one.stands { "stands" } else { "happened" };
        vec![one.severity.to_owned(), one.rule.clone(), esc(&one.message), position, stands.to_owned()]
    });
    table(out, "Exceptions", &["Weight", "Rule", "What", "Position", "When"], rows);
    more(all.len(), most, out);
}

/// What was stopped, the first `most`.
fn incidents(report: &Report, most: usize, out: &mut String) {
    let rows = report.incidents.iter().take(most).map(|one| {
        vec![
            when(&one.at),
            one.action.to_owned(),
            format!("{} {}", esc(&one.subject), esc(&one.version)),
            esc(&one.by.name),
            text(one.reason.as_ref()),
            maybe_span(one.exposed),
            if one.present { "still there" } else { "gone" }.to_owned(),
        ]
    });
    table(out, "Incidents", &["When", "Act", "What", "By", "Reason", "Exposed", "Files"], rows);
    more(report.incidents.len(), most, out);
}

/// What was left out of a table.
fn more(there: usize, most: usize, out: &mut String) {
    if there > most {
        let _ = writeln!(out, "\n{} more are in the report.", there - most);
    }
}

/// What the evidence says, and the controls that were asked for.
fn controls(report: &Report, out: &mut String) {
    let rows = report.evidence.iter().map(|answer| {
        vec![answer.query.to_owned(), esc(answer.asks), esc(&answer.says), answer.packets.len().to_string(), answer.against.to_string()]
    });
    table(out, "Evidence", &["Evidence", "Question", "Answer", "Packets", "To clear up"], rows);
    for framework in &report.frameworks {
        let superseded = framework.superseded_by.as_deref().map(|by| format!(" by {}", esc(by))).unwrap_or_default();
        let title = format!("{} ({}{superseded}, since {})", esc(&framework.title), framework.status, esc(&framework.since));
        let rows = framework.controls.iter().map(|control| {
            vec![
                esc(&control.id),
                esc(&control.asks),
                control.evidence.join(", "),
                control.strength.to_owned(),
                control.against.to_string(),
                esc(&control.git_cannot_show),
            ]
        });
        table(out, &title, &["Control", "Asks", "Evidence", "Strength", "To clear up", "Git cannot show"], rows);
        let _ = writeln!(out, "\n{} {}", esc(framework.notice), esc(&framework.applies));
    }
}

fn one(packet: &Packet, out: &mut String) {
    let version = packet.version.as_deref().unwrap_or("removed");
    let _ = writeln!(out, "\n### {} {} ({})\n", esc(&packet.subject), esc(version), esc(&packet.id));
    let _ = writeln!(out, "- landed {} in {}", when(&packet.landed), short(&packet.landed.commit));
    if let Some(digest) = &packet.digest {
        let _ = writeln!(out, "- digest {}", esc(digest));
    }
    if let Some(before) = &packet.before {
        let _ = writeln!(out, "- before {} {}", esc(&before.version), before.digest.as_deref().map(short).unwrap_or_default());
    }
    let _ = writeln!(out, "- risk {}; owners {}", packet.risk, people(&packet.owners));
    let mut contributors = if packet.baseline {
        vec!["unknown, as the bytes were there at the anchor".to_owned()]
    } else {
        vec![people(&packet.contributors)]
    };
    contributors.extend(packet.unknown_contributors.iter().map(|address| esc(address)));
    contributors.retain(|one| !one.is_empty());
    let _ = writeln!(out, "- contributors {}", if contributors.is_empty() { "–".to_owned() } else { contributors.join(", ") });
    match &packet.granted {
        Some(granted) => drop(writeln!(out, "- approved {}, lead time {}", when(granted), maybe_span(packet.lead_time))),
        None => out.push_str("- not approved\n"),
    }
    for change in &packet.capabilities {
        let _ = writeln!(
            out,
            "- {} {} {}{}",
            change.change,
            change.aspect,
            esc(&change.item),
            if change.widens { " **(widens)**" } else { "" }
        );
    }
    for file in &packet.files {
        let _ = writeln!(out, "- file {} {}", file.change, esc(&file.path));
    }
    for made in &packet.decisions {
        decision(made, out);
    }
    for proof in &packet.proofs {
        let _ = writeln!(out, "- leaf {} of the log", proof.index);
    }
}

fn decision(made: &DecisionMade, out: &mut String) {
    let effect = if made.effect { "" } else { ", **without effect**" };
    let _ = writeln!(
        out,
        "- {} by {} ({}), meaning {}, signed {}, landed {}{effect}: “{}” – {}; record {}",
        made.decision,
        esc(&made.by.name),
        esc(&made.by.principal),
        text(made.meaning.as_ref()),
        text(made.signed.as_ref()),
        when(&made.landed),
        text(made.reason.as_ref()),
        esc(&made.believed),
        short(&made.record)
    );
}

fn log(report: &Report, out: &mut String) {
    let log = &report.log;
    let _ =
        writeln!(out, "\n## Log\n\n{} leaves, root {}, {}.\n", log.size, log.root, if log.signed { "signed" } else { "not signed here" });
    for line in log.checkpoint.lines() {
        let _ = writeln!(out, "    {}", countersign_model::escape::terminal(line));
    }
}
