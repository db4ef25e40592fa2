//! The strict YAML reader: bytes to a JSON value whose every node has its place.
//!
//! It is a subset of YAML 1.2 with the core schema. Refused, each with line and column: what is not
//! UTF-8, byte order marks, control characters, directives, duplicate keys, keys that are not text,
//! anchors and aliases, tags, merge keys, several documents, and input over the limits. It works on
//! the parser's events rather than on its finished nodes, because those no longer know of anchors,
//! and because an event that breaks a limit stops the reading at once.

mod ambiguous_scalar;
mod scalars;
mod syntax;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::Value;

use super::problem::{MOST_PROBLEMS, Problem, shown};
use super::spans::{CharOffsets, Lines, Node, Nodes, Shape};
use crate::{Place, RuleId};
pub use ambiguous_scalar::AmbiguousScalar;
use scalars::{is_printable, plain};

/// What a document may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length in bytes.
    pub bytes: usize,
    /// Collections inside one another.
    pub depth: usize,
    /// Scalars and collections together.
    pub nodes: usize,
}

impl Limits {
    /// For every document: policies, decisions, frontmatter.
    pub const DOCUMENT: Self = Self {
        bytes: 1 << 20,
        depth: 32,
        nodes: 100_000,
    };
}

/// A document as a JSON value, with the place of every node.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The document; null when the file is empty.
    pub value: Value,
    path: String,
    text: String,
    lines: Lines,
    nodes: Nodes,
    ambiguous_scalars: Vec<AmbiguousScalar>,
}

/// Reads a whole file.
pub fn read(path: &str, bytes: &[u8]) -> Result<Tree, Vec<Problem>> {
    read_part(path, bytes, 0..bytes.len(), Limits::DOCUMENT)
}

/// Reads the part `range` of a file, such as its frontmatter; places are those of the whole file.
pub fn read_part(
    path: &str,
    file: &[u8],
    range: Range<usize>,
    limits: Limits,
) -> Result<Tree, Vec<Problem>> {
    let (start, end) = (range.start.min(file.len()), range.end.min(file.len()));
    if end.saturating_sub(start) > limits.bytes {
        let message = format!(
            "the document has {} bytes, but only {} are allowed",
            end - start,
            limits.bytes
        );
        return Err(vec![Problem::of_file(
            RuleId::YamlInvalid,
            path,
            message,
            "Split the document, or remove what is not needed.",
        )]);
    }
    let text = text_of(path, &file[..end])?;
    let mut reader = Reader {
        path,
        text,
        lines: Lines::of(text),
        offsets: CharOffsets::of(text.get(start..).unwrap_or_default(), start),
        limits,
        nodes: Vec::new(),
        open: Vec::new(),
        documents: 0,
        ambiguous_scalars: Vec::new(),
        problems: Vec::new(),
    };
    let part = text.get(start..).unwrap_or_default();
    if reader.allows(part, start) {
        reader.run(part);
    }
    reader.finish()
}

pub(super) fn text_of<'f>(path: &str, bytes: &'f [u8]) -> Result<&'f str, Vec<Problem>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let before = std::str::from_utf8(&bytes[..at]).expect("valid up to that byte");
        let place = Lines::of(before).place(path, before, at);
        let help = "Save the file as UTF-8.";
        vec![Problem::new(
            RuleId::YamlInvalid,
            place,
            (at, at + 1),
            "a byte that is not UTF-8",
            help,
        )]
    })
}

struct Reader<'t> {
    path: &'t str,
    text: &'t str,
    lines: Lines,
    offsets: CharOffsets,
    limits: Limits,
    nodes: Vec<Node>,
    open: Vec<Open>,
    documents: usize,
    ambiguous_scalars: Vec<AmbiguousScalar>,
    problems: Vec<Problem>,
}

/// A collection that has not ended, and in a mapping the key that waits for its value.
struct Open {
    id: usize,
    key: Option<Key>,
}

struct Key {
    text: String,
    span: (usize, usize),
}

/// The reading cannot go on.
struct Stop;

