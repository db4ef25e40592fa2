//! Part of the line, as it is read and judged.

use crate::git::{Arrivals, CommitNode};
use crate::model::Position;

use super::prepare::Arrival;

/// Landings that follow each other, with what each brings. The first is the anchor, or the last one that was judged before.
pub(super) struct Stretch {
    /// Position of the first.
    from: usize,
    /// The landings that are still needed.
    nodes: Vec<CommitNode>,
    /// How many landings before them are not.
    forgotten: usize,
    arrivals: Arrivals,
}

impl Stretch {
    /// The landings of `nodes`, of which the first has the position `from`.
    pub const fn new(from: usize, nodes: Vec<CommitNode>, arrivals: Arrivals) -> Self {
        Self { from, nodes, forgotten: 0, arrivals }
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
        (position..self.end().min(position.saturating_add(count))).map(|position| self.arrival(position)).collect()
    }

    /// Gives back the memory of landings before the one at `position`, but for the last: a long line is much of what a replay holds.
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
        Arrival {
            position: Position(position as u32),
            commit: Some(node.id),
            time: Some(node.committed),
            tree: node.tree,
            before: before.map(|before| before.tree),
            parent: before.map(|before| before.id),
            commits,
            candidate: false,
        }
    }
}
