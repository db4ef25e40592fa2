//! Who could do what, under each policy that was in force, and who changed that.

use std::collections::BTreeSet;

use super::super::history::Era;
use super::super::report::{
    AdministrativeAct, Moment, NamedPrincipal, PermissionChange, PermissionChangeKind, Permissions,
    PolicyEra,
};
use super::AuditContext;
use countersign_core::lifecycle::ledger::Action;
use countersign_model::policy::{ApprovalRule, Approver};
use countersign_model::{DecisionKind, Glob, Kind, Policy, PrincipalName};

pub fn eras(context: &AuditContext<'_>) -> Vec<PolicyEra> {
    let eras = &context.history.eras;
    // One that ended before the period judged nothing in it.
    let in_period = |era: &Era| era.until.is_none_or(|until| until >= context.from);
    let earlier = [None].into_iter().chain(eras.iter().map(Some));
    eras.iter()
        .zip(earlier)
        .filter(|(era, _)| in_period(era))
        .map(|(era, before)| policy_era(context, era, before))
        .collect()
}

fn policy_era(context: &AuditContext<'_>, era: &Era, before: Option<&Era>) -> PolicyEra {
    let history = &context.history;
    let policy = &era.policy.policy;
    let approvals = context.events().iter().filter(|event| {
        event.subject.kind == Kind::Policy
            && event.action == Action::Decision(DecisionKind::Approve)
            && event.accepted
            && event.digest == Some(era.policy.digest)
            && event.serial == Some(policy.serial)
    });
    let approved_by: BTreeSet<NamedPrincipal> = approvals
        .filter_map(|event| {
            Some(history.person(event.principal.as_ref()?, event.landing.position.0))
        })
        .collect();
    let principals: Vec<Permissions> = policy
        .principals
        .keys()
        .map(|name| permissions(context, era, name))
        .collect();
    let changes = before
        .map(|before| permission_changes(context, before, &principals))
        .unwrap_or_default();
    PolicyEra {
        policy: history.policy_at(era),
        until: era.until.map(|until| history.moment(until)),
        approved_by: approved_by.into_iter().collect(),
        policy_changes: policy.policy_changes,
        separation_of_duties: policy.separation_of_duties,
        principals,
        changes,
    }
}

fn permissions(context: &AuditContext<'_>, era: &Era, name: &PrincipalName) -> Permissions {
    let policy = &era.policy.policy;
    let person = policy.is_person(name);
    let principal = &policy.principals[name];
    let mut keys: Vec<String> = era
        .policy
        .roster
        .keys_of(name)
        .iter()
        .map(|key| key.id.to_string())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let teams = policy
        .teams
        .iter()
        .filter(|(_, members)| members.contains(name))
        .map(|(team, _)| team.to_string());
    let owns = policy
        .entries
        .iter()
        .filter(|entry| person && entry.owners.contains(name))
        .map(|entry| entry.path.as_str().to_owned());
    let owns: Vec<String> = owns.collect();
    let counts = |rule: &&ApprovalRule| {
        person
            && rule
                .require
                .iter()
                .flat_map(|requirement| &requirement.from)
                .any(|from| match from {
                    Approver::Owners => !owns.is_empty(),
                    from => policy.asks(from, &BTreeSet::new(), name),
                })
    };
    Permissions {
        principal: NamedPrincipal {
            principal: name.clone(),
            name: principal.printed.clone(),
        },
        kind: principal.kind,
        keys,
        teams: teams.collect(),
        administrator: policy.administrators.contains(name),
        operates: policy
            .operators
            .iter()
            .filter(|role| role.members.contains(name))
            .flat_map(|role| glob_texts(&role.subjects))
            .collect(),
        records: policy
            .recorders
            .iter()
            .filter(|role| role.principal == *name)
            .flat_map(|role| glob_texts(&role.subjects))
            .collect(),
        viewer: policy.viewers.contains(name),
        approves: policy
            .rules
            .iter()
            .filter(counts)
            .map(|rule| rule_words(policy, rule))
            .collect(),
        owns,
        suspended_at: suspended(context, era, name),
    }
}

fn glob_texts(globs: &[Glob]) -> Vec<String> {
    globs.iter().map(|glob| glob.as_str().to_owned()).collect()
}

