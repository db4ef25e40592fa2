//! What the frontmatter of a Skill, a prompt, a command or an agent grants and forbids, whatever
//! its harness.

use serde_json::Value;

use super::{Capabilities, settings};
use crate::document::references::window;

/// Fields that only name or describe something. Every other field, known or not, may change what a
/// harness does.
const INERT: [&str; 16] = [
    "argument-hint",
    "author",
    "category",
    "color",
    "compatibility",
    "description",
    "icon",
    "license",
    "name",
    "owner",
    "risk",
    "tags",
    "title",
    "version",
    "when_to_use",
    "metadata",
];

/// Bytes of a value that are shown.
const LONGEST_VALUE: usize = 160;

/// Reads the fields.
pub(super) fn read(value: &Value, found: &mut Capabilities) {
    for (key, value) in value.as_object().into_iter().flatten() {
        field(key, value, found);
    }
    for (key, value) in value
        .get("metadata")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        if !INERT.contains(&key.as_str()) {
            found
                .permissions
                .insert(format!("metadata.{key} {}", shown(value)));
        }
    }
}

fn field(key: &str, value: &Value, found: &mut Capabilities) {
    match (key, value) {
        ("allowed-tools" | "allowedTools" | "tools", value) => tools(value, found),
        ("disallowed-tools" | "disallowedTools" | "disallowed_tools", value) => {
            found.restrictions.extend(
                items(value)
                    .into_iter()
                    .map(|tool| format!("disallowed tool {tool}")),
            );
        }
        ("disable-model-invocation", Value::Bool(true)) => {
            found
                .restrictions
                .insert("only people can start it".to_owned());
        }
        ("user-invocable", Value::Bool(false)) => {
            found
                .restrictions
                .insert("people cannot start it".to_owned());
        }
        ("disable-model-invocation", Value::Bool(false))
        | ("user-invocable", Value::Bool(true)) => {}
        ("paths", value) => found.restrictions.extend(
            items(value)
                .into_iter()
                .map(|path| format!("only for files {path}")),
        ),
        ("hooks", value) => settings::read(&serde_json::json!({ "hooks": value }), found),
        ("mcpServers" | "mcp-servers", value) => {
            settings::read(value, found);
            found.permissions.extend(
                items(value)
                    .into_iter()
                    .map(|server| format!("MCP server {server}")),
            );
        }
        ("context", Value::String(context)) if context == "fork" => {
            found.permissions.insert("runs as a subagent".to_owned());
        }
        _ if INERT.contains(&key) => {}
        (key, Value::Array(_)) => found
            .permissions
            .extend(items(value).into_iter().map(|item| format!("{key} {item}"))),
        (key, value) => {
            found.permissions.insert(format!("{key} {}", shown(value)));
        }
    }
}

// A map says of each tool whether it may be used.
fn tools(value: &Value, found: &mut Capabilities) {
    if let Value::Object(tools) = value {
        for (tool, allowed) in tools {
            match allowed {
                Value::Bool(false) => found.restrictions.insert(format!("disallowed tool {tool}")),
                Value::Bool(true) | Value::Null => found.tools.insert(tool.clone()),
                other => found.tools.insert(format!("{tool} {}", shown(other))),
            };
        }
        return;
    }
    found.tools.extend(items(value));
}

// The names in a text, a list or a map.
fn items(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => super::tool_list(text),
        Value::Array(items) => items
            .iter()
            .flat_map(|item| {
                item.as_str()
                    .map_or_else(|| vec![shown(item)], super::tool_list)
            })
            .collect(),
        Value::Object(fields) => fields.keys().cloned().collect(),
        other => vec![shown(other)],
    }
}

fn shown(value: &Value) -> String {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let start = window(&text, LONGEST_VALUE);
    if start.len() < text.len() {
        format!("{start}…")
    } else {
        text
    }
}
