//! `policy-irregular`: the policy or a file it names is not a regular file.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PolicyIrregular,
    summary: "The policy or a file it names is not a regular file",
    message: "this must be a regular file[: {why}]",
    why: "A symbolic link, another mode, or a second file that differs only in case makes it unclear which bytes are the policy. Two \
          machines could then judge by different rules.",
    help: "Replace it with a regular file in exactly this spelling, and remove the other.",
    weight: Weight::always(Level::Error),
};
