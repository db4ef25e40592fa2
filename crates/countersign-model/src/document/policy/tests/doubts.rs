//! Tests of the doubts about a valid policy that may not do what its author meant.

use super::{LEAST, accepted, more, with};
use crate::{RuleId, Severity};

fn lint(text: &str) -> Vec<(RuleId, u32, Option<Severity>)> {
    accepted(text)
        .lint
        .iter()
        .map(|problem| (problem.rule, problem.place.line, problem.severity))
        .collect()
}

#[test]
fn a_small_sound_policy_raises_no_doubt() {
    assert_eq!(lint(LEAST), []);
}

#[test]
fn doubts_owners_and_teams_that_resolve_to_no_one() {
    assert_eq!(
        lint(&more("teams: {t: []}")),
        [(RuleId::OwnerUnknown, 11, None)]
    );
    let entries = "subjects:\n  - {kind: skill, path: \"a/*\", owners: [t]}\n  - {kind: skill, path: \"b/*\", owners: [t]}";
    let owning = more("teams: {t: [], u: []}").replace(
        r#"subjects: [{kind: skill, path: "skills/*", owners: [ann]}]"#,
        entries,
    );
    let doubts = accepted(&owning.replace("from: [owners]", "from: [owners, administrators]")).lint;
    let reported: Vec<_> = doubts
        .iter()
        .map(|doubt| (doubt.place.line, doubt.message.as_str()))
        .collect();
    assert_eq!(
        reported,
        [
            (
                13,
                "the team `t` has no person in it, and 2 entries have no person as owner: write `t: [NAME, …]` here"
            ),
            (
                13,
                "the team `u` has no person in it: write `u: [NAME, …]` here"
            ),
        ]
    );
    let none = lint(&with(", owners: [ann]", ""));
    assert!(none.contains(&(RuleId::OwnerUnknown, 8, None)), "{none:?}");
    let machine = lint(
        &with(
            "ann: {keys: [{ssh: k}]}",
            "ann: {keys: [{ssh: k}]}\n  bot: {kind: machine}",
        )
        .replace("owners: [ann]", "owners: [bot]"),
    );
    assert!(
        machine.contains(&(RuleId::OwnerUnknown, 9, None))
            && machine.contains(&(RuleId::MachinePrincipal, 9, Some(Severity::Warning)))
    );
    let machine = lint(
        &with(
            "ann: {keys: [{ssh: k}]}",
            "ann: {keys: [{ssh: k}]}\n  bot: {kind: machine}",
        )
        .replace("administrators: [ann]", "administrators: [ann, bot]"),
    );
    assert_eq!(
        machine,
        [(RuleId::MachinePrincipal, 8, Some(Severity::Warning))]
    );
}

#[test]
fn doubts_requirements_that_the_people_cannot_meet() {
    let require = |require: &str| lint(&with("[{count: 1, from: [owners]}]", require));
    let unsatisfiable = [(RuleId::RequirementUnsatisfiable, 9, None)];
    assert_eq!(require("[{count: 0, from: [owners]}]"), unsatisfiable);
    assert_eq!(require("[{count: 1, from: []}]"), unsatisfiable);
    assert_eq!(require("[{count: 2, from: [owners]}]"), unsatisfiable);
    assert_eq!(
        require("[{count: 4294967295, from: [administrators]}]"),
        unsatisfiable
    );
    assert_eq!(
        require("[{count: 1, from: [owners]}, {count: 1, from: [administrators]}]"),
        unsatisfiable,
        "one person counts once in a rule"
    );
    let two = with(
        "ann: {keys: [{ssh: k}]}",
        "ann: {keys: [{ssh: k}]}\n  bob: {keys: [{ssh: l}]}",
    )
    .replace(
        "from: [owners]}]",
        "from: [owners]}, {count: 1, from: [bob, ann]}]",
    );
    assert_eq!(lint(&two), []);
    let keyless = [(RuleId::RequirementUnsatisfiable, 10, None)];
    assert_eq!(
        lint(&two.replace("{keys: [{ssh: l}]}", "{}")),
        keyless,
        "who has no key can sign nothing"
    );
    let account = "{accounts: [{forge: github.com, login: bob, id: 7}]}";
    assert_eq!(
        lint(&two.replace("{keys: [{ssh: l}]}", account)),
        [],
        "an account can give a review"
    );
    let signed = two.replace("{keys: [{ssh: l}]}", account).replace(
        "from: [bob, ann]}]",
        "from: [bob, ann]}], accept: [signature]",
    );
    assert_eq!(
        lint(&signed),
        keyless,
        "where a review does not count, an account is nothing"
    );
    let none = with("subjects: [\"*/*\"]", "subjects: [\"prompt/*\"]");
    assert_eq!(
        lint(&none),
        [(RuleId::RequirementUnsatisfiable, 8, None)],
        "no rule covers the entry"
    );
}

#[test]
fn doubts_a_policy_that_could_never_change() {
    let error = [(RuleId::RequirementUnsatisfiable, 10, Some(Severity::Error))];
    assert_eq!(lint(&with("{count: 1}\n", "{count: 2}\n")), error);
    assert_eq!(lint(&with("{count: 1}\n", "{count: 0}\n")), error);
    let keyless = lint(&with("ann: {keys: [{ssh: k}]}", "ann: {}"));
    assert!(
        keyless.contains(&error[0]),
        "an administrator without a key signs nothing: {keyless:?}"
    );
}

#[test]
fn tells_of_overlapping_rules_and_of_separation_switched_off() {
    let second = ", {subjects: [\"skill/pay-*\"], require: [{count: 1, from: [administrators]}]}]\npolicy_changes";
    assert_eq!(
        lint(&with("]\npolicy_changes", second)),
        [(RuleId::RulesOverlap, 9, None)]
    );
    let apart = with("\"*/*\"", "\"skill/*\"").replace(
        "]\npolicy_changes",
        &second.replace("skill/pay-*", "prompt/*"),
    );
    assert_eq!(lint(&apart), []);
    assert_eq!(
        lint(&more("separation_of_duties: false")),
        [(RuleId::SeparationOff, 11, None)]
    );
}
