//! CSV (RFC 4180): one file per table, for spreadsheets and databases.
//!
//! Text that someone else wrote could be a formula to a spreadsheet. Wherever a cell could begin,
//! under any separator that spreadsheets know, such a character gets an apostrophe before it;
//! hidden characters and line breaks are shown as `\u{…}`. The JSON has the exact words.

mod cell;
mod changes;

pub use cell::{Cell, Column, table};
use cell::{count, list, people, position, time};
use changes::{capabilities, changes, decisions};

use crate::report::{
    AdministrativeAct, AuditReport, ControlReport, EventRow, EvidenceAnswer, Exception, Expiry,
    FrameworkReport, Incident, InventoryItem, Permissions, PolicyEra, Retention, ReviewDue,
};

/// Makes the text of one table. A table without rows has its header.
type Make = fn(&AuditReport) -> String;

/// Every table by its name, sorted. Each is made on its own: together those of a year are large.
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

fn scope(report: &AuditReport) -> String {
    let (scope, period) = (&report.scope, &report.period);
    let mut rows: Vec<(&str, Cell)> = vec![
        ("schema", report.schema.into()),
        ("tool version", report.tool.version.into()),
        ("repository", Cell::from(&scope.repository)),
        ("branch", Cell::from(&scope.branch)),
        ("anchor", scope.anchor.commit.into()),
        ("anchor pinned", scope.anchor_pinned.into()),
        ("head", scope.head.commit.into()),
        ("now", scope.now.into()),
        ("policy serial", scope.policy.serial.into()),
        ("policy digest", scope.policy.digest.into()),
        ("since position", period.since.landing.position.into()),
        ("since commit", period.since.landing.commit.into()),
        ("since time", period.since.landing.time.into()),
        ("until position", period.until.landing.position.into()),
        ("until commit", period.until.landing.commit.into()),
        ("until time", period.until.landing.time.into()),
        ("log size", report.log.size.into()),
        ("log root", Cell::from(&report.log.root)),
    ];
    let signature = &scope.anchor_signature;
    rows.push(("anchor signed", signature.signed.into()));
    if let Some(key) = &signature.key {
        rows.push(("anchor signed with", Cell::from(key)));
    }
    if let Some(by) = &signature.by {
        rows.push(("anchor signed by", Cell::from(&by.principal)));
    }
    let outside = &scope.outside;
    rows.extend(
        outside
            .ignored
            .iter()
            .map(|hidden| ("ignored", Cell::from(hidden))),
    );
    rows.push(("ungoverned", outside.ungoverned.count.into()));
    rows.push(("ungoverned instructions", outside.instructions.count.into()));
    rows.extend(
        scope
            .suspended
            .iter()
            .map(|one| ("suspended", Cell::from(&one.principal))),
    );
    rows.extend(
        scope
            .not_evaluated
            .iter()
            .map(|sentence| ("not evaluated", Cell::from(sentence))),
    );
    let columns: &[Column<(&str, Cell)>] = &[
        ("name", |(name, _)| Cell::from(*name)),
        ("value", |(_, value)| value.clone()),
    ];
    table(columns, rows)
}

fn inventory(report: &AuditReport) -> String {
    let columns: &[Column<&InventoryItem>] = &[
        ("subject", |item| Cell::from(&item.subject)),
        ("kind", |item| Cell::from(item.kind)),
        ("paths", |item| list(&item.paths)),
        ("owners", |item| list(&item.owners)),
        ("risk", |item| Cell::from(item.risk)),
        ("version", |item| Cell::from(&item.version)),
        ("digest", |item| Cell::from(&item.digest)),
        ("state", |item| Cell::from(item.state)),
        ("current", |item| Cell::from(&item.current)),
        ("baseline", |item| Cell::from(item.baseline)),
        ("landed_position", |item| position(item.landed.as_ref())),
        ("landed_time", |item| time(item.landed.as_ref())),
        ("granted_position", |item| position(item.granted.as_ref())),
        ("granted_time", |item| time(item.granted.as_ref())),
        ("approvers", |item| {
            list(item.approvers.iter().map(|who| &who.principal))
        }),
        ("evidence", |item| {
            list(item.approvers.iter().map(|who| who.evidence))
        }),
        ("expires", |item| Cell::from(&item.expires)),
        ("next_review", |item| Cell::from(&item.next_review)),
        ("findings", |item| list(&item.findings)),
    ];
    table(columns, &report.inventory)
}

