//! TOML files with the place of every value: Codex and others keep their settings in it.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Number, Value as Json};
use toml_edit::{Document, Item, TableLike, Value};

use super::problem::Problem;
use super::spans::{Lines, Node, Nodes, Shape};
use super::yaml::{self, Limits, Tree};
use crate::RuleId;

/// Reads a TOML file. How deep it may be is the parser's own limit; its size is that of every
/// document.
pub fn read(path: &str, bytes: &[u8]) -> Result<Tree, Vec<Problem>> {
    if bytes.len() > Limits::DOCUMENT.bytes {
        // The reader says so, and looks no further.
        return yaml::read(path, bytes);
    }
    let text = yaml::text_of(path, bytes)?;
    let document = Document::parse(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        let place = Lines::of(text).place(path, text, span.start);
        vec![Problem::new(
            RuleId::YamlInvalid,
            place,
            (span.start, span.end),
            "text that is not TOML",
            "Correct the TOML at this place.",
        )]
    })?;
    let mut nodes = Builder {
        text,
        nodes: Vec::new(),
    };
    nodes.table(document.as_table(), Some(0..text.len()), None);
    Ok(Tree::of(path, text, Nodes(nodes.nodes)))
}

struct Builder<'t> {
    text: &'t str,
    nodes: Vec<Node>,
}

impl Builder<'_> {
    fn table(
        &mut self,
        table: &dyn TableLike,
        span: Option<Range<usize>>,
        key: Option<Range<usize>>,
    ) -> usize {
        let id = self.push(span, key, Shape::Mapping(Vec::new(), BTreeMap::new()));
        for (name, item) in table.iter() {
            let key = table.get_key_value(name).and_then(|(key, _)| key.span());
            let Some(child) = self.item(item, key) else {
                continue;
            };
            if let Shape::Mapping(keys, fields) = &mut self.nodes[id].shape {
                keys.push(name.to_owned());
                fields.insert(name.to_owned(), child);
            }
        }
        id
    }

    fn item(&mut self, item: &Item, key: Option<Range<usize>>) -> Option<usize> {
        match item {
            Item::None => None,
            Item::Value(value) => Some(self.value(value, key)),
            Item::Table(table) => Some(self.table(table, table.span(), key)),
            Item::ArrayOfTables(tables) => {
                let id = self.push(tables.span(), key, Shape::Sequence(Vec::new()));
                for table in tables {
                    let child = self.table(table, table.span(), None);
                    self.append(id, child);
                }
                Some(id)
            }
        }
    }

    fn value(&mut self, value: &Value, key: Option<Range<usize>>) -> usize {
        let span = value.span();
        let source = span
            .clone()
            .and_then(|span| self.text.get(span))
            .unwrap_or_default();
        let scalar = match value {
            Value::InlineTable(table) => return self.table(table, span, key),
            Value::Array(items) => {
                let id = self.push(span, key, Shape::Sequence(Vec::new()));
                for item in items {
                    let child = self.value(item, None);
                    self.append(id, child);
                }
                return id;
            }
            Value::String(text) => Json::String(text.value().clone()),
            Value::Integer(number) => Json::Number(Number::from(*number.value())),
            Value::Float(number) => Number::from_f64(*number.value())
                .map_or_else(|| Json::String(source.to_owned()), Json::Number),
            Value::Boolean(truth) => Json::Bool(*truth.value()),
            Value::Datetime(_) => Json::String(source.to_owned()),
        };
        let written = scalar.as_str().unwrap_or(source).to_owned();
        self.push(span, key, Shape::Scalar(scalar, written))
    }

    fn append(&mut self, sequence: usize, child: usize) {
        if let Shape::Sequence(items) = &mut self.nodes[sequence].shape {
            items.push(child);
        }
    }

    fn push(
        &mut self,
        span: Option<Range<usize>>,
        key: Option<Range<usize>>,
        shape: Shape,
    ) -> usize {
        // A table that only its children's headers name has no place of its own.
        let span = span.or_else(|| key.clone()).unwrap_or_default();
        self.nodes.push(Node {
            span: (span.start, span.end),
            key: key.map(|key| (key.start, key.end)),
            shape,
        });
        self.nodes.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CODEX: &str = "model = \"x\"\n[mcp_servers.gh]\ncommand = \"npx\"\nargs = [\"-y\", \"x@1\"]\nenv = { TOKEN = \"abc\" }\n[mcp_servers.gh.http_headers]\nAuthorization = 'Bearer x'\n[[hooks.PreToolUse]]\ncommand = \"a\"\ntimeout = 5\n";

    #[test]
    fn values_have_their_places() {
        let tree = read("config.toml", CODEX.as_bytes()).expect("TOML");
        assert_eq!(tree.value["mcp_servers"]["gh"]["env"]["TOKEN"], "abc");
        assert_eq!(tree.value["hooks"]["PreToolUse"][0]["timeout"], 5);
        for (pointer, line) in [
            ("/model", 1),
            ("/mcp_servers/gh/args/1", 4),
            ("/mcp_servers/gh/env/TOKEN", 5),
            ("/mcp_servers/gh/http_headers/Authorization", 7),
            ("/hooks/PreToolUse/0/command", 9),
        ] {
            assert_eq!(tree.line(pointer), line, "{pointer}");
        }
    }

    #[test]
    fn what_is_not_toml_is_refused_at_its_place() {
        assert_eq!(
            read("c.toml", b"a = 1\nb = \n").expect_err("no value")[0]
                .place
                .line,
            2
        );
        assert!(read("c.toml", b"a = 1\na = 2\n").is_err());
        assert!(
            read("c.toml", &[b"a = ".to_vec(), vec![b'['; 5_000]].concat()).is_err(),
            "a bounded depth"
        );
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..100), text in "[\\[\\]{}.=,\"'a1\n ]{0,60}") {
            let _ = read("c.toml", &bytes);
            let _ = read("c.toml", text.as_bytes());
        }
    }
}
