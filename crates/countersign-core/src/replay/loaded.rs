//! What harnesses load from the judged tree although no entry governs it, and what `ignore` hides.
//!
//! A file is what it is where a harness loads it: what a link makes a harness load is judged at the
//! link's path, whatever it is where it is stored. `ignore` covers what no harness loads,
//! instructions, and test data.

use std::collections::{BTreeMap, BTreeSet};

use countersign_git::{GitError, Leaf, MODE_SUBMODULE, MODE_SYMLINK, Reader};
use countersign_harness::{self as harness, Loads, Plugins};
use countersign_model::document::emit::scalar;
use countersign_model::document::paths::with_folders;
use countersign_model::{Circumstance, Fact, Glob, Observation, Place, Policy, RuleId};

use super::behind::{self, MOST_LINKS, Manifests};
use super::leaves::Leaves;
use super::links::{Destination, destination};
use super::package::{Governed, Package};
use super::plugins;

/// The tree, and the policy that judges it.
pub(super) struct Loading<'t> {
    pub policy: &'t Policy,
    /// In path order.
    pub packages: &'t [Package],
    pub leaves: &'t Leaves,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub observations: Vec<Observation>,
    /// The plugins in the tree, with what their manifests name.
    pub plugins: Plugins,
    /// Paths of packages that a link puts where a harness loads them.
    pub linked: BTreeSet<String>,
}

/// The package at, or above, `path`; `packages` is in path order.
pub(super) fn package_of<'p>(packages: &'p [Package], path: &str) -> Option<&'p Package> {
    with_folders(path)
        .find_map(|step| {
            packages
                .binary_search_by(|package| package.path.as_str().cmp(step))
                .ok()
        })
        .map(|index| &packages[index])
}

