//! `not-authorized`: a decision was made by somebody who may not make it.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::NotAuthorized,
    summary: "A decision was made by somebody who may not make it",
    message: "{principal} may not {decision} {what}[: {why}]",
    why: "Only owners, operators in their scope and administrators lower a subject, and only those whom the rule's `from` names approve \
          it. Everybody else's word is kept and has no effect.",
    help: "Ask somebody whom the policy names, or change the policy.",
    weight: Weight::always(Level::Warning),
};
