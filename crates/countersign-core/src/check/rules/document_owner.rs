//! `document-owner`: a document names another owner than the policy.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::DocumentOwner,
    summary: "A document names another owner than the policy",
    message: "the document says its owner is `{owner}`, the policy says otherwise[: {expected}]",
    why: "The policy decides who owns a thing. A document that names someone else of the policy misleads the people who read it. A word that \
          is not a name of the policy is only a warning: it may be a department or a product.",
    help: "Correct `owner` in the document, or change the entry in countersign.yaml.",
    weight: Weight::always(Level::Error),
};
