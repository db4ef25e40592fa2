//! Documents that Countersign reads: YAML, schemas, prompts, servers and owners.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::YamlInvalid,
        summary: "A file is not YAML that Countersign accepts",
        message: "this file is not valid YAML[: {why}]",
        why: "Duplicate keys, anchors, tags and several documents in one file let two readers see two \
              different things in the same bytes. A file that cannot be read in exactly one way cannot \
              be approved, so it is refused instead of guessed at.",
        help: "Fix the YAML at the location shown: write each key once, and use no anchors, aliases or tags.",
        detected_in: "countersign_model::document::yaml",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::YamlAmbiguous,
        summary: "A value means something else to YAML 1.1 readers",
        message: "this value means different things in YAML 1.1 and YAML 1.2[: {why}]",
        why: "Countersign reads YAML 1.2. Many harnesses and editors read YAML 1.1, where `off` and `yes` \
              are booleans, `010` is eight and `1:30` is ninety. Where such a value decides something, the \
              approver and the machine see different documents.",
        help: "Quote text, write booleans as true or false, and write numbers in plain decimal digits.",
        detected_in: "countersign_model::document::yaml",
        weight: Weight::always(Level::Warning).leveled(),
    },
    Rule {
        id: RuleId::SchemaInvalid,
        summary: "A file does not match its schema",
        message: "this file does not match its schema[: {why}]",
        why: "Most readers ignore an unknown or mistyped field, so a rule that was meant to protect \
              something would silently not exist. Every Countersign format is closed: an unknown field is \
              an error.",
        help: "Fix the field at the location shown; `countersign schema` prints what is allowed.",
        detected_in: "countersign_model::document::schema",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::SchemaUnknown,
        summary: "A file uses a schema version that this binary does not support",
        message: "this version of countersign does not support the file's schema[: {why}]",
        why: "A newer format may carry conditions that an older binary would skip, and skipping a \
              condition is how a wrong pass comes about. So an unknown version is refused.",
        help: "Upgrade countersign, or fix the `schema` line if it is a typo.",
        detected_in: "countersign_model::document::schema",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::PromptInvalid,
        summary: "A prompt cannot be read",
        message: "this prompt cannot be read[: {why}]",
        why: "A prompt's version is in its frontmatter. When the frontmatter cannot be read, no one can \
              say which version a decision is about.",
        help: "Fix the frontmatter, or add PROMPT.md to the prompt's folder.",
        detected_in: "countersign_model::document::validate::prompt",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::ServerInvalid,
        summary: "An MCP server document does not match the registry's format",
        message: "this server document does not match the MCP registry's server.json[: {why}]",
        why: "Clients install what the document says. A version range, `latest` or a malformed package \
              entry installs something other than what was reviewed.",
        help: "Fix the document at the location shown, and name exact versions.",
        detected_in: "countersign_model::document::validate::server",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::DocumentOwner,
        summary: "A document names a different owner than the policy",
        message: "the document names a different owner than the policy[: {why}]",
        why: "The policy decides who owns a subject. A document that names another person or team of the \
              policy misleads the people who read it. A name that is not in the policy is only a warning: \
              it may be a department or a product.",
        help: "Correct `owner` in the document, or change the entry in countersign.yaml.",
        detected_in: "countersign_model::document::validate::owner",
        weight: Weight::always(Level::Error),
    },
];
