//! `schema`: the JSON Schemas of the documents, and whether the checked-in ones are still true.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::error::{CommandError, ErrorKind};
use super::exit::ExitCode;
use super::session::Session;
use crate::document::schema;

/// Print the JSON Schema of a document, list them, or check that a folder holds them as they are
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(after_help = "Examples:
  countersign schema                  list the names
  countersign schema policy           print one
  countersign schema check            compare schemas/ with what this program says")]
pub struct Schema {
    /// Which schema to print; all names when left out
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fail unless a folder holds exactly the schemas of this program
    Check(Check),
}

#[derive(Debug, Args)]
struct Check {
    /// The folder
    #[arg(value_name = "DIR", default_value = "schemas")]
    dir: PathBuf,
    /// Write them instead
    #[arg(long)]
    write: bool,
}

impl Schema {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        match (&self.action, &self.name) {
            (Some(Action::Check(check)), _) => check.run(session),
            (None, Some(name)) => {
                let text = schema::text(name).ok_or_else(|| {
                    CommandError::usage(format!("no schema is called {name}")).help(format!("Name one of {}.", schema::NAMES.join(", ")))
                })?;
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

impl Check {
    fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let dir = session.directory().join(&self.dir);
        let mut drifted = Vec::new();
        for name in schema::NAMES {
            let text = schema::text(name).expect("every listed name has a schema");
            let path = dir.join(file_name(name));
            if fs::read(&path).ok().as_deref() == Some(text.as_bytes()) {
                continue;
            }
            if self.write {
                fs::create_dir_all(&dir).and_then(|()| fs::write(&path, &text)).map_err(|error| CommandError::io(format!("write {}", path.display()), &error))?;
                session.out.note(&format!("wrote {}", path.display()));
            } else {
                drifted.push(file_name(name));
            }
        }
        drifted.extend(strangers(&dir));
        if drifted.is_empty() {
            session.out.note(&format!("{} schemas are as they should be", schema::NAMES.len()));
            return Ok(ExitCode::Pass);
        }
        Err(CommandError::new(ErrorKind::Failed, format!("not as this program says: {}", drifted.join(", ")))
            .help(format!("Write them with `countersign schema check --write {}`, and remove those that it does not know.", self.dir.display())))
    }
}

fn file_name(name: &str) -> String {
    format!("{name}.schema.json")
}

/// Schemas in the folder that this program does not know.
fn strangers(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut names: Vec<String> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.strip_suffix(".schema.json").is_some_and(|stem| !schema::NAMES.contains(&stem)));
    names.sort();
    names
}
