//! `tree-malformed`: a Git tree is malformed.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::TreeMalformed,
    summary: "A Git tree is malformed",
    message: "a Git tree here is malformed[: {why}]",
    why: "Unsorted or doubled entries are read differently by different tools, so two people would see different files under one id. \
          Ordinary Git never writes such trees.",
    help: "Rebuild the tree with ordinary Git (`git read-tree`, `git write-tree`) and commit it again; find out who wrote it.",
    weight: Weight::always(Level::Error),
};
