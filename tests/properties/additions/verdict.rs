//! What a verdict says that no addition may raise.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use countersign::check::Survey;
use countersign::lifecycle::ledger::{Action, VersionKey};
use countersign::model::{Digest, PrincipalName, RuleId, Severity, State, SubjectId};

/// What matters of a verdict.
#[derive(Debug)]
pub(super) struct Judged {
    states: BTreeMap<(SubjectId, VersionKey), State>,
    /// Subjects of which every version is blocked.
    blocked: BTreeSet<SubjectId>,
    heads: BTreeMap<SubjectId, Option<VersionKey>>,
    /// Subjects with an error.
    failing: BTreeMap<SubjectId, BTreeSet<&'static str>>,
    /// Subjects of which a decision of another line is missing here.
    dropped: BTreeSet<SubjectId>,
    fails: bool,
    policy: Option<Digest>,
    policies: BTreeSet<Digest>,
    /// Policies that may be in force without an error.
    quiet: BTreeSet<Digest>,
    /// Policies that were approved and never landed: in force on a line that replaced the governed
    /// one, they are an error.
    pub(super) proposed: BTreeSet<Digest>,
    suspended: BTreeSet<PrincipalName>,
}

impl Judged {
    pub(super) fn of(survey: &Survey) -> Self {
        let ledger = &survey.replay.ledger;
        let errors = || {
            survey
                .findings
                .iter()
                .filter(|finding| finding.severity() == Severity::Error)
        };
        let mut failing: BTreeMap<SubjectId, BTreeSet<&'static str>> = BTreeMap::new();
        for finding in errors() {
            if let Some(subject) = finding
                .subject
                .as_ref()
                .filter(|_| is_about_bytes(finding.rule))
            {
                failing
                    .entry(subject.clone())
                    .or_default()
                    .insert(finding.rule.as_str());
            }
        }
        let versions = ledger.subjects.values().flat_map(|subject| {
            subject
                .versions
                .iter()
                .map(move |version| (subject, version))
        });
        let in_force = ledger
            .events
            .iter()
            .filter(|event| event.action == Action::PolicyInForce);
        Self {
            states: versions
                .map(|(subject, version)| {
                    ((subject.id.clone(), version.key.clone()), version.state)
                })
                .collect(),
            blocked: ledger
                .subjects
                .values()
                .filter(|subject| !subject.blocked_all.is_empty())
                .map(|subject| subject.id.clone())
                .collect(),
            heads: ledger
                .subjects
                .values()
                .map(|subject| (subject.id.clone(), subject.head.clone()))
                .collect(),
            failing,
            dropped: errors()
                .filter(|finding| finding.rule == RuleId::DecisionDropped)
                .filter_map(|finding| finding.subject.clone())
                .collect(),
            fails: errors().next().is_some(),
            policy: ledger.policy.digest,
            policies: in_force.filter_map(|event| event.digest).collect(),
            quiet: ledger.policy.digest.into_iter().collect(),
            proposed: BTreeSet::new(),
            suspended: ledger.suspended.clone(),
        }
    }

    /// Allows what `other` says of one version.
    pub(super) fn allow_version(&mut self, other: &Self, skill: &str, digest: Digest) {
        let is_it = |subject: &SubjectId, key: &VersionKey| {
            subject.name.as_str() == skill && key.digest == digest
        };
        for (key, state) in &other.states {
            if is_it(&key.0, &key.1) {
                self.allow_state(key, *state);
            }
        }
    }

    fn allow_state(&mut self, key: &(SubjectId, VersionKey), state: State) {
        let ours = self.states.entry(key.clone()).or_insert(State::Draft);
        if rank(state) > rank(*ours) {
            *ours = state;
        }
    }

    /// Allows what `other` says, too: anyone may bring about that.
    pub(super) fn allow(&mut self, other: &Self) {
        for (key, state) in &other.states {
            self.allow_state(key, *state);
        }
        self.policies.extend(&other.policies);
        self.quiet.extend(&other.quiet);
        self.suspended.retain(|name| other.suspended.contains(name));
    }

