//! `.gitattributes`: which attributes that alter bytes on checkout or export apply to a path.
//!
//! Follows gitattributes(5): files nearer to the path win, later lines win, macros are defined in
//! the root file only. Where the answer depends on the machine (whether names and patterns ignore
//! case, or what follows a NUL is read) an altering attribute is assumed to hold and one that takes
//! it back not to.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::paths::name_on_disk;
use crate::Place;

/// The name of the file.
const NAME: &str = ".gitattributes";

/// Whether Git reads attributes from the file at `path`, on any machine.
pub fn is_attributes_file(path: &str) -> bool {
    name_on_disk(path.rsplit('/').next().unwrap_or(path)) == NAME
}

/// An attribute that alters a file, and where it is set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlteringAttribute {
    /// As it is written, with its value.
    pub attribute: String,
    /// The pattern of its line.
    pub pattern: String,
    /// The line.
    pub place: Place,
}

/// The attributes of a tree, parsed once and queried for many paths.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    files: Vec<File>,
    macros: BTreeMap<String, Vec<(String, State)>>,
}

#[derive(Clone, Debug)]
struct File {
    path: String,
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    number: u32,
    /// Whether every reader of the file gets this far.
    certain: bool,
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

/// A pattern, and whether it is compared with the whole path below its folder or with the last step
/// alone.
#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    glob: Vec<u8>,
    whole_path: bool,
}

// Git ignores longer lines; one that takes an attribute back is ignored here too.
const LONGEST_LINE: usize = 2048;

/// The first attribute that alters the governed file at `path` on checkout or export. `files` are
/// the `.gitattributes` of the tree, each with its path.
pub fn altering(files: &[(String, Vec<u8>)], path: &str) -> Option<AlteringAttribute> {
    Attributes::parse(files).altering(path)
}

impl Attributes {
    /// Parses every `.gitattributes` of a tree: its path and its bytes.
    pub fn parse(files: &[(String, Vec<u8>)]) -> Self {
        let mut parsed = Self::default();
        // Git's own macro, as far as it matters here.
        parsed
            .macros
            .insert("binary".to_owned(), vec![("text".to_owned(), State::Unset)]);
        // What only some machines read adds to macros that are known.
        let mut sorted: Vec<_> = files.iter().collect();
        sorted.sort_by_key(|(path, _)| path != NAME);
        for (path, bytes) in sorted {
            let lines = parsed.lines(bytes, path);
            parsed.files.push(File {
                path: path.clone(),
                lines,
            });
        }
        parsed
    }

