//! `countersign.check/v1`.

use schemars::JsonSchema;
use serde::Serialize;

use super::subject::SubjectOut;
use crate::check::rules::Level;
use crate::check::{Finding, Report};
use crate::lifecycle::Ledger;
use crate::render::Context;

/// The output of `check`, printed also when nothing could be evaluated.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Check {
    /// `countersign.check/v1`.
    pub schema: &'static str,
    /// `pass`, `waiting`, `fail` or `not-evaluated`.
    pub verdict: &'static str,
    /// Whether a warning makes the verdict `fail` (`--strict`).
    pub strict: bool,
    /// The commit judged; absent with `--worktree` and `--staged`.
    pub head: Option<String>,
    /// The base of a candidate; HEAD with `--staged`.
    pub base: Option<String>,
    /// The anchor.
    pub anchor: Option<String>,
    /// Whether the verifier pinned it.
    pub anchor_pinned: bool,
    /// The time at which expiry was judged.
    pub now: String,
    /// Serial of the policy in force.
    pub policy_serial: Option<u64>,
    /// Subjects that count, sorted by subject.
    pub subjects: Vec<SubjectOut>,
    /// Findings that count, sorted by weight, rule in the order of the table in docs/rules.md,
    /// subject, version, path, line, column, position, commit.
    pub findings: Vec<FindingOut>,
    /// How many there are.
    pub counts: Counts,
    /// Merged pull requests, by number, whose reviews could approve what waits and are not recorded
    /// here: `--live` or `reviews record` counts them. Taken from messages of commits.
    pub unrecorded_pull_requests: Vec<u64>,
}

/// One finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FindingOut {
    /// Id of the rule.
    pub rule: &'static str,
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// Whether only approvals are missing: such an `error` makes the verdict `waiting`, not `fail`.
    pub waiting: bool,
    /// What is wrong.
    pub message: String,
    /// How to fix it.
    pub help: String,
    /// `kind/name`.
    pub subject: Option<String>,
    /// The version.
    pub version: Option<String>,
    /// The person or machine concerned.
    pub principal: Option<String>,
    /// Path from the repository's root.
    pub path: Option<String>,
    /// 1-based line.
    pub line: Option<u32>,
    /// 1-based column in characters.
    pub column: Option<u32>,
    /// The landing or other commit.
    pub commit: Option<String>,
    /// The landing's position.
    pub position: Option<u32>,
    /// The forge's page that shows what changed since a review.
    pub compare: Option<String>,
}

/// Numbers of findings by severity, and of subjects that count.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct Counts {
    /// Errors, the waiting ones included.
    pub error: usize,
    /// Warnings.
    pub warning: usize,
    /// Notes.
    pub info: usize,
    /// Errors for which only approvals are missing.
    pub waiting: usize,
    /// Subjects that count.
    pub subjects: usize,
}

/// The view of `report`; `ledger` is absent when there was nothing to replay.
pub fn check(context: &Context, ledger: Option<&Ledger>, report: &Report) -> Check {
    let subjects = ledger
        .map(|ledger| {
            report
                .subjects
                .iter()
                .filter_map(|id| ledger.subjects.get(id))
                .collect::<Vec<_>>()
        })
        .unwrap_or_default();
    let mut counts = Counts {
        subjects: subjects.len(),
        ..Counts::default()
    };
    for finding in &report.findings {
        match finding.level {
            Level::NotEvaluated | Level::Error => counts.error += 1,
            Level::Waiting => {
                counts.error += 1;
                counts.waiting += 1;
            }
            Level::Warning => counts.warning += 1,
            Level::Info => counts.info += 1,
        }
    }
    Check {
        schema: "countersign.check/v1",
        verdict: report.verdict.as_str(),
        strict: report.strict,
        head: context.head.map(|commit| commit.to_string()),
        base: context.base.map(|commit| commit.to_string()),
        anchor: context.anchor.map(|commit| commit.to_string()),
        anchor_pinned: context.anchor_pinned,
        now: context.now.to_string(),
        policy_serial: ledger.map(|ledger| ledger.policy.serial),
        subjects: subjects
            .into_iter()
            .map(|subject| SubjectOut::new(subject, &report.findings, &report.logins))
            .collect(),
        findings: report.findings.iter().map(FindingOut::new).collect(),
        counts,
        unrecorded_pull_requests: report.unrecorded.iter().copied().collect(),
    }
}

impl FindingOut {
    /// The view of a finding.
    pub fn new(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.as_str(),
            severity: finding.severity().as_str(),
            waiting: finding.waiting(),
            message: finding.message.clone(),
            help: finding.help.clone(),
            subject: finding.subject.as_ref().map(ToString::to_string),
            version: finding.version.as_ref().map(ToString::to_string),
            principal: finding.principal.as_ref().map(ToString::to_string),
            path: finding.path.clone(),
            line: finding.line,
            column: finding.column,
            commit: finding.commit.map(|commit| commit.to_string()),
            position: finding.position.map(|position| position.0),
            compare: finding.compare.clone(),
        }
    }
}
