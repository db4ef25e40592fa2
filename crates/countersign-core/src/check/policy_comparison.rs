//! What a change of the policy does: what it widens, what it narrows, and what it stops governing.

mod approvals;
mod people;
mod settings;

use countersign_model::quantity::{counted, quantity};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::levels;
use crate::evidence::PolicyVersion;
use countersign_model::key::KeySource;
use countersign_model::policy::{Entry, LevelEntry, Operator};
use countersign_model::policy_input::RuleLevel;
use countersign_model::{Digest, Policy, PrincipalName, SubjectId};

/// What a change does to those who are governed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// More is allowed, or fewer people have to agree.
    Widens,
    /// Less is allowed, or more people have to agree.
    Narrows,
    /// Neither for certain.
    Changes,
}

impl Effect {
    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Widens => "widens",
            Self::Narrows => "narrows",
            Self::Changes => "changes",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyChange {
    /// What it does.
    pub effect: Effect,
    /// The part of the policy, such as `administrators`.
    pub part: &'static str,
    /// What changed, in words. Hostile text.
    pub what: String,
}

/// A package that is governed under one of the policies only, or under another name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GovernedChange {
    /// Path of the package.
    pub path: String,
    /// Its subject before; `None` when it was not governed.
    pub before: Option<SubjectId>,
    /// Its subject after; `None` when it is no longer governed.
    pub after: Option<SubjectId>,
}

/// Everything that a policy change does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyComparison {
    /// What widens first, then what narrows, then the rest.
    pub changes: Vec<PolicyChange>,
    /// Packages in the tree, in path order.
    pub governed: Vec<GovernedChange>,
}

/// Compares two policies; `old` and `new` are the packages that each finds in the same tree, by
/// path.
pub fn compare(
    before: &PolicyVersion,
    after: &PolicyVersion,
    old: &BTreeMap<String, SubjectId>,
    new: &BTreeMap<String, SubjectId>,
) -> PolicyComparison {
    let mut found = Changes(Vec::new());
    let (one, other) = (&before.policy, &after.policy);
    found.people(before, after);
    found.names(
        "administrators",
        &one.administrators,
        &other.administrators,
        Effect::Widens,
    );
    found.teams(one, other);
    found.scopes(one, other);
    found.entries(one, other);
    found.levels(one, other);
    found.rules(one, other);
    found.switches(one, other);
    found.files(before, after);
    found.0.sort();
    found.0.dedup();
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let governed = paths
        .into_iter()
        .filter(|path| old.get(*path) != new.get(*path));
    let governed = governed.map(|path| GovernedChange {
        path: path.clone(),
        before: old.get(path).cloned(),
        after: new.get(path).cloned(),
    });
    PolicyComparison {
        changes: found.0,
        governed: governed.collect(),
    }
}

struct Changes(Vec<PolicyChange>);

const fn opposite(effect: Effect) -> Effect {
    match effect {
        Effect::Widens => Effect::Narrows,
        Effect::Narrows => Effect::Widens,
        Effect::Changes => Effect::Changes,
    }
}

impl Changes {
    fn add(&mut self, effect: Effect, part: &'static str, what: impl Into<String>) {
        self.0.push(PolicyChange {
            effect,
            part,
            what: what.into(),
        });
    }

    /// Members that come (with `effect`) and go (with the opposite).
    fn names<T: Ord + Display>(
        &mut self,
        part: &'static str,
        before: &BTreeSet<T>,
        after: &BTreeSet<T>,
        effect: Effect,
    ) {
        for name in after.difference(before) {
            self.add(effect, part, format!("adds {name}"));
        }
        for name in before.difference(after) {
            self.add(opposite(effect), part, format!("removes {name}"));
        }
    }

