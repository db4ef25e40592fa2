//! `commit-signature-not-canonical`: a commit's signature is not in canonical form.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::CommitSignatureNotCanonical,
    summary: "A commit's signature is not in canonical form",
    message: "the commit[ {commit}] carries signature headers that are not canonical[: {why}]",
    why: "Doubled or disguised signature headers make one tool verify other bytes than another tool shows. Such a commit never counts as \
          signed.",
    help: "Make the commit again with ordinary Git and sign it.",
    weight: Weight::except(Level::Warning, Condition::ThisPolicy, Level::Error),
};
