//! Writes the tree at HEAD as a work tree with its index, so that people and `git` can go on from
//! there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::history::{DemoError, History};
use super::tree::{Content, EXECUTABLE, File, SUBMODULE, SYMLINK};

impl History {
    /// Makes the work tree equal to HEAD: files of an earlier checkout that are gone are removed,
    /// others are left alone.
    ///
    /// Paths that would leave the work tree or enter `.git` are skipped, as Git refuses them.
    pub fn checkout(&mut self) -> Result<(), DemoError> {
        let Some(root) = self.writer.work_dir().map(Path::to_owned) else {
            return Ok(());
        };
        let snapshot = &self.commits[&self.head()];
        let files = snapshot.tree.files();
        for path in self
            .checked_out
            .iter()
            .filter(|path| !files.contains_key(*path))
        {
            if let Some(target) = target(&root, path) {
                remove(&root, &target)
                    .map_err(|error| DemoError::WorkTree(target.display().to_string(), error))?;
            }
        }
        for (path, file) in files {
            if let Some(target) = target(&root, path) {
                write(&target, file)
                    .map_err(|error| DemoError::WorkTree(target.display().to_string(), error))?;
            }
        }
        self.writer.write_index(snapshot.tree_id)?;
        self.checked_out = files.keys().cloned().collect();
        Ok(())
    }
}

fn target(root: &Path, path: &[u8]) -> Option<PathBuf> {
    let text = std::str::from_utf8(path).ok()?;
    let hostile = |step: &str| matches!(step, "" | "." | "..") || step.eq_ignore_ascii_case(".git");
    (!text.split('/').any(hostile)).then(|| root.join(text))
}

fn write(target: &Path, file: &File) -> io::Result<()> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    if file.mode == SUBMODULE {
        return fs::create_dir_all(target);
    }
    let Content::Bytes(bytes) = &file.content else {
        return Ok(());
    };
    // A link of an earlier checkout would be written through.
    if fs::symlink_metadata(target).is_ok() {
        fs::remove_file(target)?;
    }
    if file.mode == SYMLINK && link(bytes, target)? {
        return Ok(());
    }
    fs::write(target, bytes)?;
    if file.mode == EXECUTABLE {
        make_executable(target)
    } else {
        Ok(())
    }
}

fn remove(root: &Path, target: &Path) -> io::Result<()> {
    match fs::remove_file(target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut folder = target.parent();
    while let Some(empty) =
        folder.filter(|folder| *folder != root && fs::remove_dir(folder).is_ok())
    {
        folder = empty.parent();
    }
    Ok(())
}

#[cfg(unix)]
fn link(destination: &[u8], at: &Path) -> io::Result<bool> {
    use std::os::unix::ffi::OsStrExt as _;
    std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(destination), at)?;
    Ok(true)
}

/// Elsewhere Git writes a file with the destination.
#[cfg(not(unix))]
fn link(_destination: &[u8], _at: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> io::Result<()> {
    Ok(())
}
