//! The names that other tools give to a package's bytes: the Git object, and Go's directory hash.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use countersign_core::lifecycle::Ledger;
use countersign_core::lifecycle::ledger::{Action, Event};
use countersign_core::replay::contents;
use countersign_git::{GitError, Repository};
use countersign_model::digest::to_hex;
use countersign_model::{Digest, ObjectId};

/// What other tools call some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageIdentity {
    /// Whether they are a folder: then `git` is a tree, else a blob.
    pub is_folder: bool,
    /// The Git object, hex.
    pub git: String,
    /// SHA-256 of Go's `h1:` directory hash, hex.
    pub dir_hash: String,
}

/// Where some bytes landed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LandedPackage {
    digest: Digest,
    path: String,
    commit: ObjectId,
}

/// Where packages with these digests landed, in order.
pub fn places(ledger: &Ledger, wanted: &BTreeSet<Digest>) -> Vec<LandedPackage> {
    let landed = ledger
        .events
        .iter()
        .filter(|event| event.action == Action::Landed);
    let place = |event: &Event| {
        let digest = event.digest.filter(|digest| wanted.contains(digest))?;
        Some(LandedPackage {
            digest,
            path: event.path.as_deref()?.to_owned(),
            commit: event.landing.commit?,
        })
    };
    landed.filter_map(place).collect()
}

/// The identities of packages by digest, each read where it first landed.
pub fn identities(
    repository: &Repository,
    places: &[LandedPackage],
) -> Result<BTreeMap<Digest, PackageIdentity>, GitError> {
    let mut by_digest: BTreeMap<Digest, Vec<&LandedPackage>> = BTreeMap::new();
    for place in places {
        by_digest.entry(place.digest).or_default().push(place);
    }
    let by_digest: Vec<(Digest, Vec<&LandedPackage>)> = by_digest.into_iter().collect();
    let first = |(digest, places): &(Digest, Vec<&LandedPackage>)| {
        let identity = places
            .iter()
            .find_map(|place| identity(repository, place).transpose())
            .transpose()?;
        Ok(identity.map(|identity| (*digest, identity)))
    };
    let identities: Vec<Result<Option<(Digest, PackageIdentity)>, GitError>> =
        by_digest.par_iter().map(first).collect();
    identities
        .into_iter()
        .filter_map(Result::transpose)
        .collect()
}

fn identity(
    repository: &Repository,
    place: &LandedPackage,
) -> Result<Option<PackageIdentity>, GitError> {
    let tree = repository.root_tree(place.commit)?;
    let Some(contents) = contents::in_tree(repository, tree, place.path.as_bytes())? else {
        return Ok(None);
    };
    // Bytes are named only by what was approved: anything else at that path would be the name of
    // other bytes.
    let (true, Some(git)) = (contents.digest() == Some(place.digest), contents.git_id) else {
        return Ok(None);
    };
    let dir_hash = to_hex(contents.manifest.dirhash_bytes().as_bytes());
    Ok(Some(PackageIdentity {
        is_folder: contents.is_folder,
        git: git.to_string(),
        dir_hash,
    }))
}
