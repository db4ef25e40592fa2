//! `package-nested`: a package lies inside another package.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PackageNested,
    summary: "A package lies inside another package",
    message: "{subject} lies inside the package at `{outer}`",
    why: "The same bytes would belong to two subjects with two owners. An approval of the outer one would cover the inner one unseen.",
    help: "Move one of the two out of the other, or correct the paths in countersign.yaml.",
    weight: Weight::always(Level::Error),
};
