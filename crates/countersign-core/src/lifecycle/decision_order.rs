//! Which landings and commits brought decisions: what tells whether another line took them in in
//! another order.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use countersign_model::{ObjectId, Policy, Position};

use super::input::{CommitFacts, PackageAt};
use super::ledger::LandingRef;
use super::state::Lifecycle;

/// Where commits landed, read from the newest on as far as is asked.
pub struct KnownPositions<'l> {
    lifecycle: &'l Lifecycle,
    commits: Box<dyn Iterator<Item = ObjectId> + 'l>,
    position: usize,
    found: HashMap<ObjectId, Position>,
}

impl KnownPositions<'_> {
    /// The landing that made a commit reachable; `None` where none did.
    pub fn of(&mut self, wanted: &ObjectId) -> Option<Position> {
        while !self.found.contains_key(wanted) {
            let commit = self.commits.next()?;
            // A landing's own commit is the last of those that it brought.
            let before = self.position.checked_sub(1);
            if let Some(before) = before
                && self.lifecycle.landings[before] == Some(commit)
            {
                self.position = before;
            }
            self.found.insert(commit, Position(self.position as u32));
        }
        self.found.get(wanted).copied()
    }
}

impl Lifecycle {
    /// Where commits that are known here landed.
    pub fn known_positions(&self) -> KnownPositions<'_> {
        KnownPositions {
            lifecycle: self,
            commits: Box::new(self.provenance.commits_newest_first()),
            position: self.landings.len(),
            found: HashMap::new(),
        }
    }

    /// Whether a known commit is the landing at a position.
    pub fn is_landing(&self, commit: &ObjectId, position: Position) -> bool {
        self.landings.get(position.0 as usize) == Some(&Some(*commit))
    }

    /// Whether the landing at a position brought a decision or a policy.
    pub fn decides_at(&self, position: Position) -> bool {
        self.decided_at.contains(&position)
    }

    /// The first landing after one position and up to another that brought a decision or a policy.
    pub fn first_decision(&self, after: Position, upto: Position) -> Option<Position> {
        if after >= upto {
            return None;
        }
        let between = (Bound::Excluded(after), Bound::Included(upto));
        self.decided_at.range(between).next().copied()
    }

    /// Whether a decision that landed after a position would have lowered something, and had no
    /// effect: on a line that took the bytes in sooner it may have one.
    pub fn is_idle_after(&self, position: Position) -> bool {
        let after = (Bound::Excluded(position), Bound::Unbounded);
        self.idle_at.range(after).next().is_some()
    }

    /// Whether a commit of the last landing brings a decision or a policy.
    pub fn is_deciding(&self, commit: &ObjectId) -> bool {
        self.arriving.deciding.contains(commit)
    }

    /// Notes which commits of a landing bring decisions or policies.
    pub(super) fn note_deciding(
        &mut self,
        at: LandingRef,
        commits: &[CommitFacts],
        packages: &[(String, Option<PackageAt>)],
    ) {
        let decides = |path: &[u8]| {
            path == Policy::PATH.as_bytes()
                || path
                    .strip_prefix(Policy::APPROVALS.as_bytes())
                    .is_some_and(|rest| rest.starts_with(b"/"))
        };
        let deciding = commits
            .iter()
            .filter(|commit| commit.introduced.iter().any(|(path, _)| decides(path)));
        let own = self.head.commit;
        let side = || commits.iter().filter(|commit| commit.people.commit != own);
        let brought = side().flat_map(|commit| &commit.introduced);
        self.arriving.side_roots = brought
            .filter(|(_, blob)| blob.is_some())
            .flat_map(|(path, _)| self.possible_roots(path))
            .map(str::to_owned)
            .collect();
        let changed = side().flat_map(|commit| &commit.introduced);
        self.arriving.touches_baseline =
            self.touches_baseline(changed.map(|(path, _)| &**path), packages);
        let mut any = false;
        let mut ids = BTreeSet::new();
        for commit in deciding {
            any = true;
            ids.extend(commit.people.commit);
        }
        self.arriving.deciding = ids;
        if any {
            self.decided_at.insert(at.position);
        }
    }
}
