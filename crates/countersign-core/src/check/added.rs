//! What one commit adds to the findings of the commit that it is made on.
//!
//! The gate counts everything about a subject that changes. Here what was there before does not
//! count: who commits one file is not asked to fix the whole package first.

use std::collections::BTreeMap;

use super::consequence;
use super::findings::{self, Finding, FindingIdentity};
use super::gate::{self, Report, Side};
use super::rules::{self, Level};
use countersign_model::RuleId;

/// Rules about what only the commit itself can show: its signature.
const OF_SIGNATURE: &[RuleId] = &[
    RuleId::EvidenceMissing,
    RuleId::CommitEvidenceRefused,
    RuleId::UnsignedLanding,
    RuleId::CommitSignatureNotCanonical,
];

/// Rules about who makes the commit.
const OF_AUTHOR: &[RuleId] = &[
    RuleId::ContributorUnknown,
    RuleId::SelfApproval,
    RuleId::SelfApprovalExempt,
];

/// What is known of a commit that is not made yet.
#[derive(Clone, Copy, Debug)]
pub struct Unmade {
    /// Whether its author is known.
    pub has_author: bool,
}

/// The findings of `after` that `before` lacks or has at a lighter level, and the verdict over
/// them. `before` is absent where nothing was governed.
pub fn added(before: Option<&Side<'_>>, after: &Side<'_>, commit: Unmade) -> Report {
    let report = gate::counted(before, after);
    let lacks: Vec<Finding> = before.map_or_else(Vec::new, |before| {
        before.findings.iter().map(comparable).collect()
    });
    let mut heaviest: BTreeMap<FindingIdentity<'_>, Level> = BTreeMap::new();
    for finding in &lacks {
        let level = heaviest.entry(finding.identity()).or_insert(finding.level);
        *level = (*level).min(finding.level);
    }
    let compared: Vec<Finding> = report.findings.iter().map(comparable).collect();
    let is_new = gate::worse(&lacks, &compared);
    let heavier = compared.iter().map(|finding| {
        let before = heaviest.get(&finding.identity());
        before.is_some_and(|level| finding.level < *level)
    });
    let counts: Vec<bool> = is_new
        .into_iter()
        .zip(heavier)
        .map(|(is_new, heavier)| is_new || heavier)
        .collect();
    let findings: Vec<Finding> = report
        .findings
        .iter()
        .zip(counts)
        .filter(|(finding, counts)| *counts && can_be_known(finding.rule, commit))
        .map(|(finding, _)| finding.clone())
        .collect();
    Report {
        verdict: findings::verdict(&findings, true),
        findings: consequence::fold(findings),
        ..report
    }
}

/// The finding with which it is compared: a fault in a file stays the same fault when the file
/// declares another version, and someone who worked on the version before is no news either.
fn comparable(finding: &Finding) -> Finding {
    let mut finding = finding.clone();
    if rules::is_about_content(finding.rule) || OF_AUTHOR.contains(&finding.rule) {
        finding.version = None;
    }
    finding
}

fn can_be_known(rule: RuleId, commit: Unmade) -> bool {
    !OF_SIGNATURE.contains(&rule) && (commit.has_author || !OF_AUTHOR.contains(&rule))
}
