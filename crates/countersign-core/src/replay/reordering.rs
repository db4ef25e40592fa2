//! Whether a line that a landing makes reachable took decisions in in another order than this one.
//!
//! 1. A chain of first parents, from a new commit to the landing at which it parted from this line,
//!    is a line. Each of its commits brings what its other parents lead to: new commits, which land
//!    here now, and known ones, which landed here at some position.
//! 2. The line took something in in another order when it brings a decision that landed here earlier
//!    than one that it brought before.
//!
//! Bytes are not compared: where their order matters, a decision that lowers has had no effect here.
//!
//! What it took in at once it says nothing about, and most branches only bring themselves: they merge
//! the governed line before they hold any decision, or not at all.

use std::collections::{BTreeMap, BTreeSet};

use crate::lifecycle::{KnownPositions, Lifecycle};
use countersign_git::{CommitNode, GitError, Repository};
use countersign_model::{ObjectId, Position};

use super::arrival::Arrival;

/// A merge, as the lines that it makes reachable are walked.
struct Walk<'a> {
    repository: &'a Repository,
    lifecycle: &'a Lifecycle,
    /// New commits of the landing.
    commits: BTreeMap<ObjectId, &'a CommitNode>,
    known: KnownPositions<'a>,
    now: Position,
}

/// What a commit of a line brings.
#[derive(Default)]
struct Brought {
    /// Whether it brings a decision that is new here.
    new: bool,
    /// Known commits: where they landed, and whether they are landings themselves.
    known: Vec<(Position, bool)>,
}

/// Whether the other lines that `arrival` makes reachable could know better: by what they hold, or
/// by the order in which they took it in.
pub(super) fn lines_wanted(
    repository: &Repository,
    lifecycle: &Lifecycle,
    arrival: &Arrival,
) -> Result<bool, GitError> {
    Ok(lifecycle.lines_wanted() || is_reordered(repository, lifecycle, arrival)?)
}

/// Whether any line that `arrival` makes reachable took decisions in in another order.
fn is_reordered(
    repository: &Repository,
    lifecycle: &Lifecycle,
    arrival: &Arrival,
) -> Result<bool, GitError> {
    let commits: BTreeMap<ObjectId, &CommitNode> = arrival
        .commits
        .iter()
        .filter(|node| Some(node.id) != arrival.commit)
        .map(|node| (node.id, node))
        .collect();
    // A line without merges brings nothing but itself.
    if commits.values().all(|node| node.parents.len() < 2) {
        return Ok(false);
    }
    let mut walk = Walk {
        repository,
        lifecycle,
        commits,
        known: lifecycle.known_positions(),
        now: arrival.position,
    };
    for tip in tips(&arrival.commits, arrival.commit) {
        if walk.took_another_order(tip)? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Walk<'_> {
    fn took_another_order(&mut self, tip: ObjectId) -> Result<bool, GitError> {
        let (chain, fork) = self.chain(tip)?;
        // What this line had when the two parted is in order.
        let mut covered = fork.unwrap_or(Position(0));
        if self.lifecycle.is_idle_after(covered) {
            return Ok(true);
        }
        let mut latest: Option<Position> = None;
        let mut visited = BTreeSet::new();
        for node in chain.into_iter().rev() {
            let brought = self.brought(&node, &mut visited)?;
            let mut taken = brought.new.then_some(self.now);
            for (position, is_landing) in brought.known {
                let first = if is_landing {
                    self.lifecycle.first_decision(covered, position)
                } else {
                    self.lifecycle.decides_at(position).then_some(position)
                };
                if first.is_some_and(|first| latest.is_some_and(|latest| latest > first)) {
                    return Ok(true);
                }
                if is_landing {
                    covered = covered.max(position);
                }
                taken = taken.max(first.map(|_| position));
            }
            latest = latest.max(taken);
        }
        Ok(false)
    }

    /// The first parents from `tip` to the landing at which the two lines parted, newest first, and
    /// that landing. Commits that came here with an earlier merge belong to it.
    fn chain(&mut self, tip: ObjectId) -> Result<(Vec<CommitNode>, Option<Position>), GitError> {
        let mut chain = Vec::new();
        let mut next = Some(tip);
        while let Some(id) = next {
            let node = match self.landed(&id) {
                Some((position, true)) => return Ok((chain, Some(position))),
                _ => self.node(id)?,
            };
            next = node.parents.first().copied();
            chain.push(node);
        }
        Ok((chain, None))
    }

    /// What a commit of a line brings by its other parents, and by theirs, up to landings.
    fn brought(
        &mut self,
        node: &CommitNode,
        visited: &mut BTreeSet<ObjectId>,
    ) -> Result<Brought, GitError> {
        let mut brought = Brought {
            new: self.lifecycle.is_deciding(&node.id),
            known: Vec::new(),
        };
        let mut stack: Vec<ObjectId> = node.parents.iter().skip(1).copied().collect();
        while let Some(id) = stack.pop() {
            if !visited.insert(id) {
                continue;
            }
            let landed = self.landed(&id);
            brought.new |= landed.is_none() && self.lifecycle.is_deciding(&id);
            brought.known.extend(landed);
            if !landed.is_some_and(|(_, is_landing)| is_landing) {
                stack.extend(self.node(id)?.parents);
            }
        }
        brought.known.sort_unstable();
        Ok(brought)
    }

    /// Where a known commit landed, and whether it is a landing itself; `None` for a new one.
    fn landed(&mut self, id: &ObjectId) -> Option<(Position, bool)> {
        if self.commits.contains_key(id) {
            return None;
        }
        let position = self.known.of(id)?;
        Some((position, self.lifecycle.is_landing(id, position)))
    }

    fn node(&self, id: ObjectId) -> Result<CommitNode, GitError> {
        match self.commits.get(&id) {
            Some(node) => Ok((*node).clone()),
            None => self.repository.node(id),
        }
    }
}

/// The last commits of the first-parent chains into which the commits of a landing fall, except for
/// the landing itself.
pub(super) fn tips(commits: &[CommitNode], landing: Option<ObjectId>) -> Vec<ObjectId> {
    let side = || commits.iter().filter(|node| Some(node.id) != landing);
    let continued: BTreeSet<ObjectId> = side()
        .filter_map(|node| node.parents.first().copied())
        .collect();
    side()
        .map(|node| node.id)
        .filter(|id| !continued.contains(id))
        .collect()
}
