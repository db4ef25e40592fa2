//! Separation of duties: who had a hand in a version, as far as commits can tell.
//!
//! Identities in commits are free text, so they only ever exclude. A key that signed counts like an
//! address.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::roster::KeyOwner;
use crate::evidence::{PolicyVersion, Roster};
use countersign_model::policy::Principal;
use countersign_model::policy_input::{AccountInput, CoAuthors};
use countersign_model::{ForgeAccount, Identity, KeyId, Policy, PrincipalName};

use super::input::CommitPeople;
use super::provenance::{Contributors, People, Provenance};

/// Who is excluded from approving, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exclusion {
    /// Principals who may not count, with the role in which they were found.
    pub excluded: BTreeMap<PrincipalName, &'static str>,
    /// Principals found only in a role that the policy lets pass with a warning.
    pub exempt: BTreeMap<PrincipalName, &'static str>,
    /// Addresses (or keys) that map to no one.
    pub unknown: BTreeSet<String>,
    /// Which of them are keys: an address is free text, and can look like one.
    pub unknown_keys: BTreeSet<KeyId>,
}

/// What decides about the two exceptions of trust rule 5.
pub struct Leniency<'a> {
    /// High or critical risk, or a requirement of two and more people: a co-author trailer always
    /// counts.
    pub strict_trailers: bool,
    /// High or critical risk: a person who commits the work of another counts, because the author's
    /// name is free text.
    pub strict_committers: bool,
    /// A candidate's own commits are known, so nothing is excused.
    pub candidate: bool,
    /// People whose own record with signature evidence landed in the same landing as the commit.
    pub signed_in: &'a dyn Fn(&People<'_>, &PrincipalName) -> bool,
}

/// The exclusion that `contributors` give under a policy.
pub fn exclude(
    version: &PolicyVersion,
    provenance: &Provenance,
    contributors: &Contributors,
    leniency: &Leniency<'_>,
) -> Exclusion {
    let mut found = Exclusion::default();
    let matcher = Matcher {
        policy: &version.policy,
        roster: &version.roster,
    };
    // The same people in the same roles give the same again; only what excuses a co-author depends
    // on the very commit.
    let mut seen = BTreeSet::new();
    for people in contributors
        .direct
        .iter()
        .map(|commit| provenance.people(*commit))
    {
        if !people.co_authors.is_empty()
            || seen.insert((people.group, people.single_parent_landing))
        {
            matcher.direct(&people, leniency, &mut found);
        }
    }
    let mut seen = BTreeSet::new();
    for people in contributors
        .carried
        .iter()
        .map(|commit| provenance.people(*commit))
    {
        if seen.insert(people.group) {
            matcher.everyone(&people, &mut found);
        }
    }
    let Exclusion {
        excluded, exempt, ..
    } = &mut found;
    exempt.retain(|name, _| !excluded.contains_key(name));
    found
}

/// Whether anyone of the policy had a hand in a commit.
pub fn is_by_a_principal(version: &PolicyVersion, people: &CommitPeople) -> bool {
    let matcher = Matcher {
        policy: &version.policy,
        roster: &version.roster,
    };
    let identities = people
        .author
        .iter()
        .chain(&people.committer)
        .chain(&people.co_authors);
    let signed = people
        .signer
        .as_ref()
        .is_some_and(|key| matcher.owner(key).is_some());
    signed
        || identities
            .into_iter()
            .any(|identity| matcher.principals(identity).next().is_some())
}

struct Matcher<'a> {
    policy: &'a Policy,
    roster: &'a Roster,
}

