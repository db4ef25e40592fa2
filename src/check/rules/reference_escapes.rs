//! `reference-escapes`: a relative reference leaves the package.

use super::{Condition, Level, Rule, Weight};
use crate::model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ReferenceEscapes,
    summary: "A relative reference leaves the package",
    message: "the reference `{target}` leaves the package",
    why: "What it points to is not in the checksum, so it can change without any approval becoming void. It is also missing where only \
          the package is installed.",
    help: "Copy the file into the package, or remove the reference.",
    weight: Weight::except(Level::Warning, Condition::HighRisk, Level::Error),
};
