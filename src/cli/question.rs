//! Turns the options of a command into the question that `judge` answers, and its errors into what
//! the user reads.

use super::error::{CommandError, ErrorKind};
use super::forge::ForgeOptions;
use super::session::Session;
use crate::check::Report;
use crate::check::findings::Finding;
use crate::check::rules::Setting;
use crate::check::survey::findings_of;
use crate::evidence::PolicyVersion;
use crate::git::{GitError, Repository};
use crate::judge::{
    Answer, Base, Fetch, History, JudgeError, PullRequestLookup, Purpose, Question,
};
use crate::model::{Fact, ObjectId, Observation, Policy, RuleId};
use crate::render::context::Context;
use crate::replay::{EventSink, ReplayError};

/// The note when part of an answer comes from an earlier run.
const FROM_CACHE: &str =
    "read from the cache in the Git folder; `countersign check` reads the repository itself";

/// The question about HEAD.
pub fn question(
    session: &Session<'_>,
    repository: &Repository,
    purpose: Purpose,
) -> Result<Question<'static>, CommandError> {
    Ok(Question {
        anchor: anchor(session, repository)?,
        includes: includes(session, repository)?,
        purpose,
        ..Question::about_head(session.now)
    })
}

/// The commit that `--anchor` pins.
pub fn anchor(
    session: &Session<'_>,
    repository: &Repository,
) -> Result<Option<ObjectId>, CommandError> {
    let rev = session.options.anchor.as_deref();
    rev.map(|rev| pinned(repository, "--anchor", rev))
        .transpose()
}

/// The commit that `--includes` pins.
pub fn includes(
    session: &Session<'_>,
    repository: &Repository,
) -> Result<Option<ObjectId>, CommandError> {
    let rev = session.options.includes.as_deref();
    rev.map(|rev| pinned(repository, "--includes", rev))
        .transpose()
}

/// The commit that an option pins: a whole id, or a name of this clone and what `git rev-parse` lets
/// follow it. What begins with an abbreviated id is refused: a tag or a branch can have that name,
/// and anyone who may push can make one.
fn pinned(
    repository: &Repository,
    option: &'static str,
    rev: &str,
) -> Result<ObjectId, CommandError> {
    let lower = rev.to_ascii_lowercase();
    if lower.parse::<ObjectId>().is_ok() {
        // What has such a length and is no id here could only be the name of a tag.
        return match repository.whole_id(rev) {
            Some(whole) => Ok(repository.resolve_known(&whole.to_string())?),
            None => Err(CommandError::usage(format!(
                "{option} {rev}: this repository has ids of another length"
            ))
            .help("Give the whole id as `git log` prints it here.")),
        };
    }
    let name = lower.split(['^', '~', '@', ':']).next().unwrap_or_default();
    let hex = |text: &str| text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    // `git describe` prints names that end so.
    let described = name.rsplit_once("-g").is_some_and(|(_, id)| hex(id));
    if !(hex(name) && name.parse::<ObjectId>().is_err() || described) {
        return Ok(repository.resolve(rev)?);
    }
    let error = CommandError::new(
        ErrorKind::Usage,
        format!("{option} {rev}: an abbreviated commit id can also be the name of a tag"),
    );
    Err(match repository.resolve(rev) {
        Ok(whole) => error.help(format!(
            "Give the whole id. Here it would be {whole}; compare that with the one that you mean."
        )),
        Err(_) => error.help("Give the whole id, as `git rev-parse COMMIT` prints it."),
    })
}

/// Judges HEAD without asking a forge. On a branch other than the governed one, HEAD is a candidate
/// for that one.
pub fn ask(session: &Session<'_>, repository: &Repository) -> Result<Answer, Unjudged> {
    judge(session, repository, None, &ForgeOptions::default(), None)
}

