use proptest::prelude::*;

use super::*;
use crate::Risk;

fn skill(text: &str) -> Head {
    read(Kind::Skill, true, "SKILL.md", text.as_bytes())
}

// The answer without the shortcut.
fn slow(kind: Kind, lenient: bool, bytes: &[u8]) -> Head {
    tree(kind, lenient, "f.md", bytes)
        .map(|tree| of_tree(kind, lenient, &tree))
        .unwrap_or_default()
}

const TYPICAL: &str = "---
name: pdf-tools
description: Read, split and merge PDF files. Use it when the user mentions a PDF, a form or a scan: it needs no network.
license: Apache-2.0
compatibility: Needs Python 3.11 and poppler.
metadata:
  version: \"1.10.0\"
  owner: data-platform
  risk: high
allowed-tools: Bash(python:*) Read
---
# PDF tools
";

#[test]
fn reads_the_facts_of_a_skill() {
    let text = TYPICAL.replace("scan: it", "scan; it");
    assert!(
        quick(Kind::Skill, false, text.as_bytes()).is_some(),
        "the shortcut serves the typical case"
    );
    let head = skill(&text);
    assert_eq!(
        (head.name.as_deref(), head.owner.as_deref(), head.risk),
        (Some("pdf-tools"), Some("data-platform"), Some(Risk::High))
    );
    assert_eq!(
        head.version.map(|version| version.to_string()).as_deref(),
        Some("1.10.0")
    );
}

#[test]
fn a_number_keeps_its_source_text() {
    assert_eq!(
        skill("---\nname: a\nmetadata:\n  version: 1.10\n---\n")
            .version_written
            .as_deref(),
        Some("1.10")
    );
    assert_eq!(
        skill("---\nname: a\nmetadata: {version: 1.10}\n---\n")
            .version_written
            .as_deref(),
        Some("1.10")
    );
}

#[test]
fn only_the_lenient_profile_reads_a_top_level_version_and_the_specified_place_wins() {
    let text = "---\nname: a\nversion: 1.0.0\n---\n";
    assert_eq!(skill(text).version_written.as_deref(), Some("1.0.0"));
    assert_eq!(
        read(Kind::Skill, false, "SKILL.md", text.as_bytes()).version_written,
        None
    );
    let both = "---\nversion: 1.0.0\nmetadata:\n  version: 2.0.0\n---\n";
    assert_eq!(skill(both).version_written.as_deref(), Some("2.0.0"));
}

#[test]
fn a_broken_document_declares_nothing() {
    for text in [
        "",
        "---\n",
        "---\nversion: 1.0.0\n",
        "---\nversion: 1.0.0\nversion: 1.0.0\n---\n",
        "---\nversion: &a 1.0.0\n---\n",
        "\n---\nversion: 1.0.0\n---\n",
    ] {
        assert_eq!(skill(text), Head::default(), "{text}");
    }
}

#[test]
fn what_is_not_a_version_is_kept_as_written() {
    for written in [
        "1.0",
        "v1.0.0",
        "1.0.0+build",
        "0.0.0-sha1a2b3c4d5e6f",
        "latest",
    ] {
        let head = skill(&format!("---\nname: a\nversion: {written}\n---\n"));
        assert_eq!(
            (head.version, head.version_written.as_deref()),
            (None, Some(written))
        );
    }
}

#[test]
fn other_kinds_have_their_own_places() {
    let contract = "schema: countersign.contract/v1\nversion: 1.0.0\nagentToolGovernance: {owner: ops, riskClass: critical}\n";
    let head = read(Kind::Contract, true, "c.yaml", contract.as_bytes());
    assert_eq!(
        (head.owner.as_deref(), head.risk),
        (Some("ops"), Some(Risk::Critical))
    );
    let head = read(
        Kind::Server,
        true,
        "server.json",
        b"{\"name\": \"a/b\", \"version\": \"2.0.0\", \"risk\": \"High\"}",
    );
    assert_eq!(
        (
            head.name.as_deref(),
            head.version_written.as_deref(),
            head.risk
        ),
        (Some("a/b"), Some("2.0.0"), Some(Risk::High))
    );
    assert_eq!(
        read(Kind::Setup, true, "x.yaml", b"version: 1.0.0\n"),
        Head::default()
    );
    let head = read(
        Kind::Prompt,
        true,
        "p.md",
        b"---\nversion: 1.0.0\nowner: ann\nrisk: low\n---\n",
    );
    assert_eq!(
        (
            head.version_written.as_deref(),
            head.owner.as_deref(),
            head.risk
        ),
        (Some("1.0.0"), Some("ann"), Some(Risk::Low))
    );
}

