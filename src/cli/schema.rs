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

/// Print the JSON Schema of a document, or list them
///
/// Every file that Countersign writes names its schema in its first line, so editors with
/// `yaml-language-server` check it as you type.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Examples:\n  countersign schema\n  countersign schema policy > policy.schema.json\n  countersign schema check"
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
                let text = schema::text(name).ok_or_else(|| unknown(name))?;
                session.out.bytes(text.as_bytes())?;
                Ok(ExitCode::Pass)
            }
            (None, None) => {
                session.out.lines(schema::NAMES)?;
                Ok(ExitCode::Pass)
            }
        }
    }
}

fn unknown(name: &str) -> CommandError {
    let error = CommandError::usage(format!("`{name}` is not a known schema"));
    match closest(name, schema::NAMES.iter().copied()) {
        Some(near) => error.help(format!("Try {near}.")),
        None => error.help(format!("Name one of {}.", schema::NAMES.join(", "))),
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
        let drifted: Vec<String> = schema::NAMES
            .iter()
            .filter_map(|name| drift(&dir, name))
            .chain(strangers(&dir))
            .collect();
        if drifted.is_empty() {
            session.out.note(&format!(
                "{} schemas match this program",
                schema::NAMES.len()
            ));
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
        for name in schema::NAMES {
            let text = schema::text(name).expect("every listed schema has a text");
            folder.replace(&NewFile::regular(file(name), text))?;
        }
        session.out.note(&format!(
            "wrote {} schemas to {}",
            schema::NAMES.len(),
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
        Some(bytes) if schema::text(name).is_some_and(|text| text.as_bytes() == bytes) => None,
        Some(_) => Some(format!("{file} differs")),
        None => Some(format!("{file} cannot be read")),
    }
}

/// Schemas that this program does not know.
fn strangers(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    let strange = |name: &String| {
        name.strip_suffix(".schema.json")
            .is_some_and(|stem| !schema::NAMES.contains(&stem))
    };
    let mut strangers: Vec<String> = names
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
        for name in schema::NAMES {
            fs::write(
                dir.path().join(file(name)),
                schema::text(name).expect("a text"),
            )
            .expect("written");
        }
        let drifted = || {
            schema::NAMES
                .iter()
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
