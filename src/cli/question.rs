//! The question that every judging command asks: which repository, which commit, against which base. And its answer.

use std::sync::Arc;

use super::error::{CommandError, ErrorKind};
use super::exit::ExitCode;
use super::forge::{Fetch, ForgeOptions, Questions};
use super::session::Session;
use crate::check::survey::findings_of;
use crate::check::{Report, Survey, gate};
use crate::document;
use crate::forge::ForgeError;
use crate::git::{GitError, HeadRef, Repository};
use crate::model::{ObjectId, Observation, Policy, RuleId, Verdict};
use crate::render::context::Context;
use crate::replay::{self, EventSink, Options, ReplayError, Source};

/// What is said when part of an answer was kept by an earlier run.
const FROM_CACHE: &str = "read from the cache in the Git folder; `countersign check` reads the repository itself";

/// What was replayed.
pub struct Answer {
    /// What to print above it.
    pub context: Context,
    /// The governed branch as it is; `None` without a base, and when the base is not governed.
    pub base: Option<Survey>,
    /// The tip, or the candidate.
    pub survey: Survey,
}

impl Answer {
    /// Asks about HEAD without any cache. On a branch other than the governed one, HEAD is a candidate for that one.
    pub fn ask(session: &Session<'_>, repository: &Repository) -> Result<Self, Refusal> {
        Self::judge(session, repository, None, &ForgeOptions::default())
    }

    /// The same for a command that only looks: it may read what an earlier run has kept, and then says so. Nothing may be written after it.
    pub fn look(session: &Session<'_>, repository: &Repository, forge: &ForgeOptions) -> Result<Self, Refusal> {
        // Continuous integration answers from scratch.
        let answer = Self::about(session, repository, None, std::env::var_os("CI").is_none(), (forge, None))?;
        if answer.survey.replay.source == Source::Cache {
            session.out.note(FROM_CACHE);
        }
        Ok(answer)
    }

    /// A verdict, never taken from what an earlier run has seen: about HEAD, or about merging it into `base`.
    pub fn judge(session: &Session<'_>, repository: &Repository, base: Option<&str>, forge: &ForgeOptions) -> Result<Self, Refusal> {
        Self::about(session, repository, base, false, (forge, None))
    }

    /// A verdict whose commits may be fetched by `fetch`, which only a step of a workflow does.
    pub fn judge_fetching(
        session: &Session<'_>,
        repository: &Repository,
        base: Option<&str>,
        forge: &ForgeOptions,
        fetch: &Fetch<'_>,
    ) -> Result<Self, Refusal> {
        Self::about(session, repository, base, false, (forge, Some(fetch)))
    }