    fn lines(&mut self, bytes: &[u8], path: &str) -> Vec<Line> {
        let text =
            String::from_utf8_lossy(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes));
        let is_root = !path.contains('/');
        let mut lines = Vec::new();
        // Git ends a line at a NUL, and a file that it reads from its index there, too.
        let mut certain = true;
        for (index, whole) in text.split('\n').enumerate() {
            let line = whole.split('\0').next().unwrap_or(whole);
            let here = certain;
            certain &= line.len() == whole.len();
            let is_long = line.len() > LONGEST_LINE;
            let line = line.trim_matches([' ', '\t', '\r']);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((pattern, rest)) = first_word(line) else {
                continue;
            };
            let mut attributes: Vec<(String, State)> =
                rest.split_ascii_whitespace().map(attribute).collect();
            if is_long || pattern.starts_with("[attr]") && !(here && path == NAME) {
                attributes.retain(|(_, state)| matches!(state, State::Set | State::Value(_)));
            }
            if let Some(name) = pattern.strip_prefix("[attr]") {
                if path == NAME && here {
                    self.macros.insert(name.to_owned(), attributes);
                } else if is_root {
                    self.macros
                        .entry(name.to_owned())
                        .or_default()
                        .extend(attributes);
                }
            } else if let Some(pattern) = Pattern::parse(&pattern) {
                lines.push(Line {
                    number: index as u32 + 1,
                    certain: here,
                    pattern,
                    attributes,
                });
            }
        }
        lines
    }

    /// The first attribute, in a fixed order, that alters the file at `path`.
    pub fn altering(&self, path: &str) -> Option<AlteringAttribute> {
        let mut states: BTreeMap<&str, (&State, &str, Place)> = BTreeMap::new();
        // Macros of lines that may not match are not known by their name afterwards.
        let mut seen = BTreeSet::new();
        // The nearest first, and of one folder what only some machines read there: it may be all
        // that is left on them.
        let mut above: Vec<_> = self
            .files
            .iter()
            .filter_map(|file| Some((file, file.reaches(path)?)))
            .collect();
        above.sort_by(|(file, reach), (other, its)| {
            (Reverse(reach.below), reach.everywhere, &file.path).cmp(&(
                Reverse(its.below),
                its.everywhere,
                &other.path,
            ))
        });
        for (file, reach) in above {
            for line in file.lines.iter().rev() {
                let Some(exact) = line.pattern.matches(&path[reach.below..]) else {
                    continue;
                };
                let place = Place::at(file.path.as_str(), line.number, 1);
                self.apply(
                    line,
                    exact && line.certain && reach.everywhere,
                    &place,
                    &mut states,
                    &mut seen,
                );
            }
        }
        ALTERING.iter().find_map(|(name, alters)| {
            let (state, pattern, place) = states.get(name)?;
            let text_is_off = matches!(states.get("text"), Some((State::Unset, ..)));
            let attribute = match state {
                State::Value(value) => format!("{name}={value}"),
                _ => (*name).to_owned(),
            };
            alters(state, text_is_off).then(|| AlteringAttribute {
                attribute,
                pattern: (*pattern).to_owned(),
                place: place.clone(),
            })
        })
    }

    /// From the last to the first, as Git does: what is known stays, so each attribute is set and
    /// each macro looked into once.
    fn apply<'s>(
        &'s self,
        line: &'s Line,
        exact: bool,
        place: &Place,
        states: &mut BTreeMap<&'s str, (&'s State, &'s str, Place)>,
        seen: &mut BTreeSet<&'s str>,
    ) {
        // A stack of our own: macros may name each other as deeply as the file is long.
        let mut open = vec![line.attributes.iter()];
        while let Some(attributes) = open.last_mut() {
            let Some((name, state)) = attributes.next_back() else {
                open.pop();
                continue;
            };
            if states.contains_key(name.as_str()) {
                continue;
            }
            if exact
                || ALTERING
                    .iter()
                    .any(|(altering, alters)| altering == name && alters(state, false))
            {
                states.insert(name, (state, &line.pattern.text, place.clone()));
            }
            if *state == State::Set && (exact || seen.insert(name)) {
                open.extend(self.macros.get(name).map(|attributes| attributes.iter()));
            }
        }
    }
}

/// How far a file of attributes reaches.
struct Reach {
    /// Where the part of the path begins that its patterns are compared with.
    below: usize,
    /// Whether it does on every machine.
    everywhere: bool,
}

impl File {
    /// How it reaches `path`; `None` when it does not.
    fn reaches(&self, path: &str) -> Option<Reach> {
        let (folder, name) = self
            .path
            .rsplit_once('/')
            .map_or(("", self.path.as_str()), |(folder, name)| (folder, name));
        if folder.is_empty() {
            return Some(Reach {
                below: 0,
                everywhere: name == NAME,
            });
        }
        let steps = folder.split('/').count();
        let (slash, _) = path.match_indices('/').nth(steps - 1)?;
        let exact = folder == &path[..slash];
        let same = || {
            folder
                .split('/')
                .zip(path.split('/'))
                .all(|(one, other)| name_on_disk(one) == name_on_disk(other))
        };
        (exact || same()).then_some(Reach {
            below: slash + 1,
            everywhere: exact && name == NAME,
        })
    }
}

type Alters = fn(&State, bool) -> bool;

