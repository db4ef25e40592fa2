//! From a repository to a ledger: walks the landings, reads what each brought, and feeds the pure
//! lifecycle.
//!
//! Landings are read in parallel, in batches, under the policy in force when the reading begins;
//! the lifecycle takes them one by one, while the next batch is read. When one of them brings
//! another policy into force, all that was read beyond it is read again under that policy. Nothing
//! here decides anything.

mod anchor;
mod arrival;
mod behind;
mod blobs;
mod cache;
mod candidate;
mod carriers;
mod collisions;
mod commits;
mod content;
pub mod contents;
mod covered;
mod error;
mod landing_range;
mod leaves;
mod links;
mod loaded;
mod other_lines;
pub mod package;
mod phases;
pub mod plugins;
pub mod policies;
mod prepare;
pub mod records;
mod reordering;
mod resemblance;
pub mod reviews;
mod sightings;
mod state;
pub mod tip;
mod tip_cache;
mod tip_packages;
mod ungoverned_revocations;
mod unrolled;
mod walk;
pub mod worktree;

use std::sync::Arc;

use crate::evidence::{Fingerprint, PolicyVersion};
use crate::lifecycle::ledger::{Event, VersionKey, VersionState};
use crate::lifecycle::policy_authority::ReassignedKey;
use crate::lifecycle::{Ledger, Lifecycle};
use countersign_git::{GitError, Repository};
use countersign_model::document::Problem;
use countersign_model::{ObjectId, RuleId, SubjectId, Timestamp};

use blobs::Blobs;
use other_lines::OtherLines;
use policies::Policies;
use resemblance::Sketches;
use state::State;
use tip_cache::TipEntries;
use walk::{FORGET_AFTER, Walked};

pub use candidate::{
    Candidate, Previews, PullRequestSource, candidate, no_pull_requests, previews,
};
pub use error::ReplayError;
pub use reviews::PullRequests;
pub use tip::Tip;

/// How to replay.
#[derive(Clone, Debug)]
pub struct Options {
    /// The landing at which the verifier says that governance began.
    pub anchor: Option<ObjectId>,
    /// For expiry, and the latest date that counts as ledger time.
    pub now: Timestamp,
    /// Whether a cache under the Git directory may be read and written. Never is where pull
    /// requests are taken into account.
    pub cache: bool,
    /// Pull requests whose reviews are taken into account.
    pub pulls: Arc<PullRequests>,
}

/// Where what a replay says was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// In the repository's objects alone.
    Repository,
    /// Partly in the cache that an earlier run left.
    Cache,
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
    /// The policy under which the tree is judged: the one in force, or for a candidate the one
    /// before it.
    pub policy: Arc<PolicyVersion>,
    /// The root tree that is judged.
    pub tree: ObjectId,
    /// Whether this is a candidate, that no landing of the governed branch holds yet.
    pub candidate: bool,
    /// The root tree that a candidate would change.
    before: Option<ObjectId>,
    /// The landings, from the anchor on.
    pub line: Vec<ObjectId>,
    /// Where it was read.
    pub source: Source,
    lifecycle: Lifecycle,
    /// Whether what is read at its tip may be kept, too.
    cache: bool,
    /// What is in `tree`, when that was read already.
    tip_entries: Option<Result<TipEntries, GitError>>,
}

impl Replay {
    /// Doubts about the policy that judges. That a compromised key is none of those listed is no
    /// doubt when an earlier policy listed it.
    pub fn doubts(&self) -> Vec<Problem> {
        let listed_before = |problem: &Problem| {
            let policy = &self.policy.policy;
            let entry = policy
                .compromised
                .iter()
                .find(|entry| entry.line == problem.place.line);
            let fingerprint = entry.and_then(|entry| Fingerprint::parse(&entry.key));
            let keys = || {
                self.lifecycle
                    .policies()
                    .flat_map(|version| version.roster.keys())
            };
            fingerprint.is_some_and(|fingerprint| keys().any(|key| fingerprint.finds(key)))
        };
        let lint =
            self.policy.lint.iter().filter(|problem| {
                problem.rule != RuleId::PolicyUnmatched || !listed_before(problem)
            });
        lint.cloned().collect()
    }

    /// Every policy that was ever in force on this line, oldest first; the first is the anchor's.
    pub fn policy_line(&self) -> impl Iterator<Item = &Arc<PolicyVersion>> {
        self.lifecycle.policy_line()
    }

    /// How many administrators of `version` could sign a change of it at the head.
    pub fn able_administrators(&self, version: &PolicyVersion) -> usize {
        self.lifecycle.able_administrators(version)
    }

    /// The first key of `version` that an earlier policy listed for someone else.
    pub fn reassigned_key(&self, version: &PolicyVersion) -> Option<ReassignedKey> {
        self.lifecycle.reassigned_key(version)
    }

    /// Every policy that this history knows: those that were in force, what is proposed, and those
    /// of other lines; by digest.
    pub fn policy_versions(&self) -> impl Iterator<Item = &Arc<PolicyVersion>> {
        self.lifecycle.policies()
    }

    /// One version with everybody who contributed, also when it is history.
    pub fn version_in_full(&self, id: &SubjectId, key: &VersionKey) -> Option<VersionState> {
        self.lifecycle.version_in_full(id, key)
    }

