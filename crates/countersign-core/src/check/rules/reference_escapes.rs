//! `reference-escapes`: a reference leaves the package, or a command of settings names a script that is not governed.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ReferenceEscapes,
    summary: "A reference leaves the package, or a command of settings names a script that is not governed",
    message: "the reference `{target}` leaves the package",
    why: "What it points to is not in the checksum, so it can change without any approval becoming void. It is also missing where only \
          the package is installed. Links, code, shell and prose are searched; for settings and hooks it is enough that an entry of the \
          policy governs what their commands name.",
    help: "Copy the file into the package, or remove the reference.",
    weight: Weight::except(Level::Warning, Condition::HighRisk, Level::Error),
};
