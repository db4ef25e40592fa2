//! `self-approval-exempt`: an approver is named as a co-author or committer, and the policy lets it count.

use super::{Level, Rule, Weight};
use crate::model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SelfApprovalExempt,
    summary: "An approver is named as a co-author or committer, and the policy lets it count",
    message: "{principal}, who approved {what}, is also named[ as {role}]",
    why: "A squash names everybody who committed on the branch, also those who only added their approval, so such a name alone does not \
          exclude. It could also hide a real contribution.",
    help: "Look at the commits, or set `co_authors: strict` in countersign.yaml to exclude everybody named.",
    weight: Weight::always(Level::Warning),
};
