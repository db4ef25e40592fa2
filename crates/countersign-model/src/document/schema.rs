//! JSON Schemas (2020-12) of every document, generated from the input types, and the reading of a
//! document through its schema.
//!
//! Faults are reported in the terms of the document, at the place of the value, all at once. A
//! schema version or a field that this program does not know is an error that says "upgrade": an
//! older program must never ignore what a newer one wrote.

use crate::quantity::{counted, quantity};
use std::sync::LazyLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::problem::{MOST_PROBLEMS, Problem, closest, shown};
use super::spans::join;
use super::yaml::Tree;
use crate::RuleId;
use crate::decision_input::DecisionInput;
use crate::document_input::agent::AGENT_SCHEMA;
use crate::document_input::contract::CONTRACT_SCHEMA;
use crate::document_input::{AgentInput, ContractInput, PromptInput, ServerInput, SkillInput};
use crate::framework_input::{FRAMEWORK_SCHEMA, FrameworkInput};
use crate::policy_input::PolicyInput;

/// Address of the published schemas; `v1` is a tag that moves with every compatible release.
const PUBLISHED: &str = "https://raw.githubusercontent.com/countersign-dev/countersign/v1/schemas/";

/// The schema of one sort of document.
pub struct Schema {
    /// Its name, as in `schemas/<name>.schema.json`.
    pub name: &'static str,
    /// What a document of this sort says in its field `schema`; `None` for formats that others
    /// define.
    pub id: Option<&'static str>,
    value: LazyLock<Value>,
    validator: LazyLock<Validator>,
}

/// `schema!(STATIC, "name", Some("id"), InputType)` defines one schema. A new one also goes into
/// [`ALL`] and [`NAMES`], and a test then writes its file: `UPDATE_SCHEMAS=1 cargo test -p
/// countersign-model --lib document::schema`.
macro_rules! schema {
    ($static:ident, $name:literal, $id:expr, $input:ty) => {
        #[doc = concat!("The schema `", $name, "`.")]
        pub static $static: Schema = Schema {
            name: $name,
            id: $id,
            value: LazyLock::new(|| published($name, schemars::schema_for!($input).to_value())),
            validator: LazyLock::new(|| {
                jsonschema::draft202012::new(&$static.value)
                    .expect("a generated schema is valid: a test builds every one")
            }),
        };
    };
}

schema!(AGENT, "agent", Some(AGENT_SCHEMA), AgentInput);
schema!(CONTRACT, "contract", Some(CONTRACT_SCHEMA), ContractInput);
schema!(
    DECISION,
    "decision",
    Some("countersign.decision/v1"),
    DecisionInput
);
schema!(
    FRAMEWORK,
    "framework",
    Some(FRAMEWORK_SCHEMA),
    FrameworkInput
);
schema!(POLICY, "policy", Some("countersign.policy/v1"), PolicyInput);
schema!(PROMPT, "prompt", None, PromptInput);
schema!(SERVER, "server", None, ServerInput);
schema!(SKILL, "skill", None, SkillInput);

/// Every schema, by name.
static ALL: &[&Schema] = &[
    &AGENT, &CONTRACT, &DECISION, &FRAMEWORK, &POLICY, &PROMPT, &SERVER, &SKILL,
];

/// The names of all schemas, sorted.
pub const NAMES: &[&str] = &[
    "agent",
    "contract",
    "decision",
    "framework",
    "policy",
    "prompt",
    "server",
    "skill",
];

/// The text of a schema as it is in `schemas/`: pretty, with a newline at the end. `None` for a
/// name that is not in [`NAMES`].
pub fn text(name: &str) -> Option<String> {
    let schema = ALL.iter().find(|schema| schema.name == name)?;
    Some(format!("{:#}\n", *schema.value))
}

/// The address at which editors find a schema.
pub fn address(name: &str) -> String {
    format!("{PUBLISHED}{name}.schema.json")
}

/// The comment by which editors know a document's schema, without a line end.
pub fn editor_comment(name: &str) -> String {
    format!("# yaml-language-server: $schema={}", address(name))
}