/// The same for a read-only command: it may read the cache of an earlier run, and then says so.
/// Nothing may be written after it.
pub fn view(
    session: &Session<'_>,
    repository: &Repository,
    forge: &ForgeOptions,
) -> Result<Answer, Unjudged> {
    let question = question(session, repository, looking())?;
    let answer = answer(session, repository, question, forge, None)?;
    mention_cache(session, &answer);
    Ok(answer)
}

/// The purpose of a command on whose answer nothing rests.
pub fn looking() -> Purpose {
    Purpose::View {
        unattended: std::env::var_os("CI").is_some(),
    }
}

/// Says so where part of an answer comes from an earlier run.
pub fn mention_cache(session: &Session<'_>, answer: &Answer) {
    if answer.is_from_cache() {
        session.out.note(FROM_CACHE);
    }
}

/// The policy in force on the governed branch.
pub fn in_force(answer: &Answer) -> &PolicyVersion {
    let survey = answer.base.as_ref().unwrap_or(&answer.survey);
    &survey.replay.policy
}

/// A verdict about HEAD, or about merging it into `base`. Commits that are missing may be fetched
/// by `fetch`, which only a step of a workflow does.
pub fn judge(
    session: &Session<'_>,
    repository: &Repository,
    base: Option<&str>,
    forge: &ForgeOptions,
    fetch: Option<&Fetch<'_>>,
) -> Result<Answer, Unjudged> {
    let question = question(session, repository, Purpose::Decide)?;
    let base = base
        .map(|base| repository.resolve_base(base))
        .transpose()
        .map_err(CommandError::from)?;
    answer(
        session,
        repository,
        Question {
            base: base.map_or(Base::Governed, Base::Commit),
            ..question
        },
        forge,
        fetch,
    )
}

fn answer(
    session: &Session<'_>,
    repository: &Repository,
    question: Question<'_>,
    options: &ForgeOptions,
    fetch: Option<&Fetch<'_>>,
) -> Result<Answer, Unjudged> {
    let source = match options.answers(session) {
        Ok(source) => source,
        Err(error) => {
            return Err(Unjudged::without_forge(
                question.context(repository)?,
                error,
            ));
        }
    };
    let open = |policy: &Policy| source.open(policy);
    let pull_requests = PullRequestLookup {
        forge: source.is_asked().then_some(&open),
        numbers: options.numbers(),
        queue: options.queue(),
        fetch,
    };
    let answer = Question {
        pull_requests,
        ..question
    }
    .judge(repository)?;
    source.save(&answer.survey.replay.policy.policy)?;
    Ok(answer)
}

/// The history of HEAD, for a command that writes. It reads no document.
pub fn history(session: &Session<'_>, repository: &Repository) -> Result<History, CommandError> {
    let question = question(session, repository, Purpose::Decide)?;
    let history = question.history(repository).map_err(|error| error.error)?;
    if let (Some(rev), Some(wanted)) = (&session.options.includes, question.includes) {
        require_included(&history, rev, wanted)?;
    }
    Ok(history)
}

/// The same that `check` asks: on a branch, the governed branch must have the commit.
fn require_included(history: &History, rev: &str, wanted: ObjectId) -> Result<(), CommandError> {
    if history.replay.line.contains(&wanted) {
        return Ok(());
    }
    Err(CommandError::new(
        ErrorKind::Failed,
        format!("{rev} is not on the first-parent line of the governed branch"),
    )
    .help(
        "Find out who rewrote the history: a branch that only moves forward keeps every landing.",
    ))
}

/// Passes every event up to HEAD to `take` as it is produced. `None` when HEAD is a candidate,
/// which needs an [`Answer`]; what was given by then is worth nothing.
pub fn events(
    session: &Session<'_>,
    repository: &Repository,
    take: &mut EventSink<'_>,
) -> Result<Option<Context>, Unjudged> {
    Ok(question(session, repository, Purpose::Decide)?.events(repository, take)?)
}

/// Why nothing was judged, with everything that a report still needs.
pub struct Unjudged {
    /// For the commands that print no report.
    pub error: CommandError,
    /// For `check`.
    pub report: Option<Box<(Context, Report)>>,
}