    fn about(
        session: &Session<'_>,
        repository: &Repository,
        base: Option<&str>,
        cache: bool,
        (forge, fetch): (&ForgeOptions, Option<&Fetch<'_>>),
    ) -> Result<Self, Refusal> {
        let Asked { mut context, head, base, base_named: asked, includes, options } = Asked::of(session, repository, base, cache)?;
        let forge = forge.questions(session, fetch).map_err(|error| Refusal::forge(&context, error))?;
        let question = Question { head, asked, includes, forge };
        let (base, survey) = question.survey(repository, base, &options).map_err(|error| Refusal::replay(&context, error))?;
        context.base = context.base.or_else(|| base.as_ref().map(|base| base.replay.head));
        name(&mut context, &survey.replay.policy.policy, survey.replay.anchor);
        question.forge.save(&survey.replay.policy.policy)?;
        Ok(Self { context, base, survey })
    }

    /// What counts.
    pub fn report(&self) -> Report {
        gate::judge(self.base.as_ref().map(Survey::side).as_ref(), &self.survey.side())
    }

    /// The exit code of a report.
    pub const fn exit(report: &Report) -> ExitCode {
        match report.verdict {
            Verdict::Pass => ExitCode::Pass,
            Verdict::Waiting | Verdict::Fail => ExitCode::Fail,
            Verdict::NotEvaluated => ExitCode::NotEvaluated,
        }
    }
}

/// Gives everything that happened up to HEAD to `take`, as it is made. `None` when HEAD is a candidate, which takes an [`Answer`]; what was
/// given by then is worth nothing.
pub fn tell(session: &Session<'_>, repository: &Repository, take: &mut EventSink<'_>) -> Result<Option<Context>, Refusal> {
    let Asked { mut context, head, base, options, .. } = Asked::of(session, repository, None, false)?;
    if base.is_some() {
        return Ok(None);
    }
    let told = replay::events(repository, head.commit, &options, take).map_err(|error| Refusal::replay(&context, error))?;
    let policy = &told.policy.policy;
    let other = other_base(repository, head.commit, head.branch.as_deref(), &policy.branch);
    if other.map_err(|error| Refusal::replay(&context, error))?.is_some() {
        return Ok(None);
    }
    name(&mut context, policy, told.anchor);
    Ok(Some(context))
}

/// Completes what is printed above an answer with what only the replay knows.
fn name(context: &mut Context, policy: &Policy, anchor: ObjectId) {
    context.repository = Some(policy.repository.clone());
    context.branch = Some(policy.branch.clone());
    context.anchor = Some(anchor);
}

/// The options of a command, held against the repository.
struct Asked {
    context: Context,
    head: HeadRef,
    base: Option<ObjectId>,
    /// Whether the user named it.
    base_named: bool,
    includes: Option<ObjectId>,
    options: Options,
}

impl Asked {
    fn of(session: &Session<'_>, repository: &Repository, base: Option<&str>, cache: bool) -> Result<Self, Refusal> {
        let head = repository.head().map_err(CommandError::from)?;
        let mut context = Context {
            repository: None,
            branch: None,
            head: Some(head.commit),
            base: None,
            anchor: None,
            anchor_pinned: session.options.anchor.is_some(),
            now: session.now,
        };
        let resolve = |rev: &String| repository.resolve(rev).map_err(CommandError::from);
        let anchor = session.options.anchor.as_ref().map(resolve).transpose()?;
        let includes = session.options.includes.as_ref().map(resolve).transpose()?;
        let asked = base.map(|base| repository.resolve_base(base).map_err(CommandError::from)).transpose()?;
        let base = match asked {
            Some(base) => Some(base),
            None => governed_base(repository, &head.commit, head.branch.as_deref()).map_err(|error| Refusal::replay(&context, error))?,
        };
        context.base = base;
        // Who pins the anchor trusts nothing that lies in the Git directory.
        let options = Options { anchor, now: session.now, cache: cache && anchor.is_none(), pulls: Arc::default() };
        Ok(Self { context, head, base, base_named: asked.is_some(), includes, options })
    }
}

type Surveyed = (Option<Survey>, Survey);

/// What is asked, apart from the base.
struct Question<'f> {
    head: HeadRef,
    /// Whether the user named the base.
    asked: bool,
    includes: Option<ObjectId>,
    forge: Questions<'f>,
}

impl Question<'_> {
    fn survey(&self, repository: &Repository, base: Option<ObjectId>, options: &Options) -> Result<Surveyed, ReplayError> {
        match base {
            Some(base) => self.candidate(repository, base, options),
            None => self.tip(repository, options),
        }
    }

    fn tip(&self, repository: &Repository, options: &Options) -> Result<Surveyed, ReplayError> {
        let head = &self.head;
        let mut replay = replay::run(repository, head.commit, options)?;
        if let Some(base) = other_base(repository, head.commit, head.branch.as_deref(), &replay.policy.policy.branch)? {
            return self.candidate(repository, base, options);
        }
        if let Some(pulls) = self.forge.of_branch(repository, &replay)? {
            replay = replay::run(repository, head.commit, &Options { pulls, ..options.clone() })?;
        }
        let mut survey = Survey::of(repository, replay, false)?;
        if let Some(includes) = self.includes {
            survey.require(includes);
        }
        Ok((None, survey))
    }

    fn candidate(&self, repository: &Repository, base: ObjectId, options: &Options) -> Result<Surveyed, ReplayError> {
        let ask = |policy: &Policy| self.forge.of_candidate(repository, self.head.commit, policy);
        let candidate = replay::candidate(repository, base, self.head.commit, options, &ask)?;
        let before = candidate.base.map(|base| Survey::of(repository, base, true)).transpose()?;
        let mut merged = Survey::of(repository, candidate.merged, true)?;
        if before.is_none() {
            merged.add(&Observation::new(RuleId::GovernanceStarts));
        } else if self.asked {
            on_branch(repository, base, &merged.replay.policy.policy.branch)?;
        }
        if let Some(includes) = self.includes {
            merged.require(includes);
        }
        Ok((before, merged))
    }
}

/// The tips by which this clone knows a branch: the one of `origin`, then its own.
fn tips(repository: &Repository, branch: &str) -> Vec<ObjectId> {
    let names = [format!("refs/remotes/origin/{branch}"), format!("refs/heads/{branch}")];
    names.iter().filter_map(|name| repository.resolve(name).ok()).collect()
}

fn is_landing(repository: &Repository, commit: ObjectId, tip: ObjectId) -> Result<bool, GitError> {
    Ok(repository.line(tip, Some(commit))?.first().is_some_and(|node| node.id == commit))
}

