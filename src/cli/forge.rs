//! Asking a forge about pull requests: only when the user says so, and then about those alone that the question is about.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::destination;
use super::error::CommandError;
use super::files::{Folder, NewFile};
use super::live;
use super::merge_queue::MergeQueue;
use super::output::Output;
use super::session::Session;
use crate::forge::recorded::{self, Recorded, Recording};
use crate::forge::{Forge, ForgeError, Pull, PullRequest};
use crate::git::Repository;
use crate::lifecycle::ledger::{Action, Outcome};
use crate::model::{ObjectId, Policy, RuleId, State};
use crate::replay::{PullRequests, Replay, ReplayError, reviews};

/// Whom to ask about pull requests.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Pull requests")]
pub struct ForgeOptions {
    /// The pull request that HEAD is of; may be repeated [default: those the forge has for HEAD]. On the governed branch: look at no others
    #[arg(long, value_name = "N", requires = "asked")]
    pull: Vec<u64>,
    #[command(flatten)]
    source: ForgeSource,
    /// The merge queue that HEAD is of.
    #[arg(skip)]
    queue: Option<MergeQueue>,
}

/// The one that answers.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Pull requests")]
#[group(id = "asked", multiple = true)]
pub struct ForgeSource {
    /// Ask the forge, with the token in `GITHUB_TOKEN`, at `GITHUB_API_URL`
    #[arg(long)]
    live: bool,
    /// Take the forge's answers from this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["live", "save_answers"])]
    answers: Option<PathBuf>,
    /// Ask the forge, and write its answers to this new file, for --answers
    #[arg(long, value_name = "FILE")]
    save_answers: Option<PathBuf>,
}

impl ForgeOptions {
    /// A live question about these pull requests, or about those that the forge has for what is judged.
    pub fn live(pull: Vec<u64>) -> Self {
        Self { pull, source: ForgeSource { live: true, ..ForgeSource::default() }, queue: None }
    }

    /// A live question about the pull requests of a merge queue.
    pub fn of_queue(queue: MergeQueue) -> Self {
        Self { queue: Some(queue), ..Self::live(Vec::new()) }
    }

    /// What a command asks about a change or a branch.
    pub fn questions<'q>(&self, session: &'q Session<'_>, fetch: Option<&'q Fetch<'q>>) -> Result<Questions<'q>, CommandError> {
        Ok(Questions { source: self.source.source(session)?, only: self.pull.clone(), queue: self.queue.clone(), fetch })
    }
}

impl ForgeSource {
    /// The forge that the user names; without a word of his, the one that is there.
    pub fn forge_or_live(&self, session: &Session<'_>, policy: &Policy) -> Result<Asked, CommandError> {
        let source = match self.source(session)? {
            Source::Nobody => Source::Live(session.out, None),
            source => source,
        };
        let forge = source.open(policy)?.ok_or(ForgeError::NotBuiltIn)?;
        Ok(Asked { forge, source })
    }

    fn source(&self, session: &Session<'_>) -> Result<Source, CommandError> {
        if let Some(file) = &self.answers {
            let file = session.directory().join(file);
            let bytes = super::files::read_at_most(&file, recorded::MOST_BYTES)?;
            return Ok(Source::Saved(Arc::new(Recorded::read(&bytes)?)));
        }
        let keep = self.save_answers.as_ref().map(|file| Keep::to(session.directory().join(file))).transpose()?;
        Ok(if self.live || keep.is_some() { Source::Live(session.out, keep) } else { Source::Nobody })
    }
}

/// Who answers. Which repository is asked about is for the policy in force to say, never for the environment or a change.
enum Source {
    Nobody,
    Saved(Arc<Recorded>),
    Live(Output, Option<Keep>),
}

