//! Asking a forge about pull requests: only when the user says so, and then about those alone that the question is about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::error::CommandError;
use super::session::Session;
use crate::forge::{Forge, ForgeError, Pull, PullRequest, Recorded};
use crate::lifecycle::ledger::{Action, Outcome};
use crate::model::{ObjectId, Policy, RuleId, State};
use crate::replay::{PullRequests, Replay};

/// Whom to ask about pull requests.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Pull requests")]
pub struct ForgeOptions {
    /// The pull request that HEAD is of; may be repeated [default: those the forge has for HEAD]. On the governed branch: look at no others
    #[arg(long, value_name = "N", requires = "asked")]
    pull: Vec<u64>,
    #[command(flatten)]
    source: ForgeSource,
}

/// The one that answers.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Pull requests")]
#[group(id = "asked", multiple = false)]
pub struct ForgeSource {
    /// Ask the forge about reviews: with the token in `GITHUB_TOKEN`, at `GITHUB_API_URL` [default: nobody is asked]
    #[arg(long)]
    live: bool,
    /// Take the forge's answers from this file
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
}

impl ForgeOptions {
    /// The forge, when one is to be asked.
    pub fn forge(&self, session: &Session<'_>) -> Result<Option<Box<dyn Forge>>, CommandError> {
        self.source.forge(session)
    }

    /// What a command asks of `forge` about a change or a branch.
    pub fn questions<'f>(&self, forge: Option<&'f dyn Forge>) -> Questions<'f> {
        Questions { forge, only: self.pull.clone() }
    }
}

impl ForgeSource {
    /// The forge that the user names; without a word of his, the one that is there.
    pub fn forge_or_live(&self, session: &Session<'_>) -> Result<Box<dyn Forge>, CommandError> {
        match self.forge(session)? {
            Some(forge) => Ok(forge),
            None => live(),
        }
    }

    fn forge(&self, session: &Session<'_>) -> Result<Option<Box<dyn Forge>>, CommandError> {
        if let Some(file) = &self.answers {
            let file = session.directory().join(file);
            let bytes = super::files::read_at_most(&file, Recorded::MOST_BYTES)?;
            return Ok(Some(Box::new(Recorded::read(&bytes)?)));
        }
        if self.live {
            return live().map(Some);
        }
        Ok(None)
    }
}

/// The forge itself, over the network.
fn live() -> Result<Box<dyn Forge>, CommandError> {
    Err(CommandError::not_evaluated("this build of countersign cannot ask a forge")
        .help("Give saved answers with --answers FILE, or take a build with the feature `github`."))
}

impl From<ForgeError> for CommandError {
    fn from(error: ForgeError) -> Self {
        Self::not_evaluated(&error)
            .help("Try again, with a token that may read pull requests; without --live or --answers only what was recorded counts.")
    }
}

/// What a forge is asked.
#[derive(Clone, Default)]
pub struct Questions<'f> {
    forge: Option<&'f dyn Forge>,
    only: Vec<u64>,
}

/// Landings that are asked about at once: the newest. An older one that waits stays waiting, which is no pass.
const MOST_LANDINGS: usize = 100;
/// Landings that one pull request can have brought about by rebasing.
const MOST_REBASED: usize = 250;

impl Questions<'_> {
    /// The pull requests that `head`, as a change, is of: those that the user names, else those that the forge has for it.
    pub fn of_candidate(&self, head: ObjectId) -> Result<Arc<PullRequests>, ForgeError> {
        let mut pulls = PullRequests::default();
        if let Some(forge) = self.forge {
            let mut numbers: BTreeSet<u64> = self.only.iter().copied().collect();
            if numbers.is_empty() {
                let open = forge.pulls_of(head)?.into_iter().filter(|request| !request.merged);
                numbers.extend(open.map(|request| request.number));
            }
            for number in numbers {
                pulls.candidate.push(Arc::new(forge.pull(number)?));
            }
        }
        Ok(Arc::new(pulls))
    }

    /// The pull requests of whatever has landed on the branch of `replay` and still waits; `None` when there is nothing to learn.
    pub fn of_branch(&self, replay: &Replay) -> Result<Option<Arc<PullRequests>>, ForgeError> {
        let Some(forge) = self.forge else { return Ok(None) };
        let found =
            of_landings(forge, &waiting(replay), &replay.policy.policy, |number| self.only.is_empty() || self.only.contains(&number))?;
        Ok((!found.is_empty()).then(|| Arc::new(found)))
    }
}

/// The landings of whatever lies in the tree unapproved or unproved, newest first. What was there at the anchor came by no pull request.
fn waiting(replay: &Replay) -> Vec<ObjectId> {
    let ledger = &replay.ledger;
    let mut rows = BTreeSet::new();
    for subject in ledger.subjects.values() {
        if let Some(row) = subject.head_row().filter(|row| row.state == State::Draft && row.rejected_by.is_empty()) {
            rows.insert((&subject.id, &row.key.version, row.key.digest));
        }
    }
    let waits = |event: &&crate::lifecycle::ledger::Event| match (&event.version, event.digest) {
        (Some(version), Some(digest)) => event.action == Action::Landed && rows.contains(&(&event.subject, version, digest)),
        _ => false,
    };
    // A record that lowers, and that nothing proves, may be proved by whoever opened its pull request.
    let unproved = ledger.records.values().filter(|standing| {
        standing.decision.is_some_and(|kind| !kind.raises())
            && matches!(standing.outcome, Outcome::Refused { rule: RuleId::EvidenceMissing, .. })
    });
    let landed = ledger.events.iter().filter(waits).map(|event| event.landing).chain(unproved.map(|standing| standing.landing));
    let mut landings: Vec<_> = landed.filter(|landing| landing.position.0 > 0).collect();
    landings.sort_by_key(|landing| std::cmp::Reverse(landing.position));
    landings.dedup();
    landings.into_iter().filter_map(|landing| landing.commit).take(MOST_LANDINGS).collect()
}

/// The merged pull requests of `landings` that `wanted` names.
pub(super) fn of_landings(
    forge: &dyn Forge,
    landings: &[ObjectId],
    policy: &Policy,
    wanted: impl Fn(u64) -> bool,
) -> Result<PullRequests, ForgeError> {
    let mut known: BTreeMap<u64, Arc<Pull>> = BTreeMap::new();
    let mut found = PullRequests::default();
    for landing in landings {
        let merged = |request: &PullRequest| request.merged && request.base == policy.branch && wanted(request.number);
        for request in forge.pulls_of(*landing)?.into_iter().filter(merged) {
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

/// The landings of `line` that pull request `number` brought about: the one that the forge names, and those before it that it rebased.
pub(super) fn landings_of(forge: &dyn Forge, line: &[ObjectId], number: u64) -> Result<Vec<ObjectId>, ForgeError> {
    let pull = forge.pull(number)?;
    let last = pull.request.merge_commit.filter(|_| pull.request.merged);
    let Some(end) = line.iter().position(|commit| Some(*commit) == last) else { return Ok(Vec::new()) };
    let mut landings = vec![line[end]];
    for commit in line[..end].iter().rev().take(MOST_REBASED) {
        if !forge.pulls_of(*commit)?.iter().any(|request| request.number == number) {
            break;
        }
        landings.push(*commit);
    }
    Ok(landings)
}
