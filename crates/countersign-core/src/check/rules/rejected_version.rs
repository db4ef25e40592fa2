//! `rejected-version`: a version that somebody rejected is on the branch.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::RejectedVersion,
    summary: "A version that somebody rejected is on the branch",
    message: "{what} is held as a draft by the reject of {by}",
    why: "Someone whose word counts read these bytes and said no. No exception of the policy covers them until that person approves, \
          because otherwise a no would be worth nothing.",
    help: "Change the package as they ask and land it as a new version, or have them approve with `countersign approve {subject} --reason \
          …`, which answers the reject.",
    weight: Weight::always(Level::Waiting),
};
