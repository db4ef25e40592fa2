//! The gate: which findings count.
//!
//! Without a base the tip is judged and everything counts. With a base a candidate landing is
//! judged, and only what it makes worse counts: a subject that it leaves alone, or only lowers,
//! does not. So old drafts hold no one up, and an urgent block always passes.

use std::collections::{BTreeMap, BTreeSet};

use super::consequence;
use super::findings::{self, Finding, FindingIdentity};
use super::logins::Logins;
use super::rules::Level;
use crate::lifecycle::ledger::{Ledger, Subject, VersionState};
use countersign_model::{Policy, RuleId, State, SubjectId, Verdict};

/// A ledger and everything found in it.
#[derive(Clone, Debug)]
pub struct Side<'l> {
    /// The replay's result.
    pub ledger: &'l Ledger,
    /// All findings of that side.
    pub findings: Vec<Finding>,
}

/// The answer of `check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The verdict over `findings`.
    pub verdict: Verdict,
    /// Subjects that count, sorted: all of them without a base.
    pub subjects: Vec<SubjectId>,
    /// Subjects from which the candidate only takes authority, sorted; they never hold it up.
    pub lowered: Vec<SubjectId>,
    /// Findings that count, sorted.
    pub findings: Vec<Finding>,
    /// Whether a warning makes the verdict `fail`; see [`Report::strictly`].
    pub strict: bool,
    /// By which accounts the people of the policy are known.
    pub logins: Logins,
    /// Merged pull requests, by number, whose reviews could approve what waits, and of which the
    /// repository has no record.
    pub unrecorded: BTreeSet<u64>,
}

impl Report {
    /// The same with warnings that count: one makes the verdict `fail`. What was not evaluated
    /// stays so.
    #[must_use]
    pub fn strictly(self) -> Self {
        let warned = self
            .findings
            .iter()
            .any(|finding| finding.level == Level::Warning);
        let verdict = match self.verdict {
            Verdict::Pass | Verdict::Waiting if warned => Verdict::Fail,
            verdict => verdict,
        };
        Self {
            verdict,
            strict: true,
            ..self
        }
    }

    /// The answer when nothing could be replayed: neither a pass nor a fail, no matter what was
    /// found.
    pub fn not_evaluated(mut findings: Vec<Finding>) -> Self {
        findings::sort(&mut findings);
        Self {
            verdict: findings::verdict(&findings, false),
            subjects: Vec::new(),
            lowered: Vec::new(),
            findings,
            strict: false,
            logins: Logins::default(),
            unrecorded: BTreeSet::new(),
        }
    }
}

/// Findings about the question itself count against every base.
const ALWAYS: &[RuleId] = &[
    RuleId::PolicyFork,
    RuleId::HistoryIncomplete,
    RuleId::AnchorNotReached,
    RuleId::AnchorNotPinned,
    RuleId::IncludesMissing,
    RuleId::BaseNotOnBranch,
    RuleId::MergeConflict,
    RuleId::GovernanceStarts,
    RuleId::GateNotProtected,
    RuleId::ForgeUnanswered,
];

/// Findings that a decision to lower causes by itself.
const LOWERING: &[RuleId] = &[
    RuleId::RejectedVersion,
    RuleId::DeprecatedVersion,
    RuleId::ArchivedVersion,
    RuleId::RolledBackVersion,
    RuleId::BlockedVersion,
    RuleId::RevokedContent,
    RuleId::ContainsRevokedFile,
];

/// Judges the tip (`base` is `None`) or a candidate on top of `base`. What only follows from
/// another finding is left out, after the verdict.
pub fn judge(base: Option<&Side<'_>>, merged: &Side<'_>) -> Report {
    let report = counted(base, merged);
    Report {
        findings: consequence::fold(report.findings),
        ..report
    }
}

/// The same with every finding that counts.
pub(super) fn counted(base: Option<&Side<'_>>, merged: &Side<'_>) -> Report {
    let (subjects, lowered, mut findings) = match base {
        None => (
            merged.ledger.subjects.keys().cloned().collect(),
            Vec::new(),
            merged.findings.clone(),
        ),
        Some(base) => against(base, merged),
    };
    findings::sort(&mut findings);
    Report {
        verdict: findings::verdict(&findings, true),
        subjects,
        lowered,
        findings,
        strict: false,
        logins: Logins::default(),
        unrecorded: BTreeSet::new(),
    }
}

