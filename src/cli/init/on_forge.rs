//! Looks people up on a forge: whose account the administrator has, the accounts that CODEOWNERS
//! names, who is in its teams, and with which keys they sign.

use super::codeowners::Owner;
use super::people::{ForgeIdentity, People, written};
use crate::cli::account_keys::AccountKeys;
use crate::forge::{Account, AccountKind, Forge, ForgeError, Holder};
use crate::model::{PrincipalName, Timestamp};

/// A look-up on one forge.
pub struct Lookup<'a> {
    /// The forge.
    pub forge: &'a dyn Forge,
    /// When keys expire.
    pub now: Timestamp,
    /// What the administrator signs with.
    pub key: &'a str,
    /// The login to take where the token belongs to no person: what the user calls themselves.
    pub login: Option<&'a PrincipalName>,
}

impl Lookup<'_> {
    /// Adds to `people` what the forge knows about them. Returns what the user should know.
    pub fn resolve(&self, people: &mut People) -> Result<Vec<String>, ForgeError> {
        let mut notes = Vec::new();
        let is_app = match self.forge.holder()? {
            Holder::Account(account) if account.kind == AccountKind::User => {
                administer(people, account);
                false
            }
            Holder::App => {
                notes.extend(self.administrator(people)?);
                true
            }
            _ => false,
        };
        let accounts: Vec<(PrincipalName, String)> = people
            .others
            .iter()
            .filter_map(|(name, owner)| match owner {
                Owner::Account(login) => Some((name.clone(), login.clone())),
                _ => None,
            })
            .collect();
        for (name, login) in accounts {
            let account = self.forge.account(&login)?;
            self.enroll(people, name, account, &mut notes)?;
        }
        let teams: Vec<(PrincipalName, Owner)> = people
            .names
            .iter()
            .filter(|(owner, _)| matches!(owner, Owner::Team(..)))
            .map(|(owner, name)| (name.clone(), owner.clone()))
            .collect();
        for (team, owner) in teams {
            let Owner::Team(organization, slug) = owner else {
                continue;
            };
            let mut members = Vec::new();
            for account in self
                .forge
                .team(&organization, &slug)?
                .into_iter()
                .filter(|account| account.kind == AccountKind::User)
            {
                let name = if let Some(name) = of_account(people, &account) {
                    name
                } else {
                    let name = people.free(std::slice::from_ref(&account.login));
                    people
                        .others
                        .insert(name.clone(), Owner::Account(account.login.clone()));
                    self.enroll(people, name, account, &mut notes)?
                };
                members.push(name);
            }
            members.sort();
            members.dedup();
            people.members.insert(team, members);
        }
        if is_app && !people.on_forge.contains_key(&people.administrator) {
            notes.push(format!(
                "the token belongs to an app, so the forge does not say which account is yours. Without `accounts` under principals.{}, your reviews do not count; --as takes your login",
                people.administrator
            ));
        }
        Ok(notes)
    }

    /// Takes the administrator's account from their own words, where the token does not say it.
    fn administrator(&self, people: &mut People) -> Result<Option<String>, ForgeError> {
        let Some(login) = self.login else {
            return Ok(None);
        };
        let account = match self.forge.account(login.as_str()) {
            Ok(account) if account.kind == AccountKind::User => account,
            Ok(_) | Err(ForgeError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let keys = AccountKeys::of(&self.forge.signing_keys(&account.login)?, self.now);
        let note = format!(
            "the token belongs to an app, so @{} (account {}) was taken from --as: check that it is yours, because its reviews will count as yours",
            account.login, account.id
        );
        let is_theirs = self.is_administrators(&keys);
        administer(people, account);
        Ok((!is_theirs).then_some(note))
    }

    fn is_administrators(&self, keys: &AccountKeys) -> bool {
        keys.ids.iter().any(|id| id.to_string() == self.key)
    }

    /// Gives `account` to the person called `name`, who may turn out to be someone known. Returns
    /// their name.
    fn enroll(
        &self,
        people: &mut People,
        name: PrincipalName,
        account: Account,
        notes: &mut Vec<String>,
    ) -> Result<PrincipalName, ForgeError> {
        if let Some(same) = of_account(people, &account) {
            merge(people, &name, &same);
            return Ok(same);
        }
        if account.kind != AccountKind::User {
            return Ok(name);
        }
        let found = self.forge.signing_keys(&account.login)?;
        let keys = AccountKeys::of(&found, self.now);
        if self.is_administrators(&keys) && !people.on_forge.contains_key(&people.administrator) {
            administer(people, account);
            let same = people.administrator.clone();
            merge(people, &name, &same);
            return Ok(same);
        }
        // A key is of one person, or the policy is not valid.
        let others = people.on_forge.values().flat_map(|one| &one.keys.ids);
        let taken: Vec<String> = others
            .map(ToString::to_string)
            .chain([self.key.to_owned()])
            .collect();
        let keys = keys.without(&taken);
        for why in &keys.left_out {
            notes.push(format!("left out a key of @{}: {why}", account.login));
        }
        people
            .on_forge
            .insert(name.clone(), ForgeIdentity { account, keys });
        Ok(name)
    }
}

/// Gives the administrator their account. Their key is the one that they have here.
fn administer(people: &mut People, account: Account) {
    people.on_forge.insert(
        people.administrator.clone(),
        ForgeIdentity {
            keys: AccountKeys::default(),
            account,
        },
    );
}

fn of_account(people: &People, account: &Account) -> Option<PrincipalName> {
    people
        .on_forge
        .iter()
        .find(|(_, member)| member.account.id == account.id)
        .map(|(name, _)| name.clone())
}

/// Merges two names that belong to one person, such as a login and the name from an address.
fn merge(people: &mut People, name: &PrincipalName, same: &PrincipalName) {
    let owner = people.others.remove(name);
    let is_named = people.names.values().any(|named| named == name);
    if *same == people.administrator && is_named {
        people.also.extend(owner.as_ref().map(written));
    }
    for named in people.names.values_mut().filter(|named| *named == name) {
        named.clone_from(same);
    }
}
