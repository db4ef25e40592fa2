//! `checksum`: package digests, of HEAD or of files on disk.

use std::mem::ManuallyDrop;
use std::path::{Component, Path, PathBuf};

use clap::Args;

use super::error::{CommandError, ErrorKind};
use super::exit::ExitCode;
use super::session::Session;
use crate::git::Repository;
use crate::model::{ObjectId, Policy};
use crate::render::checksum::PathChecksum;
use crate::render::{human, json};
use crate::replay::contents::{self, Contents};

/// Print package checksums: of the content of a path at HEAD, or of a folder or file outside Git
///
/// Works for any path, governed or not. Inside a repository the digest is that of HEAD's blobs,
/// because a checkout may differ from them in line endings; `countersign.yaml` means the whole
/// policy, with its key files and protected files. A policy's size limits do not apply.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign checksum skills/pdf-tools
  countersign checksum --files skills/*
  countersign checksum --manifest skills/pdf-tools | sha256sum
  countersign checksum --disk ~/downloads/some-skill

The dirhash is Go's h1: (Hash1 of golang.org/x/mod/sumdb/dirhash) with an empty prefix: names are paths inside the package.")]
pub struct Checksum {
    /// Folders or files
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Print exactly the manifest, whose SHA-256 is the digest; for one path
    #[arg(long, conflicts_with = "files")]
    manifest: bool,
    /// List every file of each package
    #[arg(long)]
    files: bool,
    /// Read the files on disk, even inside a repository
    #[arg(long)]
    disk: bool,
}

struct PathContents {
    path: String,
    head: Option<ObjectId>,
    contents: Contents,
}

impl Checksum {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        if self.manifest && self.paths.len() > 1 {
            return Err(
                CommandError::usage("--manifest takes one path").help("Run it once per path.")
            );
        }
        // The program exits afterwards, so freeing the memory is not needed.
        let mut read = ManuallyDrop::new(Vec::new());
        let mut refused = Vec::new();
        for path in &self.paths {
            let one = self.find(session, path)?;
            if one.contents.refusals.is_empty() {
                read.push(one);
            } else {
                refused.push(one);
            }
        }
        if self.manifest && !session.json() {
            if let Some(one) = read.first() {
                session.out.bytes(one.contents.manifest.text().as_bytes())?;
            }
        } else {
            let checksums: Vec<PathChecksum<'_>> = read
                .iter()
                .map(|one| PathChecksum {
                    path: &one.path,
                    head: one.head,
                    contents: &one.contents,
                })
                .collect();
            let text = if session.json() {
                json::text(&json::checksum(&checksums, self.files || self.manifest))
            } else {
                session.out.paint().fit(human::checksum(
                    &checksums,
                    session.options.quiet,
                    self.files,
                    session.out.paint(),
                ))
            };
            session.out.result(&text)?;
        }
        if refused.is_empty() {
            Ok(ExitCode::Pass)
        } else {
            Err(refusal(&refused))
        }
    }

    fn find(&self, session: &Session<'_>, path: &Path) -> Result<PathContents, CommandError> {
        let full = session.directory().join(path);
        let shown = path.to_string_lossy().into_owned();
        if !self.disk
            && let Some((repository, inside)) = repository_of(session, &full)
        {
            return in_head(session, &repository, &inside, shown);
        }
        if let Err(error) = full.canonicalize() {
            let error = CommandError::usage(format!("{}: {error}", full.display()));
            return Err(error.help("Give an existing folder or file."));
        }
        Ok(PathContents {
            path: shown,
            head: None,
            contents: contents::on_disk(&full)?,
        })
    }
}

fn in_head(
    session: &Session<'_>,
    repository: &Repository,
    inside: &str,
    path: String,
) -> Result<PathContents, CommandError> {
    let head = repository.head()?.commit;
    let tree = repository.root_tree(head)?;
    let policy = if inside == Policy::PATH {
        contents::policy_package(repository, tree)?
    } else {
        None
    };
    if inside == Policy::PATH
        && policy.is_none()
        && repository.entry_at(tree, inside.as_bytes())?.is_some()
    {
        session.out.warning("the policy at HEAD is not valid, so this is the checksum of that file alone, not of a policy");
    }
    let contents = match policy {
        Some(contents) => Some(contents),
        None => contents::in_tree(repository, tree, inside.as_bytes())?,
    };
    let Some(contents) = contents else {
        return Err(CommandError::usage(format!("{path} is not in HEAD"))
            .help("Commit it first, or add --disk to read the files on disk."));
    };
    let altered = repository.work_dir().is_some()
        && !session.options.quiet
        && !repository.dirty([inside]).unwrap_or_default().is_empty();
    if altered {
        session.out.warning(&format!(
            "the files at {path} differ from HEAD; this is the checksum of the committed content (--disk reads the files)"
        ));
    }
    Ok(PathContents {
        path,
        head: Some(head),
        contents,
    })
}

/// The repository that contains `full`, and the path from its root; `None` outside of every
/// repository.
fn repository_of(session: &Session<'_>, full: &Path) -> Option<(Repository, String)> {
    let (parent, last) = split(full);
    let around = parent
        .ancestors()
        .find(|dir| dir.is_dir())
        .map(Path::to_owned);
    let repository = around
        .and_then(|dir| Repository::open(&dir).ok())
        .or_else(|| session.repository().ok())?;
    let Some(root) = repository.work_dir() else {
        // A bare repository has no folders to be in: the path is relative to its root.
        let relative = full.strip_prefix(session.directory()).ok()?;
        return slashed(relative).map(|inside| (repository, inside));
    };
    let root = root.canonicalize().ok()?;
    let parent = parent.canonicalize().unwrap_or_else(|_| lexical(&parent));
    let inside = slashed(lexical(&parent.join(last)).strip_prefix(&root).ok()?)?;
    Some((repository, inside))
}

/// The folder of a path and its last step, which may be a link that must not be followed.
fn split(full: &Path) -> (PathBuf, PathBuf) {
    match (full.parent(), full.components().next_back()) {
        (Some(parent), Some(Component::Normal(name))) => {
            let parent = if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            };
            (parent.to_owned(), PathBuf::from(name))
        }
        _ => (full.to_owned(), PathBuf::new()),
    }
}

/// `path` without `.` and `..`, resolved by its text alone.
fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for step in path.components() {
        match step {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            step => plain.push(step),
        }
    }
    plain
}

fn slashed(path: &Path) -> Option<String> {
    let steps: Option<Vec<&str>> = path
        .components()
        .filter(|step| *step != Component::CurDir)
        .map(|step| step.as_os_str().to_str())
        .collect();
    Some(steps?.join("/"))
}

fn refusal(refused: &[PathContents]) -> CommandError {
    let paths: Vec<&str> = refused.iter().map(|one| one.path.as_str()).collect();
    let mut error = CommandError::new(
        ErrorKind::Failed,
        format!("not a package: {}", paths.join(", ")),
    );
    for one in refused {
        error = error.help(why_not(&one.path, &one.contents));
    }
    error
}

/// Every reason why `contents` is not a package, one per line.
pub(super) fn why_not(path: &str, contents: &Contents) -> String {
    const MOST: usize = 20;
    let line = |refusal: &contents::ContentsRefusal| {
        let place = if refusal.path.is_empty() || !contents.is_folder {
            path.to_owned()
        } else {
            format!("{path}/{}", refusal.path)
        };
        format!("{place}: {} ({})", refusal.why, refusal.rule)
    };
    let mut lines: Vec<String> = contents.refusals.iter().take(MOST).map(line).collect();
    if contents.refusals.len() > MOST {
        lines.push(format!("and {} more", contents.refusals.len() - MOST));
    }
    format!(
        "Remove or replace what a package must not contain:\n{}",
        lines.join("\n")
    )
}
