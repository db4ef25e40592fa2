//! Whether a document's own owner agrees with the owners that the policy gives it.

use super::Context;
use crate::document::matter::scalar;
use crate::document::problem::{Problem, shown};
use crate::document::yaml::Tree;
use crate::model::identity::RESERVED_NAMES;
use crate::model::{Policy, PrincipalName, RuleId};

/// A problem when the owner at `pointer` is none of the policy's owners for this package.
pub(super) fn check(context: &Context<'_>, tree: &Tree, pointers: &[&str]) -> Option<Problem> {
    let pointer = pointers.iter().find(|pointer| tree.value.pointer(pointer).is_some_and(|value| !value.is_null()))?;
    let owner = scalar(tree, pointer).unwrap_or_default();
    if agrees(context, &owner) {
        return None;
    }
    let owners = &context.entry.owners_written;
    let expected = if owners.is_empty() { "nobody".to_owned() } else { owners.join(", ") };
    let message = format!("the document names `{}` as owner, the policy {expected}", shown(&owner));
    let help = format!("Make the two agree: change this line, or `owners` at line {} of countersign.yaml.", context.entry.line);
    Some(tree.problem(RuleId::DocumentOwner, pointer, message, help))
}

// A name or team as the policy writes it, a person or team that is among the owners, or the account of an owner.
fn agrees(context: &Context<'_>, owner: &str) -> bool {
    let (policy, entry) = (context.policy, context.entry);
    if entry.owners_written.iter().any(|written| written == owner) {
        return true;
    }
    if let Ok(name) = owner.parse::<PrincipalName>() {
        let is_owning_team = policy.teams.get(&name).is_some_and(|team| !team.is_empty() && team.is_subset(&entry.owners));
        if entry.owners.contains(&name) || is_owning_team {
            return true;
        }
    }
    let login = owner.strip_prefix('@').unwrap_or(owner);
    let mut owners = entry.owners.iter().filter_map(|name| policy.principals.get(name));
    owners.any(|principal| principal.accounts.iter().any(|account| account.login.eq_ignore_ascii_case(login)))
}

/// Whether the policy knows a principal, a team or a role of this name.
pub(super) fn is_known(policy: &Policy, name: &str) -> bool {
    let is_listed =
        name.parse::<PrincipalName>().is_ok_and(|name| policy.principals.contains_key(&name) || policy.teams.contains_key(&name));
    is_listed || (RESERVED_NAMES.contains(&name) && matches!(name, "owners" | "administrators"))
}
