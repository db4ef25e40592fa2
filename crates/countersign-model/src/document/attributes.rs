//! `.gitattributes`: which of the attributes that alter bytes on checkout or export hold for a path.
//!
//! Follows gitattributes(5): files nearer to the path win, later lines win, macros are defined in the root file only. Where the answer
//! depends on the machine (whether patterns ignore case) an altering attribute is assumed to hold and one that takes it back not to.

use std::collections::{BTreeMap, BTreeSet};

use crate::Place;

/// The attributes of a tree, parsed once and asked for many paths.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// Outermost folder first.
    files: Vec<File>,
    macros: BTreeMap<String, Vec<(String, State)>>,
}

#[derive(Clone, Debug)]
struct File {
    /// Folder with a trailing slash, or empty for the root.
    folder: String,
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    number: u32,
    pattern: Pattern,
    attributes: Vec<(String, State)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Set,
    Unset,
    Unspecified,
    Value(String),
}

/// A pattern, and whether it is compared with the whole path below its folder or with the last step alone.
#[derive(Clone, Debug)]
struct Pattern {
    glob: Vec<u8>,
    whole_path: bool,
}

// Git ignores longer lines; one that takes an attribute back is ignored here too.
const LONGEST_LINE: usize = 2048;

/// The first attribute that alters the governed file at `path` on checkout or export, and the line that sets it. `files` are the
/// `.gitattributes` of the tree, each with its folder (empty for the root).
pub fn altering(files: &[(String, Vec<u8>)], path: &str) -> Option<(String, Place)> {
    Attributes::parse(files).altering(path)
}

impl Attributes {
    /// Parses every `.gitattributes` of a tree: its folder (empty for the root) and its bytes.
    pub fn parse(files: &[(String, Vec<u8>)]) -> Self {
        let mut parsed = Self::default();
        // Git's own macro, as far as it matters here.
        parsed.macros.insert("binary".to_owned(), vec![("text".to_owned(), State::Unset)]);
        let mut sorted: Vec<_> = files.iter().collect();
        sorted.sort_by_key(|(folder, _)| (folder.matches('/').count() + usize::from(!folder.is_empty()), folder.clone()));
        for (folder, bytes) in sorted {
            let folder = folder.trim_matches('/');
            let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            let lines = parsed.lines(bytes, prefix.is_empty());
            parsed.files.push(File { folder: prefix, lines });
        }
        parsed
    }

    fn lines(&mut self, bytes: &[u8], is_root: bool) -> Vec<Line> {
        let text = String::from_utf8_lossy(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes));
        let mut lines = Vec::new();
        for (index, line) in text.split('\n').enumerate() {
            let is_long = line.len() > LONGEST_LINE;
            let line = line.trim_matches([' ', '\t', '\r']);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((pattern, rest)) = first_word(line) else { continue };
            let mut attributes: Vec<(String, State)> = rest.split_ascii_whitespace().map(attribute).collect();
            if is_long {
                attributes.retain(|(_, state)| matches!(state, State::Set | State::Value(_)));
            }
            if let Some(name) = pattern.strip_prefix("[attr]") {
                if is_root {
                    self.macros.insert(name.to_owned(), attributes);
                }
            } else if let Some(pattern) = Pattern::parse(&pattern) {
                lines.push(Line { number: index as u32 + 1, pattern, attributes });
            }
        }
        lines
    }

    /// The first attribute, in a fixed order, that alters the file at `path`, and the line that sets it.
    pub fn altering(&self, path: &str) -> Option<(String, Place)> {
        let mut states: BTreeMap<&str, (&State, Place)> = BTreeMap::new();
        // Macros of lines that may not match are not known by their name afterwards.
        let mut seen = BTreeSet::new();
        for file in self.files.iter().rev() {
            let Some(below) = path.strip_prefix(file.folder.as_str()) else { continue };
            for line in file.lines.iter().rev() {
                let Some(exact) = line.pattern.matches(below) else { continue };
                let place = Place::at(format!("{}.gitattributes", file.folder), line.number, 1);
                self.apply(&line.attributes, exact, &place, &mut states, &mut seen);
            }
        }
        ALTERING.iter().find_map(|(name, alters)| {
            let (state, place) = states.get(name)?;
            let text_is_off = matches!(states.get("text"), Some((State::Unset, _)));
            let written = match state {
                State::Value(value) => format!("{name}={value}"),
                _ => (*name).to_owned(),
            };
            alters(state, text_is_off).then(|| (written, place.clone()))
        })
    }

    /// From the last to the first, as Git does: what is known stays, so each attribute is set and each macro looked into once.
    fn apply<'s>(
        &'s self,
        attributes: &'s [(String, State)],
        exact: bool,
        place: &Place,
        states: &mut BTreeMap<&'s str, (&'s State, Place)>,
        seen: &mut BTreeSet<&'s str>,
    ) {
        // A stack of our own: macros may name each other as deeply as the file is long.
        let mut open = vec![attributes.iter()];
        while let Some(attributes) = open.last_mut() {
            let Some((name, state)) = attributes.next_back() else {
                open.pop();
                continue;
            };
            if states.contains_key(name.as_str()) {
                continue;
            }
            if exact || ALTERING.iter().any(|(altering, alters)| altering == name && alters(state, false)) {
                states.insert(name, (state, place.clone()));
            }
            if *state == State::Set && (exact || seen.insert(name)) {
                open.extend(self.macros.get(name).map(|attributes| attributes.iter()));
            }
        }
    }
}

