//! `wrong-namespace`: a signature was made for another purpose.

use super::{Level, Rule, Weight};
use crate::model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::WrongNamespace,
    summary: "A signature was made for another purpose",
    message: "the signature was made in another SSH namespace than `countersign`[: {why}]",
    why: "Namespaces keep a signature made for one purpose, such as a commit or a file, from being replayed for another. A person who \
          signed a commit has not thereby approved anything.",
    help: "Sign the record again with `ssh-keygen -Y sign -n countersign`.",
    weight: Weight::always(Level::Error),
};