impl Reader<'_> {
    fn fault(&mut self, span: (usize, usize), message: impl Into<String>, help: &str) {
        if self.problems.len() < MOST_PROBLEMS {
            let place = self.lines.place(self.path, self.text, span.0);
            self.problems.push(Problem::new(
                RuleId::YamlInvalid,
                place,
                span,
                message,
                help,
            ));
        }
    }

    // What must be known before the parser sees the text.
    fn allows(&mut self, part: &str, base: usize) -> bool {
        if part.starts_with('\u{feff}') {
            self.fault(
                (base, base + 3),
                "a byte order mark before the document",
                "Save the file as UTF-8 without a byte order mark.",
            );
            return false;
        }
        let bytes = part.as_bytes();
        for (at, character) in part.char_indices() {
            let lone_return = character == '\r' && bytes.get(at + 1) != Some(&b'\n');
            if lone_return || !is_printable(character) {
                let message = format!("the control character U+{:04X}", u32::from(character));
                self.fault(
                    (base + at, base + at + character.len_utf8()),
                    message,
                    "Remove the character, or write it as an escape in double quotes.",
                );
            }
        }
        // A flow collection that could be a key is scanned to its end before its first event, so
        // its size is bounded here.
        let indicators = bytes
            .iter()
            .filter(|byte| matches!(byte, b',' | b'[' | b'{'))
            .count();
        if indicators > self.limits.nodes * 2 {
            self.too_many((base, base));
        }
        // `%TAG` and `%YAML` change how the rest is read.
        let mut at = base;
        for line in part.split_inclusive('\n') {
            let content = line.trim_start();
            if line.starts_with('%') {
                self.fault(
                    (at, at + line.trim_end().len()),
                    "a directive",
                    "Remove the line: documents are YAML 1.2 without directives.",
                );
                break;
            }
            if !content.is_empty() && !content.starts_with('#') {
                break;
            }
            at += line.len();
        }
        self.problems.is_empty()
    }

    fn too_many(&mut self, span: (usize, usize)) {
        let message = format!("more than {} values", self.limits.nodes);
        self.fault(
            span,
            message,
            "Split the document, or remove what is not needed.",
        );
    }

    fn run(&mut self, part: &str) {
        for event in Parser::new_from_str(part) {
            match event {
                Ok((event, span)) => {
                    if self.event(event, span).is_err() || self.problems.len() >= MOST_PROBLEMS {
                        return;
                    }
                }
                Err(error) => {
                    let at = self.offsets.byte(error.marker().index());
                    let (message, help) = syntax::explain(error.info(), self.text, at);
                    self.fault((at, at), message, &help);
                    return;
                }
            }
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        let bytes = (
            self.offsets.byte(span.start.index()),
            self.offsets.byte(span.end.index()),
        );
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.fault(
                        bytes,
                        "a second document",
                        "Keep one document per file: remove the `---` or `...` line.",
                    );
                    return Err(Stop);
                }
                Ok(())
            }
            Event::Alias(_) => {
                self.fault(bytes, "an alias", "Write the value out where it is needed.");
                self.value(String::new(), ScalarStyle::Plain, bytes)
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.bare(anchor, tag.is_some(), bytes);
                self.value(text.into_owned(), style, bytes)
            }
            Event::SequenceStart(anchor, tag) => {
                self.bare(anchor, tag.is_some(), bytes);
                self.collection(Shape::Sequence(Vec::new()), bytes)
            }
            Event::MappingStart(anchor, tag) => {
                self.bare(anchor, tag.is_some(), bytes);
                self.collection(Shape::Mapping(Vec::new(), BTreeMap::new()), bytes)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.end(bytes.0);
                Ok(())
            }
        }
    }

    fn bare(&mut self, anchor: usize, tagged: bool, span: (usize, usize)) {
        if anchor > 0 {
            self.fault(
                span,
                "an anchor",
                "Remove the `&name`, and write the value out where it is needed.",
            );
        }
        if tagged {
            self.fault(
                span,
                "a tag",
                "Remove the `!tag`: a field's type is that of its schema.",
            );
        }
    }

    fn value(
        &mut self,
        text: String,
        style: ScalarStyle,
        span: (usize, usize),
    ) -> Result<(), Stop> {
        let value = if style == ScalarStyle::Plain {
            plain(&text)
        } else {
            Value::String(text.clone())
        };
        if style == ScalarStyle::Plain && self.ambiguous_scalars.len() < MOST_PROBLEMS {
            self.ambiguous_scalars
                .extend(AmbiguousScalar::of(&text, &value, span));
        }
        if self.expects_key() {
            // In quotes, too: some readers merge whatever its style.
            if text == "<<" {
                let help = "Write the fields out where they are needed: some readers merge its fields into this mapping.";
                self.fault(span, "a merge key", help);
            }
            if !value.is_string() {
                self.fault(
                    span,
                    format!("the key `{}` is not text", shown(&text)),
                    "Put the key in quotes.",
                );
            }
            if let Some(open) = self.open.last_mut() {
                open.key = Some(Key { text, span });
            }
            return Ok(());
        }
        self.add(Shape::Scalar(value, text), span).map(|_| ())
    }

    fn collection(&mut self, shape: Shape, span: (usize, usize)) -> Result<(), Stop> {
        if self.expects_key() {
            self.fault(
                span,
                "a key that is not text",
                "Write the key as one word, or put it in quotes.",
            );
            return Err(Stop);
        }
        if self.open.len() >= self.limits.depth {
            let message = format!("more than {} levels of nesting", self.limits.depth);
            self.fault(span, message, "Flatten the document.");
            return Err(Stop);
        }
        let id = self.add(shape, span)?;
        self.open.push(Open { id, key: None });
        Ok(())
    }

    fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|open| {
            open.key.is_none() && matches!(self.nodes[open.id].shape, Shape::Mapping(..))
        })
    }

    fn add(&mut self, shape: Shape, mut span: (usize, usize)) -> Result<usize, Stop> {
        let id = self.nodes.len();
        if id >= self.limits.nodes {
            self.too_many(span);
            return Err(Stop);
        }
        let mut under = None;
        let mut twice = None;
        if let Some(open) = self.open.last_mut() {
            match &mut self.nodes[open.id].shape {
                Shape::Sequence(items) => items.push(id),
                Shape::Mapping(keys, fields) => {
                    if let Some(key) = open.key.take() {
                        under = Some(key.span);
                        match fields.entry(key.text) {
                            Entry::Occupied(field) => twice = Some((field.key().clone(), key.span)),
                            Entry::Vacant(field) => {
                                keys.push(field.key().clone());
                                field.insert(id);
                            }
                        }
                    }
                }
                Shape::Scalar(..) => {}
            }
        }
        if let Some((key, at)) = twice {
            self.fault(
                at,
                format!("the key `{}` is repeated", shown(&key)),
                "Keep one of the two.",
            );
        }
        // The parser places a value that is not there at whatever comes next.
        if let (Some((_, end)), Shape::Scalar(Value::Null, text)) = (under, &shape)
            && text.is_empty()
        {
            span = (end, end);
        }
        self.nodes.push(Node {
            span,
            key: under,
            shape,
        });
        Ok(id)
    }

    // Block collections are said to end where the next thing starts, flow collections only after
    // the spaces and the comment that follow, so the end is that of the bracket or of the last
    // child.
    fn end(&mut self, at: usize) {
        let Some(open) = self.open.pop() else { return };
        let start = self.nodes[open.id].span.0;
        let byte = |at: usize| self.text.as_bytes().get(at);
        let end = match (byte(start), byte(at)) {
            (Some(b'['), Some(b']')) | (Some(b'{'), Some(b'}')) => at + 1,
            _ => {
                let last = match &self.nodes[open.id].shape {
                    Shape::Sequence(items) => items.last(),
                    Shape::Mapping(keys, fields) => keys.last().and_then(|key| fields.get(key)),
                    Shape::Scalar(..) => None,
                };
                last.map_or(start, |last| self.nodes[*last].span.1)
            }
        };
        self.nodes[open.id].span.1 = end.max(start);
    }

    fn finish(mut self) -> Result<Tree, Vec<Problem>> {
        if !self.problems.is_empty() {
            self.problems.sort_by_key(|problem| problem.span);
            return Err(self.problems);
        }
        if self.nodes.is_empty() {
            let shape = Shape::Scalar(Value::Null, String::new());
            let at = self.offsets.byte(0);
            self.nodes.push(Node {
                span: (at, at),
                key: None,
                shape,
            });
        }
        let nodes = Nodes(self.nodes);
        Ok(Tree {
            value: nodes.value(0),
            path: self.path.to_owned(),
            text: self.text.to_owned(),
            lines: self.lines,
            nodes,
            ambiguous_scalars: self.ambiguous_scalars,
        })
    }
}

