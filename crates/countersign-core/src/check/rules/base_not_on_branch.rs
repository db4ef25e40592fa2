//! `base-not-on-branch`: the base is not on the governed branch.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::BaseNotOnBranch,
    summary: "The base is not on the governed branch",
    message: "the base {base} is not on the first-parent line of the governed branch[ {branch}]",
    why: "A candidate is judged against what is already decided on the governed branch. Against another commit, what it makes worse \
          would look as if it were old.",
    help: "Give `--base` a commit of the governed branch, such as `origin/main`, and fetch it first.",
    weight: Weight::always(Level::Error),
};