/// The attributes that change bytes, and when: `(state, whether text is unset)`. Sources:
/// gitattributes(5) and Git's `convert.c`.
const ALTERING: [(&str, Alters); 5] = [
    ("working-tree-encoding", |state, _| match state {
        State::Value(encoding) => {
            !encoding.eq_ignore_ascii_case("utf-8") && !encoding.eq_ignore_ascii_case("utf8")
        }
        State::Set => true,
        _ => false,
    }),
    (
        "filter",
        |state, _| matches!(state, State::Value(driver) if !driver.is_empty()),
    ),
    ("ident", |state, _| *state == State::Set),
    ("eol", |state, text_is_off| {
        *state == State::Value("crlf".to_owned()) && !text_is_off
    }),
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
            b'"' => {
                return Some((
                    String::from_utf8_lossy(&pattern).into_owned(),
                    &quoted[at + 1..],
                ));
            }
            b'\\' => {
                let escaped = *bytes.get(at + 1)?;
                let octal = bytes
                    .get(at + 1..at + 4)
                    .filter(|digits| digits.iter().all(|digit| matches!(digit, b'0'..=b'7')));
                if let Some(digits) = octal {
                    pattern.push(digits.iter().fold(0_u8, |value, digit| {
                        value.wrapping_mul(8).wrapping_add(digit - b'0')
                    }));
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
        Some(Self {
            text: text.to_owned(),
            glob,
            whole_path,
        })
    }

    /// `None`: no match. `Some(true)`: a match on every machine; `Some(false)`: only where case is
    /// ignored.
    fn matches(&self, path: &str) -> Option<bool> {
        let name = if self.whole_path {
            path
        } else {
            path.rsplit('/').next().unwrap_or(path)
        };
        if matches(&self.glob, name.as_bytes()) {
            return Some(true);
        }
        let folded = matches(
            &self.glob.to_ascii_lowercase(),
            name.to_ascii_lowercase().as_bytes(),
        );
        let is_too_large = self.glob.len().saturating_mul(name.len()) > LARGEST_MATCH;
        (folded || is_too_large).then_some(false)
    }
}

const LARGEST_MATCH: usize = 4_000_000;

// Git compares what comes before the first wildcard by itself and matches only the rest, so `a**/b`
// reaches `a/x/b`.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let literal = pattern
        .iter()
        .position(|byte| matches!(byte, b'*' | b'?' | b'[' | b'\\'))
        .unwrap_or(pattern.len());
    text.starts_with(&pattern[..literal]) && wildmatch(&pattern[literal..], &text[literal..])
}

/// Git's `wildmatch` with `WM_PATHNAME`. Every pair of offsets is tried once, so time is bounded by
/// their product.
fn wildmatch(pattern: &[u8], text: &[u8]) -> bool {
    // Patterns of this size are an attack, not a mistake; `Pattern::matches` assumes the worse
    // answer.
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
                let stars = pattern[p..]
                    .iter()
                    .take_while(|byte| **byte == b'*')
                    .count();
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
            b'\\' if pattern.get(p + 1).copied() == byte && byte.is_some() => {
                open.push((p + 2, t + 1));
            }
            b'?' | b'\\' => {}
            literal if byte == Some(literal) => open.push((p + 1, t + 1)),
            _ => {}
        }
    }
    false
}

// Where the bracket expression at `start` ends, and whether `byte` is in it. `None`: never closed,
// which matches nothing.
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
            let end = at
                + 2
                + pattern[at + 2..]
                    .windows(2)
                    .position(|pair| pair == b":]")?;
            found |= posix_class(&pattern[at + 2..end], byte)?;
            at = end + 2;
            continue;
        }
        if low == b'\\' {
            at += 1;
            low = *pattern.get(at)?;
        }
        at += 1;
        let is_range =
            pattern.get(at) == Some(&b'-') && pattern.get(at + 1).is_some_and(|end| *end != b']');
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
