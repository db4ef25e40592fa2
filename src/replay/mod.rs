//! From a repository to a ledger: walks the landings, reads what each brought, and feeds the pure lifecycle.
//!
//! Landings are read in parallel, in batches, under the policy in force when the batch begins; the lifecycle takes them one by one. When one
//! of them brings another policy into force, the rest of its batch is read again under that policy. Nothing here decides anything.

mod anchor;
mod blobs;
mod cache;
mod commits;
pub mod contents;
mod error;
pub mod package;
pub mod policies;
mod prepare;
pub mod records;
pub mod tip;
pub mod worktree;

use std::sync::Arc;

use rayon::prelude::*;

use crate::evidence::PolicyVersion;
use crate::git::{Arrivals, CommitNode, Merge, Repository};
use crate::lifecycle::{Landing, Ledger, Lifecycle, PackageAt};
use crate::model::{ObjectId, Position, Timestamp};
use crate::signature::VerificationKey;

use blobs::Blobs;
use package::Builder;
use policies::Policies;
use prepare::{Arrival, Workshop};

pub use error::ReplayError;
pub use tip::Tip;

/// How to replay.
#[derive(Clone, Debug)]
pub struct Options {
    /// The landing at which the verifier says that governance began.
    pub anchor: Option<ObjectId>,
    /// For expiry, and the latest date that counts as ledger time.
    pub now: Timestamp,
    /// Whether a cache under the Git directory may be read and written.
    pub cache: bool,
}

/// A finished replay.
#[derive(Debug)]
pub struct Replay {
    /// What history says.
    pub ledger: Ledger,
    /// Where governance began.
    pub anchor: ObjectId,
    /// Whether the verifier named it.
    pub anchor_pinned: bool,
    /// The commit that was asked about.
    pub head: ObjectId,
    /// The policy under which the tree is judged: the one in force, or for a candidate the one before it.
    pub policy: Arc<PolicyVersion>,
    /// The root tree that is judged.
    pub tree: ObjectId,
    /// Whether this is a candidate, that no landing of the governed branch holds yet.
    pub candidate: bool,
    /// The landings, from the anchor on.
    pub line: Vec<ObjectId>,
    lifecycle: Lifecycle,
}

/// A change to be judged: the branch as it is, and as it would be.
#[derive(Debug)]
pub struct Candidate {
    /// `None` when the base is not governed: then the candidate is the anchor.
    pub base: Option<Replay>,
    /// With the change landed.
    pub merged: Replay,
}

impl Replay {
    /// Paths that a granted version ever occupied.
    pub const fn granted_paths(&self) -> &std::collections::BTreeSet<String> {
        self.lifecycle.granted_paths()
    }
}

/// Landings that are read at once: enough to keep workers busy, few enough to throw away.
const BATCH: usize = 2048;
const FIRST_BATCH: usize = 64;

/// What lives as long as one run of the program.
struct Run<'r> {
    repository: &'r Repository,
    options: &'r Options,
    blobs: Blobs,
    policies: Policies,
}

/// Replays the first-parent line of `head`.
pub fn run(repository: &Repository, head: ObjectId, options: &Options) -> Result<Replay, ReplayError> {
    let run = Run { repository, options, blobs: Blobs::new(), policies: Policies::default() };
    repository.completeness()?;
    let (line, mut state, _) = run.line(head)?;
    state.settle(&run)?;
    Ok(run.finish(&line, state, head))
}

/// Replays `base`, then judges what merging `head` into it would land.
///
/// When `head` is already a merge whose first parent is `base`, it is the landing itself; else the merge is made in memory.
pub fn candidate(repository: &Repository, base: ObjectId, head: ObjectId, options: &Options) -> Result<Candidate, ReplayError> {
    // The base's replay must not come from a cache: a pull request is judged from scratch.
    let options = Options { cache: false, ..options.clone() };
    let run = Run { repository, options: &options, blobs: Blobs::new(), policies: Policies::default() };
    repository.completeness()?;
    let node = repository.with_reader(|reader| reader.node(head))?;
    let itself = node.parents.len() > 1 && node.parents.first() == Some(&base);
    let tree = if itself {
        node.tree
    } else {
        match repository.merge(base, head)? {
            Merge::Tree(tree) => tree,
            Merge::Conflict(paths) => return Err(ReplayError::MergeConflict(paths)),
        }
    };
    let (line, mut state, arrivals) = match run.line(base) {
        Ok(found) => found,
        Err(ReplayError::NotGoverned) => return run.first(head, tree),
        Err(error) => return Err(error),
    };
    state.settle(&run)?;
    let commits = arrivals.candidate(repository, head)?;
    let last = line.last().expect("a line has at least its anchor");
    let arrival = Arrival {
        position: Position(line.len() as u32),
        commit: itself.then_some(head),
        time: None,
        tree,
        before: Some(last.tree),
        commits,
        candidate: true,
    };
    let before = state.clone();
    let landing = state.prepare(&run, std::slice::from_ref(&arrival))?.pop().expect("one arrival gives one landing");
    state.lifecycle.step(landing);
    let merged = Replay { tree, candidate: true, ..run.finish(&line, state, head) };
    Ok(Candidate { base: Some(run.finish(&line, before, base)), merged })
}

/// A lifecycle on its way, with what it takes to read further.
#[derive(Clone)]
struct State {
    lifecycle: Lifecycle,
    anchor_tree: ObjectId,
    keys: Vec<VerificationKey>,
    tree: ObjectId,
}

