//! What one run of a command works with: the options, the output and the instant.

use std::path::{Path, PathBuf};

use super::clock;
use super::options::{CommonOptions, Format};
use super::output::Output;
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
        Self { options, out, now: options.now.unwrap_or_else(clock::now) }
    }

    /// Whether the result is for programs.
    pub fn json(&self) -> bool {
        self.options.format == Format::Json
    }

    /// The folder to work in.
    pub fn directory(&self) -> PathBuf {
        self.options.directory.clone().unwrap_or_else(|| Path::new(".").to_owned())
    }
}
