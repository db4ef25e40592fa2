//! The policy: whether it is valid, in force, and what a change of it does.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Condition, Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::PolicyInvalid,
        summary: "The policy in the tree is not valid",
        message: "this policy is not valid, so it cannot take effect[: {why}]",
        why: "An invalid policy never takes effect: the one before it stays. Leaving it in the tree makes \
              people believe in rules that do not apply.",
        help: "Fix countersign.yaml at the location shown.",
        detected_in: "countersign_model::document::policy",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PolicyMissing,
        summary: "The policy is missing from the tree",
        message: "countersign.yaml is not in the tree; the current policy stays in force",
        why: "Deleting or renaming the file does not end governance, since otherwise one commit could. The \
              policy in force continues to judge every landing.",
        help: "Restore countersign.yaml.",
        detected_in: "countersign_core::lifecycle::observe",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PolicyIrregular,
        summary: "The policy or a file it names is not a regular file",
        message: "this must be a regular file[: {why}]",
        why: "A symbolic link, another mode, or a second file that differs only in case makes it unclear \
              which bytes are the policy. Two machines could then judge by different rules.",
        help: "Replace it with a regular file in exactly this spelling, and remove the other.",
        detected_in: "countersign_core::lifecycle::observe",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PolicyPending,
        summary: "A policy change is waiting for approvals",
        message: "policy {serial} is not in force yet[ ({due})]",
        why: "The policy before the change judges the change. So no one can give themselves rights by \
              editing a file.",
        help: "Run `countersign approve policy/countersign --reason …` as an administrator.",
        detected_in: "countersign_core::lifecycle::observe",
        weight: Weight::always(Level::Waiting),
    },
    Rule {
        id: RuleId::PolicyPrevious,
        summary: "A policy change does not build on the policy in force",
        message: "policy {serial} does not name the policy in force, {digest-in-force}, as its `previous`",
        why: "Each policy names the one it replaces. Without that, an old approved policy could be brought \
              back, with rights that were since taken away.",
        help: "Run `countersign policy bump`, which writes `previous` and `serial`, and have the change \
               approved again.",
        detected_in: "countersign_core::lifecycle::policy_change",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PolicySerial,
        summary: "A policy change does not raise the serial",
        message: "serial {serial} is not above {serial-in-force}, the one in force",
        why: "The serial orders policies for people and for reports. One that goes back or repeats hides a \
              change.",
        help: "Run `countersign policy bump`, which writes `previous` and `serial`, and have the change \
               approved again.",
        detected_in: "countersign_core::lifecycle::policy_change",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PolicyFork,
        summary: "Two approved policies continue the history in two ways",
        message: "an approved policy on a merged branch (serial {serial}, {digest}) replaces one that was \
                  in force and is not part of this line",
        why: "This shows that a merge swapped the governed line: two groups hold approved policies for one \
              repository. No landing can be trusted until that is settled.",
        help: "Find out which line is right. On that line, let the administrators of both policies reject \
               the other one: each runs \
               `countersign reject policy/countersign@{digest-start} --reason …`. If it is the history of \
               another repository, or older than a restart, pin the first policy of this one with \
               `--anchor COMMIT`.",
        detected_in: "countersign_core::lifecycle::observe",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PolicyCompromised,
        summary: "A policy in force was approved with a key that is now declared stolen",
        message: "the policy {digest} took effect with a key that is declared compromised",
        why: "A policy that took effect is not undone, because everything since was judged by it. What it \
              allowed should be looked at.",
        help: "Compare the policies with `countersign policy diff`, and change back what should not be \
               there.",
        detected_in: "countersign_core::lifecycle::current",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::PolicyUnmatched,
        summary: "An entry of the policy matches nothing",
        message: "this entry matches nothing[: {entry}]",
        why: "Usually it is a typo. What the entry was meant to protect is then not protected.",
        help: "Correct the pattern in countersign.yaml, or remove the entry.",
        detected_in: "countersign_core::replay::tip",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::AdministratorsTooFew,
        summary: "No one can change the policy, or could once one administrator is gone",
        message: "changing the policy needs {count administrator}, and {available} can sign[: {why}]",
        why: "Only administrators can change the policy. Without enough of them nothing can be added or \
              corrected, not even an administrator, and the only way out is a new start with `restart`. A lower `policy_changes.count` helps \
              only where it is above 1.",
        help: "Add an administrator with a key: `countersign people add @LOGIN`, then add the name to \
               `roles.administrators`[; or lower `policy_changes.count` to {expected}].",
        detected_in: "countersign_core::lifecycle::policy_authority",
        weight: Weight::except(Level::Warning, Condition::Unchangeable, Level::Error),
    },
    Rule {
        id: RuleId::OwnerUnknown,
        summary: "An owner or team of the policy resolves to no one",
        message: "this name resolves to no one[: {why}]",
        why: "If a subject has no owner, no owner can approve or stop it. Its versions wait for the other \
              people the rules name, or forever.",
        help: "Add people under `principals`, and list them under `teams` if it is a team.",
        detected_in: "countersign_model::document::policy::lint",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::RequirementUnsatisfiable,
        summary: "There are too few people to meet an approval rule",
        message: "this rule needs {count approver}, and {available} can approve[: {why}]",
        why: "Versions under this rule can never be approved. Without this finding, that shows only when \
              someone needs one.",
        help: "Lower the `count`, or add people to those named in `from`.",
        detected_in: "countersign_model::document::policy::lint",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::RulesOverlap,
        summary: "Several approval rules apply to one subject",
        message: "several rules apply to {subject}, and each must be met[: {why}]",
        why: "Every matching rule counts, and the strictest part of each applies. Together they can \
              require more people than any one of them shows.",
        help: "Run `countersign explain {subject}` to see what they require together, and merge the rules \
               if that is not intended.",
        detected_in: "countersign_model::document::policy::lint",
        weight: Weight::always(Level::Info),
    },
    Rule {
        id: RuleId::SeparationOff,
        summary: "Separation of duties is switched off",
        message: "`separation_of_duties` is false: people may approve their own work",
        why: "With one person nothing else is possible. With more, this lets a version be approved that no \
              one but its author has read.",
        help: "Remove the line from countersign.yaml once there is a second person.",
        detected_in: "countersign_model::document::policy::lint",
        weight: Weight::always(Level::Info),
    },
    Rule {
        id: RuleId::LevelSet,
        summary: "The policy sets the level of a rule about documents",
        message: "the policy sets {entry}[, which changes {count finding}][: {reason}]",
        why: "Findings that a policy turns off or makes lighter are not seen by the people who review \
              the documents. So each such entry is reported with its reason, at every check, for as long \
              as it changes something.",
        help: "Read the reason, and remove the entry from `rules` in countersign.yaml when it no longer \
               applies.",
        detected_in: "countersign_core::check::levels",
        weight: Weight::always(Level::Info),
    },
    Rule {
        id: RuleId::GovernanceNarrowed,
        summary: "A policy change stops governing something",
        message: "the policy change stops governing {subject}[: {why}]",
        why: "What is no longer in the policy can change without approval from then on. That can be \
              intended, but the people who approve the change must see it.",
        help: "Keep the entry in countersign.yaml, or approve the change knowingly.",
        detected_in: "countersign_core::lifecycle::land",
        weight: Weight::except(Level::Info, Condition::LastLanding, Level::Warning),
    },
    Rule {
        id: RuleId::PolicyRestart,
        summary: "A policy that starts a new line is not pinned",
        message: "policy {serial} restarts governance, and its landing is not the pinned anchor",
        why: "A restart discards every policy before it, and every approval and block whose record is not in \
              its tree. It is accepted only where a verifier pinned exactly this landing, because otherwise \
              anyone who can push could restart governance.",
        help: "Pin the landing with `--anchor COMMIT` if the owners of the repository published it through \
               another channel; otherwise revert the change.",
        detected_in: "countersign_core::check::survey",
        weight: Weight::always(Level::Error),
    },
];
