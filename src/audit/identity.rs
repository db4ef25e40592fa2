//! The names that other tools give to a package's bytes: the Git object, and Go's directory hash.

use std::collections::{BTreeMap, BTreeSet};

use crate::git::{GitError, Repository};
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::Action;
use crate::model::Digest;
use crate::model::digest::to_hex;
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

/// The identities of the packages with these digests, by digest, read where they first landed. What never landed has none.
pub fn identities(repository: &Repository, ledger: &Ledger, wanted: &BTreeSet<Digest>) -> Result<BTreeMap<String, Identity>, GitError> {
    let mut found = BTreeMap::new();
    for event in ledger.events.iter().filter(|event| event.action == Action::Landed) {
        let (Some(digest), Some(path), Some(commit)) = (event.digest, &event.path, event.landing.commit) else { continue };
        if !wanted.contains(&digest) || found.contains_key(&digest.to_string()) {
            continue;
        }
        let tree = repository.root_tree(commit)?;
        let Some(contents) = contents::in_tree(repository, tree, path.as_bytes())? else { continue };
        // Bytes are named only by what was approved: anything else at that path would be somebody else's name.
        let (true, Some(git)) = (contents.digest() == Some(digest), contents.git_id) else { continue };
        let dir_hash = to_hex(contents.manifest.dirhash_bytes().as_bytes());
        found.insert(digest.to_string(), Identity { is_folder: contents.is_folder, git: git.to_string(), dir_hash });
    }
    Ok(found)
}
