//! The only user of the Git library.
//!
//! **Owns** objects, trees, landings, merges in memory, the working tree, and the bytes of cache
//! files. Raw commits and trees are parsed here, by strict parsers of our own, because a lenient
//! one accepts two readings of the same bytes. Objects are hashed again when they are read.
//!
//! **Must not** know policies or verdicts, obey any configuration (the user's, the system's, the
//! environment's, or the repository's beyond its format), follow replace refs, or start a program.
//! Three things are by definition what is configured, and none of them can change what a commit
//! holds: the upstream of a branch ([`revision`]), what a checkout looks like ([`checkout`]) and
//! what is ignored in it ([`ignored`]).
//!
//! **Start reading** at [`Repository`], then at [`arrivals`], which says which commits each landing
//! made reachable.

pub mod advance;
pub mod armor;
pub mod arrivals;
#[cfg(test)]
mod arrivals_tests;
pub mod cache;
pub mod checkout;
pub mod commit;
#[cfg(test)]
mod commit_tests;
pub mod completeness;
pub mod diff;
#[cfg(test)]
mod diff_tests;
pub mod error;
pub mod folder;
mod format;
pub mod ignored;
mod index_times;
pub mod line;
pub mod lines;
mod loose;
pub mod merge;
#[cfg(test)]
mod merge_tests;
pub mod object;
pub mod open_file;
pub mod reader;
mod renames;
#[cfg(test)]
mod renames_tests;
pub mod repository;
#[cfg(test)]
mod repository_tests;
pub mod revision;
pub mod roots;
pub mod staged;
#[cfg(test)]
mod staged_tests;
mod stream;
#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod testing;
pub mod tree;
pub mod worktree;
#[cfg(test)]
mod worktree_tests;
pub mod write;

pub use arrivals::Arrivals;
pub use commit::{Commit, CommitFault, CommitSignature, Signer};
pub use completeness::Incomplete;
pub use diff::{Leaf, TreeChange};
pub use error::{GitError, RevisionFault};
pub use folder::{FileKind, Folder, FolderFile};
pub use ignored::{Ignored, UserSettings};
pub use merge::Merge;
pub use object::{CommitNode, ObjectFormat};
pub use open_file::{OpenFile, read_regular};
pub use reader::Reader;
pub use repository::{HeadRef, Repository};
pub use roots::Roots;
pub use staged::{Committer, StagedFault};
pub use tree::{
    MODE_EXECUTABLE, MODE_REGULAR, MODE_SUBMODULE, MODE_SYMLINK, MODE_TREE, TreeEntry, TreeFault,
    TreeListing,
};
pub use worktree::{Dirty, DirtyKind};
