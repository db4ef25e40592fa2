//! Refuses to decide about a package that differs in the working tree: the user looked at other
//! bytes than the record would name.

use std::collections::BTreeSet;

use crate::cli::error::CommandError;
use crate::cli::programs::Programs;
use crate::git::{DirtyKind, Repository};
use crate::model::ObjectId;

/// Refuses when anything at or below `roots` differs between HEAD and the working tree.
///
/// A checkout that turned line ends into CRLF is the same package, and so is one with files that
/// Git ignores.
pub fn refuse_dirty(
    programs: &Programs,
    repository: &Repository,
    head: ObjectId,
    roots: &[String],
) -> Result<(), CommandError> {
    let found = repository.dirty(roots)?;
    if found.is_empty() {
        return Ok(());
    }
    let tree = repository.root_tree(head)?;
    let listed = untracked(programs, roots)?;
    let mut dirty = Vec::new();
    for difference in found {
        let path = String::from_utf8_lossy(&difference.path).into_owned();
        let what = match difference.how {
            DirtyKind::Missing => "deleted",
            DirtyKind::Untracked if !listed.contains(&path) => continue,
            DirtyKind::Untracked => "not committed",
            DirtyKind::Modified if only_line_ends(repository, tree, &difference.path)? => continue,
            DirtyKind::Modified => "changed",
        };
        dirty.push(format!("{path} ({what})"));
    }
    let Some(first) = dirty.first() else {
        return Ok(());
    };
    let more = if dirty.len() > 1 {
        format!(" and {} more", dirty.len() - 1)
    } else {
        String::new()
    };
    Err(CommandError::usage(format!("the working tree differs from HEAD: {first}{more}"))
        .help("Commit or undo the change first: decisions are about committed content, not your working tree."))
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
    if cfg!(unix) && executable != (entry.mode == crate::git::MODE_EXECUTABLE) {
        return Ok(false);
    }
    let on_disk = folder.read(file, LIMIT)?;
    let text = String::from_utf8_lossy(&on_disk).replace("\r\n", "\n");
    Ok(text.as_bytes() == repository.blob(entry.id)?)
}
