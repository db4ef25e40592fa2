//! `anchor-not-pinned`: no anchor was given.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::AnchorNotPinned,
    summary: "No anchor was given",
    message: "the first policy[ at {anchor}] was trusted on first use",
    why: "Without a pinned anchor, a repository that was rebuilt from scratch with other administrators looks just as valid. The commit \
          to pin has to come from another channel than the repository.",
    help: "Give `--anchor COMMIT` with the commit that the owners of the repository published.",
    weight: Weight::always(Level::Info),
};
