//! Which pull requests count for a question, and the commits of theirs that this clone lacks.
//!
//! A forge is asked only where the caller gives one, under the policy in force, and only about what
//! the question is about.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use countersign_forge::{Forge, ForgeError, Pull, PullRequest};
use countersign_git::Repository;
use countersign_model::{ObjectId, Policy, RuleId, State};

use super::fetch::{Fetch, fetch_missing, is_here};
use super::merge_queue::MergeQueue;
use crate::lifecycle::ledger::{Action, Event, LandingRef, Outcome, VersionState};
use crate::replay::{PullRequests, Replay, ReplayError};

/// Opens the forge of the repository that a policy governs; `None` where no forge is to be asked.
pub type OpenForge<'a> = dyn Fn(&Policy) -> Result<Option<Arc<dyn Forge>>, ForgeError> + 'a;

/// Which pull requests count, and who knows them.
#[derive(Clone, Copy, Default)]
pub struct PullRequestLookup<'a> {
    /// The forge to ask. Which repository it is asked about is for the policy in force to say,
    /// never for the change.
    pub forge: Option<&'a OpenForge<'a>>,
    /// The pull requests that are meant; empty where the forge is to say which.
    pub numbers: &'a [u64],
    /// The merge queue that HEAD is of.
    pub queue: Option<&'a MergeQueue>,
    /// Fetches commits that this clone lacks; without it what is missing stays missing.
    pub fetch: Option<&'a Fetch<'a>>,
}

impl fmt::Debug for PullRequestLookup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            forge,
            numbers,
            queue,
            fetch,
        } = self;
        let (asks, fetches) = (forge.is_some(), fetch.is_some());
        let mut shown = f.debug_struct("PullRequestLookup");
        shown
            .field("forge", &asks)
            .field("numbers", numbers)
            .field("queue", queue)
            .field("fetch", &fetches)
            .finish()
    }
}

impl PullRequestLookup<'_> {
    /// The pull requests that `head`, as a change, is of: those that are named, else those that the
    /// forge has for it or its queue.
    pub(super) fn of_candidate(
        &self,
        repository: &Repository,
        head: ObjectId,
        policy: &Policy,
    ) -> Result<Vec<Arc<Pull>>, ReplayError> {
        let Some(forge) = self.open(policy)? else {
            return Ok(Vec::new());
        };
        if let Some(queue) = self.queue {
            return queue.pulls(&*forge, repository, head, policy, self.fetch);
        }
        let mut numbers: BTreeSet<u64> = self.numbers.iter().copied().collect();
        if numbers.is_empty() {
            let open = forge
                .pulls_of_commit(head)?
                .into_iter()
                .filter(|request| request.is_open() && is_here(request, policy));
            numbers.extend(open.map(|request| request.number));
        }
        let mut pulls = Vec::new();
        for number in numbers {
            pulls.push(Arc::new(forge.pull(number)?));
        }
        self.fetch(repository, &pulls, policy);
        Ok(pulls)
    }

    /// The pull requests of whatever has landed on the branch of `replay` and still waits; `None`
    /// when there is nothing to learn.
    pub(super) fn of_branch(
        &self,
        repository: &Repository,
        replay: &Replay,
    ) -> Result<Option<Arc<PullRequests>>, ForgeError> {
        let policy = &replay.policy.policy;
        let waiting = waiting(replay);
        if waiting.is_empty() {
            return Ok(None);
        }
        let Some(forge) = self.open(policy)? else {
            return Ok(None);
        };
        let wanted = |number: u64| self.numbers.is_empty() || self.numbers.contains(&number);
        let found = of_landings(forge.as_ref(), &waiting, policy, wanted)?;
        let pulls: Vec<Arc<Pull>> = found.landings.values().flatten().cloned().collect();
        self.fetch(repository, &pulls, policy);
        Ok((!found.is_empty()).then(|| Arc::new(found)))
    }

    /// Whether a forge is asked at all.
    pub(super) const fn asks(&self) -> bool {
        self.forge.is_some()
    }

    fn open(&self, policy: &Policy) -> Result<Option<Arc<dyn Forge>>, ForgeError> {
        match self.forge {
            Some(open) => open(policy),
            None => Ok(None),
        }
    }

    fn fetch(&self, repository: &Repository, pulls: &[Arc<Pull>], policy: &Policy) {
        if let Some(fetch) = self.fetch {
            fetch_missing(repository, pulls, policy, fetch);
        }
    }
}

