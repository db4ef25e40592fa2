//! `package-too-large`: a package is larger than the policy allows.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PackageTooLarge,
    summary: "A package is larger than the policy allows",
    message: "{subject} is larger than the policy allows[: {why}]",
    why: "Nobody reads thousands of files before approving them. The limit keeps a package reviewable and keeps verification bounded.",
    help: "Remove what does not belong in the package, or raise `limits` in countersign.yaml.",
    weight: Weight::always(Level::Error),
};
