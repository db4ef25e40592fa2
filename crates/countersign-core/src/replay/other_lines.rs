//! Lines that a landing makes reachable beside the first-parent line, each replayed by itself.
//!
//! The commits that a landing brings fall into first-parent chains. The last commit of each chain
//! is the tip of a line that could have been the governed one: it is replayed from its own anchor,
//! by the same code, and the lifecycle compares. Few landings need it; see `lifecycle::other_line`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::lifecycle::Lifecycle;
use countersign_model::{ObjectId, Position};

use super::arrival::Arrival;
use super::reordering::tips;
use super::state::State;
use super::unrolled::{Landed, unroll};
use super::{ReplayError, Run, anchor};

/// Landings of other lines that one landing may make necessary to judge. Merges that copy decisions
/// from line to line are rare, unless someone makes them to keep a verifier busy: then the gate
/// says so, before they are part of the history.
const MOST_LANDINGS: usize = 1_000_000;
/// How many landings of replayed lines are kept in memory: neighboring merges ask for the same
/// lines, but long ones are large.
const MOST_KEPT: usize = 10_000;

/// What the lines that were replayed so far say.
#[derive(Default)]
pub(super) struct OtherLines {
    judged: Mutex<Judged>,
    /// Landings that were judged for the landing at hand.
    landings: AtomicUsize,
}

/// Replayed lines by their tips.
#[derive(Default)]
struct Judged {
    lines: HashMap<ObjectId, Option<Arc<Lifecycle>>>,
    landings: usize,
}

impl Judged {
    fn keep(&mut self, tip: ObjectId, line: Option<Arc<Lifecycle>>) {
        let landings = 1 + line.as_ref().map_or(0, |line| line.landings().count());
        if self.landings + landings > MOST_KEPT {
            *self = Self::default();
        }
        self.landings += landings;
        self.lines.insert(tip, line);
    }
}

impl Run<'_> {
    /// Judges the other lines that `arrival` makes reachable, and lets `lifecycle` compare.
    pub fn join_other_lines(
        &self,
        lifecycle: &mut Lifecycle,
        arrival: &Arrival,
    ) -> Result<(), ReplayError> {
        self.other_lines.landings.store(0, Ordering::Relaxed);
        let order: Vec<Option<ObjectId>> = lifecycle.landings().collect();
        let positions = order.iter().enumerate();
        let landed: Landed = positions
            .filter_map(|(position, commit)| Some(((*commit)?, Position(position as u32))))
            .collect();
        // One at a time: a line is large.
        for tip in tips(&arrival.commits, arrival.commit) {
            if let Some(line) = self.other_line(tip, &landed, &order)? {
                lifecycle.join(&line);
            }
        }
        lifecycle.joined();
        Ok(())
    }

    /// The line that ends with `tip`, replayed from its own anchor; `None` when it is not governed.
    ///
    /// The lines that it brings in turn become reachable here with it, and are asked themselves. So
    /// no line is replayed for another one.
    fn other_line(
        &self,
        tip: ObjectId,
        landed: &Landed,
        order: &[Option<ObjectId>],
    ) -> Result<Option<Arc<Lifecycle>>, ReplayError> {
        let judged = &self.other_lines.judged;
        if let Some(known) = judged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .lines
            .get(&tip)
        {
            return Ok(known.clone());
        }
        let line = self.judge_other_line(tip, landed, order)?.map(Arc::new);
        judged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .keep(tip, line.clone());
        Ok(line)
    }

    fn judge_other_line(
        &self,
        tip: ObjectId,
        landed: &Landed,
        order: &[Option<ObjectId>],
    ) -> Result<Option<Lifecycle>, ReplayError> {
        let mut line = self.repository.line(tip, None)?;
        let start = match anchor::of_other_line(self, &line) {
            Ok(start) => start,
            Err(ReplayError::NotGoverned | ReplayError::InvalidAnchor { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        line.drain(..start.index);
        let tree = line[0].tree;
        let line = unroll(self.repository, line, landed, order)?;
        let landings = &self.other_lines.landings;
        if landings.fetch_add(line.end(), Ordering::Relaxed) > MOST_LANDINGS {
            return Err(ReplayError::TooManyLines);
        }
        let mut state = State::new(start.policy, self.options.now, tree, line.end());
        state.is_other = true;
        self.judge(&mut state, line, false, None)?;
        Ok(Some(state.lifecycle))
    }
}
