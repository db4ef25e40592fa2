//! Writes files into the user's worktree: completely or not at all, never over an existing file,
//! never through a symbolic link.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::error::CommandError;
use crate::document::paths;

/// A folder below which files may be written.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

/// A file that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Path below the folder, with `/` between its steps.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
    /// Whether it may be executed.
    pub executable: bool,
}

impl NewFile {
    /// A file that is not executable.
    pub fn regular(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            bytes: bytes.into(),
            executable: false,
        }
    }
}

/// Files that are complete on disk under temporary names.
pub struct StagedFiles(Vec<(tempfile::NamedTempFile, PathBuf, String)>);

impl StagedFiles {
    /// Gives each its own name, over whatever file has it.
    pub fn put_in_place(self) -> Result<(), CommandError> {
        self.0.into_iter().try_for_each(|(staged, target, path)| {
            staged
                .persist(&target)
                .map(drop)
                .map_err(|error| CommandError::io(format!("write {path}"), &error.error))
        })
    }
}

/// What writes a file's content.
type Content<'a> = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + 'a>;

/// A file whose content is made while it is written.
pub struct Draft<'a> {
    path: String,
    executable: bool,
    write: Content<'a>,
}

impl<'a> Draft<'a> {
    /// A file that is not executable.
    pub fn regular(
        path: impl Into<String>,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()> + 'a,
    ) -> Self {
        Self {
            path: path.into(),
            executable: false,
            write: Box::new(write),
        }
    }
}

impl From<NewFile> for Draft<'_> {
    fn from(file: NewFile) -> Self {
        let NewFile {
            path,
            bytes,
            executable,
        } = file;
        Self {
            path,
            executable,
            write: Box::new(move |out| out.write_all(&bytes)),
        }
    }
}

impl Folder {
    /// The folder at `root`, which must exist.
    pub fn open(root: &Path) -> Result<Self, CommandError> {
        let root = root
            .canonicalize()
            .map_err(|error| CommandError::io(format!("open {}", root.display()), &error))?;
        Ok(Self { root })
    }

    /// Its absolute path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether anything is at `path`, including a dangling link.
    pub fn exists(&self, path: &str) -> bool {
        self.root.join(path).symlink_metadata().is_ok()
    }

