//! What was raised on this line although another one, which knows the same decisions, came to less.
//!
//! The person who merges chooses the order in which a line takes decisions in: an approval before
//! the reject that it came after, before the policy under which its author may not give it, or
//! after the approval that replaced it. Nothing on the line that they made shows it. The other line
//! does: it knows every approval, it has the version, and it granted nothing.
//!
//! An older line knows less, and says nothing about a newer one: it must have had the policy that
//! is in force here.

use std::collections::{BTreeMap, BTreeSet};

use countersign_model::{Digest, Position, PrincipalName, SubjectId};

use super::decide::reused;
use super::ledger::{LandingRef, VersionKey};
use super::state::{Fork, Lifecycle, SubjectState};
use super::tracked_version::{Grant, Standing, TrackedVersion, Vote};

impl Lifecycle {
    /// Takes back what was granted since the lines parted and should not have been, by what `line`
    /// knows.
    pub(super) fn take_back_with(
        &mut self,
        at: LandingRef,
        line: &Self,
        parted: Position,
        dirty: &mut BTreeSet<SubjectId>,
    ) {
        if !line.policy.line.contains(&self.policy.in_force) {
            return;
        }
        let mut worthless: Vec<(Digest, VersionKey)> = Vec::new();
        for (id, theirs) in &line.subjects {
            let Some(state) = self.subjects.get_mut(id) else {
                continue;
            };
            state.ever_granted |= theirs.ever_granted;
            for row in &mut state.versions {
                let Some(their_row) = theirs.index(&row.key).map(|index| &theirs.versions[index])
                else {
                    continue;
                };
                if their_row.landed.is_none() {
                    continue;
                }
                let mut changed = false;
                let is_new = row.landed_last.is_some_and(|landed| landed >= parted);
                for name in is_new
                    .then(|| line.authors_of(theirs, their_row))
                    .into_iter()
                    .flatten()
                {
                    changed |= row.marks.authors.insert(name);
                }
                // Of two approved versions of one name, neither line knows better which was meant;
                // see `note_left_behind`.
                if is_granted(line, their_row) || reused(theirs, their_row) {
                    dirty.extend(changed.then(|| id.clone()));
                    continue;
                }
                changed |= adopt_rejects(line, row, their_row, at);
                let since = row
                    .grant
                    .as_deref()
                    .filter(|grant| grant.at.position >= parted);
                let known = |grant: &&Grant| {
                    grant
                        .basis
                        .iter()
                        .all(|(_, vote)| line.records.contains_key(&vote.record))
                };
                if let Some(grant) = since.filter(known) {
                    worthless.extend(
                        grant
                            .basis
                            .iter()
                            .map(|(_, vote)| (vote.record, row.key.clone())),
                    );
                    row.grant = None;
                    changed = true;
                }
                // By someone who is suspended there, or who wrote it: what that line does not know
                // is no better.
                let barred =
                    |name: &PrincipalName| line.suspended(name) || row.marks.authors.contains(name);
                let since = row
                    .grant
                    .as_deref()
                    .filter(|grant| grant.at.position >= parted);
                if let Some(grant) =
                    since.filter(|grant| grant.basis.iter().any(|(name, _)| barred(name)))
                {
                    worthless.extend(
                        grant
                            .basis
                            .iter()
                            .filter(|(name, _)| barred(name))
                            .map(|(_, vote)| (vote.record, row.key.clone())),
                    );
                    row.grant = None;
                    changed = true;
                }
                if changed {
                    row.fresh = true;
                    dirty.insert(id.clone());
                }
            }
        }
        self.granted_paths
            .extend(line.granted_paths.iter().cloned());
        self.worthless.extend(worthless);
    }

    /// Who may not approve a version because of what they did to it, where the policy separates
    /// duties.
    fn authors_of(&self, state: &SubjectState, row: &TrackedVersion) -> Vec<PrincipalName> {
        let version = self.policy();
        if !version.policy.separation_of_duties {
            return Vec::new();
        }
        let profiles = Self::profiles(&version.policy, row);
        self.exclusion(version, state, row, &profiles)
            .excluded
            .into_keys()
            .collect()
    }

    /// Notes policies that are in force here since the lines parted, whose approvals the other line
    /// knows, and that someone holds rejected there.
    pub(super) fn note_rejected_policies(&mut self, at: LandingRef, line: &Self, parted: Position) {
        let mut found = Vec::new();
        for digest in self
            .policy
            .line
            .iter()
            .filter(|digest| !line.policy.line.contains(digest))
        {
            let Some(version) = self.policy.versions.get(digest) else {
                continue;
            };
            let key = (*digest, version.policy.serial);
            let began = self
                .policy
                .began
                .get(digest)
                .is_some_and(|began| *began >= parted);
            let listed = |name: &PrincipalName| line.policy().policy.principals.contains_key(name);
            let held = line
                .policy
                .rejects
                .get(&key)
                .is_some_and(|rejects| rejects.keys().any(listed));
            let mut votes = self
                .policy
                .votes
                .get(&key)
                .into_iter()
                .flat_map(|votes| votes.values().flatten());
            let known = votes.all(|vote| line.records.contains_key(&vote.record));
            let noted = self.policy.resolved.contains(digest)
                || self.policy.forks.iter().any(|fork| fork.digest == *digest);
            if began && held && known && !noted {
                found.push(Fork {
                    digest: *digest,
                    serial: version.policy.serial,
                    at,
                    parted,
                    rejects: BTreeMap::new(),
                });
            }
        }
        self.policy.forks.extend(found);
    }
}

/// Whether a line grants a row, and the grant has not expired.
fn is_granted(line: &Lifecycle, row: &TrackedVersion) -> bool {
    row.grant
        .as_deref()
        .is_some_and(|grant| !grant.expired(line.now))
}

/// Takes over rejects that stand on the other line, unless someone withdrew them here with an
/// approval that it does not know.
fn adopt_rejects(
    line: &Lifecycle,
    row: &mut TrackedVersion,
    theirs: &TrackedVersion,
    at: LandingRef,
) -> bool {
    let mut changed = false;
    for (name, reject) in &theirs.marks.rejects {
        let answers = |vote: &Vote| {
            vote.answers.contains(&reject.record) && !line.records.contains_key(&vote.record)
        };
        let withdrawn = row
            .approvals
            .get(name)
            .is_some_and(|votes| votes.iter().any(answers));
        if !withdrawn && !row.marks.rejects.contains_key(name) {
            row.marks.rejects.insert(
                name.clone(),
                Standing {
                    record: reject.record,
                    position: at.position,
                },
            );
            row.records
                .extend((!row.records.contains(&reject.record)).then_some(reject.record));
            changed = true;
        }
    }
    changed
}
