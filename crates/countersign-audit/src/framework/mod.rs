//! Compliance frameworks: which evidence speaks to which control, and what that evidence is in one
//! report.
//!
//! A framework is a data file, `frameworks/<id>.yaml`, compiled in. It maps controls to a closed
//! list of queries; `answer` asks each query of a report. Nothing here says that a control is met:
//! that needs people, and facts that Git cannot show.

mod answer;

use std::ops::Deref;

pub use answer::answers;

use crate::report::{ControlReport, EvidenceAnswer, FrameworkReport};
use countersign_model::RuleId;
use countersign_model::document::hidden_text;
use countersign_model::document::problem::{MOST_PROBLEMS, Problem};
use countersign_model::document::schema::{self, FRAMEWORK};
use countersign_model::document::yaml;
use countersign_model::framework_input::{EvidenceQuery, FrameworkInput, SourceStatus};

/// Shown with every framework.
pub const NOTICE: &str = "Evidence supports a control. People judge whether the control is met, with what Git cannot show.";

/// Name and text of every framework that comes with the program, sorted by name.
const BUILT_IN: [(&str, &str); 11] = [
    (
        "21-cfr-part-11",
        include_str!("../../frameworks/21-cfr-part-11.yaml"),
    ),
    ("cmmc-2", include_str!("../../frameworks/cmmc-2.yaml")),
    ("eu-ai-act", include_str!("../../frameworks/eu-ai-act.yaml")),
    (
        "hipaa-security-rule",
        include_str!("../../frameworks/hipaa-security-rule.yaml"),
    ),
    (
        "iso-iec-42001",
        include_str!("../../frameworks/iso-iec-42001.yaml"),
    ),
    (
        "nist-ai-rmf-1.0",
        include_str!("../../frameworks/nist-ai-rmf-1.0.yaml"),
    ),
    (
        NIST_SP_800_53,
        include_str!("../../frameworks/nist-sp-800-53-r5.yaml"),
    ),
    ("soc-2", include_str!("../../frameworks/soc-2.yaml")),
    ("sox-itgc", include_str!("../../frameworks/sox-itgc.yaml")),
    ("sr-11-7", include_str!("../../frameworks/sr-11-7.yaml")),
    ("sr-26-2", include_str!("../../frameworks/sr-26-2.yaml")),
];

/// The word that chooses every framework.
pub const ALL: &str = "all";

/// The framework whose control identifiers OSCAL documents use.
pub const NIST_SP_800_53: &str = "nist-sp-800-53-r5";

/// A framework that was read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framework(FrameworkInput);

impl Deref for Framework {
    type Target = FrameworkInput;

    fn deref(&self) -> &FrameworkInput {
        &self.0
    }
}

/// The names of the frameworks that come with the program, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// The framework with this name; `None` for a name that is not among [`names`].
pub fn by_name(name: &str) -> Option<Framework> {
    let (name, text) = BUILT_IN.iter().find(|(id, _)| *id == name)?;
    Some(
        parse(&format!("frameworks/{name}.yaml"), text.as_bytes())
            .expect("a test reads every framework that is compiled in"),
    )
}

/// Reads a framework's file. Reports every fault, with its line.
pub fn parse(path: &str, bytes: &[u8]) -> Result<Framework, Vec<Problem>> {
    let hidden = hidden_text::problems(path, bytes);
    if !hidden.is_empty() {
        return Err(hidden);
    }
    let tree = yaml::read(path, bytes)?;
    let (input, problems) = FRAMEWORK.read::<FrameworkInput>(&tree);
    let Some(input) = input else {
        return Err(problems);
    };
    let problems = schema::merged(
        problems,
        tree.ambiguities().chain(faults(&tree, &input)).collect(),
    );
    if problems.is_empty() {
        Ok(Framework(input))
    } else {
        Err(problems)
    }
}

/// What the schema cannot say.
fn faults(tree: &yaml::Tree, input: &FrameworkInput) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut fault = |pointer: &str, message: String, help: &str| {
        if problems.len() < MOST_PROBLEMS {
            problems.push(tree.problem(RuleId::SchemaInvalid, pointer, message, help));
        }
    };
    match (input.status, &input.superseded_by) {
        (SourceStatus::Superseded, None) => {
            fault(
                "/status",
                "`status: superseded` without `superseded_by`".to_owned(),
                "Add `superseded_by`, the framework that replaced it.",
            );
        }
        (SourceStatus::Superseded, Some(_)) | (_, None) => {}
        (_, Some(_)) => fault(
            "/superseded_by",
            "`superseded_by` in a framework that is not superseded".to_owned(),
            "Remove the field, or write `status: superseded`.",
        ),
    }
    let mut seen = std::collections::BTreeSet::new();
    for (index, control) in input.controls.iter().enumerate() {
        if !seen.insert(control.id.as_str()) {
            fault(
                &format!("/controls/{index}/id"),
                format!("the control `{}` is repeated", control.id),
                "Keep one of the two.",
            );
        }
        let mut queries = std::collections::BTreeSet::new();
        for (at, query) in control.evidence.iter().enumerate() {
            if !queries.insert(query) {
                fault(
                    &format!("/controls/{index}/evidence/{at}"),
                    format!("`{}` is repeated", query.as_str()),
                    "Keep one of the two.",
                );
            }
        }
    }
    problems
}

/// The framework with what a report's answers say about each control.
pub fn report(framework: &Framework, answers: &[EvidenceAnswer]) -> FrameworkReport {
    let open_points = |query: &EvidenceQuery| {
        answers
            .iter()
            .find(|answer| answer.query == *query)
            .map_or(0, |answer| answer.open_points)
    };
    let controls = framework.controls.iter().map(|control| ControlReport {
        id: control.id.clone(),
        group: control.group.clone(),
        requirement: control.requirement.clone(),
        strength: control.strength,
        evidence: control.evidence.clone(),
        open_points: control.evidence.iter().map(open_points).sum(),
        git_cannot_show: control.git_cannot_show.clone(),
    });
    FrameworkReport {
        id: framework.id.clone(),
        title: framework.title.clone(),
        publisher: framework.publisher.clone(),
        status: framework.status,
        since: framework.since.clone(),
        superseded_by: framework.superseded_by.clone(),
        applies: framework.applies.clone(),
        source: framework.source.clone(),
        reviewed: framework.reviewed.clone(),
        identifiers: framework.identifiers,
        checked: framework.checked.clone(),
        notice: NOTICE,
        controls: controls.collect(),
    }
}

/// The frameworks with these names, sorted and each once; every one for the name `all`. Else the
/// first unknown name.
pub fn chosen(wanted: &[String]) -> Result<Vec<Framework>, String> {
    let mut sorted: Vec<&str> = wanted
        .iter()
        .flat_map(|name| {
            if name == ALL {
                names().collect()
            } else {
                vec![name.as_str()]
            }
        })
        .collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
        .into_iter()
        .map(|name| by_name(name).ok_or_else(|| name.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests;
