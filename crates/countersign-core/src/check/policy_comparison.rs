//! What a change of the policy does: what it widens, what it narrows, and what it stops governing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Display};

use crate::evidence::PolicyVersion;
use countersign_model::key::KeySource;
use countersign_model::policy::{ApprovalRule, Approver, Entry, Operator, Requirement};
use countersign_model::policy_input::{Baseline, CoAuthors, PrincipalKind, Profile, SignedCommits, Unapproved};
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

/// Compares two policies; `old` and `new` are the packages that each finds in the same tree, by path.
pub fn compare(
    before: &PolicyVersion,
    after: &PolicyVersion,
    old: &BTreeMap<String, SubjectId>,
    new: &BTreeMap<String, SubjectId>,
) -> PolicyComparison {
    let mut found = Changes(Vec::new());
    let (one, other) = (&before.policy, &after.policy);
    found.people(before, after);
    found.names("administrators", &one.administrators, &other.administrators, Effect::Widens);
    found.teams(one, other);
    found.scopes(one, other);
    found.entries(one, other);
    found.rules(one, other);
    found.switches(one, other);
    found.files(before, after);
    found.0.sort();
    found.0.dedup();
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let governed = paths.into_iter().filter(|path| old.get(*path) != new.get(*path));
    let governed =
        governed.map(|path| GovernedChange { path: path.clone(), before: old.get(path).cloned(), after: new.get(path).cloned() });
    PolicyComparison { changes: found.0, governed: governed.collect() }
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
        self.0.push(PolicyChange { effect, part, what: what.into() });
    }

    /// Members that come (with `effect`) and go (with the opposite).
    fn names<T: Ord + Display>(&mut self, part: &'static str, before: &BTreeSet<T>, after: &BTreeSet<T>, effect: Effect) {
        for name in after.difference(before) {
            self.add(effect, part, format!("adds {name}"));
        }
        for name in before.difference(after) {
            self.add(opposite(effect), part, format!("removes {name}"));
        }
    }

    fn people(&mut self, before: &PolicyVersion, after: &PolicyVersion) {
        let (old, new) = (&before.policy.principals, &after.policy.principals);
        let keys = |version: &PolicyVersion, name: &PrincipalName| -> BTreeSet<String> {
            version.roster.keys_of(name).into_iter().map(|key| key.id.to_string()).collect()
        };
        let names: BTreeSet<&PrincipalName> = old.keys().chain(new.keys()).collect();
        for name in names {
            match (old.get(name), new.get(name)) {
                (None, Some(principal)) => {
                    let kind = if principal.kind == PrincipalKind::Machine { "machine" } else { "person" };
                    self.add(
                        Effect::Widens,
                        "principals",
                        format!("adds the {kind} {name} with {}", counted(keys(after, name).len(), "key")),
                    );
                }
                (Some(_), None) => self.add(Effect::Narrows, "principals", format!("removes {name}")),
                (Some(was), Some(is)) => {
                    for key in keys(after, name).difference(&keys(before, name)) {
                        self.add(Effect::Widens, "keys", format!("gives {name} the key {key}"));
                    }
                    for key in keys(before, name).difference(&keys(after, name)) {
                        self.add(Effect::Narrows, "keys", format!("takes the key {key} from {name}"));
                    }
                    if was.kind != is.kind {
                        let effect = if is.kind == PrincipalKind::Person { Effect::Widens } else { Effect::Narrows };
                        self.add(
                            effect,
                            "principals",
                            format!("makes {name} a {}", if is.kind == PrincipalKind::Person { "person" } else { "machine" }),
                        );
                    }
                    // Addresses and accounts only keep contributors from approving.
                    let addresses =
                        |emails: &BTreeSet<String>| emails.iter().map(|email| format!("{email} of {name}")).collect::<BTreeSet<_>>();
                    self.names("emails", &addresses(&was.emails), &addresses(&is.emails), Effect::Narrows);
                    if was.accounts != is.accounts {
                        self.add(Effect::Changes, "accounts", format!("changes the accounts of {name}"));
                    }
                }
                (None, None) => {}
            }
        }
    }

    fn teams(&mut self, before: &Policy, after: &Policy) {
        let names: BTreeSet<&PrincipalName> = before.teams.keys().chain(after.teams.keys()).collect();
        for name in names {
            let members = |policy: &Policy| -> BTreeSet<String> {
                policy.teams.get(name).into_iter().flatten().map(|member| format!("{member} in {name}")).collect()
            };
            self.names("teams", &members(before), &members(after), Effect::Widens);
        }
    }

    fn scopes(&mut self, before: &Policy, after: &Policy) {
        let operators = |policy: &Policy| policy.operators.iter().map(operator).collect::<BTreeSet<_>>();
        self.names("operators", &operators(before), &operators(after), Effect::Widens);
        let recorders = |policy: &Policy| -> BTreeSet<String> {
            policy.recorders.iter().map(|one| format!("{} for {}", one.principal, globs(&one.subjects))).collect()
        };
        self.names("recorders", &recorders(before), &recorders(after), Effect::Widens);
        self.names("viewers", &before.viewers, &after.viewers, Effect::Changes);
        let thresholds = (before.policy_changes, after.policy_changes);
        if thresholds.0 != thresholds.1 {
            // No one can ever meet zero.
            let strength = |count: u32| if count == 0 { u32::MAX } else { count };
            let effect = if strength(thresholds.1) < strength(thresholds.0) { Effect::Widens } else { Effect::Narrows };
            self.add(
                effect,
                "policy_changes",
                format!("a policy change needs {} instead of {}", counted(thresholds.1 as usize, "administrator"), thresholds.0),
            );
        }
    }

    fn entries(&mut self, before: &Policy, after: &Policy) {
        type Key = (String, String);
        let by_key = |policy: &Policy| -> BTreeMap<Key, Vec<Entry>> {
            let mut found: BTreeMap<Key, Vec<Entry>> = BTreeMap::new();
            for entry in &policy.entries {
                found.entry((entry.path.as_str().to_owned(), entry.kind.to_string())).or_default().push(entry.clone());
            }
            found
        };
        let (old, new) = (by_key(before), by_key(after));
        let keys: BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let (path, kind) = key;
            match (old.get(key), new.get(key)) {
                (None, Some(_)) => self.add(Effect::Narrows, "subjects", format!("governs {kind} at {path}")),
                (Some(_), None) => self.add(Effect::Widens, "subjects", format!("no longer governs {kind} at {path}")),
                (Some(was), Some(is)) => {
                    for (was, is) in was.iter().zip(is) {
                        self.entry(path, was, is);
                    }
                    if was.len() != is.len() {
                        self.add(Effect::Changes, "subjects", format!("{path} has {} entries instead of {}", is.len(), was.len()));
                    }
                }
                (None, None) => {}
            }
        }
        let order = |policy: &Policy| policy.entries.iter().map(|entry| entry.path.as_str().to_owned()).collect::<Vec<_>>();
        let (one, other) = (order(before), order(after));
        let common = |list: &[String], in_: &[String]| list.iter().filter(|path| in_.contains(path)).cloned().collect::<Vec<_>>();
        if common(&one, &other) != common(&other, &one) {
            self.add(Effect::Changes, "subjects", "another order of entries: owners come from the last that matches");
        }
        let ignored = |policy: &Policy| policy.ignore.iter().map(|glob| glob.as_str().to_owned()).collect::<BTreeSet<_>>();
        self.names("ignore", &ignored(before), &ignored(after), Effect::Widens);
    }

    fn entry(&mut self, path: &str, was: &Entry, is: &Entry) {
        let owners = |entry: &Entry| -> BTreeSet<String> { entry.owners.iter().map(|owner| format!("owner {owner} of {path}")).collect() };
        self.names("owners", &owners(was), &owners(is), Effect::Widens);
        if was.risk != is.risk {
            let risk = |entry: &Entry| entry.risk.unwrap_or_default();
            let word = |entry: &Entry| entry.risk.map_or_else(|| "unset".to_owned(), |risk| risk.to_string());
            let effect = if risk(is) < risk(was) { Effect::Widens } else { Effect::Narrows };
            self.add(effect, "risk", format!("{path} is of {} risk instead of {}", word(is), word(was)));
        }
        if was.drafts != is.drafts {
            let effect = if is.drafts { Effect::Widens } else { Effect::Narrows };
            self.add(effect, "drafts", format!("{path} {} unapproved pre-releases", if is.drafts { "allows" } else { "no longer allows" }));
        }
        let required =
            |entry: &Entry| entry.required_files.iter().map(|file| format!("{file} to what {path} must have")).collect::<BTreeSet<_>>();
        self.names("required_files", &required(was), &required(is), Effect::Narrows);
        if was.name != is.name {
            self.add(Effect::Changes, "subjects", format!("packages at {path} are named differently"));
        }
        if was.review_every.map(|span| span.seconds) != is.review_every.map(|span| span.seconds) {
            self.add(Effect::Changes, "review_every", format!("another review period for {path}"));
        }
        if was.install != is.install {
            self.add(Effect::Changes, "install", format!("{path} belongs elsewhere"));
        }
    }

    /// Every rule that applies must be met: one more requires more, one less requires less. A rule for the same subjects that is not plainly as
    /// strict as before widens.
    fn rules(&mut self, before: &Policy, after: &Policy) {
        let texts = |policy: &Policy| policy.rules.iter().map(rule).collect::<BTreeSet<_>>();
        let (known, wanted) = (texts(before), texts(after));
        let mut gone: Vec<&ApprovalRule> = before.rules.iter().filter(|one| !wanted.contains(&rule(one))).collect();
        for new in after.rules.iter().filter(|one| !known.contains(&rule(one))) {
            match gone.iter().position(|old| scope(old) == scope(new)) {
                Some(at) => {
                    let old = gone.remove(at);
                    let effect = if is_as_strict(new, old) { Effect::Narrows } else { Effect::Widens };
                    self.add(effect, "approvals", format!("{} (it was: {})", rule(new), demands(old)));
                }
                None => self.add(Effect::Narrows, "approvals", format!("adds: {}", rule(new))),
            }
        }
        for old in gone {
            self.add(Effect::Widens, "approvals", format!("removes: {}", rule(old)));
        }
    }

    /// A setting whose values are ordered from the strictest to the laxest.
    fn setting<T: PartialEq + Debug + Copy>(&mut self, part: &'static str, before: T, after: T, strictest_first: &[T]) {
        if before != after {
            let rank = |value: T| strictest_first.iter().position(|one| *one == value);
            let effect = if rank(after) > rank(before) { Effect::Widens } else { Effect::Narrows };
            let word = |value: T| format!("{value:?}").to_lowercase();
            self.add(effect, part, format!("{} instead of {}", word(after), word(before)));
        }
    }

    fn switches(&mut self, before: &Policy, after: &Policy) {
        self.setting("separation_of_duties", before.separation_of_duties, after.separation_of_duties, &[true, false]);
        self.setting("co_authors", before.co_authors, after.co_authors, &[CoAuthors::Strict, CoAuthors::Recorded]);
        self.setting("unapproved", before.unapproved, after.unapproved, &[Unapproved::Wait, Unapproved::Allow]);
        self.setting("baseline", before.baseline, after.baseline, &[Baseline::Wait, Baseline::Allow]);
        let order = [SignedCommits::All, SignedCommits::Governance, SignedCommits::None];
        self.setting("signed_commits", before.signed_commits, after.signed_commits, &order);
        self.setting("profile", before.profile, after.profile, &[Profile::Strict, Profile::Lenient]);
        for (part, was, is) in [
            ("limits.package_files", before.limits.package_files, after.limits.package_files),
            ("limits.package_bytes", before.limits.package_bytes, after.limits.package_bytes),
        ] {
            if was != is {
                self.add(if is > was { Effect::Widens } else { Effect::Narrows }, part, format!("{is} instead of {was}"));
            }
        }
        let methods =
            |policy: &Policy| policy.merge_methods.iter().map(|method| format!("{method:?}").to_lowercase()).collect::<BTreeSet<_>>();
        self.names("merge_methods", &methods(before), &methods(after), Effect::Changes);
        for (part, was, is) in [("repository", &before.repository, &after.repository), ("branch", &before.branch, &after.branch)] {
            if was != is {
                self.add(Effect::Changes, part, format!("{is} instead of {was}"));
            }
        }
        let retention = |policy: &Policy| {
            policy.retention.iter().map(|(kind, span)| format!("{kind} for {} days", span.seconds / 86_400)).collect::<BTreeSet<_>>()
        };
        self.names("retention", &retention(before), &retention(after), Effect::Changes);
        if let (None, Some((commit, _))) = (&before.restart, &after.restart) {
            self.add(Effect::Changes, "restart", format!("restarts after {}", commit.short()));
        }
    }

    fn files(&mut self, before: &PolicyVersion, after: &PolicyVersion) {
        let protected = |version: &PolicyVersion| version.policy.protect.iter().cloned().collect::<BTreeSet<_>>();
        self.names("protect", &protected(before), &protected(after), Effect::Narrows);
        let platform =
            |version: &PolicyVersion| version.policy.platform_keys.iter().map(|key| key_text(&key.source)).collect::<BTreeSet<_>>();
        self.names("platform_keys", &platform(before), &platform(after), Effect::Widens);
        let stolen = |version: &PolicyVersion| {
            version.policy.compromised.iter().map(|one| format!("{} since {}", one.key, one.since.short())).collect::<BTreeSet<_>>()
        };
        self.names("compromised", &stolen(before), &stolen(after), Effect::Narrows);
        for (path, bytes) in &after.files {
            if path != Policy::PATH && before.files.get(path).is_some_and(|was| was != bytes) {
                self.add(Effect::Changes, "files", format!("other bytes in {path}"));
            }
        }
    }
}

