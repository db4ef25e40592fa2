//! What may land and stay: what the state of a version means for the tree that has it.
//!
//! | the tree has | finding |
//! |---|---|
//! | approved | none |
//! | deprecated, archived | a warning |
//! | blocked, revoked, rolled back | an error |
//! | a draft | waiting, unless an exception of the policy covers it |
//! | a version below the highest one ever granted that is not current | an error |
//!
//! No exception covers a draft that someone rejected, or whose approval expired. A subject whose
//! bytes cannot be identified is never silent. What the ledger itself observed (reused versions,
//! stale approvals, contributors) is not repeated here.

mod decided;
mod exception;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use self::decided::Decided;
use super::due::due;
use super::logins::Logins;
use crate::lifecycle::ledger::{Ledger, Subject, VersionKey, VersionState};
use countersign_harness::Plugins;
use countersign_model::{DecisionKind, Fact, Observation, Place, Policy, RuleId, State};

/// What the tree and the history show in addition to the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'f> {
    /// The policy in force.
    pub policy: &'f Policy,
    /// Every path at which a granted version of any subject ever was.
    pub granted_paths: &'f BTreeSet<String>,
    /// The plugins in the tree.
    pub plugins: &'f Plugins,
    /// Packages with something that a harness loads by itself.
    pub loaded: &'f BTreeSet<String>,
}

/// What in the tree at the ledger's head breaks the rules.
pub fn judge(ledger: &Ledger, facts: &Facts<'_>) -> Vec<Observation> {
    let decided = Decided::of(ledger);
    let logins = Logins::of(facts.policy);
    let mut found = Vec::new();
    for subject in ledger.subjects.values() {
        judge_subject(subject, &decided, facts, &logins, &mut found);
    }
    found
}

fn judge_subject(
    subject: &Subject,
    decided: &Decided<'_>,
    facts: &Facts<'_>,
    logins: &Logins,
    found: &mut Vec<Observation>,
) {
    if subject.paths.is_empty() {
        found.extend(removed(subject, decided));
        return;
    }
    let Some(version) = subject.head_version() else {
        // The layer that could not identify the bytes said why; this keeps such a subject from ever
        // looking approved.
        if subject.shown_state() == State::Blocked {
            let block = decided.latest(DecisionKind::Block, subject.blocked_all.iter());
            found.push(decided.explain(at(RuleId::BlockedVersion, subject, None), block));
            return;
        }
        let what = "its bytes cannot be identified, so no one can approve them";
        found.push(at(RuleId::UnapprovedVersion, subject, None).with(Fact::Due, what));
        return;
    };
    found.extend(judge_state(subject, version, decided, facts, logins));
    if let Some(newer) = outgrown_above(subject, version) {
        let newer = newer.key.version.label();
        found.push(
            at(RuleId::VersionRegressed, subject, Some(version)).with(
                Fact::First,
                format!(
                    "Version {newer} was approved and then moved to where more is asked. Put it back, or let it \
                     be approved where it is. If the older one is meant, stop the newer one: `countersign \
                     block {}@{newer} --reason …`.",
                    subject.id
                ),
            ),
        );
    } else if regressed(subject, version) {
        let observation = at(RuleId::VersionRegressed, subject, Some(version));
        found.push(match &subject.current {
            Some(current) => observation.with(Fact::Current, current.version.label()),
            None => observation,
        });
    }
}

fn judge_state(
    subject: &Subject,
    version: &VersionState,
    decided: &Decided<'_>,
    facts: &Facts<'_>,
    logins: &Logins,
) -> Option<Observation> {
    let here = |rule| at(rule, subject, Some(version));
    let by = |rule, kind| {
        decided.explain(
            here(rule),
            decided.latest(kind, version.records.iter().chain(&subject.blocked_all)),
        )
    };
    Some(match version.state {
        State::Approved => return None,
        State::Deprecated => by(RuleId::DeprecatedVersion, DecisionKind::Deprecate),
        State::Archived => by(RuleId::ArchivedVersion, DecisionKind::Archive),
        State::Blocked => by(RuleId::BlockedVersion, DecisionKind::Block)
            .with(Fact::Blocked, decided.blocked(subject, version)),
        State::RolledBack => {
            let observation = by(RuleId::RolledBackVersion, DecisionKind::Rollback);
            match &subject.current {
                Some(current) => observation.with(Fact::Current, current.version.label()),
                None => observation,
            }
        }
        State::Revoked => decided.revocation(here(RuleId::RevokedContent), subject, version),
        State::Draft if !version.rejected_by.is_empty() => {
            let by: Vec<&str> = version
                .rejected_by
                .iter()
                .map(countersign_model::PrincipalName::as_str)
                .collect();
            let observation = here(RuleId::RejectedVersion).with(Fact::By, by.join(", "));
            match version.rejected_by.first() {
                Some(first) => observation.principal(first),
                None => observation,
            }
        }
        State::Draft if version.expired => {
            let observation = with_due(
                here(RuleId::ApprovalExpired),
                due(&version.requirements, logins),
            );
            match version.expires {
                Some(expires) => observation.with(Fact::Expires, expires),
                None => observation,
            }
        }
        State::Draft
            if version.baseline
                && facts.policy.baseline == countersign_model::policy_input::Baseline::Allow =>
        {
            here(RuleId::BaselineContent)
        }
        State::Draft => match exception::covering(subject, version, facts) {
            Some(because) => here(RuleId::DraftAllowed).with(Fact::Because, because),
            None => moved_from(
                with_due(
                    here(RuleId::UnapprovedVersion),
                    due(&version.requirements, logins),
                ),
                subject,
                version,
                decided,
            ),
        },
    })
}

