//! What a reader types from the pages of the documentation works.

use std::fs;
use std::path::Path;

use countersign_testkit::pages::{Block, Reader, blocks};

#[cfg(feature = "github")]
mod getting_started;
mod incidents;
mod policy;
mod pre_commit;
mod records;

/// A file of this repository.
fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks of a page of this repository.
fn page(path: &str) -> Vec<Block> {
    let found = blocks(&text(path));
    assert!(!found.is_empty(), "{path} has commands");
    found
}

/// The blocks under one heading; those before the first heading are under the empty one.
fn section<'b>(page: &'b [Block], heading: &str) -> Vec<&'b Block> {
    let found: Vec<_> = page
        .iter()
        .filter(|block| block.section == heading)
        .collect();
    assert!(!found.is_empty(), "there are commands under `{heading}`");
    found
}
