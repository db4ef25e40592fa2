//! What the views of an inventory show.

use crate::install::inventory::{Inventory, Item, ItemScope};
use crate::model::{ObjectId, Timestamp};

/// An inventory, and the repository that it was compared with.
#[derive(Clone, Copy, Debug)]
pub struct Inventoried<'i> {
    /// What was found.
    pub inventory: &'i Inventory,
    /// The repository whose ledger gave the standings; `None` where nothing was compared.
    pub source: Option<&'i SourceView>,
    /// The instant at which expiry was judged.
    pub now: Timestamp,
    /// Whether every item is listed.
    pub complete: bool,
}

/// A governed repository.
#[derive(Clone, Debug)]
pub struct SourceView {
    /// Its name in the policy.
    pub repository: String,
    /// The governed branch.
    pub branch: String,
    /// Where governance starts.
    pub anchor: ObjectId,
    /// The commit that was judged.
    pub head: ObjectId,
}

/// The path of an item as a person knows it: from the project, from the home folder, or whole.
pub(super) fn shown_path(item: &Item) -> String {
    match item.scope {
        ItemScope::User if !item.path.starts_with('$') => format!("~/{}", item.path),
        _ => item.path.clone(),
    }
}
