//! `unapproved-version`: a version that is not approved is on the branch.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::UnapprovedVersion,
    summary: "A version that is not approved is on the branch",
    message: "{what} is a draft[ ({due})]",
    why: "Everybody who copies from the branch uses it. Until the people named in the policy have approved exactly these bytes, nobody \
          has taken responsibility for them.",
    help: "Run `countersign approve {subject} --reason …` as one of the people named, or take the change back.",
    weight: Weight::always(Level::Waiting),
};
