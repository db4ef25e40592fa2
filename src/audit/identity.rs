//! The names that other tools give to a package's bytes: the Git object, and Go's directory hash.

use std::collections::{BTreeMap, BTreeSet};

use crate::git::{GitError, Repository};
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Action, Event};
use crate::model::digest::to_hex;
use crate::model::{Digest, ObjectId};
use crate::replay::contents;

/// What other tools call some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Whether they are a folder: then `git` is a tree, else a blob.
    pub is_folder: bool,
    /// The Git object, hex.
    pub git: String,
    /// SHA-256 of Go's `h1:` directory hash, hex.
    pub dir_hash: String,
}

/// Where some bytes landed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    digest: Digest,
    path: String,
    commit: ObjectId,
}

/// Where packages with these digests landed, in order.
pub fn places(ledger: &Ledger, wanted: &BTreeSet<Digest>) -> Vec<Place> {
    let landed = ledger.events.iter().filter(|event| event.action == Action::Landed);
    let place = |event: &Event| {
        let digest = event.digest.filter(|digest| wanted.contains(digest))?;
        Some(Place { digest, path: event.path.clone()?, commit: event.landing.commit? })
    };
    landed.filter_map(place).collect()
}

/// The identities of packages by digest, each read where it first landed.
pub fn identities(repository: &Repository, places: &[Place]) -> Result<BTreeMap<String, Identity>, GitError> {
    let mut found = BTreeMap::new();
    for Place { digest, path, commit } in places {
        if found.contains_key(&digest.to_string()) {
            continue;
        }
        let tree = repository.root_tree(*commit)?;
        let Some(contents) = contents::in_tree(repository, tree, path.as_bytes())? else { continue };
        // Bytes are named only by what was approved: anything else at that path would be somebody else's name.
        let (true, Some(git)) = (contents.digest() == Some(*digest), contents.git_id) else { continue };
        let dir_hash = to_hex(contents.manifest.dirhash_bytes().as_bytes());
        found.insert(digest.to_string(), Identity { is_folder: contents.is_folder, git: git.to_string(), dir_hash });
    }
    Ok(found)
}
