//! The page `docs/policy.md`, made from the schema of the policy and from the texts in
//! `page/parts.rs`.
//!
//! The examples on the page, one after the other, are one policy, and it is valid. A field without
//! a place or without an example fails here.

mod parts;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::*;
use parts::{OPENING, PARTS, Part, Table};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy.md");

/// The definition of `$ref`, or the schema itself.
fn resolved(schema: &Value) -> &Value {
    let target = schema["$ref"].as_str().and_then(|at| at.strip_prefix('#'));
    match target {
        Some(pointer) => POLICY.value().pointer(pointer).expect("it is defined"),
        None => schema,
    }
}

/// The name of the definition that `schema` refers to.
fn definition(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/$defs/")
}

/// The fields of the definition `name`; of the whole policy if it is empty.
fn fields(name: &str) -> &'static serde_json::Map<String, Value> {
    let root = POLICY.value();
    let schema = if name.is_empty() {
        root
    } else {
        &root["$defs"][name]
    };
    schema["properties"].as_object().expect("it has fields")
}

fn table_of(name: &str) -> Option<&'static Table> {
    let mut tables = PARTS.iter().flat_map(|part| part.tables);
    tables.find(|table| table.definition == name)
}

/// What a value of this schema is, in words.
fn sort(schema: &Value) -> String {
    if let Some(name) = definition(schema)
        && let Some(table) = table_of(name)
    {
        return format!("[{}](#{})", table.title, anchor(table.title));
    }
    let schema = resolved(schema);
    if let Some(only) = schema["const"].as_str() {
        return format!("`{only}`");
    }
    let words: Vec<String> = if let Some(words) = schema["enum"].as_array() {
        words.iter().filter_map(Value::as_str).map(code).collect()
    } else if let Some(forms) = schema["oneOf"].as_array() {
        let words = forms.iter().filter_map(|form| form["const"].as_str());
        words.map(code).collect()
    } else {
        Vec::new()
    };
    if !words.is_empty() {
        return words.join(", ");
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", plural(&sort(&schema["items"]))),
        Some("object") => format!("name: {}", sort(&schema["additionalProperties"])),
        Some("integer") => "number".to_owned(),
        Some("boolean") => "`true`, `false`".to_owned(),
        Some("string") => "text".to_owned(),
        other => panic!("{other:?} has a name on the page: {schema}"),
    }
}

fn plural(sort: &str) -> String {
    match sort {
        "text" => "texts".to_owned(),
        other => other.to_owned(),
    }
}

fn code(word: &str) -> String {
    format!("`{word}`")
}

fn anchor(title: &str) -> String {
    let kept = title
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .collect::<String>();
    kept.replace(' ', "-")
}

/// A value as it is written in a policy, on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(flow).collect();
            format!("[{}]", list.join(", "))
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let list: Vec<String> = fields
                .map(|(field, value)| format!("{field}: {}", flow(value)))
                .collect();
            format!("{{{}}}", list.join(", "))
        }
        other => other.to_string(),
    }
}

