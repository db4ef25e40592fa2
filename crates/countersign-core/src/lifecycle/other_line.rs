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
use countersign_model::document::paths::with_folders;
use countersign_model::{DecisionKind, Digest, Kind, Position, PrincipalName, SubjectId};

use super::admit::Arrived;
use super::elsewhere::Conflict;
use super::input::CommitFacts;
use super::left_behind::ever_granted;
use super::people;
use super::state::{Arriving, Lifecycle, SubjectState, TreePolicy};
use super::step::{principal_of, subject_of};
use super::tracked_version::TrackedVersion;

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
        // here. Or it granted nothing here, and may have there.
        let raises = |record: &&Record| {
            let grants_nothing = self.is_accepted(&record.digest) && !self.granted_all(record);
            record.raises() && (!tree_brings(&record.digest) || grants_nothing)
        };
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
                .any(|name| self.has_decided(&name))
        };
        let suspended = side().any(suspends);
        let mut all = arrived.records.iter().chain(arrived.side);
        let approves_absent = self.misses_approved_work()
            || !self.arriving.side_roots.is_empty()
                && all.any(|record| self.approves_absent(record));
        let wanted = differs
            || approves_absent
            || approves_other
            || approved_before
            || forked
            || suspended
            || self.arriving.copied_work
            || self.arriving.touches_baseline;
        let decision =
            |record: &Record| Some((record.digest, Arc::clone(record.decision.as_ref().ok()?)));
        self.arriving.raising = side()
            .filter(|record| record.raises())
            .filter_map(decision)
            .collect();
        wanted
    }

    /// Whether a record approves a version that has never been in the tree. It may not count here
    /// and have counted on another line.
    fn approves_absent(&self, record: &Record) -> bool {
        let decision = record.decision.as_ref().ok();
        let approves = decision.filter(|decision| decision.kind == DecisionKind::Approve);
        let landed = |id: &SubjectId, digest: &Digest| {
            self.subjects.get(id).is_some_and(|state| {
                let mut versions = state.versions.iter();
                versions.any(|tracked| tracked.landed.is_some() && tracked.key.digest == *digest)
            })
        };
        approves.is_some_and(|decision| {
            let mut items = decision.items.iter();
            items.any(|item| {
                let digest = item.version.digest();
                item.subject.kind.is_package()
                    && !digest.is_some_and(|digest| landed(&item.subject, digest))
            })
        })
    }

    /// Whether some version has approvals and was never in the tree, though commits of side lines
    /// bring files of its subject: a merge may have dropped them.
    fn misses_approved_work(&self) -> bool {
        let roots = &self.arriving.side_roots;
        if roots.is_empty() {
            return false;
        }
        let subjects: Option<BTreeSet<&SubjectId>> = roots
            .iter()
            .map(|root| Some(&self.packages.get(root)?.subject))
            .collect();
        let absent = |tracked: &TrackedVersion| {
            tracked.landed.is_none() && tracked.approvals.values().any(|votes| !votes.is_empty())
        };
        let misses = |state: &SubjectState| state.versions.iter().any(absent);
        match subjects {
            Some(subjects) => {
                let mut states = subjects.into_iter().filter_map(|id| self.subjects.get(id));
                states.any(misses)
            }
            // Where no package is left, it could have been of any subject.
            None => self.subjects.values().any(misses),
        }
    }

    /// Whether every approval of versions in a record is part of a grant of its version. What an unblock
    /// did is not looked for: whether it was refused where it was made, only that line says.
    fn granted_all(&self, record: &Record) -> bool {
        let decision = record.decision.as_ref().ok();
        let approve = decision.filter(|decision| decision.kind == DecisionKind::Approve);
        approve.is_some_and(|decision| {
            let mut items = decision.items.iter();
            items.all(|item| {
                if !item.subject.kind.is_package() {
                    return true;
                }
                let state = self.subjects.get(&item.subject);
                let versions = state.into_iter().flat_map(|state| &state.versions);
                let mut same = versions.filter(|tracked| {
                    Some(&tracked.key.digest) == item.version.digest()
                        && Some(&tracked.key.version) == item.version.version()
                });
                same.any(|tracked| {
                    let mut basis = ever_granted(tracked)
                        .into_iter()
                        .flat_map(|grant| &grant.basis);
                    basis.any(|(_, vote)| vote.record == record.digest)
                })
            })
        })
    }

    /// Whether `name` made or recorded a decision here.
    fn has_decided(&self, name: &PrincipalName) -> bool {
        let mut decisions = self.records.values();
        decisions.any(|standing| {
            let mut who = standing.principal.iter().chain(&standing.recorded_by);
            who.any(|known| known == name)
        })
    }

    /// Whether the commits of side lines bring bytes to a path where they are known already, and
    /// someone of the policy had a hand in what they bring: then the other line may know an author
    /// whom this one does not.
    pub(super) fn copies_work(&self, commits: &[CommitFacts]) -> bool {
        let side = || {
            commits
                .iter()
                .filter(|commit| commit.people.commit != self.head.commit)
        };
        let brought = |commit: &CommitFacts, known: bool| {
            commit.introduced.iter().any(|(path, blob)| {
                self.is_governed(path)
                    && blob.is_some_and(|blob| !known || self.provenance.knows(path, &blob))
            })
        };
        side().any(|commit| brought(commit, true))
            && side().any(|commit| {
                brought(commit, false) && people::is_by_a_principal(self.policy(), &commit.people)
            })
    }

    /// Whether a path is at or below one where a package is or was.
    pub(super) fn is_governed(&self, path: &[u8]) -> bool {
        steps(path)
            .any(|step| self.packages.contains_key(step) || self.granted_paths.contains(step))
    }

    /// Where a file may belong to a package: each step of its path where one is or was, or where an
    /// entry of the policy would find one.
    pub(super) fn possible_roots<'p>(&self, path: &'p [u8]) -> impl Iterator<Item = &'p str> {
        let entries = &self.policy().policy.entries;
        steps(path).filter(|step| {
            let mut entries = entries.iter();
            self.packages.contains_key(*step)
                || self.granted_paths.contains(*step)
                || entries.any(|entry| entry.path.matches(step.as_bytes()))
        })
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
    /// 4. **Votes.** A vote that the other line knows counts here only where it counts there, and
    ///    votes that do not suffice there do not suffice here under the same policies. That binds
    ///    what was granted since the lines parted, and what comes later; see `elsewhere`.
    /// 5. **Report** policies in force here that rest on such votes, and approvals there that are
    ///    missing here.
    ///
    /// No step gives authority: another line can only take it away.
    pub fn join(&mut self, line: &Self) {
        let at = self.head;
        if self.arriving.before.is_none() {
            self.arriving.before = Some(self.states());
            self.arriving.suspended = self.suspended_people();
        }
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
        let mut dirty = std::mem::take(&mut self.arriving.dirty);
        self.lower_with(at, line, parted, &mut dirty);
        self.refuse_with(line, parted, &mut dirty);
        self.weigh_with(at, line, parted, &mut dirty);
        self.note_policies_with(at, line, parted);
        self.note_left_behind(line);
        self.note_left_baseline(line, &mut dirty);
        self.note_current_with(at, line);
        self.arriving.dirty = dirty;
    }

    /// Judges again what the other lines changed, and reports what became less by it.
    pub fn joined(&mut self) {
        let Arriving {
            dirty,
            before,
            suspended,
            taken_back,
            ..
        } = std::mem::take(&mut self.arriving);
        let at = self.head;
        let under = Arc::clone(self.policy());
        for id in &dirty {
            self.judge_subject(at, id, &under);
        }
        self.keep_dates(taken_back);
        for id in &dirty {
            self.settle_current(id);
        }
        self.note_conflicts(at, before.unwrap_or_default());
        for name in self.suspended_people().difference(&suspended) {
            let conflict = Conflict {
                at,
                was: "active".to_owned(),
                is: "suspended".to_owned(),
            };
            let about = subject_of(name).into_iter().map(|id| (id, None));
            self.conflicts
                .extend(about.map(|about| (about, conflict.clone())));
        }
    }
}

/// A path and every folder above it; only the root where it is not UTF-8, as no package is.
fn steps(path: &[u8]) -> impl Iterator<Item = &str> {
    with_folders(std::str::from_utf8(path).unwrap_or_default())
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
