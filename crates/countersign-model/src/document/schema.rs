//! JSON Schemas (2020-12) of every document, generated from the input types, and the reading of a
//! document through its schema.
//!
//! Faults are reported in the terms of the document, at the place of the value, all at once. A
//! schema version or a field that this program does not know is an error that says "upgrade": an
//! older program must never ignore what a newer one wrote.

mod advice;
mod explain;

use std::sync::LazyLock;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::problem::{MOST_PROBLEMS, Problem, shown};
use super::yaml::Tree;
use crate::RuleId;
use crate::decision_input::DecisionInput;
use crate::document_input::agent::AGENT_SCHEMA;
use crate::document_input::contract::CONTRACT_SCHEMA;
use crate::document_input::{AgentInput, ContractInput, PromptInput, ServerInput, SkillInput};
use crate::framework_input::{FRAMEWORK_SCHEMA, FrameworkInput};
use crate::policy_input::PolicyInput;
use explain::kind_of;

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
        // A set of fields with an unknown one has none of the allowed forms: said once.
        let misnamed: Vec<&str> = errors
            .iter()
            .filter(|error| {
                matches!(
                    error.kind(),
                    ValidationErrorKind::AdditionalProperties { .. }
                )
            })
            .map(|error| error.instance_path().as_str())
            .collect();
        let follows = |error: &jsonschema::ValidationError<'_>| {
            let form = matches!(
                error.kind(),
                ValidationErrorKind::OneOfNotValid { .. } | ValidationErrorKind::AnyOf { .. }
            );
            form && misnamed.contains(&error.instance_path().as_str())
        };
        let mut problems: Vec<_> = errors
            .iter()
            .filter(|error| !follows(error))
            .flat_map(|error| explain::explain(&self.value, tree, error))
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
        if let Ok(typed) = serde_json::from_value(value) {
            return (Some(typed), problems);
        }
        if problems.is_empty() {
            problems = explain::numbers(tree);
        }
        if problems.is_empty() {
            problems.push(tree.problem(
                RuleId::SchemaInvalid,
                "",
                "the document does not have the form of its schema",
                "Compare the document with its schema; `countersign schema` prints it.",
            ));
        }
        (None, problems)
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