fn default(field: &str, schema: &Value, of: &str) -> String {
    let root = POLICY.value();
    let owner = if of.is_empty() {
        root
    } else {
        &root["$defs"][of]
    };
    let is_required = owner["required"]
        .as_array()
        .is_some_and(|required| required.iter().any(|name| name == field));
    match &schema["default"] {
        _ if is_required => "required".to_owned(),
        Value::Null if schema["type"] == "boolean" => code("false"),
        Value::Null => "none".to_owned(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Object(fields) if fields.is_empty() => "none".to_owned(),
        value => code(&flow(value)),
    }
}

fn rows(page: &mut String, table: &Table) {
    page.push_str("| field | type | default | meaning |\n|---|---|---|---|\n");
    for (field, schema) in fields(table.definition) {
        if !table.fields.is_empty() && !table.fields.contains(&field.as_str()) {
            continue;
        }
        let meaning = schema["description"].as_str().expect("it has a meaning");
        let _ = writeln!(
            page,
            "| `{field}` | {} | {} | {} |",
            sort(schema),
            default(field, schema, table.definition),
            meaning.replace('\n', " ").replace('|', "\\|"),
        );
    }
}

fn part(page: &mut String, part: &Part) {
    let _ = writeln!(page, "\n## {}", part.title);
    if !part.opening.is_empty() {
        let _ = write!(page, "\n{}\n", part.opening.trim_end());
    }
    for table in part.tables {
        page.push('\n');
        if !table.title.is_empty() {
            let _ = write!(page, "### {}\n\n", table.title);
        }
        rows(page, table);
        if !table.notes.is_empty() {
            let _ = write!(page, "\n{}\n", table.notes.trim_end());
        }
    }
    if !part.example.is_empty() {
        let _ = write!(page, "\n```yaml\n{}```\n", part.example);
    }
    if !part.closing.is_empty() {
        let _ = write!(page, "\n{}\n", part.closing.trim_end());
    }
}

fn documentation() -> String {
    let mut page = OPENING.to_owned();
    for one in PARTS {
        part(&mut page, one);
    }
    page
}

/// `COUNTERSIGN_WRITE_DOCS=1 cargo test -p countersign-model --lib policy_page` writes the page
/// again.
#[test]
fn the_policy_page_is_current() {
    let page = documentation();
    if std::env::var_os("COUNTERSIGN_WRITE_DOCS").is_some() {
        std::fs::write(PATH, &page).expect("docs/ can be written");
    }
    let written = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        written == page,
        "docs/policy.md is stale: run COUNTERSIGN_WRITE_DOCS=1 cargo test -p countersign-model --lib policy_page"
    );
}

#[test]
fn every_field_of_a_policy_has_its_place_on_the_policy_page() {
    let names = POLICY.value()["$defs"].as_object().expect("definitions");
    let with_fields = names
        .iter()
        .filter(|(_, schema)| schema["properties"].is_object())
        .map(|(name, _)| name.as_str());
    for name in with_fields.chain([""]) {
        let tables = PARTS.iter().flat_map(|part| part.tables);
        let placed: Vec<&str> = tables
            .filter(|table| table.definition == name)
            .flat_map(|table| {
                if table.fields.is_empty() {
                    fields(name).keys().map(String::as_str).collect()
                } else {
                    table.fields.to_vec()
                }
            })
            .collect();
        let once: BTreeSet<&str> = placed.iter().copied().collect();
        assert_eq!(once.len(), placed.len(), "{name:?}: {placed:?}");
        let all: BTreeSet<&str> = fields(name).keys().map(String::as_str).collect();
        assert_eq!(once, all, "the fields of {name:?}");
    }
}

/// Every field that occurs in `value`, each with its definition.
fn used<'v>(schema: &Value, value: &'v Value, found: &mut BTreeSet<(String, &'v str)>) {
    let name = definition(schema).unwrap_or_default().to_owned();
    let schema = resolved(schema);
    match value {
        Value::Object(values) => {
            for (field, value) in values {
                match &schema["properties"][field] {
                    Value::Null => used(&schema["additionalProperties"], value, found),
                    inner => {
                        found.insert((name.clone(), field.as_str()));
                        used(inner, value, found);
                    }
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                used(&schema["items"], value, found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_examples_of_the_policy_page_are_one_valid_policy_with_every_field() {
    let text: String = PARTS.iter().map(|part| part.example).collect();
    let parsed = accepted(&text);
    let doubts: Vec<RuleId> = parsed.lint.iter().map(|doubt| doubt.rule).collect();
    // Two rules for one subject are what the page explains.
    assert_eq!(doubts, [RuleId::RulesOverlap], "{:#?}", parsed.lint);
    let tree = yaml::read(Policy::PATH, text.as_bytes()).expect("it is YAML");
    let mut found = BTreeSet::new();
    used(POLICY.value(), &tree.value, &mut found);
    let tables = PARTS.iter().flat_map(|part| part.tables);
    for table in tables {
        for field in fields(table.definition).keys() {
            assert!(
                found.contains(&(table.definition.to_owned(), field.as_str())),
                "`{field}` of {:?} is in no example",
                table.definition
            );
        }
    }
}
