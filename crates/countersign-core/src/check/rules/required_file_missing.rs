//! `required-file-missing`: a package lacks a file that the policy requires.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::RequiredFileMissing,
    summary: "A package lacks a file that the policy requires",
    message: "{subject} has no `{file}`",
    why: "The policy's authors asked for this file in every package of this entry, for example a license. Tools downstream rely on it.",
    help: "Add the file, or change `required_files` of the entry in countersign.yaml.",
    weight: Weight::always(Level::Error),
};
