//! Looks up a path of the repository in the catalogue.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::manifests::manifest;
use super::place_index::{ParsedPlace, PlaceIndex, is_step, matches, reaches, steps};
use super::plugins::Plugins;
use super::reading::LoadedByManifest;
use super::test_folder::folder_of_test_data;
use super::{Harness, Loads, Scope, claude_code, vscode};
use countersign_model::document::paths;

/// A path that a harness loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The first harness in the catalogue that loads it.
    pub harness: &'static Harness,
    /// What it is.
    pub loads: Loads,
    /// Bytes of the path before the place, with the slash.
    pub begins: usize,
    /// Bytes of the path up to the end of the folder for all files of this kind, or of the file
    /// itself where there is only one.
    pub ends: usize,
}

impl Loaded {
    /// What the file is, and for which harness, such as `settings of claude-code`.
    pub fn words(&self) -> String {
        match self.loads {
            Loads::Skill => self.loads.words().to_owned(),
            loads => format!("{} of {}", loads.words(), self.harness.id),
        }
    }
}

// Home folders on macOS and Windows have places under names that are common in repositories.
static PLACES: LazyLock<PlaceIndex> = LazyLock::new(|| {
    PlaceIndex::of(|place| match place.scope {
        Scope::Project => true,
        Scope::User => place.pattern.starts_with('.'),
        Scope::Plugin | Scope::Machine => false,
    })
});
static IN_PLUGINS: LazyLock<PlaceIndex> =
    LazyLock::new(|| PlaceIndex::of(|place| place.scope == Scope::Plugin));

/// What a harness loads at `path`, anywhere in the repository.
pub fn loaded(path: &str) -> Option<Loaded> {
    find(&PLACES, path, true)
}

/// What a harness loads at `path`, as a project's file or as a part of one of the `plugins`.
pub fn loaded_in(plugins: &Plugins, path: &str) -> Option<Loaded> {
    let in_plugin = || {
        let found = plugins
            .within(path)
            .into_iter()
            .find_map(|inside| find(&IN_PLUGINS, inside, false).map(|loaded| (inside, loaded)));
        found.map(|(inside, loaded)| {
            let before = path.len() - inside.len();
            Loaded {
                begins: loaded.begins + before,
                ends: loaded.ends + before,
                ..loaded
            }
        })
    };
    let found = loaded(path);
    let weighs = |loaded: &Loaded| loaded.loads != Loads::Instructions;
    found
        .filter(weighs)
        .or_else(in_plugin)
        .filter(weighs)
        .or_else(|| named(plugins, path))
        .or(found)
        .or_else(in_plugin)
}

/// What a manifest makes a harness load at `path`.
fn named(plugins: &Plugins, path: &str) -> Option<Loaded> {
    let steps = steps(path);
    let is_text = steps
        .last()
        .is_some_and(|step| TEXTS.iter().any(|ending| step.name.ends_with(ending)));
    // In a folder of Skills, a harness reads the main files; in a folder of texts, the texts.
    let fits = |count: usize, loads: Loads| match loads {
        Loads::Skill => is_skill_file(path),
        Loads::Command | Loads::Agent | Loads::Prompt | Loads::Instructions => {
            count == steps.len() || is_text
        }
        _ => true,
    };
    let mut all = plugins.named_above(steps.iter().map(|step| &*step.name));
    all.retain(|(count, named)| fits(*count, named.loads));
    let weighs = |(_, named): &&(usize, LoadedByManifest)| named.loads != Loads::Instructions;
    let (count, LoadedByManifest { loads, harness, .. }) =
        *all.iter().find(weighs).or(all.first())?;
    let (begins, ends) = count
        .checked_sub(1)
        .map_or((0, path.len()), |last| (steps[last].start, steps[last].end));
    Some(Loaded {
        harness,
        loads,
        begins,
        ends,
    })
}

/// File extensions of commands, agents and prompts.
const TEXTS: [&str; 4] = [".md", ".mdc", ".toml", ".markdown"];

/// What a harness loads at, above or inside `path`, or reads to find out what to load. A link
/// there controls what is loaded.
pub fn touched(plugins: &Plugins, path: &str) -> Option<Loaded> {
    let whole = |harness, loads| Loaded {
        harness,
        loads,
        begins: 0,
        ends: path.len(),
    };
    let found = touched_place(plugins, path);
    let weighs = |loaded: &Loaded| loaded.loads != Loads::Instructions;
    let listed = || {
        let folded: Vec<Cow<'_, str>> = steps(path).into_iter().map(|step| step.name).collect();
        plugins
            .is_listed_at_or_below(&folded.join("/"))
            .then(|| whole(&claude_code::HARNESS, Loads::Plugin))
    };
    let read = || {
        let is_container =
            paths::name_on_disk(path.rsplit('/').next().unwrap_or_default()) == ".devcontainer";
        let of_container = || is_container.then(|| whole(&vscode::HARNESS, Loads::Settings));
        manifest(path)
            .map(|manifest| whole(manifest.harness, manifest.kind.loads()))
            .or_else(of_container)
    };
    found.filter(weighs).or_else(listed).or_else(read).or(found)
}

