//! What the ledger of a governed repository says about bytes on a machine.

use std::collections::BTreeMap;

use countersign_core::lifecycle::ledger::{Ledger, Subject, VersionState};
use countersign_model::{Digest, Kind, State, SubjectId};

use super::item::{Inventory, Item, ItemKind, ItemNote, NoteId, Standing};

/// A ledger, looked up by bytes and by names.
#[derive(Debug)]
pub struct GovernedSource<'l> {
    by_digest: BTreeMap<Digest, Vec<(&'l Subject, &'l VersionState)>>,
    by_id: &'l BTreeMap<SubjectId, Subject>,
}

impl<'l> GovernedSource<'l> {
    /// The ledger of a repository.
    pub fn of(ledger: &'l Ledger) -> Self {
        let mut by_digest: BTreeMap<Digest, Vec<(&Subject, &VersionState)>> = BTreeMap::new();
        for subject in ledger.subjects.values() {
            for version in &subject.versions {
                let known = by_digest.entry(version.key.digest).or_default();
                known.push((subject, version));
            }
        }
        Self {
            by_digest,
            by_id: &ledger.subjects,
        }
    }

    /// The subject that an item is by its kind, and by the name that it declares or that its folder
    /// or file has.
    fn named(&self, item: &Item) -> Option<&'l Subject> {
        let kind = governed_kind(item.kind)?;
        let last = item.path.rsplit('/').next().unwrap_or_default();
        [item.name.as_str(), last].into_iter().find_map(|name| {
            let id = SubjectId::new(kind, name.parse().ok()?);
            self.by_id.get(&id)
        })
    }
}

/// Says of each item what the ledger says about its bytes. The strongest answer holds, under any
/// name; among equals, that of the subject which has the item's own name.
pub fn compare(inventory: &mut Inventory, source: &GovernedSource<'_>) {
    for item in &mut inventory.items {
        let named = source.named(item);
        let known = item.digest.and_then(|digest| source.by_digest.get(&digest));
        let best = known
            .into_iter()
            .flatten()
            .min_by_key(|(subject, version)| {
                let own = named.is_some_and(|named| named.id == subject.id);
                (standing_of(subject, version), !own)
            });
        if let Some((subject, version)) = best {
            let standing = standing_of(subject, version);
            // What was approved as something else was not read as what it is here.
            let is_kind = governed_kind(item.kind) == Some(subject.id.kind);
            let allows = matches!(standing, Standing::Approved | Standing::Outdated);
            item.standing = if allows && !is_kind {
                Standing::Unknown
            } else {
                standing
            };
            item.subject = Some((subject.id.clone(), Some(version.key.version.label())));
            item.current = current_of(subject);
            if named.is_none_or(|named| named.id != subject.id) {
                item.notes.push(ItemNote {
                    id: NoteId::Renamed,
                    text: format!("the bytes of {}", subject.id),
                });
                item.notes.sort();
            }
        } else if let Some(subject) = named {
            // Also what is no package: no version has these bytes.
            item.standing = Standing::Modified;
            item.subject = Some((subject.id.clone(), None));
            item.current = current_of(subject);
        }
    }
}

fn current_of(subject: &Subject) -> Option<String> {
    let current = subject.current.as_ref();
    current.map(|current| current.version.label())
}

/// What a version's state means for a copy of its bytes.
fn standing_of(subject: &Subject, version: &VersionState) -> Standing {
    match version.state {
        State::Revoked => Standing::Revoked,
        State::Blocked => Standing::Blocked,
        State::RolledBack => Standing::RolledBack,
        State::Archived => Standing::Archived,
        State::Deprecated => Standing::Deprecated,
        State::Draft if !version.rejected_by.is_empty() => Standing::Rejected,
        State::Draft | State::Approved if version.expired => Standing::Expired,
        State::Draft => Standing::Draft,
        State::Approved if subject.current.as_ref() != Some(&version.key) => Standing::Outdated,
        State::Approved => Standing::Approved,
    }
}

/// The kind of subject that an item can be a copy of.
fn governed_kind(kind: ItemKind) -> Option<Kind> {
    match kind {
        ItemKind::Skill => Some(Kind::Skill),
        ItemKind::Agent => Some(Kind::Agent),
        ItemKind::Prompt | ItemKind::Command => Some(Kind::Prompt),
        _ => None,
    }
}