impl Source {
    fn open(&self, policy: &Policy) -> Result<Option<Arc<dyn Forge>>, ForgeError> {
        match self {
            Self::Nobody => Ok(None),
            Self::Saved(saved) => {
                if !saved.repository().to_string().eq_ignore_ascii_case(&policy.repository) {
                    let (recorded, governed) = (saved.repository().to_string(), policy.repository.clone());
                    return Err(ForgeError::OtherRepository { recorded, governed });
                }
                Ok(Some(Arc::clone(saved) as Arc<dyn Forge>))
            }
            Self::Live(out, None) => Ok(Some(Arc::from(live::forge(policy, *out)?))),
            Self::Live(out, Some(keep)) => Ok(Some(keep.open(policy, *out)? as Arc<dyn Forge>)),
        }
    }

    /// Writes down what was answered, where the user wants that.
    fn save(&self, policy: &Policy) -> Result<(), CommandError> {
        match self {
            Self::Live(out, Some(keep)) => keep.write(&keep.open(policy, *out)?.file()?),
            _ => Ok(()),
        }
    }
}

/// A new file for the answers of a live forge. Neither the token nor an address is among them.
struct Keep {
    folder: Folder,
    name: String,
    recording: OnceCell<Arc<Recording>>,
}

impl Keep {
    /// Refuses what is there already before anybody is asked.
    fn to(file: PathBuf) -> Result<Self, CommandError> {
        let unusable = || CommandError::usage(format!("{} is no name of a file", file.display()));
        let (Some(dir), Some(name)) = (file.parent(), file.file_name().and_then(OsStr::to_str)) else { return Err(unusable()) };
        let (folder, name) = (Folder::open(&destination::existing_folder(dir)?)?, name.to_owned());
        if folder.exists(&name) {
            return Err(CommandError::usage(format!("{} is already there", file.display()))
                .help("Move it away or take another name: an existing file is never overwritten."));
        }
        Ok(Self { folder, name, recording: OnceCell::new() })
    }

    fn open(&self, policy: &Policy, out: Output) -> Result<Arc<Recording>, ForgeError> {
        if self.recording.get().is_none() {
            // However often it is opened, there is one file for all answers.
            let _ = self.recording.set(Arc::new(Recording::new(live::forge(policy, out)?)));
        }
        self.recording.get().map(Arc::clone).ok_or(ForgeError::NotBuiltIn)
    }

    fn write(&self, answers: &[u8]) -> Result<(), CommandError> {
        self.folder.create(&[NewFile::regular(self.name.clone(), answers)])
    }
}

/// The forge that a command asks by itself.
pub struct Asked {
    forge: Arc<dyn Forge>,
    source: Source,
}

impl Asked {
    /// Writes down what was answered, where the user wants that: after the last question.
    pub fn save(&self, policy: &Policy) -> Result<(), CommandError> {
        self.source.save(policy)
    }
}

impl Deref for Asked {
    type Target = dyn Forge;

    fn deref(&self) -> &Self::Target {
        self.forge.as_ref()
    }
}

impl From<ForgeError> for CommandError {
    fn from(error: ForgeError) -> Self {
        Self::not_evaluated(&error).help(error.help())
    }
}

/// Brings the commits of a pull request to this clone, as far as they can be had.
pub type Fetch<'a> = dyn Fn(u64, &[ObjectId]) + 'a;

/// What a forge is asked.
pub struct Questions<'q> {
    source: Source,
    only: Vec<u64>,
    queue: Option<MergeQueue>,
    fetch: Option<&'q Fetch<'q>>,
}

