//! CSV (RFC 4180): one file per table, for spreadsheets and databases.
//!
//! Text that somebody else wrote could be a formula to a spreadsheet. Wherever a cell could begin, under any separator that spreadsheets
//! know, such a character gets an apostrophe before it; hidden characters and line breaks are shown as `\u{…}`. The JSON has the exact words.

mod cell;
mod changes;

use cell::{Table, list, people, position, row, time};
use changes::{capabilities, changes, decisions, word};

use crate::report::Report;

/// Makes the text of one table. A table without rows has its header.
type Make = fn(&Report) -> String;

/// Every table by its name, sorted. Each is made by itself: together those of a year are large.
pub const TABLES: [(&str, Make); 15] = [
    ("administration.csv", administration),
    ("capabilities.csv", capabilities),
    ("changes.csv", changes),
    ("controls.csv", controls),
    ("decisions.csv", decisions),
    ("events.csv", events),
    ("evidence.csv", evidence),
    ("exceptions.csv", exceptions),
    ("expiring.csv", expiring),
    ("incidents.csv", incidents),
    ("inventory.csv", inventory),
    ("permissions.csv", permissions),
    ("retention.csv", retention),
    ("reviews.csv", reviews),
    ("scope.csv", scope),
];

/// One cell.
fn scope(report: &Report) -> String {
    let (scope, period) = (&report.scope, &report.period);
    let mut table = Table::new(&["name", "value"]);
    table.row(row!["schema", report.schema]);
    table.row(row!["tool version", report.tool.version]);
    table.row(row!["repository", &scope.repository]);
    table.row(row!["branch", &scope.branch]);
    table.row(row!["anchor", &scope.anchor.commit]);
    table.row(row!["anchor pinned", scope.anchor_pinned]);
    table.row(row!["head", &scope.head.commit]);
    table.row(row!["now", &scope.now]);
    table.row(row!["policy serial", scope.policy.serial]);
    table.row(row!["policy digest", &scope.policy.digest]);
    for (name, bound) in [("since", &period.since), ("until", &period.until)] {
        table.row(row![format!("{name} position"), bound.landing.position]);
        table.row(row![format!("{name} commit"), &bound.landing.commit]);
        table.row(row![format!("{name} time"), &bound.landing.time]);
    }
    table.row(row!["log size", report.log.size]);
    table.row(row!["log root", &report.log.root]);
    for sentence in &scope.not_evaluated {
        table.row(row!["not evaluated", sentence]);
    }
    table.0
}

fn inventory(report: &Report) -> String {
    let mut table = Table::new(&[
        "subject",
        "kind",
        "paths",
        "owners",
        "risk",
        "version",
        "digest",
        "state",
        "current",
        "baseline",
        "landed_position",
        "landed_time",
        "granted_position",
        "granted_time",
        "approvers",
        "evidence",
        "expires",
        "next_review",
        "findings",
    ]);
    for item in &report.inventory {
        let approvers: Vec<&str> = item.approvers.iter().map(|who| who.principal.as_str()).collect();
        let evidence: Vec<&str> = item.approvers.iter().map(|who| who.evidence).collect();
        table.row(row![
            &item.subject,
            item.kind,
            list(&item.paths),
            list(&item.owners),
            item.risk,
            &item.version,
            &item.digest,
            item.state,
            &item.current,
            item.baseline,
            position(item.landed.as_ref()),
            time(item.landed.as_ref()),
            position(item.granted.as_ref()),
            time(item.granted.as_ref()),
            list(&approvers),
            list(&evidence),
            &item.expires,
            &item.next_review,
            list(&item.findings),
        ]);
    }
    table.0
}

fn exceptions(report: &Report) -> String {
    let mut table = Table::new(&[
        "kind",
        "rule",
        "severity",
        "message",
        "help",
        "subject",
        "version",
        "path",
        "principal",
        "position",
        "commit",
        "stands",
    ]);
    for exception in &report.exceptions {
        table.row(row![
            word(&exception.kind),
            &exception.rule,
            exception.severity,
            &exception.message,
            &exception.help,
            &exception.subject,
            &exception.version,
            &exception.path,
            &exception.principal,
            &exception.position,
            &exception.commit,
            exception.stands,
        ]);
    }
    table.0
}

fn permissions(report: &Report) -> String {
    let mut table = Table::new(&[
        "policy_serial",
        "since_position",
        "until_position",
        "principal",
        "name",
        "kind",
        "keys",
        "teams",
        "administrator",
        "operates",
        "records",
        "viewer",
        "owns",
        "approves",
        "suspended_position",
    ]);
    for era in &report.access {
        for who in &era.principals {
            table.row(row![
                era.policy.serial,
                era.policy.since.position,
                position(era.until.as_ref()),
                &who.principal.principal,
                &who.principal.name,
                who.kind,
                list(&who.keys),
                list(&who.teams),
                who.administrator,
                list(&who.operates),
                list(&who.records),
                who.viewer,
                list(&who.owns),
                list(&who.approves),
                position(who.suspended_at.as_ref()),
            ]);
        }
    }
    table.0
}

fn administration(report: &Report) -> String {
    let mut table =
        Table::new(&["position", "commit", "time", "action", "subject", "serial", "principal", "reason", "effect", "refused_because"]);
    for act in &report.administration {
        table.row(row![
            act.at.position,
            &act.at.commit,
            &act.at.time,
            act.action,
            &act.subject,
            &act.serial,
            &act.by.as_ref().map(|by| by.principal.clone()),
            &act.reason,
            act.effect,
            &act.refused_because,
        ]);
    }
    table.0
}

