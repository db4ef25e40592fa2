//! `contains-revoked-file`: a package contains a file that was revoked.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ContainsRevokedFile,
    summary: "A package contains a file that was revoked",
    message: "{subject} contains a file that was revoked[: {file}]",
    why: "A revoked file is as harmful inside another package as it was on its own. Copying it must not be the way around the \
          revocation.",
    help: "Remove the file from the package.",
    weight: Weight::always(Level::Error),
};
