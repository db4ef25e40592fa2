//! What the page and the Markdown say in the same words. Nothing here is escaped.

use countersign_model::PrincipalName;

use crate::AuditReport;
use crate::report::{NamedPrincipal, PathCount};

/// Who accepted what was there at the anchor.
pub fn baseline(report: &AuditReport) -> String {
    let signature = &report.scope.anchor_signature;
    match (&signature.by, &signature.key) {
        (Some(by), Some(key)) => format!("{} ({}), with the key {key}", by.name, by.principal),
        (_, Some(key)) => format!("the key {key}, which the first policy does not list"),
        (_, None) if signature.signed => {
            "not known: the anchor's signature could not be verified".to_owned()
        }
        (_, None) => "not known: the anchor is unsigned".to_owned(),
    }
}

/// What is in the tree and not governed.
pub fn outside(report: &AuditReport) -> Vec<String> {
    let outside = &report.scope.outside;
    let mut lines = outside.ignored.clone();
    lines.extend(listed(
        "loaded by a harness and not governed",
        &outside.ungoverned,
    ));
    lines.extend(listed(
        "instructions for a harness that are not governed",
        &outside.instructions,
    ));
    if lines.is_empty() {
        lines.push("nothing that a harness loads, and `ignore` hides nothing".to_owned());
    }
    lines
}

fn listed(what: &str, paths: &PathCount) -> Option<String> {
    let more = paths.count as usize - paths.paths.len();
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (paths.count > 0).then(|| format!("{what}: {}: {}{more}", paths.count, paths.paths.join(", ")))
}

/// What follows the name of a person who is suspended at the end of the period.
pub fn standing(report: &AuditReport, name: &PrincipalName) -> &'static str {
    let suspended = &report.scope.suspended;
    if suspended.iter().any(|one| one.principal == *name) {
        ", suspended"
    } else {
        ""
    }
}

/// People by name, with who is suspended.
pub fn people(report: &AuditReport, people: &[NamedPrincipal]) -> String {
    let named = |person: &NamedPrincipal| match standing(report, &person.principal) {
        "" => person.name.clone(),
        _ => format!("{} (suspended)", person.name),
    };
    people.iter().map(named).collect::<Vec<_>>().join(", ")
}

/// What a reader fills in at the end.
pub const SIGN_OFF: [&str; 3] = ["Prepared by", "Reviewed by", "Date"];