    /// What is an error where the tree is committed on the honest tip, and none where it arrives in
    /// another way; empty when that makes no difference.
    pub(super) fn excused(&self, after: &Self) -> String {
        let mut excused = String::new();
        for (subject, rules) in &self.failing {
            let same = self
                .heads
                .get(subject)
                .is_some_and(|head| head.is_some() && after.heads.get(subject) == Some(head));
            let missed = after.dropped.contains(subject);
            if same && !missed && !after.failing.contains_key(subject) && !after.fails {
                let _ = writeln!(excused, "{subject} would be wrong ({rules:?}) and is not");
            }
        }
        excused
    }

    /// What `after` has that it may not have; empty when nothing was raised.
    pub(super) fn raised(&self, after: &Self) -> String {
        let mut raised = String::new();
        for ((subject, key), state) in &after.states {
            let before = self
                .states
                .get(&(subject.clone(), key.clone()))
                .copied()
                .unwrap_or(State::Draft);
            if rank(*state) > rank(before) {
                let _ = writeln!(raised, "{subject} {}: {before} became {state}", key.version);
            }
        }
        for ((subject, key), state) in self
            .states
            .iter()
            .filter(|(_, state)| rank(**state) < rank(State::Draft))
        {
            let whole = *state == State::Blocked && after.blocked.contains(subject);
            if !whole && !after.states.contains_key(&(subject.clone(), key.clone())) {
                let _ = writeln!(
                    raised,
                    "{subject} {} was {state} and is forgotten",
                    key.version
                );
            }
        }
        let reported = |policy: &Digest| after.fails && self.proposed.contains(policy);
        if after
            .policy
            .is_some_and(|policy| !self.policies.contains(&policy) && !reported(&policy))
        {
            let _ = writeln!(
                raised,
                "a policy is in force that never was: {:?}",
                after.policy
            );
        }
        for name in self.suspended.difference(&after.suspended) {
            let _ = writeln!(raised, "{name} is back");
        }
        for (subject, rules) in &self.failing {
            let same = self
                .heads
                .get(subject)
                .is_some_and(|head| head.is_some() && after.heads.get(subject) == Some(head));
            // Without its approval the newer version is not the newest any more. That the approval
            // is missing is the error then.
            let missed = after.dropped.contains(subject)
                && rules
                    .iter()
                    .all(|rule| *rule == RuleId::VersionRegressed.as_str());
            if same && !missed && !after.failing.contains_key(subject) {
                let _ = writeln!(
                    raised,
                    "{subject} was wrong ({rules:?}) and is not any more"
                );
            }
        }
        let quiet = |policy: Digest| self.quiet.contains(&policy);
        if !after.policy.is_some_and(quiet) && !after.fails {
            let _ = writeln!(raised, "another policy is in force and nothing says so");
        }
        raised
    }
}

/// Whether a rule is about a version's bytes and their state. What is wrong with a record's file
/// ends when the file is gone.
fn is_about_bytes(rule: RuleId) -> bool {
    matches!(
        rule,
        RuleId::UnapprovedVersion
            | RuleId::ApprovalExpired
            | RuleId::RejectedVersion
            | RuleId::RolledBackVersion
            | RuleId::BlockedVersion
            | RuleId::RevokedContent
            | RuleId::ContainsRevokedFile
            | RuleId::VersionRegressed
            | RuleId::VersionReused
    )
}

/// How far a state may be trusted. A draft may be used by no one, so it is below what was approved
/// once.
const fn rank(state: State) -> u8 {
    match state {
        State::Revoked => 0,
        State::Blocked => 1,
        State::Draft => 2,
        State::RolledBack => 3,
        State::Archived => 4,
        State::Deprecated => 5,
        State::Approved => 6,
    }
}
