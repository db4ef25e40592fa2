//! Every Skill, server, agent, command, prompt, hook, plugin, marketplace, extension and instruction
//! file at the places that harnesses read.
//!
//! 1. **Find.** `find` lists the folders of the catalog's places. It opens nothing and follows no
//!    link.
//! 2. **Read.** `read` turns each file into items: a Skill is its folder, a file of settings is the
//!    servers, hooks and plugins in it.
//! 3. **Merge.** What several harnesses load from one place is one item.
//! 4. **Compare.** `standing` asks the ledger of a governed repository about the bytes.

mod find;
mod item;
mod read;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use countersign_harness::{HARNESSES, Harness};
use countersign_model::document::spans::join;
use rayon::prelude::*;

pub use find::Places;
pub use item::{Inventory, Item, ItemKind, ItemNote, ItemScope, NoteId, Standing, Unsearched};
pub use standing::{GovernedSource, compare};

/// Looks through the places.
pub fn take(places: &Places) -> Inventory {
    let (found, unsearched) = find::Search::of(places);
    let files = read::units(&found);
    let read: Vec<Vec<Item>> = files.par_iter().map(read::items).collect();
    let mut items = merged(read.into_iter().flatten());
    if !places.other_projects {
        let project = places.project.as_ref();
        let own = project.and_then(|project| project.canonicalize().ok());
        let own = own.map(|own| format!("{}/", join("/projects", own.to_string_lossy())));
        items.retain(|item| {
            let servers = item.key.as_ref().filter(|_| item.kind == ItemKind::Server);
            let of_project = servers.filter(|key| key.starts_with("/projects/"));
            of_project.is_none_or(|key| own.as_ref().is_some_and(|own| key.starts_with(own)))
        });
    }
    note_shadows(&mut items);
    Inventory { items, unsearched }
}

/// One item for what several harnesses load from one place, in order of scope, path, kind and key.
fn merged(items: impl Iterator<Item = Item>) -> Vec<Item> {
    let mut known: BTreeMap<_, Item> = BTreeMap::new();
    for item in items {
        let about = (
            item.scope,
            item.path.clone(),
            item.kind,
            item.key.clone(),
            (item.name.clone(), item.detail.clone()),
        );
        let Some(first) = known.get_mut(&about) else {
            known.insert(about, item);
            continue;
        };
        for harness in item.harnesses {
            if !first.harnesses.iter().any(|known| known.id == harness.id) {
                first.harnesses.push(harness);
            }
        }
        first.notes.extend(item.notes);
        first.notes.sort();
        first.notes.dedup();
    }
    let mut items: Vec<Item> = known.into_values().collect();
    let order = |harness: &&'static Harness| {
        let mut all = HARNESSES.iter();
        all.position(|known| known.id == harness.id)
    };
    for item in &mut items {
        item.harnesses.sort_by_key(order);
    }
    items
}

/// Notes Skills, agents and commands of one name that one harness loads from several places with
/// different bytes: which of them it uses is its own rule.
fn note_shadows(items: &mut [Item]) {
    let named = |kind| {
        matches!(
            kind,
            ItemKind::Skill | ItemKind::Agent | ItemKind::Command | ItemKind::Prompt
        )
    };
    let mut same: BTreeMap<(&str, ItemKind, String), Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        for harness in item.harnesses.iter().filter(|_| named(item.kind)) {
            let about = (harness.id, item.kind, item.name.to_lowercase());
            same.entry(about).or_default().push(index);
        }
    }
    let mut notes: BTreeSet<(usize, ItemNote)> = BTreeSet::new();
    for group in same.into_values().filter(|group| group.len() > 1) {
        let digests: BTreeSet<_> = group.iter().map(|index| items[*index].digest).collect();
        if digests.len() == 1 {
            continue;
        }
        for index in &group {
            let item = &items[*index];
            let other = group.iter().map(|other| &items[*other]).find(|other| {
                (other.scope, &other.path) != (item.scope, &item.path)
                    && other.digest != item.digest
            });
            if let Some(other) = other {
                let place = match other.scope {
                    ItemScope::User => format!("~/{}", other.path),
                    _ => other.path.clone(),
                };
                let text = format!("{place} has the same name and other bytes");
                notes.insert((
                    *index,
                    ItemNote {
                        id: NoteId::ShadowedBy,
                        text,
                    },
                ));
            }
        }
    }
    for (index, note) in notes {
        items[index].notes.push(note);
        items[index].notes.sort();
    }
}

#[cfg(test)]
mod tests;