/// Whether `version` is an older version that no rollback names: it is not current, and ranks below the
/// highest one ever granted. Where a rollback went back to it, the rollback is the reason that it is there,
/// also once it is deprecated or archived. A draft that was never granted is on its way up; it only may not rank
/// below the current version.
fn regressed(subject: &Subject, version: &VersionState) -> bool {
    let is_it = |key: &Option<VersionKey>| key.as_ref() == Some(&version.key);
    let retired = matches!(version.state, State::Deprecated | State::Archived);
    if is_it(&subject.current) || retired && is_it(&subject.pinned) {
        return false;
    }
    let judged = matches!(
        version.state,
        State::Draft | State::Approved | State::Deprecated | State::Archived
    );
    let highest = if version.granted.is_some() {
        highest_granted(subject)
    } else {
        None
    };
    judged
        && highest
            .into_iter()
            .chain(subject.current_version())
            .any(|other| below(version, other))
}

/// A newer version that was granted and moved to a place that asks for more, where the tree holds a
/// granted older one. It is newer all the same, though nothing but an older one can be current, until
/// someone stops it or goes back from it.
fn outgrown_above<'s>(subject: &'s Subject, version: &VersionState) -> Option<&'s VersionState> {
    if version.granted.is_none() || subject.pinned.as_ref() == Some(&version.key) {
        return None;
    }
    let mut others = subject.versions.iter();
    others.find(|other| other.outgrown && other.state == State::Draft && below(version, other))
}

/// The highest version that was ever granted, in any state now.
fn highest_granted(subject: &Subject) -> Option<&VersionState> {
    subject
        .versions
        .iter()
        .filter(|version| version.granted.is_some())
        .reduce(|best, version| if below(best, version) { version } else { best })
}

/// Whether `version` ranks below `other`: by version, and by landing where versions rank the same.
fn below(version: &VersionState, other: &VersionState) -> bool {
    let landed = |version: &VersionState| version.landed.map(|landing| landing.position);
    match version.key.version.rank(&other.key.version) {
        Ordering::Less => true,
        Ordering::Equal => landed(version) < landed(other),
        Ordering::Greater => false,
    }
}

/// A subject with grants that is gone although no one archived, blocked or revoked what was there.
fn removed(subject: &Subject, decided: &Decided<'_>) -> Option<Observation> {
    let granted: Vec<&VersionState> = subject
        .versions
        .iter()
        .filter(|version| version.granted.is_some())
        .collect();
    let put_away = |version: &VersionState| {
        matches!(
            version.state,
            State::Archived | State::Blocked | State::Revoked
        )
    };
    let last = decided
        .removed(&subject.id)
        .and_then(|key| subject.version(key));
    let meant = !subject.blocked_all.is_empty()
        || last.is_some_and(put_away)
        || granted.iter().all(|version| put_away(version));
    let shown = last.or_else(|| granted.last().copied());
    (!meant).then(|| {
        let path = subject.last_paths.first().cloned().unwrap_or_default();
        let digest = shown.map(|version| version.key.digest);
        let moved = digest.and_then(|digest| decided.moves().to(&subject.id, &path, digest));
        let observation = at(RuleId::SubjectRemoved, subject, shown).place(Place::file(&path));
        match moved {
            Some(to) => observation.with(Fact::MovedTo, to.beside(&subject.id)),
            None => observation,
        }
    })
}

/// Says where the bytes were before, if they are new at this place only.
fn moved_from(
    observation: Observation,
    subject: &Subject,
    version: &VersionState,
    decided: &Decided<'_>,
) -> Observation {
    let moves = decided.moves();
    let from = |path| moves.from(&subject.id, path, version.key.digest);
    match subject.paths.iter().find_map(|path| from(path)) {
        Some(from) => observation.with(Fact::MovedFrom, from.beside(&subject.id)),
        None => observation,
    }
}

fn at(rule: RuleId, subject: &Subject, version: Option<&VersionState>) -> Observation {
    let mut observation = Observation::new(rule)
        .subject(&subject.id)
        .risk(subject.risk);
    if let Some(path) = subject.paths.first() {
        observation = observation.place(Place::file(path));
    }
    if let Some(version) = version {
        observation = observation
            .version(&version.key.version)
            .with(Fact::Digest, version.key.digest);
        if let Some(landing) = version.landed {
            observation = observation.landing(landing.position, landing.commit);
        }
    }
    observation
}

fn with_due(observation: Observation, due: Option<String>) -> Observation {
    match due {
        Some(due) => observation.with(Fact::Due, due),
        None => observation,
    }
}