impl Matcher<'_> {
    fn direct(&self, people: &People<'_>, leniency: &Leniency<'_>, found: &mut Exclusion) {
        let lenient = self.policy.co_authors == CoAuthors::Recorded && !leniency.candidate;
        if let Some(author) = &people.author {
            self.exclude(author, "author", found);
        }
        let excused_committer = lenient
            && !leniency.strict_committers
            && people.single_parent_landing
            && people.committer != people.author;
        if let Some(committer) = people
            .committer
            .as_ref()
            .filter(|_| people.committer != people.author)
        {
            if self.is_forge(people) {
                // The forge pressed its own button; its key proves it.
            } else if excused_committer {
                found.exempt.extend(
                    self.principals(committer)
                        .map(|name| (name.clone(), "committer")),
                );
            } else {
                self.exclude(committer, "committer", found);
            }
        }
        if let Some(signer) = &people.signer {
            let pressed = excused_committer
                && people.committer.as_ref().is_some_and(|committer| {
                    self.owner(signer)
                        .is_some_and(|owner| self.principals(committer).any(|name| name == owner))
                });
            if !pressed {
                self.exclude_key(signer, found);
            }
        }
        if let Some(opener) = &people.opener {
            self.exclude_account(opener, found);
        }
        for co_author in &people.co_authors {
            let names = || self.principals(co_author);
            let excused = lenient && !leniency.strict_trailers && people.single_parent_landing;
            if excused
                && names().next().is_some()
                && names().all(|name| (leniency.signed_in)(people, name))
            {
                found
                    .exempt
                    .extend(names().map(|name| (name.clone(), "co-author")));
            } else {
                self.exclude(co_author, "co-author", found);
            }
        }
    }

    /// Work done elsewhere: no one is excused.
    fn everyone(&self, people: &People<'_>, found: &mut Exclusion) {
        for identity in people
            .author
            .iter()
            .chain(people.committer.iter().filter(|_| !self.is_forge(people)))
            .chain(&people.co_authors)
        {
            self.exclude(identity, "author of bytes moved in", found);
        }
        if let Some(signer) = &people.signer {
            self.exclude_key(signer, found);
        }
        if let Some(opener) = &people.opener {
            self.exclude_account(opener, found);
        }
    }

    fn exclude_account(&self, opener: &ForgeAccount, found: &mut Exclusion) {
        let theirs = |account: &AccountInput| {
            account.id == opener.id && account.forge.eq_ignore_ascii_case(&opener.forge)
        };
        let mut known = false;
        for (name, _) in self
            .policy
            .principals
            .iter()
            .filter(|(_, principal)| principal.accounts.iter().any(theirs))
        {
            known = true;
            found
                .excluded
                .entry(name.clone())
                .or_insert("author of the pull request");
        }
        if !known {
            found.unknown.insert(opener.to_string());
        }
    }

    fn exclude(&self, identity: &Identity, role: &'static str, found: &mut Exclusion) {
        let mut known = false;
        for name in self.principals(identity) {
            known = true;
            if !found.excluded.contains_key(name) {
                found.excluded.insert(name.clone(), role);
            }
        }
        let shown = if identity.email.is_empty() {
            &identity.name
        } else {
            &identity.email
        };
        if !known && !found.unknown.contains(&**shown) {
            found.unknown.insert(shown.to_string());
        }
    }

    fn exclude_key(&self, key: &KeyId, found: &mut Exclusion) {
        match self.roster.owner_by_id(key) {
            Some(KeyOwner::Principal(name)) => {
                found.excluded.entry(name.clone()).or_insert("signer");
            }
            Some(KeyOwner::Platform) => {}
            None => {
                found.unknown.insert(key.to_string());
                found.unknown_keys.insert(key.clone());
            }
        }
    }

    fn owner(&self, key: &KeyId) -> Option<&PrincipalName> {
        match self.roster.owner_by_id(key) {
            Some(KeyOwner::Principal(name)) => Some(name),
            _ => None,
        }
    }

    fn is_forge(&self, people: &People<'_>) -> bool {
        people
            .signer
            .as_ref()
            .is_some_and(|key| matches!(self.roster.owner_by_id(key), Some(KeyOwner::Platform)))
    }

    /// Everyone whom an identity could mean, sorted: by address, or by the forge's no-reply address
    /// (login or account id).
    fn principals<'i>(&'i self, identity: &'i Identity) -> impl Iterator<Item = &'i PrincipalName> {
        let noreply = identity.noreply();
        let means = move |principal: &Principal| {
            principal.emails.contains(&*identity.email)
                || noreply.is_some_and(|address| {
                    principal
                        .accounts
                        .iter()
                        .any(|account| address.may_be_of(account))
                })
        };
        self.policy
            .principals
            .iter()
            .filter(move |(_, principal)| means(principal))
            .map(|(name, _)| name)
    }
}