    /// The bytes of the regular file at `path`, when there is a small one.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        const MOST: u64 = 1 << 20;
        let file = self.root.join(safe(path).ok()?);
        file.symlink_metadata()
            .ok()
            .filter(|meta| meta.is_file() && meta.len() <= MOST)?;
        fs::read(file).ok()
    }

    /// Writes all of `files` or none of them.
    ///
    /// Every file is complete on disk under a temporary name before the first gets its own, so that
    /// an interrupted command leaves at most whole files behind; when one cannot be put in place,
    /// those before it are taken back.
    pub fn create(&self, files: &[NewFile]) -> Result<(), CommandError> {
        self.create_each(files.iter().cloned().map(|file| Ok(file.into())))
            .map(drop)
    }

    /// The same with files as they are made, none of which is kept in memory. Their paths in order.
    pub fn create_each<'a>(
        &self,
        files: impl IntoIterator<Item = Result<Draft<'a>, CommandError>>,
    ) -> Result<Vec<String>, CommandError> {
        let mut tried = Vec::new();
        let created = self.place_each(files, &mut tried);
        if created.is_err() {
            for path in &tried {
                self.prune(path);
            }
        }
        created
    }

    /// Removes the folders of `path` that hold nothing, and never one behind a link.
    fn prune(&self, path: &str) {
        if self
            .check_folders(Path::new(path).parent().unwrap_or(Path::new("")))
            .is_err()
        {
            return;
        }
        let target = self.root.join(path);
        let folders = target.ancestors().skip(1);
        for dir in folders.take_while(|dir| *dir != self.root) {
            if fs::remove_dir(dir).is_err() {
                break;
            }
        }
    }

    fn place_each<'a>(
        &self,
        files: impl IntoIterator<Item = Result<Draft<'a>, CommandError>>,
        tried: &mut Vec<String>,
    ) -> Result<Vec<String>, CommandError> {
        let mut ready = Vec::new();
        for file in files {
            let Draft {
                path,
                executable,
                write,
            } = file?;
            contained(&path)?;
            tried.push(path.clone());
            let target = self.target(&path)?;
            let dir = target.parent().expect("a file below the root has a folder");
            let staged = stage(dir, executable, write)
                .map_err(|error| CommandError::io(format!("write {path}"), &error))?;
            staged
                .as_file()
                .sync_all()
                .map_err(|error| CommandError::io(format!("write {path}"), &error))?;
            ready.push((staged, target, path));
        }
        let mut placed: Vec<PathBuf> = Vec::new();
        let mut paths = Vec::new();
        for (staged, target, path) in ready {
            if let Err(error) = staged.persist_noclobber(&target) {
                for path in &placed {
                    // The error that counts is the one that made us go back.
                    let _ = fs::remove_file(path);
                }
                return Err(CommandError::io(format!("write {path}"), &error.error)
                    .help("Look at the existing file: Countersign never overwrites one."));
            }
            placed.push(target);
            paths.push(path);
        }
        Ok(paths)
    }

    /// The whole regular file at `path`, to put it back later; `None` when there is none.
    pub fn take(&self, path: &str) -> Result<Option<NewFile>, CommandError> {
        let file = self.root.join(contained(path)?);
        let Some(meta) = file.symlink_metadata().ok().filter(fs::Metadata::is_file) else {
            return Ok(None);
        };
        let bytes =
            fs::read(&file).map_err(|error| CommandError::io(format!("read {path}"), &error))?;
        #[cfg(unix)]
        let executable = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o100 != 0;
        #[cfg(not(unix))]
        let executable = false;
        let _ = meta;
        Ok(Some(NewFile {
            path: path.to_owned(),
            bytes,
            executable,
        }))
    }

    /// Puts `file` in the place of whatever regular file is there, atomically.
    pub fn replace(&self, file: &NewFile) -> Result<(), CommandError> {
        self.stage_all(std::slice::from_ref(file))?.put_in_place()
    }

    /// Writes all of `files` beside the places that they will have.
    pub fn stage_all(&self, files: &[NewFile]) -> Result<StagedFiles, CommandError> {
        let staged = files.iter().map(|file| self.stage_one(file));
        let staged = staged.collect::<Result<_, _>>().map(StagedFiles);
        if staged.is_err() {
            for file in files.iter().filter(|file| contained(&file.path).is_ok()) {
                self.prune(&file.path);
            }
        }
        staged
    }

    fn stage_one(
        &self,
        file: &NewFile,
    ) -> Result<(tempfile::NamedTempFile, PathBuf, String), CommandError> {
        let target = self.root.join(safe(&file.path)?);
        let dir = target.parent().expect("a file below the root has a folder");
        self.make_folders(
            Path::new(&file.path)
                .parent()
                .unwrap_or_else(|| Path::new("")),
        )?;
        if target.symlink_metadata().is_ok_and(|meta| !meta.is_file()) {
            return Err(CommandError::usage(format!(
                "{} is not a regular file",
                file.path
            )));
        }
        let failed = |error: &io::Error| CommandError::io(format!("write {}", file.path), error);
        let staged = stage(dir, file.executable, |out| out.write_all(&file.bytes))
            .map_err(|error| failed(&error))?;
        staged
            .as_file()
            .sync_all()
            .map_err(|error| failed(&error))?;
        Ok((staged, target, file.path.clone()))
    }

    /// Removes the file at `path`, and the folders that become empty with it.
    pub fn remove(&self, path: &str) -> Result<(), CommandError> {
        let relative = contained(path)?;
        self.check_folders(relative.parent().unwrap_or(Path::new("")))?;
        let target = self.root.join(relative);
        match fs::remove_file(&target) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(CommandError::io(format!("remove {path}"), &error));
            }
            _ => {}
        }
        self.prune(path);
        Ok(())
    }

    fn target(&self, path: &str) -> Result<PathBuf, CommandError> {
        let relative = safe(path)?;
        self.make_folders(relative.parent().unwrap_or(Path::new("")))?;
        let target = self.root.join(relative);
        if target.symlink_metadata().is_ok() {
            return Err(CommandError::usage(format!("{path} is already there"))
                .help("Move it away, or choose another place: Countersign never overwrites an existing file."));
        }
        Ok(target)
    }

    /// Makes the folders of `relative` one by one, and goes on only below real ones.
    fn make_folders(&self, relative: &Path) -> Result<(), CommandError> {
        let mut dir = self.root.clone();
        for step in relative {
            dir.push(step);
            match fs::create_dir(&dir) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(CommandError::io(
                        format!("create the folder {}", dir.display()),
                        &error,
                    ));
                }
                _ => check_folder(&dir)?,
            }
        }
        Ok(())
    }

    /// Refuses a path that leads through anything but real folders.
    fn check_folders(&self, relative: &Path) -> Result<(), CommandError> {
        let mut dir = self.root.clone();
        relative.iter().try_for_each(|step| {
            dir.push(step);
            check_folder(&dir)
        })
    }
}

fn check_folder(dir: &Path) -> Result<(), CommandError> {
    if dir.symlink_metadata().is_ok_and(|meta| !meta.is_dir()) {
        return Err(CommandError::usage(format!("{} is not a folder of this repository", dir.display()))
            .help("Replace the symbolic link or file with a folder: Countersign never writes through a link."));
    }
    Ok(())
}

/// `path`, when it is the same file on every system: no stream or device of Windows, no name that
/// another file system folds into another one.
fn safe(path: &str) -> Result<PathBuf, CommandError> {
    let relative = contained(path)?;
    paths::check_text(path)
        .map_err(|fault| CommandError::usage(format!("`{path}` cannot be written: {fault}")))?;
    Ok(relative)
}

