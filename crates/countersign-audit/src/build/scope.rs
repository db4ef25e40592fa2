//! What was looked at, and what was not.

use super::super::report::{AnchorSignature, AuditScope, Outside, PathCount};
use super::AuditContext;
use countersign_core::check::findings::Finding;
use countersign_core::evidence::roster::KeyOwner;
use countersign_git::GitError;
use countersign_model::{Circumstance, RuleId};
use countersign_signature::{Proof, prove_commit};

/// More paths are counted and not listed.
const MOST_PATHS: usize = 20;

pub fn scope(context: &AuditContext<'_>) -> Result<AuditScope, GitError> {
    let (request, history) = (&context.request, &context.history);
    let policy = &request.replay.policy.policy;
    let last = history
        .eras
        .last()
        .expect("a governed line has the anchor's policy");
    let suspended = &request.replay.ledger.suspended;
    Ok(AuditScope {
        repository: policy.repository.clone(),
        branch: policy.branch.clone(),
        anchor: history.moment(0),
        anchor_pinned: request.replay.anchor_pinned,
        anchor_signature: anchor_signature(context)?,
        head: history.moment(history.last()),
        now: request.now,
        policy: history.policy_at(last),
        includes: request.includes,
        subjects: request
            .selection
            .map(|selection| selection.requested.to_vec()),
        outside: outside(request.findings),
        suspended: suspended
            .iter()
            .map(|name| history.person(name, history.last()))
            .collect(),
        not_evaluated: not_evaluated(context),
    })
}

/// The anchor takes in what was there as the baseline. No policy judged that, so its signature is
/// all that says who did it.
fn anchor_signature(context: &AuditContext<'_>) -> Result<AnchorSignature, GitError> {
    let history = &context.history;
    let commit = history.repository.commit(history.moment(0).commit)?;
    let Ok(signature) = commit.signature() else {
        return Ok(AnchorSignature {
            signed: true,
            ..AnchorSignature::default()
        });
    };
    let Some(signature) = signature else {
        return Ok(AnchorSignature::default());
    };
    let roster = &history.era(0).policy.roster;
    let proofs = prove_commit(&signature.payload, &signature.armor, roster.keys());
    let key = proofs
        .into_iter()
        .find(Proof::is_good)
        .and_then(|proof| proof.key);
    let by = key
        .as_ref()
        .and_then(|key| roster.owner(key))
        .and_then(|owner| match owner {
            KeyOwner::Principal(name) => Some(history.person(name, 0)),
            KeyOwner::Platform => None,
        });
    Ok(AnchorSignature {
        signed: true,
        key: key.map(|key| key.id.to_string()),
        by,
    })
}

/// Of the whole repository, also where the report is limited to some subjects.
fn outside(findings: &[Finding]) -> Outside {
    let of = |rule: RuleId| findings.iter().filter(move |finding| finding.rule == rule);
    let instructions =
        |finding: &&Finding| finding.circumstances.contains(&Circumstance::Instructions);
    Outside {
        ignored: of(RuleId::Ignored)
            .map(|finding| finding.message.clone())
            .collect(),
        ungoverned: paths(of(RuleId::Ungoverned).filter(|one| !instructions(one))),
        instructions: paths(of(RuleId::Ungoverned).filter(instructions)),
    }
}

fn paths<'f>(findings: impl Iterator<Item = &'f Finding>) -> PathCount {
    let mut paths: Vec<String> = findings
        .filter_map(|finding| finding.path.clone())
        .collect();
    paths.sort_unstable();
    paths.dedup();
    let count = paths.len() as u32;
    paths.truncate(MOST_PATHS);
    PathCount { count, paths }
}

fn not_evaluated(context: &AuditContext<'_>) -> Vec<String> {
    let replay = context.request.replay;
    let mut sentences = Vec::new();
    if !replay.anchor_pinned {
        sentences.push("The anchor is not pinned: the report trusts that governance began here and under this policy.");
    }
    if replay.saw_future() {
        sentences.push("A landing is dated after the time of this report; its date counts in the log, but not here.");
    }
    if !replay.policy.policy.recorders.is_empty() {
        sentences.push("Live reviews: a review on the forge that no recorder has recorded in Git is not in this report.");
    }
    sentences.push(
        "Who can read the repository and who can push to it: the forge knows this, Git does not.",
    );
    sentences.push(
        "What runs where: the report covers what is on the governed branch, not what is installed.",
    );
    sentences.into_iter().map(str::to_owned).collect()
}
