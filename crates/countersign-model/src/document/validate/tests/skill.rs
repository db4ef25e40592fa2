//! Tests of skills: the frontmatter against the specification, in both profiles.

use super::{Case, GOOD, strict};
use crate::policy_input::Profile;
use crate::{Kind, RuleId, Severity};

fn lenient(text: &str) -> Vec<(RuleId, u32)> {
    Case::new(Kind::Skill, Profile::Lenient).found(text)
}

#[test]
fn a_skill_that_follows_the_specification_has_no_fault() {
    assert_eq!(strict(GOOD), []);
    assert_eq!(lenient(GOOD), []);
}

#[test]
fn deviations_break_a_rule_strictly_and_are_notes_leniently() {
    use RuleId::{SkillField, SkillFrontmatter, SkillName};
    for (from, to, rule, line) in [
        ("name: pdf-tools", "name: other", SkillName, 2),
        ("name: pdf-tools", "name: 123", SkillName, 2),
        ("name: pdf-tools", "name: \" pdf-tools\"", SkillName, 2),
        ("name: pdf-tools\n", "", SkillName, 2),
        ("license: MIT", "license: [MIT]", SkillField, 4),
        ("license: MIT", "version: 1.2.0", SkillField, 4),
        ("license: MIT", "model: opus", SkillField, 4),
        (
            "compatibility: Needs poppler.",
            "compatibility: \"\"",
            SkillField,
            5,
        ),
        ("  risk: high", "  risk: 1", SkillField, 9),
        ("  risk: high", "  risk: grave", SkillField, 9),
        ("  risk: high", "  more:\n    nested: x", SkillField, 9),
        (
            "allowed-tools: Bash(pdftotext:*) Read",
            "allowed-tools:\n  - Read",
            SkillField,
            10,
        ),
        (
            "description: Reads PDF files.",
            "description: true",
            SkillField,
            3,
        ),
        (
            "metadata:\n  version: \"1.2.0\"\n  owner: ann\n  risk: high",
            "metadata: {version: \"1.2.0\"}",
            SkillFrontmatter,
            6,
        ),
        ("---\nname", "\u{feff}---\nname", SkillFrontmatter, 1),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert!(
            strict(&text).contains(&(rule, line)),
            "{to}: {:?}",
            strict(&text)
        );
        assert!(
            lenient(&text).contains(&(RuleId::SkillPortability, line)),
            "{to}: {:?}",
            lenient(&text)
        );
        assert!(
            lenient(&text)
                .iter()
                .all(|(rule, _)| *rule == RuleId::SkillPortability),
            "{to}: {:?}",
            lenient(&text)
        );
    }
}

#[test]
fn an_unquoted_colon_is_a_note_leniently_and_no_yaml_strictly() {
    let text = GOOD.replace("Reads PDF files.", "Use when: it rains");
    assert_eq!(lenient(&text), [(RuleId::SkillPortability, 3)]);
    assert_eq!(strict(&text), [(RuleId::SkillFrontmatter, 3)]);
}

#[test]
fn what_no_harness_loads_is_an_error_in_both_profiles() {
    for (text, rule, line) in [
        (
            GOOD.replace("description: Reads PDF files.\n", ""),
            RuleId::SkillField,
            2,
        ),
        (
            GOOD.replace("Reads PDF files.", "\"  \""),
            RuleId::SkillField,
            3,
        ),
        (
            GOOD.replace("Reads PDF files.", "[a]"),
            RuleId::SkillField,
            3,
        ),
        (
            GOOD.replace("license: MIT", "name: again"),
            RuleId::SkillFrontmatter,
            4,
        ),
        (
            GOOD.replace("license: MIT", "license: &a MIT"),
            RuleId::SkillFrontmatter,
            4,
        ),
        (
            GOOD.replace("\n---\n# PDF", "\n# PDF"),
            RuleId::SkillFrontmatter,
            1,
        ),
        (GOOD[4..].to_owned(), RuleId::SkillFrontmatter, 1),
        (format!("\n{GOOD}"), RuleId::SkillFrontmatter, 1),
        (String::new(), RuleId::SkillFrontmatter, 1),
    ] {
        assert!(
            strict(&text).contains(&(rule, line)),
            "{text}: {:?}",
            strict(&text)
        );
        assert!(
            lenient(&text).contains(&(rule, line)),
            "{text}: {:?}",
            lenient(&text)
        );
    }
}

