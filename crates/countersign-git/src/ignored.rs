//! What Git ignores in the working tree: files that no commit would take from it.
//!
//! Read from the `.gitignore` files, `info/exclude` and the user's own list, whose place the caller
//! knows. What the index has is never ignored, whatever the patterns say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use gix::bstr::ByteSlice as _;
use gix::index::entry::Mode;
use gix::worktree::Stack;
use gix::worktree::stack::State;
use gix::worktree::stack::state::Ignore;
use gix::worktree::stack::state::ignore::Source;

use super::folder::into_bytes;
use super::repository::Repository;

/// Where the user's own settings for Git are.
#[derive(Clone, Debug, Default)]
pub struct UserSettings {
    /// Their home folder.
    pub home: Option<PathBuf>,
    /// Git's folder for settings, such as `~/.config/git`.
    pub folder: Option<PathBuf>,
    /// Their configuration files, the one that counts most last.
    pub files: Vec<PathBuf>,
}

/// The patterns by which Git ignores files, and the files that it has all the same.
pub struct Ignored {
    /// Reads one folder after the other, so only one thread may use it at a time.
    stack: Mutex<(gix::Repository, Stack)>,
    tracked: BTreeSet<Vec<u8>>,
}

impl std::fmt::Debug for Ignored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ignored")
            .field("tracked", &self.tracked.len())
            .finish_non_exhaustive()
    }
}

impl Repository {
    /// What Git ignores here; `None` where the index or a list cannot be read, so that nothing is
    /// overlooked.
    pub fn ignored(&self, user: &UserSettings) -> Option<Ignored> {
        let root = self.work_dir()?;
        let local = self.local();
        let index = local.index_or_empty().ok()?;
        let tracked = index
            .entries()
            .iter()
            .map(|entry| entry.path(&index).to_vec())
            .collect();
        let parse = gix::ignore::search::Ignore {
            support_precious: false,
        };
        let mut buffer = Vec::new();
        let list = self.excludes_file(user);
        let globals =
            gix::ignore::Search::from_git_dir(self.common_dir(), list, &mut buffer, parse).ok()?;
        let source = Source::WorktreeThenIdMappingIfNotSkipped;
        let ignore = Ignore::new(gix::ignore::Search::default(), globals, None, source, parse);
        let case = if self.configures("core", "ignorecase") == Some(true) {
            gix::glob::pattern::Case::Fold
        } else {
            gix::glob::pattern::Case::Sensitive
        };
        let state = State::IgnoreStack(ignore);
        let mappings = state.id_mappings_from_index(&index, index.path_backing(), case);
        let stack = Stack::new(root, state, case, buffer, mappings);
        Some(Ignored {
            stack: Mutex::new((local.clone(), stack)),
            tracked,
        })
    }

    /// The user's own list of what is ignored in every repository.
    fn excludes_file(&self, user: &UserSettings) -> Option<PathBuf> {
        let named = |config: &gix::config::File| {
            let sections = config.sections_by_name("core")?;
            sections
                .filter(|section| section.header().subsection_name().is_none())
                .filter_map(|section| {
                    Some(section.value("excludesFile")?.to_str().ok()?.to_owned())
                })
                .last()
        };
        let own = user.files.iter().rev().find_map(|file| {
            let source = gix::config::Source::User;
            let config = gix::config::File::from_path_no_includes(file.clone(), source).ok()?;
            named(&config)
        });
        let local = self.local();
        let here = named(local.config_snapshot().plumbing());
        match here.or(own) {
            Some(text) => match (text.strip_prefix("~/"), &user.home) {
                (Some(rest), Some(home)) => Some(home.join(rest)),
                _ => Some(PathBuf::from(text)).filter(|path| path.is_absolute()),
            },
            None => Some(user.folder.as_ref()?.join("ignore")),
        }
    }
}

impl Ignored {
    /// Whether Git ignores the file at `path` (from the root), or everything below that folder.
    pub fn covers(&self, path: &Path, is_folder: bool) -> bool {
        let name = into_bytes(path.to_owned());
        if is_folder {
            let below = [name.as_slice(), b"/"].concat();
            let next = self.tracked.range(below.clone()..).next();
            if next.is_some_and(|tracked| tracked.starts_with(&below)) {
                return false;
            }
        } else if self.tracked.contains(&name) {
            return false;
        }
        let mode = if is_folder { Mode::DIR } else { Mode::FILE };
        let mut held = self.stack.lock().unwrap_or_else(PoisonError::into_inner);
        let (repository, stack) = &mut *held;
        stack
            .at_path(path, Some(mode), &repository.objects)
            .is_ok_and(|found| found.is_excluded())
    }
}
