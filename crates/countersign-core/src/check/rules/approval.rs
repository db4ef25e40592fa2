//! Approvals that no longer cover what is there, and approvals by contributors.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Condition, Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::StaleApproval,
        summary: "An approval names this version with other bytes",
        message: "the approval by {principal} is for {approved}[ as {approved-version}], but {what} is {found}",
        why: "The package changed after it was approved, even if only by one byte. The approval is for \
              what was read, not for what is here now.",
        help: "Review the change and run `countersign approve {subject} --reason …` again.",
        detected_in: "countersign_core::lifecycle::observe",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::ApprovalExpired,
        summary: "The approval of a version has expired",
        message: "the approval of {what} expired[ on {expires}][ ({due})]",
        why: "The policy limits how long an approval is valid so that someone looks again. After that date \
              no one is responsible for these bytes.",
        help: "Review it again and run `countersign approve {subject} --reason …`.",
        detected_in: "countersign_core::check::landing",
        weight: Weight::always(Level::Waiting),
    },
    Rule {
        id: RuleId::ApprovedUnderEarlierRule,
        summary: "A version was approved under an earlier policy that required less",
        message: "{what} was approved under an earlier policy, and the current one requires more",
        why: "Grants stay when a policy is tightened, so that old versions do not all break at once. \
              Anyone who needs the stricter rule can see here what it was not applied to.",
        help: "Run `countersign approve {subject} --reason …` as the people now required, if the new rule \
               should cover this version.",
        detected_in: "countersign_core::lifecycle::observe_version",
        weight: Weight::always(Level::Info),
    },
    Rule {
        id: RuleId::BaselineContent,
        summary: "Bytes from before governance began are not approved",
        message: "{what} was there when governance began, and no one has approved it",
        why: "`baseline: allow` lets a repository start without approving everything first. No one has \
              taken responsibility for these bytes, and who wrote them is unknown.",
        help: "Run `countersign approve {subject} --reason …` once someone has read it.",
        detected_in: "countersign_core::check::landing",
        weight: Weight::always(Level::Info),
    },
    Rule {
        id: RuleId::SelfApproval,
        summary: "Someone approved their own work",
        message: "the approval by {principal} does not count: they contributed to {what}[ ({role})]",
        why: "Separation of duties means that a second person has read it. The approval stays in the \
              history and does not count.",
        help: "Ask someone who did not contribute to approve it.",
        detected_in: "countersign_core::lifecycle",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::SelfApprovalExempt,
        summary: "An approver is named as a co-author or committer, and the policy lets it count",
        message: "{principal}, who approved {what}, is also named[ as {role}][: {why}]",
        why: "A squash names everyone who committed on the branch, including people who only added their \
              approval, so such a name alone does not exclude. It could also hide a real contribution. A \
              policy's author counts only where too few other administrators could approve.",
        help: "Look at the commits. For a package, `co_authors: strict` in countersign.yaml excludes \
               everyone named; for the policy, add an administrator with a key.",
        detected_in: "countersign_core::lifecycle::observe_version",
        weight: Weight::except(Level::Info, Condition::LastLanding, Level::Warning),
    },
    Rule {
        id: RuleId::ContributorUnknown,
        summary: "Someone who is not in the policy contributed to a version",
        message: "an unknown contributor ({who}[, an earlier key of {from}]) worked on {what}",
        why: "Separation of duties compares approvers with contributors. A contributor who maps to no one \
              in the policy might be the approver under another address.",
        help: "Add the address under `emails` of the principal it belongs to in countersign.yaml, or add \
               the person.",
        detected_in: "countersign_core::lifecycle::observe_version",
        weight: Weight::except(Level::Warning, Condition::HighRisk, Level::Error),
    },
];
