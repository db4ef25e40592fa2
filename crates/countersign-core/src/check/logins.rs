//! By which account other people know someone of the policy.

use std::collections::BTreeMap;

use countersign_model::{Policy, PrincipalName};

/// The account that the policy has for each person, where it has one: on the repository's own forge
/// if they have one there. For people who read; decides nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logins(BTreeMap<PrincipalName, (String, String)>);

impl Logins {
    /// The accounts of everyone in `policy`.
    pub fn of(policy: &Policy) -> Self {
        let host = policy.repository.split('/').next().unwrap_or_default();
        let of_one =
            |(name, principal): (&PrincipalName, &countersign_model::policy::Principal)| {
                let own = |account: &&countersign_model::policy_input::AccountInput| {
                    account.forge.eq_ignore_ascii_case(host)
                };
                let accounts = &principal.accounts;
                let account = accounts.iter().find(own).or_else(|| accounts.first())?;
                Some((name.clone(), (account.forge.clone(), account.login.clone())))
            };
        Self(policy.principals.iter().filter_map(of_one).collect())
    }

    /// The account of `name`, as `forge/login`.
    pub fn account(&self, name: &PrincipalName) -> Option<String> {
        let (forge, login) = self.0.get(name)?;
        Some(format!("{forge}/{login}"))
    }

    /// `bob (@bob-gh)`, or the name alone.
    pub fn shown(&self, name: &PrincipalName) -> String {
        match self.0.get(name) {
            Some((_, login)) => format!("{name} (@{login})"),
            None => name.to_string(),
        }
    }
}
