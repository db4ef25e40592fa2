//! The question that every judging command asks: which repository, which commit, against which base. And its answer.

use super::error::{CommandError, Diagnostic, ErrorKind};
use super::exit::ExitCode;
use super::session::Session;
use crate::check::survey::findings_of;
use crate::check::{Report, Survey, gate};
use crate::document;
use crate::git::Repository;
use crate::model::{ObjectId, Observation, Policy, RuleId, Verdict};
use crate::render::context::Context;
use crate::replay::{self, Options, ReplayError};

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
    /// Asks about HEAD, or about merging it into `base`. On a branch other than the governed one, HEAD is a candidate for that one.
    pub fn ask(session: &Session<'_>, repository: &Repository, base: Option<&str>) -> Result<Self, Refusal> {
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
        let asked = base.map(|base| repository.resolve(base).map_err(CommandError::from)).transpose()?;
        let base = match asked {
            Some(base) => Some(base),
            None => governed_base(repository, &head.commit, head.branch.as_deref()).map_err(|error| Refusal::replay(&context, error))?,
        };
        context.base = base;
        // Continuous integration judges from scratch, and so does every candidate.
        let cache = base.is_none() && std::env::var_os("CI").is_none();
        let options = Options { anchor, now: session.now, cache };
        let (base, survey) =
            survey(repository, head.commit, base, asked.is_some(), &options, includes).map_err(|error| Refusal::replay(&context, error))?;
        let policy = &survey.replay.policy.policy;
        context.repository = Some(policy.repository.clone());
        context.branch = Some(policy.branch.clone());
        context.anchor = Some(survey.replay.anchor);
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

type Surveyed = (Option<Survey>, Survey);

fn survey(
    repository: &Repository,
    head: ObjectId,
    base: Option<ObjectId>,
    asked: bool,
    options: &Options,
    includes: Option<ObjectId>,
) -> Result<Surveyed, ReplayError> {
    let Some(base) = base else {
        let mut survey = Survey::of(repository, replay::run(repository, head, options)?, false)?;
        if let Some(includes) = includes {
            survey.require(includes);
        }
        return Ok((None, survey));
    };
    let candidate = replay::candidate(repository, base, head, options)?;
    let before = candidate.base.map(|base| Survey::of(repository, base, true)).transpose()?;
    let mut merged = Survey::of(repository, candidate.merged, true)?;
    if before.is_none() {
        merged.add(&Observation::new(RuleId::GovernanceStarts));
    } else if asked {
        on_branch(repository, base, &merged.replay.policy.policy.branch)?;
    }
    if let Some(includes) = includes {
        merged.require(includes);
    }
    Ok((before, merged))
}

/// A base must lie on the governed branch's line, as far as this clone knows that branch.
fn on_branch(repository: &Repository, base: ObjectId, branch: &str) -> Result<(), ReplayError> {
    let mut known = false;
    for name in [format!("refs/remotes/origin/{branch}"), format!("refs/heads/{branch}")] {
        let Some(tip) = repository.branch(&name)? else { continue };
        known = true;
        if repository.line(tip, Some(base))?.first().is_some_and(|node| node.id == base) {
            return Ok(());
        }
    }
    if known { Err(ReplayError::BaseNotOnBranch { base, branch: branch.to_owned() }) } else { Ok(()) }
}

/// The tip of the governed branch, when HEAD is on another one.
///
/// The branch's name is read from the policy at HEAD only to find it; the policy that judges is the one in force there.
pub(super) fn governed_base(repository: &Repository, head: &ObjectId, branch: Option<&str>) -> Result<Option<ObjectId>, ReplayError> {
    let Some(branch) = branch else { return Ok(None) };
    let tree = repository.root_tree(*head)?;
    let Some(entry) = repository.entry_at(tree, Policy::PATH.as_bytes()).ok().flatten() else { return Ok(None) };
    let Ok(parsed) = repository.blob(entry.id).map_err(|_| ()).and_then(|bytes| document::policy::parse(&bytes).map_err(|_| ())) else {
        return Ok(None);
    };
    let governed = parsed.policy.branch;
    if branch == governed {
        return Ok(None);
    }
    for name in [format!("refs/heads/{governed}"), format!("refs/remotes/origin/{governed}")] {
        if let Some(tip) = repository.branch(&name)? {
            return Ok((tip != *head).then_some(tip));
        }
    }
    Ok(None)
}

/// Why there is no answer, with everything that a report needs all the same.
pub struct Refusal {
    /// For the commands that print no report.
    pub error: CommandError,
    /// For `check`.
    pub report: Option<Box<(Context, Report)>>,
}

impl Refusal {
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
            ReplayError::NotGoverned => {
                Self::new(ErrorKind::NotGoverned, &error).help("Run `countersign init` to govern this repository, commit what it writes, and try again.")
            }
            ReplayError::InvalidAnchor { commit, text, problems } => {
                let shown = problems.iter().map(|problem| Diagnostic::of_problem(problem, &text));
                Self::new(ErrorKind::PolicyInvalid, format!("the policy at {} is not valid", commit.short()))
                    .help("Mend countersign.yaml and commit it; `countersign check --worktree` shows every fault with its line.")
                    .diagnostics(shown)
            }
            ReplayError::Git(error) => error.into(),
            ReplayError::Incomplete(_) => Self::not_evaluated(&error)
                .help("Fetch everything with `git fetch --unshallow`, or clone again without --depth and --filter (in GitHub Actions: `fetch-depth: 0`)."),
            ReplayError::AnchorNotReached { .. } | ReplayError::AnchorMismatch { .. } => {
                Self::not_evaluated(&error).help("Compare --anchor with the commit that the repository's owners published, and check out the governed branch.")
            }
            ReplayError::MergeConflict(_) => Self::not_evaluated(&error).help("Merge or rebase onto the base, resolve the conflict, and try again."),
            ReplayError::BaseNotOnBranch { .. } => Self::not_evaluated(&error).help("Name a commit of the governed branch, such as origin/main, and fetch it first."),
        }
    }
}
