//! Other lines that a landing makes reachable, judged by their own rules.
//!
//! A merge can swap the first-parent line: what was landed becomes a side line, and the person who
//! merged chose what the new line holds and in which order. Records and bytes can be copied, so
//! nothing on the new line shows it. But the other line is there, and replayed by itself it says
//! what its decisions came to. Where the answers differ, the lower one holds:
//!
//! 1. A policy that took effect there and not here is a fork. While there is one, nothing is
//!    approved that was granted since the lines parted.
//! 2. What is lowered there is lowered here, unless someone lifted it with a decision that the
//!    other line does not know.
//! 3. A decision that raises and does not count there is worthless here: it was copied out of its
//!    order.
//! 4. An approval of the other line that never came into the tree is reported, where an older
//!    version would pass for the newest without it.
//!
//! Most merges bring only branches whose records come into the tree with them. Then nothing can
//! differ, and no other line is replayed; see [`Lifecycle::wants_other_lines`].

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::evidence::{PolicyVersion, Record};
use countersign_model::{
    Decision, DecisionKind, Digest, Kind, Position, PrincipalName, SubjectId, VersionRef,
};

use super::admit::Arrived;
use super::input::CommitFacts;
use super::ledger::{Outcome, RecordStanding, VersionKey};
use super::people;
use super::state::{Arriving, Lifecycle, SubjectState, TreePolicy};
use super::step::principal_of;
use super::tracked_version::{Grant, TrackedVersion, Vote};

impl Lifecycle {
    /// Whether the other lines that the last landing made reachable have to be judged, and told
    /// with [`Self::join`].
    pub const fn lines_wanted(&self) -> bool {
        self.arriving.lines_wanted
    }

    /// Whether another line could know better than this one what the side records of a landing are
    /// worth.
    pub(super) fn wants_other_lines(
        &mut self,
        arrived: Arrived<'_>,
        policies: &[Arc<PolicyVersion>],
        successor: Option<&PolicyVersion>,
    ) -> bool {
        let new = |digest: &Digest| {
            self.records
                .get(digest)
                .is_some_and(|standing| standing.landing.position == self.head.position)
        };
        let tree_brings = |digest: &Digest| {
            arrived
                .records
                .iter()
                .any(|record| record.digest == *digest)
                && new(digest)
        };
        // Accepted before, or not in the tree: its order on the other line is another one than
        // here.
        let raises = |record: &&Record| record.raises() && !tree_brings(&record.digest);
        // Nothing came of it here; there it may be in effect.
        let lowers = |record: &&Record| record.lowers() && !self.had_every_effect(record);
        let known = |digest: &Digest| {
            self.policy.line.contains(digest)
                || successor.is_some_and(|next| next.digest == *digest)
                || matches!(&self.policy.tree, TreePolicy::Version(tree) if tree == digest)
        };
        // Here, in the tree of some landing or on a side line: where one was proposed before the
        // lines parted, only its approvals are new.
        let proposed = |digest: &Digest| {
            self.policy.versions.contains_key(digest)
                || policies.iter().any(|version| version.digest == *digest)
        };
        let approves_other = arrived
            .records
            .iter()
            .chain(arrived.side)
            .filter(|record| record.is_signed())
            .any(|record| {
                approved_policies(record).any(|digest| proposed(&digest) && !known(&digest))
            });
        let approved_before = policies.iter().any(|version| {
            let key = (version.digest, version.policy.serial);
            !known(&version.digest)
                && self
                    .policy
                    .votes
                    .get(&key)
                    .is_some_and(|votes| !votes.is_empty())
        });
        let side = || arrived.of_side_lines().filter(|record| record.is_signed());
        let differs = side().any(|record| raises(&record)) || side().any(|record| lowers(&record));
        let forked = self.policy.forks.iter().any(|fork| fork.at == self.head);
        // Someone suspended there may have gone on here.
        let suspends = |record: &Record| {
            let decision = record
                .decision
                .as_ref()
                .ok()
                .filter(|decision| decision.kind == DecisionKind::Block);
            decision
                .into_iter()
                .flat_map(|decision| &decision.items)
                .filter_map(|item| principal_of(&item.subject))
                .any(|name| self.has_granted(&name))
        };
        let suspended = side().any(suspends);
        let wanted = differs
            || approves_other
            || approved_before
            || forked
            || suspended
            || self.arriving.copied_work;
        if wanted {
            let decision =
                |record: &Record| Some((record.digest, Arc::clone(record.decision.as_ref().ok()?)));
            self.arriving.raising = side()
                .filter(|record| record.raises())
                .filter_map(decision)
                .collect();
        }
        wanted
    }

