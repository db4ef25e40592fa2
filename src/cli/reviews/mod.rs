//! `countersign reviews`.

pub mod record;
mod verify;

use clap::{Args, Subcommand};

use super::error::CommandError;
use super::exit::ExitCode;
use super::session::Session;

/// Record pull-request approvals, and compare the records with the forge
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign reviews record --commit HEAD --key recorder    record the approvals of what HEAD landed
  countersign reviews record --pull 7 --key recorder
  countersign reviews verify                                 show what has changed on the forge since")]
pub struct Reviews {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Record(record::Record),
    Verify(verify::Verify),
}

impl Reviews {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        match &self.action {
            Action::Record(command) => command.run(session),
            Action::Verify(command) => command.run(session),
        }
    }
}
