//! What a change would land: the branch as it is, and with the change landed on it. Nothing here
//! decides anything.

use std::sync::Arc;

use crate::evidence::review::ReviewFault;
use countersign_forge::Pull;
use countersign_git::{Merge, Repository};
use countersign_model::{ObjectId, Policy, Position};

use super::arrival::Arrival;
use super::state::State;
use super::walk::Walked;
use super::{Options, Replay, ReplayError, Run, Source, anchor, phases, reordering};

/// A change to be judged: the branch as it is, and as it would be.
#[derive(Debug)]
pub struct Candidate {
    /// `None` when the base is not governed: then the candidate is the anchor.
    pub base: Option<Replay>,
    /// With the change landed.
    pub merged: Replay,
}

/// Several changes of the same branch.
#[derive(Debug)]
pub struct Previews {
    /// `None` when the base is not governed: then each of them is the anchor.
    pub base: Option<Replay>,
    /// With each change landed by itself, in the order of the query.
    pub merged: Vec<Result<Replay, ReplayError>>,
}

/// Gives the pull requests of a candidate, as a forge tells them.
pub type PullRequestSource<'a> = dyn Fn(&Policy) -> Result<Vec<Arc<Pull>>, ReplayError> + 'a;

/// Where no forge is to be asked.
pub fn no_pull_requests(_: &Policy) -> Result<Vec<Arc<Pull>>, ReplayError> {
    Ok(Vec::new())
}

/// Replays `base`, then judges what merging `head` into it would land.
///
/// When `head` is already a merge whose first parent is `base`, it is the landing itself; else the
/// merge is made in memory.
///
/// `ask` is asked, under the policy in force, for the pull requests that the candidate is of.
pub fn candidate(
    repository: &Repository,
    base: ObjectId,
    head: ObjectId,
    options: &Options,
    ask: &PullRequestSource<'_>,
) -> Result<Candidate, ReplayError> {
    // The base's replay must not come from a cache: a pull request is judged from scratch.
    let options = Options {
        cache: false,
        ..options.clone()
    };
    let Previews { base, mut merged } = cold(repository, base, &[head], &options, ask)?;
    let merged = merged.pop().expect("one head gives one candidate")?;
    Ok(Candidate { base, merged })
}

/// Replays `base` once, then judges what each of `heads` would land on it, for someone who looks
/// ahead and on whose answer nothing rests: where `options` allow it, the replay of the base begins
/// with the state of an earlier run.
pub fn previews(
    repository: &Repository,
    base: ObjectId,
    heads: &[ObjectId],
    options: &Options,
) -> Result<Previews, ReplayError> {
    if options.cache {
        // A failure may be the cache's: whatever is wrong with the repository itself shows again in
        // the cold run.
        let run = Run::new(repository, options);
        if let Ok(Some(previews)) = run.candidates(base, heads, &no_pull_requests) {
            return Ok(previews);
        }
        phases::cold("the cached state does not reach this candidate");
    }
    let options = Options {
        cache: false,
        ..options.clone()
    };
    cold(repository, base, heads, &options, &no_pull_requests)
}

/// The same from the objects of the repository alone; `options` allow no cache.
fn cold(
    repository: &Repository,
    base: ObjectId,
    heads: &[ObjectId],
    options: &Options,
    ask: &PullRequestSource<'_>,
) -> Result<Previews, ReplayError> {
    let found = Run::new(repository, options).candidates(base, heads, ask)?;
    Ok(found.expect("only a kept state can be of no use"))
}

/// A closed pull request lands nothing.
fn closed(pull: &Pull) -> Option<ReviewFault> {
    (!pull.request.is_open()).then_some(ReviewFault::Closed)
}

/// A commit, and what landing it would make of the tree.
struct Change {
    head: ObjectId,
    tree: ObjectId,
    /// Whether the commit is the landing itself.
    itself: bool,
}

