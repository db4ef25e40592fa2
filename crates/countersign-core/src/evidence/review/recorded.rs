//! A review that a recorder wrote down and signed: whether the record shows by itself that it
//! counts.

use crate::evidence::PolicyVersion;
use crate::evidence::occasion::{Evidence, Occasion, Refusal, refuse};
use crate::evidence::own_key::{listings, own_key};
use crate::evidence::record::Record;
use countersign_model::{
    Decision, DecisionKind, Digest, EvidenceKind, PrincipalName, ReviewProof, ReviewRef, RuleId,
    SeenKind, VersionRef,
};

use super::person;

/// The evidence of a recorded review, which names `recorder`. Who approves was found to be a person
/// of the policy already.
///
/// That the bytes have landed is for `lifecycle` to say.
pub(in crate::evidence) fn attribute(
    record: &Record,
    decision: &Decision,
    recorder: &PrincipalName,
    proof: &ReviewProof,
    version: &PolicyVersion,
    occasion: Occasion,
) -> Result<Evidence, Refusal> {
    let policy = &version.policy;
    let [item] = decision.items.as_slice() else {
        return refuse(
            RuleId::ReviewUnverified,
            "a review is recorded for one item at a time",
        );
    };
    let VersionRef::One(_, digest) = &item.version else {
        return refuse(
            RuleId::ReviewUnverified,
            "a review approves one version of a package",
        );
    };
    if decision.kind != DecisionKind::Approve || !item.subject.kind.is_package() {
        return refuse(
            RuleId::ReviewUnverified,
            "a review can only approve a package",
        );
    }
    if policy.is_person(recorder) || !policy.principals.contains_key(recorder) {
        return refuse(
            RuleId::RecorderNotAuthorized,
            format!("{recorder} is not a machine in the current policy"),
        );
    }
    let subject = item.subject.to_string();
    let in_scope = |scope: &countersign_model::policy::Recorder| {
        scope.principal == *recorder
            && scope
                .subjects
                .iter()
                .any(|glob| glob.matches(subject.as_bytes()))
    };
    if !policy.recorders.iter().any(in_scope) {
        return refuse(
            RuleId::RecorderNotAuthorized,
            format!("{recorder} is not a recorder for {subject}"),
        );
    }
    if let Err(why) = holds(decision, proof, *digest, version) {
        return refuse(RuleId::ReviewUnverified, why);
    }
    let mut first = None;
    for signature in &record.signatures {
        match own_key(recorder, signature, version, occasion) {
            Ok(key) => {
                return Ok(Evidence {
                    kind: EvidenceKind::Review,
                    key: Some(key),
                    listings: listings(&record.signatures),
                });
            }
            Err(refusal) => first = first.or(Some(refusal)),
        }
    }
    Err(first.unwrap_or_else(|| Refusal {
        rule: RuleId::EvidenceMissing,
        detail: format!("{recorder} has not signed it"),
    }))
}

/// Whether what is written down is an approval by that person of those bytes.
fn holds(
    decision: &Decision,
    proof: &ReviewProof,
    digest: Digest,
    version: &PolicyVersion,
) -> Result<(), String> {
    if !proof.at.is_in(&version.policy.repository) {
        return Err(format!(
            "it was submitted in {}/{}",
            proof.at.forge, proof.at.repository
        ));
    }
    match person::of(proof.user_id, &proof.at.forge, version) {
        Ok(name) if name == decision.principal => {}
        Ok(name) => return Err(format!("the account {} belongs to {name}", proof.user_id)),
        Err(fault) => return Err(fault.to_string()),
    }
    if proof.state != ReviewRef::APPROVED {
        return Err(format!("its state is {}", proof.state));
    }
    if proof.head_digest != digest {
        return Err("the bytes that were reviewed are not those that it approves".to_owned());
    }
    if proof.submitted > decision.time {
        return Err("it was submitted after it was recorded".to_owned());
    }
    for event in proof
        .events
        .iter()
        .filter(|event| event.at >= proof.submitted)
    {
        match &event.kind {
            SeenKind::BaseChanged => {
                return Err(format!("the base branch was changed at {}", event.at));
            }
            SeenKind::BaseForcePush => {
                return Err(format!("the base branch was force-pushed at {}", event.at));
            }
            SeenKind::ForcePush { digest: before, .. } if *before != Some(digest) => {
                return Err(format!(
                    "the head was force-pushed at {}, and it is not shown that the bytes before that were the same",
                    event.at
                ));
            }
            SeenKind::ForcePush { .. } => {}
        }
    }
    Ok(())
}