type Alters = fn(&State, bool) -> bool;

/// The attributes that change bytes, and when: `(state, whether text is unset)`. Sources: gitattributes(5) and Git's `convert.c`.
const ALTERING: [(&str, Alters); 5] = [
    ("working-tree-encoding", |state, _| match state {
        State::Value(encoding) => !encoding.eq_ignore_ascii_case("utf-8") && !encoding.eq_ignore_ascii_case("utf8"),
        State::Set => true,
        _ => false,
    }),
    ("filter", |state, _| matches!(state, State::Value(driver) if !driver.is_empty())),
    ("ident", |state, _| *state == State::Set),
    ("eol", |state, text_is_off| *state == State::Value("crlf".to_owned()) && !text_is_off),
    ("export-subst", |state, _| *state == State::Set),
];

fn attribute(word: &str) -> (String, State) {
    if let Some(name) = word.strip_prefix('-') {
        return (name.to_owned(), State::Unset);
    }
    if let Some(name) = word.strip_prefix('!') {
        return (name.to_owned(), State::Unspecified);
    }
    match word.split_once('=') {
        Some((name, value)) => (name.to_owned(), State::Value(value.to_owned())),
        None => (word.to_owned(), State::Set),
    }
}

// The pattern, which may be quoted as in C, and the rest of the line.
fn first_word(line: &str) -> Option<(String, &str)> {
    let Some(quoted) = line.strip_prefix('"') else {
        let end = line.find([' ', '\t']).unwrap_or(line.len());
        return Some((line[..end].to_owned(), &line[end..]));
    };
    let mut pattern = Vec::new();
    let bytes = quoted.as_bytes();
    let mut at = 0;
    loop {
        match *bytes.get(at)? {
            b'"' => return Some((String::from_utf8_lossy(&pattern).into_owned(), &quoted[at + 1..])),
            b'\\' => {
                let escaped = *bytes.get(at + 1)?;
                let octal = bytes.get(at + 1..at + 4).filter(|digits| digits.iter().all(|digit| matches!(digit, b'0'..=b'7')));
                if let Some(digits) = octal {
                    pattern.push(digits.iter().fold(0_u8, |value, digit| value.wrapping_mul(8).wrapping_add(digit - b'0')));
                    at += 4;
                    continue;
                }
                pattern.push(match escaped {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    other => other,
                });
                at += 2;
            }
            byte => {
                pattern.push(byte);
                at += 1;
            }
        }
    }
}

impl Pattern {
    // Negative patterns are forbidden and a pattern for folders matches no file: both never match.
    fn parse(text: &str) -> Option<Self> {
        if text.starts_with('!') || text.ends_with('/') || text.is_empty() {
            return None;
        }
        let whole_path = text.contains('/');
        let glob = text.strip_prefix('/').unwrap_or(text).as_bytes().to_vec();
        Some(Self { glob, whole_path })
    }

    /// `None`: no match. `Some(true)`: a match on every machine; `Some(false)`: only where case is ignored.
    fn matches(&self, path: &str) -> Option<bool> {
        let name = if self.whole_path { path } else { path.rsplit('/').next().unwrap_or(path) };
        if matches(&self.glob, name.as_bytes()) {
            return Some(true);
        }
        let folded = matches(&self.glob.to_ascii_lowercase(), name.to_ascii_lowercase().as_bytes());
        let is_too_large = self.glob.len().saturating_mul(name.len()) > LARGEST_MATCH;
        (folded || is_too_large).then_some(false)
    }
}

