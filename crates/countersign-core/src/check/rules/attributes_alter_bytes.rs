//! `attributes-alter-bytes`: a Git attribute changes governed bytes on checkout.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::AttributesAlterBytes,
    summary: "A Git attribute changes governed bytes on checkout",
    message: "the attribute `{attribute}` alters {path} on checkout",
    why: "The checksum covers the bytes in Git. Attributes such as `ident`, `filter` or `eol=crlf` make the files on disk differ from \
          them, so what runs is not what was approved.",
    help: "Remove the attribute for governed paths from .gitattributes, for example with `-text -ident -filter` on them.",
    weight: Weight::always(Level::Error),
};
