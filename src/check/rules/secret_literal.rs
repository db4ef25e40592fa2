//! `secret-literal`: a secret stands in a governed file.

use super::{Level, Rule, Weight};
use crate::model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SecretLiteral,
    summary: "A secret stands in a governed file",
    message: "a literal secret is written here[: {why}]",
    why: "Everybody who can read the repository, now or later, can read it: Git keeps it even after the line is deleted. It also cannot \
          be rotated without a new approval.",
    help: "Replace the value with a reference to an environment variable, and rotate the secret, since history keeps it.",
    weight: Weight::always(Level::Error),
};
