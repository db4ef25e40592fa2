//! Where files are written: the folder is found and made step by step, and never through
//! a link that a clone brought.
//!
//! A repository may contain a link that leads out of it. A user who writes a report to `reports`
//! means a folder of the clone, not what the link names. Links outside of clones are the user's
//! own.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind as Io;
use std::path::{Component, Path, PathBuf};

use super::error::CommandError;
use crate::document::paths;

/// The folder at `path`, made with those above it where they are missing.
pub fn folder(path: &Path) -> Result<PathBuf, CommandError> {
    let (mut here, missing) = find(path)?;
    for step in missing {
        here.push(step);
        make(&here)?;
    }
    Ok(here)
}

/// The folder at `path`, which exists.
pub fn existing_folder(path: &Path) -> Result<PathBuf, CommandError> {
    match find(path)? {
        (here, missing) if missing.is_empty() => Ok(here),
        _ => Err(
            CommandError::usage(format!("the folder {} does not exist", path.display()))
                .help("Create it first, or name another one."),
        ),
    }
}

/// A new folder at `path`, inside one that exists.
pub fn new_folder(path: &Path) -> Result<PathBuf, CommandError> {
    let help = "Name a folder that does not exist, inside one that does.";
    match find(path)? {
        (here, missing) if missing.len() == 1 => {
            let new = here.join(&missing[0]);
            fs::create_dir(&new).map_err(|error| {
                CommandError::io(format!("create {}", path.display()), &error).help(help)
            })?;
            Ok(new)
        }
        (_, missing) if missing.is_empty() => {
            Err(CommandError::usage(format!("{} is already there", path.display())).help(help))
        }
        _ => Err(
            CommandError::usage(format!("the folder of {} does not exist", path.display()))
                .help(help),
        ),
    }
}

/// The deepest folder on the way to `path` that exists, without any link in it, and the steps that
/// are missing below it.
fn find(path: &Path) -> Result<(PathBuf, Vec<OsString>), CommandError> {
    let failed =
        |error: &std::io::Error| CommandError::io(format!("open {}", path.display()), error);
    let absolute = std::path::absolute(path).map_err(|error| failed(&error))?;
    let (mut here, mut missing) = (PathBuf::new(), Vec::new());
    for component in absolute.components() {
        match component {
            Component::Prefix(_) | Component::RootDir => here.push(component),
            Component::CurDir => {}
            Component::ParentDir if missing.is_empty() => drop(here.pop()),
            Component::ParentDir => drop(missing.pop()),
            Component::Normal(step) => {
                if paths::is_git(&step.to_string_lossy()) && is_in_clone(&here) {
                    return Err(CommandError::usage(format!(
                        "{} is inside the `.git` folder",
                        path.display()
                    ))
                    .help("Name another folder."));
                }
                if !missing.is_empty() {
                    missing.push(step.to_owned());
                    continue;
                }
                let next = here.join(step);
                match next.symlink_metadata() {
                    Err(error) if error.kind() == Io::NotFound => missing.push(step.to_owned()),
                    Err(error) => return Err(failed(&error)),
                    Ok(found) if found.is_symlink() && is_in_clone(&here) => {
                        return Err(is_link(&next));
                    }
                    Ok(found) if found.is_symlink() => {
                        here = next.canonicalize().map_err(|error| {
                            CommandError::usage(format!(
                                "{} is a symbolic link that cannot be followed: {error}",
                                next.display()
                            ))
                            .help("Name another folder.")
                        })?;
                    }
                    Ok(found) if found.is_dir() => here = next,
                    Ok(_) => {
                        return Err(CommandError::usage(format!(
                            "{} is not a folder",
                            next.display()
                        ))
                        .help("Name another folder."));
                    }
                }
            }
        }
    }
    Ok((here, missing))
}

/// Makes one folder, unless someone else just did.
fn make(dir: &Path) -> Result<(), CommandError> {
    match fs::create_dir(dir) {
        Err(error) if error.kind() != Io::AlreadyExists => Err(CommandError::io(
            format!("create the folder {}", dir.display()),
            &error,
        )),
        _ if dir.symlink_metadata().is_ok_and(|found| found.is_dir()) => Ok(()),
        _ => Err(is_link(dir)),
    }
}

fn is_link(path: &Path) -> CommandError {
    CommandError::usage(format!("{} is a symbolic link of a repository", path.display()))
        .help("Replace it with a folder, or name another one: Countersign never writes through a symbolic link of a clone.")
}

/// Whether `dir`, which has no link in it, is in the worktree of some repository.
fn is_in_clone(dir: &Path) -> bool {
    dir.ancestors()
        .any(|above| above.join(".git").symlink_metadata().is_ok())
}
