//! `history-incomplete`: the history is not whole.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::HistoryIncomplete,
    summary: "The history is not whole",
    message: "the history is not whole[: {why}]",
    why: "State is derived from every landing since the anchor. In a shallow, partial, grafted or corrupt clone a revocation may be \
          among what is missing, so nothing can be said.",
    help: "Fetch everything: a shallow clone with `git fetch --unshallow` (in GitHub Actions `fetch-depth: 0`), a partial one by cloning \
           again without `--filter`.",
    weight: Weight::always(Level::NotEvaluated),
};
