//! `countersign completions`.

use clap::Args;

use super::error::CommandError;
use super::exit::ExitCode;
use super::session::Session;

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign completions bash > ~/.local/share/bash-completion/completions/countersign"
)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

impl Completions {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut super::command(),
            "countersign",
            &mut script,
        );
        session.out.bytes(&script)?;
        Ok(ExitCode::Pass)
    }
}