    /// Whether some grant rests on an approval of `name`.
    fn has_granted(&self, name: &PrincipalName) -> bool {
        let grants = self
            .subjects
            .values()
            .flat_map(|state| &state.versions)
            .filter_map(|row| row.grant.as_deref());
        grants
            .into_iter()
            .any(|grant| grant.basis.iter().any(|(voter, _)| voter == name))
    }

    /// Whether a commit of a side line brings bytes to a path where they are known already, and
    /// someone of the policy had a hand in it: then the other line may know an author whom this one
    /// does not.
    pub(super) fn copies_work(&self, commits: &[CommitFacts]) -> bool {
        let side = commits
            .iter()
            .filter(|commit| commit.people.commit != self.head.commit);
        side.filter(|commit| people::is_by_a_principal(self.policy(), &commit.people))
            .any(|commit| {
                let brought = commit
                    .introduced
                    .iter()
                    .filter_map(|(path, blob)| Some((path, blob.as_ref()?)));
                brought
                    .filter(|(path, _)| self.is_governed(path))
                    .any(|(path, blob)| self.provenance.knows(path, blob))
            })
    }

    /// Whether a path is at or below one where a package is or was.
    fn is_governed(&self, path: &[u8]) -> bool {
        let Ok(path) = std::str::from_utf8(path) else {
            return false;
        };
        let steps = path
            .match_indices('/')
            .map(|(slash, _)| &path[..slash])
            .chain([path]);
        steps
            .into_iter()
            .any(|step| self.packages.contains_key(step) || self.granted_paths.contains(step))
    }

    /// Takes in what one of the other lines that the last landing made reachable says by itself
    /// (trust rule 7). After the last one, [`Self::joined`] judges what changed once more.
    ///
    /// 1. **Where did they part?** After their common landings. A line of another repository, with
    ///    nothing in common, says nothing here.
    /// 2. **Forks.** A policy that took effect there and not here is noted. A line that begins
    ///    under another first policy is compared no further: its people decide for no one here.
    /// 3. **Lower.** What is lowered there is lowered here, unless someone lifted it here with a
    ///    decision that the other line does not know.
    /// 4. **Void.** A raising record that this landing's side commits bring, and that counts for
    ///    nothing there, is worthless here: it was copied out of its order.
    /// 5. **Take back.** Authors whom the other line knows are excluded here too, its rejects apply
    ///    here, and a grant made since the lines parted goes if the other line knows every record
    ///    on which it rests and grants nothing by them.
    /// 6. **Report** rejects of policies and approvals there that never came into the tree here.
    ///
    /// No step gives authority: another line can only take it away.
    pub fn join(&mut self, line: &Self) {
        let at = self.head;
        let common = self
            .landings
            .iter()
            .zip(&line.landings)
            .take_while(|(ours, theirs)| ours == theirs)
            .count();
        if common == 0 && line.policy().policy.repository != self.policy().policy.repository {
            return;
        }
        let parted = Position(common as u32);
        self.note_forks(at, line, parted);
        // A line that begins under another policy decides for no one here.
        if line.policy.line.first() != self.policy.line.first() {
            return;
        }
        let side = std::mem::take(&mut self.arriving.raising);
        let mut dirty = std::mem::take(&mut self.arriving.dirty);
        self.lower_with(at, line, &mut dirty);
        self.void_with(line, &side, &mut dirty);
        self.take_back_with(at, line, parted, &mut dirty);
        self.note_rejected_policies(at, line, parted);
        self.note_left_behind(line);
        (self.arriving.raising, self.arriving.dirty) = (side, dirty);
    }

    /// Judges again what the other lines changed.
    pub fn joined(&mut self) {
        let Arriving { dirty, .. } = std::mem::take(&mut self.arriving);
        let at = self.head;
        let under = Arc::clone(self.policy());
        for id in &dirty {
            self.judge_subject(at, id, &under);
        }
        for id in &dirty {
            self.settle_current(id);
        }
    }

