//! Tests of policies that are made to be slow, and of damaged ones.

use proptest::prelude::*;

use super::EXAMPLE;
use crate::document::policy::parse;
use crate::document::problem::MOST_PROBLEMS;

/// The largest policies that the limits allow, and ones beyond them, made to be slow: without a
/// budget they take minutes, as anyone who runs this will see.
#[test]
fn a_hostile_policy_is_judged_to_its_end_with_bounded_output() {
    let people: String = (0..12_000)
        .map(|i| format!("  p{i}: {{}}\n"))
        .collect::<Vec<_>>()
        .concat();
    let everyone = (0..12_000)
        .map(|i| format!("p{i}"))
        .collect::<Vec<_>>()
        .join(", ");
    let entries = |path: &str, count: usize| {
        vec![format!("{{kind: skill, path: '{path}', owners: [t]}}"); count].join(", ")
    };
    let rules = |subjects: &str, count: usize| {
        vec![
            format!("{{subjects: [{subjects}], require: [{{count: 9, from: [t, owners]}}]}}");
            count
        ]
        .join(", ")
    };
    let policy = |people: &str, team: &str, entries: &str, rules: &str, rest: &str| {
        format!(
            "schema: countersign.policy/v1\nserial: 1\nrepository: x\nbranch: main\nprincipals:\n  ann: {{}}\n{people}roles: {{administrators: [ann]}}\n\
             teams: {{t: [{team}]}}\nsubjects: [{entries}]\napprovals: [{rules}]\npolicy_changes: {{count: 1}}\n{rest}"
        )
    };
    let star_path = "**a".repeat(16);
    let star_globs = vec![format!("'**/{}'", "*a".repeat(15)); 40].join(", ");
    let files = format!(
        "protect: [{}]\n",
        (0..900)
            .map(|i| format!("{}{i}", "a/".repeat(100)))
            .collect::<Vec<_>>()
            .join(", ")
    );
    let owned = (0..1000)
        .map(|i| format!("{{kind: skill, path: 'skills/*', owners: [p{i}]}}"))
        .collect::<Vec<_>>()
        .join(", ");
    let machines = format!(
        "{{risk: [medium], require: [{{count: 1, from: [owners, {}]}}]}}",
        vec!["m"; 20_000].join(", ")
    );
    let by_risk =
        vec!["{risk: [medium], require: [{count: 1, from: [t, owners]}]}"; 200].join(", ");
    let inputs = [
        policy(
            &people,
            &everyone,
            &entries("skills/*", 1000),
            &rules("'*/*'", 200),
            "",
        ),
        policy(
            "",
            "ann",
            &entries(&star_path, 1000),
            &rules(&star_globs, 200),
            "",
        ),
        policy(
            "",
            "ann",
            &entries(&star_path, 20),
            &rules("'*/*'", 1),
            &files,
        ),
        policy(
            "",
            "ann",
            &entries(&star_path, 1000),
            &rules("'*/*'", 1),
            &files,
        ),
        policy(
            &people,
            &vec!["unlisted-unlisted-unlisted-unlisted"; 20_000].join(", "),
            "",
            &rules("'*/*'", 1),
            "",
        ),
        policy(
            &people,
            "ann",
            &entries("skills/*", 9000),
            &rules("'*/*'", 300),
            "",
        ),
        policy(
            &format!("{people}  m: {{kind: machine}}\n"),
            "ann",
            &owned,
            &machines,
            "",
        ),
        policy(
            &people,
            &everyone,
            &entries("skills/*", 1000).replace("[t]", "[ann]"),
            &by_risk,
            "",
        ),
    ];
    for (index, input) in inputs.iter().enumerate() {
        let reported = parse(input.as_bytes())
            .map_or_else(|problems| problems.len(), |parsed| parsed.lint.len());
        assert!(
            (1..=MOST_PROBLEMS).contains(&reported),
            "{index}: {reported} problems"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn never_panics_on_a_damaged_policy(cut in 0_usize..4000, length in 0_usize..40, noise in "[-:{}\\[\\]\"'&*! \n0-9a-zü,]{0,12}") {
        let start = cut.min(EXAMPLE.len());
        let end = (start + length).min(EXAMPLE.len());
        let _ = parse(format!("{}{noise}{}", &EXAMPLE[..start], &EXAMPLE[end..]).as_bytes());
    }
}