/// A base must lie on the governed branch's line, as far as this clone knows that branch.
fn on_branch(repository: &Repository, base: ObjectId, branch: &str) -> Result<(), ReplayError> {
    let tips = tips(repository, branch);
    for tip in &tips {
        if is_landing(repository, base, *tip)? {
            return Ok(());
        }
    }
    if tips.is_empty() { Ok(()) } else { Err(ReplayError::BaseNotOnBranch { base, branch: branch.to_owned() }) }
}

/// The tip of the governed branch, when HEAD is on another one.
///
/// The branch's name is read from the policy at HEAD to find it at once. That file may be the change that is to be judged, so what it says
/// is checked against the policy in force by [`other_base`].
pub(super) fn governed_base(repository: &Repository, head: &ObjectId, branch: Option<&str>) -> Result<Option<ObjectId>, ReplayError> {
    let tree = repository.root_tree(*head)?;
    let Some(entry) = repository.entry_at(tree, Policy::PATH.as_bytes()).ok().flatten() else { return Ok(None) };
    let Ok(parsed) = repository.blob(entry.id).map_err(|_| ()).and_then(|bytes| document::policy::parse(&bytes).map_err(|_| ())) else {
        return Ok(None);
    };
    other_base(repository, *head, branch, &parsed.policy.branch)
}

/// The tip of the branch `governed`, unless `branch` is that one, HEAD is on none, or this clone does not know it.
///
/// Where the clone's own branch and the one of `origin` differ, the one that has the other among its landings is meant, else the own one.
pub(super) fn other_base(
    repository: &Repository,
    head: ObjectId,
    branch: Option<&str>,
    governed: &str,
) -> Result<Option<ObjectId>, ReplayError> {
    if branch.is_none_or(|branch| branch == governed) {
        return Ok(None);
    }
    let tip = match tips(repository, governed).as_slice() {
        [] => None,
        [only] => Some(*only),
        [theirs, own, ..] => Some(if is_landing(repository, *own, *theirs)? { *theirs } else { *own }),
    };
    Ok(tip.filter(|tip| *tip != head))
}

/// Why there is no answer, with everything that a report needs all the same.
pub struct Refusal {
    /// For the commands that print no report.
    pub error: CommandError,
    /// For `check`.
    pub report: Option<Box<(Context, Report)>>,
}

impl Refusal {
    fn forge(context: &Context, error: CommandError) -> Self {
        let report = Report::not_evaluated(findings_of(&ReplayError::Forge(ForgeError::Answers(error.message.clone()))));
        Self { report: Some(Box::new((context.clone(), report))), error }
    }

    fn replay(context: &Context, error: ReplayError) -> Self {
        let report = Report::not_evaluated(findings_of(&error));
        Self { report: Some(Box::new((context.clone(), report))), error: error.into() }
    }
}

impl From<CommandError> for Refusal {
    fn from(error: CommandError) -> Self {
        Self { error, report: None }
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        refusal.error
    }
}

impl From<ReplayError> for CommandError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::NotGoverned => Self::new(ErrorKind::NotGoverned, &error)
                .help("Run `countersign init` to govern this repository, commit what it writes, and try again."),
            ReplayError::InvalidAnchor { commit, text, problems } => {
                Self::new(ErrorKind::PolicyInvalid, format!("the policy at {} is not valid", commit.short()))
                    .help("Mend countersign.yaml and commit it; `countersign check --worktree` shows every fault with its line.")
                    .faults(&problems, &text)
            }
            ReplayError::Git(error) => error.into(),
            ReplayError::Incomplete(ref incomplete) => Self::not_evaluated(&error).help(incomplete.help()),
            ReplayError::AnchorNotReached { .. } | ReplayError::AnchorMismatch { .. } => Self::not_evaluated(&error)
                .help("Compare --anchor with the commit that the repository's owners published, and check out the governed branch."),
            ReplayError::RestartNotPinned { .. } => Self::not_evaluated(&error)
                .help("Pin the landing with --anchor if the owners of the repository published it by another way; else ask for the history before it."),
            ReplayError::TooManyLines => {
                Self::not_evaluated(&error).help("Look for merges that copy records with `git log --merges --first-parent -- approvals`.")
            }
            ReplayError::MergeConflict(_) => {
                Self::not_evaluated(&error).help("Merge or rebase onto the base, resolve the conflict, and try again.")
            }
            ReplayError::BaseNotOnBranch { .. } => {
                Self::not_evaluated(&error).help("Name a commit of the governed branch, such as origin/main, and fetch it first.")
            }
            ReplayError::Forge(error) => error.into(),
            ReplayError::PullNotFetched { pull, .. } => {
                Self::not_evaluated(&error).help(format!("Fetch it with `git fetch origin refs/pull/{pull}/head`, and try again."))
            }
        }
    }
}
