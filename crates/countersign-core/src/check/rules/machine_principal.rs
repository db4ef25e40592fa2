//! `machine-principal`: a machine decided where only people count.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::MachinePrincipal,
    summary: "A machine decided where only people count",
    message: "{principal} is a machine, and only people decide",
    why: "An approval means that a person read it and answers for it. A machine's key can be used by anybody who can change the \
          pipeline.",
    help: "Remove the record, and ask a person to decide.",
    weight: Weight::always(Level::Error),
};
