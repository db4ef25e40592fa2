//! What a reader types from the pages of the documentation works.

use std::fs;
use std::path::Path;

use countersign_testkit::pages::{Block, Reader, blocks};

mod incidents;
mod policy;

/// The blocks of a page of this repository.
fn page(path: &str) -> Vec<Block> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let found = blocks(&text);
    assert!(!found.is_empty(), "{} has commands", path.display());
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