impl Run<'_> {
    /// Judges what each of `heads` would land on `base`. `None`: the replay of the base began with
    /// a kept state that may not be used for one of them.
    fn candidates(
        &self,
        base: ObjectId,
        heads: &[ObjectId],
        ask: &PullRequestSource<'_>,
    ) -> Result<Option<Previews>, ReplayError> {
        let span = phases::replay(base);
        self.repository.completeness()?;
        let changes: Result<Vec<Change>, ReplayError> =
            heads.iter().map(|head| self.change(base, *head)).collect();
        let changes = changes?;
        let Walked {
            mut state,
            worth_keeping,
            resumed,
        } = match self.line(base) {
            Ok(found) => found,
            Err(ReplayError::NotGoverned) => {
                let merged = changes.iter().map(|change| self.first(change)).collect();
                return Ok(Some(Previews { base: None, merged }));
            }
            Err(error) => return Err(error),
        };
        state.settle(self)?;
        let mut merged = Vec::with_capacity(changes.len());
        for change in &changes {
            match self.land(state.clone(), base, change, resumed, ask) {
                Ok(None) => return Ok(None),
                Ok(Some(replay)) => merged.push(Ok(replay)),
                Err(error) => merged.push(Err(error)),
            }
        }
        self.read_every_policy()?;
        let mut base = self.finish(state, base, worth_keeping);
        if resumed {
            base.source = Source::Cache;
        }
        phases::describe(&span, &base);
        Ok(Some(Previews {
            base: Some(base),
            merged,
        }))
    }

    fn change(&self, base: ObjectId, head: ObjectId) -> Result<Change, ReplayError> {
        let node = self.repository.with_reader(|reader| reader.node(head))?;
        let itself = node.parents.len() > 1 && node.parents.first() == Some(&base);
        let tree = if itself {
            node.tree
        } else {
            match self.repository.merge(base, head)? {
                Merge::Tree(tree) => tree,
                Merge::Conflict(paths) => return Err(ReplayError::MergeConflict(paths)),
            }
        };
        Ok(Change { head, tree, itself })
    }

    /// Lands `change` on `base`, whose replay is `state`. With `steady`, says `None` where it brings
    /// another policy.
    fn land(
        &self,
        mut state: State,
        base: ObjectId,
        change: &Change,
        steady: bool,
        ask: &PullRequestSource<'_>,
    ) -> Result<Option<Replay>, ReplayError> {
        let commits = self.repository.candidate(
            state.line[0],
            state.lifecycle.arrived().collect(),
            change.head,
        )?;
        let arrival = Arrival {
            position: Position(state.line.len() as u32),
            commit: change.itself.then_some(change.head),
            time: None,
            tree: change.tree,
            before: Some(state.tree),
            parent: Some(base),
            commits,
            candidate: true,
            took: None,
            kept: None,
        };
        let mut landing = state
            .outlook()
            .prepare(self, std::slice::from_ref(&arrival))?
            .pop()
            .expect("one arrival gives one landing");
        if steady && (landing.policy.is_some() || !landing.side_policies.is_empty()) {
            return Ok(None);
        }
        landing.reviews = state.reviews(self).read(
            &arrival,
            &mut landing,
            &ask(&state.lifecycle.policy().policy)?,
            closed,
        )?;
        landing.resembling = state.resembling(self, &arrival, &landing)?;
        state.lifecycle.step(landing);
        if reordering::lines_wanted(self.repository, &state.lifecycle, &arrival)? {
            self.join_other_lines(&mut state.lifecycle, &arrival)?;
        }
        let snapshot = state.lifecycle.snapshot();
        Ok(Some(Replay {
            tree: change.tree,
            candidate: true,
            before: arrival.before,
            ..self.close(state, snapshot, change.head)
        }))
    }

    /// The change of a base without a policy: the anchor itself, judged under its own policy.
    fn first(&self, change: &Change) -> Result<Replay, ReplayError> {
        let (head, tree) = (change.head, change.tree);
        let policy = anchor::policy_of(self, tree, head)?;
        let mut state = State::new(Arc::clone(&policy), self.options.now, tree, 0);
        let arrival = Arrival {
            position: Position(0),
            commit: None,
            time: None,
            tree,
            before: None,
            parent: None,
            commits: Vec::new(),
            candidate: true,
            took: None,
            kept: None,
        };
        let landing = state
            .outlook()
            .prepare(self, std::slice::from_ref(&arrival))?
            .pop()
            .expect("one arrival gives one landing");
        self.read_every_policy()?;
        state.lifecycle.step(landing);
        let ledger = state.lifecycle.close(state.lifecycle.snapshot());
        Ok(Replay {
            ledger,
            anchor: head,
            anchor_pinned: false,
            head,
            policy,
            tree,
            candidate: true,
            before: None,
            line: Vec::new(),
            source: Source::Repository,
            lifecycle: state.lifecycle,
            cache: false,
            tip_entries: None,
        })
    }
}
