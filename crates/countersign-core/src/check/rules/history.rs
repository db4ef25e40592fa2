//! The history, the base of a change, and what the forge adds to both.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::HistoryIncomplete,
        summary: "The history is not complete",
        message: "the history is not complete[: {why}]",
        why: "State is derived from every landing since the anchor. In a shallow, partial, grafted or \
              corrupt clone, a revocation may be among what is missing, so there can be no verdict.",
        help: "Fetch everything: a shallow clone with `git fetch --unshallow` (in GitHub Actions \
               `fetch-depth: 0`), a partial one by cloning again without `--filter`.",
        detected_in: "countersign_core::check::survey",
        weight: Weight::always(Level::NotEvaluated),
    },
    Rule {
        id: RuleId::AnchorNotReached,
        summary: "The anchor is not on this history's line",
        message: "the anchor[ {anchor}] is not the landing where governance starts on this line[: {why}]",
        why: "The anchor says which history is meant. Another one, even with the same files, has other \
              approvals and perhaps another owner.",
        help: "Check out the governed branch, and compare `--anchor` with what the owners of the \
               repository published.",
        detected_in: "countersign_core::check::survey",
        weight: Weight::always(Level::NotEvaluated),
    },
    Rule {
        id: RuleId::AnchorNotPinned,
        summary: "No anchor was given",
        message: "the first policy[ at {anchor}] was trusted on first use",
        why: "Without a pinned anchor, a repository that was rebuilt from scratch with other \
              administrators looks just as valid. The commit to pin has to come from another channel than \
              the repository.",
        help: "Give `--anchor COMMIT` with the commit that the owners of the repository published.",
        detected_in: "countersign_core::check::survey",
        weight: Weight::always(Level::Info),
    },
    Rule {
        id: RuleId::IncludesMissing,
        summary: "A commit that must be part of the history is not",
        message: "the commit {includes} is not on the first-parent line of HEAD",
        why: "Someone has seen this commit on the branch before. If it is gone, the branch was rewritten \
              or swapped, and decisions may be gone with it.",
        help: "Find out who rewrote the branch, and restore the line that has the commit.",
        detected_in: "countersign_core::check::survey",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::HistoryRewritten,
        summary: "What an earlier audit saw is no longer part of the history",
        message: "the history does not continue the one of the earlier report: {why}",
        why: "A force-push, or another repository in its place, has removed or changed something that was \
              evidence when the earlier report was made. The people who trusted that report can no longer \
              see its evidence on this branch.",
        help: "Find out who rewrote the branch, and restore the line that the earlier report names as its \
               head.",
        detected_in: "countersign::cli::audit::outcome",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::BaseNotOnBranch,
        summary: "The base is not on the governed branch",
        message: "the base {base} is not on the first-parent line of the governed branch[ {branch}]",
        why: "A candidate is judged against what is already decided on the governed branch. Against \
              another commit, what it makes worse would look old.",
        help: "Give `--base` a commit of the governed branch, such as `origin/main`, and fetch it first.",
        detected_in: "countersign_core::check::survey",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::MergeConflict,
        summary: "The change does not merge with its base",
        message: "the change conflicts with its base[: {why}]",
        why: "What would land is unknown until someone resolves the conflict. So it cannot be judged.",
        help: "Merge or rebase onto the base, resolve the conflict, and run check again.",
        detected_in: "countersign_core::check::survey",
        weight: Weight::always(Level::NotEvaluated),
    },
    Rule {
        id: RuleId::GovernanceStarts,
        summary: "Governance starts with this change",
        message: "governance starts here: this landing will be the anchor",
        why: "The first policy judges itself, which is the one step of trust on first use. Everyone who \
              verifies later should pin the commit.",
        help: "Publish the commit id as the anchor once it has landed.",
        detected_in: "countersign_core::judge",
        weight: Weight::always(Level::Info),
    },
    Rule {
        id: RuleId::ForgeUnanswered,
        summary: "The forge gave no usable answer about a pull request",
        message: "the forge gave no usable answer[: {why}]",
        why: "Whether a review counts depends on everything that the forge knows about its pull request. \
              Half an answer could leave out the push or the dismissal that voids it.",
        help: "Try again, with a token that may read pull requests; without --live or --answers only what \
               was recorded counts.",
        detected_in: "countersign_core::check::survey",
        weight: Weight::always(Level::NotEvaluated),
    },
    Rule {
        id: RuleId::GateNotProtected,
        summary: "A pull request may rewrite the workflow that judges it",
        message: "a pull request can change {workflow}, which judges it",
        why: "For a pull request the forge runs the workflow as the pull request has it. One that removes \
              or weakens the gate would still show a green check.",
        help: "Add {workflow} to `protect` in countersign.yaml, so that a change of it needs the approvals \
               of a policy change, and require the check in the branch's ruleset; or require the workflow \
               itself with an organization's ruleset.",
        detected_in: "countersign::cli::action::protection",
        weight: Weight::always(Level::Warning),
    },
];