    /// Takes their worth from decisions that do not count on the other line, for every version that
    /// landed there and is not granted there.
    fn void_with(
        &mut self,
        line: &Self,
        side: &[(Digest, Arc<Decision>)],
        dirty: &mut BTreeSet<SubjectId>,
    ) {
        let counts = |id: &SubjectId, key: &VersionKey, who: &PrincipalName, record: &Digest| {
            let theirs = line.subjects.get(id)?;
            let row = &theirs.versions[theirs.index(key)?];
            (row.landed.is_some() && row.grant.is_none())
                .then(|| line.vote_counts(theirs, row, who, record))
        };
        let mut worthless: BTreeSet<(Digest, VersionKey)> = BTreeSet::new();
        // What the side line brings, which may come into the tree later.
        for (record, decision) in side
            .iter()
            .filter(|(_, decision)| decision.kind == DecisionKind::Approve)
        {
            let refused = line
                .records
                .get(record)
                .is_some_and(|standing| !matches!(standing.outcome, Outcome::Accepted { .. }));
            for item in &decision.items {
                let VersionRef::One(version, digest) = &item.version else {
                    continue;
                };
                let key = VersionKey {
                    version: version.clone(),
                    digest: *digest,
                };
                if refused
                    || counts(&item.subject, &key, &decision.principal, record) == Some(false)
                {
                    worthless.insert((*record, key));
                    dirty.insert(item.subject.clone());
                }
            }
        }
        // What counts here already, or was cast there, whenever it was copied.
        for (id, state) in self.subjects.iter().chain(&line.subjects) {
            for row in &state.versions {
                let votes = row
                    .approvals
                    .iter()
                    .flat_map(|(who, votes)| votes.iter().map(move |vote| (who, vote)));
                for (who, vote) in votes.filter(|(_, vote)| line.records.contains_key(&vote.record))
                {
                    if counts(id, &row.key, who, &vote.record) == Some(false) {
                        worthless.insert((vote.record, row.key.clone()));
                        dirty.insert(id.clone());
                    }
                }
            }
        }
        // Refused there is refused here, also where its file comes into the tree later. What has no
        // good signature may still get one.
        for (record, _) in side {
            let theirs = line
                .records
                .get(record)
                .filter(|theirs| matches!(theirs.outcome, Outcome::Refused { .. }));
            if let Some(theirs) = theirs.filter(|_| !self.records.contains_key(record)) {
                self.records.insert(
                    *record,
                    RecordStanding {
                        landing: self.head,
                        ..theirs.clone()
                    },
                );
            }
        }
        for id in dirty.iter() {
            let Some(state) = self.subjects.get_mut(id) else {
                continue;
            };
            for row in &mut state.versions {
                let rests = |grant: &Grant| {
                    grant
                        .basis
                        .iter()
                        .any(|(_, vote)| worthless.contains(&(vote.record, row.key.clone())))
                };
                if row.grant.as_deref().is_some_and(rests) {
                    row.grant = None;
                }
                row.fresh = true;
            }
            let copied = |votes: &[Vote]| {
                votes
                    .iter()
                    .all(|vote| line.records.contains_key(&vote.record))
            };
            let pinned_there = line.subjects.get(id).and_then(|theirs| theirs.pin.as_ref());
            if state.pin.as_ref().is_some_and(|pin| {
                copied(&pin.basis) && pinned_there.is_none_or(|theirs| theirs.to != pin.to)
            }) {
                state.pin = None;
            }
        }
        self.worthless.extend(worthless);
    }

    /// Whether someone's approval of a row is among those that count here.
    fn vote_counts(
        &self,
        state: &SubjectState,
        row: &TrackedVersion,
        who: &PrincipalName,
        record: &Digest,
    ) -> bool {
        let version = self.policy();
        let cast = row
            .approvals
            .get(who)
            .into_iter()
            .flatten()
            .find(|vote| vote.record == *record);
        let Some(vote) = cast.filter(|vote| !self.void(vote, version) && !self.suspended(who))
        else {
            return false;
        };
        let profiles = Self::profiles(&version.policy, row);
        let excluded = version.policy.separation_of_duties
            && self
                .exclusion(version, state, row, &profiles)
                .excluded
                .contains_key(who);
        !excluded && !self.worthless.contains(&(vote.record, row.key.clone()))
    }
}

/// Digests of the policies that a record approves.
fn approved_policies(record: &Record) -> impl Iterator<Item = Digest> {
    let decision = record
        .decision
        .as_ref()
        .ok()
        .filter(|decision| decision.kind == DecisionKind::Approve);
    let items = decision
        .into_iter()
        .flat_map(|decision| &decision.items)
        .filter(|item| item.subject.kind == Kind::Policy);
    items.filter_map(|item| item.version.digest().copied())
}
