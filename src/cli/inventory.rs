//! `inventory`: what agent tooling is on this machine.

use std::env;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::error::CommandError;
use super::exit::ExitCode;
use super::options::Format;
use super::question;
use super::session::Session;
use crate::git::Repository;
use crate::harness::HARNESSES;
use crate::install::inventory::{self, GovernedSource, Inventory, ItemKind, Places, Standing};
use crate::render::inventory::{Inventoried, SourceView};
use crate::render::{human, inventory_csv, json};

/// List every Skill, server, agent, command, hook, plugin and instruction file that a harness on this
/// machine would load, and what is wrong with it
///
/// Needs no set-up. Looks at every place that a known harness reads, below the project around the
/// working folder and in the home folder. Starts no program, opens no connection, follows no link,
/// and prints no argument, variable or path of a server. With --source, says of each item what the
/// ledger of a governed repository says about exactly these bytes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign inventory
  countersign inventory --scope user
  countersign inventory --kind server,hook
  countersign inventory --source ../agent-skills
  countersign inventory --format csv > inventory.csv")]
pub struct InventoryCommand {
    /// Where to look: project, user, or all, which adds servers that harnesses keep for other projects
    /// [default: project and user]
    #[arg(long, value_enum, value_name = "SCOPE", hide_possible_values = true)]
    scope: Option<InventoryScope>,
    /// Look below these folders instead of the project around the working folder
    #[arg(long, value_name = "DIR", num_args = 1..)]
    root: Vec<PathBuf>,
    /// Only items of these kinds, such as skill, server or hook
    #[arg(long, value_name = "KIND", value_parser = kind(), value_delimiter = ',', hide_possible_values = true)]
    kind: Vec<ItemKind>,
    /// A clone of a governed repository whose ledger says what is approved; `.` for this one
    #[arg(long, value_name = "PATH")]
    source: Option<PathBuf>,
    /// Exit with 1 if an item has one of these standings
    #[arg(long, value_name = "STANDING", value_parser = standing(), value_delimiter = ',', hide_possible_values = true, default_value = "revoked,blocked,rolled-back,modified")]
    fail_on: Vec<Standing>,
}

/// Which part of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum InventoryScope {
    /// The project around the working folder
    Project,
    /// The home folder
    User,
    /// Both, and what harnesses keep for other projects
    All,
}

impl InventoryCommand {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let projects = self.projects(session)?;
        let mut inventory = self.take(&projects);
        let source = match &self.source {
            Some(path) => Some(compared(session, path, &mut inventory)?),
            None => None,
        };
        let failing = inventory
            .items
            .iter()
            .any(|item| self.fail_on.contains(&item.standing));
        if !self.kind.is_empty() {
            inventory
                .items
                .retain(|item| self.kind.contains(&item.kind));
        }
        let view = Inventoried {
            inventory: &inventory,
            source: source.as_ref(),
            now: session.now,
            complete: session.options.verbose > 0 || !self.kind.is_empty(),
        };
        let text = match session.options.format {
            Format::Json => json::text(&json::inventory(&view)),
            Format::Csv => inventory_csv(&view),
            _ => {
                let paint = session.out.paint();
                paint.fit(human::inventory(&view, paint))
            }
        };
        session.out.result(&text)?;
        Ok(if failing {
            ExitCode::Fail
        } else {
            ExitCode::Pass
        })
    }

    /// The folders that harnesses would be started in.
    fn projects(&self, session: &Session<'_>) -> Result<Vec<PathBuf>, CommandError> {
        if self.scope == Some(InventoryScope::User) {
            return Ok(Vec::new());
        }
        if self.root.is_empty() {
            return Ok(project_around(&session.directory()).into_iter().collect());
        }
        let folder = |root: &PathBuf| {
            let root = session.directory().join(root);
            if root.is_dir() {
                return Ok(root);
            }
            Err(
                CommandError::usage(format!("{} is not a folder", root.display()))
                    .help("Name an existing folder after --root."),
            )
        };
        self.root.iter().map(folder).collect()
    }

    /// What is the user's, once, and what is in each project.
    fn take(&self, projects: &[PathBuf]) -> Inventory {
        let is_user = self.scope != Some(InventoryScope::Project);
        let first = Places {
            project: projects.first().cloned(),
            home: home().filter(|_| is_user),
            moved: if is_user { moved() } else { Vec::new() },
            machine: is_user.then(|| PathBuf::from("/")),
            other_projects: self.scope == Some(InventoryScope::All),
        };
        let others = projects.iter().skip(1).map(|project| Places {
            project: Some(project.clone()),
            ..Places::default()
        });
        let mut whole = Inventory::default();
        for (index, places) in std::iter::once(first).chain(others).enumerate() {
            let taken = inventory::take(&places);
            // Of several projects, each path says of which it is.
            let root = self.root.get(index).filter(|_| self.root.len() > 1);
            whole.add(match root {
                Some(root) => taken.below(&root.to_string_lossy()),
                None => taken,
            });
        }
        whole
    }
}

