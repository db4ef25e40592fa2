//! What a reader types from the pages of the documentation works.

use std::fs;
use std::path::Path;

use countersign_testkit::pages::{Block, Reader, blocks};

mod commands;
#[cfg(feature = "github")]
mod getting_started;
mod incidents;
mod json;
mod policy;
mod pre_commit;
mod readme;
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

/// Words in code spans that have the form of a rule's id, and what they are.
const NO_RULES: [&str; 3] = ["claude-code", "countersign-demo", "ssh-keygen"];

#[test]
fn every_rule_that_a_page_names_exists() {
    let rules = text("docs/rules.md");
    let pages = [
        "getting-started",
        "incidents",
        "policy",
        "pre-commit",
        "records",
        "threat-model",
    ];
    for page in pages {
        let page = format!("docs/{page}.md");
        let text = text(&page);
        let spans = text.split('`').skip(1).step_by(2);
        let ids = spans.filter(|span| {
            span.contains('-')
                && span
                    .split('-')
                    .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()))
        });
        for id in ids.filter(|id| !NO_RULES.contains(id)) {
            assert!(rules.contains(&format!("\n### {id}\n")), "{page}: {id}");
        }
    }
}