/// `path` without any step that could lead out of the folder or into Git's own.
fn contained(path: &str) -> Result<PathBuf, CommandError> {
    let bad = |step: &str| step.is_empty() || step == "." || step == ".." || paths::is_git(step);
    if path.split('/').any(bad) || path.contains(['\\', '\0']) || Path::new(path).is_absolute() {
        return Err(CommandError::usage(format!(
            "`{path}` is not a path below the folder"
        )));
    }
    Ok(path.split('/').collect())
}

fn stage(
    dir: &Path,
    executable: bool,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".countersign-");
    #[cfg(unix)]
    let permissions =
        std::os::unix::fs::PermissionsExt::from_mode(if executable { 0o777 } else { 0o666 });
    #[cfg(unix)]
    builder.permissions(permissions);
    #[cfg(not(unix))]
    let _ = executable;
    let staged = builder.tempfile_in(dir)?;
    let mut out = io::BufWriter::new(staged.as_file());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    Ok(staged)
}

/// The bytes of a file that the user names, when there are at most `most`.
pub fn read_at_most(file: &Path, most: usize) -> Result<Vec<u8>, CommandError> {
    use std::io::Read;
    let failed =
        |error: std::io::Error| CommandError::io(format!("read {}", file.display()), &error);
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX - 1) + 1;
    fs::File::open(file)
        .map_err(failed)?
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() > most {
        return Err(CommandError::usage(format!(
            "{} is larger than {most} bytes",
            file.display()
        )));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::open(dir.path()).expect("it exists");
        (dir, folder)
    }

    #[test]
    fn never_overwrites_and_writes_all_or_nothing() {
        let (dir, folder) = folder();
        folder
            .create(&[NewFile::regular("a/b.yaml", "one")])
            .expect("a new file");
        let again = [
            NewFile::regular("a/c.yaml", "two"),
            NewFile::regular("a/b.yaml", "two"),
        ];
        assert!(folder.create(&again).is_err());
        assert_eq!(
            fs::read(dir.path().join("a/b.yaml")).expect("still there"),
            b"one"
        );
        assert!(!folder.exists("a/c.yaml"));
        assert_eq!(
            fs::read_dir(dir.path().join("a"))
                .expect("a folder")
                .count(),
            1,
            "no temporary file stays"
        );
    }

    #[test]
    fn a_write_that_fails_leaves_no_folders_behind() {
        let (dir, folder) = folder();
        fs::write(dir.path().join("b"), "in the way").expect("a file");
        let files = [
            NewFile::regular("a/deep/one", ""),
            NewFile::regular("b/two", ""),
        ];
        assert!(folder.create(&files).is_err());
        assert!(folder.stage_all(&files).is_err());
        assert!(!dir.path().join("a").exists());
        #[cfg(unix)]
        {
            let elsewhere = tempfile::tempdir().expect("a temporary folder");
            fs::create_dir(elsewhere.path().join("empty")).expect("a folder");
            std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("c")).expect("a link");
            let behind = [NewFile::regular("c/empty/one", "")];
            assert!(folder.create(&behind).is_err());
            assert!(elsewhere.path().join("empty").exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn never_writes_through_a_symbolic_link() {
        let (dir, folder) = folder();
        let elsewhere = tempfile::tempdir().expect("a temporary folder");
        std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("approvals")).expect("a link");
        std::os::unix::fs::symlink(elsewhere.path().join("x"), dir.path().join("x.yaml"))
            .expect("a dangling link");
        assert!(
            folder
                .create(&[NewFile::regular("approvals/a.yaml", "")])
                .is_err()
        );
        assert!(
            folder
                .create(&[NewFile::regular("approvals/deep/er/a.yaml", "")])
                .is_err()
        );
        assert!(folder.create(&[NewFile::regular("x.yaml", "")]).is_err());
        assert!(folder.replace(&NewFile::regular("x.yaml", "")).is_err());
        assert_eq!(fs::read_dir(elsewhere.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn refuses_paths_that_lead_out_of_the_folder() {
        let (_dir, folder) = folder();
        for bad in [
            "../a",
            "a/../../b",
            "/etc/x",
            ".git/hooks/pre-commit",
            "a//b",
            "",
            "a/.GIT/x",
            "a\\..\\b",
            "C:x",
            "C:/x",
            "a/b:stream",
            "a./b",
            "a /b",
            ".git./x",
            "git~1/x",
            "aux",
            "a/NUL.yaml",
            ".g\u{200c}it/x",
        ] {
            assert!(
                folder.create(&[NewFile::regular(bad, "")]).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn removing_the_last_file_removes_its_folders() {
        let (dir, folder) = folder();
        folder
            .create(&[NewFile::regular("a/b/c", ""), NewFile::regular("d", "")])
            .expect("new files");
        folder.remove("a/b/c").expect("it is gone");
        assert!(!dir.path().join("a").exists());
        assert!(folder.exists("d"));
    }
}