impl Tree {
    /// A tree of nodes that another reader found in `text`. There is at least one.
    pub(super) fn of(path: &str, text: &str, nodes: Nodes) -> Self {
        Self {
            value: nodes.value(0),
            path: path.to_owned(),
            text: text.to_owned(),
            lines: Lines::of(text),
            nodes,
            ambiguous_scalars: Vec::new(),
        }
    }

    /// The file's path, as given to [`read`].
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The text of the file up to the end of the document.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is a value at the JSON pointer.
    pub fn has(&self, pointer: &str) -> bool {
        self.nodes.find(pointer).is_some_and(|(_, found)| found)
    }

    /// Byte offsets of the value at a JSON pointer, or of the nearest ancestor when it is absent. A
    /// collection of several lines is represented by its key, or else by its first line.
    pub fn span(&self, pointer: &str) -> (usize, usize) {
        let Some((node, _)) = self.nodes.find(pointer) else {
            return (0, 0);
        };
        let (start, end) = node.span;
        let first_line = self.text.get(start..end).and_then(|text| text.find('\n'));
        match (&node.shape, first_line, node.key) {
            (_, None, _) => (start, end),
            (Shape::Scalar(..), ..) | (_, _, None) => {
                (start, start + first_line.unwrap_or_default())
            }
            (_, _, Some(key)) => key,
        }
    }

