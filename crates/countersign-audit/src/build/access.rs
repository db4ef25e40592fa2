//! Who could do what, under each policy that was in force, and who changed that.

use std::collections::BTreeSet;

use super::super::history::Era;
use super::super::report::{AdministrativeAct, Moment, PermissionChange, Permissions, Person, PolicyEra};
use super::Scene;
use countersign_core::lifecycle::ledger::Action;
use countersign_model::policy::ApprovalRule;
use countersign_model::policy_input::PrincipalKind;
use countersign_model::{DecisionKind, Kind, Policy, PrincipalName};

pub fn eras(scene: &Scene<'_>) -> Vec<PolicyEra> {
    let mut found = Vec::new();
    let mut before: Option<&Era> = None;
    for era in &scene.history.eras {
        // One that ended before the period judged nothing in it.
        if era.until.is_none_or(|until| until >= scene.from) {
            found.push(told(scene, era, before));
        }
        before = Some(era);
    }
    found
}

fn told(scene: &Scene<'_>, era: &Era, before: Option<&Era>) -> PolicyEra {
    let history = &scene.history;
    let policy = &era.policy.policy;
    let approved = scene.events().iter().filter(|event| {
        event.subject.kind == Kind::Policy
            && event.action == Action::Decision(DecisionKind::Approve)
            && event.accepted
            && event.digest == Some(era.policy.digest)
            && event.serial == Some(policy.serial)
    });
    let approved: BTreeSet<Person> =
        approved.filter_map(|event| Some(history.person(event.principal.as_ref()?, event.landing.position.0))).collect();
    let principals: Vec<Permissions> = policy.principals.keys().map(|name| permissions(scene, era, name)).collect();
    let changes = before.map(|before| changed(scene, before, &principals)).unwrap_or_default();
    PolicyEra {
        policy: history.policy_at(era),
        until: era.until.map(|until| history.moment(until)),
        approved_by: approved.into_iter().collect(),
        policy_changes: policy.policy_changes,
        separation_of_duties: policy.separation_of_duties,
        principals,
        changes,
    }
}

fn permissions(scene: &Scene<'_>, era: &Era, name: &PrincipalName) -> Permissions {
    let policy = &era.policy.policy;
    let person = policy.is_person(name);
    let principal = &policy.principals[name];
    let mut keys: Vec<String> = era.policy.roster.keys_of(name).iter().map(|key| key.id.to_string()).collect();
    keys.sort_unstable();
    keys.dedup();
    let teams = policy.teams.iter().filter(|(_, members)| members.contains(name)).map(|(team, _)| team.to_string());
    let globs = |globs: &[countersign_model::glob::Glob]| globs.iter().map(|glob| glob.as_str().to_owned()).collect::<Vec<_>>();
    let owns = policy.entries.iter().filter(|entry| person && entry.owners.contains(name)).map(|entry| entry.path.as_str().to_owned());
    let owns: Vec<String> = owns.collect();
    let counts = |rule: &&ApprovalRule| {
        person
            && rule.require.iter().flat_map(|requirement| &requirement.from).any(|from| match from {
                countersign_model::policy::Approver::Owners => !owns.is_empty(),
                from => policy.asks(from, &BTreeSet::new(), name),
            })
    };
    Permissions {
        principal: Person { principal: name.to_string(), name: principal.printed.clone() },
        kind: if principal.kind == PrincipalKind::Person { "person" } else { "machine" },
        keys,
        teams: teams.collect(),
        administrator: policy.administrators.contains(name),
        operates: policy.operators.iter().filter(|role| role.members.contains(name)).flat_map(|role| globs(&role.subjects)).collect(),
        records: policy.recorders.iter().filter(|role| role.principal == *name).flat_map(|role| globs(&role.subjects)).collect(),
        viewer: policy.viewers.contains(name),
        approves: policy.rules.iter().filter(counts).map(|rule| rule_words(policy, rule)).collect(),
        owns,
        suspended_at: suspended(scene, era, name),
    }
}

