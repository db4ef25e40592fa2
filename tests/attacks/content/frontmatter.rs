//! Frontmatter that one reader takes for something else than another.

use countersign::demo::{PolicyDraft, Tree};
use countersign::model::DecisionKind;

use super::attacked;
use countersign_testkit::{Checked, Repo, TestResult};

const DOCUMENT: &str = "skills/pdf/SKILL.md";

/// A repository in each profile whose approved Skill then has `text` as its document.
fn documents(text: &str) -> [(&'static str, Repo); 2] {
    ["lenient", "strict"].map(|profile| {
        let mut repo = Repo::team_with(
            |policy: PolicyDraft| policy.line(&format!("profile: {profile}")),
            |_| (),
        );
        repo.approved_skill("pdf", "1.0.0")
            .expect("the builder writes an approved Skill");
        let alice = repo.alice.clone();
        repo.commit(&alice, "Change it", |tree| tree.put(DOCUMENT, text))
            .expect("the builder writes any tree");
        (profile, repo)
    })
}

/// Findings about the document that are errors.
fn errors(checked: &Checked) -> Vec<String> {
    let of_document = |finding: &countersign_testkit::Finding| {
        finding.severity() == "error" && finding.text("path") == Some(DOCUMENT)
    };
    checked
        .findings()
        .into_iter()
        .filter(of_document)
        .map(|finding| finding.rule().to_owned())
        .collect()
}

fn good(version: &str) -> String {
    format!(
        "---\nname: pdf\ndescription: Use it.\nmetadata:\n  version: \"{version}\"\n---\n\n# pdf\n"
    )
}

#[test]
fn a_byte_order_mark_is_an_error_where_the_profile_is_strict_and_never_silent() {
    for (profile, repo) in documents(&format!("\u{feff}{}", good("1.1.0"))) {
        let checked = repo.check();
        let finding = checked.findings().into_iter().find(|finding| {
            finding.text("path") == Some(DOCUMENT) && finding.rule().starts_with("skill-")
        });
        let finding =
            finding.unwrap_or_else(|| panic!("{profile}: a byte order mark is told\n{checked}"));
        assert_eq!(
            finding.severity() == "error",
            profile == "strict",
            "{checked}"
        );
        assert_ne!(checked.verdict(), "pass");
    }
}

#[test]
fn carriage_returns_are_reported_and_do_not_hide_the_version() {
    for (profile, repo) in documents(&good("1.1.0").replace('\n', "\r\n")) {
        let checked = repo.check();
        assert_ne!(checked.verdict(), "pass", "{profile}\n{checked}");
        assert_eq!(repo.subject("skill/pdf")["version"], "1.1.0", "{profile}");
    }
}

#[test]
fn refuses_frontmatter_without_a_closing_fence() {
    for (profile, repo) in documents("---\nname: pdf\ndescription: Use it.\n\n# pdf\n") {
        let checked = repo.check();
        checked
            .assert("fail", &["skill-frontmatter"])
            .finding_at("skill-frontmatter", DOCUMENT)
            .is("error");
        assert_ne!(
            repo.subject("skill/pdf")["version"],
            "1.0.0",
            "{profile}: a broken document declares nothing"
        );
    }
}

#[test]
fn refuses_a_document_without_frontmatter() {
    for (_, repo) in documents("# pdf\n\nNo frontmatter.\n") {
        repo.check()
            .assert("fail", &["skill-frontmatter"])
            .finding_at("skill-frontmatter", DOCUMENT)
            .is("error");
    }
}

#[test]
fn three_dashes_inside_the_frontmatter_do_not_end_it_and_are_found_because_other_readers_end_it_there()
 {
    // skills-ref cuts the text at the first two `---` wherever they are, and several harnesses cut
    // at the next one: the restrictions after it are then text for the model.
    let tail = "compatibility: Only offline.\nallowed-tools: Read\nmetadata:\n  version: \"1.1.0\"\n---\n\n# pdf\n";
    for (line, head) in [
        (3, "name: pdf\ndescription: Use it --- or not.\n"),
        (5, "name: pdf\ndescription: |\n  Use it.\n  ---\n"),
        (
            4,
            "name: pdf\ndescription: Use it.\n# --- who may call it ---\n",
        ),
        (2, "--- # fields\nname: pdf\ndescription: Use it.\n"),
        (4, "name: pdf\ndescription: Use it.\n---x: 1\n"),
    ] {
        for (profile, mut repo) in documents(&format!("---\n{head}{tail}")) {
            assert_eq!(
                repo.subject("skill/pdf")["version"],
                "1.1.0",
                "{profile}: {head}"
            );
            let bob = repo.bob.clone();
            repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.1.0")
                .expect("the builder writes a record");
            let checked = repo.check();
            if profile == "strict" {
                checked.assert("fail", &["skill-frontmatter"]);
                let found = checked.findings().into_iter().any(|finding| {
                    finding.rule() == "skill-frontmatter"
                        && finding.severity() == "error"
                        && finding.number("line") == Some(line)
                });
                assert!(found, "{head}\n{checked}");
            } else {
                checked.passes();
                let found = checked.findings().into_iter().any(|finding| {
                    finding.rule() == "skill-portability"
                        && finding.severity() == "warning"
                        && finding.number("line") == Some(line)
                });
                assert!(found, "{head}\n{checked}");
            }
        }
    }
}

#[test]
fn three_dashes_inside_the_frontmatter_are_an_error_where_the_risk_is_high() {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    let text = good("1.1.0")
        .replace("Use it.", "Use it --- or not.")
        .replace("metadata:\n", "metadata:\n  risk: high\n");
    repo.commit(&alice, "Change it", |tree| tree.put(DOCUMENT, text))
        .expect("the builder writes any tree");
    repo.check()
        .assert("fail", &["skill-portability"])
        .finding_at("skill-portability", DOCUMENT)
        .is("error")
        .line(3);
}

#[test]
fn three_dashes_below_the_frontmatter_are_text() {
    for (profile, repo) in documents(&format!("{}\n---\n\na --- b\n", good("1.1.0"))) {
        repo.check()
            .without("skill-frontmatter")
            .without("skill-portability");
        assert_eq!(repo.subject("skill/pdf")["version"], "1.1.0", "{profile}");
    }
}

#[test]
fn refuses_merge_keys_everywhere() {
    for (yaml, line) in [
        ("<<:\n  allowed-tools: Bash(*)\n", 6),
        ("\"<<\":\n  allowed-tools: Bash(*)\n", 6),
        ("  <<:\n    version: \"9.0.0\"\n    risk: critical\n", 6),
    ] {
        for (profile, repo) in
            documents(&good("1.1.0").replace("\n---\n\n", &format!("\n{yaml}---\n\n")))
        {
            let checked = repo.check();
            checked
                .assert("fail", &["skill-frontmatter"])
                .finding_at("skill-frontmatter", DOCUMENT)
                .is("error")
                .line(line)
                .says("a merge key");
            assert_ne!(
                repo.subject("skill/pdf")["version"],
                "1.1.0",
                "{profile}: such a document declares nothing"
            );
        }
    }
    let server = "name: io.github.acme/files\ndescription: D\nversion: 1.0.0\n<<:\n  packages:\n    - {registryType: npm, identifier: \"@evil/mcp\", version: latest}\n";
    let repo = attacked(|tree| tree.put("servers/files/server.yaml", server));
    repo.check()
        .assert("fail", &["server-invalid"])
        .finding_at("server-invalid", "servers/files/server.yaml")
        .is("error")
        .line(4)
        .says("a merge key");
}

#[test]
fn warns_of_values_that_decide_something_and_that_yaml_1_1_reads_otherwise() {
    let text = good("1.1.0").replace(
        "metadata:",
        "disable-model-invocation: yes\nlicense: no\nmetadata:",
    );
    for (profile, repo) in documents(&text) {
        let checked = repo.check();
        let finding = checked
            .finding_at("yaml-ambiguous", DOCUMENT)
            .is("warning")
            .line(4);
        assert!(
            finding
                .text("message")
                .is_some_and(|message| message.contains("`yes` is text here, but true")),
            "{profile}\n{checked}"
        );
    }
}

#[test]
fn flow_style_is_a_warning_where_harnesses_load_it_and_an_error_where_they_must_not() {
    let text =
        "---\n{name: pdf, description: Use it., metadata: {version: \"1.1.0\"}}\n---\n\n# pdf\n";
    for (profile, repo) in documents(text) {
        let checked = repo.check();
        let errors = errors(&checked);
        assert_eq!(
            errors.is_empty(),
            profile == "lenient",
            "{errors:?}\n{checked}"
        );
        let told = checked
            .findings()
            .iter()
            .any(|finding| finding.rule().starts_with("skill-"));
        assert!(told, "{profile}: flow style is told\n{checked}");
    }
}

#[test]
fn refuses_duplicate_keys_at_the_second_one() {
    let text = "---\nname: pdf\ndescription: Use it.\nmetadata:\n  version: \"1.0.0\"\n  version: \"9.0.0\"\n---\n\n# pdf\n";
    for (_, repo) in documents(text) {
        let checked = repo.check();
        assert_eq!(checked.verdict(), "fail", "{checked}");
        let finding = checked.findings().into_iter().find(|finding| {
            finding.severity() == "error" && finding.text("path") == Some(DOCUMENT)
        });
        finding
            .unwrap_or_else(|| panic!("the document is told\n{checked}"))
            .line(6);
        let version = repo.subject("skill/pdf")["version"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            version != "1.0.0" && version != "9.0.0",
            "neither of the two counts: {version}"
        );
    }
}

#[test]
fn refuses_duplicate_keys_at_the_top_level() {
    let text = "---\nname: pdf\nname: evil\ndescription: Use it.\n---\n\n# pdf\n";
    for (_, repo) in documents(text) {
        let checked = repo.check();
        assert_eq!(checked.verdict(), "fail", "{checked}");
        assert!(!errors(&checked).is_empty(), "{checked}");
    }
}

#[test]
fn refuses_anchors_aliases_and_tags() {
    for yaml in [
        "name: &a pdf\ndescription: *a",
        "name: !!str pdf\ndescription: Use it.",
        "name: pdf\ndescription: Use it.\n<<: {a: b}",
    ] {
        for (_, repo) in documents(&format!("---\n{yaml}\n---\n\n# pdf\n")) {
            let checked = repo.check();
            let told = checked.findings().iter().any(|finding| {
                finding.text("path") == Some(DOCUMENT) && finding.severity() != "info"
            });
            assert!(told && checked.verdict() != "pass", "{yaml}\n{checked}");
        }
    }
}

#[test]
fn refuses_an_alias_bomb_at_once() {
    let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        yaml += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    for (_, repo) in documents(&format!(
        "---\nname: pdf\ndescription: Use it.\n{yaml}---\n\n# pdf\n"
    )) {
        let checked = repo.check();
        assert_eq!(checked.verdict(), "fail", "{checked}");
    }
}

#[test]
fn refuses_frontmatter_that_is_too_deep() {
    let deep = format!("{}x{}", "[".repeat(10_000), "]".repeat(10_000));
    for (_, repo) in documents(&format!(
        "---\nname: pdf\ndescription: Use it.\nmetadata: {deep}\n---\n\n# pdf\n"
    )) {
        assert_eq!(repo.check().verdict(), "fail");
    }
}

#[test]
fn refuses_a_document_of_a_hundred_megabytes() -> TestResult {
    let repo = attacked(|tree: &mut Tree| {
        let text = tree.text(DOCUMENT);
        tree.put(
            DOCUMENT,
            format!("{text}{}", "Do it well.\n".repeat(9_000_000)),
        );
    });
    let checked = repo.check();
    checked
        .assert("fail", &["package-too-large"])
        .finding("package-too-large")
        .is("error")
        .has("subject", "skill/pdf");
    assert!(repo.subject("skill/pdf")["digest"].is_null());
    Ok(())
}

#[test]
fn refuses_frontmatter_of_a_hundred_megabytes() {
    let repo = attacked(|tree: &mut Tree| {
        tree.put(
            DOCUMENT,
            format!(
                "---\nname: pdf\ndescription: Use it.\n{}",
                "# comment\n".repeat(10_500_000)
            ),
        );
    });
    let checked = repo.check();
    assert_eq!(checked.verdict(), "fail", "{checked}");
}

#[test]
fn a_bracket_that_begins_no_list_is_text_where_the_profile_is_lenient_and_never_silent() {
    for value in ["[env] [--dry-run]", "[a] (extra)", "[a | b] [--x]"] {
        for (profile, repo) in documents(
            &good("1.1.0").replace("metadata:", &format!("argument-hint: {value}\nmetadata:")),
        ) {
            let checked = repo.check();
            if profile == "strict" {
                checked
                    .assert("fail", &[])
                    .finding_at("skill-frontmatter", DOCUMENT)
                    .is("error");
            } else {
                checked
                    .assert("waiting", &[])
                    .without("skill-frontmatter")
                    .finding_at("skill-portability", DOCUMENT)
                    .line(4);
                assert_eq!(repo.subject("skill/pdf")["version"], "1.1.0");
            }
        }
    }
}