fn against(base: &Side<'_>, merged: &Side<'_>) -> (Vec<SubjectId>, Vec<SubjectId>, Vec<Finding>) {
    let changes: BTreeMap<&SubjectId, Change> = merged
        .ledger
        .subjects
        .values()
        .map(|after| {
            (
                &after.id,
                change(base.ledger.subjects.get(&after.id), after),
            )
        })
        .collect();
    let of = |wanted: &[Change]| {
        changes
            .iter()
            .filter(|(_, change)| wanted.contains(change))
            .map(|(id, _)| (*id).clone())
            .collect()
    };
    let worse = worse(&base.findings, &merged.findings);
    // A record that lowers a subject names it; a change of a subject that no record in the
    // candidate names is not excused.
    let new_records = merged
        .ledger
        .records
        .iter()
        .filter(|(digest, _)| !base.ledger.records.contains_key(*digest));
    let named: BTreeSet<&SubjectId> = new_records
        .flat_map(|(_, standing)| &standing.subjects)
        .collect();
    let counts = |finding: &Finding, is_worse: bool| {
        let change = finding
            .subject
            .as_ref()
            .and_then(|subject| changes.get(subject))
            .copied();
        let content = matches!(change, Some(Change::Content));
        // Revoked bytes outside the subject's own paths are there because someone put them there.
        let elsewhere = finding
            .path
            .as_ref()
            .zip(finding.subject.as_ref())
            .is_some_and(|(path, subject)| {
                merged
                    .ledger
                    .subjects
                    .get(subject)
                    .is_some_and(|subject| !subject.paths.contains(path))
            });
        let lowered = LOWERING.contains(&finding.rule)
            && matches!(change, Some(Change::None | Change::State | Change::Lowered))
            && !elsewhere;
        let lowered = lowered
            && (!is_worse
                || finding
                    .subject
                    .as_ref()
                    .is_none_or(|subject| named.contains(subject)));
        ALWAYS.contains(&finding.rule)
            || (!lowered && (is_worse || (content && !about_record(finding))))
    };
    let findings = merged
        .findings
        .iter()
        .zip(worse)
        .filter(|(finding, is_worse)| counts(finding, *is_worse));
    (
        of(&[Change::Content, Change::State]),
        of(&[Change::Lowered]),
        findings.map(|(finding, _)| finding.clone()).collect(),
    )
}

/// What a candidate does to a subject.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Nothing.
    None,
    /// Other bytes, or other paths: everything about it is judged again.
    Content,
    /// The same bytes in another state.
    State,
    /// The same bytes, or no longer any, in a state of less authority.
    Lowered,
}

fn change(before: Option<&Subject>, after: &Subject) -> Change {
    let Some(before) = before else {
        return if after.paths.is_empty() {
            Change::State
        } else {
            Change::Content
        };
    };
    let same =
        before.head == after.head && before.paths == after.paths && before.git_ids == after.git_ids;
    let gone = after.paths.is_empty();
    if !same && !gone {
        return Change::Content;
    }
    let was = before.head_version();
    let is = before.head.as_ref().and_then(|key| after.version(key));
    let newly_blocked = after
        .blocked_all
        .iter()
        .any(|record| !before.blocked_all.contains(record));
    let newly_rejected =
        matches!((was, is), (Some(was), Some(is)) if !is.rejected_by.is_subset(&was.rejected_by));
    let (was, is) = (authority(was), authority(is));
    if is < was || newly_blocked || (newly_rejected && is == was) {
        Change::Lowered
    } else if !same {
        Change::Content
    } else if is > was {
        Change::State
    } else {
        Change::None
    }
}

/// How much authority a version has: decisions that lower it make it smaller. A draft that was approved
/// before did not get there by a decision of that kind, so it ranks with the approved ones and its
/// findings count.
fn authority(version: Option<&VersionState>) -> u8 {
    match version.map(|version| version.state) {
        None => 6,
        Some(State::Draft) if version.is_some_and(|version| version.granted.is_none()) => 6,
        Some(State::Approved | State::Draft) => 7,
        Some(State::Deprecated) => 5,
        Some(State::Archived) => 4,
        Some(State::RolledBack) => 3,
        Some(State::Blocked) => 2,
        Some(State::Revoked) => 1,
    }
}

fn about_record(finding: &Finding) -> bool {
    finding
        .path
        .as_deref()
        .is_some_and(|path| path.split('/').next() == Some(Policy::APPROVALS))
}

/// For each finding of `merged`, whether `base` lacks it. Where a finding occurs more often than
/// before, the occurrences at new places count; when these cannot be distinguished, all do.
pub(super) fn worse(base: &[Finding], merged: &[Finding]) -> Vec<bool> {
    let mut before: BTreeMap<FindingIdentity<'_>, Vec<&Finding>> = BTreeMap::new();
    for finding in base {
        before.entry(finding.identity()).or_default().push(finding);
    }
    let mut after: BTreeMap<FindingIdentity<'_>, Vec<usize>> = BTreeMap::new();
    for (index, finding) in merged.iter().enumerate() {
        after.entry(finding.identity()).or_default().push(index);
    }
    let mut counted = BTreeSet::new();
    for (identity, indexes) in after {
        let old = before.get(&identity).map_or(&[][..], Vec::as_slice);
        let Some(excess) = indexes
            .len()
            .checked_sub(old.len())
            .filter(|excess| *excess > 0)
        else {
            continue;
        };
        let place = |finding: &Finding| {
            (
                finding.line,
                finding.column,
                finding.position,
                finding.commit,
            )
        };
        let fresh: Vec<usize> = indexes
            .iter()
            .copied()
            .filter(|index| {
                !old.iter()
                    .any(|finding| place(finding) == place(&merged[*index]))
            })
            .collect();
        counted.extend(if fresh.len() >= excess {
            fresh
        } else {
            indexes
        });
    }
    (0..merged.len())
        .map(|index| counted.contains(&index))
        .collect()
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
