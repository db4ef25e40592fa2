//! `evidence-missing`: nothing proves who made a decision.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::EvidenceMissing,
    summary: "Nothing proves who made a decision",
    message: "nothing proves that {principal} made this decision[: {why}]",
    why: "Anybody can write a file with another person's name in it. Without a signature it is a claim.",
    help: "Sign the record with `ssh-keygen -Y sign -n countersign` and add the .sig file, or remove the record and decide again with \
          countersign.",
    weight: Weight::always(Level::Error),
};
