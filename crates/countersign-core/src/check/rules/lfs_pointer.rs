//! `lfs-pointer`: a governed file is a Git LFS pointer.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::LfsPointer,
    summary: "A governed file is a Git LFS pointer",
    message: "this file is a Git LFS pointer, not its content",
    why: "The content lies on a server and is fetched at checkout. The checksum covers only the pointer as Git stores it, and offline \
          nobody can verify the rest.",
    help: "Store the file in Git itself: `git lfs untrack` it and commit it again.",
    weight: Weight::always(Level::Error),
};
