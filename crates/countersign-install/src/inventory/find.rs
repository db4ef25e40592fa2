//! Finds the files at the places that harnesses read. Lists folders, and opens nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use countersign_harness::{
    HARNESSES, HarnessReader, Loads, Plugins, Scope, places_in, readers_of, touched,
};

use super::item::{ItemScope, Unsearched};

/// Folders below one another that are entered.
const DEEPEST: usize = 32;
/// Entries of folders that are looked at below one place to search.
const MOST_ENTRIES: usize = 200_000;
/// Folders that programs fill by themselves: no harness is started there.
const DEPENDENCIES: [&str; 4] = ["node_modules", ".venv", "venv", "__pycache__"];

/// Where an inventory looks.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// A folder that harnesses are started in, with everything below.
    pub project: Option<PathBuf>,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// Folders and files that variables name instead of those in the home folder: the variable, and
    /// its value.
    pub moved: Vec<(String, PathBuf)>,
    /// The root below which the machine's places are.
    pub machine: Option<PathBuf>,
    /// Whether servers of other projects, which harnesses keep in the home folder, are listed.
    pub other_projects: bool,
}

/// A file or link at a place that a harness reads.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub scope: ItemScope,
    /// As it is shown: from the scope, or from a variable that moves it. Hostile text.
    pub path: String,
    /// Where it is.
    pub full: PathBuf,
    /// Who reads it.
    pub readers: Vec<HarnessReader>,
    /// Where it leads, when it is a link.
    pub link: Option<PathBuf>,
}

/// Everything that was found, by scope and path.
#[derive(Debug, Default)]
pub(super) struct Search {
    found: BTreeMap<(ItemScope, String), Found>,
    pub unsearched: Vec<Unsearched>,
}

impl Search {
    /// Looks through all the places.
    pub fn of(places: &Places) -> (Vec<Found>, Vec<Unsearched>) {
        let mut search = Self::default();
        if let Some(project) = &places.project {
            search.walk(&Walk {
                scope: ItemScope::Project,
                base: project,
                shown: "",
                matched: "",
                deepest: DEEPEST,
            });
        }
        if places.home.is_some() || !places.moved.is_empty() {
            search.home(places);
        }
        if let Some(root) = &places.machine {
            for (prefix, deepest) in prefixes(Scope::Machine) {
                let inside = prefix.strip_prefix('/').map(|inside| root.join(inside));
                if let Some(base) = inside {
                    search.place(ItemScope::Machine, &base, &prefix, &prefix, deepest);
                }
            }
        }
        search.unsearched.sort();
        search.unsearched.dedup();
        (search.found.into_values().collect(), search.unsearched)
    }

    /// The places below the home folder, or where a variable moves them.
    fn home(&mut self, places: &Places) {
        let moves: Vec<(&str, &str, &PathBuf)> = HARNESSES
            .iter()
            .flat_map(|harness| harness.moved_by)
            .chain(&[("XDG_CONFIG_HOME", ".config")])
            .filter_map(|(variable, prefix)| {
                let mut moved = places.moved.iter();
                let (_, to) = moved.find(|(name, _)| name == variable)?;
                Some((*variable, *prefix, to))
            })
            .collect();
        for (prefix, deepest) in prefixes(Scope::User) {
            let moved = moves.iter().find_map(|(variable, from, to)| {
                let rest = below(&prefix, from)?;
                // A file keeps its name in the other folder.
                let rest = if rest.is_empty() && from.contains(".json") {
                    prefix.as_str()
                } else {
                    rest
                };
                let slash = if rest.is_empty() { "" } else { "/" };
                Some((to.join(rest), format!("${variable}{slash}{rest}")))
            });
            let at_home = || {
                let home = places.home.as_ref()?;
                Some((home.join(&prefix), prefix.clone()))
            };
            if let Some((base, shown)) = moved.or_else(at_home) {
                self.place(ItemScope::User, &base, &shown, &prefix, deepest);
            }
        }
    }

    /// One place: a file, or a folder that is entered.
    fn place(&mut self, scope: ItemScope, base: &Path, shown: &str, matched: &str, deepest: usize) {
        let Ok(metadata) = fs::symlink_metadata(base) else {
            return;
        };
        if metadata.is_dir() && deepest > 0 {
            self.walk(&Walk {
                scope,
                base,
                shown,
                matched,
                deepest,
            });
        } else if !metadata.is_dir() {
            self.file(scope, base, shown, matched, metadata.is_symlink());
        }
    }

    fn walk(&mut self, walk: &Walk<'_>) {
        let mut left = MOST_ENTRIES;
        let complete = self.enter(walk, walk.base, "", 0, &mut left);
        if !complete {
            self.unsearched.push(Unsearched {
                scope: walk.scope,
                path: walk.shown.to_owned(),
                why: format!("more than {MOST_ENTRIES} entries: the rest was not looked at"),
            });
        }
    }

