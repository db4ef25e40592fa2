//! Places in a text: bytes, lines, columns, and the spans of a YAML document's nodes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Place;

/// Line starts of a text, to turn byte offsets into places.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// The lines of `text`; only `\n` ends one.
    pub fn of(text: &str) -> Self {
        let breaks = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        Self {
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// 1-based line of the byte at `offset`.
    pub fn line(&self, offset: usize) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32
    }

    /// Line, and column in characters, both 1-based, of `offset` in the same `text`. An offset past
    /// the end means the end.
    pub fn place(&self, path: &str, text: &str, offset: usize) -> Place {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset);
        let start = self.starts[line as usize - 1];
        Place::at(path, line, text[start..offset].chars().count() as u32 + 1)
    }
}

/// Byte offsets of characters. Empty when every character is one byte, which nearly every document
/// is.
#[derive(Debug)]
pub(super) struct CharOffsets {
    bytes: Vec<u32>,
    len: usize,
    base: usize,
}

impl CharOffsets {
    /// Offsets for `text`, which starts at byte `base` of its file.
    pub(super) fn of(text: &str, base: usize) -> Self {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(at, _)| at as u32).collect()
        };
        Self {
            bytes,
            len: text.len(),
            base,
        }
    }

    /// The byte offset in the file of the character with this index.
    pub(super) fn byte(&self, index: usize) -> usize {
        let at = if self.bytes.is_empty() {
            index.min(self.len)
        } else {
            self.bytes.get(index).map_or(self.len, |at| *at as usize)
        };
        self.base + at
    }
}

/// A node of a YAML document with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) span: (usize, usize),
    /// Span of its key.
    pub(super) key: Option<(usize, usize)>,
    pub(super) shape: Shape,
}

#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// A scalar's value and its text as written, without quotes.
    Scalar(Value, String),
    Sequence(Vec<usize>),
    /// Keys in file order, and the node of each.
    Mapping(Vec<String>, BTreeMap<String, usize>),
}

/// All nodes of a document; ids are indexes.
#[derive(Clone, Debug, Default)]
pub(super) struct Nodes(pub(super) Vec<Node>);

impl Nodes {
    /// The node at a JSON pointer, or its nearest ancestor that exists, and whether it is the node
    /// itself.
    pub(super) fn find(&self, pointer: &str) -> Option<(&Node, bool)> {
        let mut node = self.0.first()?;
        for step in pointer.split('/').skip(1) {
            let child = match &node.shape {
                Shape::Scalar(..) => None,
                Shape::Sequence(items) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index)),
                Shape::Mapping(_, fields) => {
                    fields.get(&step.replace("~1", "/").replace("~0", "~"))
                }
            };
            match child {
                Some(id) => node = &self.0[*id],
                None => return Some((node, false)),
            }
        }
        Some((node, true))
    }

    /// The JSON value of a node. Recursion is bounded by the reader's depth limit.
    pub(super) fn value(&self, id: usize) -> Value {
        match &self.0[id].shape {
            Shape::Scalar(value, _) => value.clone(),
            Shape::Sequence(items) => items.iter().map(|item| self.value(*item)).collect(),
            Shape::Mapping(keys, fields) => {
                let entries = keys
                    .iter()
                    .map(|key| (key.clone(), self.value(fields[key])));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}

/// A JSON pointer with one more step.
pub fn join(pointer: &str, step: impl std::fmt::Display) -> String {
    format!(
        "{pointer}/{}",
        step.to_string().replace('~', "~0").replace('/', "~1")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_characters_and_offsets_in_bytes() {
        let text = "a: ü\nbé: x";
        let lines = Lines::of(text);
        let at = text.find('x').expect("it is there");
        assert_eq!(lines.place("f", text, at), Place::at("f", 2, 5));
        assert_eq!(lines.place("f", text, 999), Place::at("f", 2, 6));
        assert_eq!(
            lines.place("f", text, 4),
            Place::at("f", 1, 4),
            "inside a character means its start"
        );
        assert_eq!(CharOffsets::of(text, 10).byte(5), 10 + 6);
    }

    #[test]
    fn pointers_escape_slashes_and_tildes() {
        assert_eq!(join("/a", "b/c~d"), "/a/b~1c~0d");
    }
}