/// An approval rule in words, with its line.
fn rule_words(policy: &Policy, rule: &ApprovalRule) -> String {
    let of = |from: &[countersign_model::policy::Approver]| from.iter().map(|from| from.as_str().to_owned()).collect::<Vec<_>>().join(", ");
    let require: Vec<String> = rule.require.iter().map(|one| format!("{} of {}", one.count, of(&one.from))).collect();
    let subjects = rule.subjects.as_ref().map(|globs| globs.iter().map(|glob| glob.as_str().to_owned()).collect::<Vec<_>>().join(", "));
    let risk = rule.risk.as_ref().map(|risks| risks.iter().map(|risk| risk.as_str()).collect::<Vec<_>>().join(" or "));
    let scope = match (subjects, risk) {
        (Some(subjects), Some(risk)) => format!("{subjects} of {risk} risk"),
        (Some(subjects), None) => subjects,
        (None, Some(risk)) => format!("{risk} risk"),
        (None, None) => "everything".to_owned(),
    };
    format!("{scope}: {} (policy {}, line {})", require.join(" and "), policy.serial, rule.line)
}

fn suspended(scene: &Scene<'_>, era: &Era, name: &PrincipalName) -> Option<Moment> {
    let judged = |position: u32| position >= era.since && era.until.is_none_or(|until| position <= until);
    let found = scene.events().iter().find(|event| {
        event.subject.kind == Kind::Principal
            && event.subject.name.as_str() == name.as_str()
            && event.action == Action::Decision(DecisionKind::Block)
            && event.accepted
            && judged(event.landing.position.0)
    });
    found.map(|event| scene.history.at(event.landing))
}

/// Every permission as words, to tell which came and which went.
fn words(permissions: &Permissions) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    all.extend(permissions.keys.iter().map(|key| format!("sign with {key}")));
    all.extend(permissions.teams.iter().map(|team| format!("member of {team}")));
    all.extend(permissions.operates.iter().map(|glob| format!("operate {glob}")));
    all.extend(permissions.records.iter().map(|glob| format!("record reviews of {glob}")));
    all.extend(permissions.owns.iter().map(|glob| format!("own {glob}")));
    // Neither the serial nor the line is part of the permission.
    all.extend(permissions.approves.iter().map(|rule| format!("approve {}", rule.split(" (policy ").next().unwrap_or_default())));
    all.extend(permissions.administrator.then(|| "administrate".to_owned()));
    all.extend(permissions.viewer.then(|| "view".to_owned()));
    all
}

fn changed(scene: &Scene<'_>, before: &Era, now: &[Permissions]) -> Vec<PermissionChange> {
    let old: Vec<Permissions> = before.policy.policy.principals.keys().map(|name| permissions(scene, before, name)).collect();
    let names: BTreeSet<&String> = old.iter().chain(now).map(|one| &one.principal.principal).collect();
    let of = |all: &[Permissions], name: &String| all.iter().find(|one| one.principal.principal == *name).map(words).unwrap_or_default();
    let mut changes = Vec::new();
    for name in names {
        let (had, has) = (of(&old, name), of(now, name));
        let change = |permission: &String, change| PermissionChange { principal: name.clone(), change, permission: permission.clone() };
        changes.extend(has.difference(&had).map(|permission| change(permission, "gained")));
        changes.extend(had.difference(&has).map(|permission| change(permission, "lost")));
    }
    changes
}

/// What was done to the policy and to principals.
pub fn acts(scene: &Scene<'_>) -> Vec<AdministrativeAct> {
    let history = &scene.history;
    let about = scene.events().iter().filter(|event| matches!(event.subject.kind, Kind::Policy | Kind::Principal));
    about
        .filter(|event| scene.in_period(event))
        .map(|event| AdministrativeAct {
            at: history.at(event.landing),
            action: event.action.as_str(),
            subject: event.subject.to_string(),
            serial: event.serial,
            by: event.principal.as_ref().map(|name| history.person(name, event.landing.position.0)),
            reason: event.reason.as_deref().map(str::to_owned),
            effect: event.accepted,
            refused_because: event.refused_because.map(|rule| rule.to_string()),
        })
        .collect()
}
