//! The only user of the Git library: objects, trees, landings, merges, worktree reads and the cache file.
//!
//! It opens repositories isolated from the user's, the system's and the environment's configuration, reads of the repository's own
//! configuration nothing but its format, ignores replace refs and starts no program. Raw commits and trees are parsed here, by our own
//! strict parsers, because a lenient one would accept two readings of the same bytes. Nothing in here knows policies or verdicts.

pub mod advance;
pub mod armor;
pub mod arrivals;
#[cfg(test)]
mod arrivals_tests;
pub mod cache;
pub mod commit;
#[cfg(test)]
mod commit_tests;
pub mod completeness;
pub mod diff;
#[cfg(test)]
mod diff_tests;
pub mod error;
pub mod folder;
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
pub mod roots;
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
pub use error::GitError;
pub use folder::{FileKind, Folder, FolderFile};
pub use merge::Merge;
pub use object::{CommitNode, ObjectFormat};
pub use open_file::OpenFile;
pub use reader::Reader;
pub use repository::{HeadRef, Repository};
pub use roots::Roots;
pub use tree::{MODE_EXECUTABLE, MODE_REGULAR, MODE_SUBMODULE, MODE_SYMLINK, MODE_TREE, TreeEntry, TreeFault, TreeListing};
pub use worktree::{Dirty, DirtyKind};
