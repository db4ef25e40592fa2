//! `deprecated-version`: a deprecated version is on the branch.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::DeprecatedVersion,
    summary: "A deprecated version is on the branch",
    message: "{what} is deprecated[ by {by}][: {reason}]",
    why: "It still works and is still approved, but its owners want it gone. Whoever starts with it now will have to move.",
    help: "Land the replacement as a new version, or archive the subject when nothing uses it any more.",
    weight: Weight::always(Level::Warning),
};
