//! Plugins and extensions in the repository (installing one installs what is in its folders on the
//! branch), and everything else that the manifests, marketplaces and settings of a tree name.

use std::collections::{BTreeMap, BTreeSet};

use super::json::ManifestContent;
use super::manifests::{Manifest, ManifestKind, manifest, plugin_root};
use super::reading::{self, LoadedByManifest, Names, is_in};
use super::test_folder::folder_of_test_data;
use super::{Loads, claude_code};
use countersign_model::document::paths::{self, path_on_disk};

/// Beyond this many bytes of names, everything in the folders of the remaining manifests counts as
/// loaded.
const MOST_BYTES: usize = 16 << 20;

/// The plugins of a tree: their folders, and what their manifests name. All paths are as the most
/// generous file system writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plugins {
    /// Folders of plugins; the root is the empty path.
    roots: BTreeMap<String, Root>,
    /// Files and folders that a manifest names.
    named: BTreeMap<String, Vec<LoadedByManifest>>,
    /// Marketplaces at paths that settings name.
    marketplaces: BTreeSet<String>,
    /// Bytes of all names.
    bytes: usize,
}

/// Why a folder is a plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Root {
    /// A harness's own manifest is in it, or a marketplace lists it.
    is_marked: bool,
    /// A marketplace that is not test data lists it.
    is_listed: bool,
}

/// Parts of a plugin that count only with a harness's own manifest, because many other programs
/// have such files.
fn needs_mark(inside: &str) -> bool {
    let mut steps = inside.split('/').map(paths::name_on_disk);
    matches!(
        (steps.next().as_deref(), steps.next()),
        (Some("bin"), _) | (Some("settings.json"), None)
    )
}

