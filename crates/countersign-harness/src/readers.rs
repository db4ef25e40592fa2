//! Every harness that reads a path, and where harnesses look in a home folder.

use std::sync::LazyLock;

use super::manifests::manifest;
use super::place_index::{PlaceIndex, matches, steps};
use super::{HARNESSES, Harness, HarnessPlace, Loads, Scope};

/// A harness that reads a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HarnessReader {
    /// The harness.
    pub harness: &'static Harness,
    /// What it takes the file for.
    pub loads: Loads,
    /// Bytes of the path before the place, with the slash.
    pub begins: usize,
    /// Bytes of the path up to the end of what is loaded as one: the folder of a Skill, what is in
    /// a folder whose every file is loaded, else the file.
    pub ends: usize,
}

static PROJECT: LazyLock<PlaceIndex> =
    LazyLock::new(|| PlaceIndex::of(|place| place.scope == Scope::Project));
static USER: LazyLock<PlaceIndex> =
    LazyLock::new(|| PlaceIndex::of(|place| place.scope == Scope::User));
static MACHINE: LazyLock<PlaceIndex> =
    LazyLock::new(|| PlaceIndex::of(|place| place.scope == Scope::Machine));

/// Every harness that reads `path`, in the order of the catalog: a project's path in any of its
/// folders, or one from the home folder or the root of the machine.
pub fn readers_of(scope: Scope, path: &str) -> Vec<HarnessReader> {
    let (index, anywhere) = match scope {
        Scope::Project => (&PROJECT, true),
        Scope::User => (&USER, false),
        Scope::Machine => (&MACHINE, false),
        Scope::Plugin => return Vec::new(),
    };
    // A system of files that knows no streams has names with colons.
    let plain = path.replace(':', "_");
    let steps = steps(&plain);
    let begins = if anywhere { steps.len() } else { 1 };
    let mut readers: Vec<HarnessReader> = Vec::new();
    for begin in 0..begins {
        let here = &steps[begin..];
        let known = index.candidates(&here[0].name).into_iter();
        let reads = known.filter(|known| matches(&known.steps, here));
        readers.extend(reads.map(|known| {
            let whole = known.place.pattern.ends_with("**/*");
            let last = match known.place.loads {
                Loads::Skill => here.len().saturating_sub(2),
                _ if whole => known.folder(),
                _ => here.len() - 1,
            };
            HarnessReader {
                harness: known.harness,
                loads: known.place.loads,
                begins: here[0].start,
                ends: here[last.min(here.len() - 1)].end,
            }
        }));
    }
    // Settings of editors are no place of their own: most repositories have some.
    if scope == Scope::Project
        && let Some(manifest) = manifest(path)
        && manifest.kind.is_of_editor()
    {
        readers.push(HarnessReader {
            harness: manifest.harness,
            loads: Loads::Settings,
            begins: 0,
            ends: path.len(),
        });
    }
    let order = |reader: &HarnessReader| {
        let mut all = HARNESSES.iter();
        all.position(|harness| harness.id == reader.harness.id)
    };
    readers.sort_by_key(order);
    readers.dedup_by_key(|reader| (reader.harness.id, reader.loads, reader.begins));
    readers
}

/// Where every harness looks in a home folder or on a machine.
pub fn places_in(scope: Scope) -> impl Iterator<Item = (&'static Harness, &'static HarnessPlace)> {
    let places = HARNESSES
        .iter()
        .flat_map(|harness| harness.places.iter().map(move |place| (*harness, place)));
    places.filter(move |(_, place)| place.scope == scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(scope: Scope, path: &str) -> Vec<(&'static str, Loads, &str)> {
        let all = readers_of(scope, path).into_iter();
        all.map(|reader| (reader.harness.id, reader.loads, &path[..reader.ends]))
            .collect()
    }

    #[test]
    fn every_harness_that_reads_a_path_is_named() {
        let skill = readers(Scope::Project, "web/.agents/skills/pdf/SKILL.md");
        let names: Vec<&str> = skill.iter().map(|(name, ..)| *name).collect();
        assert!(names.starts_with(&["codex"]), "{names:?}");
        assert!(names.contains(&"gemini-cli") && !names.contains(&"claude-code"));
        assert!(skill.iter().all(|(_, loads, unit)| {
            *loads == Loads::Skill && *unit == "web/.agents/skills/pdf"
        }));
        assert_eq!(
            readers(Scope::User, ".claude.json"),
            [("claude-code", Loads::Servers, ".claude.json")]
        );
        assert_eq!(readers(Scope::User, "x/.claude.json"), []);
        assert_eq!(
            readers(Scope::Machine, "/etc/codex/requirements.toml"),
            [("codex", Loads::Settings, "/etc/codex/requirements.toml")]
        );
    }

    #[test]
    fn a_folder_whose_every_file_is_loaded_is_one() {
        let extension = readers(Scope::User, ".gemini/extensions/notes/src/a.js");
        assert_eq!(
            extension,
            [("gemini-cli", Loads::Extension, ".gemini/extensions/notes")]
        );
    }
}
