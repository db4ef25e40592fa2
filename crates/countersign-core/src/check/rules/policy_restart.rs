//! `policy-restart`: a policy that starts a new line is not pinned.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PolicyRestart,
    summary: "A policy that starts a new line is not pinned",
    message: "policy {serial} starts governance anew, and its landing is not the pinned anchor",
    why: "A restart throws away every earlier approval and block. It is accepted only where a verifier pinned exactly this landing, \
          because otherwise anybody who can push could start anew.",
    help: "Pin the landing with `--anchor COMMIT`, if the owners of the repository published it by another way; else take the change \
          back.",
    weight: Weight::always(Level::Error),
};
