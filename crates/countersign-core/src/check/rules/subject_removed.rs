//! `subject-removed`: the files of a subject with an approved version are gone.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SubjectRemoved,
    summary: "The files of a subject with an approved version are gone",
    message: "{subject} had an approved version and its files are gone",
    why: "Whoever relies on it finds nothing, and nobody decided that. Archiving says that it was meant.",
    help: "Run `countersign archive {subject} --reason …` together with the removal, or restore the files.",
    weight: Weight::except(Level::Warning, Condition::Candidate, Level::Error),
};
