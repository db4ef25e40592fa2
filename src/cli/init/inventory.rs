//! What there is to govern: every Skill, the folders of the default layout, and the files that
//! harnesses load. Pure: a list of files in, packages out.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::paths;
use crate::harness::{self, Loads, Plugins};
use crate::model::{Digest, Glob, Kind, Name, ObjectId};

/// A file of the tree at HEAD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// Path from the root.
    pub path: String,
    /// Git's mode, such as `0o100644`.
    pub mode: u32,
    /// Its blob (or commit, for a submodule).
    pub id: ObjectId,
}

const REGULAR: u32 = 0o100_644;
const EXECUTABLE: u32 = 0o100_755;
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

impl TreeFile {
    /// A symbolic link or a submodule.
    pub fn is_link(&self) -> bool {
        matches!(self.mode, LINK | SUBMODULE)
    }
}

/// Something that a policy entry can govern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// What it is.
    pub kind: Kind,
    /// Folder or file, from the root.
    pub path: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// For what a harness loads: bytes of the path before the harness's place.
    pub begins: Option<usize>,
    /// The file whose owners in CODEOWNERS are the package's owners.
    pub main_file: String,
    /// Equal for equal bytes and modes.
    pub fingerprint: Digest,
    /// What its document calls itself, where that was looked up because its path gives no name.
    pub declared_name: Option<String>,
}

impl Package {
    /// The name that it has without a template: the folder's, or the file's stem.
    pub fn default_name(&self) -> &str {
        let last = last_step(&self.path);
        if self.is_folder {
            return last;
        }
        [".md", ".yaml", ".yml", ".json"]
            .iter()
            .find_map(|ending| last.strip_suffix(ending))
            .unwrap_or(last)
    }
}

/// Everything found.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// What can be governed, by path.
    pub packages: BTreeMap<String, Package>,
    /// What cannot or should not be governed and no harness loads: a glob for `ignore`, and why.
    pub left_out: BTreeMap<String, String>,
    /// What has to be fixed before `check` can pass: a path, and why.
    pub to_fix: BTreeMap<String, String>,
    /// Instructions that a harness reads.
    pub instructions: Vec<String>,
    /// Every folder of the tree.
    pub folders: BTreeSet<String>,
    /// Every file of the tree.
    pub files: BTreeSet<String>,
    /// Every symbolic link and submodule.
    pub links: BTreeSet<String>,
    /// The plugins in the tree, with what their manifests name.
    plugins: Plugins,
}

/// Something that looks like a package.
struct PackageCandidate<'a> {
    kind: Kind,
    path: &'a str,
    main_file: &'a str,
    begins: Option<usize>,
    /// Whether it certainly is one. If only its path suggests it and it is something else, it is
    /// left out.
    certain: bool,
}

/// Readers cannot see what such a path names.
const INVISIBLE: &str = "its path contains invisible characters; rename it";

/// Folders of the default layout whose children are packages.
const DEFAULT_LAYOUT: &[(&str, Kind)] = &[
    ("agents", Kind::Agent),
    ("contracts", Kind::Contract),
    ("prompts", Kind::Prompt),
    ("servers", Kind::Server),
    ("setups", Kind::Setup),
];

impl Inventory {
    /// Sorts `files`, some of which harnesses load because of `plugins`. `fault` says why a package
    /// cannot be governed in its current form, or that it is not what its path suggests.
    pub fn take(
        files: &[TreeFile],
        plugins: Plugins,
        fault: &dyn Fn(&Package, &[&TreeFile]) -> Option<String>,
    ) -> Self {
        let by_path: BTreeMap<&str, &TreeFile> = files
            .iter()
            .map(|file| (file.path.as_str(), file))
            .collect();
        let links = files
            .iter()
            .filter(|file| file.is_link())
            .map(|file| file.path.clone())
            .collect();
        let mut inventory = Self {
            files: files.iter().map(|file| file.path.clone()).collect(),
            links,
            plugins,
            ..Self::default()
        };
        for path in by_path.keys() {
            let mut folder = *path;
            while let Some((above, _)) = folder.rsplit_once('/') {
                if !inventory.folders.insert(above.to_owned()) {
                    break;
                }
                folder = above;
            }
        }
        inventory.skills(&by_path, fault);
        inventory.default_layout(&by_path, fault);
        inventory.harness_files(&by_path, fault);
        inventory
    }

    /// Looks up what the documents call themselves, for the packages whose path gives no name.
    pub fn look_up_names(&mut self, declared: &dyn Fn(&Package) -> Option<String>) {
        for package in self.packages.values_mut() {
            if package.default_name().parse::<Name>().is_err() {
                package.declared_name = declared(package);
            }
        }
    }

