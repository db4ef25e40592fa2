//! Part of the line, as it is read and judged.

use crate::git::{Arrivals, CommitNode};
use crate::model::Position;

use super::prepare::Arrival;

/// Landings that follow each other, with what each brings. The first is the anchor, or the last one that was judged before.
pub(super) struct Stretch<'a> {
    /// Position of the first.
    pub from: usize,
    pub nodes: &'a [CommitNode],
    pub arrivals: &'a Arrivals,
}

impl Stretch<'_> {
    /// At most `count` arrivals from the one at `next` on.
    pub fn arrivals(&self, next: usize, count: usize) -> Vec<Arrival> {
        (next..self.nodes.len().min(next.saturating_add(count))).map(|index| self.arrival(index)).collect()
    }

    fn arrival(&self, index: usize) -> Arrival {
        let node = &self.nodes[index];
        let mut commits = self.arrivals.side(index).to_vec();
        commits.push(node.clone());
        Arrival {
            position: Position((self.from + index) as u32),
            commit: Some(node.id),
            time: Some(node.committed),
            tree: node.tree,
            before: index.checked_sub(1).map(|before| self.nodes[before].tree),
            parent: index.checked_sub(1).map(|before| self.nodes[before].id),
            commits,
            candidate: false,
        }
    }
}
