//! Another line, with the landings that it took in together put back in their order.
//!
//! A branch that merges the governed line takes in with one commit what landed there one by one: an
//! approval, and later the policy under which its author left. Judged at once, that would be another
//! story than the one that happened, and every branch that is kept up to date would tell it. The
//! graph has the order, so the line is unrolled:
//!
//! 1. A merge of the line brings commits. Some of them are landings of the governed line, up to a
//!    last one.
//! 2. Those up to that one which the line does not have yet are judged before the merge, one by one,
//!    each with what it changed on the governed line.
//! 3. Where the merge kept the bytes that the line had at a path, these never left it.
//! 4. Then comes the merge, with what it changed against either side.
//!
//! So a line speaks only about the order of its own decisions among each other and before those that
//! it took in.

use std::collections::{BTreeMap, HashMap};

use countersign_git::{Arrivals, CommitNode, GitError, Repository};
use countersign_model::{ObjectId, Position};

use super::landing_range::{Detour, LandingRange};

/// Where each landing of the governed line is.
pub(super) type Landed = HashMap<ObjectId, Position>;

/// The landings of `line`, whose first is its anchor, as they are judged for the line that has
/// `landed` in this `order`.
pub(super) fn unroll(
    repository: &Repository,
    line: Vec<CommitNode>,
    landed: &Landed,
    order: &[Option<ObjectId>],
) -> Result<LandingRange, GitError> {
    let arrivals = repository.arrivals(&line)?;
    // The landings that both lines have come first.
    let own = |node: &CommitNode| landed.get(&node.id).copied();
    let Some(mut covered) = line.iter().map_while(own).last() else {
        return Ok(LandingRange::new(0, line, arrivals));
    };
    let mut unrolled: Vec<CommitNode> = Vec::with_capacity(line.len());
    let mut detours = BTreeMap::new();
    for (index, node) in line.into_iter().enumerate() {
        let brought = arrivals.side(index).iter().filter_map(own).max();
        if let (Some(last), Some(before)) =
            (brought.filter(|last| *last > covered), unrolled.last())
        {
            let before = (before.id, before.tree);
            let mut parent = repository.node(order_at(order, covered))?;
            for position in covered.0 + 1..=last.0 {
                let taken = repository.node(order_at(order, Position(position)))?;
                let detour = Detour {
                    parent: (parent.id, parent.tree),
                    took: None,
                    kept: Some((node.tree, before.1)),
                };
                detours.insert(unrolled.len(), detour);
                unrolled.push(taken.clone());
                parent = taken;
            }
            let detour = Detour {
                parent: before,
                took: Some(parent.tree),
                kept: None,
            };
            detours.insert(unrolled.len(), detour);
            covered = last;
        }
        unrolled.push(node);
    }
    if detours.is_empty() {
        return Ok(LandingRange::new(0, unrolled, arrivals));
    }
    let arrivals: Arrivals = repository.arrivals(&unrolled)?;
    Ok(LandingRange::new(0, unrolled, arrivals).with_detours(detours))
}

/// The landing at a position, which a commit holds: only a candidate comes without one, and it is
/// the last.
fn order_at(order: &[Option<ObjectId>], position: Position) -> ObjectId {
    order[position.0 as usize].expect("a landing that was merged is a commit")
}
