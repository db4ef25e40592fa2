//! What `action.yml` may refer to: GitHub refuses to load an action that names a context which only
//! workflows have.

use countersign_testkit::TestResult;

const DEFINITION: &str = include_str!("../../../action.yml");
/// What an action's own steps may use, by GitHub's table of contexts.
const CONTEXTS: [&str; 8] = [
    "env",
    "github",
    "hashFiles",
    "inputs",
    "job",
    "matrix",
    "runner",
    "steps",
];

/// The contexts that the expressions of a text name: the first word of each path such as
/// `inputs.path`.
fn contexts(text: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let expressions = text
        .split("${{")
        .skip(1)
        .filter_map(|rest| rest.split("}}").next());
    let paths = expressions.flat_map(|expression| expression.split(|c| !is_name(c) && c != '['));
    paths
        .filter_map(|path| path.split_once(['.', '[']).map(|(context, _)| context))
        .filter(|context| !context.is_empty())
        .collect()
}

#[test]
fn the_action_names_no_context_that_only_workflows_have() -> TestResult {
    let found = contexts(DEFINITION);
    assert!(
        found.contains(&"inputs") && found.contains(&"steps"),
        "{found:?}"
    );
    for context in found {
        assert!(
            CONTEXTS.contains(&context),
            "an action cannot read `{context}`; let the workflow pass it as an input"
        );
    }
    assert_eq!(
        contexts("${{ vars.X }} ${{ inputs.y || secrets['Z'] }}"),
        ["vars", "inputs", "secrets"]
    );
    Ok(())
}

#[test]
fn every_workflow_that_we_give_away_passes_the_anchor() {
    for (name, text) in [
        ("gate", include_str!("../../../examples/workflows/gate.yml")),
        (
            "gate with merge queue",
            include_str!("../../../examples/workflows/gate-with-merge-queue.yml"),
        ),
        (
            "record",
            include_str!("../../../examples/workflows/record-on-merge.yml"),
        ),
        (
            "audit",
            include_str!("../../../examples/workflows/scheduled-audit.yml"),
        ),
    ] {
        assert!(
            text.contains("anchor: ${{ vars.COUNTERSIGN_ANCHOR }}"),
            "{name}"
        );
    }
}
