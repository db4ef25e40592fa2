//! Tests of the levels that a policy sets for rules about documents.

use super::{LEAST, accepted, more, refused};
use crate::RuleId;
use crate::document::policy::parse;
use crate::policy_input::{PolicyInput, RuleLevel};

fn rules(entry: &str) -> String {
    more(&format!("rules:\n  - {{{entry}}}"))
}

#[test]
fn a_level_has_a_rule_paths_and_a_reason() {
    let parsed = accepted(&rules(
        "rule: skill-portability, paths: ['lab/**', 'skills/x/*'], level: off, reason: One harness.",
    ));
    let [entry] = parsed.policy.levels.as_slice() else {
        panic!("{:#?}", parsed.policy.levels);
    };
    assert_eq!(
        (entry.rule, entry.level, entry.line),
        (RuleId::SkillPortability, RuleLevel::Off, 12)
    );
    assert!(entry.applies(RuleId::SkillPortability, "lab/a/SKILL.md"));
    assert!(!entry.applies(RuleId::SkillName, "lab/a/SKILL.md"));
    assert!(!entry.applies(RuleId::SkillPortability, "skills/y/SKILL.md"));
    let doubts = &parsed.lint;
    assert!(
        doubts
            .iter()
            .all(|doubt| doubt.rule != RuleId::YamlAmbiguous),
        "`level: off` needs no quotes: {doubts:#?}"
    );
}

#[test]
fn a_rule_of_the_trust_core_has_one_level_everywhere() {
    let core = RuleId::ALL
        .iter()
        .filter(|rule| !RuleId::LEVELED.contains(rule));
    for rule in core {
        let text = rules(&format!(
            "rule: {rule}, paths: ['**'], level: off, reason: No."
        ));
        let problems = parse(text.as_bytes()).expect_err(&text);
        assert!(!problems.is_empty(), "{rule}");
    }
}

#[test]
fn every_fault_of_an_entry_is_at_its_place() {
    refused(
        &rules("rule: skill-portabilty, paths: ['**'], level: off, reason: No."),
        "skill-portabilty",
        "did you mean `skill-portability`?",
    );
    refused(
        &rules("rule: unversioned, paths: ['/x'], level: off, reason: No."),
        "'/x'",
        "cannot match a path",
    );
    refused(
        &rules("rule: unversioned, paths: ['**'], level: off, reason: ' '"),
        "' '",
        "the reason is blank",
    );
    refused(
        &rules("rule: unversioned, paths: ['**'], level: none, reason: No."),
        "none",
        "`none` is not one of",
    );
}

#[test]
fn a_policy_without_levels_is_what_it_was() {
    assert!(accepted(LEAST).policy.levels.is_empty());
    let tree = crate::document::yaml::read("countersign.yaml", LEAST.as_bytes());
    let (input, _) =
        crate::document::schema::POLICY.read::<PolicyInput>(&tree.expect("it is YAML"));
    let written = serde_json::to_value(input.expect("it is valid")).expect("it is JSON");
    assert_eq!(written.get("rules"), None);
}
