//! `countersign schema` and `countersign schema check`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::destination;
use super::error::{CommandError, ErrorKind};
use super::exit::ExitCode;
use super::files::{Folder, NewFile};
use super::session::{Session, work_dir};
use crate::document::problem::closest;
use crate::document::schema;
use crate::render::json::schemas::OUTPUTS;

/// Print the JSON Schema of a document or of an output, or list them
///
/// Every file that Countersign writes names its schema in its first line, so editors with
/// `yaml-language-server` check it as you type. The schemas of what commands print with
/// `--format json` are named `output-…`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Examples:\n  countersign schema\n  countersign schema policy > policy.schema.json\n  countersign schema output-check\n  countersign schema check"
)]
pub struct Schema {
    #[command(subcommand)]
    command: Option<SchemaCommand>,
    /// Name of a schema; without one, all are listed
    name: Option<String>,
}

#[derive(Debug, Subcommand)]
enum SchemaCommand {
    Check(Check),
}

/// Compare the schemas in a folder with those of this program; fail if they differ
#[derive(Debug, Args)]
struct Check {
    /// The folder [default: schemas, at the root of the repository]
    dir: Option<PathBuf>,
    /// Write them instead
    #[arg(long)]
    write: bool,
}

impl Schema {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        match (&self.command, &self.name) {
            (Some(SchemaCommand::Check(check)), _) => check.run(session),
            (None, Some(name)) => {
                let text = text(name).ok_or_else(|| unknown(name))?;
                session.out.bytes(text.as_bytes())?;
                Ok(ExitCode::Pass)
            }
            (None, None) => {
                session.out.lines(names())?;
                Ok(ExitCode::Pass)
            }
        }
    }
}

/// The names of documents, then of outputs, each sorted.
fn names() -> impl Iterator<Item = &'static str> {
    let outputs = OUTPUTS.iter().map(|output| output.name);
    schema::NAMES.iter().copied().chain(outputs)
}

fn text(name: &str) -> Option<String> {
    let output = || OUTPUTS.iter().find(|output| output.name == name);
    schema::text(name).or_else(|| Some(output()?.text()))
}

fn unknown(name: &str) -> CommandError {
    let error = CommandError::usage(format!("`{name}` is not a known schema"));
    match closest(name, names()) {
        Some(near) => error.help(format!("Try {near}.")),
        None => error.help("Run `countersign schema` to list them."),
    }
}

impl Check {
    fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        let dir = match &self.dir {
            Some(dir) => session.directory().join(dir),
            None => work_dir(&session.repository()?)?.join("schemas"),
        };
        if self.write {
            return Self::write_to(session, &dir);
        }
        let drifted: Vec<String> = names()
            .filter_map(|name| drift(&dir, name))
            .chain(strangers(&dir))
            .collect();
        if drifted.is_empty() {
            session
                .out
                .note(&format!("{} schemas match this program", names().count()));
            return Ok(ExitCode::Pass);
        }
        let message = format!(
            "the schemas in {} do not match this program: {}",
            dir.display(),
            drifted.join(", ")
        );
        Err(CommandError::new(ErrorKind::Failed, message)
            .help("Run `countersign schema check --write` and commit the result."))
    }

    fn write_to(session: &Session, dir: &Path) -> Result<ExitCode, CommandError> {
        let folder = Folder::open(&destination::folder(dir)?)?;
        for name in names() {
            let text = text(name).expect("every listed schema has a text");
            folder.replace(&NewFile::regular(file(name), text))?;
        }
        session.out.note(&format!(
            "wrote {} schemas to {}",
            names().count(),
            dir.display()
        ));
        Ok(ExitCode::Pass)
    }
}

fn file(name: &str) -> String {
    format!("{name}.schema.json")
}

/// How the file of a schema differs; `None` when it does not.
fn drift(dir: &Path, name: &str) -> Option<String> {
    let file = file(name);
    let Ok(found) = dir.join(&file).symlink_metadata() else {
        return Some(format!("{file} is missing"));
    };
    // Reading a pipe waits for someone to write, and a link may lead anywhere.
    if !found.is_file() {
        return Some(format!("{file} is not a regular file"));
    }
    match Folder::open(dir).ok().and_then(|folder| folder.read(&file)) {
        Some(bytes) if text(name).is_some_and(|text| text.as_bytes() == bytes) => None,
        Some(_) => Some(format!("{file} differs")),
        None => Some(format!("{file} cannot be read")),
    }
}

/// Schemas that this program does not know.
fn strangers(dir: &Path) -> Vec<String> {
    let files = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    let strange = |name: &String| {
        name.strip_suffix(".schema.json")
            .is_some_and(|stem| !names().any(|name| name == stem))
    };
    let mut strangers: Vec<String> = files
        .filter(strange)
        .map(|name| format!("{name} is not a schema of this program"))
        .collect();
    strangers.sort();
    strangers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_a_schema_that_drifted_is_missing_or_unknown() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for name in names() {
            fs::write(dir.path().join(file(name)), text(name).expect("a text")).expect("written");
        }
        let drifted = || {
            names()
                .filter_map(|name| drift(dir.path(), name))
                .chain(strangers(dir.path()))
                .collect::<Vec<_>>()
        };
        assert!(drifted().is_empty());
        fs::write(dir.path().join(file("policy")), "{}\n").expect("written");
        fs::write(dir.path().join(file("old")), "{}\n").expect("written");
        assert_eq!(
            drifted(),
            [
                "policy.schema.json differs",
                "old.schema.json is not a schema of this program"
            ]
        );
    }
}