fn key_text(source: &KeySource) -> String {
    let text = match source {
        KeySource::Ssh(text) | KeySource::OpenPgpFile(text) | KeySource::Minisign(text) => text.clone(),
        KeySource::OpenPgpArmor(text) => format!("an inline certificate, sha256:{}", Digest::of(text.as_bytes()).short(12)),
    };
    countersign_model::document::problem::shown(&text)
}

fn operator(operator: &Operator) -> String {
    let members: Vec<&str> = operator.members.iter().map(PrincipalName::as_str).collect();
    format!("{} for {}", members.join(", "), globs(&operator.subjects))
}

fn globs(globs: &[countersign_model::Glob]) -> String {
    globs.iter().map(countersign_model::Glob::as_str).collect::<Vec<_>>().join(", ")
}

/// Whether `new` requires all that `old` requires: more cannot be said without knowing the people.
fn is_as_strict(new: &ApprovalRule, old: &ApprovalRule) -> bool {
    let expiry = |rule: &ApprovalRule| rule.expire_after.map_or(i64::MAX, |span| span.seconds);
    let mut left: Vec<&Requirement> = new.require.iter().collect();
    let covers = |new: &Requirement, old: &Requirement| {
        new.count == 0 || old.count > 0 && new.count >= old.count && new.from.iter().all(|from| old.from.contains(from))
    };
    let covered = old.require.iter().all(|old| match left.iter().position(|new| covers(new, old)) {
        Some(at) => {
            left.remove(at);
            true
        }
        None => false,
    });
    covered && new.accept.is_subset(old.accept) && expiry(new) <= expiry(old)
}

