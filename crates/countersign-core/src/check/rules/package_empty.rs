//! `package-empty`: a governed package holds no files.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PackageEmpty,
    summary: "A governed package holds no files",
    message: "{subject} holds no files",
    why: "The checksum of nothing is the same for every empty package. An approval of it would mean nothing.",
    help: "Add the files, or remove the entry from countersign.yaml.",
    weight: Weight::always(Level::Error),
};