    /// The package around `path` (or at it), of any kind.
    pub fn package_above(&self, path: &str) -> Option<&Package> {
        prefixes(path).find_map(|prefix| self.packages.get(prefix))
    }

    fn skills(
        &mut self,
        files: &BTreeMap<&str, &TreeFile>,
        fault: &dyn Fn(&Package, &[&TreeFile]) -> Option<String>,
    ) {
        let documents = files
            .keys()
            .filter(|path| last_step(path).eq_ignore_ascii_case("SKILL.md"));
        // A folder sorts before its content, so the outermost Skill comes first and includes nested
        // ones.
        let folders: BTreeSet<(&str, &str)> =
            documents.map(|path| (folder_of(path), *path)).collect();
        for (folder, document) in folders {
            if folder.is_empty() {
                let why = "a Skill at the root makes the whole repository its package; move it into a folder to govern it";
                self.left_out.insert(document.to_owned(), why.to_owned());
            } else if let Some(test_data) = harness::test_data(&self.plugins, document) {
                self.leave_out_test_data(test_data);
            } else if self.package_above(folder).is_none() {
                self.add(
                    &PackageCandidate {
                        kind: Kind::Skill,
                        path: folder,
                        main_file: document,
                        begins: None,
                        certain: true,
                    },
                    files,
                    fault,
                );
            }
        }
    }

    fn default_layout(
        &mut self,
        files: &BTreeMap<&str, &TreeFile>,
        fault: &dyn Fn(&Package, &[&TreeFile]) -> Option<String>,
    ) {
        for (layout, kind) in DEFAULT_LAYOUT {
            let children: BTreeSet<String> = below(files, layout)
                .filter_map(|file| child(layout, &file.path))
                .collect();
            for path in children {
                let holds_skill = self
                    .packages
                    .keys()
                    .any(|skill| *skill == path || skill.starts_with(&format!("{path}/")));
                let main = match kind {
                    _ if holds_skill => None,
                    _ if files.contains_key(path.as_str()) => {
                        plausible_file(*kind, last_step(&path)).then(|| path.clone())
                    }
                    Kind::Prompt => Some(format!("{path}/PROMPT.md"))
                        .filter(|main| files.contains_key(main.as_str())),
                    Kind::Server => ["server.json", "server.yaml"]
                        .iter()
                        .map(|file| format!("{path}/{file}"))
                        .find(|main| files.contains_key(main.as_str())),
                    Kind::Setup => below(files, &path).next().map(|file| file.path.clone()),
                    _ => None,
                };
                if let Some(main) = main {
                    self.add(
                        &PackageCandidate {
                            kind: *kind,
                            path: &path,
                            main_file: &main,
                            begins: None,
                            certain: false,
                        },
                        files,
                        fault,
                    );
                }
            }
        }
    }

    fn harness_files(
        &mut self,
        files: &BTreeMap<&str, &TreeFile>,
        fault: &dyn Fn(&Package, &[&TreeFile]) -> Option<String>,
    ) {
        let plugins = self.plugins.clone();
        // Only the check resolves what a link leads to.
        for path in files
            .values()
            .filter(|file| !file.is_link())
            .map(|file| &*file.path)
        {
            let Some(loaded) =
                harness::loaded_in(&plugins, path).filter(|loaded| loaded.loads != Loads::Skill)
            else {
                continue;
            };
            if let Some(test_data) = harness::test_data(&plugins, path) {
                self.leave_out_test_data(test_data);
            } else if loaded.loads == Loads::Instructions {
                self.instructions
                    .extend(self.package_above(path).is_none().then(|| path.to_owned()));
            } else if self.package_above(path).is_none() {
                let whole = &path[..loaded.ends];
                let whole = if last_step(folder_of(whole)).eq_ignore_ascii_case("hooks") {
                    folder_of(whole)
                } else {
                    whole
                };
                let package = if self.holds_package(whole) {
                    path
                } else {
                    whole
                };
                let begins = Some(loaded.begins.min(package.len()));
                self.add(
                    &PackageCandidate {
                        kind: Kind::Setup,
                        path: package,
                        main_file: path,
                        begins,
                        certain: true,
                    },
                    files,
                    fault,
                );
            }
        }
    }

    fn leave_out_test_data(&mut self, folder: &str) {
        if paths::has_invisible(folder) {
            self.to_fix.insert(folder.to_owned(), INVISIBLE.to_owned());
        } else {
            self.left_out.insert(
                format!("{}/**", Glob::literal(folder)),
                "test data".to_owned(),
            );
        }
    }