impl Questions<'_> {
    /// The pull requests that `head`, as a change, is of: those that the user names, else those that the forge has for it or its queue.
    pub fn of_candidate(&self, repository: &Repository, head: ObjectId, policy: &Policy) -> Result<Vec<Arc<Pull>>, ReplayError> {
        let Some(forge) = self.source.open(policy)? else { return Ok(Vec::new()) };
        if let Some(queue) = &self.queue {
            return queue.pulls(&*forge, repository, head, policy, self.fetch);
        }
        let mut numbers: BTreeSet<u64> = self.only.iter().copied().collect();
        if numbers.is_empty() {
            let open = forge.pulls_of_commit(head)?.into_iter().filter(|request| request.is_open() && is_here(request, policy));
            numbers.extend(open.map(|request| request.number));
        }
        let mut pulls = Vec::new();
        for number in numbers {
            pulls.push(Arc::new(forge.pull(number)?));
        }
        self.bring(repository, &pulls, policy);
        Ok(pulls)
    }

    /// The pull requests of whatever has landed on the branch of `replay` and still waits; `None` when there is nothing to learn.
    pub fn of_branch(&self, repository: &Repository, replay: &Replay) -> Result<Option<Arc<PullRequests>>, ForgeError> {
        let policy = &replay.policy.policy;
        let waiting = waiting(replay);
        if waiting.is_empty() {
            return Ok(None);
        }
        let Some(forge) = self.source.open(policy)? else { return Ok(None) };
        let wanted = |number: u64| self.only.is_empty() || self.only.contains(&number);
        let found = of_landings(forge.as_ref(), &waiting, policy, wanted)?;
        let pulls: Vec<Arc<Pull>> = found.landings.values().flatten().cloned().collect();
        self.bring(repository, &pulls, policy);
        Ok((!found.is_empty()).then(|| Arc::new(found)))
    }

    /// Writes down what was answered, where the user wants that: after the last question.
    pub fn save(&self, policy: &Policy) -> Result<(), CommandError> {
        self.source.save(policy)
    }

    fn bring(&self, repository: &Repository, pulls: &[Arc<Pull>], policy: &Policy) {
        if let Some(fetch) = self.fetch {
            bring(repository, pulls, policy, fetch);
        }
    }
}

/// Fetches the commits of `pulls` that decide and that this clone lacks. What cannot be had proves nothing afterwards.
pub(super) fn bring(repository: &Repository, pulls: &[Arc<Pull>], policy: &Policy, fetch: &Fetch<'_>) {
    let mut done = BTreeSet::new();
    for pull in pulls.iter().filter(|pull| done.insert(pull.request.number)) {
        let commits = reviews::commits_of(pull, policy).into_iter();
        let missing: Vec<ObjectId> = commits.filter(|commit| !reviews::is_here(repository, *commit)).collect();
        if !missing.is_empty() {
            fetch(pull.request.number, &missing);
        }
    }
}

/// Whether a pull request is made to the governed branch of the governed repository. A fork can have one of the same number.
pub(super) fn is_here(request: &PullRequest, policy: &Policy) -> bool {
    request.repository.eq_ignore_ascii_case(&policy.repository) && request.base == policy.branch
}

/// Landings that are asked about at once: the newest. An older one that waits stays waiting, which is no pass.
const MOST_LANDINGS: usize = 100;
/// Landings that one pull request can have brought about by rebasing.
const MOST_REBASED: usize = 250;

/// The landings of whatever lies in the tree unapproved or unproved, newest first. What was there at the anchor came by no pull request.
pub(super) fn waiting(replay: &Replay) -> Vec<ObjectId> {
    let ledger = &replay.ledger;
    let mut rows = BTreeSet::new();
    for subject in ledger.subjects.values() {
        if let Some(row) = subject.head_version().filter(|row| row.state == State::Draft && row.rejected_by.is_empty()) {
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
        let merged = |request: &PullRequest| request.merged && is_here(request, policy) && wanted(request.number);
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

/// The landings of `line` that pull request `number` brought about: the one that the forge names, and those before it that it rebased.
pub(super) fn landings_of(forge: &dyn Forge, line: &[ObjectId], number: u64, policy: &Policy) -> Result<Vec<ObjectId>, ForgeError> {
    let pull = forge.pull(number)?;
    let last = pull.request.merge_commit.filter(|_| pull.request.merged);
    let Some(end) = line.iter().position(|commit| Some(*commit) == last) else { return Ok(Vec::new()) };
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