impl Schema {
    /// A document as its input type, if it has that shape, and every violation of its schema.
    pub fn read<T: DeserializeOwned>(&self, tree: &Tree) -> (Option<T>, Vec<Problem>) {
        if let Some(problem) = self.identity_fault(tree) {
            return (None, vec![problem]);
        }
        let errors: Vec<_> = self
            .validator
            .iter_errors(&tree.value)
            .take(MOST_PROBLEMS)
            .collect();
        let mut problems: Vec<_> = errors
            .iter()
            .flat_map(|error| self.explain(tree, error))
            .take(MOST_PROBLEMS)
            .collect();
        // Unknown fields are reported once; without them, the rest can still be checked in detail.
        let mut value = tree.value.clone();
        for error in &errors {
            if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind()
                && let Some(fields) = value
                    .pointer_mut(error.instance_path().as_str())
                    .and_then(Value::as_object_mut)
            {
                fields.retain(|field, _| !unexpected.contains(field));
            }
        }
        match serde_json::from_value(value) {
            Ok(typed) => (Some(typed), problems),
            Err(error) => {
                if problems.is_empty() {
                    let help =
                        "Compare the document with its schema; `countersign schema` prints it.";
                    problems.push(tree.problem(
                        RuleId::SchemaInvalid,
                        "",
                        shown(&error.to_string()),
                        help,
                    ));
                }
                (None, problems)
            }
        }
    }

    /// The published form of the schema.
    pub fn value(&self) -> &Value {
        &self.value
    }

    // A document of another schema is not compared with this one: every message would mislead.
    fn identity_fault(&self, tree: &Tree) -> Option<Problem> {
        let id = self.id?;
        if !tree.value.is_object() {
            let found = kind_of(&tree.value);
            let message = if tree.value.is_null() {
                "the document is empty".to_owned()
            } else {
                format!("{found} instead of fields")
            };
            return Some(tree.problem(
                RuleId::SchemaInvalid,
                "",
                message,
                format!("Start with `schema: {id}`."),
            ));
        }
        match tree.value.get("schema") {
            Some(Value::String(text)) if text == id => None,
            Some(Value::String(text)) if same_family(text, id) => {
                let message = format!(
                    "this version of Countersign does not know the schema `{}`",
                    shown(text)
                );
                Some(tree.problem(
                    RuleId::SchemaUnknown,
                    "/schema",
                    message,
                    format!("Upgrade Countersign; this version knows `{id}`."),
                ))
            }
            Some(_) => {
                let message = format!("this is not `{id}`");
                Some(tree.problem(
                    RuleId::SchemaInvalid,
                    "/schema",
                    message,
                    format!("Write `schema: {id}`."),
                ))
            }
            None => {
                let message = "the field `schema` is missing";
                Some(tree.problem(
                    RuleId::SchemaInvalid,
                    "",
                    message,
                    format!("Add `schema: {id}` as the first line."),
                ))
            }
        }
    }

