//! `unsigned-landing`: a landing is not signed although the policy asks for it.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::UnsignedLanding,
    summary: "A landing is not signed although the policy asks for it",
    message: "the landing[ {commit}] carries no valid signature of a key of the policy[: {why}]",
    why: "`signed_commits` was set so that every such landing can be traced to a key. One without leaves a gap that nobody can close \
          later.",
    help: "Sign landings with a key listed in countersign.yaml (`git commit -S`), or list the forge's key under `platform_keys`. One that is \
           on the branch already can only be taken note of: let the administrators approve a new policy (`countersign policy bump`).",
    weight: Weight::except(Level::Warning, Condition::ThisPolicy, Level::Error),
};