    /// Says whether everything was looked at.
    fn enter(
        &mut self,
        walk: &Walk<'_>,
        folder: &Path,
        inside: &str,
        depth: usize,
        left: &mut usize,
    ) -> bool {
        let Ok(entries) = fs::read_dir(folder) else {
            self.unsearched.push(Unsearched {
                scope: walk.scope,
                path: joined(walk.shown, inside),
                why: "the folder cannot be read".to_owned(),
            });
            return true;
        };
        for entry in entries.flatten() {
            if *left == 0 {
                return false;
            }
            *left -= 1;
            let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else {
                continue;
            };
            let inside = joined(inside, &name);
            if kind.is_dir() {
                let skipped = name == ".git" || DEPENDENCIES.contains(&name.as_str());
                if skipped || depth + 1 >= walk.deepest {
                    if name != ".git" && walk.deepest == DEEPEST {
                        self.unsearched.push(Unsearched {
                            scope: walk.scope,
                            path: joined(walk.shown, &inside),
                            why: if skipped {
                                "a folder of dependencies".to_owned()
                            } else {
                                format!("more than {DEEPEST} folders deep")
                            },
                        });
                    }
                } else if !self.enter(walk, &entry.path(), &inside, depth + 1, left) {
                    return false;
                }
            } else {
                let shown = joined(walk.shown, &inside);
                let matched = joined(walk.matched, &inside);
                self.file(
                    walk.scope,
                    &entry.path(),
                    &shown,
                    &matched,
                    kind.is_symlink(),
                );
            }
        }
        true
    }

    /// Keeps what some harness reads.
    fn file(&mut self, scope: ItemScope, full: &Path, shown: &str, matched: &str, is_link: bool) {
        let of = match scope {
            ItemScope::Project => Scope::Project,
            ItemScope::User => Scope::User,
            ItemScope::Machine => Scope::Machine,
        };
        let mut readers = readers_of(of, matched);
        if is_link && readers.is_empty() {
            // A link in place of a Skill, or of a folder above what a harness reads.
            readers = readers_of(of, &format!("{matched}/SKILL.md"));
            if readers.is_empty() && scope == ItemScope::Project {
                let above = touched(&Plugins::default(), matched);
                readers.extend(above.map(|above| HarnessReader {
                    harness: above.harness,
                    loads: above.loads,
                    begins: above.begins,
                    ends: matched.len(),
                }));
            }
            for reader in &mut readers {
                reader.ends = matched.len();
            }
        }
        if readers.is_empty() {
            return;
        }
        // What a variable moved has another path in front.
        let longer = shown.len().cast_signed() - matched.len().cast_signed();
        for reader in &mut readers {
            reader.ends = reader.ends.saturating_add_signed(longer).min(shown.len());
        }
        let link = is_link.then(|| fs::read_link(full).unwrap_or_default());
        let found = Found {
            scope,
            path: shown.to_owned(),
            full: full.to_owned(),
            readers,
            link,
        };
        self.found.insert((scope, found.path.clone()), found);
    }
}

/// A folder to search.
struct Walk<'w> {
    scope: ItemScope,
    base: &'w Path,
    /// The folder as it is shown; empty for the project itself.
    shown: &'w str,
    /// The folder as the catalog has it.
    matched: &'w str,
    deepest: usize,
}

/// The folders and files in which harnesses look, with how deep they look.
fn prefixes(scope: Scope) -> BTreeMap<String, usize> {
    let mut prefixes = BTreeMap::new();
    for (_, place) in places_in(scope) {
        let steps: Vec<&str> = place.pattern.split('/').collect();
        let literal = steps.iter().take_while(|step| !step.contains('*')).count();
        let deepest = if place.pattern.contains("**") {
            DEEPEST
        } else {
            steps.len() - literal
        };
        let known = prefixes.entry(steps[..literal].join("/")).or_insert(0);
        *known = deepest.max(*known);
    }
    prefixes
}

/// What of `path` is below `folder`; empty where they are the same.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix('/')
}

fn joined(above: &str, below: &str) -> String {
    match (above.is_empty(), below.is_empty()) {
        (true, _) => below.to_owned(),
        (_, true) => above.to_owned(),
        _ => format!("{above}/{below}"),
    }
}

/// What of a path is loaded for one purpose, by whom.
pub(super) fn by_purpose(
    readers: &[HarnessReader],
) -> BTreeMap<(Loads, usize), Vec<HarnessReader>> {
    let mut purposes: BTreeMap<(Loads, usize), Vec<HarnessReader>> = BTreeMap::new();
    for reader in readers {
        let known = purposes.entry((reader.loads, reader.ends)).or_default();
        known.push(*reader);
    }
    purposes
}