impl Loading<'_> {
    /// Looks at every leaf.
    pub fn look(&self, reader: &mut Reader) -> Result<Seen, GitError> {
        let linked = Manifests::of(reader, self.leaves)?;
        let is_file =
            |(_, leaf): &(&[u8], Leaf)| !matches!(leaf.mode, MODE_SYMLINK | MODE_SUBMODULE);
        // A path that is not UTF-8 is a path all the same.
        let files = self
            .leaves
            .iter()
            .filter(is_file)
            .map(|(path, leaf)| (String::from_utf8_lossy(path), leaf.id));
        let behind = linked
            .files
            .iter()
            .map(|(path, id)| (path.as_str().into(), *id));
        let mut seen = Seen {
            plugins: plugins::read(reader, files.chain(behind))?,
            ..Seen::default()
        };
        linked
            .unread
            .iter()
            .for_each(|link| seen.plugins.unread_link(link));
        let links = self.links(reader, &mut seen)?;
        seen.observations.extend(links.observations);
        let mut hidden = self.ignored_packages();
        self.files(&mut seen, &mut hidden);
        seen.observations.extend(self.ignored(&hidden));
        Ok(seen)
    }

    /// Files outside every package.
    fn files(&self, seen: &mut Seen, hidden: &mut BTreeSet<String>) {
        for (bytes, leaf) in self.leaves.iter() {
            let path = String::from_utf8_lossy(bytes);
            let is_link = matches!(leaf.mode, MODE_SYMLINK | MODE_SUBMODULE);
            let is_skill = harness::is_skill_file(&path);
            let loaded = if is_link {
                None
            } else {
                harness::loaded_in(&seen.plugins, &path)
            };
            if !is_skill && loaded.is_none()
                || self.is_governed(&path)
                || is_link && harness::touched(&seen.plugins, &path).is_some()
            {
                continue;
            }
            let instructions =
                !is_skill && loaded.is_some_and(|loaded| loaded.loads == Loads::Instructions);
            let test_data = harness::test_data(&seen.plugins, &path).is_some();
            let may_be_ignored = loaded.is_none() || instructions || test_data;
            let ignored = self.policy.ignores(bytes);
            if ignored && may_be_ignored {
                // What an ignored package holds is hidden with it.
                if !path
                    .match_indices('/')
                    .any(|(slash, _)| hidden.contains(&path[..slash]))
                {
                    hidden.insert(path.into_owned());
                }
                continue;
            }
            if instructions && test_data {
                continue;
            }
            let words = loaded
                .filter(|_| !is_skill)
                .map_or_else(|| Loads::Skill.words().to_owned(), |loaded| loaded.words());
            let mut observation = Observation::new(RuleId::Ungoverned)
                .with(Fact::As, words)
                .with(Fact::Add, entry_for(&path, is_skill));
            observation = observation.with(Fact::Blob, leaf.id);
            for (circumstance, applies) in [
                (Circumstance::Ignored, ignored),
                (Circumstance::Ignorable, may_be_ignored),
                (Circumstance::Instructions, instructions),
            ] {
                if applies {
                    observation = observation.under(circumstance);
                }
            }
            seen.observations.push(observation.place(Place::file(path)));
        }
    }

    fn is_governed(&self, path: &str) -> bool {
        package_of(self.packages, path).is_some()
    }

    /// Links and submodules at, above or inside places where a harness looks.
    fn links(&self, reader: &mut Reader, seen: &mut Seen) -> Result<Links, GitError> {
        let mut links = Links {
            left: behind::most_looks(self.leaves),
            ..Links::default()
        };
        for (bytes, leaf) in self
            .leaves
            .iter()
            .filter(|(_, leaf)| matches!(leaf.mode, MODE_SYMLINK | MODE_SUBMODULE))
        {
            let path = String::from_utf8_lossy(bytes);
            let Some(loaded) = harness::touched(&seen.plugins, &path) else {
                continue;
            };
            // A package says itself that it may hold no link.
            if self.is_governed(&path) {
                continue;
            }
            let ignored = self.policy.ignores(bytes);
            if ignored && harness::test_data(&seen.plugins, &path).is_some() {
                continue;
            }
            let followed = if leaf.mode == MODE_SUBMODULE {
                Err(Fault::of("a submodule, which is another repository"))
            } else {
                let at = Link {
                    stored: &path,
                    loaded: &path,
                    depth: 0,
                };
                self.follow(reader, &seen.plugins, &at, &mut links)?
            };
            let Err(fault) = followed else { continue };
            let instructions = fault.harmless && loaded.loads == Loads::Instructions;
            let mut observation = Observation::new(RuleId::Ungoverned)
                .with(Fact::As, loaded.words())
                .with(Fact::Through, &fault.why);
            // Whatever else is behind the link is loaded too, and may change.
            observation = if leaf.mode == MODE_SUBMODULE {
                observation.with(Fact::Blob, leaf.id)
            } else {
                let is_governed = |path: &str| self.is_governed(path);
                observation.with(
                    Fact::Blob,
                    behind::digest(reader, self.leaves, &seen.plugins, &path, &is_governed)?,
                )
            };
            for (circumstance, applies) in [
                (Circumstance::Ignored, ignored),
                (Circumstance::Instructions, instructions),
            ] {
                if applies {
                    observation = observation.under(circumstance);
                }
            }
            links
                .observations
                .push(observation.place(Place::file(path)));
        }
        seen.linked.append(&mut links.linked);
        Ok(links)
    }

    /// Whether everything that `link` makes a harness load is governed; otherwise what is not.
    fn follow(
        &self,
        reader: &mut Reader,
        plugins: &Plugins,
        link: &Link<'_>,
        links: &mut Links,
    ) -> Result<Result<(), Fault>, GitError> {
        let fault = |why: &str| Ok(Err(Fault::of(why)));
        let target = match destination(reader, self.leaves, link.stored)? {
            Destination::Inside(target) => target,
            Destination::Outside => return fault("a link that points outside the repository"),
            Destination::Nowhere => {
                return fault("a link that points to nothing in the repository");
            }
        };
        if target.is_empty()
            || link
                .stored
                .strip_prefix(&*target)
                .is_some_and(|rest| rest.starts_with('/'))
        {
            return fault("a link to a folder that contains it");
        }
        if let Some(package) = package_of(self.packages, &target) {
            links.linked.insert(package.path.clone());
            return Ok(Ok(()));
        }
        if self.leaves.contains(target.as_bytes()) {
            // Instructions under a second name are reported under the first.
            let same = |path: &str| {
                harness::loaded(path).is_some_and(|loaded| loaded.loads == Loads::Instructions)
            };
            if same(link.loaded) && same(&target) {
                return Ok(Ok(()));
            }
            let why = format!("a link to {target}, which no entry governs");
            return Ok(Err(Fault {
                harmless: true,
                ..Fault::of(&why)
            }));
        }
        let mut governed = false;
        for (bytes, leaf) in self.leaves.below(&target) {
            links.left = links.left.saturating_sub(1);
            if links.left == 0 {
                return fault("a link to more than can be judged");
            }
            let path = String::from_utf8_lossy(bytes);
            let loaded = format!(
                "{}{}",
                link.loaded,
                path.strip_prefix(&*target).unwrap_or_default()
            );
            if let Some(package) = package_of(self.packages, &path) {
                links.linked.insert(package.path.clone());
                governed = true;
                continue;
            }
            match leaf.mode {
                MODE_SUBMODULE => {
                    return Ok(Err(Fault::of(&format!(
                        "a link to {target}, which contains a submodule"
                    ))));
                }
                MODE_SYMLINK if link.depth >= MOST_LINKS => {
                    return fault("a link to links in links");
                }
                MODE_SYMLINK => {
                    let inner = Link {
                        stored: &path,
                        loaded: &loaded,
                        depth: link.depth + 1,
                    };
                    if let Err(fault) = self.follow(reader, plugins, &inner, links)? {
                        return Ok(Err(fault));
                    }
                    governed = true;
                }
                _ => {
                    let other = || {
                        harness::loaded_in(plugins, &loaded)
                            .filter(|loaded| loaded.loads != Loads::Instructions)
                    };
                    if harness::is_skill_file(&loaded) || other().is_some() {
                        let why = format!("a link to {target}, where no entry governs {path}");
                        return Ok(Err(Fault::of(&why)));
                    }
                }
            }
        }
        if governed {
            Ok(Ok(()))
        } else {
            fault(&format!("a link to {target}, where nothing is governed"))
        }
    }

    /// Packages that an entry matches and `ignore` takes out.
    fn ignored_packages(&self) -> BTreeSet<String> {
        if self.policy.ignore.is_empty() {
            return BTreeSet::new();
        }
        let mut roots = Governed::ignored(self.policy);
        self.leaves.iter().for_each(|(path, _)| roots.add(path));
        roots
            .roots
            .iter()
            .map(|root| String::from_utf8_lossy(root).into_owned())
            .collect()
    }

    /// One note for each entry of `ignore` that hides something.
    fn ignored(&self, hidden: &BTreeSet<String>) -> Vec<Observation> {
        let mut by_glob: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for path in hidden {
            let by = |glob: &Glob| glob.matches(path.as_bytes());
            if let Some(index) = self.policy.ignore.iter().position(by) {
                by_glob.entry(index).or_default().push(path);
            }
        }
        let note = |(index, paths): (usize, Vec<&str>)| {
            let observation = Observation::new(RuleId::Ignored).place(Place::file(Policy::PATH));
            let observation = observation.with(Fact::Entry, self.policy.ignore[index].as_str());
            observation
                .with(Fact::Count, paths.len())
                .with(Fact::Paths, listed(&paths))
        };
        by_glob.into_iter().map(note).collect()
    }
}