#[test]
fn limits_count_code_points() {
    for (field, most) in [("description", 1024), ("compatibility", 500)] {
        let old = if field == "description" {
            "Reads PDF files."
        } else {
            "Needs poppler."
        };
        assert_eq!(strict(&GOOD.replace(old, &"漢".repeat(most))), []);
        assert_eq!(strict(&GOOD.replace(old, &"漢".repeat(most + 1))).len(), 1);
    }
    let mut case = Case::new(Kind::Skill, Profile::Strict);
    let long: &'static str = Box::leak(format!("skills/{}", "a".repeat(64)).into_boxed_str());
    case.path = long;
    assert_eq!(case.found(&GOOD.replace("pdf-tools", &"a".repeat(64))), []);
    assert_eq!(
        strict(&GOOD.replace("name: pdf-tools", &format!("name: {}", "a".repeat(65)))).len(),
        2
    );
}

#[test]
fn the_document_is_named_exactly() {
    let case = Case::new(Kind::Skill, Profile::Lenient);
    let problems = case.problems(&[("skill.md", GOOD.as_bytes())]);
    assert_eq!(
        (problems[0].rule, problems[0].place.path.as_str()),
        (RuleId::SkillFileMissing, "skills/pdf-tools/skill.md")
    );
    assert!(problems[0].help.contains("`SKILL.md`"));
    assert_eq!(
        case.problems(&[("README.md", b"x")])[0].rule,
        RuleId::SkillFileMissing
    );
}

#[test]
fn a_version_that_does_not_count_warns_and_a_reserved_one_fails() {
    let case = Case::new(Kind::Skill, Profile::Strict);
    let with =
        |version: &str| case.problems(&[("SKILL.md", GOOD.replace("1.2.0", version).as_bytes())]);
    assert_eq!(
        (with("1.2")[0].rule, with("1.2")[0].severity),
        (RuleId::Unversioned, None)
    );
    assert_eq!(with("1.2.0+b")[0].rule, RuleId::Unversioned);
    let reserved = with("0.0.0-sha1a2b3c4d5e6f");
    assert_eq!(
        (reserved[0].rule, reserved[0].severity),
        (RuleId::Unversioned, Some(Severity::Error))
    );
    assert_eq!(case.found(&GOOD.replace("  version: \"1.2.0\"\n", "")), []);
}

#[test]
fn two_versions_that_differ_are_named() {
    assert_eq!(
        lenient(&GOOD.replace("license: MIT", "version: 2.0.0")),
        [(RuleId::SkillPortability, 4); 2]
    );
    assert_eq!(
        lenient(&GOOD.replace("license: MIT", "version: 1.2.0")),
        [(RuleId::SkillPortability, 4)]
    );
}

#[test]
fn the_schema_of_skills_agrees_with_the_checks() {
    let schema =
        jsonschema::draft202012::new(crate::document::schema::SKILL.value()).expect("a schema");
    let swaps = [
        "name: pdf-tools",
        "name: PDF",
        "name: a--b",
        "name: 1",
        "license: 2",
        "extra: x",
        "allowed-tools: [a]",
        "compatibility: \"\"",
        "description: \" \"",
    ];
    for swap in swaps {
        let field = swap.split(':').next().expect("a field");
        let text = GOOD
            .lines()
            .map(|line| if line.starts_with(field) { swap } else { line })
            .collect::<Vec<_>>()
            .join("\n");
        let text = if field == "extra" {
            text.replace("license: MIT", swap)
        } else {
            text
        };
        let matter = crate::document::frontmatter_fields::read("f", text.as_bytes(), false)
            .expect("frontmatter");
        // Flow style and the folder's name are beyond a schema.
        let ours = strict(&text)
            .iter()
            .all(|(rule, _)| *rule == RuleId::SkillFrontmatter);
        assert_eq!(schema.is_valid(&matter.tree.value), ours, "{swap}");
    }
}
