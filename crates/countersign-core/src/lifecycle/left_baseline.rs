//! What was there before governance, and left it on another line.
//!
//! Baseline bytes pass while they never left. A merge can swap the first-parent line for one on which
//! they never did, though they did on the line that was governed. So they count as brought back.

use std::collections::BTreeSet;

use countersign_model::{Position, SubjectId};

use super::ledger::LandingRef;
use super::state::{Lifecycle, SubjectState};
use super::tracked_version::TrackedVersion;

impl TrackedVersion {
    /// Whether these bytes were there at the anchor and never left.
    pub(super) fn stayed(&self) -> bool {
        self.baseline && self.landed.map(|landing| landing.position) == self.landed_last
    }
}

impl Lifecycle {
    /// Whether commits of side lines bring files where the tree still has what was there before
    /// governance: on their line it may have left.
    pub(super) fn keeps_baseline(&self) -> bool {
        let packages = self
            .arriving
            .side_roots
            .iter()
            .filter_map(|root| self.packages.get(root));
        let mut states = packages.filter_map(|package| self.subjects.get(&package.subject));
        states.any(|state| {
            let head = self.head_key(state).and_then(|key| state.index(&key));
            head.is_some_and(|index| state.versions[index].stayed())
        })
    }

    /// Notes that baseline bytes left the tree of the other line after the two parted.
    pub(super) fn note_left_baseline(
        &mut self,
        at: LandingRef,
        line: &Self,
        parted: Position,
        dirty: &mut BTreeSet<SubjectId>,
    ) {
        let left = |theirs: &SubjectState| {
            let mut changes = theirs.history.iter();
            changes.any(|(position, _)| position.0 > 0 && *position >= parted)
        };
        for (id, theirs) in line.subjects.iter().filter(|(_, theirs)| left(theirs)) {
            let Some(state) = self.subjects.get_mut(id) else {
                continue;
            };
            for tracked in state.versions.iter_mut().filter(|tracked| tracked.stayed()) {
                let theirs = theirs
                    .index(&tracked.key)
                    .map(|index| &theirs.versions[index]);
                if theirs.is_some_and(|theirs| theirs.baseline) {
                    tracked.landed_last = Some(at.position);
                    dirty.insert(id.clone());
                }
            }
        }
    }
}