fn exceptions(report: &AuditReport) -> String {
    let columns: &[Column<&Exception>] = &[
        ("kind", |exception| Cell::from(exception.kind)),
        ("rule", |exception| Cell::from(&exception.rule)),
        ("severity", |exception| Cell::from(exception.severity)),
        ("message", |exception| Cell::from(&exception.message)),
        ("help", |exception| Cell::from(&exception.help)),
        ("subject", |exception| Cell::from(&exception.subject)),
        ("version", |exception| Cell::from(&exception.version)),
        ("path", |exception| Cell::from(&exception.path)),
        ("principal", |exception| Cell::from(&exception.principal)),
        ("position", |exception| Cell::from(&exception.position)),
        ("commit", |exception| Cell::from(&exception.commit)),
        ("open", |exception| Cell::from(exception.open)),
    ];
    table(columns, &report.exceptions)
}

fn permissions(report: &AuditReport) -> String {
    let columns: &[Column<(&PolicyEra, &Permissions)>] = &[
        ("policy_serial", |(era, _)| Cell::from(era.policy.serial)),
        ("since_position", |(era, _)| {
            Cell::from(era.policy.since.position)
        }),
        ("until_position", |(era, _)| position(era.until.as_ref())),
        ("principal", |(_, who)| Cell::from(&who.principal.principal)),
        ("name", |(_, who)| Cell::from(&who.principal.name)),
        ("kind", |(_, who)| Cell::from(who.kind)),
        ("keys", |(_, who)| list(&who.keys)),
        ("teams", |(_, who)| list(&who.teams)),
        ("administrator", |(_, who)| Cell::from(who.administrator)),
        ("operates", |(_, who)| list(&who.operates)),
        ("records", |(_, who)| list(&who.records)),
        ("viewer", |(_, who)| Cell::from(who.viewer)),
        ("owns", |(_, who)| list(&who.owns)),
        ("approves", |(_, who)| list(&who.approves)),
        ("suspended_position", |(_, who)| {
            position(who.suspended_at.as_ref())
        }),
    ];
    table(
        columns,
        report
            .access
            .iter()
            .flat_map(|era| era.principals.iter().map(move |who| (era, who))),
    )
}

fn administration(report: &AuditReport) -> String {
    let columns: &[Column<&AdministrativeAct>] = &[
        ("position", |act| Cell::from(act.at.position)),
        ("commit", |act| Cell::from(&act.at.commit)),
        ("time", |act| Cell::from(&act.at.time)),
        ("action", |act| Cell::from(act.action)),
        ("subject", |act| Cell::from(&act.subject)),
        ("serial", |act| Cell::from(&act.serial)),
        ("principal", |act| {
            Cell::from(&act.by.as_ref().map(|by| by.principal.clone()))
        }),
        ("reason", |act| Cell::from(&act.reason)),
        ("effect", |act| Cell::from(act.effect)),
        ("refused_because", |act| Cell::from(&act.refused_because)),
    ];
    table(columns, &report.administration)
}

fn incidents(report: &AuditReport) -> String {
    let columns: &[Column<&Incident>] = &[
        ("action", |incident| Cell::from(incident.action)),
        ("subject", |incident| Cell::from(&incident.subject)),
        ("version", |incident| Cell::from(&incident.version)),
        ("digest", |incident| Cell::from(&incident.digest)),
        ("principal", |incident| Cell::from(&incident.by.principal)),
        ("reason", |incident| Cell::from(&incident.reason)),
        ("position", |incident| Cell::from(incident.at.position)),
        ("time", |incident| Cell::from(&incident.at.time)),
        ("landed_position", |incident| {
            position(incident.landed.as_ref())
        }),
        ("exposure_seconds", |incident| {
            Cell::from(&incident.exposure)
        }),
        ("ended_position", |incident| {
            position(incident.ended.as_ref())
        }),
        ("duration_seconds", |incident| {
            Cell::from(&incident.duration)
        }),
        ("in_force", |incident| Cell::from(incident.in_force)),
        ("present", |incident| Cell::from(incident.present)),
    ];
    table(columns, &report.incidents)
}

fn reviews(report: &AuditReport) -> String {
    let columns: &[Column<&ReviewDue>] = &[
        ("subject", |review| Cell::from(&review.subject)),
        ("owners", |review| people(&review.owners)),
        ("every_days", |review| Cell::from(review.every_days)),
        ("last", |review| Cell::from(&review.last)),
        ("due", |review| Cell::from(&review.due)),
        ("overdue", |review| Cell::from(review.overdue)),
    ];
    table(columns, &report.reviews)
}

