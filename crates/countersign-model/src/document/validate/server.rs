//! An MCP server against the registry's schema of 2025-12-11, and what that schema cannot say:
//! pinned versions.

use serde_json::Value;

use super::{Context, owner, under, version};
use crate::document::problem::{MOST_PROBLEMS, Problem, closest, shown};
use crate::document::schema;
use crate::document::spans::join;
use crate::document::yaml::{self, Tree};
use crate::document::{head, json};
use crate::document_input::ServerInput;
use crate::document_input::server::{
    ArgumentInput, ArgumentKind, PackageInput, SERVER_SCHEMA, TransportInput, TransportKind,
};
use crate::{Kind, RuleId, Severity};

pub(super) fn check(context: &Context<'_>, problems: &mut Vec<Problem>) {
    let Some(file) = context.main() else {
        let message = "not exactly one of server.json, server.yaml and server.yml";
        problems.push(context.problem(
            RuleId::ServerInvalid,
            message,
            "Add server.json, or keep one of the documents.",
        ));
        return;
    };
    let path = context.path(file);
    let read = if head::is_json(file.path) {
        json::read(&path, file.bytes)
    } else {
        yaml::read(&path, file.bytes)
    };
    let mut tree = match read {
        Ok(tree) => tree,
        Err(faults) => {
            problems.extend(under(RuleId::ServerInvalid, faults));
            return;
        }
    };
    if !head::is_json(file.path) {
        problems.extend(tree.ambiguities());
    }
    // The registry's own files are JSON, where a version is text already.
    tree.read_as_text("/version");
    let (server, faults) = schema::SERVER.read::<ServerInput>(&tree);
    problems.extend(under(RuleId::ServerInvalid, faults));
    problems.extend(schema_address(&tree));
    unknown_fields(&tree, &tree.value, "", schema::SERVER.value(), problems);
    let places = head::pointers(Kind::Server, context.is_lenient());
    problems.extend(owner::check(context, &tree, places.owner));
    match tree
        .value
        .get("version")
        .and_then(Value::as_str)
        .and_then(unpinned)
    {
        Some(why) => problems.push(unpinned_problem(&tree, "/version", why)),
        None => problems.extend(version(&tree, places.version)),
    }
    let Some(server) = server else { return };
    for (index, package) in server.packages.iter().enumerate() {
        check_package(&tree, &join("/packages", index), package, problems);
    }
    for (index, remote) in server.remotes.iter().enumerate() {
        let pointer = join("/remotes", index);
        if remote.kind == TransportKind::Stdio {
            let message = "a remote cannot be `stdio`";
            problems.push(tree.problem(
                RuleId::ServerInvalid,
                &join(&pointer, "type"),
                message,
                "Write `streamable-http` or `sse`.",
            ));
        }
        transport(&tree, &pointer, remote, problems);
    }
}

fn schema_address(tree: &Tree) -> Option<Problem> {
    let written = tree.value.get("$schema")?.as_str()?;
    if written == SERVER_SCHEMA {
        return None;
    }
    let date = written
        .rsplit_once("/schemas/")
        .and_then(|(_, rest)| rest.strip_suffix("/server.schema.json"))
        .unwrap_or_default();
    let is_date = date.len() == 10
        && date
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_date && date > "2025-12-11" {
        let message = format!("this version of Countersign does not know the schema of {date}");
        return Some(tree.problem(
            RuleId::SchemaUnknown,
            "/$schema",
            message,
            "Upgrade Countersign; this version knows the schema of 2025-12-11.",
        ));
    }
    let message = format!(
        "`{}` is not the schema of 2025-12-11, which this file must follow",
        shown(written)
    );
    let problem = tree.problem(
        RuleId::ServerInvalid,
        "/$schema",
        message,
        format!("Write `{SERVER_SCHEMA}`."),
    );
    Some(problem.review_context(Severity::Warning))
}

// The registry allows fields that it does not know; a misspelled one silently does nothing, so it
// is worth a warning.
fn unknown_fields(
    tree: &Tree,
    value: &Value,
    pointer: &str,
    schema: &Value,
    problems: &mut Vec<Problem>,
) {
    if problems.len() >= MOST_PROBLEMS {
        return;
    }
    let schema = match schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|address| address.strip_prefix('#'))
    {
        Some(inner) => match schema::SERVER.value().pointer(inner) {
            Some(definition) => definition,
            None => return,
        },
        None => schema,
    };
    match value {
        Value::Array(items) => {
            let Some(schema) = schema.get("items") else {
                return;
            };
            for (index, item) in items.iter().enumerate() {
                unknown_fields(tree, item, &join(pointer, index), schema, problems);
            }
        }
        Value::Object(fields) => {
            let Some(known) = schema.get("properties").and_then(Value::as_object) else {
                return;
            };
            for (field, value) in fields {
                let pointer = join(pointer, field);
                if let Some(schema) = known.get(field) {
                    unknown_fields(tree, value, &pointer, schema, problems);
                    continue;
                }
                let message = match closest(field, known.keys().map(String::as_str)) {
                    Some(meant) => {
                        format!("unknown field `{}`: did you mean `{meant}`?", shown(field))
                    }
                    None => format!("unknown field `{}`", shown(field)),
                };
                let help = "Rename or remove it; extensions belong under `_meta`.";
                problems.push(
                    tree.key_problem(RuleId::ServerInvalid, &pointer, message, help)
                        .review_context(Severity::Warning),
                );
            }
        }
        _ => {}
    }
}

