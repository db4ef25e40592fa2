//! The runner's environment and the inputs of `action.yml`, read once.

use std::env;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use super::event::{EventError, MOST_BYTES, Occasion};
use crate::check::Report;
use crate::cli::environment::variable;
use crate::cli::error::CommandError;
use crate::cli::live;
use crate::cli::programs::Token;
use crate::model::ObjectId;
use crate::render::github::Links;

/// The runner's variables and the user's inputs.
#[derive(Debug)]
pub(super) struct Environment {
    /// Why the workflow runs.
    pub occasion: Occasion,
    /// The commit that the runner was started for: of a pull request the forge's own merge.
    pub sha: Option<ObjectId>,
    /// Path of the workflow's file in the repository.
    pub workflow: Option<String>,
    /// The base, if the user set one.
    pub base: Option<String>,
    /// The anchor: the input, else the repository's variable.
    pub anchor: Option<ObjectId>,
    /// What links start with.
    pub links: Links,
    /// The job's summary.
    pub summary: Option<PathBuf>,
    /// The file of outputs.
    pub output: Option<PathBuf>,
    /// A folder for the reports, outside of the repository.
    pub folder: PathBuf,
    /// Whether a warning makes the verdict `fail`.
    pub strict: bool,
    /// Whether to write SARIF.
    pub sarif: bool,
    /// What to do.
    pub command: Command,
    /// Whether to keep one comment on the pull request up to date.
    pub comment: bool,
    /// The token, with the server whose repositories it is for.
    pub token: Option<Token>,
    /// Where records of reviews go.
    pub record_to: RecordTo,
    /// The recorder's private key.
    pub signing_key: Option<SigningKey>,
    /// Where the workflow that runs comes from.
    pub origin: Origin,
}

/// What the input `command` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// The gate.
    Check,
    /// Records of the reviews of what landed.
    Record,
    /// The report about everything on the governed branch.
    Audit,
}

/// What the input `record-to` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordTo {
    /// Straight to the governed branch.
    Push,
    /// A pull request.
    PullRequest,
}

/// A private key that is never shown.
pub(super) struct SigningKey(pub String);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

/// Which repository's workflow runs, and the number of the one that it runs for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// Whether it is of the repository that it runs for.
    pub own: bool,
    /// The number of that repository.
    pub repository: Option<u64>,
}

impl Environment {
    /// Reads what `action.yml` and the runner set.
    pub(super) fn read() -> Result<Self, CommandError> {
        let temp = path("RUNNER_TEMP").ok_or_else(|| {
            CommandError::usage("RUNNER_TEMP is not set: this command runs as a step of the GitHub Action")
                .help("Run `countersign check` instead, or use the Action as docs/github-action.md shows.")
        })?;
        let tool = (
            variable("COUNTERSIGN_TOOL"),
            variable("COUNTERSIGN_TOOL_REF"),
        );
        let server = variable("GITHUB_SERVER_URL").unwrap_or_default();
        Ok(Self {
            occasion: occasion()?,
            sha: variable("GITHUB_SHA").and_then(|sha| sha.parse().ok()),
            workflow: variable("GITHUB_WORKFLOW_REF")
                .as_deref()
                .and_then(workflow_path),
            base: variable("COUNTERSIGN_BASE"),
            anchor: anchor(variable("COUNTERSIGN_ANCHOR"))?,
            links: Links::new(
                &server,
                variable("GITHUB_REPOSITORY").as_deref(),
                tool.0.as_deref(),
                tool.1.as_deref(),
            ),
            summary: path("GITHUB_STEP_SUMMARY").filter(|_| switch("COUNTERSIGN_SUMMARY", true)),
            output: path("GITHUB_OUTPUT"),
            folder: temp.join("countersign"),
            strict: strict(variable("COUNTERSIGN_STRICT").as_deref())?,
            sarif: switch("COUNTERSIGN_SARIF", false),
            command: command()?,
            comment: switch("COUNTERSIGN_COMMENT", false),
            token: live::token().map(|token| {
                Token::new(
                    if server.is_empty() {
                        "https://github.com"
                    } else {
                        &server
                    },
                    &token,
                )
            }),
            record_to: record_to()?,
            signing_key: variable("COUNTERSIGN_SIGNING_KEY")
                .map(|key| SigningKey(format!("{key}\n"))),
            origin: origin(),
        })
    }

    /// The report with warnings that count, where the input `strict` asks for it.
    pub(super) fn weighed(&self, report: Report) -> Report {
        if self.strict {
            report.strictly()
        } else {
            report
        }
    }
}

