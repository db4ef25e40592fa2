//! Turns the owners in CODEOWNERS, and the user, into principals and teams of the policy.

use std::collections::BTreeMap;

use super::codeowners::Owner;
use crate::cli::account_keys::AccountKeys;
use crate::forge::Account;
use crate::model::identity::RESERVED_NAMES;
use crate::model::{Noreply, PrincipalName};

/// The user who runs `init`, from their Git configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CurrentUser {
    /// `user.name`
    pub name: Option<String>,
    /// `user.email`
    pub email: Option<String>,
    /// The requested name in the policy.
    pub requested_name: Option<PrincipalName>,
}

/// Everyone the policy will name.
#[derive(Clone, Debug)]
pub struct People {
    /// The first administrator.
    pub administrator: PrincipalName,
    /// The others: their names, and how CODEOWNERS writes them.
    pub others: BTreeMap<PrincipalName, Owner>,
    /// Teams, and how CODEOWNERS writes them.
    pub teams: BTreeMap<PrincipalName, String>,
    /// How CODEOWNERS writes the administrator.
    pub also: Vec<String>,
    /// People's accounts and keys, if a forge was queried.
    pub on_forge: BTreeMap<PrincipalName, ForgeIdentity>,
    /// Members of teams, if a forge was queried.
    pub members: BTreeMap<PrincipalName, Vec<PrincipalName>>,
    pub(super) names: BTreeMap<Owner, PrincipalName>,
}

/// A person's account and keys on a forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeIdentity {
    /// The account.
    pub account: Account,
    /// Its public keys for signing, those that the policy can list. The administrator's own key is
    /// not taken from the forge.
    pub keys: AccountKeys,
}

