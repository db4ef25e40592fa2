//! The policy's exceptions: which drafts may be on the branch without approval.

use super::Facts;
use crate::lifecycle::ledger::{Subject, VersionState};
use countersign_harness as harness;
use countersign_model::policy_input::Unapproved;

/// Why a plain draft may stay; `None` when it may not.
pub(super) fn covering(
    subject: &Subject,
    version: &VersionState,
    facts: &Facts<'_>,
) -> Option<String> {
    drafts_entry(subject, version, facts).or_else(|| unapproved_allowed(subject, facts))
}

/// `unapproved: allow`, never for a subject that ever had a grant, nor for high or critical risk.
fn unapproved_allowed(subject: &Subject, facts: &Facts<'_>) -> Option<String> {
    let allowed = facts.policy.unapproved == Unapproved::Allow
        && !subject.ever_granted
        && !subject.risk.is_high();
    allowed.then(|| "`unapproved: allow`".to_owned())
}

/// A declared pre-release under `drafts: true`, at paths that no granted version ever occupied and
/// no harness loads. Where several entries match one path, all of them must take drafts: the
/// strictest applies.
fn drafts_entry(subject: &Subject, version: &VersionState, facts: &Facts<'_>) -> Option<String> {
    if !version.key.version.is_pre_release() || subject.paths.is_empty() {
        return None;
    }
    let mut line = 0;
    for path in &subject.paths {
        let entries: Vec<_> = facts
            .policy
            .entries_for(path.as_bytes())
            .filter(|entry| entry.kind == subject.id.kind)
            .collect();
        let drafts = !entries.is_empty() && entries.iter().all(|entry| entry.drafts);
        if !drafts
            || facts.loaded.contains(path)
            || facts.granted_paths.contains(path)
            || harness::is_loaded(facts.plugins, path)
        {
            return None;
        }
        line = entries.last().map_or(0, |entry| entry.line);
    }
    // Where the subject itself was granted before, its earlier paths are not known one by one: stay
    // strict.
    (!subject.ever_granted)
        .then(|| format!("a pre-release under `drafts: true` at line {line} of the policy"))
}
