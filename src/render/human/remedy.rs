//! The exact commands that would change a version's state.

use crate::lifecycle::ledger::{Row, Subject};
use crate::model::State;
use crate::render::paint::Paint;
use crate::render::table::{Cell, lay_out};

/// One line per command: what to run, and what it takes.
pub(super) fn commands(subject: &Subject, row: Option<&Row>, paint: Paint) -> String {
    let rows: Vec<Vec<Cell>> =
        remedies(subject, row).iter().map(|(command, takes)| vec![Cell::plain(command), Cell::plain(takes)]).collect();
    lay_out(&rows, 2, paint)
}

/// What to run, and what it takes.
pub(in crate::render) fn remedies(subject: &Subject, row: Option<&Row>) -> Vec<(String, String)> {
    match row {
        None if subject.blocked_all.is_empty() => {
            vec![("mend what the findings say".to_owned(), "it has no version that could be decided upon".to_owned())]
        }
        None => vec![lift_all(subject)],
        Some(row) => of_row(subject, row),
    }
}

fn of_row(subject: &Subject, row: &Row) -> Vec<(String, String)> {
    let is_head = subject.head.as_ref() == Some(&row.key);
    let target = if is_head { subject.id.to_string() } else { format!("{}@{}", subject.id, row.key.version) };
    let run = |verb: &str| format!("countersign {verb} {target} --reason …");
    let full = || ("the full requirement".to_owned(), "one signature of an owner, operator or administrator".to_owned());
    let (requirement, one) = full();
    let lower = |verb: &str| (run(verb), one.clone());
    let approvers = approvers(row).unwrap_or_else(|| requirement.clone());
    let mut commands = match row.state {
        State::Draft if !row.rejected_by.is_empty() => {
            let names: Vec<&str> = row.rejected_by.iter().map(crate::model::PrincipalName::as_str).collect();
            vec![(run("approve"), format!("by {}, who rejected it, and {approvers}", names.join(", ")))]
        }
        State::Draft => vec![(run("approve"), approvers), lower("reject"), lower("block")],
        State::Approved => vec![lower("deprecate"), lower("archive"), lower("block"), lower("revoke")],
        State::Deprecated => vec![(run("approve"), requirement.clone()), lower("archive"), lower("block")],
        State::Archived | State::RolledBack => vec![(run("approve"), requirement.clone()), lower("block")],
        State::Blocked if !subject.blocked_all.is_empty() => vec![lift_all(subject)],
        State::Blocked => vec![(run("unblock"), requirement.clone()), lower("revoke")],
        State::Revoked => vec![("land other bytes as a new version".to_owned(), "a revocation is final".to_owned())],
    };
    let is_current = subject.current.as_ref() == Some(&row.key);
    if let (true, State::Approved, Some(previous)) = (is_current, row.state, &subject.previous) {
        commands.insert(0, (format!("countersign rollback {} --to {} --reason …", subject.id, previous.version), one.clone()));
    }
    commands
}

fn lift_all(subject: &Subject) -> (String, String) {
    (format!("countersign unblock {}@all --reason …", subject.id), "the full requirement".to_owned())
}

/// Who is still needed.
fn approvers(row: &Row) -> Option<String> {
    crate::check::due::due(&row.requirements)
}