    fn explain(&self, tree: &Tree, error: &ValidationError<'_>) -> Vec<Problem> {
        let pointer = error.instance_path().as_str();
        let found = error.instance();
        let at = |message: String, help: &str| {
            vec![tree.problem(RuleId::SchemaInvalid, pointer, message, help)]
        };
        let text = || shown(&brief(found));
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected
                .iter()
                .map(|field| self.unknown_field(tree, pointer, field, error))
                .collect(),
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                at(format!("the field `{name}` is missing"), "Add the field.")
            }
            ValidationErrorKind::Type { kind } => {
                let expected = match kind {
                    TypeKind::Single(kind) => word_for(kind.as_str()).to_owned(),
                    TypeKind::Multiple(kinds) => kinds
                        .iter()
                        .map(|kind| word_for(kind.as_str()))
                        .collect::<Vec<_>>()
                        .join(" or "),
                };
                let help = if found.is_null() {
                    "Give the field a value, or remove it."
                } else {
                    "Change the value; text that looks like a number needs quotes."
                };
                at(format!("{} instead of {expected}", kind_of(found)), help)
            }
            ValidationErrorKind::Enum { options } => {
                let options: Vec<_> = options
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                at(not_one_of(&text(), &options), "Use one of these words.")
            }
            ValidationErrorKind::OneOfNotValid { .. } | ValidationErrorKind::AnyOf { .. } => {
                match self.words_at(error) {
                    Some(options) => at(
                        not_one_of(
                            &text(),
                            &options.iter().map(String::as_str).collect::<Vec<_>>(),
                        ),
                        "Use one of these words.",
                    ),
                    None => at(
                        "not one of the allowed combinations of fields".to_owned(),
                        "See the field's description in the schema: exactly one form is allowed.",
                    ),
                }
            }
            ValidationErrorKind::OneOfMultipleValid { .. } => at(
                "fields that exclude each other".to_owned(),
                "Keep one of them.",
            ),
            ValidationErrorKind::Constant { expected_value } => at(
                format!("`{}` instead of `{}`", text(), brief(expected_value)),
                "Write the expected value.",
            ),
            ValidationErrorKind::Pattern { pattern } => at(
                format!("`{}` does not match `{pattern}`", text()),
                "Correct the value.",
            ),
            ValidationErrorKind::PropertyNames { error: inner } => {
                let key = brief(inner.instance());
                let message = format!("the name `{}` is not allowed here", shown(&key));
                let help = match inner.kind() {
                    ValidationErrorKind::Pattern { pattern } => {
                        format!("Choose a name that matches `{pattern}`.")
                    }
                    _ => "Choose another name.".to_owned(),
                };
                vec![tree.key_problem(RuleId::SchemaInvalid, &join(pointer, key), message, help)]
            }
            ValidationErrorKind::MinLength { limit } => at(
                format!("shorter than {}", counted(limit, "character")),
                "Write more.",
            ),
            ValidationErrorKind::MaxLength { limit } => at(
                format!("longer than {}", counted(limit, "character")),
                "Shorten the text.",
            ),
            ValidationErrorKind::MinItems { limit } => at(
                format!("fewer than {}", quantity(limit, "entry", "entries")),
                "Add what is missing, or remove the field.",
            ),
            ValidationErrorKind::MaxItems { limit } => at(
                format!("more than {}", quantity(limit, "entry", "entries")),
                "Shorten the list.",
            ),
            ValidationErrorKind::MinProperties { limit } => at(
                format!("fewer than {}", counted(limit, "field")),
                "Add what is missing.",
            ),
            ValidationErrorKind::Minimum { limit } => at(
                format!("{} is less than {limit}", text()),
                "Use a larger number.",
            ),
            ValidationErrorKind::Maximum { limit } => at(
                format!("{} is more than {limit}", text()),
                "Use a smaller number.",
            ),
            ValidationErrorKind::FalseSchema => {
                vec![tree.key_problem(
                    RuleId::SchemaInvalid,
                    pointer,
                    "a field that is not allowed here",
                    "Remove the field.",
                )]
            }
            kind => at(
                format!("the value violates the schema's `{}`", kind.keyword()),
                "Compare the value with the schema.",
            ),
        }
    }

    fn unknown_field(
        &self,
        tree: &Tree,
        pointer: &str,
        field: &str,
        error: &ValidationError<'_>,
    ) -> Problem {
        let known = self
            .parent(error)
            .and_then(|parent| parent.get("properties"))
            .and_then(Value::as_object);
        let meant = known.and_then(|fields| closest(field, fields.keys().map(String::as_str)));
        let message = match meant {
            Some(meant) => format!("unknown field `{}`: did you mean `{meant}`?", shown(field)),
            None => format!("unknown field `{}`", shown(field)),
        };
        let help = match meant {
            Some(_) => {
                "Rename the field, or upgrade Countersign if a newer version wrote this file."
            }
            None => "Remove the field, or upgrade Countersign if a newer version wrote this file.",
        };
        tree.key_problem(RuleId::SchemaInvalid, &join(pointer, field), message, help)
    }

    // The schema object whose keyword was broken.
    fn parent(&self, error: &ValidationError<'_>) -> Option<&Value> {
        let path = error.schema_path().as_str();
        self.value.pointer(&path[..path.rfind('/')?])
    }

    // An enumeration whose words have descriptions is a `oneOf` of constants.
    fn words_at(&self, error: &ValidationError<'_>) -> Option<Vec<String>> {
        let options = self
            .value
            .pointer(error.schema_path().as_str())?
            .as_array()?;
        options
            .iter()
            .map(|option| {
                option
                    .get("const")
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            })
            .collect()
    }
}

