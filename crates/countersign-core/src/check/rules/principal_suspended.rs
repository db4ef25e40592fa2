//! `principal-suspended`: a decision comes from somebody who is suspended.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PrincipalSuspended,
    summary: "A decision comes from somebody who is suspended",
    message: "{principal} is suspended, so this decision has no effect",
    why: "Somebody blocked this principal, usually because a key was stolen. Whoever holds the key can still sign.",
    help: "Remove the record. Lift the suspension, if it is over, with `countersign unblock principal/{principal} --reason …`.",
    weight: Weight::always(Level::Error),
};
