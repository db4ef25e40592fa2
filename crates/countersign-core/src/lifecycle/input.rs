//! What one landing brings, as facts. The replay makes these from Git; tests make them from
//! nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::evidence::review::Reviewed;
use crate::evidence::{PolicyVersion, Record};
use countersign_model::{
    Digest, ForgeAccount, Identity, KeyId, Name, ObjectId, Risk, SubjectId, Version,
};

use super::ledger::LandingRef;

/// One landing.
#[derive(Debug, Default)]
pub struct Landing {
    /// Position, commit, committer date.
    pub at: LandingRef,
    /// Whether no commit of the governed branch holds it yet.
    pub candidate: bool,
    /// The policy in the tree, when its bytes differ from the landing before.
    pub policy: Option<PolicyTree>,
    /// Governed paths whose package changed, under the policy in force; `None` is gone.
    pub packages: Vec<(String, Option<PackageAt>)>,
    /// Record files that came into the tree or changed.
    pub records: Vec<Record>,
    /// Record files that left the tree.
    pub removed_records: Vec<String>,
    /// Records that newly reachable commits of side lines introduce, with all proofs of them,
    /// whatever the landing's tree holds.
    pub side_records: Vec<Record>,
    /// Paths of `records` that newly reachable commits of side lines introduce exactly so.
    pub side_copies: BTreeSet<String>,
    /// Pull requests of which a forge told, of this landing or of earlier ones: what is learned
    /// here counts from here on.
    pub reviews: Vec<Reviewed>,
    /// Policies that newly reachable commits of side lines introduce.
    pub side_policies: Vec<Arc<PolicyVersion>>,
    /// Newly reachable commits, oldest first; the landing itself is the last one.
    pub commits: Vec<CommitFacts>,
    /// Blobs of `commits` much of which was already there in an earlier blob, or in another one of
    /// them, with that blob.
    pub resembling: Vec<(ObjectId, ObjectId)>,
    /// Whether the landing touches the policy or records.
    pub governance: bool,
    /// The key that signed the landing's own commit, where the signature is good.
    pub signer: Option<KeyId>,
    /// Why the landing's own commit has a signature that may not be used; for people.
    pub malformed: Option<String>,
}

/// The policy as it is in a tree.
#[derive(Clone, Debug)]
pub enum PolicyTree {
    /// A policy that can be read, whatever it says.
    Valid(Arc<PolicyVersion>),
    /// Something that is no policy; for people.
    Invalid(String),
    /// No file of that name.
    Missing,
    /// A symlink, submodule or folder; or a second file that differs in case.
    Irregular {
        /// The file that should not be so.
        path: String,
        /// What is wrong with it, for people.
        why: String,
    },
}

/// A package as it is at one governed path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageAt {
    /// What it is, after the last matching entry.
    pub subject: SubjectId,
    /// The document's own name, where it has one that could be a subject's name: rules match
    /// either.
    pub declared_name: Option<Name>,
    /// Checksum; `None` when the package is refused, which is never approved.
    pub digest: Option<Digest>,
    /// Declared version, or the pseudo-version.
    pub version: Version,
    /// The document's own risk.
    pub risk: Option<Risk>,
    /// Content digests of its files, sorted: for revoked one-file packages.
    pub files: Arc<[Digest]>,
    /// Whether it is one file.
    pub one_file: bool,
    /// Whether the same bytes were at this path at the anchor.
    pub baseline: bool,
    /// The tree or blob that lies there; `None` only where tests make packages of nothing.
    pub git_id: Option<ObjectId>,
}

/// A newly reachable commit.
#[derive(Clone, Debug, Default)]
pub struct CommitFacts {
    /// Who had a hand in it.
    pub people: CommitPeople,
    /// Files whose entry differs from that of every parent, with the blob that it brings (`None`:
    /// removed or no blob).
    pub introduced: Vec<(Box<[u8]>, Option<ObjectId>)>,
    /// Merge commits: folders in which the merge differs from every parent though no single file
    /// need do.
    pub combined: Vec<Box<[u8]>>,
}

/// The people of a commit, as it claims them, and its signer, as proved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitPeople {
    /// The commit; `None` for a candidate's merge that no commit holds.
    pub commit: Option<ObjectId>,
    /// Author.
    pub author: Option<Identity>,
    /// Committer.
    pub committer: Option<Identity>,
    /// Trailers.
    pub co_authors: Vec<Identity>,
    /// Key of a good signature, no matter who owns it.
    pub signer: Option<KeyId>,
    /// Whether it is the landing itself and has one parent (squash, rebase, direct push).
    pub single_parent_landing: bool,
    /// The account that opened the pull request, when this stands for one rather than for a commit.
    pub opener: Option<ForgeAccount>,
}
