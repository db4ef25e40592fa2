//! `wrong-namespace`: a signature was made for another purpose.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::WrongNamespace,
    summary: "A signature was made for another purpose",
    message: "the signature was made for another purpose[: {why}]",
    why: "Namespaces keep a signature made for one purpose, such as a commit or a file, from being replayed for another. A person who \
          signed a commit has not thereby approved anything.",
    help: "Sign again for this purpose: a record with `ssh-keygen -Y sign -n countersign`, a commit with `git commit -S`.",
    weight: Weight::always(Level::Error),
};