    /// Byte offsets of the key of the value at a JSON pointer; of the value if it has no key.
    pub fn key_span(&self, pointer: &str) -> (usize, usize) {
        match self.nodes.find(pointer) {
            Some((Node { key: Some(key), .. }, true)) => *key,
            _ => self.span(pointer),
        }
    }

    /// Place of the value at a JSON pointer.
    pub fn place(&self, pointer: &str) -> Place {
        self.lines
            .place(&self.path, &self.text, self.span(pointer).0)
    }

    /// 1-based line of the value at a JSON pointer.
    pub fn line(&self, pointer: &str) -> u32 {
        self.lines.line(self.span(pointer).0)
    }

    /// The scalar at a JSON pointer as its author wrote it, without quotes: `1.10` stays `1.10`.
    /// `None` for anything else.
    pub fn source(&self, pointer: &str) -> Option<&str> {
        match self.nodes.find(pointer) {
            Some((
                Node {
                    shape: Shape::Scalar(_, text),
                    ..
                },
                true,
            )) => Some(text),
            _ => None,
        }
    }

    /// Makes the scalar at a JSON pointer text, whatever it looks like: for versions, where `1.10`
    /// is not a number.
    pub fn read_as_text(&mut self, pointer: &str) {
        let Some(text) = self.source(pointer).map(str::to_owned) else {
            return;
        };
        if let Some(value) = self.value.pointer_mut(pointer)
            && !value.is_null()
        {
            *value = Value::String(text);
        }
    }

    /// A problem at the value.
    pub fn problem(
        &self,
        rule: RuleId,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        self.problem_at(rule, self.span(pointer), message, help)
    }

    /// A problem at the key.
    pub fn key_problem(
        &self,
        rule: RuleId,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        self.problem_at(rule, self.key_span(pointer), message, help)
    }

    /// A problem at byte offsets of the file.
    pub(super) fn problem_at(
        &self,
        rule: RuleId,
        span: (usize, usize),
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        Problem::new(
            rule,
            self.lines.place(&self.path, &self.text, span.0),
            span,
            message,
            help,
        )
    }
}

// YAML 1.2, production c-printable; the byte order mark is left to the parser, which knows where it
// is allowed.
#[cfg(test)]
mod tests;
