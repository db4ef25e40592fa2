//! `subject-ambiguous`: one subject lies at several paths with different bytes.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SubjectAmbiguous,
    summary: "One subject lies at several paths with different bytes",
    message: "{subject} lies at several paths with different bytes[: {others}]",
    why: "An approval names the subject, not the path. With two contents under one name nobody can say which of them was approved.",
    help: "Make all copies equal, remove all but one, or give them different names with `name` in countersign.yaml.",
    weight: Weight::always(Level::Error),
};