const LARGEST_MATCH: usize = 4_000_000;

// Git compares what comes before the first wildcard by itself and matches only the rest, so `a**/b` reaches `a/x/b`.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let literal = pattern.iter().position(|byte| matches!(byte, b'*' | b'?' | b'[' | b'\\')).unwrap_or(pattern.len());
    text.starts_with(&pattern[..literal]) && wildmatch(&pattern[literal..], &text[literal..])
}

/// Git's `wildmatch` with `WM_PATHNAME`. Every pair of offsets is tried once, so time is bounded by their product.
fn wildmatch(pattern: &[u8], text: &[u8]) -> bool {
    // Patterns of this size are no mistake but an attack; `Pattern::matches` takes the worse answer.
    if pattern.len().saturating_mul(text.len()) > LARGEST_MATCH {
        return false;
    }
    let mut seen = vec![false; (pattern.len() + 1) * (text.len() + 1)];
    let mut open = vec![(0, 0)];
    while let Some((p, t)) = open.pop() {
        let key = p * (text.len() + 1) + t;
        if std::mem::replace(&mut seen[key], true) {
            continue;
        }
        let Some(&token) = pattern.get(p) else {
            if t == text.len() {
                return true;
            }
            continue;
        };
        let byte = text.get(t).copied();
        match token {
            b'*' => {
                let stars = pattern[p..].iter().take_while(|byte| **byte == b'*').count();
                let after = p + stars;
                let at_start = p == 0 || pattern[p - 1] == b'/';
                let next = pattern.get(after).copied();
                if stars >= 2 && at_start && matches!(next, None | Some(b'/')) {
                    // `**/` also matches no folder at all.
                    if next == Some(b'/') && (t == 0 || text[t - 1] == b'/') {
                        open.push((after + 1, t));
                    }
                    open.push((after, t));
                    if byte.is_some() {
                        open.push((p, t + 1));
                    }
                } else {
                    open.push((after, t));
                    if byte.is_some_and(|byte| byte != b'/') {
                        open.push((p, t + 1));
                    }
                }
            }
            b'?' if byte.is_some_and(|byte| byte != b'/') => open.push((p + 1, t + 1)),
            b'[' => {
                if let Some((end, true)) = byte.and_then(|byte| class(pattern, p, byte)) {
                    open.push((end, t + 1));
                }
            }
            b'\\' if pattern.get(p + 1).copied() == byte && byte.is_some() => open.push((p + 2, t + 1)),
            b'?' | b'\\' => {}
            literal if byte == Some(literal) => open.push((p + 1, t + 1)),
            _ => {}
        }
    }
    false
}

// Where the bracket expression at `start` ends, and whether `byte` is in it. `None`: never closed, which matches nothing.
fn class(pattern: &[u8], start: usize, byte: u8) -> Option<(usize, bool)> {
    let mut at = start + 1;
    let negated = matches!(pattern.get(at), Some(b'!' | b'^'));
    if negated {
        at += 1;
    }
    let first = at;
    let mut found = false;
    loop {
        let mut low = *pattern.get(at)?;
        if low == b']' && at > first {
            return Some((at + 1, found != negated && byte != b'/'));
        }
        if low == b'[' && pattern.get(at + 1) == Some(&b':') {
            let end = at + 2 + pattern[at + 2..].windows(2).position(|pair| pair == b":]")?;
            found |= posix_class(&pattern[at + 2..end], byte)?;
            at = end + 2;
            continue;
        }
        if low == b'\\' {
            at += 1;
            low = *pattern.get(at)?;
        }
        at += 1;
        let is_range = pattern.get(at) == Some(&b'-') && pattern.get(at + 1).is_some_and(|end| *end != b']');
        if is_range {
            let escaped = pattern[at + 1] == b'\\';
            let high = *pattern.get(at + 1 + usize::from(escaped))?;
            found |= (low..=high).contains(&byte);
            at += 2 + usize::from(escaped);
        } else {
            found |= low == byte;
        }
    }
}

fn posix_class(name: &[u8], byte: u8) -> Option<bool> {
    Some(match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => byte.is_ascii_graphic() || byte == b' ',
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => byte.is_ascii_whitespace(),
        b"upper" => byte.is_ascii_uppercase(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => return None,
    })
}

#[cfg(test)]
#[path = "attributes_tests.rs"]
mod tests;
