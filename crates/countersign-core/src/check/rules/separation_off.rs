//! `separation-off`: separation of duties is switched off.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SeparationOff,
    summary: "Separation of duties is switched off",
    message: "`separation_of_duties` is false: people may approve their own work",
    why: "With one person nothing else is possible. With more, nobody else needs to have read what is approved.",
    help: "Remove the line from countersign.yaml once there is a second person.",
    weight: Weight::always(Level::Info),
};
