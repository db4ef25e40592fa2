//! Violations of a schema in the terms of the document: what is there, what belongs there, and what
//! to write.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use super::advice;
use crate::RuleId;
use crate::document::problem::{Problem, closest, shown};
use crate::document::spans::join;
use crate::document::yaml::Tree;
use crate::quantity::{counted, quantity};

/// What violates a schema, in the terms of the document.
pub(super) fn explain(schema: &Value, tree: &Tree, error: &ValidationError<'_>) -> Vec<Problem> {
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
            .map(|field| unknown_field(schema, tree, pointer, field, error))
            .collect(),
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            at(format!("the field `{name}` is missing"), "Add the field.")
        }
        ValidationErrorKind::Type { kind } => {
            let kinds: Vec<&str> = match kind {
                TypeKind::Single(kind) => vec![kind.as_str()],
                TypeKind::Multiple(kinds) => {
                    kinds.iter().map(jsonschema::JsonType::as_str).collect()
                }
            };
            let words: Vec<&str> = kinds.iter().map(|kind| word_for(kind)).collect();
            let message = format!("{} instead of {}", kind_of(found), words.join(" or "));
            let help = advice::of_type(tree, pointer, found, &kinds, parent(schema, error));
            at(message, &help)
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
            match words_at(schema, error) {
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
        ValidationErrorKind::Pattern { pattern } => match advice::of_pattern(pattern) {
            Some((what, help)) => at(format!("`{}` is not {what}", text()), help),
            None => at(
                format!("`{}` does not match `{pattern}`", text()),
                "Correct the value.",
            ),
        },
        ValidationErrorKind::PropertyNames { error: inner } => {
            let key = brief(inner.instance());
            let message = format!("the name `{}` is not allowed here", shown(&key));
            let help = match inner.kind() {
                ValidationErrorKind::Pattern { pattern } => advice::of_pattern(pattern)
                    .map_or_else(
                        || format!("Choose a name that matches `{pattern}`."),
                        |(_, help)| help.to_owned(),
                    ),
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
            &format!("Write {limit} or more."),
        ),
        ValidationErrorKind::Maximum { limit } => at(
            format!("{} is more than {limit}", text()),
            &format!("Write {limit} or less."),
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
    schema: &Value,
    tree: &Tree,
    pointer: &str,
    field: &str,
    error: &ValidationError<'_>,
) -> Problem {
    let known = parent(schema, error)
        .and_then(|parent| parent.get("properties"))
        .and_then(Value::as_object);
    let meant = known.and_then(|fields| advice::meant(field, fields));
    let message = match meant {
        Some(meant) => format!("unknown field `{}`: did you mean `{meant}`?", shown(field)),
        None => format!("unknown field `{}`", shown(field)),
    };
    let help = match meant {
        Some(_) => "Rename the field, or upgrade Countersign if a newer version wrote this file.",
        None => "Remove the field, or upgrade Countersign if a newer version wrote this file.",
    };
    tree.key_problem(RuleId::SchemaInvalid, &join(pointer, field), message, help)
}

// The schema object whose keyword was broken.
fn parent<'s>(schema: &'s Value, error: &ValidationError<'_>) -> Option<&'s Value> {
    let path = error.schema_path().as_str();
    schema.pointer(&path[..path.rfind('/')?])
}

// An enumeration whose words have descriptions is a `oneOf` of constants.
fn words_at(schema: &Value, error: &ValidationError<'_>) -> Option<Vec<String>> {
    let options = schema.pointer(error.schema_path().as_str())?.as_array()?;
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

/// The numbers of a document that no field of our formats can hold, though JSON Schema takes them
/// for whole numbers: `1.0`, and those that are too large.
pub(super) fn numbers(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    walk(&tree.value, String::new(), &mut |pointer, number| {
        let written = shown(tree.source(pointer).unwrap_or_default());
        let found = if number.is_f64() {
            let whole = number.as_f64().filter(|value| value.abs() < 1e15);
            Some((
                format!("`{written}` instead of a whole number"),
                whole.map_or_else(
                    || "Write a whole number.".to_owned(),
                    |value| format!("Write `{value:.0}`."),
                ),
            ))
        } else if number
            .as_u64()
            .is_some_and(|value| value > u64::from(u32::MAX))
        {
            Some((
                format!("`{written}` is too large"),
                "Write a smaller number.".to_owned(),
            ))
        } else {
            None
        };
        problems
            .extend(found.map(|(message, help)| {
                tree.problem(RuleId::SchemaInvalid, pointer, message, help)
            }));
    });
    problems
}

// Recursion is bounded by the reader's depth limit.
fn walk(value: &Value, pointer: String, each: &mut impl FnMut(&str, &serde_json::Number)) {
    match value {
        Value::Number(number) => each(&pointer, number),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, join(&pointer, index), each);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                walk(field, join(&pointer, name), each);
            }
        }
        _ => {}
    }
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

pub(super) const fn kind_of(value: &Value) -> &'static str {
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
