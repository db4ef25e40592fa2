//! Whose account it is. Only the number on its own forge counts; a login is never looked at.

use crate::evidence::PolicyVersion;
use countersign_forge::{Account, AccountKind};
use countersign_model::PrincipalName;

use super::fault::ReviewFault;

/// The person of the policy behind an account that a forge names.
pub(super) fn behind(
    account: Option<&Account>,
    forge: &str,
    version: &PolicyVersion,
) -> Result<PrincipalName, ReviewFault> {
    let account = account.ok_or(ReviewFault::UnknownAccount)?;
    if account.kind != AccountKind::User {
        return Err(ReviewFault::Bot);
    }
    of(account.id, forge, version)
}

/// The one person with the account `id` on `forge`.
pub(super) fn of(
    id: u64,
    forge: &str,
    version: &PolicyVersion,
) -> Result<PrincipalName, ReviewFault> {
    let policy = &version.policy;
    let mut holders = policy.principals.iter().filter(|(_, principal)| {
        principal
            .accounts
            .iter()
            .any(|account| account.id == id && account.forge.eq_ignore_ascii_case(forge))
    });
    let (name, _) = holders.next().ok_or(ReviewFault::UnknownAccount)?;
    if holders.next().is_some() {
        return Err(ReviewFault::SeveralPeople);
    }
    if policy.is_person(name) {
        Ok(name.clone())
    } else {
        Err(ReviewFault::Machine)
    }
}
