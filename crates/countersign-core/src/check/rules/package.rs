//! What a package holds as a whole, and the names of subjects.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Condition, Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::PackageEmpty,
        summary: "A governed package has no files",
        message: "{subject} has no files",
        why: "The checksum of nothing is the same for every empty package. Approving it would mean nothing.",
        help: "Add the files, or remove the entry from countersign.yaml.",
        detected_in: "countersign_core::replay::package",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PackageShape,
        summary: "A governed path is not a package of its kind",
        message: "this is not a package of its kind[: {why}]",
        why: "A file where a folder is expected, or the other way round, is loaded differently by each \
              harness or not at all. What people get is then not what was approved.",
        help: "Arrange the files as the kind requires, or correct `kind` or `path` of the entry in \
               countersign.yaml.",
        detected_in: "countersign_core::replay::worktree",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PackageTooLarge,
        summary: "A package is larger than the policy allows",
        message: "{subject} is larger than the policy allows[: {why}]",
        why: "No one reads thousands of files before approving them. The limit keeps a package reviewable \
              and keeps verification bounded.",
        help: "Remove what does not belong in the package, or raise `limits` in countersign.yaml.",
        detected_in: "countersign_core::replay::package",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PackageNested,
        summary: "A package is inside another package",
        message: "{subject} is inside the package at `{outer}`",
        why: "The same bytes would belong to two subjects with two owners. Approving the outer package \
              would approve the inner one unseen.",
        help: "Move one of the two out of the other, or correct the paths in countersign.yaml.",
        detected_in: "countersign_core::lifecycle::observe",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::RequiredFileMissing,
        summary: "A package lacks a file that the policy requires",
        message: "{subject} lacks a file that the policy requires[: {file}]",
        why: "The policy requires this file in every package of this entry, for example a license. Tools \
              downstream rely on it.",
        help: "Add the file, or change `required_files` of the entry in countersign.yaml.",
        detected_in: "countersign_model::document::validate",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::SubjectName,
        summary: "A package's name cannot be a subject's name",
        message: "this cannot be the name of a subject[: {why}]",
        why: "Names appear in paths of records, in commands and in reports. Characters outside \
              `A-Z a-z 0-9 . _ -`, or upper case in the strict profile, make two readers mean different \
              things.",
        help: "Rename the folder or file, or build the name from the wildcards with `name` in the entry of \
               countersign.yaml.",
        detected_in: "countersign_core::replay::package",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::SubjectAmbiguous,
        summary: "One subject is at several paths with different bytes",
        message: "{subject} is at several paths with different bytes",
        why: "An approval names the subject, not the path. With two contents under one name, no one can \
              say which of them was approved.",
        help: "Make all copies identical, remove all but one, or give them different names with `name` in \
               countersign.yaml.",
        detected_in: "countersign_core::lifecycle::observe",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::SubjectRemoved,
        summary: "The files of a subject with an approved version are gone",
        message: "{subject} had an approved version, and its files are gone[: moved to {moved-to}]",
        why: "Everyone who relies on it finds nothing, and no one decided that. Archiving says that it was \
              intended.",
        help: "Run `countersign archive {subject}@current --reason …` together with the removal, or restore the \
               files.",
        detected_in: "countersign_core::check::landing",
        weight: Weight::except(Level::Warning, Condition::Candidate, Level::Error),
    },
    Rule {
        id: RuleId::NameCollision,
        summary: "Two subjects or governed paths are the same on some systems",
        message: "{what} and `{with}` differ only in case or Unicode form",
        why: "On systems that ignore case, one overwrites the other. People cannot tell them apart when \
              they approve.",
        help: "Rename one of the two.",
        detected_in: "countersign_core::lifecycle::observe",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::Unversioned,
        summary: "A package declares no usable version",
        message: "{subject} is treated as unversioned[: {why}]",
        why: "Without a semantic version, every change is a new version that has to be approved by its \
              digest. People cannot say which one is newer.",
        help: "Declare a version such as `1.2.0`: in a Skill below `metadata`, else as `version`.",
        detected_in: "countersign_model::document::validate",
        weight: Weight::always(Level::Warning).leveled(),
    },
];
