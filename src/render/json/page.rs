//! The page `docs/json.md`, made from the schemas of the outputs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::schemas::{OUTPUTS, OutputSchema};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/json.md");

const OPENING: &str = "\
# JSON

<!-- Generated from `src/render/json`; a test keeps it current. -->

Every command that reports prints one JSON object on standard output with `--format json`. Its first
field, `schema`, says which. `countersign schema output-check` prints the JSON Schema of an output;
all of them are in [schemas](../schemas). Every test that reads an output compares it with its
schema.

What waits for an approval, for a dashboard:

```sh
countersign demo && cd countersign-demo
countersign status --format json | python3 -c '
import json, sys
for one in json.load(sys.stdin)[\"subjects\"]:
    for needed in one[\"requirements\"]:
        if one[\"state\"] == \"draft\" and needed[\"missing\"]:
            print(one[\"subject\"], one[\"version\"], needed[\"missing\"], \"of\", *needed[\"from\"])'
```

```text
skill/mail-triage 0.1.0-rc.1 1 of owners administrators
skill/payments-refund 1.1.0 1 of security
```

## What you can rely on

- `v1` grows only by fields. No field is removed, renamed or given another meaning, and no value
  changes its type. So ignore fields that you do not know, and treat a word that you do not know, such
  as a new state, as the most careful one.
- An absent value is `null`; a field is never left out.
- Lists are sorted as their description says. The same repository, anchor and `--now` give the same
  bytes on every machine.
- Times are UTC, `2026-11-03T10:12:00Z`. Digests are `sha256:` and 64 hex digits. Commits are whole
  ids. Paths are from the root, with `/`.
- Errors are text on standard error, and standard output is then empty. Only `check` prints its report
  also where nothing could be judged, with the verdict `not-evaluated`. Notes and warnings are on standard error too.
- The exit code says how it ended, with every format: see [commands.md](commands.md#exit-codes).

[audit.md](audit.md) describes the audit, and [export.md](export.md) other formats of the log.
";

/// Whether another page describes the output.
fn is_elsewhere(output: &OutputSchema) -> bool {
    output.name.starts_with("output-audit")
}

fn documentation() -> String {
    let mut page = OPENING.to_owned();
    page.push_str("\n## Outputs\n\n| schema | printed by |\n|---|---|\n");
    for output in OUTPUTS {
        let place = if is_elsewhere(output) {
            "audit.md#what-is-in-it".to_owned()
        } else {
            format!("#{}", anchor(output.id))
        };
        let _ = writeln!(page, "| [`{}`]({place}) | {} |", output.id, output.commands);
    }
    let mut parts = BTreeMap::new();
    for output in OUTPUTS.iter().filter(|output| !is_elsewhere(output)) {
        section(&mut page, output, &mut parts);
    }
    page.push_str("\n## Parts\n");
    for (name, schema) in &parts {
        let _ = write!(page, "\n### {name}\n\n{}\n\n", text(&schema["description"]));
        rows(&mut page, fields(schema));
    }
    page
}

/// The fields of an output, and its parts into `parts`, under which one name has one meaning.
fn section(page: &mut String, output: &OutputSchema, parts: &mut BTreeMap<String, Value>) {
    let schema = output.value();
    let _ = write!(page, "\n### {}\n\n", output.id);
    let defined = schema["$defs"].as_object().cloned().unwrap_or_default();
    let forms: Vec<&Value> = match schema["anyOf"].as_array() {
        Some(forms) => forms
            .iter()
            .map(|form| &schema["$defs"][name_of(form).expect("a form is defined")])
            .collect(),
        None => vec![&schema],
    };
    for (index, form) in forms.iter().enumerate() {
        let space = if index == 0 { "" } else { "\n" };
        let _ = write!(page, "{space}{}\n\n", text(&form["description"]));
        rows(page, fields(form));
    }
    for (name, part) in defined {
        if forms.iter().any(|form| **form == part) {
            continue;
        }
        if let Some(other) = parts.insert(name.clone(), part.clone()) {
            assert_eq!(other, part, "{name} is one part");
        }
    }
}

fn fields(schema: &Value) -> &Map<String, Value> {
    schema["properties"].as_object().expect("it has fields")
}

fn rows(page: &mut String, fields: &Map<String, Value>) {
    page.push_str("| field | type | meaning |\n|---|---|---|\n");
    for (field, schema) in fields {
        let meaning = text(&schema["description"]).replace('|', "\\|");
        let _ = writeln!(page, "| `{field}` | {} | {meaning} |", sort(schema));
    }
}

fn text(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn name_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/$defs/")
}

/// What a value of this schema is, in words.
fn sort(schema: &Value) -> String {
    if let Some(name) = name_of(schema) {
        return format!("[{name}](#{})", anchor(name));
    }
    if let Some(forms) = schema["anyOf"].as_array() {
        let forms: Vec<String> = forms.iter().map(sort).collect();
        return forms.join(" or ");
    }
    let one = |word: &Value| match word.as_str().unwrap_or_default() {
        "array" => format!("list of {}", sort(&schema["items"])),
        "integer" => "number".to_owned(),
        "null" => "`null`".to_owned(),
        word => word.to_owned(),
    };
    match &schema["type"] {
        Value::Array(words) => words.iter().map(one).collect::<Vec<_>>().join(" or "),
        word => one(word),
    }
}

fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || *c == '-';
    heading.to_lowercase().chars().filter(kept).collect()
}

/// `COUNTERSIGN_WRITE_DOCS=1 cargo test --lib json_page` writes the page again.
#[test]
fn the_json_page_is_current() {
    let page = documentation();
    if std::env::var_os("COUNTERSIGN_WRITE_DOCS").is_some() {
        std::fs::write(PATH, &page).expect("docs/ can be written");
    }
    let written = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        written == page,
        "docs/json.md is stale: run COUNTERSIGN_WRITE_DOCS=1 cargo test --lib json_page"
    );
}
