//! Frontmatter that this program reads in one way and known readers in another.
//!
//! skills-ref cuts a file at the first two `---`, wherever they are; several harnesses cut with an
//! expression that ends at the next `---`, and gray-matter at the next line that begins with it.
//! For them, what follows such a cut is not a field but text for the model.

use std::ops::Range;

use super::Context;
use crate::document::problem::Problem;
use crate::document::spans::Lines;
use crate::document::yaml::Tree;
use crate::policy_input::Profile;
use crate::{RuleId, Severity};

/// More lines than this are not reported for one file.
const MOST_LINES: usize = 10;

/// Values of frontmatter that decide what is loaded, who answers for it, and what it may do.
const DECIDING: [&str; 17] = [
    "/name",
    "/version",
    "/owner",
    "/risk",
    "/metadata/name",
    "/metadata/version",
    "/metadata/owner",
    "/metadata/risk",
    "/allowed-tools",
    "/disallowed-tools",
    "/tools",
    "/disable-model-invocation",
    "/user-invocable",
    "/background",
    "/mode",
    "/permissionMode",
    "/context",
];

/// Every line between the fences at `yaml` that holds `---`, or `...` alone, at which other readers
/// cut: an error in the strict profile and where the risk is high, else a warning.
pub(super) fn cuts(
    context: &Context<'_>,
    rule: RuleId,
    path: &str,
    file: &[u8],
    yaml: &Range<usize>,
) -> Vec<Problem> {
    let between = &file[yaml.clone()];
    let is_marked = |bytes: &[u8]| {
        bytes
            .windows(3)
            .any(|three| three == b"---" || three == b"...")
    };
    if !is_marked(between) {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&file[..yaml.end]);
    let lines = Lines::of(&text);
    let is_grave = context.policy.profile == Profile::Strict || context.risk.is_high();
    let mut start = yaml.start;
    let mut found = Vec::new();
    for line in between.split_inclusive(|byte| *byte == b'\n') {
        let dashes = line.windows(3).position(|three| three == b"---");
        let ends = line.trim_ascii_end() == b"..." || line.starts_with(b"... ");
        let what = match dashes {
            Some(0) => {
                "a line that starts with `---` inside the frontmatter: some readers end the frontmatter there"
            }
            Some(_) => "`---` inside the frontmatter: some readers end the frontmatter there",
            None => "a line `...` inside the frontmatter: some readers end the frontmatter there",
        };
        if let Some(at) = dashes.or_else(|| ends.then_some(0)) {
            let span = (start + at, start + at + 3);
            let help = "Remove it, or move the text below the closing `---`: for those readers, the fields after it do not exist.";
            let problem = Problem::new(rule, lines.place(path, &text, span.0), span, what, help);
            found.push(problem.review_context(if is_grave {
                Severity::Error
            } else {
                Severity::Warning
            }));
        }
        if found.len() == MOST_LINES {
            break;
        }
        start += line.len();
    }
    found
}

/// A warning at every value that decides something and that YAML 1.1 readers read differently. A
/// number where text is meant has its own finding.
pub(super) fn ambiguities(tree: &Tree) -> impl Iterator<Item = Problem> {
    let has_finding = |pointer: &str| {
        pointer.starts_with("/metadata/")
            && tree
                .value
                .pointer(pointer)
                .is_some_and(|value| !value.is_string())
    };
    DECIDING
        .iter()
        .filter(move |pointer| !has_finding(pointer))
        .filter_map(|pointer| tree.ambiguity_at(pointer))
}