/// More paths are counted and not listed.
const MOST_PATHS: usize = 20;

fn listed(paths: &[&str]) -> String {
    let more = paths.len().saturating_sub(MOST_PATHS);
    let listed = paths[..paths.len() - more].join(", ");
    if more == 0 {
        listed
    } else {
        format!("{listed} and {more} more")
    }
}

/// A link, where it is stored and where a harness loads what it leads to.
struct Link<'p> {
    stored: &'p str,
    loaded: &'p str,
    depth: usize,
}

#[derive(Debug, Default)]
struct Links {
    observations: Vec<Observation>,
    linked: BTreeSet<String>,
    /// How many more leaves may be looked at: links can multiply them.
    left: usize,
}

/// Why a link is not governed.
struct Fault {
    why: String,
    /// Whether it is one ungoverned file of the repository.
    harmless: bool,
}

impl Fault {
    fn of(why: &str) -> Self {
        Self {
            why: why.to_owned(),
            harmless: false,
        }
    }
}

/// The entry that would govern a Skill's main file or another file at `path`.
fn entry_for(path: &str, is_skill: bool) -> String {
    if !is_skill {
        return format!(
            "- {{kind: setup, path: {}, owners: [NAME]}}",
            scalar(&Glob::literal(path))
        );
    }
    let folder = path.rsplit_once('/').map(|(folder, _)| folder);
    let glob = match folder.map(|folder| folder.rsplit_once('/')) {
        Some(Some((above, _))) => scalar(&format!("{}/*", Glob::literal(above))),
        Some(None) => scalar(&Glob::literal(folder.unwrap_or_default())),
        // A package is a folder: the root cannot be one.
        None => "FOLDER".to_owned(),
    };
    format!("- {{kind: skill, path: {glob}, owners: [NAME]}}")
}
