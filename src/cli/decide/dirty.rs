//! Finds out whether a package differs in the working tree: the user then looked at other bytes
//! than the record would name.

use std::collections::BTreeSet;

use crate::cli::error::CommandError;
use crate::cli::programs::Programs;
use crate::git::{DirtyKind, Repository};
use crate::model::ObjectId;

/// Where anything at or below `roots` differs between HEAD and the working tree as Git compares
/// them, in words; `None` when nothing does, and in a bare repository.
///
/// A checkout that turned line ends into CRLF is the same package, and so is one with files that
/// Git ignores, that a sparse checkout leaves out or that Git was told to overlook.
pub fn difference(
    programs: &Programs,
    repository: &Repository,
    head: ObjectId,
    roots: &[String],
) -> Result<Difference, CommandError> {
    let mut difference = Difference::default();
    if repository.work_dir().is_none() {
        return Ok(difference);
    }
    let found = repository.dirty(roots)?;
    if found.is_empty() {
        return Ok(difference);
    }
    let tree = repository.root_tree(head)?;
    let listed = untracked(programs, roots)?;
    for one in found {
        let path = String::from_utf8_lossy(&one.path).into_owned();
        let what = match one.how {
            DirtyKind::Missing => "deleted",
            DirtyKind::Untracked if !listed.contains(&path) => continue,
            DirtyKind::Untracked => "not committed",
            DirtyKind::Modified | DirtyKind::Overlooked
                if only_line_ends(repository, tree, &one.path)? =>
            {
                continue;
            }
            DirtyKind::Modified => "changed",
            DirtyKind::Overlooked => {
                difference.overlooked.push(path);
                continue;
            }
        };
        difference.dirty.push(format!("{path} ({what})"));
    }
    Ok(difference)
}

/// How the working tree differs from HEAD.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// Each path with what is the matter.
    dirty: Vec<String>,
    /// Paths that differ and that Git was told to overlook.
    overlooked: Vec<String>,
}

impl Difference {
    /// What Git calls dirty, in words; `None` when Git calls the working tree clean.
    pub fn dirty(&self) -> Option<String> {
        let first = first_of(&self.dirty)?;
        Some(format!("the working tree differs from HEAD: {first}"))
    }

    /// What differs and Git was told to overlook, in words.
    pub fn overlooked(&self) -> Option<String> {
        let first = first_of(&self.overlooked)?;
        Some(format!(
            "Git was told to overlook that {first} has other bytes on disk"
        ))
    }
}

/// The first of several, and how many more there are.
fn first_of(all: &[String]) -> Option<String> {
    let more = match all.len() {
        0 | 1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    Some(format!("{}{more}", all.first()?))
}

/// Files that Git does not know and does not ignore.
fn untracked(programs: &Programs, roots: &[String]) -> Result<BTreeSet<String>, CommandError> {
    let mut args = vec![
        "--literal-pathspecs",
        "ls-files",
        "-z",
        "--others",
        "--exclude-standard",
        "--",
    ];
    args.extend(roots.iter().map(String::as_str));
    let others = programs.expect_git(&args, None)?;
    // What is in the index only is no more committed than what is not.
    let mut staged = vec![
        "--literal-pathspecs",
        "diff-index",
        "-z",
        "--cached",
        "--name-only",
        "--diff-filter=A",
        "--no-renames",
        "HEAD",
        "--",
    ];
    staged.extend(roots.iter().map(String::as_str));
    let added = programs.expect_git(&staged, None)?;
    let paths = others
        .split(|b| *b == 0)
        .chain(added.split(|b| *b == 0))
        .filter(|path| !path.is_empty());
    Ok(paths
        .map(|path| String::from_utf8_lossy(path).into_owned())
        .collect())
}

fn only_line_ends(
    repository: &Repository,
    tree: ObjectId,
    path: &[u8],
) -> Result<bool, CommandError> {
    const LIMIT: u64 = 64 << 20;
    let Some(entry) = repository.entry_at(tree, path)? else {
        return Ok(false);
    };
    let folder = repository.work_files([String::from_utf8_lossy(path)])?;
    let Some(file) = folder
        .files()
        .iter()
        .find(|file| file.path == path)
        .filter(|file| file.size <= LIMIT)
    else {
        return Ok(false);
    };
    let executable = file.kind == crate::git::FileKind::Executable;
    if repository.has_executable_bits() && executable != (entry.mode == crate::git::MODE_EXECUTABLE)
    {
        return Ok(false);
    }
    let on_disk = folder.read(file, LIMIT)?;
    let text = String::from_utf8_lossy(&on_disk).replace("\r\n", "\n");
    Ok(text.as_bytes() == repository.blob(entry.id)?)
}
