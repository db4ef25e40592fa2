//! Files of a package: their modes, paths, and what Git or text does to them.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Condition, Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::Symlink,
        summary: "A symbolic link is at, above or inside a governed path",
        message: "a symbolic link[ {where}] cannot be governed[{?why}]",
        why: "The checksum does not cover what a link points to. The target can change, or be outside the \
              repository, without any approval becoming void.",
        help: "Replace the link with the file it points to.",
        detected_in: "countersign_core::replay::package",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::Submodule,
        summary: "A submodule is at, above or inside a governed path",
        message: "a submodule[ {where}] cannot be governed[{?why}]",
        why: "Its content is in another repository, which can rewrite or lose it. The approval would cover \
              a name, not bytes.",
        help: "Copy the files into this repository.",
        detected_in: "countersign_core::replay::package",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::LfsPointer,
        summary: "A governed file is a Git LFS pointer",
        message: "this file is a Git LFS pointer, not its content[{?why}]",
        why: "The content is on a server and is fetched at checkout. The checksum covers only the pointer \
              that Git stores, and no one can verify the rest offline.",
        help: "Store the file in Git itself: `git lfs untrack` it and commit it again.",
        detected_in: "countersign_core::replay::package",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::FileMode,
        summary: "A governed file has a mode other than 100644 or 100755",
        message: "a file of this mode cannot be governed[: {why}]",
        why: "Other modes are either not files or are changed by Git on checkout. What is installed then \
              differs from what was checked.",
        help: "Set the mode with `git update-index --chmod=-x` (or `+x`) and commit.",
        detected_in: "countersign_core::replay::package",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PathName,
        summary: "A path is not safe on every system",
        message: "this path is not allowed[: {why}]",
        why: "Control characters, `..`, spellings of `.git` and reserved Windows names make a checkout \
              write somewhere else, or nothing. Then the files in use are not the files that were approved.",
        help: "Rename the file.",
        detected_in: "countersign_core::replay::package",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PathCollision,
        summary: "Two paths are the same file or folder on some systems",
        message: "this path and `{other}` collide on systems that ignore case or Unicode form",
        why: "On macOS and Windows one overwrites the other at checkout, and which one wins is chance. The \
              approved digest then matches nothing that is installed. A folder beside a governed one, such \
              as `Skills` beside `skills`, puts its files into it.",
        help: "Rename one of the two; a governed path keeps its name.",
        detected_in: "countersign_core::replay::collisions",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::TreeMalformed,
        summary: "A Git tree is malformed",
        message: "a Git tree here is malformed[: {why}]",
        why: "Tools read unsorted or duplicate entries differently, so two people would see different \
              files under one id. Ordinary Git never writes such trees.",
        help: "Rebuild the tree with ordinary Git (`git read-tree`, `git write-tree`) and commit it again; \
               find out who wrote it.",
        detected_in: "countersign_core::replay::tip",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::AttributesAlterBytes,
        summary: "A Git attribute changes governed bytes on checkout",
        message: "the attribute `{attribute}` changes {path} on checkout",
        why: "The checksum covers the bytes in Git. Attributes such as `ident`, `filter` or `eol=crlf` \
              make the files on disk differ from them, so what runs is not what was approved.",
        help: "Remove the attribute for governed paths from .gitattributes, for example with \
               `-text -ident -filter` on them.",
        detected_in: "countersign_core::replay::tip",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::SecretLiteral,
        summary: "A governed file contains a secret",
        message: "this line contains a literal secret[: {why}]",
        why: "Everyone who can read the repository, now or later, can read it: Git keeps it even after the \
              line is deleted. JSON, YAML and TOML are searched by the names of variables, headers and \
              arguments; all other text for known tokens and private keys. Placeholders and variables such \
              as `${TOKEN}` are not secrets.",
        help: "Replace the value with a reference to an environment variable, and rotate the secret, since \
               history keeps it.",
        detected_in: "countersign_model::document::validate::literal",
        weight: Weight::always(Level::Error).leveled(),
    },
    Rule {
        id: RuleId::HiddenText,
        summary: "Text contains characters that people do not see",
        message: "this character is invisible or reorders text[: {why}]",
        why: "Bidirectional controls, zero-width and tag characters let instructions say one thing to the \
              reviewer and another to the model. No honest Skill needs them.",
        help: "Delete the character at the location shown, and ask its author why it is there.",
        detected_in: "countersign_model::document::hidden_text",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::ReferenceEscapes,
        summary: "A reference leaves the package, or a command in settings names an ungoverned script",
        message: "this reference leaves the package[: {why}]",
        why: "The checksum does not cover what it points to, so that can change without any approval \
              becoming void. It is also missing where only the package is installed. Links, code, shell \
              and prose are searched; for settings and hooks it is enough that an entry of the policy \
              governs what their commands name.",
        help: "Copy the file into the package, or remove the reference.",
        detected_in: "countersign_model::document::validate::mention",
        weight: Weight::except(Level::Warning, Condition::HighRisk, Level::Error).leveled(),
    },
];