fn check_package(tree: &Tree, pointer: &str, package: &PackageInput, problems: &mut Vec<Problem>) {
    let field = |name: &str| join(pointer, name);
    match (package.version.as_deref(), package.registry_type.as_str()) {
        (Some(written), _) => {
            if let Some(why) = unpinned(written) {
                problems.push(unpinned_problem(tree, &field("version"), why));
            }
        }
        (None, "npm" | "pypi" | "nuget" | "cargo") => problems.push(unpinned_problem(
            tree,
            pointer,
            "no version, which means the latest",
        )),
        (None, "oci") if !is_pinned_image(&package.identifier) => {
            problems.push(unpinned_problem(
                tree,
                &field("identifier"),
                "an image without a fixed tag or digest",
            ));
        }
        _ => {}
    }
    if package.registry_type == "mcpb" && package.file_sha256.is_none() {
        let help = "Add the SHA-256 of the file, so that clients can compare it.";
        problems.push(tree.problem(
            RuleId::ServerInvalid,
            pointer,
            "an `mcpb` package needs `fileSha256`",
            help,
        ));
    }
    transport(tree, &field("transport"), &package.transport, problems);
    for (name, arguments) in [
        ("runtimeArguments", &package.runtime_arguments),
        ("packageArguments", &package.package_arguments),
    ] {
        for (index, argument) in arguments.iter().enumerate() {
            problems.extend(check_argument(tree, &join(&field(name), index), argument));
        }
    }
}

fn transport(tree: &Tree, pointer: &str, transport: &TransportInput, problems: &mut Vec<Problem>) {
    if transport.kind != TransportKind::Stdio && transport.url.is_none() {
        problems.push(tree.problem(
            RuleId::ServerInvalid,
            pointer,
            "the field `url` is missing",
            "Add the address of the server.",
        ));
    }
}

fn check_argument(tree: &Tree, pointer: &str, argument: &ArgumentInput) -> Option<Problem> {
    let (message, help) = match argument.kind {
        ArgumentKind::Named if argument.name.is_none() => (
            "a named argument without `name`",
            "Add the flag with its dashes.",
        ),
        ArgumentKind::Positional
            if argument.value.value.is_none() && argument.value_hint.is_none() =>
        {
            (
                "a positional argument without `value` and `valueHint`",
                "Add one of the two.",
            )
        }
        _ => return None,
    };
    Some(tree.problem(RuleId::ServerInvalid, pointer, message, help))
}

fn unpinned_problem(tree: &Tree, pointer: &str, why: &str) -> Problem {
    let help = "Write one exact version, so that the approved version is what runs.";
    tree.problem(
        RuleId::ServerInvalid,
        pointer,
        format!("not one version: {why}"),
        help,
    )
}

/// Why a text is not one version, if it is a range or a moving name. The forms are those that the
/// registry refuses.
fn unpinned(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if text.is_empty() {
        return Some("empty");
    }
    if matches!(
        lower.as_str(),
        "latest" | "next" | "stable" | "current" | "main" | "master" | "head" | "nightly" | "any"
    ) {
        return Some("a name that can move");
    }
    let core = text.split(['-', '+']).next().unwrap_or(text);
    let has_wildcard =
        text.contains('*') || core.split('.').any(|part| part.eq_ignore_ascii_case("x"));
    let has_operator = text.starts_with(['^', '~', '>', '<', '=', '!'])
        || text.contains("||")
        || text.contains(',');
    let is_hyphen_range = text.contains(" - ") || text.split_ascii_whitespace().count() > 1;
    let is_interval = text.starts_with(['[', '(']);
    (has_wildcard || has_operator || is_hyphen_range || is_interval).then_some("a range")
}

fn is_pinned_image(identifier: &str) -> bool {
    if identifier.contains("@sha256:") {
        return true;
    }
    let name = identifier.rsplit('/').next().unwrap_or(identifier);
    name.rsplit_once(':')
        .is_some_and(|(_, tag)| unpinned(tag).is_none())
}
