//! `countersign completions`.

use clap::Args;
use clap_complete::Shell;
use clap_complete::env::Shells;

use super::complete::VARIABLE;
use super::error::CommandError;
use super::exit::ExitCode;
use super::session::Session;

/// The program that a registered script calls: the one on the `PATH`.
const PROGRAM: &str = "countersign";

/// Print what makes a shell complete commands, options and the names of this repository
///
/// The script calls `countersign` whenever you complete, so it need not be printed again when
/// names change. Subjects, versions and people come from HEAD of the repository around you.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign completions bash > ~/.local/share/bash-completion/completions/countersign
  countersign completions fish > ~/.config/fish/completions/countersign.fish
  source <(countersign completions zsh)    in ~/.zshrc, after compinit")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        let mut script = Vec::new();
        if self.shell == Shell::Bash {
            // Bash would complete what follows an `@` by itself, as if it were a host.
            script.extend_from_slice(b"COMP_WORDBREAKS=${COMP_WORDBREAKS//@}\n");
        }
        let shells = Shells::builtins();
        let name = self.shell.to_string();
        let registered = shells.completer(&name).map(|shell| {
            shell.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)
        });
        match registered {
            Some(Ok(())) => session.out.bytes(&script)?,
            _ => {
                return Err(CommandError::usage(format!(
                    "there is no script for {name}"
                )));
            }
        }
        Ok(ExitCode::Pass)
    }
}
