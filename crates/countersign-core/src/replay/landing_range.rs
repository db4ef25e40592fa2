//! Part of the line, as it is read and judged.

use std::collections::BTreeMap;

use countersign_git::{Arrivals, CommitNode};
use countersign_model::{ObjectId, Position};

use super::arrival::Arrival;

/// Landings that follow each other, with what each brings. The first is the anchor, or the last one
/// that was judged before.
pub(super) struct LandingRange {
    /// Position of the first.
    from: usize,
    /// The landings that are still needed.
    nodes: Vec<CommitNode>,
    /// How many landings before them are not.
    forgotten: usize,
    arrivals: Arrivals,
    /// Landings that do not follow the one before, by their distance from `from`.
    detours: BTreeMap<usize, Detour>,
}

/// How a landing is read that does not follow the one before it in its own history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Detour {
    /// Its first parent, which it is compared with, and the tree of that.
    pub parent: (ObjectId, ObjectId),
    /// For the merge: the tree of the last landing that it took in, which it is compared with too.
    pub took: Option<ObjectId>,
    /// For a landing that a merge took in: the trees of that merge and of its first parent. What is
    /// the same in both never changed on the line.
    pub kept: Option<(ObjectId, ObjectId)>,
}

impl LandingRange {
    /// The landings of `nodes`, of which the first has the position `from`.
    pub const fn new(from: usize, nodes: Vec<CommitNode>, arrivals: Arrivals) -> Self {
        Self {
            from,
            nodes,
            forgotten: 0,
            arrivals,
            detours: BTreeMap::new(),
        }
    }

    /// The same with landings that do not follow the one before, by their index in `nodes`.
    pub fn with_detours(self, detours: BTreeMap<usize, Detour>) -> Self {
        Self { detours, ..self }
    }

    /// The position after the last.
    pub const fn end(&self) -> usize {
        self.from + self.forgotten + self.nodes.len()
    }

    /// The landings from `position` on.
    pub fn from(&self, position: usize) -> &[CommitNode] {
        &self.nodes[position - self.from - self.forgotten..]
    }

    /// At most `count` arrivals from the one at `position` on.
    pub fn arrivals(&self, position: usize, count: usize) -> Vec<Arrival> {
        (position..self.end().min(position.saturating_add(count)))
            .map(|position| self.arrival(position))
            .collect()
    }

    /// Gives back the memory of landings before the one at `position`, except for the last: a long
    /// line is much of a replay's memory.
    pub fn forget(&mut self, position: usize) {
        let done = (position - self.from - self.forgotten).saturating_sub(1);
        self.nodes.drain(..done);
        self.nodes.shrink_to_fit();
        self.forgotten += done;
    }

    fn arrival(&self, position: usize) -> Arrival {
        let index = position - self.from - self.forgotten;
        let node = &self.nodes[index];
        let mut commits = self.arrivals.side(position - self.from).to_vec();
        commits.push(node.clone());
        let before = index.checked_sub(1).map(|before| &self.nodes[before]);
        let before = before.map(|before| (before.id, before.tree));
        let detour = self.detours.get(&(position - self.from));
        let before = detour.map(|detour| detour.parent).or(before);
        Arrival {
            position: Position(position as u32),
            commit: Some(node.id),
            time: Some(node.committed),
            tree: node.tree,
            before: before.map(|(_, tree)| tree),
            parent: before.map(|(id, _)| id),
            took: detour.and_then(|detour| detour.took),
            kept: detour.and_then(|detour| detour.kept),
            commits,
            candidate: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_model::Timestamp;

    #[test]
    fn what_is_forgotten_changes_nothing_of_what_is_to_come() {
        let id = |number: usize| ObjectId::from_bytes(&[number as u8; 20]).expect("20 bytes");
        let node = |number: usize| CommitNode {
            id: id(number),
            tree: id(100 + number),
            parents: number.checked_sub(1).map(id).into_iter().collect(),
            committed: Timestamp::from_unix(number as i64),
        };
        let landing_range =
            || LandingRange::new(7, (0..20).map(node).collect(), Arrivals::default());
        let whole = landing_range();
        for step in 1..6 {
            let mut landing_range = landing_range();
            for position in (8..27).step_by(step) {
                landing_range.forget(position);
                assert_eq!(landing_range.end(), 27);
                assert_eq!(landing_range.from(position), whole.from(position));
                assert_eq!(
                    landing_range.arrivals(position, 4),
                    whole.arrivals(position, 4)
                );
                assert!(
                    landing_range.nodes.len() <= 27 - position + 1,
                    "the last that was judged and those to come"
                );
            }
        }
        assert_eq!(whole.arrivals(7, 1)[0].before, None, "the first");
        assert_eq!(whole.arrivals(8, 1)[0].before, Some(id(100)));
    }
}
