//! `secret-literal`: a secret stands in a governed file.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SecretLiteral,
    summary: "A secret stands in a governed file",
    message: "a literal secret is written here[: {why}]",
    why: "Everyone who can read the repository, now or later, can read it: Git keeps it even after the line is deleted. JSON, YAML and TOML \
          are searched by the names of variables, headers and arguments; all other text for known tokens and private keys. Placeholders and \
          variables such as `${TOKEN}` are not secrets.",
    help: "Replace the value with a reference to an environment variable, and rotate the secret, since history keeps it.",
    weight: Weight::always(Level::Error),
};
