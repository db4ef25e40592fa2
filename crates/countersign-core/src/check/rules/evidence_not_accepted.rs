//! `evidence-not-accepted`: a decision is proved by evidence that does not count here.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::EvidenceNotAccepted,
    summary: "A decision is proved by evidence that does not count here",
    message: "the {decision} of {what} by {principal} is proved, but not by evidence that counts here[: {why}]",
    why: "The policy says for each subject which evidence it accepts. Commits and reviews are weaker than a signature over the record, \
          so they never count for high risk, for unblocking or for the policy.",
    help: "Decide again with a detached signature, which is what countersign writes by default.",
    weight: Weight::always(Level::Warning),
};