#[test]
fn the_document_of_a_package_is_found_by_its_exact_name() {
    let find = |kind, files: &[&'static str]| main_file(kind, files.iter().copied());
    assert_eq!(
        find(Kind::Skill, &["a.md", "SKILL.md", "x/SKILL.md"]),
        Some("SKILL.md")
    );
    assert_eq!(find(Kind::Skill, &["skill.md"]), None);
    assert_eq!(
        find(Kind::Prompt, &["PROMPT.md", "x.md"]),
        Some("PROMPT.md")
    );
    assert_eq!(find(Kind::Prompt, &["review.md"]), Some("review.md"));
    assert_eq!(find(Kind::Server, &["server.json", "server.yaml"]), None);
    assert_eq!(find(Kind::Agent, &["a.yaml"]), Some("a.yaml"));
    assert_eq!(find(Kind::Agent, &["a.yaml", "b.yaml"]), None);
    assert_eq!(find(Kind::Setup, &["x"]), None);
}

fn line() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        "name",
        "version",
        "metadata",
        "description",
        "risk",
        "owner",
        "tags",
        "null",
        "True",
        "[a-z]{1,3}",
        "\"name\"",
        "- x"
    ];
    let value = prop_oneof![
        Just(String::new()),
        "[a-zA-Z0-9.():#'\"_/$~&*!|>{}\\[\\]%@`,?<=+ -]{0,12}",
        "\"[a-z: #'\\\\]{0,6}\"",
        "'[a-z: #\"]{0,6}'",
        "[|>][-+0-9]?",
        "(1\\.[0-9]{1,2}|null|~|true|0x1f|1e3)",
        "[äß😀\u{85}\u{2028}\u{feff}a ]{0,4}",
    ];
    let indent = prop_oneof![4 => Just(""), 3 => Just("  "), 1 => Just(" "), 1 => Just("   "), 1 => Just("\t")];
    let end = prop_oneof![12 => Just("\n"), 1 => Just("\n\n"), 1 => Just("\n  \n"), 1 => Just("\n# x\n"), 1 => Just("\r\n"), 1 => Just(" \n"), 1 => Just("\n  # x\n")];
    let colon = prop_oneof![10 => Just(": "), 1 => Just(":"), 1 => Just(":  "), 1 => Just(" : "), 2 => Just("")];
    (
        indent,
        prop_oneof![8 => Just(""), 1 => Just("- ")],
        key,
        colon,
        value,
        end,
    )
        .prop_map(|(a, b, c, d, e, f)| format!("{a}{b}{c}{d}{e}{f}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn the_shortcut_agrees_with_the_reader(lines in proptest::collection::vec(line(), 0..7), lenient: bool, prompt: bool, end in "(---\n|---|--- \n|\\.\\.\\.\n---\n)") {
        let text = format!("---\n{}{end}", lines.concat());
        let kind = if prompt { Kind::Prompt } else { Kind::Skill };
        if let Some(written) = quick(kind, lenient, text.as_bytes()) {
            prop_assert!(frontmatter_fields::read("f.md", text.as_bytes(), false).is_ok(), "{:?}", text);
            prop_assert_eq!(written.judged(), slow(kind, lenient, text.as_bytes()), "{:?}", text);
        }
    }

    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for kind in Kind::PACKAGED {
            let _ = read(kind, true, "server.json", &bytes);
            let _ = read(kind, true, "f.md", &[b"---\n", &bytes[..], b"\n---\n"].concat());
        }
    }
}