    /// Whether some landing's date lies after `now`: what depends on ledger time may then change as
    /// time passes.
    pub const fn saw_future(&self) -> bool {
        self.lifecycle.saw_future()
    }

    /// Paths that a granted version ever occupied.
    pub const fn granted_paths(&self) -> &std::collections::BTreeSet<String> {
        self.lifecycle.granted_paths()
    }
}

/// What lives as long as one run of the program.
struct Run<'r> {
    repository: &'r Repository,
    options: &'r Options,
    blobs: Blobs,
    policies: Policies,
    other_lines: OtherLines,
    sketches: Sketches,
}

impl<'r> Run<'r> {
    fn new(repository: &'r Repository, options: &'r Options) -> Self {
        Self {
            repository,
            options,
            blobs: Blobs::new(),
            policies: Policies::default(),
            other_lines: OtherLines::default(),
            sketches: Sketches::default(),
        }
    }
}

/// Takes events as they are made.
pub type EventSink<'a> = dyn FnMut(Vec<Event>) + 'a;

/// Replays the first-parent line of `head`.
pub fn run(
    repository: &Repository,
    head: ObjectId,
    options: &Options,
) -> Result<Replay, ReplayError> {
    let span = phases::replay(head);
    let options = Options {
        cache: options.cache && options.pulls.is_empty(),
        ..options.clone()
    };
    let run = Run::new(repository, &options);
    repository.completeness()?;
    let Walked {
        mut state,
        worth_keeping,
        resumed,
    } = run.line(head)?;
    state.settle(&run)?;
    run.read_every_policy()?;
    run.blobs.forget();
    if worth_keeping && state.line.len() > FORGET_AFTER {
        repository.forget_read();
    }
    let mut replay = run.finish(state, head, worth_keeping);
    if resumed {
        replay.source = Source::Cache;
    }
    phases::describe(&span, &replay);
    Ok(replay)
}

/// Where governance starts on the line of `head` for a verifier who pins nothing.
pub fn find_anchor(repository: &Repository, head: ObjectId) -> Result<ObjectId, ReplayError> {
    let options = Options {
        anchor: None,
        now: Timestamp::from_unix(0),
        cache: false,
        pulls: Arc::default(),
    };
    let run = Run::new(repository, &options);
    let line = repository.line(head, None)?;
    let found = anchor::find(&run, &line, head)?;
    run.read_every_policy()?;
    Ok(line[found.index].id)
}

/// What a replay says that keeps no ledger.
#[derive(Debug)]
pub struct LineEnd {
    /// Where governance began.
    pub anchor: ObjectId,
    /// The policy in force.
    pub policy: Arc<PolicyVersion>,
}

/// Replays the first-parent line of `head` and gives away what happened, some landings at a time:
/// only what judging needs stays in memory. What an earlier run has kept is not used, for it holds
/// every event.
pub fn events(
    repository: &Repository,
    head: ObjectId,
    options: &Options,
    take: &mut EventSink<'_>,
) -> Result<LineEnd, ReplayError> {
    let _span = phases::replay(head);
    let options = Options {
        cache: false,
        ..options.clone()
    };
    let run = Run::new(repository, &options);
    repository.completeness()?;
    let Walked { mut state, .. } =
        run.whole(repository.line(head, None)?, head, Some(&mut *take))?;
    state.settle(&run)?;
    run.read_every_policy()?;
    take(state.lifecycle.take_events());
    Ok(LineEnd {
        anchor: state.line[0],
        policy: Arc::clone(state.lifecycle.policy()),
    })
}

impl Run<'_> {
    /// Refuses to answer when this build could not read a policy that another build can.
    fn read_every_policy(&self) -> Result<(), ReplayError> {
        if self.policies.need_openpgp() {
            Err(ReplayError::NoOpenPgp)
        } else {
            Ok(())
        }
    }

    /// Tells what the replay has come to. Meanwhile the cache is written, with `keep`, and the tip
    /// is read where views will ask for it.
    fn finish(&self, state: State, head: ObjectId, keep: bool) -> Replay {
        let write = || {
            if keep {
                cache::save(self, &state);
            }
        };
        let (tree, policy) = (state.tree, state.lifecycle.policy().digest);
        let read = || {
            self.options
                .cache
                .then(|| tip_cache::load(self.repository, tree, policy, true))
        };
        let ((snapshot, tip_entries), ()) =
            rayon::join(|| rayon::join(|| state.lifecycle.snapshot(), read), write);
        Replay {
            source: if matches!(&tip_entries, Some(Ok(tip_entries)) if tip_entries.known.is_kept())
            {
                Source::Cache
            } else {
                Source::Repository
            },
            cache: self.options.cache,
            tip_entries,
            ..self.close(state, snapshot, head)
        }
    }

    /// What the replay has come to, without anything that was kept.
    fn close(&self, mut state: State, snapshot: Ledger, head: ObjectId) -> Replay {
        Replay {
            ledger: state.lifecycle.close(snapshot),
            anchor: state.line[0],
            anchor_pinned: self.options.anchor.is_some(),
            head,
            policy: Arc::clone(state.lifecycle.policy()),
            tree: state.tree,
            candidate: false,
            before: None,
            line: state.line,
            source: Source::Repository,
            lifecycle: state.lifecycle,
            cache: false,
            tip_entries: None,
        }
    }
}