impl Unjudged {
    /// Whether the report says all that the error says: the same must not be read twice. Lines of
    /// the user's files are shown with the error only.
    pub fn is_told(&self) -> bool {
        let report = self.report.as_deref();
        report.is_some_and(|(_, report)| !report.findings.is_empty())
            && self.error.diagnostics.is_empty()
    }

    /// The repository cannot be read at all.
    pub fn unreadable(session: &Session<'_>, error: GitError) -> Self {
        let error = ReplayError::from(error);
        let context = Context {
            repository: None,
            branch: None,
            head: None,
            base: None,
            anchor: None,
            anchor_pinned: session.options.anchor.is_some(),
            now: session.now,
        };
        let report = Report::not_evaluated(findings_of(&error));
        Self {
            report: Some(Box::new((context, report))),
            error: error.into(),
        }
    }

    /// The options name a forge that cannot be queried.
    fn without_forge(context: Context, error: CommandError) -> Self {
        let unanswered = Observation::new(RuleId::ForgeUnanswered).with(Fact::Why, &error.message);
        let finding = Finding::of(&unanswered, &Setting::default());
        let report = Report::not_evaluated(vec![Finding {
            help: if error.help.is_empty() {
                finding.help.clone()
            } else {
                error.help.join(" ")
            },
            ..finding
        }]);
        Self {
            report: Some(Box::new((context, report))),
            error,
        }
    }
}

impl From<JudgeError> for Unjudged {
    fn from(error: JudgeError) -> Self {
        let report = error.report();
        Self {
            report: error.context.map(|context| Box::new((*context, report))),
            error: error.error.into(),
        }
    }
}

impl From<CommandError> for Unjudged {
    fn from(error: CommandError) -> Self {
        Self {
            error,
            report: None,
        }
    }
}

impl From<Unjudged> for CommandError {
    fn from(unjudged: Unjudged) -> Self {
        unjudged.error
    }
}

impl From<ReplayError> for CommandError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::NotGoverned => Self::new(ErrorKind::NotGoverned, &error)
                .help("Run `countersign init` to govern this repository, commit the files it writes, and try again."),
            ReplayError::InvalidAnchor { commit, text, problems } => {
                Self::new(ErrorKind::PolicyInvalid, format!("the policy at {} is not valid", commit.short()))
                    .help("Fix countersign.yaml and commit it; `countersign check --worktree` shows every fault with its line.")
                    .faults(&problems, &text)
            }
            ReplayError::Git(error) => error.into(),
            ReplayError::Incomplete(ref incomplete) => Self::not_evaluated(&error).help(incomplete.help()),
            ReplayError::AnchorNotReached { .. } | ReplayError::AnchorMismatch { .. } => Self::not_evaluated(&error)
                .help("Compare --anchor with the commit that the repository's owners published, and check out the governed branch."),
            ReplayError::RestartNotPinned { .. } => Self::not_evaluated(&error).help(
                "Pin the landing with --anchor if the repository's owners published it elsewhere; otherwise get the history before it.",
            ),
            ReplayError::TooManyLines => {
                Self::not_evaluated(&error).help("Look for merges that copy records with `git log --merges --first-parent -- approvals`.")
            }
            ReplayError::MergeConflict(_) => {
                Self::not_evaluated(&error).help("Merge or rebase onto the base, resolve the conflict, and try again.")
            }
            ReplayError::BaseMissing(_) | ReplayError::BaseNotOnBranch { .. } => {
                Self::not_evaluated(&error).help("Fetch the governed branch, then name a commit of it, such as origin/main.")
            }
            ReplayError::NoOpenPgp => Self::not_evaluated(&error).help("Use a build with the feature `openpgp`, which is on by default."),
            ReplayError::Forge(error) => error.into(),
            ReplayError::PullNotFetched { pull, .. } => {
                Self::not_evaluated(&error).help(format!("Fetch it with `git fetch origin refs/pull/{pull}/head`, and try again."))
            }
        }
    }
}