    /// Whether a package is inside the folder at `path`.
    fn holds_package(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        self.packages
            .range(inside.clone()..)
            .next()
            .is_some_and(|(package, _)| package.starts_with(&inside))
    }

    /// Adds a package, or records why it is not one.
    fn add(
        &mut self,
        candidate: &PackageCandidate<'_>,
        files: &BTreeMap<&str, &TreeFile>,
        fault: &dyn Fn(&Package, &[&TreeFile]) -> Option<String>,
    ) {
        let PackageCandidate {
            kind,
            path,
            main_file,
            begins,
            certain,
        } = *candidate;
        let own = files.get(path).copied();
        let members: Vec<&TreeFile> =
            own.map_or_else(|| below(files, path).collect(), |file| vec![file]);
        let relative = |file: &TreeFile| file.path.get(path.len()..).unwrap_or_default().to_owned();
        let lines = members
            .iter()
            .map(|file| format!("{:o} {} {}\n", file.mode, file.id, relative(file)));
        let text: String = lines.collect();
        let is_folder = own.is_none();
        let fingerprint = Digest::of(text.as_bytes());
        let package = Package {
            kind,
            path: path.to_owned(),
            is_folder,
            begins,
            main_file: main_file.to_owned(),
            fingerprint,
            declared_name: None,
        };
        let why = if paths::has_invisible(path) {
            Some(INVISIBLE.to_owned())
        } else {
            None
        };
        let why = why
            .or_else(|| unusual(&members))
            .or_else(|| fault(&package, &members));
        let is_loaded = members
            .iter()
            .any(|file| harness::is_loaded(&self.plugins, &file.path));
        match why {
            Some(_) if !certain => {}
            Some(why) if paths::has_invisible(path) => {
                self.to_fix.insert(path.to_owned(), why);
            }
            // `ignore` cannot cover it, so it is governed with its fault, unless it has a path that
            // no package may have.
            Some(why) if is_loaded => {
                self.to_fix.insert(path.to_owned(), why);
                if paths::check_text(path).is_ok() {
                    self.packages.insert(path.to_owned(), package);
                }
            }
            Some(why) => {
                let glob = Glob::literal(path);
                if is_folder {
                    self.left_out.insert(format!("{glob}/**"), why.clone());
                }
                self.left_out.insert(glob, why);
            }
            None => {
                self.packages.insert(path.to_owned(), package);
            }
        }
    }
}

/// What a package must not contain.
fn unusual(files: &[&TreeFile]) -> Option<String> {
    files.iter().find_map(|file| match file.mode {
        REGULAR | EXECUTABLE => None,
        LINK => Some(format!("{} is a symbolic link", file.path)),
        SUBMODULE => Some(format!("{} is a submodule", file.path)),
        mode => Some(format!("{} has the mode {mode:o}", file.path)),
    })
}

/// A name for what a harness loads, from the place where it looks; `None` for other packages.
pub fn harness_name(package: &Package) -> Option<String> {
    let tail = package.path.get(package.begins?..)?;
    let stem = tail
        .strip_suffix(".json")
        .or_else(|| tail.strip_suffix(".toml"))
        .unwrap_or(tail);
    Some(
        stem.to_lowercase()
            .replace(['/', '.'], "-")
            .trim_matches('-')
            .to_owned(),
    )
}

fn plausible_file(kind: Kind, file: &str) -> bool {
    let ending = file
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase())
        .unwrap_or_default();
    let yaml = matches!(ending.as_str(), "yaml" | "yml");
    let readme = file.eq_ignore_ascii_case("README.md");
    match kind {
        Kind::Prompt => ending == "md" && !readme,
        Kind::Server => yaml || ending == "json",
        Kind::Agent | Kind::Contract => yaml,
        _ => !readme,
    }
}

fn below<'a>(
    files: &'a BTreeMap<&str, &'a TreeFile>,
    folder: &str,
) -> impl Iterator<Item = &'a TreeFile> {
    let start = format!("{folder}/");
    let prefix = start.clone();
    files
        .range(&*start..)
        .map(|(_, file)| *file)
        .take_while(move |file| file.path.starts_with(&prefix))
        .collect::<Vec<_>>()
        .into_iter()
}

fn child(folder: &str, path: &str) -> Option<String> {
    let rest = path.strip_prefix(folder)?.strip_prefix('/')?;
    Some(format!("{folder}/{}", rest.split('/').next()?))
}

/// `path` itself and every folder above it, outermost first.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/')
        .map(|(at, _)| &path[..at])
        .chain([path])
}

/// The folder of `path`; empty for the root.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last step of `path`.
pub fn last_step(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

#[cfg(test)]
pub mod tests;
