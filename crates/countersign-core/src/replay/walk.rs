//! Walks one first-parent line: reads its landings in batches, judges them in order, and begins with
//! the state of an earlier run where that was kept.

use crate::evidence::review::ReviewFault;
use crate::lifecycle::Landing;
use countersign_forge::Pull;
use countersign_git::CommitNode;
use countersign_model::ObjectId;

use super::arrival::Arrival;
use super::landing_range::LandingRange;
use super::state::State;
use super::{EventSink, ReplayError, Run, anchor, cache, phases};

/// Landings that are read at once: enough to keep workers busy, few enough to throw away.
const BATCH: usize = 512;
const FIRST_BATCH: usize = 64;
/// The same after a landing that brought a policy: another may follow, and all that was read beyond
/// it is thrown away.
const AFTER_POLICY: usize = 4;
/// What was read is forgotten after so many landings: a long history would else hold its whole pack
/// in memory.
pub(super) const FORGET_AFTER: usize = 8192;
/// A kept state is replaced when it is behind by more landings than this: judging these again takes
/// less time than writing it.
const SAVE_AFTER: usize = 64;

/// A replayed line.
pub(super) struct Walked {
    pub state: State,
    /// Whether what was judged is so much that the next run should not judge it again.
    pub worth_keeping: bool,
    /// Whether it began with a kept state.
    pub resumed: bool,
}

