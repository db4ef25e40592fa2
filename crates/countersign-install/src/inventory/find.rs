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
            search.walk(&Where {
                scope: ItemScope::Project,
                base: project,
                shown: "",
                matched: "",
                deepest: DEEPEST,
                reads: &|_| true,
            });
        }
        if places.home.is_some() || !places.moved.is_empty() {
            search.home(places);
        }
        if let Some(root) = &places.machine {
            for (prefix, deepest) in prefixes(Scope::Machine) {
                let inside = prefix.strip_prefix('/').map(|inside| root.join(inside));
                if let Some(base) = inside {
                    search.look(&Where {
                        scope: ItemScope::Machine,
                        base: &base,
                        shown: &prefix,
                        matched: &prefix,
                        deepest,
                        reads: &|_| true,
                    });
                }
            }
        }
        search.unsearched.sort();
        search.unsearched.dedup();
        (search.found.into_values().collect(), search.unsearched)
    }

    /// The places below the home folder, and where variables move them. A variable moves what its own
    /// harness reads: others may still read the place at home.
    fn home(&mut self, places: &Places) {
        let set = |variable: &str| {
            let mut moved = places.moved.iter();
            moved.find(|(name, _)| name == variable).map(|(_, to)| to)
        };
        let general = set("XDG_CONFIG_HOME");
        let mut links = Vec::new();
        for (prefix, deepest) in prefixes(Scope::User) {
            let mut look = |base: &Path, shown: &str, reads: &Reads<'_>| {
                self.look(&Where {
                    scope: ItemScope::User,
                    base,
                    shown,
                    matched: &prefix,
                    deepest,
                    reads,
                });
            };
            if let Some(rest) = below(&prefix, ".config").filter(|_| general.is_some()) {
                let base = general.map(|to| to.join(rest)).unwrap_or_default();
                let shown = joined("$XDG_CONFIG_HOME", rest);
                look(&base, &shown, &|_| true);
            } else if let Some(home) = &places.home {
                let stays = |reader: &HarnessReader| {
                    let mut moves = reader.harness.moved_by.iter();
                    !moves.any(|(variable, from)| {
                        set(variable).is_some() && below(&prefix, from).is_some()
                    })
                };
                match link_above(home, &prefix) {
                    None => look(&home.join(&prefix), &prefix, &stays),
                    Some(link) => links.push(link),
                }
            }
            for harness in HARNESSES {
                for (variable, from) in harness.moved_by {
                    let (Some(to), Some(rest)) = (set(variable), below(&prefix, from)) else {
                        continue;
                    };
                    // A file keeps its name in the other folder.
                    let rest = if from.contains(".json") {
                        prefix.as_str()
                    } else {
                        rest
                    };
                    let of_harness = |reader: &HarnessReader| reader.harness.id == harness.id;
                    let shown = joined(&format!("${variable}"), rest);
                    look(&to.join(rest), &shown, &of_harness);
                }
            }
        }
        self.unsearched
            .extend(links.into_iter().map(|path| Unsearched {
                scope: ItemScope::User,
                path,
                why: "a link, which is not followed".to_owned(),
            }));
    }

    /// One place: a file, or a folder that is entered.
    fn look(&mut self, place: &Where<'_>) {
        let Ok(metadata) = fs::symlink_metadata(place.base) else {
            return;
        };
        if metadata.is_dir() && place.deepest > 0 {
            self.walk(place);
        } else if !metadata.is_dir() {
            self.file(place, "", place.base, metadata.is_symlink());
        }
    }

    fn walk(&mut self, walk: &Where<'_>) {
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
        walk: &Where<'_>,
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
        for entry in entries {
            if *left == 0 {
                return false;
            }
            *left -= 1;
            let mut unsearched = |name: &str, why: &str| {
                self.unsearched.push(Unsearched {
                    scope: walk.scope,
                    path: joined(walk.shown, &joined(inside, name)),
                    why: why.to_owned(),
                });
            };
            let Ok(entry) = entry else {
                unsearched("", "the folder cannot be read to its end");
                continue;
            };
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                unsearched(&name.to_string_lossy(), "its name is not UTF-8");
                continue;
            };
            let Ok(kind) = entry.file_type() else {
                unsearched(name, "it cannot be looked at");
                continue;
            };
            let (name, inside) = (name, joined(inside, name));
            if !kind.is_dir() {
                self.file(walk, &inside, &entry.path(), kind.is_symlink());
                continue;
            }
            // A Skill can have any name.
            let matched = joined(walk.matched, &inside);
            let is_skill = || !readers(walk.scope, &format!("{matched}/SKILL.md")).is_empty();
            if name == ".git" && !is_skill() {
                continue;
            }
            if DEPENDENCIES.contains(&name) && !is_skill() {
                unsearched(name, "a folder of dependencies");
            } else if depth + 1 >= walk.deepest {
                if walk.deepest == DEEPEST {
                    unsearched(name, "too many folders inside one another");
                }
            } else if !self.enter(walk, &entry.path(), &inside, depth + 1, left) {
                return false;
            }
        }
        true
    }

    /// Keeps what some harness reads: a file or link `inside` a place, at `full`.
    fn file(&mut self, place: &Where<'_>, inside: &str, full: &Path, is_link: bool) {
        let Where { scope, reads, .. } = *place;
        let (shown, matched) = (joined(place.shown, inside), joined(place.matched, inside));
        let mut found = readers(scope, &matched);
        if is_link && found.is_empty() {
            // A link in place of a Skill, or of a folder above what a harness reads.
            found = readers(scope, &format!("{matched}/SKILL.md"));
            if found.is_empty() && scope == ItemScope::Project {
                let above = touched(&Plugins::default(), &matched);
                found.extend(above.map(|above| HarnessReader {
                    harness: above.harness,
                    loads: above.loads,
                    begins: above.begins,
                    ends: matched.len(),
                }));
            }
        }
        found.retain(reads);
        if found.is_empty() {
            return;
        }
        // What a variable moved has another path in front.
        let longer = shown.len().cast_signed() - matched.len().cast_signed();
        for reader in &mut found {
            // A link is an item of its own, also inside a folder that is loaded as one.
            let ends = if is_link { matched.len() } else { reader.ends };
            reader.ends = ends.saturating_add_signed(longer).min(shown.len());
        }
        let readers = found;
        let link = is_link.then(|| fs::read_link(full).unwrap_or_default());
        let found = Found {
            scope,
            path: shown,
            full: full.to_owned(),
            readers,
            link,
        };
        self.found.insert((scope, found.path.clone()), found);
    }
}

/// A place to search.
struct Where<'w> {
    scope: ItemScope,
    /// Where it is.
    base: &'w Path,
    /// The place as it is shown; empty for the project itself.
    shown: &'w str,
    /// The place as the catalog has it.
    matched: &'w str,
    /// How many folders inside one another are entered.
    deepest: usize,
    reads: &'w Reads<'w>,
}

/// Who of those that read a path reads it here.
type Reads<'r> = dyn Fn(&HarnessReader) -> bool + 'r;

/// The first folder between the home folder and one of its places that is a link.
fn link_above(home: &Path, prefix: &str) -> Option<String> {
    let steps: Vec<&str> = prefix.split('/').collect();
    let mut above = (1..steps.len()).map(|count| steps[..count].join("/"));
    above.find(|above| {
        let found = fs::symlink_metadata(home.join(above));
        found.is_ok_and(|found| found.is_symlink())
    })
}

/// Who reads a path of a scope.
fn readers(scope: ItemScope, matched: &str) -> Vec<HarnessReader> {
    let of = match scope {
        ItemScope::Project => Scope::Project,
        ItemScope::User => Scope::User,
        ItemScope::Machine => Scope::Machine,
    };
    readers_of(of, matched)
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
