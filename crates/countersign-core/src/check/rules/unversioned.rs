//! `unversioned`: a package declares no usable version.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::Unversioned,
    summary: "A package declares no usable version",
    message: "{subject} counts as unversioned[: {written}][: {why}]",
    why: "Without a semantic version every change is a new version that has to be approved by its digest. People cannot say which one is \
          newer.",
    help: "Declare a version such as `1.2.0`: in a Skill below `metadata`, else as `version`.",
    weight: Weight::always(Level::Warning),
};
