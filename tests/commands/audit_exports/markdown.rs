//! Hostile texts as the library that renders GitHub's Markdown shows them.

use std::fs;

use countersign::model::escape::{Markdown, terminal};
use countersign_testkit::TestResult;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::judged;

/// What markup and addresses are made of, between words.
const PARTS: [&str; 62] = [
    "http",
    "https://",
    "ftp:/",
    "mailto:",
    "xmpp:",
    "/",
    "//",
    ":",
    "::",
    "www",
    "www.",
    ".",
    "..",
    "1",
    "23",
    "a",
    "word",
    "evil.example",
    "GH-7",
    "-",
    "---",
    "@",
    "#",
    "x@y.zz",
    "_",
    "__",
    "*",
    "**",
    "`",
    "```",
    "~~",
    "|",
    "||",
    "[",
    "]",
    "](",
    "(",
    ")",
    "![x](//y)",
    "<",
    "</",
    "<b>",
    "<!--",
    ">",
    "&",
    "&#60;",
    "&lt;",
    "&amp",
    "\\",
    "\n",
    " ",
    "    ",
    "+",
    "=",
    "===",
    "'",
    "\"",
    "[x]: /y",
    "acme/skills#1",
    "1. ",
    "- [ ] ",
    "{x}",
];
const TEXTS: usize = 4_000;

#[test]
fn github_shows_exactly_the_text_wherever_a_page_has_it() -> TestResult {
    let mut runner = TestRunner::deterministic();
    let part = prop_oneof![8 => prop::sample::select(&PARTS[..]).prop_map(str::to_owned), 1 => "[ -~]{0,6}"];
    let hostile = prop::collection::vec(part, 1..9).prop_map(|parts| parts.concat());
    let texts: Vec<(String, String)> = (0..TEXTS)
        .map(|_| {
            let text = hostile
                .new_tree(&mut runner)
                .expect("nothing is rejected")
                .current();
            (
                terminal(&text).into_owned(),
                Markdown::text(&text).into_string(),
            )
        })
        .filter(|(text, _)| !text.trim().is_empty())
        .collect();
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("texts.json");
    fs::write(&file, serde_json::to_string(&texts)?)?;
    if let Some(pages) = judged("markdown.py", &[&file]) {
        assert_eq!(pages.trim().parse::<usize>()?, texts.len() * 8);
    }
    Ok(())
}