impl Plugins {
    /// The plugins that file names alone reveal.
    pub fn of_paths<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        let mut plugins = Self::default();
        for path in paths {
            if let Some(root) = plugin_root(path) {
                let is_marked =
                    manifest(path).is_some_and(|manifest| manifest.kind == ManifestKind::Plugin);
                plugins
                    .roots
                    .entry(path_on_disk(root))
                    .or_default()
                    .is_marked |= is_marked;
            }
        }
        plugins
    }

    /// Adds what the manifest at `path` names, or everything in its folder if it cannot be read.
    /// Adds nothing if the file is not a manifest.
    pub fn read(&mut self, path: &str, content: &ManifestContent) {
        let unusual = || {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let manifest = Manifest {
                kind: ManifestKind::Marketplace,
                root: folder,
                harness: &claude_code::HARNESS,
            };
            self.is_marketplace(path).then_some(manifest)
        };
        let Some(manifest) = unusual().or_else(|| manifest(path)) else {
            return;
        };
        match reading::names(&manifest, path, content) {
            Some(names) if self.bytes + bytes_of(&names) <= MOST_BYTES => self.add(names),
            _ => self.unread(path),
        }
    }

    fn add(&mut self, names: Names) {
        self.bytes += bytes_of(&names);
        for root in &names.roots {
            let known = self.roots.entry(root.clone()).or_default();
            known.is_marked = true;
            known.is_listed |= !names.is_test_data(root);
        }
        self.marketplaces.extend(names.marketplaces);
        for (path, named) in names.named {
            self.name(path, named);
        }
    }

    fn name(&mut self, path: String, named: LoadedByManifest) {
        let all = self.named.entry(path).or_default();
        if !all.contains(&named) {
            all.push(named);
            // Anything else takes precedence over instructions.
            all.sort_by_key(|named| named.loads == Loads::Instructions);
        }
    }

    /// Counts everything in the folder of the manifest at `path` as loaded, because it cannot be
    /// read; for settings, only the file itself.
    pub fn unread(&mut self, path: &str) {
        let Some(manifest) = manifest(path) else {
            return;
        };
        let (from, loads) = match manifest.kind {
            ManifestKind::EditorSettings | ManifestKind::Workspace | ManifestKind::Container => {
                (path, Loads::Settings)
            }
            // The file is in the catalogue.
            ManifestKind::HarnessSettings => return,
            _ => (manifest.root, Loads::Plugin),
        };
        let from = path_on_disk(from);
        let in_test_data = folder_of_test_data(path)
            .map(path_on_disk)
            .is_some_and(|folder| is_in(&from, &folder));
        self.name(
            from,
            LoadedByManifest {
                loads,
                harness: manifest.harness,
                in_test_data,
            },
        );
    }

    /// Counts everything behind the link at `path` as loaded, because there is too much to list.
    pub fn unread_link(&mut self, path: &str) {
        self.name(
            path_on_disk(path),
            LoadedByManifest {
                loads: Loads::Plugin,
                harness: &claude_code::HARNESS,
                in_test_data: false,
            },
        );
    }

    /// Whether settings name marketplaces at other paths.
    pub fn has_marketplaces(&self) -> bool {
        !self.marketplaces.is_empty()
    }

    /// Whether settings name the file at `path` as a marketplace.
    pub fn is_marketplace(&self, path: &str) -> bool {
        self.has_marketplaces() && self.marketplaces.contains(&path_on_disk(path))
    }

    /// `path` relative to each plugin around it, where it can be one of the plugin's parts.
    pub(super) fn within<'p>(&self, path: &'p str) -> Vec<&'p str> {
        if self.roots.is_empty() {
            return Vec::new();
        }
        let whole = self.roots.get("").map(|root| (path, root));
        let mut folder = String::new();
        let inside = path.match_indices('/').scan(0, |start, (slash, _)| {
            if !folder.is_empty() {
                folder.push('/');
            }
            folder.push_str(&paths::name_on_disk(&path[*start..slash]));
            *start = slash + 1;
            Some(
                self.roots
                    .get(&folder)
                    .map(|root| (&path[slash + 1..], root)),
            )
        });
        let all = whole.into_iter().chain(inside.flatten());
        all.filter(|(inside, root)| root.is_marked || !needs_mark(inside))
            .map(|(inside, _)| inside)
            .collect()
    }

    /// Everything that a manifest names at or above the path of these steps, each with the number
    /// of steps in its own path.
    pub(super) fn named_above<'s>(
        &self,
        steps: impl Iterator<Item = &'s str>,
    ) -> Vec<(usize, LoadedByManifest)> {
        if self.named.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut look = |count: usize, path: &str| {
            found.extend(
                self.named
                    .get(path)
                    .into_iter()
                    .flatten()
                    .map(|named| (count, *named)),
            );
        };
        look(0, "");
        let mut path = String::new();
        for (index, step) in steps.enumerate() {
            if index > 0 {
                path.push('/');
            }
            path.push_str(step);
            look(index + 1, &path);
        }
        found
    }

    /// What a manifest names below the folder at `path`, in the form of the most generous file
    /// system.
    pub(super) fn named_below(&self, path: &str) -> Option<LoadedByManifest> {
        let inside = format!("{path}/");
        let below = self
            .named
            .range(inside.clone()..)
            .take_while(|(named, _)| named.starts_with(&inside));
        let mut below = below.flat_map(|(_, named)| named).copied();
        let first = below.next()?;
        let weighs = |named: &LoadedByManifest| named.loads != Loads::Instructions;
        Some(if weighs(&first) {
            first
        } else {
            below.find(weighs).unwrap_or(first)
        })
    }

    /// Whether a marketplace lists the folder at `path`, or one below it, in the form of the most
    /// generous file system.
    pub(super) fn is_listed_at_or_below(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        let below = self
            .roots
            .range(inside.clone()..)
            .take_while(|(root, _)| root.starts_with(&inside));
        self.roots
            .get(path)
            .into_iter()
            .chain(below.map(|(_, root)| root))
            .any(|root| root.is_listed)
    }

    /// Whether a marketplace or manifest outside of test data makes a harness load `path` or a
    /// folder above it.
    pub(super) fn reaches(&self, path: &str) -> bool {
        let path = path_on_disk(path);
        let folders = path
            .match_indices('/')
            .map(|(slash, _)| &path[..slash])
            .chain([&*path, ""]);
        let listed = folders.into_iter().any(|folder| {
            self.roots
                .get(folder)
                .is_some_and(|root| root.is_listed && !folder.is_empty())
        });
        let weighs =
            |named: &LoadedByManifest| !named.in_test_data && named.loads != Loads::Instructions;
        // A manifest that names its whole folder, such as for Skills anywhere in it, does not change
        // what is test data; one that cannot be read does.
        let counts =
            |count: usize, named: &LoadedByManifest| count > 0 || named.loads == Loads::Plugin;
        listed
            || self
                .named_above(path.split('/'))
                .iter()
                .any(|(count, named)| counts(*count, named) && weighs(named))
    }
}

fn bytes_of(names: &Names) -> usize {
    let named = names.named.iter().map(|(path, _)| path.len() + 64);
    named
        .chain(
            names
                .roots
                .iter()
                .chain(&names.marketplaces)
                .map(|root| root.len() + 64),
        )
        .sum()
}

#[cfg(test)]
mod tests;
