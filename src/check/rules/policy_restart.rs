//! `policy-restart`: the policy starts a new line after its administrators were lost.

use super::{Level, Rule, Weight};
use crate::model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PolicyRestart,
    summary: "The policy starts a new line after its administrators were lost",
    message: "governance starts anew after {previous}; nothing before it counts[: {detail}]",
    why: "A restart throws away every earlier approval and block. It is accepted only where a verifier pinned exactly this landing, and \
          everybody who reads a report should know.",
    help: "Compare the pinned commit with what the owners of the repository published by another way.",
    weight: Weight::always(Level::Warning),
};
