//! Whose record is it? Proofs that were made without any policy meet the keys of one policy. Pure.

use countersign_model::policy_input::MergeMethod;
use countersign_model::{
    Decision, DecisionKind, EvidenceKind, ForgeAccount, PrincipalName, RuleId,
};
use countersign_signature::Proof;

use super::PolicyVersion;
use super::occasion::{Evidence, Occasion, Refusal, refuse};
use super::own_key::{listings, own_key};
use super::record::{Carrier, Record};
use super::review::{self, recorded};

/// How far a record's own time may lie after the ledger time of its landing, in seconds.
const CLOCK_TOLERANCE: i64 = 24 * 3600;

/// Attributes `record` to the principal it names, under `version`, or says why not.
///
/// Nothing here asks whether that principal was allowed to decide: that is for `lifecycle`.
pub fn attribute(
    record: &Record,
    version: &PolicyVersion,
    occasion: Occasion,
) -> Result<Evidence, Refusal> {
    let decision = match &record.decision {
        Ok(decision) => decision,
        Err(why) => return refuse(RuleId::RecordInvalid, why.as_str()),
    };
    if let Some(fault) = record.mode_fault.filter(|_| decision.kind.raises()) {
        return refuse(RuleId::RecordInvalid, fault);
    }
    let policy = &version.policy;
    if decision.repository != policy.repository {
        return refuse(
            RuleId::WrongRepository,
            format!("made for {}", decision.repository),
        );
    }
    if !policy.principals.contains_key(&decision.principal) {
        return refuse(
            RuleId::PrincipalUnknown,
            format!("{} is not in the current policy", decision.principal),
        );
    }
    if !policy.is_person(&decision.principal) {
        return refuse(
            RuleId::MachinePrincipal,
            format!("{} is a machine", decision.principal),
        );
    }
    if decision.time.unix() > occasion.ledger_time.unix().saturating_add(CLOCK_TOLERANCE) {
        return refuse(
            RuleId::RecordFuture,
            format!(
                "its time {} is more than a day after its landing",
                decision.time
            ),
        );
    }
    if let (Some(recorder), Some(proof)) = (&decision.recorded_by, &decision.review) {
        return recorded::attribute(record, decision, recorder, proof, version, occasion);
    }
    let proved = if decision.kind.raises() {
        // A signature next to a record is meant as its proof.
        if record.signatures.is_empty() {
            by_commit(decision, &record.carriers, version, occasion)
        } else {
            by_signature(&decision.principal, &record.signatures, version, occasion)
        }
    } else {
        by_any(record, decision, version, occasion)
    };
    proved.or_else(|refusal| {
        if opened_by_its_principal(record, decision, version) {
            Ok(Evidence::of_forge())
        } else {
            Err(refusal)
        }
    })
}

/// Whether the principal opened a pull request that contains only their own record, which lowers a
/// package: opening it says the same.
fn opened_by_its_principal(record: &Record, decision: &Decision, version: &PolicyVersion) -> bool {
    let lowers = !decision.kind.raises()
        && decision
            .items
            .iter()
            .all(|item| item.subject.kind.is_package());
    let own = |opener: &ForgeAccount| {
        review::holder(opener, version).is_ok_and(|name| name == decision.principal)
    };
    lowers && record.openers.iter().any(own)
}

/// One good proof is enough to lower, in any form and at any carrier: nothing that others add
/// beside it takes it away.
fn by_any(
    record: &Record,
    decision: &Decision,
    version: &PolicyVersion,
    occasion: Occasion,
) -> Result<Evidence, Refusal> {
    let signed = by_signature(&decision.principal, &record.signatures, version, occasion);
    let Err(refusal) = signed else { return signed };
    let carried = || {
        record
            .carriers
            .iter()
            .map(|carrier| by_commit(decision, std::slice::from_ref(carrier), version, occasion))
    };
    match carried().find_map(Result::ok) {
        Some(evidence) => Ok(evidence),
        // A signature that fails says more than a commit that was never meant as one.
        None if record.signatures.is_empty() => {
            by_commit(decision, &record.carriers, version, occasion)
        }
        None => Err(refusal),
    }
}

fn by_signature(
    principal: &PrincipalName,
    proofs: &[Proof],
    version: &PolicyVersion,
    occasion: Occasion,
) -> Result<Evidence, Refusal> {
    let mut first = None;
    for proof in proofs {
        match own_key(principal, proof, version, occasion) {
            Ok(key) => {
                return Ok(Evidence {
                    kind: EvidenceKind::Signature,
                    key: Some(key),
                    listings: listings(proofs),
                });
            }
            Err(refusal) => first = first.or(Some(refusal)),
        }
    }
    Err(first.unwrap_or(Refusal {
        rule: RuleId::EvidenceMissing,
        detail: "no signature is next to it".to_owned(),
    }))
}

fn by_commit(
    decision: &Decision,
    carriers: &[Carrier],
    version: &PolicyVersion,
    occasion: Occasion,
) -> Result<Evidence, Refusal> {
    if let Some((carrier, why)) = carriers
        .iter()
        .find_map(|carrier| Some((carrier, carrier.malformed.as_ref()?)))
    {
        return refuse(
            RuleId::CommitSignatureNotCanonical,
            format!("{}: {why}", carrier.commit.short()),
        );
    }
    if carriers.iter().all(|carrier| carrier.proofs.is_empty()) {
        return refuse(
            RuleId::EvidenceMissing,
            "no signature is next to it, and no signed commit brought it",
        );
    }
    let never = match decision.kind {
        DecisionKind::Unblock => Some("an unblock needs a detached signature"),
        _ if decision.concerns_policy() => {
            Some("a decision about the policy needs a detached signature")
        }
        _ => None,
    };
    if let Some(why) = never {
        return refuse(RuleId::CommitEvidenceRefused, why);
    }
    let methods = &version.policy.merge_methods;
    if occasion.candidate && (methods.len() != 1 || !methods.contains(&MergeMethod::Merge)) {
        return refuse(
            RuleId::CommitEvidenceRefused,
            "squash and rebase would lose the commit's signature: the policy must allow `merge` only",
        );
    }
    let mut key = None;
    for carrier in carriers {
        if !carrier.single_parent {
            return refuse(
                RuleId::CommitEvidenceRefused,
                format!("{} is a merge", carrier.commit.short()),
            );
        }
        if carrier.only_records_of.as_ref() != Some(&decision.principal) {
            let why = format!(
                "{} does more than add records of {}",
                carrier.commit.short(),
                decision.principal
            );
            return refuse(RuleId::CommitEvidenceRefused, why);
        }
        let Some(first) = carrier.proofs.first() else {
            return refuse(
                RuleId::CommitEvidenceRefused,
                format!("{} is not signed", carrier.commit.short()),
            );
        };
        let mut found = own_key(&decision.principal, first, version, occasion);
        for proof in &carrier.proofs[1..] {
            found = found.or_else(|_| own_key(&decision.principal, proof, version, occasion));
        }
        key = Some(found?);
    }
    match key {
        Some(key) => Ok(Evidence {
            kind: EvidenceKind::Commit,
            key: Some(key),
            listings: Vec::new(),
        }),
        None => refuse(RuleId::EvidenceMissing, "no signature is next to it"),
    }
}
