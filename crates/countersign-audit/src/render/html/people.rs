//! Who could do what, who changed that, and who stopped what.

use std::fmt::Write as _;

use super::super::words::{day, maybe_span};
use super::sections::people;
use super::{MOST, clipped, close, cut, id, open, table, text};
use crate::Report;
use crate::report::Permissions;
use countersign_model::escape::html as esc;

pub fn access(report: &Report, out: &mut String) {
    open(out, "access");
    for era in &report.access {
        let until = era.until.as_ref().map_or_else(|| "now".to_owned(), |until| format!("position {}", until.position));
        let _ = writeln!(
            out,
            "<details open><summary>Policy {} {}, from position {} to {until}</summary>",
            era.policy.serial,
            id(&era.policy.digest),
            era.policy.since.position
        );
        let approved =
            if era.approved_by.is_empty() { "nobody: it is the first and judges itself".to_owned() } else { people(&era.approved_by) };
        let separation = if era.separation_of_duties { "a contributor never approves" } else { "contributors may approve" };
        let _ = writeln!(out, "<p>Approved by {approved}. A change takes {} administrators; {separation}.</p>", era.policy_changes);
        table(
            out,
            "What each principal could do",
            &["Principal", "Keys", "Teams", "Roles", "Owns", "Counts in"],
            era.principals.iter().map(row),
        );
        let changes = era.changes.iter().map(|one| vec![esc(&one.principal), esc(one.change), esc(&one.permission)]);
        if !era.changes.is_empty() {
            table(out, "What changed with this policy", &["Principal", "Change", "Permission"], changes);
        }
        out.push_str("</details>\n");
    }
    close(out);
}

fn row(one: &Permissions) -> Vec<String> {
    let mut roles: Vec<String> = Vec::new();
    if one.administrator {
        roles.push("administrator".to_owned());
    }
    if !one.operates.is_empty() {
        roles.push(format!("operator of {}", esc(&one.operates.join(", "))));
    }
    if !one.records.is_empty() {
        roles.push(format!("recorder of {}", esc(&one.records.join(", "))));
    }
    if one.viewer {
        roles.push("viewer".to_owned());
    }
    if let Some(at) = &one.suspended_at {
        roles.push(format!("<span class=\"bad\">suspended at position {}</span>", at.position));
    }
    let name = if one.kind == "person" {
        esc(&one.principal.name)
    } else {
        format!("{} <span class=\"soft\">(machine)</span>", esc(&one.principal.name))
    };
    vec![
        format!("{name} <span class=\"soft\">{}</span>", esc(&one.principal.principal)),
        one.keys.iter().map(|key| format!("<code>{}</code>", esc(key))).collect::<Vec<_>>().join("<br>"),
        esc(&one.teams.join(", ")),
        roles.join(", "),
        esc(&one.owns.join(", ")),
        one.approves.iter().map(|rule| esc(rule)).collect::<Vec<_>>().join("<br>"),
    ]
}

pub fn administration(report: &Report, out: &mut String) {
    open(out, "administration");
    let all = report.administration.len();
    let rows = report.administration.iter().skip(all.saturating_sub(MOST)).map(|act| {
        vec![
            format!("{} {}", act.at.position, esc(day(&act.at.time))),
            esc(act.action),
            format!("{} {}", esc(&act.subject), act.serial.map(|serial| serial.to_string()).unwrap_or_default()),
            act.by.as_ref().map_or_else(|| "–".to_owned(), |by| esc(&by.name)),
            act.reason.as_deref().map_or_else(|| "–".to_owned(), clipped),
            if act.effect { "yes".to_owned() } else { format!("no: <code>{}</code>", text(act.refused_because.as_ref())) },
        ]
    });
    table(out, "Acts upon the policy and upon principals", &["Position", "Act", "Upon", "By", "Reason", "Effect"], rows);
    cut(out, MOST, all, "acts");
    close(out);
}

pub fn incidents(report: &Report, out: &mut String) {
    open(out, "incidents");
    let all = report.incidents.len();
    let rows = report.incidents.iter().skip(all.saturating_sub(MOST)).map(|one| {
        let ended = one.ended.as_ref().map_or_else(
            || if one.stands { "stands".to_owned() } else { "–".to_owned() },
            |end| format!("position {}, after {}", end.position, maybe_span(one.lasted)),
        );
        vec![
            format!("{} {}", one.at.position, esc(day(&one.at.time))),
            esc(one.action),
            format!("{} {}", esc(&one.subject), esc(&one.version)),
            esc(&one.by.name),
            one.reason.as_deref().map_or_else(|| "–".to_owned(), clipped),
            maybe_span(one.exposed),
            ended,
            if one.present { "<span class=\"bad\">still there</span>".to_owned() } else { "gone".to_owned() },
        ]
    });
    table(
        out,
        "Blocks, revocations, rollbacks and suspensions",
        &["Position", "Act", "What", "By", "Reason", "Exposed", "Ended", "Files"],
        rows,
    );
    cut(out, MOST, all, "incidents");
    close(out);
}
