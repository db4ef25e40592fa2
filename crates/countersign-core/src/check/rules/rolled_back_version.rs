//! `rolled-back-version`: a version that was rolled back is on the branch.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::RolledBackVersion,
    summary: "A version that was rolled back is on the branch",
    message: "{what} was rolled back[ to {current}][ by {by}][: {reason}]",
    why: "The decision says that another version is to be used, yet the tree still hands out this one. Everybody who copies from the \
          branch goes on using what was taken back.",
    help: "Restore the files of the current version with `countersign rollback {subject} --to current --reason …`, or land a higher version and \
           approve it.",
    weight: Weight::always(Level::Error),
};
