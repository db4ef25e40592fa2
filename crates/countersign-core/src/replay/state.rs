//! A lifecycle on its way along the line, and what the next landings are read under.

use std::sync::Arc;

use rayon::prelude::*;

use crate::evidence::PolicyVersion;
use crate::evidence::review::Reviewed;
use crate::lifecycle::{Landing, Lifecycle, PackageAt};
use countersign_git::{CommitNode, GitError, Reader};
use countersign_model::{ObjectId, Timestamp};
use countersign_signature::VerificationKey;

use super::arrival::Arrival;
use super::package::Builder;
use super::prepare::LandingSources;
use super::reviews::ReviewReader;
use super::{ReplayError, Run, reordering};

/// Into how many runs a batch is cut for each worker.
const RUNS: usize = 4;

/// A lifecycle on its way, with what it takes to read further.
#[derive(Clone)]
pub(super) struct State {
    pub lifecycle: Lifecycle,
    pub anchor_tree: ObjectId,
    pub keys: Arc<[VerificationKey]>,
    /// Root tree of the last landing.
    pub tree: ObjectId,
    /// Every landing so far, the anchor first.
    pub line: Vec<ObjectId>,
    /// What the pull requests of those landings say: it counts at the last one, which is where it
    /// is learned.
    pub reviewed: Vec<Reviewed>,
    /// Whether the line is replayed only to be compared with the one that is asked about.
    pub is_other: bool,
}

/// What landings are read under.
pub(super) struct ReadContext {
    pub policy: Arc<PolicyVersion>,
    pub anchor_tree: ObjectId,
    pub keys: Arc<[VerificationKey]>,
}

impl ReadContext {
    /// Reads a batch of landings in parallel.
    pub fn prepare(
        &self,
        run: &Run<'_>,
        arrivals: &[Arrival],
    ) -> Result<Vec<Landing>, ReplayError> {
        let sources = LandingSources {
            policy: &self.policy,
            policies: &run.policies,
            blobs: &run.blobs,
            anchor_tree: self.anchor_tree,
            keys: &self.keys,
        };
        // Neighbors share most of their trees, so one reader takes a run of them, and keeps what it
        // has read for the next.
        let run_length = arrivals
            .len()
            .div_ceil(rayon::current_num_threads() * RUNS)
            .max(1);
        let prepare =
            |reader: &mut Reader, arrivals: &[Arrival]| -> Result<Vec<Landing>, GitError> {
                arrivals
                    .iter()
                    .map(|arrival| sources.read(reader, arrival))
                    .collect()
            };
        let runs: Result<Vec<Vec<Landing>>, GitError> = arrivals
            .par_chunks(run_length)
            .map(|arrivals| {
                run.repository
                    .with_reader(|reader| prepare(reader, arrivals))
            })
            .collect();
        Ok(runs?.into_iter().flatten().collect())
    }
}

impl State {
    /// A lifecycle before the first landing of a line, which will be the anchor.
    pub fn new(
        policy: Arc<PolicyVersion>,
        now: Timestamp,
        anchor_tree: ObjectId,
        landings: usize,
    ) -> Self {
        Self {
            keys: policy.roster.keys().into(),
            lifecycle: Lifecycle::new(policy, now),
            anchor_tree,
            tree: anchor_tree,
            line: Vec::with_capacity(landings),
            reviewed: Vec::new(),
            is_other: false,
        }
    }

    /// What the next landings are read under, unless one of them changes it.
    pub fn outlook(&self) -> ReadContext {
        ReadContext {
            policy: Arc::clone(self.lifecycle.policy()),
            anchor_tree: self.anchor_tree,
            keys: Arc::clone(&self.keys),
        }
    }

    /// Reads what is at the commits of pull requests, under the policy in force.
    pub fn reviews<'a>(&'a self, run: &'a Run<'_>) -> ReviewReader<'a> {
        let builder = Builder {
            policy: &self.lifecycle.policy().policy,
            blobs: &run.blobs,
            anchor_tree: None,
        };
        ReviewReader {
            repository: run.repository,
            builder,
        }
    }

    /// What `landing` brings to governed paths that was made from earlier work, under the policy in
    /// force.
    pub fn resembling(
        &self,
        run: &Run<'_>,
        arrival: &Arrival,
        landing: &Landing,
    ) -> Result<Vec<(ObjectId, ObjectId)>, GitError> {
        run.repository.with_reader(|reader| {
            run.sketches
                .resembling(reader, &self.lifecycle, arrival, landing)
        })
    }

    /// Judges a landing; says whether what follows must be read under other policies or keys.
    pub fn take(
        &mut self,
        run: &Run<'_>,
        landing: Landing,
        arrival: &Arrival,
        node: &CommitNode,
    ) -> Result<bool, ReplayError> {
        let brings_policy = !self.line.is_empty()
            && (landing.policy.is_some() || !landing.side_policies.is_empty());
        self.lifecycle.step(landing);
        self.tree = node.tree;
        self.line.push(node.id);
        let joined =
            !self.is_other && reordering::lines_wanted(run.repository, &self.lifecycle, arrival)?;
        if joined {
            run.join_other_lines(&mut self.lifecycle, arrival)?;
        }
        if brings_policy || joined {
            self.keys = self
                .lifecycle
                .policies()
                .flat_map(|version| version.roster.keys().iter().cloned())
                .collect();
        }
        // A policy may also come into force by its last approval, long after its text.
        Ok(brings_policy || joined || self.lifecycle.policy_changed())
    }

    /// Identifies the packages again when the policy in force has changed.
    pub fn settle(&mut self, run: &Run<'_>) -> Result<(), ReplayError> {
        if self.lifecycle.policy_changed() {
            let policy = Arc::clone(self.lifecycle.policy());
            let builder = Builder {
                policy: &policy.policy,
                blobs: &run.blobs,
                anchor_tree: Some(self.anchor_tree),
            };
            let (packages, _) = run
                .repository
                .with_reader(|reader| builder.all(reader, self.tree))?;
            let told: Vec<(String, PackageAt)> = packages
                .into_iter()
                .map(|package| (package.path, package.at))
                .collect();
            self.lifecycle.remap(told);
        }
        Ok(())
    }
}