    fn scopes(&mut self, before: &Policy, after: &Policy) {
        let operators = |policy: &Policy| {
            policy
                .operators
                .iter()
                .map(operator)
                .collect::<BTreeSet<_>>()
        };
        self.names(
            "operators",
            &operators(before),
            &operators(after),
            Effect::Widens,
        );
        let recorders = |policy: &Policy| -> BTreeSet<String> {
            policy
                .recorders
                .iter()
                .map(|one| format!("{} for {}", one.principal, globs(&one.subjects)))
                .collect()
        };
        self.names(
            "recorders",
            &recorders(before),
            &recorders(after),
            Effect::Widens,
        );
        self.names("viewers", &before.viewers, &after.viewers, Effect::Changes);
        let thresholds = (before.policy_changes, after.policy_changes);
        if thresholds.0 != thresholds.1 {
            // No one can ever meet zero.
            let strength = |count: u32| if count == 0 { u32::MAX } else { count };
            let effect = if strength(thresholds.1) < strength(thresholds.0) {
                Effect::Widens
            } else {
                Effect::Narrows
            };
            self.add(
                effect,
                "policy_changes",
                format!(
                    "a policy change needs {} instead of {}",
                    counted(thresholds.1, "administrator"),
                    thresholds.0
                ),
            );
        }
    }

