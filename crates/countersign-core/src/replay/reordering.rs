//! Whether a line that a landing makes reachable took decisions in in another order than this one.
//!
//! 1. A chain of first parents among the new commits is a line. Each of its commits brings what its
//!    other parents lead to: new commits, which land here now, and known ones, which landed here at
//!    some position.
//! 2. The line took something in in another order when it brings a decision that landed here earlier
//!    than one that it brought before.
//!
//! What it took in at once it says nothing about, and most branches only bring themselves: they merge
//! the governed line before they hold any decision, or not at all.

use std::collections::{BTreeMap, BTreeSet};

use crate::lifecycle::Lifecycle;
use countersign_git::CommitNode;
use countersign_model::{ObjectId, Position};

use super::arrival::Arrival;

/// The new commits of a landing, and where the known ones that they build on landed.
struct New<'a> {
    lifecycle: &'a Lifecycle,
    commits: BTreeMap<ObjectId, &'a CommitNode>,
    known: BTreeMap<ObjectId, Position>,
    now: Position,
}

/// Whether the other lines that `arrival` makes reachable could know better: by what they hold, or
/// by the order in which they took it in.
pub(super) fn lines_wanted(lifecycle: &Lifecycle, arrival: &Arrival) -> bool {
    lifecycle.lines_wanted() || is_reordered(lifecycle, arrival)
}

/// Whether any line that `arrival` makes reachable took decisions in in another order.
fn is_reordered(lifecycle: &Lifecycle, arrival: &Arrival) -> bool {
    let commits: BTreeMap<ObjectId, &CommitNode> = arrival
        .commits
        .iter()
        .filter(|node| Some(node.id) != arrival.commit)
        .map(|node| (node.id, node))
        .collect();
    // A line without merges brings nothing but itself.
    if commits.values().all(|node| node.parents.len() < 2) {
        return false;
    }
    let parents = commits.values().flat_map(|node| &node.parents);
    let wanted: BTreeSet<ObjectId> = parents
        .filter(|parent| !commits.contains_key(*parent))
        .copied()
        .collect();
    let new = New {
        lifecycle,
        known: lifecycle.positions_of(&wanted),
        commits,
        now: arrival.position,
    };
    tips(&arrival.commits, arrival.commit)
        .into_iter()
        .any(|tip| new.took_another_order(tip))
}

impl New<'_> {
    fn took_another_order(&self, tip: ObjectId) -> bool {
        let mut chain = Vec::new();
        let mut next = Some(tip);
        while let Some(node) = next.and_then(|id| self.commits.get(&id)) {
            chain.push(*node);
            next = node.parents.first().copied();
        }
        // What this line had when the two parted is in order.
        let mut covered = next
            .and_then(|fork| self.known.get(&fork))
            .copied()
            .unwrap_or(Position(0));
        let mut latest: Option<Position> = None;
        let mut visited = BTreeSet::new();
        for node in chain.into_iter().rev() {
            let (new, known) = self.brought(node, &mut visited);
            let mut taken = new.then_some(self.now);
            for (position, is_landing) in known {
                let first = if is_landing {
                    self.lifecycle.first_decision(covered, position)
                } else {
                    self.lifecycle.decides_at(position).then_some(position)
                };
                if first.is_some_and(|first| latest.is_some_and(|latest| latest > first)) {
                    return true;
                }
                if is_landing {
                    covered = covered.max(position);
                }
                taken = taken.max(first.map(|_| position));
            }
            latest = latest.max(taken);
        }
        false
    }

    /// Whether a commit of the line brings a decision that is new here, and the known commits that
    /// it brings: where they landed, and whether they are landings themselves.
    fn brought(
        &self,
        node: &CommitNode,
        visited: &mut BTreeSet<ObjectId>,
    ) -> (bool, Vec<(Position, bool)>) {
        let mut new = self.lifecycle.is_deciding(&node.id);
        let mut known = Vec::new();
        let mut stack: Vec<ObjectId> = node.parents.iter().skip(1).copied().collect();
        while let Some(id) = stack.pop() {
            if !visited.insert(id) {
                continue;
            }
            match self.commits.get(&id) {
                Some(commit) => {
                    new |= self.lifecycle.is_deciding(&id);
                    stack.extend(&commit.parents);
                }
                None => known.extend(
                    self.known
                        .get(&id)
                        .map(|position| (*position, self.lifecycle.is_landing(&id, *position))),
                ),
            }
        }
        (new, known)
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
