//! Whether a document's own owner agrees with the owners that the policy gives it.

use std::collections::BTreeSet;

use super::Context;
use crate::document::frontmatter_fields::scalar;
use crate::document::problem::{Problem, shown};
use crate::document::yaml::Tree;
use crate::identity::RESERVED_NAMES;
use crate::policy::Principal;
use crate::{Policy, PrincipalName, RuleId, Severity};

/// A problem when the owner at `pointer` is none of the policy's owners for this package: an error
/// where it is a name of the policy, a warning where it is a word of another vocabulary, such as a
/// department.
pub(super) fn check(context: &Context<'_>, tree: &Tree, pointers: &[&str]) -> Option<Problem> {
    let pointer = pointers.iter().find(|pointer| {
        tree.value
            .pointer(pointer)
            .is_some_and(|value| !value.is_null())
    })?;
    let owner = scalar(tree, pointer).unwrap_or_default();
    let (entry, line) = (context.entry, context.entry.line);
    let meant = meant(context.policy, &owner);
    let agrees = |who: &BTreeSet<PrincipalName>| !who.is_empty() && who.is_subset(&entry.owners);
    if entry.owners_written.contains(&owner) || meant.iter().any(agrees) {
        return None;
    }
    let expected = if entry.owners_written.is_empty() {
        "no one".to_owned()
    } else {
        entry.owners_written.join(", ")
    };
    if meant.is_empty() {
        let message = format!(
            "the document names `{}` as owner, which is not in the policy; the policy names {expected}",
            shown(&owner)
        );
        let help = format!(
            "Write an owner from line {line} of countersign.yaml, or keep the word if it means something else."
        );
        return Some(
            tree.problem(RuleId::DocumentOwner, pointer, message, help)
                .review_context(Severity::Warning),
        );
    }
    let message = format!(
        "the document names `{}` as owner, but the policy names {expected}",
        shown(&owner)
    );
    let help = format!(
        "Change this line, or `owners` at line {line} of countersign.yaml, so that both agree."
    );
    Some(tree.problem(RuleId::DocumentOwner, pointer, message, help))
}

/// Every principal that `owner` may mean: a name or team in any case, also as CODEOWNERS writes
/// them, an account, an address or a printed name. Empty if it is not in the policy.
fn meant(policy: &Policy, owner: &str) -> Vec<BTreeSet<PrincipalName>> {
    let plain = owner.trim().trim_start_matches('@');
    let last = plain.rsplit('/').next().unwrap_or(plain);
    let mut found = Vec::new();
    if RESERVED_NAMES
        .iter()
        .any(|word| word.eq_ignore_ascii_case(plain))
    {
        found.push(if plain.eq_ignore_ascii_case("administrators") {
            policy.administrators.clone()
        } else {
            BTreeSet::new()
        });
    }
    let is_team = |name: &PrincipalName| {
        [plain, last]
            .iter()
            .any(|word| name.as_str().eq_ignore_ascii_case(word))
    };
    found.extend(
        policy
            .teams
            .iter()
            .filter(|(name, _)| is_team(name))
            .map(|(_, members)| members.clone()),
    );
    let is_person = |name: &PrincipalName, principal: &Principal| {
        name.as_str().eq_ignore_ascii_case(plain)
            || principal.printed.eq_ignore_ascii_case(plain)
            || principal
                .accounts
                .iter()
                .any(|account| account.login.eq_ignore_ascii_case(plain))
            || principal
                .emails
                .iter()
                .any(|email| email.eq_ignore_ascii_case(plain))
    };
    let people = policy
        .principals
        .iter()
        .filter(|(name, principal)| is_person(name, principal));
    found.extend(people.map(|(name, _)| BTreeSet::from([name.clone()])));
    found
}

/// Whether the policy knows a principal, a team or a role of this name.
pub(super) fn is_known(policy: &Policy, name: &str) -> bool {
    let is_listed = name.parse::<PrincipalName>().is_ok_and(|name| {
        policy.principals.contains_key(&name) || policy.teams.contains_key(&name)
    });
    is_listed || (RESERVED_NAMES.contains(&name) && matches!(name, "owners" | "administrators"))
}
