//! `package-shape`: a governed path is not a package of its kind.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PackageShape,
    summary: "A governed path is not a package of its kind",
    message: "this is not a package that its kind allows[: {why}]",
    why: "A file where a folder is expected, or the other way round, is loaded differently by each harness or not at all. What was \
          approved is then not what people get.",
    help: "Move the files into the shape of the kind, or correct `kind` or `path` of the entry in countersign.yaml.",
    weight: Weight::always(Level::Error),
};
