//! Skills and the Agent Skills specification.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Condition, Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::SkillFrontmatter,
        summary: "A SKILL.md has no readable frontmatter",
        message: "the frontmatter of this Skill cannot be read[: {why}]",
        why: "Harnesses find a Skill through its frontmatter. If it cannot be read, each harness skips the \
              Skill or loads it differently, and its version cannot be known.",
        help: "Begin SKILL.md with `---`, the fields `name` and `description`, and a closing `---` on a \
               line of its own.",
        detected_in: "countersign_model::document::validate::skill",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::SkillName,
        summary: "A Skill's name breaks the specification",
        message: "the Skill's name breaks the Agent Skills specification[: {why}]",
        why: "The specification wants the name equal to the folder, in lower case, digits and single \
              hyphens. Harnesses that enforce this do not load a Skill named otherwise, and people approve \
              one name while another is shown.",
        help: "Rename the folder or correct `name` in SKILL.md so that both are equal and match \
               `[a-z0-9-]`, at most 64 characters.",
        detected_in: "countersign_model::document::validate::skill",
        weight: Weight::except(Level::Warning, Condition::StrictProfile, Level::Error).leveled(),
    },
    Rule {
        id: RuleId::SkillField,
        summary: "A field of a Skill breaks the specification",
        message: "a field of this Skill breaks the Agent Skills specification[: {why}]",
        why: "Some harnesses cut or drop fields that are too long or of the wrong type. The Skill that was \
              reviewed is then not the one that the model reads.",
        help: "Correct the field at the location shown.",
        detected_in: "countersign_model::document::validate::skill",
        weight: Weight::except(Level::Warning, Condition::StrictProfile, Level::Error).leveled(),
    },
    Rule {
        id: RuleId::SkillPortability,
        summary: "A Skill relies on what only some harnesses load",
        message: "this Skill is not portable[: {why}]",
        why: "The lenient profile accepts what real harnesses load. Others enforce the specification and \
              skip the field or the whole Skill, so two people with the same approved version see \
              different behavior.",
        help: "Move extra fields below `metadata` and write plain block YAML, or ignore this warning if \
               only one harness matters.",
        detected_in: "countersign_model::document::validate::skill",
        weight: Weight::always(Level::Warning).leveled(),
    },
    Rule {
        id: RuleId::SkillFileMissing,
        summary: "A Skill's folder has no SKILL.md",
        message: "{subject} has no SKILL.md[: {why}]",
        why: "Without SKILL.md no harness loads the folder, so there is nothing to approve. A spelling \
              such as skill.md is loaded on some systems and not on others.",
        help: "Add SKILL.md in exactly this spelling, or remove the path from `subjects` in the policy.",
        detected_in: "countersign_model::document::validate::skill",
        weight: Weight::always(Level::Error),
    },
];
