//! `archived-version`: an archived version is on the branch.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ArchivedVersion,
    summary: "An archived version is on the branch",
    message: "{what} is archived[ by {by}][: {reason}]",
    why: "Its owners look after it no longer. Faults found in it will not be mended.",
    help: "Remove the files, or land and approve a maintained version.",
    weight: Weight::always(Level::Warning),
};
