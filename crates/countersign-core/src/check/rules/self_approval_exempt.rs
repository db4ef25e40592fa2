//! `self-approval-exempt`: an approver is named as a co-author or committer, and the policy lets it count.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SelfApprovalExempt,
    summary: "An approver is named as a co-author or committer, and the policy lets it count",
    message: "{principal}, who approved {what}, is also named[ as {role}][: {why}]",
    why: "A squash names everybody who committed on the branch, also those who only added their approval, so such a name alone does not \
          exclude. It could also hide a real contribution. A policy's author counts only where too few other administrators could approve.",
    help: "Look at the commits. For a package, `co_authors: strict` in countersign.yaml excludes everyone named; for the policy, add an \
           administrator with a key.",
    weight: Weight::except(Level::Info, Condition::LastLanding, Level::Warning),
};
