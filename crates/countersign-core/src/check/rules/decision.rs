//! What a decision does, and who may make it.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Condition, Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::DecisionAltered,
        summary: "A decision that took effect was edited, moved or deleted",
        message: "[the signature `{signature}` of ]the {decision} by {principal} was {how} after it landed; the \
                  original still applies",
        why: "Records are append-only. If they could be changed afterwards, no one could trust what they \
              say, and a revocation could be undone by deleting a file.",
        help: "Restore the record and its signature exactly as they landed, at {path}.",
        detected_in: "countersign_core::replay::tip",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::DecisionDropped,
        summary: "A merge dropped a decision on its way in",
        message: "the {decision} of {what} by {principal} was accepted on a merged line[, and its file is \
                  {how}][; {effect}]",
        why: "A merge must not lose a decision, by accident or on purpose. One that lowers takes effect \
              when its commit becomes part of the history. One that raises and is missing shows that the \
              first-parent line was swapped.",
        help: "Find the commit that has the record with `git log --all --full-history -- {path}`[, and add it \
               and its signature back there{?how}][; if the version was left behind on purpose, say so with \
               `countersign reject {subject}@{digest} --reason …`].",
        detected_in: "countersign_core::lifecycle::observe",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::DecisionReplayed,
        summary: "A decision was copied from another line on which it does not count",
        message: "the {decision} of {what} by {principal} does not count on the line that it was copied \
                  from, so it does not count here",
        why: "A merge can swap the first-parent line and copy signed decisions in another order. What a \
              decision is worth is decided where it landed.",
        help: "Find out which line is right with `git log --graph`, then decide again with \
               `countersign approve {subject} --reason …`.",
        detected_in: "countersign_core::lifecycle",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::LineConflict,
        summary: "A merged line comes to less than this one from the same decisions",
        message: "{what} is {found} because the merged line, judged by itself, comes to that from the same \
                  decisions; before the merge it was {expected}",
        why: "A merge can swap the first-parent line, so that the line that took decisions in as they were \
              made is the merged one. Which of the two that is cannot be seen, so the lower answer applies. A \
              branch made to hold decisions in another order takes approvals away in the same way.",
        help: "Do not merge this branch: rebase what is needed of it, without the copied records. Once it is \
               merged, [decide about this version again with `countersign {how} {subject}@{version} \
               --reason …`, or with `countersign {with} {subject}@{version} --reason …`][approve a higher \
               version: {revoked} stays refused][decide about {who} again with `countersign unblock {subject} \
               --reason …` or `countersign block {subject} --reason …`].",
        detected_in: "countersign_core::lifecycle",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::DecisionWithoutEffect,
        summary: "A decision changes nothing",
        message: "the {decision} of {what} by {principal} has no effect[: {why}]",
        why: "The person who made it believes that something changed. Usually it came too late, or the \
              version was already revoked or in that state.",
        help: "Run `countersign explain {subject}` to see the state, and decide again if you want another \
               one.",
        detected_in: "countersign_core::lifecycle",
        weight: Weight::except(Level::Info, Condition::LastLanding, Level::Warning),
    },
    Rule {
        id: RuleId::Unanswered,
        summary: "A decision does not answer the ones it would override",
        message: "the {decision} of {what} by {principal} does not answer [{record}, ]an earlier decision \
                  against it",
        why: "A decision that undoes another must say which one. Otherwise an old signed approval could be \
              held back, landed again after a newer block or reject, and would undo it.",
        help: "Decide again with countersign, which fills in `answers`.",
        detected_in: "countersign_core::lifecycle",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::NotAuthorized,
        summary: "A decision was made by someone who may not make it",
        message: "{principal} may not {decision} {what}[: {why}]",
        why: "Only owners, operators in their scope and administrators lower a subject, and only those \
              whom the rule's `from` names approve it. Everyone else's decision is kept and has no effect.",
        help: "Ask someone whom the policy names, or change the policy.",
        detected_in: "countersign_core::lifecycle",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::MachinePrincipal,
        summary: "A machine decided where only people count",
        message: "{principal} is a machine, and only people decide[{?why}]",
        why: "An approval means that a person read it and takes responsibility for it. Anyone who can \
              change the pipeline can use a machine's key.",
        help: "Remove the record, and ask a person to decide.",
        detected_in: "countersign_core::evidence::attribute",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PrincipalUnknown,
        summary: "A decision names someone who is not in the policy",
        message: "{principal} is not in the current policy[{?why}]",
        why: "Names come from the policy, and so do keys. Without an entry there is nothing to verify the \
              decision with.",
        help: "Add the principal to countersign.yaml first and wait until that is in force, then remove \
               this record and decide again.",
        detected_in: "countersign_core::evidence::attribute",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PrincipalSuspended,
        summary: "A decision comes from someone who is suspended",
        message: "{principal} is suspended, so this decision has no effect[ while that lasts{?earlier}]",
        why: "Someone blocked this principal, usually because a key was stolen. The thief can still sign \
              with the key.",
        help: "Remove the record. If the suspension is over, lift it with \
               `countersign unblock principal/{principal} --reason …`.",
        detected_in: "countersign_core::lifecycle",
        weight: Weight::except(Level::Error, Condition::Earlier, Level::Warning),
    },
];
