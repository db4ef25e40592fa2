//! Pull-request reviews, recorded or read from the forge.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::ReviewUnverified,
        summary: "A recorded review cannot be verified",
        message: "the review recorded here cannot be verified[: {why}]",
        why: "A forge's approval is about a token and a commit, both of which can change. It counts only \
              if everything about it can be checked against the bytes that landed.",
        help: "Remove the record and approve with a signature: `countersign approve {subject} --reason …`.",
        detected_in: "countersign_core::evidence::review::recorded",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::RecorderNotAuthorized,
        summary: "A review was recorded by someone who may not record it",
        message: "the review recorded here was not recorded by a recorder of {what}[: {why}]",
        why: "A recorder says what the forge said, and could say anything. So only the machines that the \
              policy lists under `roles.recorders` may record reviews, each only for the subjects in its \
              scope.",
        help: "Remove the record and run `countersign reviews record` with the key of a recorder, or \
               change the policy.",
        detected_in: "countersign_core::evidence::review::recorded",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::ReviewStale,
        summary: "A pull-request approval cannot be shown to be of the bytes that land",
        message: "the approval of {what} by {principal} in pull request {pull} went stale[: {why}]",
        why: "A forge remembers that someone pressed Approve, and may show it beside commits that came \
              later. It counts only while the package has the exact bytes that were there when the review \
              was submitted.",
        help: "Ask them to look at what is there now and to approve the pull request again.",
        detected_in: "countersign_core::evidence::review::fault",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::ReviewNotCounted,
        summary: "A pull-request review by someone in the policy does not count as an approval",
        message: "the review of {what} by {principal} in pull request {pull} does not count[: {why}]",
        why: "The forge may show a green check where the policy requires another person, a signature, or \
              someone who did not contribute. Without this finding, people would wait for an approval that \
              seems already given.",
        help: "Ask for an approval by someone whom the policy names, with evidence that it accepts\
               [; `countersign explain {subject}` lists both].",
        detected_in: "countersign_core::evidence::review::fault",
        weight: Weight::always(Level::Warning),
    },
];
