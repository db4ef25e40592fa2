//! Whether a good signature was made with a key that the policy lists for one principal.

use countersign_model::{PrincipalName, RuleId};
use countersign_signature::{KeyHandle, Proof};

use super::PolicyVersion;
use super::occasion::{Occasion, Refusal, refuse};
use super::roster::KeyOwner;

/// The key of `proof`, when the proof is good and the key is `principal`'s own.
pub(super) fn own_key(
    principal: &PrincipalName,
    proof: &Proof,
    version: &PolicyVersion,
    occasion: Occasion,
) -> Result<KeyHandle, Refusal> {
    if let Some(fault) = &proof.fault {
        return refuse(fault.rule(), fault.to_string());
    }
    let Some(key) = &proof.key else {
        return refuse(RuleId::KeyUnknown, "no listed key made this signature");
    };
    if proof
        .created
        .is_some_and(|created| created > occasion.ledger_time)
    {
        return refuse(
            RuleId::RecordFuture,
            "the signature's time is after its landing",
        );
    }
    match version.roster.owner(key) {
        Some(KeyOwner::Principal(owner)) if owner == principal => Ok(key.clone()),
        Some(KeyOwner::Principal(owner)) => refuse(
            RuleId::KeyMismatch,
            format!("{} is a key of {owner}, not of {principal}", key.id),
        ),
        Some(KeyOwner::Platform) => refuse(
            RuleId::KeyMismatch,
            format!(
                "{} is a key of the forge, which signs for no one in particular",
                key.id
            ),
        ),
        None => refuse(
            RuleId::KeyUnknown,
            format!("{} is not listed in the current policy", key.id),
        ),
    }
}

/// The listings of the keys under which a proof is good.
pub(super) fn listings(proofs: &[Proof]) -> Vec<KeyHandle> {
    proofs
        .iter()
        .filter(|proof| proof.is_good())
        .filter_map(|proof| proof.key.clone())
        .collect()
}
