//! `revoked-content`: revoked bytes are in the tree.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::RevokedContent,
    summary: "Revoked bytes are in the tree",
    message: "{what} holds bytes that were revoked[ as {revoked}][ by {by}][: {reason}]",
    why: "A revocation is final and follows the bytes under every name, version and path. Renaming or copying revoked content does not \
          make it trustworthy.",
    help: "Remove the files, for a package as a whole with `countersign block {subject} --remove --reason …`, and land \
           different bytes as a new version.",
    weight: Weight::always(Level::Error),
};