fn path(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn switch(name: &str, usual: bool) -> bool {
    variable(name).map_or(usual, |value| value == "true")
}

/// Anything that could be meant as yes must not be read as no.
fn strict(input: Option<&str>) -> Result<bool, CommandError> {
    match input {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(
            CommandError::usage("the input `strict` is not true or false")
                .help("Set it to one of them, or leave it out."),
        ),
    }
}

fn command() -> Result<Command, CommandError> {
    match variable("COUNTERSIGN_COMMAND").as_deref() {
        None | Some("check") => Ok(Command::Check),
        Some("record") => Ok(Command::Record),
        Some("audit") => Ok(Command::Audit),
        Some(_) => Err(
            CommandError::usage("the input `command` is not check, record or audit")
                .help("Set it to one of them, or leave it out."),
        ),
    }
}

fn record_to() -> Result<RecordTo, CommandError> {
    match variable("COUNTERSIGN_RECORD_TO").as_deref() {
        None | Some("push") => Ok(RecordTo::Push),
        Some("pull-request") => Ok(RecordTo::PullRequest),
        Some(_) => Err(
            CommandError::usage("the input `record-to` is not push or pull-request")
                .help("Set it to one of them."),
        ),
    }
}

fn origin() -> Origin {
    let workflow = variable("GITHUB_WORKFLOW_REF").unwrap_or_default();
    let repository = variable("GITHUB_REPOSITORY").unwrap_or_default();
    let of = workflow
        .splitn(3, '/')
        .take(2)
        .collect::<Vec<_>>()
        .join("/");
    Origin {
        own: of.eq_ignore_ascii_case(&repository),
        repository: variable("GITHUB_REPOSITORY_ID").and_then(|id| id.parse().ok()),
    }
}

fn occasion() -> Result<Occasion, CommandError> {
    let name = variable("GITHUB_EVENT_NAME").unwrap_or_default();
    let mut payload = Vec::new();
    if let Some(path) = path("GITHUB_EVENT_PATH") {
        let cannot = |error: &std::io::Error| CommandError::io("read the event payload", error);
        let file = File::open(path).map_err(|error| cannot(&error))?;
        file.take(MOST_BYTES + 1)
            .read_to_end(&mut payload)
            .map_err(|error| cannot(&error))?;
    }
    if payload.len() as u64 > MOST_BYTES {
        return Err(CommandError::not_evaluated(
            "the event payload is larger than any that the forge sends",
        ));
    }
    Occasion::read(&name, &payload).map_err(|error| {
        let help = match error {
            EventError::Target => "Run the gate `on: pull_request` with `permissions: contents: read`; it needs no secrets.",
            EventError::Malformed(..) => "Run the Action on pull_request, merge_group, push, schedule or workflow_dispatch.",
        };
        CommandError::usage(&error).help(help)
    })
}

/// A full commit id and nothing else: neither a branch that a push can move nor a file that a pull
/// request can change.
fn anchor(text: Option<String>) -> Result<Option<ObjectId>, CommandError> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        CommandError::usage("the anchor is not a full commit id")
            .help("Give all 40 (or 64) hexadecimal digits of the landing that introduced the first policy, as the owners published it.")
    })
}

/// `acme/skills/.github/workflows/gate.yml@refs/heads/main` names `.github/workflows/gate.yml`.
fn workflow_path(of: &str) -> Option<String> {
    let (path, _) = of.split_once('@')?;
    let mut steps = path.splitn(3, '/');
    (steps.next().is_some() && steps.next().is_some())
        .then(|| steps.next().map(str::to_owned))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_a_whole_commit_id() {
        for text in ["main", "HEAD", "0123456", "./anchor", "refs/tags/x"] {
            assert!(anchor(Some(text.to_owned())).is_err(), "{text}");
        }
        assert_eq!(anchor(None), Ok(None));
        assert!(anchor(Some("0".repeat(40))).is_ok_and(|anchor| anchor.is_some()));
    }

    #[test]
    fn strict_is_true_or_false_and_nothing_else() {
        assert_eq!(strict(None), Ok(false));
        assert_eq!(strict(Some("false")), Ok(false));
        assert_eq!(strict(Some("true")), Ok(true));
        for text in ["True", "yes", "1", "true "] {
            assert!(strict(Some(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_workflow_is_known_by_its_path() {
        let path = workflow_path("acme/skills/.github/workflows/gate.yml@refs/pull/7/merge");
        assert_eq!(path.as_deref(), Some(".github/workflows/gate.yml"));
        assert_eq!(workflow_path("nothing"), None);
    }
}