fn expiring(report: &AuditReport) -> String {
    let columns: &[Column<&Expiry>] = &[
        ("kind", |expiry| Cell::from(expiry.kind)),
        ("what", |expiry| Cell::from(&expiry.what)),
        ("ends", |expiry| Cell::from(&expiry.ends)),
        ("ended", |expiry| Cell::from(expiry.ended)),
    ];
    table(columns, &report.expiring)
}

fn retention(report: &AuditReport) -> String {
    let columns: &[Column<&Retention>] = &[
        ("kind", |kind| Cell::from(&kind.kind)),
        ("keep_days", |kind| Cell::from(kind.keep_days)),
        ("records", |kind| Cell::from(kind.records)),
        ("oldest", |kind| Cell::from(&kind.oldest)),
        ("older", |kind| Cell::from(kind.older)),
        ("missing", |kind| list(&kind.missing)),
        ("note", |kind| Cell::from(&kind.note)),
    ];
    table(columns, &report.retention)
}

fn events(report: &AuditReport) -> String {
    let columns: &[Column<&EventRow>] = &[
        ("leaf", |event| Cell::from(&event.leaf)),
        ("position", |event| Cell::from(event.at.position)),
        ("commit", |event| Cell::from(&event.at.commit)),
        ("time", |event| Cell::from(&event.at.time)),
        ("action", |event| Cell::from(event.action)),
        ("subject", |event| Cell::from(&event.subject)),
        ("version", |event| Cell::from(&event.version)),
        ("digest", |event| Cell::from(&event.digest)),
        ("principal", |event| {
            Cell::from(&event.by.as_ref().map(|by| by.principal.clone()))
        }),
        ("reason", |event| Cell::from(&event.reason)),
        ("evidence", |event| Cell::from(&event.evidence)),
        ("record", |event| Cell::from(&event.record)),
        ("effect", |event| Cell::from(event.effect)),
        ("refused_because", |event| {
            Cell::from(&event.refused_because)
        }),
    ];
    table(columns, &report.events)
}

fn evidence(report: &AuditReport) -> String {
    let columns: &[Column<&EvidenceAnswer>] = &[
        ("query", |answer| Cell::from(answer.query)),
        ("question", |answer| Cell::from(answer.question)),
        ("answer", |answer| Cell::from(&answer.answer)),
        ("packets", |answer| count(&answer.packets)),
        ("open_points", |answer| Cell::from(answer.open_points)),
    ];
    table(columns, &report.evidence)
}

fn controls(report: &AuditReport) -> String {
    let columns: &[Column<(&FrameworkReport, &ControlReport)>] = &[
        ("framework", |(framework, _)| Cell::from(&framework.id)),
        ("status", |(framework, _)| Cell::from(framework.status)),
        ("since", |(framework, _)| Cell::from(&framework.since)),
        ("control", |(_, control)| Cell::from(&control.id)),
        ("group", |(_, control)| Cell::from(&control.group)),
        ("requirement", |(_, control)| {
            Cell::from(&control.requirement)
        }),
        ("strength", |(_, control)| Cell::from(control.strength)),
        ("evidence", |(_, control)| {
            list(control.evidence.iter().map(|query| query.as_str()))
        }),
        ("open_points", |(_, control)| {
            Cell::from(control.open_points)
        }),
        ("git_cannot_show", |(_, control)| {
            Cell::from(&control.git_cannot_show)
        }),
    ];
    table(
        columns,
        report.frameworks.iter().flat_map(|framework| {
            framework
                .controls
                .iter()
                .map(move |control| (framework, control))
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::cell::inert;
    use super::*;
    use crate::render::sample::report;

    /// The rows of a file, read by the rules of RFC 4180 and nothing else.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut in_quotes) =
            (Vec::new(), Vec::new(), String::new(), false);
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
        assert!(
            !in_quotes && row.is_empty() && cell.is_empty(),
            "the last line has an end"
        );
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
    fn hostile_words_of_the_sample_are_not_a_formula_in_any_cell() {
        let mut hostile = 0;
        for (name, make) in TABLES {
            for cell in read(&make(&report())).iter().flatten() {
                let number = cell.parse::<i64>().is_ok();
                assert!(
                    number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                    "{name}: {cell}"
                );
                hostile += usize::from(cell.starts_with("'="));
            }
        }
        assert!(hostile > 0, "the sample has one");
    }
}
