//! `hidden-text`: text holds characters that people do not see.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::HiddenText,
    summary: "Text holds characters that people do not see",
    message: "the character {codepoint} is invisible or reorders text[: {why}]",
    why: "Bidirectional controls, zero-width and tag characters let instructions say one thing to the reviewer and another to the model. \
          Nothing honest needs them in a Skill.",
    help: "Delete the character at the place shown, and ask whoever wrote it why it is there.",
    weight: Weight::always(Level::Error),
};