fn incidents(report: &Report) -> String {
    let mut table = Table::new(&[
        "action",
        "subject",
        "version",
        "digest",
        "principal",
        "reason",
        "position",
        "time",
        "landed_position",
        "exposed_seconds",
        "ended_position",
        "lasted_seconds",
        "stands",
        "present",
    ]);
    for incident in &report.incidents {
        table.row(row![
            incident.action,
            &incident.subject,
            &incident.version,
            &incident.digest,
            &incident.by.principal,
            &incident.reason,
            incident.at.position,
            &incident.at.time,
            position(incident.landed.as_ref()),
            &incident.exposed,
            position(incident.ended.as_ref()),
            &incident.lasted,
            incident.stands,
            incident.present,
        ]);
    }
    table.0
}

fn reviews(report: &Report) -> String {
    let mut table = Table::new(&["subject", "owners", "every_days", "last", "due", "overdue"]);
    for review in &report.reviews {
        table.row(row![&review.subject, people(&review.owners), review.every_days, &review.last, &review.due, review.overdue]);
    }
    table.0
}

fn expiring(report: &Report) -> String {
    let mut table = Table::new(&["kind", "what", "ends", "ended"]);
    for expiry in &report.expiring {
        table.row(row![expiry.kind, &expiry.what, &expiry.ends, expiry.ended]);
    }
    table.0
}

fn retention(report: &Report) -> String {
    let mut table = Table::new(&["kind", "keep_days", "records", "oldest", "older", "missing", "note"]);
    for kind in &report.retention {
        table.row(row![&kind.kind, kind.keep_days, kind.records, &kind.oldest, kind.older, list(&kind.missing), &kind.note]);
    }
    table.0
}

fn events(report: &Report) -> String {
    let mut table = Table::new(&[
        "leaf",
        "position",
        "commit",
        "time",
        "action",
        "subject",
        "version",
        "digest",
        "principal",
        "reason",
        "evidence",
        "record",
        "effect",
        "refused_because",
    ]);
    for event in &report.events {
        table.row(row![
            &event.leaf,
            event.at.position,
            &event.at.commit,
            &event.at.time,
            event.action,
            &event.subject,
            &event.version,
            &event.digest,
            &event.by.as_ref().map(|by| by.principal.clone()),
            &event.reason,
            &event.evidence,
            &event.record,
            event.effect,
            &event.refused_because,
        ]);
    }
    table.0
}

fn evidence(report: &Report) -> String {
    let mut table = Table::new(&["query", "asks", "says", "packets", "against"]);
    for answer in &report.evidence {
        let packets = u32::try_from(answer.packets.len()).unwrap_or(u32::MAX);
        table.row(row![answer.query, answer.asks, &answer.says, packets, answer.against]);
    }
    table.0
}

fn controls(report: &Report) -> String {
    let mut table =
        Table::new(&["framework", "status", "since", "control", "group", "asks", "strength", "evidence", "against", "git_cannot_show"]);
    for framework in &report.frameworks {
        for control in &framework.controls {
            table.row(row![
                &framework.id,
                framework.status,
                &framework.since,
                &control.id,
                &control.group,
                &control.asks,
                control.strength,
                list(&control.evidence),
                control.against,
                &control.git_cannot_show,
            ]);
        }
    }
    table.0
}

#[cfg(test)]
mod tests {
    use super::cell::inert;
    use super::*;
    use crate::render::sample::report;

    /// The rows of a file, read by the rules of RFC 4180 and nothing else.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut in_quotes) = (Vec::new(), Vec::new(), String::new(), false);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if in_quotes && chars.peek() == Some(&'"') => cell.extend(chars.next()),
                '"' => in_quotes = !in_quotes,
                ',' if !in_quotes => row.push(std::mem::take(&mut cell)),
                '\r' if !in_quotes && chars.peek() == Some(&'\n') => {
                    chars.next();
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                other => cell.push(other),
            }
        }
        assert!(!in_quotes && row.is_empty() && cell.is_empty(), "the last line has an end");
        rows
    }

    #[test]
    fn every_table_is_rectangular_and_named_in_order() {
        assert!(TABLES.iter().map(|(name, _)| *name).is_sorted());
        for (name, make) in TABLES {
            let rows = read(&make(&report()));
            assert!(rows.len() > 1, "{name} has rows in the sample");
            assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{name}");
        }
    }

    #[test]
    fn a_cell_that_could_be_a_formula_is_text_under_every_separator() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("  -2", "  '-2"),
            ("\"=1", "\"'=1"),
            ("＝1", "'＝1"),
            ("a;=1", "a;'=1"),
            ("a, +1|@x", "a, '+1|'@x"),
            ("\t=1", "\\u{9}=1"),
            ("a\n=1", "a\\u{a}=1"),
            ("well-known a=b x@y", "well-known a=b x@y"),
        ] {
            assert_eq!(inert(text), safe);
        }
    }

    #[test]
    fn hostile_words_of_the_sample_are_no_formula_in_any_cell() {
        let mut hostile = 0;
        for (name, make) in TABLES {
            for cell in read(&make(&report())).iter().flatten() {
                let number = cell.parse::<i64>().is_ok();
                assert!(number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{name}: {cell}");
                hostile += usize::from(cell.starts_with("'="));
            }
        }
        assert!(hostile > 0, "the sample has one");
    }
}