impl Run<'_> {
    /// Finds the anchor and replays everything up to `head`, from where the last run ended when its
    /// state was kept.
    pub(super) fn line(&self, head: ObjectId) -> Result<Walked, ReplayError> {
        let Some(kept) = cache::load(self) else {
            phases::cold("no cached state may be used");
            return self.whole(self.repository.line(head, None)?, head, None);
        };
        // Ends at the landing that the cache knows, or else is the whole line.
        let walked = self.repository.line(head, Some(kept.head()))?;
        if walked.first().is_none_or(|node| node.id != kept.head()) {
            phases::cold("the cached state is of another line");
            return self.whole(walked, head, None);
        }
        // A failure may be the cache's: whatever is wrong with the repository itself shows again in
        // the cold run.
        if let Ok(Some(resumed)) = self.resume(kept, walked) {
            return Ok(resumed);
        }
        phases::cold("the cached state does not reach this head");
        self.whole(self.repository.line(head, None)?, head, None)
    }

    /// Replays a whole line, oldest first, from its anchor on.
    pub(super) fn whole(
        &self,
        mut line: Vec<CommitNode>,
        head: ObjectId,
        take: Option<&mut EventSink<'_>>,
    ) -> Result<Walked, ReplayError> {
        let start = anchor::find(self, &line, head)?;
        line.drain(..start.index);
        let arrivals = self.repository.arrivals(&line)?;
        if line.len() > FORGET_AFTER {
            self.repository.forget_read();
        }
        let mut state = State::new(start.policy, self.options.now, line[0].tree, line.len());
        self.judge(
            &mut state,
            LandingRange::new(0, line, arrivals),
            false,
            take,
        )?;
        Ok(Walked {
            state,
            worth_keeping: true,
            resumed: false,
        })
    }

    /// Goes on from a kept state with the landings of `line`, of which the first is the last that
    /// it has seen. `None`: start again.
    fn resume(
        &self,
        kept: cache::CachedState,
        line: Vec<CommitNode>,
    ) -> Result<Option<Walked>, ReplayError> {
        let Some(mut state) = kept.restore(self, &line)? else {
            return Ok(None);
        };
        let anchor = state.line[0];
        let arrivals = self.repository.arrivals_after(
            anchor,
            || state.lifecycle.arrived().collect(),
            &line,
        )?;
        let worth_keeping = line.len() > SAVE_AFTER;
        let landing_range = LandingRange::new(state.line.len() - 1, line, arrivals);
        Ok(self
            .judge(&mut state, landing_range, true, None)?
            .then_some(Walked {
                state,
                worth_keeping,
                resumed: true,
            }))
    }

    /// Judges the landings of `landing_range` that `state` has not seen. With `steady`, stops and
    /// says `false` at one that brings another policy. Events stay in the state unless a caller
    /// takes them.
    pub(super) fn judge(
        &self,
        state: &mut State,
        mut landing_range: LandingRange,
        steady: bool,
        mut take: Option<&mut EventSink<'_>>,
    ) -> Result<bool, ReplayError> {
        let _span = phases::judge(landing_range.end() - state.line.len());
        let mut batch = FIRST_BATCH;
        let mut forget = state.line.len() + FORGET_AFTER;
        loop {
            state.settle(self)?;
            let mut next = state.line.len();
            let mut arrivals = landing_range.arrivals(next, batch);
            let mut read = state.outlook().prepare(self, &arrivals)?;
            while !read.is_empty() {
                if state.line.len() >= forget {
                    self.repository.forget_read();
                    landing_range.forget(state.line.len());
                    forget = state.line.len() + FORGET_AFTER;
                }
                next += read.len();
                batch = (batch * 2).min(BATCH);
                let (outlook, ahead) = (state.outlook(), landing_range.arrivals(next, batch));
                let (judged, following) = rayon::join(
                    || {
                        self.take_all(
                            state,
                            &landing_range,
                            ReadBatch {
                                landings: read,
                                arrivals: &arrivals,
                            },
                            steady,
                        )
                    },
                    || outlook.prepare(self, &ahead),
                );
                arrivals = ahead;
                let judged = judged?;
                if let Some(take) = &mut take {
                    take(state.lifecycle.take_events());
                }
                match judged {
                    Judged::All => read = following?,
                    Judged::NewPolicy => break,
                    Judged::Unsteady => return Ok(false),
                }
            }
            if state.line.len() == landing_range.end() {
                return Ok(true);
            }
            batch = AFTER_POLICY;
        }
    }

    /// Judges landings that follow, up to one that changes what the others were read under. With
    /// `steady`, that one is not taken.
    fn take_all(
        &self,
        state: &mut State,
        landing_range: &LandingRange,
        batch: ReadBatch<'_>,
        steady: bool,
    ) -> Result<Judged, ReplayError> {
        for (mut landing, arrival) in batch.landings.into_iter().zip(batch.arrivals) {
            let to_come = landing_range.from(state.line.len());
            self.review(state, to_come, arrival, &mut landing)?;
            let brings_policy = !state.line.is_empty()
                && (landing.policy.is_some() || !landing.side_policies.is_empty());
            if steady && brings_policy {
                return Ok(Judged::Unsteady);
            }
            landing.resembling = state.resembling(self, arrival, &landing)?;
            if state.take(self, landing, arrival, &to_come[0])? {
                return Ok(Judged::NewPolicy);
            }
        }
        Ok(Judged::All)
    }

    /// Adds what the pull requests of a landing say, and at the last landing what those of all
    /// landings amount to. `to_come` begins with it.
    fn review(
        &self,
        state: &mut State,
        to_come: &[CommitNode],
        arrival: &Arrival,
        landing: &mut Landing,
    ) -> Result<(), ReplayError> {
        if let Some(pulls) = self.options.pulls.landings.get(&to_come[0].id) {
            // Rebasing lands several commits of one pull request, and the forge names the last.
            let landed = |pull: &Pull| {
                pull.request.merged
                    && to_come
                        .iter()
                        .any(|later| Some(later.id) == pull.request.merge_commit)
            };
            let elsewhere = |pull: &Pull| (!landed(pull)).then_some(ReviewFault::OtherLanding);
            let found = state
                .reviews(self)
                .read(arrival, landing, pulls, elsewhere)?;
            state.reviewed.extend(found);
        }
        if to_come.len() == 1 {
            landing.reviews = std::mem::take(&mut state.reviewed);
        }
        Ok(())
    }
}

/// Landings that were read at once, with what they were read from.
struct ReadBatch<'a> {
    landings: Vec<Landing>,
    arrivals: &'a [Arrival],
}

/// What became of a batch.
enum Judged {
    All,
    /// A landing brought a policy, or one came into force. What follows must be read under it and
    /// against the keys that are known now.
    NewPolicy,
    /// The next landing brings a policy, and was not to be taken.
    Unsteady,
}
