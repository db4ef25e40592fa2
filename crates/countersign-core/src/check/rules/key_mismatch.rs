//! `key-mismatch`: a signature was made with somebody else's key.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::KeyMismatch,
    summary: "A signature was made with somebody else's key",
    message: "the record names {principal}, and the key that signed it is not theirs[: {why}]",
    why: "One person's signature never speaks for another. Such a record is a mistake with `--as` or an attempt to decide in somebody's \
          name.",
    help: "Remove the record, and let the person named decide with their own key (`--as` names who decides).",
    weight: Weight::always(Level::Error),
};