    fn entries(&mut self, before: &Policy, after: &Policy) {
        type Key = (String, String);
        let by_key = |policy: &Policy| -> BTreeMap<Key, Vec<Entry>> {
            let mut found: BTreeMap<Key, Vec<Entry>> = BTreeMap::new();
            for entry in &policy.entries {
                found
                    .entry((entry.path.as_str().to_owned(), entry.kind.to_string()))
                    .or_default()
                    .push(entry.clone());
            }
            found
        };
        let (old, new) = (by_key(before), by_key(after));
        let keys: BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let (path, kind) = key;
            match (old.get(key), new.get(key)) {
                (None, Some(_)) => self.add(
                    Effect::Narrows,
                    "subjects",
                    format!("governs {kind} at {path}"),
                ),
                (Some(_), None) => self.add(
                    Effect::Widens,
                    "subjects",
                    format!("no longer governs {kind} at {path}"),
                ),
                (Some(was), Some(is)) => {
                    for (was, is) in was.iter().zip(is) {
                        self.entry(path, was, is);
                    }
                    if was.len() != is.len() {
                        self.add(
                            Effect::Changes,
                            "subjects",
                            format!(
                                "{path} has {} instead of {}",
                                quantity(is.len(), "entry", "entries"),
                                was.len()
                            ),
                        );
                    }
                }
                (None, None) => {}
            }
        }
        let order = |policy: &Policy| {
            policy
                .entries
                .iter()
                .map(|entry| entry.path.as_str().to_owned())
                .collect::<Vec<_>>()
        };
        let (one, other) = (order(before), order(after));
        let common = |list: &[String], in_: &[String]| {
            list.iter()
                .filter(|path| in_.contains(path))
                .cloned()
                .collect::<Vec<_>>()
        };
        if common(&one, &other) != common(&other, &one) {
            self.add(
                Effect::Changes,
                "subjects",
                "another order of entries: owners come from the last that matches",
            );
        }
        let ignored = |policy: &Policy| {
            policy
                .ignore
                .iter()
                .map(|glob| glob.as_str().to_owned())
                .collect::<BTreeSet<_>>()
        };
        self.names("ignore", &ignored(before), &ignored(after), Effect::Widens);
    }

    /// Levels of rules. Whether an entry lowers something depends on what it matches, so only `off`
    /// and `error` have a direction for certain.
    fn levels(&mut self, before: &Policy, after: &Policy) {
        let of = |policy: &Policy, wanted: Effect| -> BTreeSet<String> {
            let effect = |entry: &LevelEntry| match entry.level {
                RuleLevel::Off => Effect::Widens,
                RuleLevel::Error => Effect::Narrows,
                RuleLevel::Info | RuleLevel::Warning => Effect::Changes,
            };
            let entries = policy.levels.iter().filter(|entry| effect(entry) == wanted);
            entries
                .map(|entry| format!("{}: {}", levels::described(entry), entry.reason))
                .collect()
        };
        for effect in [Effect::Widens, Effect::Narrows, Effect::Changes] {
            self.names("rules", &of(before, effect), &of(after, effect), effect);
        }
        let order = |policy: &Policy| -> Vec<String> {
            policy.levels.iter().map(levels::described).collect()
        };
        let (one, other) = (order(before), order(after));
        let sorted = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
        if one != other && sorted(&one) == sorted(&other) {
            self.add(
                Effect::Changes,
                "rules",
                "another order of entries: the last that matches applies",
            );
        }
    }

    fn entry(&mut self, path: &str, was: &Entry, is: &Entry) {
        let owners = |entry: &Entry| -> BTreeSet<String> {
            entry
                .owners
                .iter()
                .map(|owner| format!("owner {owner} of {path}"))
                .collect()
        };
        self.names("owners", &owners(was), &owners(is), Effect::Widens);
        if was.risk != is.risk {
            let risk = |entry: &Entry| entry.risk.unwrap_or_default();
            let word = |entry: &Entry| {
                entry
                    .risk
                    .map_or_else(|| "unset".to_owned(), |risk| risk.to_string())
            };
            let effect = if risk(is) < risk(was) {
                Effect::Widens
            } else {
                Effect::Narrows
            };
            self.add(
                effect,
                "risk",
                format!("{path} is of {} risk instead of {}", word(is), word(was)),
            );
        }
        if was.drafts != is.drafts {
            let effect = if is.drafts {
                Effect::Widens
            } else {
                Effect::Narrows
            };
            self.add(
                effect,
                "drafts",
                format!(
                    "{path} {} unapproved pre-releases",
                    if is.drafts {
                        "allows"
                    } else {
                        "no longer allows"
                    }
                ),
            );
        }
        let required = |entry: &Entry| {
            entry
                .required_files
                .iter()
                .map(|file| format!("{file} to what {path} must have"))
                .collect::<BTreeSet<_>>()
        };
        self.names(
            "required_files",
            &required(was),
            &required(is),
            Effect::Narrows,
        );
        if was.name != is.name {
            self.add(
                Effect::Changes,
                "subjects",
                format!("packages at {path} are named differently"),
            );
        }
        if was.review_every.map(|span| span.seconds) != is.review_every.map(|span| span.seconds) {
            self.add(
                Effect::Changes,
                "review_every",
                format!("another review period for {path}"),
            );
        }
        if was.install != is.install {
            self.add(
                Effect::Changes,
                "install",
                format!("{path} belongs elsewhere"),
            );
        }
    }

    fn files(&mut self, before: &PolicyVersion, after: &PolicyVersion) {
        let protected = |version: &PolicyVersion| {
            version
                .policy
                .protect
                .iter()
                .cloned()
                .collect::<BTreeSet<_>>()
        };
        self.names(
            "protect",
            &protected(before),
            &protected(after),
            Effect::Narrows,
        );
        let platform = |version: &PolicyVersion| {
            version
                .policy
                .platform_keys
                .iter()
                .map(|key| key_text(&key.source))
                .collect::<BTreeSet<_>>()
        };
        self.names(
            "platform_keys",
            &platform(before),
            &platform(after),
            Effect::Widens,
        );
        let stolen = |version: &PolicyVersion| {
            version
                .policy
                .compromised
                .iter()
                .map(|one| format!("{} since {}", one.key, one.since.short()))
                .collect::<BTreeSet<_>>()
        };
        self.names(
            "compromised",
            &stolen(before),
            &stolen(after),
            Effect::Narrows,
        );
        for (path, bytes) in &after.files {
            if path != Policy::PATH && before.files.get(path).is_some_and(|was| was != bytes) {
                self.add(Effect::Changes, "files", format!("other bytes in {path}"));
            }
        }
    }
}

fn key_text(source: &KeySource) -> String {
    let text = match source {
        KeySource::Ssh(text) | KeySource::OpenPgpFile(text) | KeySource::Minisign(text) => {
            text.clone()
        }
        KeySource::OpenPgpArmor(text) => format!(
            "an inline certificate, sha256:{}",
            Digest::of(text.as_bytes()).short(12)
        ),
    };
    countersign_model::document::problem::shown(&text)
}

fn operator(operator: &Operator) -> String {
    let members: Vec<&str> = operator.members.iter().map(PrincipalName::as_str).collect();
    format!("{} for {}", members.join(", "), globs(&operator.subjects))
}

fn globs(globs: &[countersign_model::Glob]) -> String {
    globs
        .iter()
        .map(countersign_model::Glob::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests;
