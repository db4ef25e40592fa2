//! Who could do what, who changed that, and who stopped what.

use countersign_model::escape::Html;
use countersign_model::html;
use countersign_model::policy_input::PrincipalKind;
use countersign_model::quantity::counted;

use super::super::words::{day, maybe_span};
use super::sections::people;
use super::{MOST, clipped, id, omitted, or_dash, section, table};
use crate::AuditReport;
use crate::report::{Permissions, PolicyEra};

pub fn access(report: &AuditReport) -> Html {
    section("access", &report.access.iter().map(era).collect())
}

fn era(era: &PolicyEra) -> Html {
    let until = era.until.as_ref().map_or_else(
        || Html::literal("now"),
        |until| html!("position "(until.position)),
    );
    let approved = if era.approved_by.is_empty() {
        Html::literal("no one: it is the first policy")
    } else {
        people(&era.approved_by)
    };
    let separation = if era.separation_of_duties {
        "contributors cannot approve"
    } else {
        "contributors can approve"
    };
    let mut content = table(
        "What each principal could do",
        &[
            "Principal",
            "Keys",
            "Teams",
            "Roles",
            "Owns",
            "Approval rules",
        ],
        era.principals.iter().map(principal),
    );
    if !era.changes.is_empty() {
        let changes = era.changes.iter().map(|one| {
            vec![
                Html::text(&one.principal),
                Html::literal(one.change.as_str()),
                Html::text(&one.permission),
            ]
        });
        content.push(table(
            "What changed with this policy",
            &["Principal", "Change", "Permission"],
            changes,
        ));
    }
    html!(
        "<details open><summary>Policy " (era.policy.serial) " " (id(era.policy.digest)) ", from position " (era.policy.since.position)
        " to " (until) "</summary>\n<p>Approved by " (approved) ". A change needs " (counted(era.policy_changes, "administrator")) "; " (separation)
        ".</p>\n" (content) "</details>\n"
    )
}

fn principal(one: &Permissions) -> Vec<Html> {
    let mut roles: Vec<Html> = Vec::new();
    if one.administrator {
        roles.push(Html::literal("administrator"));
    }
    if !one.operates.is_empty() {
        roles.push(html!("operator of "(one.operates.join(", "))));
    }
    if !one.records.is_empty() {
        roles.push(html!("recorder of "(one.records.join(", "))));
    }
    if one.viewer {
        roles.push(Html::literal("viewer"));
    }
    if let Some(at) = &one.suspended_at {
        roles.push(html!("<span class=\"bad\">suspended at position " (at.position) "</span>"));
    }
    let machine = Html::literal(if one.kind == PrincipalKind::Person {
        ""
    } else {
        " <span class=\"soft\">(machine)</span>"
    });
    vec![
        html!((one.principal.name) (machine) " <span class=\"soft\">" (one.principal.principal) "</span>"),
        Html::join(
            one.keys.iter().map(|key| html!("<code>" (key) "</code>")),
            "<br>",
        ),
        Html::text(one.teams.join(", ")),
        Html::join(roles, ", "),
        Html::text(one.owns.join(", ")),
        Html::join(&one.approves, "<br>"),
    ]
}

pub fn administration(report: &AuditReport) -> Html {
    let all = report.administration.len();
    let rows = report.administration.iter().skip(all.saturating_sub(MOST)).map(|act| {
        vec![
            html!((act.at.position) " " (day(act.at.time))),
            Html::literal(act.action.as_str()),
            html!((act.subject) " " (act.serial.map(|serial| serial.to_string()).unwrap_or_default())),
            or_dash(act.by.as_ref().map(|by| &by.name)),
            or_dash(act.reason.as_deref().map(clipped)),
            if act.effect { Html::literal("yes") } else { html!("no: <code>" (or_dash(act.refused_because)) "</code>") },
        ]
    });
    let acts = table(
        "Acts on the policy and on principals",
        &["Position", "Act", "Subject", "By", "Reason", "Effect"],
        rows,
    );
    section(
        "administration",
        &html!((acts)(omitted("most recent", MOST, all, "acts"))),
    )
}

pub fn incidents(report: &AuditReport) -> Html {
    let all = report.incidents.len();
    let rows = report
        .incidents
        .iter()
        .skip(all.saturating_sub(MOST))
        .map(|one| {
            let ended = match &one.ended {
                Some(end) => {
                    html!("position " (end.position) ", after " (maybe_span(one.duration)))
                }
                None => Html::literal(if one.in_force { "in force" } else { "–" }),
            };
            vec![
                html!((one.at.position) " " (day(one.at.time))),
                Html::text(one.action),
                html!((one.subject) " " (one.version)),
                Html::text(&one.by.name),
                or_dash(one.reason.as_deref().map(clipped)),
                Html::text(maybe_span(one.exposure)),
                ended,
                Html::literal(if one.present {
                    "<span class=\"bad\">still there</span>"
                } else {
                    "gone"
                }),
            ]
        });
    let incidents = table(
        "Blocks, revocations, rollbacks and suspensions",
        &[
            "Position", "Act", "What", "By", "Reason", "Exposed", "Ended", "Files",
        ],
        rows,
    );
    section(
        "incidents",
        &html!((incidents)(omitted("most recent", MOST, all, "incidents"))),
    )
}