/// Schema faults together with those that a closer look found; where both report the same place,
/// only the closer look counts.
pub fn merged(from_schema: Vec<Problem>, closer: Vec<Problem>) -> Vec<Problem> {
    let spans: std::collections::BTreeSet<_> = closer.iter().map(|problem| problem.span).collect();
    let mut problems: Vec<_> = from_schema
        .into_iter()
        .filter(|problem| !spans.contains(&problem.span))
        .chain(closer)
        .collect();
    problems.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
    problems.dedup();
    problems.truncate(MOST_PROBLEMS);
    problems
}

// `countersign.policy/v2` and `countersign.policy/v1`, but not `countersign.decision/v1`.
fn same_family(text: &str, id: &str) -> bool {
    let family = |id: &str| id.split_once("/v").map(|(family, _)| family.to_owned());
    family(text).is_some() && family(text) == family(id)
}

fn not_one_of(text: &str, options: &[&str]) -> String {
    let list = options
        .iter()
        .map(|option| format!("`{option}`"))
        .collect::<Vec<_>>()
        .join(", ");
    match closest(text, options.iter().copied()) {
        Some(meant) => format!("`{text}` is not one of {list}: did you mean `{meant}`?"),
        None => format!("`{text}` is not one of {list}"),
    }
}

fn brief(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => kind_of(value).to_owned(),
        scalar => scalar.to_string(),
    }
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "no value",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a set of fields",
    }
}

fn word_for(json_type: &str) -> &'static str {
    match json_type {
        "null" => "no value",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "text",
        "array" => "a list",
        _ => "a set of fields",
    }
}

// What is generated allows null for every optional field and names Rust's integer types. A document
// leaves a field out instead, so that "no value" is never mistaken for a choice.
fn published(name: &str, mut generated: Value) -> Value {
    tighten(&mut generated);
    let mut fields = generated
        .as_object_mut()
        .map(std::mem::take)
        .unwrap_or_default();
    fields.insert("$id".to_owned(), Value::String(address(name)));
    let mut schema = serde_json::Map::new();
    for key in [
        "$schema",
        "$id",
        "title",
        "description",
        "type",
        "required",
        "properties",
        "additionalProperties",
    ] {
        if let Some(value) = fields.shift_remove(key) {
            schema.insert(key.to_owned(), value);
        }
    }
    let definitions = fields.shift_remove("$defs");
    schema.extend(fields);
    schema.extend(definitions.map(|definitions| ("$defs".to_owned(), definitions)));
    Value::Object(schema)
}

fn tighten(schema: &mut Value) {
    let null_type = |value: &Value| value.get("type").and_then(Value::as_str) == Some("null");
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    fields.insert("type".to_owned(), only);
                }
            }
            if fields.get("default").is_some_and(Value::is_null) {
                fields.shift_remove("default");
            }
            if fields
                .get("format")
                .and_then(Value::as_str)
                .is_some_and(|format| format.starts_with("uint") || format.starts_with("int"))
            {
                fields.shift_remove("format");
            }
            if let Some(Value::Array(options)) = fields.get_mut("anyOf")
                && options.iter().any(null_type)
            {
                options.retain(|option| !null_type(option));
                if let [Value::Object(only)] = options.as_slice() {
                    let only = only.clone();
                    fields.shift_remove("anyOf");
                    fields.extend(only);
                }
            }
            fields.values_mut().for_each(tighten);
        }
        Value::Array(items) => items.iter_mut().for_each(tighten),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