/// Compares with the ledger of the repository at `path`.
fn compared(
    session: &Session<'_>,
    path: &Path,
    inventory: &mut Inventory,
) -> Result<SourceView, CommandError> {
    let repository = Repository::open(&session.directory().join(path))?;
    let history = question::history(session, &repository)?;
    // The program exits afterwards, so freeing the memory is not needed.
    let history = ManuallyDrop::new(history);
    let branch = &history.replay.policy.policy.branch;
    if history.before.is_none()
        && history
            .head
            .branch
            .as_ref()
            .is_some_and(|head| head != branch)
    {
        return Err(CommandError::not_evaluated(format!(
            "{}: HEAD is not on `{branch}`, and this clone does not have that branch",
            path.display()
        ))
        .help(format!(
            "Run `git fetch origin {branch}:{branch}` there, or check `{branch}` out."
        )));
    }
    // What is only proposed on another branch is not approved.
    let replay = history.before.as_ref().unwrap_or(&history.replay);
    inventory::compare(inventory, &GovernedSource::of(&replay.ledger));
    Ok(SourceView {
        repository: replay.policy.policy.repository.clone(),
        branch: replay.policy.policy.branch.clone(),
        anchor: replay.anchor,
        head: replay.head,
    })
}

/// The work tree around a folder, else the folder itself; `None` for the home folder, which is no
/// project.
fn project_around(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let home = home().and_then(|home| home.canonicalize().ok());
    let is_home = |folder: &Path| home.as_deref() == Some(folder);
    let mut above = folder.ancestors().take_while(|folder| !is_home(folder));
    let top = above.find(|folder| folder.join(".git").exists());
    let found = top.map_or_else(|| folder.clone(), Path::to_owned);
    (!is_home(&found)).then_some(found)
}

/// The home folder of the user.
fn home() -> Option<PathBuf> {
    let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    folder(name)
}

/// Variables that name another folder for what a harness reads from the home folder.
fn moved() -> Vec<(String, PathBuf)> {
    let of_harnesses = HARNESSES.iter().flat_map(|harness| harness.moved_by);
    let names = of_harnesses.map(|(name, _)| *name);
    let mut names: Vec<&str> = names.chain(["XDG_CONFIG_HOME"]).collect();
    names.sort_unstable();
    names.dedup();
    let set = names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), folder(name)?)));
    set.collect()
}

/// The folder that a variable names; a relative one is not meant.
fn folder(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env::var_os(name)?);
    path.is_absolute().then_some(path)
}

fn kind() -> impl TypedValueParser<Value = ItemKind> {
    PossibleValuesParser::new(ItemKind::ALL.map(ItemKind::as_str)).map(|word| {
        let known = ItemKind::ALL.into_iter().find(|kind| kind.as_str() == word);
        known.expect("only these words are possible")
    })
}

fn standing() -> impl TypedValueParser<Value = Standing> {
    PossibleValuesParser::new(Standing::ALL.map(Standing::as_str)).map(|word| {
        let known = Standing::ALL
            .into_iter()
            .find(|standing| standing.as_str() == word);
        known.expect("only these words are possible")
    })
}