/// Landings that are asked about at once: the newest. An older one that waits stays waiting, which
/// is not a pass.
const MOST_LANDINGS: usize = 100;
/// Landings that one pull request can have brought about by rebasing.
const MOST_REBASED: usize = 250;

/// The landings of everything in the tree that is unapproved or unproved, newest first. What was
/// there at the anchor did not come from a pull request.
pub fn waiting(replay: &Replay) -> Vec<ObjectId> {
    let ledger = &replay.ledger;
    // A record that lowers, and that nothing proves, may be proved by the person who opened its
    // pull request.
    let unproved = ledger.records.values().filter(|standing| {
        standing.decision.is_some_and(|kind| !kind.raises())
            && matches!(
                standing.outcome,
                Outcome::Refused {
                    rule: RuleId::EvidenceMissing,
                    ..
                }
            )
    });
    let mut landings = landings_of_versions(replay, |_| true);
    let unproved = unproved.map(|standing| standing.landing);
    landings.extend(unproved.filter(|landing| landing.position.0 > 0));
    newest_first(landings)
        .into_iter()
        .filter_map(|landing| landing.commit)
        .take(MOST_LANDINGS)
        .collect()
}

/// The landings of every unapproved version in the tree that is `wanted`, newest first.
pub(super) fn landings_of_versions(
    replay: &Replay,
    wanted: impl Fn(&VersionState) -> bool,
) -> Vec<LandingRef> {
    let ledger = &replay.ledger;
    let mut versions = BTreeSet::new();
    for subject in ledger.subjects.values() {
        let waiting = subject.head_version().filter(|version| {
            version.state == State::Draft && version.rejected_by.is_empty() && wanted(version)
        });
        if let Some(version) = waiting {
            versions.insert((&subject.id, &version.key.version, version.key.digest));
        }
    }
    let waits = |event: &&Event| match (&event.version, event.digest) {
        (Some(version), Some(digest)) => {
            event.action == Action::Landed && versions.contains(&(&event.subject, version, digest))
        }
        _ => false,
    };
    let landed = ledger.events.iter().filter(waits);
    let landed = landed.map(|event| event.landing);
    newest_first(landed.filter(|landing| landing.position.0 > 0).collect())
        .into_iter()
        .take(MOST_LANDINGS)
        .collect()
}

fn newest_first(mut landings: Vec<LandingRef>) -> Vec<LandingRef> {
    landings.sort_by_key(|landing| std::cmp::Reverse(landing.position));
    landings.dedup();
    landings
}

/// The merged pull requests of `landings` that `wanted` names.
pub fn of_landings(
    forge: &dyn Forge,
    landings: &[ObjectId],
    policy: &Policy,
    wanted: impl Fn(u64) -> bool,
) -> Result<PullRequests, ForgeError> {
    let mut known: BTreeMap<u64, Arc<Pull>> = BTreeMap::new();
    let mut found = PullRequests::default();
    for landing in landings {
        let merged = |request: &PullRequest| {
            request.merged && is_here(request, policy) && wanted(request.number)
        };
        for request in forge.pulls_of_commit(*landing)?.into_iter().filter(merged) {
            let pull = match known.get(&request.number) {
                Some(pull) => Arc::clone(pull),
                None => Arc::new(forge.pull(request.number)?),
            };
            known.insert(request.number, Arc::clone(&pull));
            found.landings.entry(*landing).or_default().push(pull);
        }
    }
    Ok(found)
}

/// The landings of `line` that pull request `number` brought about: the one that the forge names,
/// and those before it that it rebased.
pub fn landings_of(
    forge: &dyn Forge,
    line: &[ObjectId],
    number: u64,
    policy: &Policy,
) -> Result<Vec<ObjectId>, ForgeError> {
    let pull = forge.pull(number)?;
    let last = pull.request.merge_commit.filter(|_| pull.request.merged);
    let Some(end) = line.iter().position(|commit| Some(*commit) == last) else {
        return Ok(Vec::new());
    };
    let mut landings = vec![line[end]];
    for commit in line[..end].iter().rev().take(MOST_REBASED) {
        let here = |request: &PullRequest| request.number == number && is_here(request, policy);
        if !forge.pulls_of_commit(*commit)?.iter().any(here) {
            break;
        }
        landings.push(*commit);
    }
    Ok(landings)
}
