//! `owner-unknown`: an owner or team of the policy has nobody in it.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::OwnerUnknown,
    summary: "An owner or team of the policy has nobody in it",
    message: "`{name}` stands for nobody[: {why}]",
    why: "What nobody owns, no owner can approve or stop. Its versions wait for whoever else the rules name, or for ever.",
    help: "Add people under `principals`, and list them under `teams` where it is a team.",
    weight: Weight::always(Level::Warning),
};
