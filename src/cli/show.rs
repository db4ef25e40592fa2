//! `show`: the exact files of any landed version, from Git.

use crate::model::quantity::counted;
use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::checksum::why_not;
use super::destination;
use super::error::CommandError;
use super::exit::ExitCode;
use super::files::{Folder, NewFile};
use super::forge::ForgeOptions;
use super::landed::{self, LandedVersion};
use super::output::inert;
use super::question;
use super::session::Session;
use crate::model::{FileMode, State};
use crate::render::{human, json};
use crate::replay::contents;

/// Show the exact files of any version that ever landed
///
/// Lists them; prints the bytes of a one-file package or of --file; or, with --out, writes them to
/// a new folder, with their executable bits, and verifies what it wrote against the digest.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign show skill/pdf-tools@1.1.0
  countersign show skill/pdf-tools@current --file SKILL.md
  countersign show skill/pdf-tools@previous --out /tmp/pdf-tools")]
pub struct Show {
    /// A subject and a version of it: a version, head, current, previous, or the start of a digest
    #[arg(value_name = "SUBJECT@VERSION")]
    subject: String,
    /// Write the files into this folder, which must not exist
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the bytes of this file of the package
    #[arg(long, value_name = "PATH", conflicts_with = "out")]
    file: Option<String>,
}

impl Show {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let repository = session.repository()?;
        let answer = question::view(session, &repository, &ForgeOptions::default())?;
        let replay = &answer.survey.replay;
        let (subject, version) = landed::named(&replay.ledger, &self.subject)?;
        let landed = landed::find(&repository, replay, subject, version)?;
        if matches!(version.state, State::Blocked | State::Revoked) {
            session.out.warning(&format!(
                "{}@{} is {}",
                subject.id,
                version.key.version.label(),
                version.state
            ));
        }
        if let Some(out) = &self.out {
            write(session, &landed, &session.directory().join(out))?;
            session.out.note(&format!(
                "wrote {} to {}, digest {}",
                files(&landed),
                out.display(),
                version.key.digest
            ));
            return Ok(ExitCode::Pass);
        }
        if let Some(file) = &self.file {
            let bytes = landed
                .files
                .iter()
                .find(|(path, ..)| path == file)
                .map(|(_, _, bytes)| bytes);
            let missing = || {
                CommandError::usage(format!("{} has no file {file}", self.subject))
                    .help("Leave out --file to list its files.")
            };
            print(session, bytes.ok_or_else(missing)?)?;
        } else if session.json() {
            session
                .out
                .result(&json::text(&json::show(&landed.view(subject, version))))?;
        } else if landed.package.is_folder {
            session.out.result(&session.out.paint().fit(human::show(
                &landed.view(subject, version),
                session.out.paint(),
            )))?;
        } else {
            print(
                session,
                landed
                    .files
                    .first()
                    .map(|(_, _, bytes)| bytes.as_slice())
                    .unwrap_or_default(),
            )?;
        }
        Ok(ExitCode::Pass)
    }
}

/// Prints exact bytes to a file or pipe; a terminal gets them escaped.
fn print(session: &Session<'_>, bytes: &[u8]) -> Result<(), CommandError> {
    if !std::io::stdout().is_terminal() {
        return session.out.bytes(bytes);
    }
    let shown = inert(&String::from_utf8_lossy(bytes));
    if shown.as_bytes() != bytes {
        session.out.warning("control and hidden characters are shown as \\u{…}; redirect the output to get the exact bytes");
    }
    session.out.bytes(shown.as_bytes())
}

fn files(version: &LandedVersion) -> String {
    counted(version.files.len(), "file")
}

/// Writes a version into a new folder and reads it again.
fn write(session: &Session<'_>, version: &LandedVersion, out: &Path) -> Result<(), CommandError> {
    let out = &destination::new_folder(out)?;
    let new = |(path, mode, bytes): &(String, FileMode, Vec<u8>)| NewFile {
        path: path.clone(),
        bytes: bytes.clone(),
        executable: *mode == FileMode::Executable,
    };
    let made: Vec<NewFile> = version.files.iter().map(new).collect();
    if let Err(error) = Folder::open(out).and_then(|folder| folder.create(&made)) {
        // Only what this command made can be in it.
        let _ = fs::remove_dir_all(out);
        return Err(error);
    }
    let written = contents::on_disk(out)?;
    if written.manifest.text() == version.package.manifest.text() {
        return Ok(());
    }
    if !cfg!(unix)
        && written
            .manifest
            .entries()
            .iter()
            .map(|entry| entry.sha256)
            .eq(version
                .package
                .manifest
                .entries()
                .iter()
                .map(|entry| entry.sha256))
    {
        session.out.warning(
            "this system does not store executable bits, so the digest of the folder differs",
        );
        return Ok(());
    }
    Err(CommandError::not_evaluated(format!(
        "the files written to {} differ from those in Git",
        out.display()
    ))
    .help(why_not("", &written)))
}