impl Run<'_> {
    /// Finds the anchor and replays everything up to `head`.
    fn line(&self, head: ObjectId) -> Result<(Vec<CommitNode>, State, Arrivals), ReplayError> {
        let whole = self.repository.line(head, None)?;
        let start = anchor::find(self, &whole, head)?;
        let line = whole[start.index..].to_vec();
        drop(whole);
        let arrivals = self.repository.arrivals(&line)?;
        let anchor_tree = line[0].tree;
        let fresh = || State {
            lifecycle: Lifecycle::new(Arc::clone(&start.policy), self.options.now),
            anchor_tree,
            keys: start.policy.roster.keys().to_vec(),
            tree: anchor_tree,
        };
        let (mut state, mut next) = match cache::load(self, &line) {
            Some((lifecycle, done)) => {
                let keys = lifecycle.policies().flat_map(|version| version.roster.keys().iter().cloned()).collect();
                (State { lifecycle, anchor_tree, keys, tree: line[done - 1].tree }, done)
            }
            None => (fresh(), 0),
        };
        let resumed = next;
        let mut batch = FIRST_BATCH;
        while next < line.len() {
            state.settle(self)?;
            let end = (next + batch).min(line.len());
            let batched: Vec<Arrival> = (next..end).map(|index| arrival(&line, &arrivals, index)).collect();
            let landings = state.prepare(self, &batched)?;
            batch = (batch * 2).min(BATCH);
            for landing in landings {
                state.take(landing, line[next].tree);
                next += 1;
                if state.lifecycle.policy_changed() {
                    batch = FIRST_BATCH;
                    break;
                }
            }
        }
        if resumed < line.len() {
            cache::save(self, &line, &state.lifecycle);
        }
        Ok((line, state, arrivals))
    }

    /// The candidate of a base without a policy: the anchor itself, judged under its own policy.
    fn first(&self, head: ObjectId, tree: ObjectId) -> Result<Candidate, ReplayError> {
        let policy = anchor::policy_of(self, tree, head)?;
        let mut state = State {
            lifecycle: Lifecycle::new(Arc::clone(&policy), self.options.now),
            anchor_tree: tree,
            keys: policy.roster.keys().to_vec(),
            tree,
        };
        let arrival = Arrival { position: Position(0), commit: None, time: None, tree, before: None, commits: Vec::new(), candidate: true };
        let landing = state.prepare(self, std::slice::from_ref(&arrival))?.pop().expect("one arrival gives one landing");
        state.lifecycle.step(landing);
        let ledger = state.lifecycle.ledger();
        let merged = Replay {
            ledger,
            anchor: head,
            anchor_pinned: false,
            head,
            policy,
            tree,
            candidate: true,
            line: Vec::new(),
            lifecycle: state.lifecycle,
        };
        Ok(Candidate { base: None, merged })
    }

    fn finish(&self, line: &[CommitNode], state: State, head: ObjectId) -> Replay {
        Replay {
            ledger: state.lifecycle.ledger(),
            anchor: line[0].id,
            anchor_pinned: self.options.anchor.is_some(),
            head,
            policy: Arc::clone(state.lifecycle.policy()),
            tree: state.tree,
            candidate: false,
            line: line.iter().map(|node| node.id).collect(),
            lifecycle: state.lifecycle,
        }
    }
}

impl State {
    /// Reads a batch of landings under the policy in force, in parallel.
    fn prepare(&self, run: &Run<'_>, arrivals: &[Arrival]) -> Result<Vec<Landing>, ReplayError> {
        let workshop = Workshop {
            policy: self.lifecycle.policy(),
            policies: &run.policies,
            blobs: &run.blobs,
            anchor_tree: self.anchor_tree,
            keys: &self.keys,
        };
        let landings: Result<Vec<Landing>, _> =
            arrivals.par_iter().map_init(|| run.repository.reader(), |reader, arrival| workshop.prepare(reader, arrival)).collect();
        Ok(landings?)
    }

    fn take(&mut self, landing: Landing, tree: ObjectId) {
        let brings_policy = landing.policy.is_some() || !landing.side_policies.is_empty();
        self.lifecycle.step(landing);
        self.tree = tree;
        if brings_policy {
            self.keys = self.lifecycle.policies().flat_map(|version| version.roster.keys().iter().cloned()).collect();
        }
    }

    /// Tells the packages anew when the policy in force has changed.
    fn settle(&mut self, run: &Run<'_>) -> Result<(), ReplayError> {
        if self.lifecycle.policy_changed() {
            let policy = Arc::clone(self.lifecycle.policy());
            let builder = Builder { policy: &policy.policy, blobs: &run.blobs, anchor_tree: Some(self.anchor_tree) };
            let (packages, _) = run.repository.with_reader(|reader| builder.all(reader, self.tree))?;
            let told: Vec<(String, PackageAt)> = packages.into_iter().map(|package| (package.path, package.at)).collect();
            self.lifecycle.remap(told);
        }
        Ok(())
    }
}

fn arrival(line: &[CommitNode], arrivals: &Arrivals, index: usize) -> Arrival {
    let node = &line[index];
    let mut commits = arrivals.side(index).to_vec();
    commits.push(node.clone());
    Arrival {
        position: Position(index as u32),
        commit: Some(node.id),
        time: Some(node.committed),
        tree: node.tree,
        before: index.checked_sub(1).map(|before| line[before].tree),
        commits,
        candidate: false,
    }
}
