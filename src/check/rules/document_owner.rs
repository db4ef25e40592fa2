//! `document-owner`: a document names another owner than the policy.

use super::{Level, Rule, Weight};
use crate::model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::DocumentOwner,
    summary: "A document names another owner than the policy",
    message: "the document says its owner is `{owner}`, the policy says otherwise[: {expected}]",
    why: "The policy decides who owns a thing. A document that claims another owner misleads the people who read it and would be a way \
          to pick one's own approvers.",
    help: "Correct `owner` in the document, or change the entry in countersign.yaml.",
    weight: Weight::always(Level::Error),
};
