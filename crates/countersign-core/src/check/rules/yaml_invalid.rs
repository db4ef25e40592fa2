//! `yaml-invalid`: a file is not the YAML that Countersign reads.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::YamlInvalid,
    summary: "A file is not the YAML that Countersign reads",
    message: "this file is not valid YAML[: {why}]",
    why: "Duplicate keys, anchors, tags and several documents in one file let two readers see two different things in the same bytes. A \
          file that cannot be read in exactly one way cannot be approved, so it is refused instead of guessed at.",
    help: "Correct the YAML at the place shown; write each key once and use no anchors, aliases or tags.",
    weight: Weight::always(Level::Error),
};
