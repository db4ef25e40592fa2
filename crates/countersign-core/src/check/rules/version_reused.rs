//! `version-reused`: other bytes stand under a version that was already approved.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::VersionReused,
    summary: "Other bytes stand under a version that was already approved",
    message: "{what} has other bytes than those that were approved under this version",
    why: "Two contents under one version cannot be told apart by anybody who asks for the version by its number, in caches, in reports \
          or in an incident. An approved number would then stand for bytes that nobody approved.",
    help: "Raise the version in the package's document.",
    weight: Weight::always(Level::Error),
};
