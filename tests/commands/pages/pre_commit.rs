//! `docs/pre-commit.md`.

use countersign_testkit::TestResult;

use super::{Block, Reader, page, text};

#[test]
fn the_hook_refuses_a_commit() -> TestResult {
    let mut reader = Reader::new();
    let demo = "countersign demo && cd countersign-demo";
    reader.types(&Block::sh(demo));
    reader.follows(&page("docs/pre-commit.md"));
    Ok(())
}

#[test]
fn the_configuration_is_the_one_of_this_repository() -> TestResult {
    let ours = text(".pre-commit-hooks.yaml");
    let blocks = page("docs/pre-commit.md");
    let config = blocks.iter().find(|block| block.language == "yaml");
    let config = &config.ok_or("a configuration")?.text;
    for line in [
        "id: countersign",
        "pass_filenames: false",
        "always_run: true",
        "entry: countersign check --staged",
    ] {
        assert!(ours.contains(line) && config.contains(line), "{line}");
    }
    Ok(())
}
