//! `submodule`: a submodule is at, above or inside a governed path.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::Submodule,
    summary: "A submodule is at, above or inside a governed path",
    message: "a submodule may not be governed",
    why: "Its content lives in another repository, which can rewrite or lose it. The approval would cover a name, not bytes.",
    help: "Copy the files into this repository.",
    weight: Weight::always(Level::Error),
};
