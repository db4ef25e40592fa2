//! `requirement-unsatisfiable`: a requirement cannot be met by the people there are.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::RequirementUnsatisfiable,
    summary: "A requirement cannot be met by the people there are",
    message: "this requirement asks for {count} of people of whom {available} exist[: {why}]",
    why: "Versions under this rule can never be approved. Without this finding, that shows only when somebody needs one.",
    help: "Lower the `count`, or add people to those named in `from`.",
    weight: Weight::always(Level::Warning),
};
