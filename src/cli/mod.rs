//! The commands: a thin layer between the user and the layers below. One command, one file; its doc
//! comment is its help.
//!
//! Only this layer prints (`output`), starts programs (`programs`), reads the clock (`clock`) and
//! writes files (`files`).

mod account_keys;
mod action;
mod approve;
mod archive;
mod audit;
mod block;
mod check;
mod checksum;
mod clock;
mod complete;
mod completions;
mod decide;
mod demo;
mod deprecate;
mod destination;
mod diff;
mod environment;
mod error;
mod excerpt;
mod exit;
mod explain;
mod files;
mod forge;
mod git_variables;
mod guard;
mod init;
mod inventory;
mod landed;
mod listing;
mod live;
mod log;
mod man;
mod options;
mod output;
mod package_files;
mod people;
mod policy;
mod programs;
mod question;
mod reject;
mod report;
mod review_context;
mod reviews;
mod revoke;
mod rollback;
mod schema;
mod session;
mod shell_word;
mod show;
mod spool;
mod staged;
mod status;
mod subject_argument;
mod suggest;
mod terminal;
mod trace;
mod typed_command;
mod unblock;
mod uncommitted;
mod unusable;
mod user_key;
mod verify;
mod worktree;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

pub use error::{CommandError, Diagnostic, ErrorKind};
pub use exit::ExitCode;
pub use options::{CommonOptions, Format};
use session::Session;

/// Record and verify which version of each agent Skill, prompt, server and setting is approved, by
/// whom, and for exactly which bytes
#[derive(Debug, Parser)]
#[command(name = "countersign", version, max_term_width = 110)]
#[command(after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    common: CommonOptions,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0   pass, or done
  1   fail, or approvals are missing (with `check --staged`, only fail)
  2   wrong usage, not governed, or an invalid policy at the anchor
  3   not evaluated: never a pass
  70  internal error";

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Init(init::Init),
    Inventory(inventory::InventoryCommand),
    Check(check::Check),
    Status(status::Status),
    Suggest(suggest::Suggest),
    Explain(explain::Explain),
    Log(log::Log),
    Diff(diff::Diff),
    Show(show::Show),
    Checksum(checksum::Checksum),
    Approve(approve::Approve),
    Reject(reject::Reject),
    Deprecate(deprecate::Deprecate),
    Block(block::Block),
    Unblock(unblock::Unblock),
    Revoke(revoke::Revoke),
    Archive(archive::Archive),
    Rollback(rollback::Rollback),
    Reviews(reviews::Reviews),
    People(people::People),
    Policy(policy::Policy),
    Audit(audit::Audit),
    Verify(verify::Verify),
    Schema(schema::Schema),
    #[command(hide = true)]
    Action(action::Action),
    Completions(completions::Completions),
    Man(man::Man),
    /// Print the version
    Version,
}

impl Command {
    /// Whether the command prints in this format.
    const fn prints(&self, format: Format) -> bool {
        match format {
            Format::Human | Format::Json => true,
            Format::Markdown => matches!(self, Self::Check(_) | Self::Audit(_)),
            Format::Sarif | Format::Github => matches!(self, Self::Check(_)),
            Format::Csv => matches!(self, Self::Audit(_) | Self::Inventory(_)),
            Format::Html | Format::Oscal | Format::Intoto => matches!(self, Self::Audit(_)),
            Format::Ndjson | Format::Ocsf => matches!(self, Self::Log(_)),
        }
    }

    fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        match self {
            Self::Demo(command) => command.run(session),
            Self::Init(command) => command.run(session),
            Self::Inventory(command) => command.run(session),
            Self::Check(command) => command.run(session),
            Self::Status(command) => command.run(session),
            Self::Suggest(command) => command.run(session),
            Self::Explain(command) => command.run(session),
            Self::Log(command) => command.run(session),
            Self::Diff(command) => command.run(session),
            Self::Show(command) => command.run(session),
            Self::Checksum(command) => command.run(session),
            Self::Approve(command) => command.run(session),
            Self::Reject(command) => command.run(session),
            Self::Deprecate(command) => command.run(session),
            Self::Block(command) => command.run(session),
            Self::Unblock(command) => command.run(session),
            Self::Revoke(command) => command.run(session),
            Self::Archive(command) => command.run(session),
            Self::Rollback(command) => command.run(session),
            Self::Reviews(command) => command.run(session),
            Self::People(command) => command.run(session),
            Self::Policy(command) => command.run(session),
            Self::Audit(command) => command.run(session),
            Self::Verify(command) => command.run(session),
            Self::Schema(command) => command.run(session),
            Self::Action(command) => command.run(session),
            Self::Completions(command) => command.run(session),
            Self::Man(command) => command.run(session),
            Self::Version => {
                let line = Cli::command().render_version();
                session.out.result(&line)?;
                Ok(ExitCode::Pass)
            }
        }
    }
}

/// Runs the program with `args`, the first of which is its own name, and says how it ended.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if complete::is_asked(&args) {
        return complete::answer(args, command());
    }
    guard::guard(move || match Cli::try_parse_from(args) {
        Ok(cli) => run(&cli),
        Err(error) => {
            output::usage(&error);
            if error.use_stderr() {
                ExitCode::Usage
            } else {
                ExitCode::Pass
            }
        }
    })
}

fn run(cli: &Cli) -> ExitCode {
    let session = Session::new(&cli.common);
    trace::start(&cli.common, session.out);
    let format = cli.common.format;
    let answer = if cli.command.prints(format) {
        cli.command.run(&session)
    } else {
        Err(
            CommandError::usage(format!("this command cannot print {}", format.as_str()))
                .help("Choose --format human or json."),
        )
    };
    answer.unwrap_or_else(|error| {
        session.out.error(&error);
        error.kind.exit()
    })
}

/// The whole command line, for completions, man pages and the reference page.
pub fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn every_command_and_option_has_a_help_text() {
        fn check(command: &clap::Command, path: &str) {
            assert!(command.get_about().is_some(), "{path} has no help");
            for arg in command.get_arguments() {
                assert!(
                    arg.get_help().is_some(),
                    "{path} {} has no help",
                    arg.get_id()
                );
            }
            for sub in command.get_subcommands() {
                check(sub, &format!("{path} {}", sub.get_name()));
            }
        }
        check(&command(), "countersign");
    }

    #[test]
    fn wrong_usage_exits_with_two_and_help_with_zero() {
        let exit = |args: &[&str]| main(args.iter().map(OsString::from));
        assert_eq!(exit(&["countersign", "no-such-command"]), ExitCode::Usage);
        assert_eq!(exit(&["countersign"]), ExitCode::Usage);
    }
}
