//! `blocked-version`: a blocked version is on the branch.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::BlockedVersion,
    summary: "A blocked version is on the branch",
    message: "{what} is blocked[ by {by}][: {reason}]",
    why: "Somebody authorized stopped it, usually because of an incident. As long as its files are in the tree, people and machines go \
          on using it.",
    help: "Remove or replace the files (`countersign block {subject} --remove --reason …` does so), or lift the block with `countersign unblock \
          {subject} --reason …`, which takes the full requirement.",
    weight: Weight::always(Level::Error),
};