/// What a rule applies to.
fn scope(rule: &ApprovalRule) -> String {
    let subjects = rule.subjects.as_ref().map_or_else(|| "every subject".to_owned(), |subjects| globs(subjects));
    let risk = rule.risk.as_ref().map_or_else(String::new, |risks| {
        let risks: Vec<String> = risks.iter().map(ToString::to_string).collect();
        format!(" of {} risk", risks.join(" or "))
    });
    format!("{subjects}{risk}")
}

/// What a rule requires.
fn demands(rule: &ApprovalRule) -> String {
    let from = |one: &Requirement| one.from.iter().map(Approver::as_str).collect::<Vec<_>>().join(", ");
    let require: Vec<String> = rule.require.iter().map(|one| format!("{} of {}", one.count, from(one))).collect();
    let accept: Vec<&str> = rule.accept.words().collect();
    let expire = rule.expire_after.map(|span| format!(", for {} days", span.seconds / 86_400)).unwrap_or_default();
    format!("{}, by {}{expire}", require.join(" and "), accept.join(" or "))
}

/// A rule in words, without its line.
fn rule(rule: &ApprovalRule) -> String {
    format!("{} needs {}", scope(rule), demands(rule))
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_model::EvidenceKind;

    fn rule_of(count: u32, from: &[&str], accept: &[EvidenceKind]) -> ApprovalRule {
        let from = from.iter().map(|name| Approver::Team(name.parse().expect("a name"))).collect();
        ApprovalRule {
            subjects: None,
            risk: None,
            require: vec![Requirement { count, from }],
            accept: accept.iter().copied().collect(),
            expire_after: None,
            line: 1,
        }
    }

    #[test]
    fn a_rule_is_as_strict_only_when_it_asks_for_all_that_was_asked() {
        use EvidenceKind::{Review, Signature};
        let two = rule_of(2, &["a", "b"], &[Signature]);
        assert!(is_as_strict(&two, &two));
        assert!(is_as_strict(&rule_of(3, &["a"], &[Signature]), &two));
        assert!(!is_as_strict(&rule_of(1, &["a", "b"], &[Signature]), &two), "fewer people");
        assert!(!is_as_strict(&rule_of(2, &["a", "c"], &[Signature]), &two), "other people");
        assert!(!is_as_strict(&rule_of(2, &["a", "b"], &[Signature, Review]), &two), "weaker evidence");
        let none = ApprovalRule { require: Vec::new(), ..two.clone() };
        assert!(!is_as_strict(&none, &two));
        assert!(is_as_strict(&rule_of(0, &[], &[Signature]), &two), "no one can ever meet zero");
        assert!(!is_as_strict(&two, &rule_of(0, &[], &[Signature])));
    }

    #[test]
    fn every_setting_has_a_side_that_widens() {
        let mut found = Changes(Vec::new());
        found.setting("separation_of_duties", true, false, &[true, false]);
        found.setting("unapproved", Unapproved::Allow, Unapproved::Wait, &[Unapproved::Wait, Unapproved::Allow]);
        found.setting("profile", Profile::Strict, Profile::Strict, &[Profile::Strict, Profile::Lenient]);
        let told: Vec<(Effect, &str)> = found.0.iter().map(|change| (change.effect, change.what.as_str())).collect();
        assert_eq!(told, [(Effect::Widens, "false instead of true"), (Effect::Narrows, "wait instead of allow")]);
    }
}
