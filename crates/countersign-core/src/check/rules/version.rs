//! The state of a version that is on the branch.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::UnapprovedVersion,
        summary: "An unapproved version is on the branch",
        message: "{what} is a draft[ ({due})][, moved from {moved-from}]",
        why: "Everyone who copies from the branch uses it. Until the people named in the policy have \
              approved exactly these bytes, no one has taken responsibility for them.",
        help: "Run `countersign approve {subject} --reason …` as an eligible approver, or revert the change.",
        detected_in: "countersign_core::check::landing",
        weight: Weight::always(Level::Waiting),
    },
    Rule {
        id: RuleId::DraftAllowed,
        summary: "An unapproved version is on the branch, and the policy allows it",
        message: "{what} is a draft that the policy allows here: {because}",
        why: "It is never current, and no one has approved it, so installers must leave it alone. This \
              note keeps it visible.",
        help: "Run `countersign approve {subject} --reason …` when it is ready.",
        detected_in: "countersign_core::check::landing",
        weight: Weight::always(Level::Info),
    },
    Rule {
        id: RuleId::RejectedVersion,
        summary: "A rejected version is on the branch",
        message: "{what} stays a draft: {by} rejected it",
        why: "Someone whose vote counts read these bytes and said no. No exception of the policy covers \
              them until that person approves, because otherwise a no would be worth nothing.",
        help: "Change the package as they ask and land it as a new version, or ask them to approve it with \
               `countersign approve {subject} --reason …`, which answers the reject.",
        detected_in: "countersign_core::check::landing",
        weight: Weight::always(Level::Waiting),
    },
    Rule {
        id: RuleId::DeprecatedVersion,
        summary: "A deprecated version is on the branch",
        message: "{what} is deprecated[ by {by}][: {reason}]",
        why: "It still works and is still approved, but its owners want it gone. Anyone who starts using \
              it now will have to move.",
        help: "Land the replacement as a new version, or archive the subject when nothing uses it any more.",
        detected_in: "countersign_core::check::landing",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::ArchivedVersion,
        summary: "An archived version is on the branch",
        message: "{what} is archived[ by {by}][: {reason}]",
        why: "Its owners no longer maintain it. Faults found in it will not be fixed.",
        help: "Remove the files, or land and approve a maintained version.",
        detected_in: "countersign_core::check::landing",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::RolledBackVersion,
        summary: "A version that was rolled back is on the branch",
        message: "{what} was rolled back[ to {current}][ by {by}][: {reason}]",
        why: "The decision says to use another version, yet the tree still has this one. Everyone who \
              copies from the branch keeps using what was withdrawn.",
        help: "Restore the files of the current version with \
               `countersign rollback {subject} --to current --reason …`, or land a higher version and \
               approve it.",
        detected_in: "countersign_core::check::landing",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::BlockedVersion,
        summary: "A blocked version is on the branch",
        message: "{what} is blocked[ by {by}][: {reason}]",
        why: "Someone authorized stopped it, usually because of an incident. As long as its files are in \
              the tree, people and machines keep using it.",
        help: "Remove or replace the files (`countersign block {subject} --remove --reason …` removes \
               them), or lift the block with `countersign unblock {blocked} --reason …`, which needs the \
               same approvals as approving.",
        detected_in: "countersign_core::check::landing",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::RevokedContent,
        summary: "Revoked bytes are in the tree",
        message: "{what} has bytes that were revoked[ as {revoked}][ by {by}][: {reason}]",
        why: "A revocation is final and follows the bytes under every name, version and path. Renaming or \
              copying revoked content does not make it trustworthy.",
        help: "Remove the files (for a whole package, `countersign block {subject} --remove --reason …` \
               removes them), and land different bytes as a new version.",
        detected_in: "countersign_core::check::landing",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::ContainsRevokedFile,
        summary: "A package contains a file that was revoked",
        message: "{subject} contains a file that was revoked[: {file}]",
        why: "A revoked file is as harmful inside another package as it was on its own. Copying it must \
              not be the way around the revocation.",
        help: "Remove the file from the package.",
        detected_in: "countersign_core::lifecycle::revocation",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::RevokedElsewhere,
        summary: "Bytes that were revoked or blocked under another subject stay approved here",
        message: "the bytes of {what}, or a file in it, were {how}[ as {revoked}][ by {principal}], who \
                  may not lower {subject}; its approval stays",
        why: "A revocation or a block applies only to what its signer may lower. The owner of one subject \
              must not be able to stop another one, but its owners should know that someone found these \
              bytes bad.",
        help: "Read the reason with `countersign log {revoked}`, and revoke or block {subject} yourself if \
               it applies.",
        detected_in: "countersign_core::lifecycle",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::VersionRegressed,
        summary: "A version below the highest approved one is in the tree without a rollback",
        message: "{what} is below the highest approved version[ (current is {current})], and no rollback \
                  names it",
        why: "Bringing older bytes back brings their faults back. An old branch, or the wrong side of a \
              merge, could undo a security fix that everyone believes to be in use.",
        help: "Restore the current version with `countersign rollback {subject} --to current --reason …`, \
               or run `countersign rollback {subject} --to {version} --reason …` if going back is intended.",
        detected_in: "countersign_core::check::landing",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::VersionReused,
        summary: "A version that was already approved has other bytes",
        message: "{what} has other bytes than those that were approved under this version",
        why: "With two contents under one version number, no one who asks for that number can tell them \
              apart, in caches, in reports or in an incident. An approved number would then stand for \
              bytes that no one approved.",
        help: "Raise the version in the package's document.",
        detected_in: "countersign_core::lifecycle::observe_version",
        weight: Weight::always(Level::Error),
    },
];
