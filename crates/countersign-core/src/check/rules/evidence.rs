//! What proves a decision: detached signatures and signed commits.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Condition, Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::EvidenceMissing,
        summary: "Nothing proves who made a decision",
        message: "nothing proves that {principal} made this decision[: {why}]",
        why: "Anyone can write a file with another person's name in it. Without a signature it is a claim.",
        help: "Sign the record with `ssh-keygen -Y sign -n countersign` and add the .sig file, or remove \
               the record and decide again with countersign.",
        detected_in: "countersign_core::evidence::attribute",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::EvidenceNotAccepted,
        summary: "The evidence for a decision is of a kind that does not count here",
        message: "the {decision} of {what} by {principal} is proved, but not by evidence that counts \
                  here[: {why}]",
        why: "The policy says for each subject which evidence it accepts. Commits and reviews are weaker \
              than a signature over the record, so they never count for high risk, for unblocking or for \
              the policy.",
        help: "Decide again with a detached signature, which is what countersign writes by default.",
        detected_in: "countersign_core::lifecycle",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::WrongNamespace,
        summary: "A signature was made for another purpose",
        message: "the signature was made for another purpose[: {why}]",
        why: "Namespaces keep a signature made for one purpose, such as a commit or a file, from being \
              replayed for another. A person who signed a commit has not approved anything by doing so.",
        help: "Sign again for this purpose: a record with `ssh-keygen -Y sign -n countersign`, a commit \
               with `git commit -S`.",
        detected_in: "countersign_signature::fault",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::DetachedSignatureUnreadable,
        summary: "A detached signature cannot be read",
        message: "this signature cannot be read[: {why}]",
        why: "A signature that readers parse differently is valid to one and not to another. Only the \
              canonical form counts.",
        help: "Sign the record again with the tool of that format and replace the signature file.",
        detected_in: "countersign_signature::fault",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::SignatureInvalid,
        summary: "A signature does not verify over the bytes it should sign",
        message: "the signature does not verify over these bytes[: {why}]",
        why: "Either the record was changed after it was signed, or the signature belongs to another file. \
              In both cases no one decided what is written here.",
        help: "Restore the record as it was signed, or remove it and decide again.",
        detected_in: "countersign_signature::fault",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::CommitEvidenceRefused,
        summary: "The commit that brought a decision does not prove who made it",
        message: "the commit that brought this record is not evidence[: {why}]",
        why: "A signed commit proves a decision only if it holds nothing but that person's records and \
              comes from that person. Otherwise a person who rebases a branch would sign what others \
              slipped into it.",
        help: "Sign the record itself instead, which is what countersign does without `--no-sign`.",
        detected_in: "countersign_core::evidence::attribute",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::CommitSignatureNotCanonical,
        summary: "A commit's signature is not in canonical form",
        message: "the commit[ {commit}] has signature headers that are not canonical[: {why}]",
        why: "Duplicate or disguised signature headers make one tool verify other bytes than another tool \
              shows. Such a commit never counts as signed.",
        help: "Make the commit again with ordinary Git and sign it.",
        detected_in: "countersign_core::evidence::attribute",
        weight: Weight::except(Level::Warning, Condition::ThisPolicy, Level::Error),
    },
    Rule {
        id: RuleId::UnsignedLanding,
        summary: "A landing is not signed although the policy requires it",
        message: "the landing[ {commit}] has no valid signature by a key of the policy[: {why}]",
        why: "`signed_commits` is set so that every such landing can be traced to a key. One without a \
              signature leaves a gap that no one can close later.",
        help: "Sign landings with a key listed in countersign.yaml (`git commit -S`), or list the forge's \
               key under `platform_keys`. A landing that is already on the branch can only be \
               acknowledged: let the administrators approve a new policy (`countersign policy bump`).",
        detected_in: "countersign_core::lifecycle::step",
        weight: Weight::except(Level::Warning, Condition::ThisPolicy, Level::Error),
    },
];
