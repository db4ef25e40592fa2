//! The one error type of the commands: what happened, what to do about it, and where in the user's
//! own file.

use std::fmt::Display;

use super::excerpt::Excerpt;
use super::exit::ExitCode;
use super::shell_word::quoted;
use crate::document::{Problem, private_key};
use crate::git::{GitError, RevisionFault};

/// What sort of error it is, which decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The check that the command makes failed, such as schemas that drifted.
    Failed,
    /// The command cannot be carried out as it was called.
    Usage,
    /// The repository has no policy.
    NotGoverned,
    /// The policy cannot be used.
    PolicyInvalid,
    /// Something outside failed: Git objects, files, programs.
    NotEvaluated,
    /// A bug in this program.
    Internal,
}

impl ErrorKind {
    /// The exit code; docs/commands.md says what each one means.
    pub const fn exit(self) -> ExitCode {
        match self {
            Self::Failed => ExitCode::Fail,
            Self::Usage | Self::NotGoverned | Self::PolicyInvalid => ExitCode::Usage,
            Self::NotEvaluated => ExitCode::NotEvaluated,
            Self::Internal => ExitCode::Internal,
        }
    }
}

/// A fault in a file, with the text that is needed to show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Path as the user knows it.
    pub path: String,
    /// The lines around it.
    pub excerpt: Excerpt,
    /// What is wrong there: a lower-case fragment.
    pub message: String,
    /// What to do: a sentence that starts with a verb; may be empty.
    pub help: String,
}

impl From<GitError> for CommandError {
    fn from(error: GitError) -> Self {
        match &error {
            GitError::NotARepository(_) => {
                Self::usage(&error).help("Run this inside a Git repository, or pass -C DIR.")
            }
            GitError::Unborn(_) => Self::usage(&error).help("Commit something first."),
            GitError::UnknownRevision { rev, why } => {
                Self::usage(&error).help(revision_help(rev, why))
            }
            _ => error
                .help()
                .into_iter()
                .fold(Self::not_evaluated(&error), Self::help),
        }
    }
}

/// What to give instead of a revision that is not a commit here.
fn revision_help(rev: &str, why: &RevisionFault) -> String {
    match why {
        RevisionFault::Absent {
            remote: Some(remote),
        } => format!(
            "Fetch it with `git fetch {} {}`, if that remote has it.",
            quoted(remote),
            quoted(rev)
        ),
        RevisionFault::Absent { remote: None } => "Fetch it from a clone that has it.".to_owned(),
        RevisionFault::NotFetched { remote, branch } => format!(
            "Fetch it with `git fetch {} {}`.",
            quoted(remote),
            quoted(&format!("{branch}:refs/remotes/{remote}/{branch}"))
        ),
        RevisionFault::NoUpstream { branch } => format!(
            "Set one with `git branch --set-upstream-to=origin/{0} {0}`, or give the branch of the remote itself, such as origin/main.",
            quoted(branch)
        ),
        RevisionFault::Detached | RevisionFault::Push => {
            "Give the branch of the remote itself, such as origin/main.".to_owned()
        }
        RevisionFault::Range => "Give one commit, such as the end of the range.".to_owned(),
        RevisionFault::Search => "Give the commit by its id.".to_owned(),
        RevisionFault::Ambiguous => "Give more digits of the id.".to_owned(),
        RevisionFault::Beyond { name } => format!(
            "Give a commit that `git log {}` lists, by its id.",
            quoted(name)
        ),
        RevisionFault::NotACommit(_) => "Give the commit that has it, such as HEAD.".to_owned(),
        RevisionFault::Unreadable => {
            "Clone the repository again; `git fsck` shows what is broken.".to_owned()
        }
        RevisionFault::Unknown => {
            "Give a branch, a tag or a commit id: `git branch --all` and `git tag` list the names."
                .to_owned()
        }
    }
}

/// Why a command stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    /// What sort of error it is.
    pub kind: ErrorKind,
    /// What happened: a lower-case fragment.
    pub message: String,
    /// What to do, most likely first: sentences that start with a verb.
    pub help: Vec<String>,
    /// The faults in the user's files.
    pub diagnostics: Vec<Diagnostic>,
    /// What another program printed after its first line.
    pub printed: Vec<String>,
}

impl CommandError {
    /// An error without help.
    pub fn new(kind: ErrorKind, message: impl Display) -> Self {
        Self {
            kind,
            message: message.to_string(),
            help: Vec::new(),
            diagnostics: Vec::new(),
            printed: Vec::new(),
        }
    }

    /// The command was called in a way that cannot be carried out.
    pub fn usage(message: impl Display) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// Something outside failed.
    pub fn not_evaluated(message: impl Display) -> Self {
        Self::new(ErrorKind::NotEvaluated, message)
    }

    /// An input or output error while doing `what`, such as `write countersign.yaml`.
    pub fn io(what: impl Display, error: &std::io::Error) -> Self {
        Self::not_evaluated(format!("cannot {what}: {error}"))
    }

    /// Adds what another program printed on standard error, whose lines stay lines: the first one
    /// belongs to the message.
    #[must_use]
    pub fn printed(mut self, text: &str) -> Self {
        const MOST: usize = 20;
        let mut lines = text
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or("no reason given");
        self.message = format!("{}: {first}", self.message);
        self.printed.extend(lines.take(MOST).map(str::to_owned));
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Display) -> Self {
        self.help.push(help.to_string());
        self
    }

    /// With the faults of the file whose bytes are `source`, each at its line. Private keys in it
    /// are covered.
    #[must_use]
    pub fn faults(mut self, problems: &[Problem], source: &[u8]) -> Self {
        let source = private_key::covered(source);
        self.diagnostics
            .extend(problems.iter().map(|problem| Diagnostic {
                path: problem.place.path.clone(),
                excerpt: Excerpt::of(&source, problem.span),
                message: problem.message.clone(),
                help: problem.help.clone(),
            }));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_program_prints_keeps_its_lines() {
        let failed = || CommandError::not_evaluated("git failed");
        let error =
            failed().printed("Author identity unknown\n\n*** Please tell me who you are.\n");
        assert_eq!(error.message, "git failed: Author identity unknown");
        assert_eq!(error.printed, ["*** Please tell me who you are."]);
        assert_eq!(failed().printed("").message, "git failed: no reason given");
    }
}