impl People {
    /// Names `user` and every one of `owners`.
    pub fn new<'a>(user: &CurrentUser, owners: impl Iterator<Item = &'a Owner>) -> Self {
        let administrator = user
            .requested_name
            .clone()
            .unwrap_or_else(|| administrator_name(user));
        let mut people = Self {
            administrator,
            others: BTreeMap::new(),
            teams: BTreeMap::new(),
            also: Vec::new(),
            on_forge: BTreeMap::new(),
            members: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        for owner in owners {
            people.add(owner, user);
        }
        people
    }

    /// The names of the owners, in the order of CODEOWNERS; the administrator where it names no
    /// one.
    pub fn names(&self, owners: &[Owner]) -> Vec<PrincipalName> {
        let mut names: Vec<PrincipalName> = Vec::new();
        for name in owners
            .iter()
            .filter_map(|owner| self.names.get(&folded(owner)))
        {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        if names.is_empty() {
            vec![self.administrator.clone()]
        } else {
            names
        }
    }

    fn add(&mut self, owner: &Owner, user: &CurrentUser) {
        if self.names.contains_key(&folded(owner)) {
            return;
        }
        let written = written(owner);
        let name = match owner {
            Owner::Team(organization, team) => {
                let name = self.free(&[team.clone(), format!("{organization}-{team}")]);
                self.teams.insert(name.clone(), written);
                name
            }
            Owner::Account(_) | Owner::Email(_) if self.is_me(owner, user) => {
                self.also.push(written);
                self.administrator.clone()
            }
            Owner::Account(login) => {
                let name = self.free(std::slice::from_ref(login));
                self.others.insert(name.clone(), owner.clone());
                name
            }
            Owner::Email(address) => {
                let local = address.split('@').next().unwrap_or_default().to_owned();
                let name = self.free(&[local, address.replace('@', "-")]);
                self.others.insert(name.clone(), owner.clone());
                name
            }
        };
        self.names.insert(folded(owner), name);
    }

    /// Whether an owner is the current user: by address, by the login in a no-reply address, or by
    /// the given name.
    fn is_me(&self, owner: &Owner, user: &CurrentUser) -> bool {
        let email = user.email.as_deref().unwrap_or_default();
        match owner {
            Owner::Email(address) => address.eq_ignore_ascii_case(email),
            Owner::Account(login) => {
                noreply_login(email).is_some_and(|mine| mine.eq_ignore_ascii_case(login))
                    || slug(login) == self.administrator.as_str()
            }
            Owner::Team(..) => false,
        }
    }

    /// People without a known key or account.
    pub fn unknown(&self) -> impl Iterator<Item = (&PrincipalName, &Owner)> {
        self.others
            .iter()
            .filter(|(name, _)| !self.on_forge.contains_key(*name))
    }

    /// Teams whose members are unknown.
    pub fn unknown_teams(&self) -> impl Iterator<Item = (&PrincipalName, &String)> {
        self.teams
            .iter()
            .filter(|(name, _)| !self.members.contains_key(*name))
    }

    /// The others whom the policy lists with a key.
    pub fn with_keys(&self) -> impl Iterator<Item = (&PrincipalName, &ForgeIdentity)> {
        self.others
            .keys()
            .filter_map(|name| self.on_forge.get_key_value(name))
            .filter(|(_, identity)| !identity.keys.is_empty())
    }

    /// The first of `wishes` that is a free name, otherwise the first with a number.
    pub(super) fn free(&self, wishes: &[String]) -> PrincipalName {
        let taken = |name: &PrincipalName| {
            *name == self.administrator
                || self.others.contains_key(name)
                || self.teams.contains_key(name)
                || RESERVED_NAMES.contains(&name.as_str())
        };
        let base = wishes.first().map(|wish| slug(wish)).unwrap_or_default();
        let numbered = (2..).map(|n| format!("{}-{n}", base.chars().take(30).collect::<String>()));
        let mut names = wishes
            .iter()
            .map(|wish| slug(wish))
            .chain(numbered)
            .filter_map(|name| name.parse().ok());
        names
            .find(|name| !taken(name))
            .expect("some number is free")
    }
}

/// The user's name in the policy: their login, else the local part of their address, else their
/// name.
fn administrator_name(user: &CurrentUser) -> PrincipalName {
    let email = user.email.as_deref().unwrap_or_default();
    let local = email.split('@').next().filter(|local| !local.is_empty());
    let wishes = [
        noreply_login(email),
        local,
        user.name.as_deref(),
        Some("administrator"),
    ];
    let mut names = wishes
        .into_iter()
        .flatten()
        .map(slug)
        .filter(|name| name != "unnamed" && !RESERVED_NAMES.contains(&name.as_str()));
    names
        .find_map(|name| name.parse().ok())
        .expect("`administrator` is a name")
}

/// The login in the no-reply address of a forge.
fn noreply_login(email: &str) -> Option<&str> {
    Noreply::of(email).map(Noreply::login)
}

/// Forges compare logins, teams and addresses without regard to case.
fn folded(owner: &Owner) -> Owner {
    match owner {
        Owner::Account(login) => Owner::Account(login.to_lowercase()),
        Owner::Team(organization, team) => {
            Owner::Team(organization.to_lowercase(), team.to_lowercase())
        }
        Owner::Email(address) => Owner::Email(address.to_lowercase()),
    }
}

/// How CODEOWNERS writes an owner.
pub fn written(owner: &Owner) -> String {
    match owner {
        Owner::Account(login) => format!("@{login}"),
        Owner::Team(organization, team) => format!("@{organization}/{team}"),
        Owner::Email(address) => address.clone(),
    }
}

/// `text` as the name of a principal.
fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let dashed: String = lower
        .chars()
        .map(|c| {
            if c.is_ascii_lowercase() || c.is_ascii_digit() {
                c
            } else {
                '-'
            }
        })
        .collect();
    let steps: Vec<&str> = dashed.split('-').filter(|step| !step.is_empty()).collect();
    let slug: String = steps.join("-").chars().take(39).collect();
    if slug.is_empty() {
        "unnamed".to_owned()
    } else {
        slug
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me(name: &str, email: &str) -> CurrentUser {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        CurrentUser {
            name: some(name),
            email: some(email),
            requested_name: None,
        }
    }

    #[test]
    fn the_administrator_is_named_by_login_address_or_name() {
        let name = |name, email| administrator_name(&me(name, email)).to_string();
        assert_eq!(
            name("Alice Ng", "583231+Alice-Ng@users.noreply.github.com"),
            "alice-ng"
        );
        assert_eq!(name("Alice Ng", "alice.ng@acme.example"), "alice-ng");
        assert_eq!(name("Älice Ng", ""), "lice-ng");
        assert_eq!(name("", "owners@acme.example"), "administrator");
    }

    #[test]
    fn names_are_unique_across_people_and_teams_and_never_reserved() {
        let account = |login: &str| Owner::Account(login.to_owned());
        let team =
            |organization: &str, team: &str| Owner::Team(organization.to_owned(), team.to_owned());
        let owners = [
            account("bob"),
            team("acme", "bob"),
            team("other", "bob"),
            account("all"),
            Owner::Email("BOB@x".to_owned()),
            account("Alice"),
        ];
        let people = People::new(&me("Alice", "alice@acme.example"), owners.iter());
        let names: Vec<String> = people
            .names(&owners)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            names,
            ["bob", "acme-bob", "other-bob", "all-2", "bob-x", "alice"]
        );
        assert_eq!(
            people.names(&[account("BOB"), account("bob")]),
            people.names(&[account("Bob")]),
            "one person, however written"
        );
        assert_eq!(
            people.names(&[]),
            people.names(&[account("Alice")]),
            "content without an owner belongs to the administrator"
        );
        assert_eq!(people.also, ["@Alice"]);
    }
}