/// What a harness loads at, above or inside `path`.
fn touched_place(plugins: &Plugins, path: &str) -> Option<Loaded> {
    let plugin = |inside: &str| touch(&IN_PLUGINS, inside, false);
    let weighs = |loaded: &Loaded| loaded.loads != Loads::Instructions;
    let named = || {
        let names: Vec<Cow<'_, str>> = steps(path).into_iter().map(|step| step.name).collect();
        let all = plugins
            .named_above(names.iter().map(|name| &**name))
            .into_iter()
            .map(|(_, named)| named);
        let all: Vec<LoadedByManifest> = all.chain(plugins.named_below(&names.join("/"))).collect();
        let named = all
            .iter()
            .find(|named| named.loads != Loads::Instructions)
            .or(all.first())?;
        Some(Loaded {
            harness: named.harness,
            loads: named.loads,
            begins: 0,
            ends: path.len(),
        })
    };
    let found = touch(&PLACES, path, true);
    let in_plugin = || plugins.within(path).into_iter().find_map(plugin);
    found
        .filter(weighs)
        .or_else(in_plugin)
        .filter(weighs)
        .or_else(named)
        .or(found)
        .or_else(in_plugin)
}

/// Whether a harness loads what is at or inside `path` on its own. Drafts may not be there.
pub fn is_loaded(plugins: &Plugins, path: &str) -> bool {
    touched_place(plugins, path).is_some_and(|loaded| loaded.loads != Loads::Instructions)
}

/// Whether `path` is a Skill's main file in any spelling.
pub fn is_skill_file(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.len() >= "SKILL.md".len() && paths::name_on_disk(last) == "skill.md"
}

/// The outermost folder of test data above `path`, unless a harness or one of the `plugins` looks
/// into that folder itself (a Skill may have any name), or a manifest outside of it names `path`.
pub fn test_data<'p>(plugins: &Plugins, path: &'p str) -> Option<&'p str> {
    let folder = folder_of_test_data(path)?;
    let in_plugin = || {
        plugins
            .within(folder)
            .into_iter()
            .any(|inside| touch(&IN_PLUGINS, inside, false).is_some())
    };
    (touch(&PLACES, folder, true).is_none() && !in_plugin() && !plugins.reaches(path))
        .then_some(folder)
}

fn find(index: &PlaceIndex, path: &str, anywhere: bool) -> Option<Loaded> {
    let steps = steps(path);
    let begins = if anywhere { steps.len() } else { 1 };
    let mut found: Option<Loaded> = None;
    for begin in 0..begins {
        let here = &steps[begin..];
        let fits = index
            .candidates(&here[0].name)
            .into_iter()
            .find(|known| matches(&known.steps, here));
        let Some(known) = fits else { continue };
        let folder = known.folder();
        let last = if folder == 0 { here.len() } else { folder };
        let loaded = Loaded {
            harness: known.harness,
            loads: known.place.loads,
            begins: here[0].start,
            ends: here[last - 1].end,
        };
        if loaded.loads != Loads::Instructions {
            return Some(loaded);
        }
        found.get_or_insert(loaded);
    }
    found
}

fn touch(index: &PlaceIndex, path: &str, anywhere: bool) -> Option<Loaded> {
    let steps = steps(path);
    let begins = if anywhere { steps.len() } else { 1 };
    let mut found: Option<Loaded> = None;
    for begin in 0..begins {
        let here = &steps[begin..];
        let inside = |known: &ParsedPlace| {
            let folder = known.folder();
            folder > 0
                && folder < here.len()
                && known.steps[..folder]
                    .iter()
                    .zip(here)
                    .all(|(step, here)| is_step(step, &here.name))
        };
        let touches = |known: &&ParsedPlace| {
            reaches(&known.steps, here) || inside(known) || known.owns_first()
        };
        for known in index.candidates(&here[0].name).into_iter().filter(touches) {
            let loaded = Loaded {
                harness: known.harness,
                loads: known.place.loads,
                begins: here[0].start,
                ends: path.len(),
            };
            // In a harness's own folder, anything not known to be instructions may be something else.
            let loads = if known.owns_first()
                && loaded.loads == Loads::Instructions
                && !reaches(&known.steps, here)
                && !inside(known)
            {
                Loads::Settings
            } else {
                loaded.loads
            };
            if loads != Loads::Instructions {
                return Some(Loaded { loads, ..loaded });
            }
            found.get_or_insert(loaded);
        }
    }
    found
}

#[cfg(test)]
mod tests;
