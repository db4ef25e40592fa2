//! `gate-not-protected`: a pull request may rewrite the workflow that judges it.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::GateNotProtected,
    summary: "A pull request may rewrite the workflow that judges it",
    message: "nothing keeps a pull request from changing {workflow}, which judges it",
    why: "For a pull request the forge runs the workflow as the pull request has it. One that removes or weakens the gate would still show \
          a green check.",
    help: "Add {workflow} to `protect` in countersign.yaml, so that changing it takes the approvals of a policy change, and require the \
           check in the branch's ruleset; or require the workflow itself by an organization's ruleset.",
    weight: Weight::always(Level::Warning),
};
