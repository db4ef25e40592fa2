//! `countersign.inventory/v1`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::install::inventory::{Item, ItemNote, Standing};
use crate::render::inventory::Inventoried;

/// The output of `inventory`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InventoryOut {
    /// `countersign.inventory/v1`.
    pub schema: &'static str,
    /// The instant at which expiry was judged.
    pub now: String,
    /// The governed repositories whose ledgers gave the standings; empty where none was named.
    pub sources: Vec<SourceOut>,
    /// What was found, in order of scope, path, kind and key.
    pub items: Vec<ItemOut>,
    /// Items by standing.
    pub counts: BTreeMap<&'static str, usize>,
    /// Folders that were not searched.
    pub unsearched: Vec<UnsearchedOut>,
}

/// A governed repository.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SourceOut {
    /// Its name in the policy.
    pub repository: String,
    /// The governed branch.
    pub branch: String,
    /// Where governance starts.
    pub anchor: String,
    /// The commit that was judged.
    pub head: String,
}

/// One thing that a harness loads, runs or connects to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ItemOut {
    /// `skill`, `server`, `agent`, `command`, `prompt`, `hook`, `plugin`, `marketplace`, `extension`,
    /// `settings` or `instructions`.
    pub kind: &'static str,
    /// As it declares itself, else after its folder or file.
    pub name: String,
    /// The harnesses that load it, in the order of the catalog.
    pub harnesses: Vec<&'static str>,
    /// `project`, `user` or `machine`.
    pub scope: &'static str,
    /// From the scope, or from a variable that moves it.
    pub path: String,
    /// Where in the file it is, as a JSON pointer; null for a whole file or folder.
    pub key: Option<String>,
    /// Its package checksum; null for a part of a file, or where it cannot be read.
    pub digest: Option<String>,
    /// What it runs or connects to, in words, without arguments, variables and paths.
    pub detail: Option<String>,
    /// `revoked`, `blocked`, `rolled-back`, `rejected`, `expired`, `archived`, `deprecated`, `draft`,
    /// `outdated`, `approved`, `modified`, `unknown` or `unreadable`.
    pub standing: &'static str,
    /// The governed subject that has these bytes, or this name.
    pub subject: Option<String>,
    /// The version that has these bytes.
    pub version: Option<String>,
    /// The subject's current version.
    pub current: Option<String>,
    /// The repository that says so.
    pub source: Option<String>,
    /// What a person should know, the heaviest first.
    pub notes: Vec<NoteOut>,
}

/// What a person should know.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NoteOut {
    /// `secret-literal`, `unsafe-setting`, `plain-http`, `package-not-pinned`, `runs-from-project`,
    /// `shadowed-by`, `renamed`, `unread` or `disabled`.
    pub id: &'static str,
    /// In words.
    pub text: String,
}

/// A folder that was not searched.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct UnsearchedOut {
    /// `project`, `user` or `machine`.
    pub scope: &'static str,
    /// The folder; empty for the whole scope.
    pub path: String,
    /// Why not.
    pub why: String,
}

/// The view.
pub fn inventory(view: &Inventoried<'_>) -> InventoryOut {
    let source = view.source.map(|source| SourceOut {
        repository: source.repository.clone(),
        branch: source.branch.clone(),
        anchor: source.anchor.to_string(),
        head: source.head.to_string(),
    });
    let note = |note: &ItemNote| NoteOut {
        id: note.id.as_str(),
        text: note.text.clone(),
    };
    let item = |item: &Item| {
        let subject = item.subject.as_ref();
        ItemOut {
            kind: item.kind.as_str(),
            name: item.name.clone(),
            harnesses: item.harnesses.iter().map(|harness| harness.id).collect(),
            scope: item.scope.as_str(),
            path: item.path.clone(),
            key: item.key.clone(),
            digest: item.digest.map(|digest| digest.to_string()),
            detail: item.detail.clone(),
            standing: item.standing.as_str(),
            subject: subject.map(|(id, _)| id.to_string()),
            version: subject.and_then(|(_, version)| version.clone()),
            current: item.current.clone(),
            source: subject
                .and(source.as_ref())
                .map(|source| source.repository.clone()),
            notes: item.notes.iter().map(note).collect(),
        }
    };
    let items = &view.inventory.items;
    let count = |standing: Standing| {
        let found = items.iter().filter(|item| item.standing == standing);
        (standing.as_str(), found.count())
    };
    let unsearched = view.inventory.unsearched.iter();
    InventoryOut {
        schema: "countersign.inventory/v1",
        now: view.now.to_string(),
        items: items.iter().map(item).collect(),
        counts: Standing::ALL.map(count).into_iter().collect(),
        unsearched: unsearched
            .map(|folder| UnsearchedOut {
                scope: folder.scope.as_str(),
                path: folder.path.clone(),
                why: folder.why.clone(),
            })
            .collect(),
        sources: source.into_iter().collect(),
    }
}