/// An approval rule in words, with its line.
fn rule_words(policy: &Policy, rule: &ApprovalRule) -> String {
    let names = |approvers: &[Approver]| {
        approvers
            .iter()
            .map(|approver| approver.as_str().to_owned())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let require: Vec<String> = rule
        .require
        .iter()
        .map(|requirement| format!("{} of {}", requirement.count, names(&requirement.from)))
        .collect();
    let subjects = rule
        .subjects
        .as_ref()
        .map(|globs| glob_texts(globs).join(", "));
    let risk = rule.risk.as_ref().map(|risks| {
        risks
            .iter()
            .map(|risk| risk.as_str())
            .collect::<Vec<_>>()
            .join(" or ")
    });
    let scope = match (subjects, risk) {
        (Some(subjects), Some(risk)) => format!("{subjects} of {risk} risk"),
        (Some(subjects), None) => subjects,
        (None, Some(risk)) => format!("{risk} risk"),
        (None, None) => "everything".to_owned(),
    };
    format!(
        "{scope}: {} (policy {}, line {})",
        require.join(" and "),
        policy.serial,
        rule.line
    )
}

fn suspended(context: &AuditContext<'_>, era: &Era, name: &PrincipalName) -> Option<Moment> {
    let judged =
        |position: u32| position >= era.since && era.until.is_none_or(|until| position <= until);
    let suspension = context.events().iter().find(|event| {
        event.subject.kind == Kind::Principal
            && event.subject.name.as_str() == name.as_str()
            && event.action == Action::Decision(DecisionKind::Block)
            && event.accepted
            && judged(event.landing.position.0)
    });
    suspension.map(|event| context.history.moment_of(event.landing))
}

/// Every permission in words, to compare two policies by.
fn permission_words(permissions: &Permissions) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    all.extend(
        permissions
            .keys
            .iter()
            .map(|key| format!("sign with {key}")),
    );
    all.extend(
        permissions
            .teams
            .iter()
            .map(|team| format!("member of {team}")),
    );
    all.extend(
        permissions
            .operates
            .iter()
            .map(|glob| format!("operate {glob}")),
    );
    all.extend(
        permissions
            .records
            .iter()
            .map(|glob| format!("record reviews of {glob}")),
    );
    all.extend(permissions.owns.iter().map(|glob| format!("own {glob}")));
    // Neither the serial nor the line is part of the permission.
    all.extend(permissions.approves.iter().map(|rule| {
        format!(
            "approve {}",
            rule.split(" (policy ").next().unwrap_or_default()
        )
    }));
    all.extend(permissions.administrator.then(|| "administrate".to_owned()));
    all.extend(permissions.viewer.then(|| "view".to_owned()));
    all
}

fn permission_changes(
    context: &AuditContext<'_>,
    before: &Era,
    now: &[Permissions],
) -> Vec<PermissionChange> {
    let old: Vec<Permissions> = before
        .policy
        .policy
        .principals
        .keys()
        .map(|name| permissions(context, before, name))
        .collect();
    let names: BTreeSet<&PrincipalName> = old
        .iter()
        .chain(now)
        .map(|one| &one.principal.principal)
        .collect();
    let words_of = |all: &[Permissions], name: &PrincipalName| {
        all.iter()
            .find(|one| one.principal.principal == *name)
            .map(permission_words)
            .unwrap_or_default()
    };
    let mut changes = Vec::new();
    for name in names {
        let (had, has) = (words_of(&old, name), words_of(now, name));
        let change = |permission: &String, change| PermissionChange {
            principal: name.clone(),
            change,
            permission: permission.clone(),
        };
        changes.extend(
            has.difference(&had)
                .map(|permission| change(permission, PermissionChangeKind::Gained)),
        );
        changes.extend(
            had.difference(&has)
                .map(|permission| change(permission, PermissionChangeKind::Lost)),
        );
    }
    changes
}

/// What was done to the policy and to principals.
pub fn acts(context: &AuditContext<'_>) -> Vec<AdministrativeAct> {
    let history = &context.history;
    let administrative = context
        .events()
        .iter()
        .filter(|event| !event.subject.kind.is_package());
    administrative
        .filter(|event| context.in_period(event))
        .map(|event| AdministrativeAct {
            at: history.moment_of(event.landing),
            action: event.action,
            subject: event.subject.clone(),
            serial: event.serial,
            by: event
                .principal
                .as_ref()
                .map(|name| history.person(name, event.landing.position.0)),
            reason: event.reason.as_deref().map(str::to_owned),
            effect: event.accepted,
            refused_because: event.refused_because,
        })
        .collect()
}
