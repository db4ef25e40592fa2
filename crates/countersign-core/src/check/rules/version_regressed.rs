//! `version-regressed`: a version below the current one is in the tree without a rollback.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::VersionRegressed,
    summary: "A version below the highest approved one is in the tree without a rollback",
    message: "{what} is below the highest approved version[ (current is {current})], and no rollback names it",
    why: "Bringing older bytes back brings their faults back. Whoever keeps an old branch or takes the wrong side of a merge could undo \
          a security fix that everybody believes to be in use.",
    help: "Restore the current version with `countersign rollback {subject} --to current --reason …`, or run `countersign rollback \
           {subject} --to {version} --reason …` when going back is meant.",
    weight: Weight::always(Level::Error),
};
