//! What one run of a command works with: the options, the output and the instant.

use std::path::{Path, PathBuf};

use super::clock;
use super::error::CommandError;
use super::git_variables;
use super::options::{CommonOptions, Format};
use super::output::Output;
use crate::git::{GitError, Repository};
use crate::model::Timestamp;

/// One run of a command.
#[derive(Debug)]
pub struct Session<'a> {
    /// The user's wishes.
    pub options: &'a CommonOptions,
    /// Where to print.
    pub out: Output,
    /// The instant at which expiry is judged: `--now`, else the clock, read once.
    pub now: Timestamp,
}

impl<'a> Session<'a> {
    /// A run with these options.
    pub fn new(options: &'a CommonOptions) -> Self {
        let out = Output::new(options.color, options.quiet);
        Self {
            options,
            out,
            now: options.now.unwrap_or_else(clock::now),
        }
    }

    /// Whether the result is for programs.
    pub fn json(&self) -> bool {
        self.options.format == Format::Json
    }

    /// The repository around the folder to work in.
    pub fn repository(&self) -> Result<Repository, CommandError> {
        Ok(self.open()??)
    }

    /// The same; the inner error is about the repository itself.
    pub fn open(&self) -> Result<Result<Repository, GitError>, CommandError> {
        let found = Repository::open(&self.directory());
        if self.options.directory.is_none() {
            git_variables::refuse_another(found.as_ref().ok())?;
        }
        Ok(found)
    }

    /// The folder to work in.
    pub fn directory(&self) -> PathBuf {
        self.options
            .directory
            .clone()
            .unwrap_or_else(|| Path::new(".").to_owned())
    }
}

/// Root of the checked-out files of a repository; an error for a bare one.
pub fn work_dir(repository: &Repository) -> Result<&Path, CommandError> {
    repository.work_dir().ok_or_else(|| {
        CommandError::usage("this repository is bare: it has no working tree")
            .help("Run the command in a clone with a working tree.")
    })
}
