//! What the replay needs of a document: its name, version, owner and risk. Cheap, and never fails:
//! a broken document declares nothing except what `unreadable` reads from it, which only adds
//! requirements.
//!
//! It is read for every change of every landing, so plain frontmatter is read by hand. That
//! shortcut gives up on anything unusual, and then the same reader decides that validation uses; a
//! property test holds the two together.

pub use super::declaration::Head;
use super::declaration::risk;
use super::frontmatter_fields::{self, scalar};
use super::json;
use super::unreadable;
use super::yaml::{self, Tree};
use crate::{Kind, Version};

/// The facts as written, before they are judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct RawHead {
    name: Option<String>,
    version: Option<String>,
    risk: Option<String>,
    owner: Option<String>,
}

/// Where a kind of document keeps its facts: JSON pointers, the first that holds text counts.
pub(super) struct Pointers {
    pub(super) name: &'static [&'static str],
    pub(super) version: &'static [&'static str],
    pub(super) risk: &'static [&'static str],
    pub(super) owner: &'static [&'static str],
}

/// The places of a kind's facts. A setup has none.
pub(super) const fn pointers(kind: Kind, lenient: bool) -> Pointers {
    match kind {
        Kind::Skill if lenient => Pointers {
            name: &["/name"],
            version: &["/metadata/version", "/version"],
            risk: &["/metadata/risk"],
            owner: &["/metadata/owner"],
        },
        Kind::Skill => Pointers {
            name: &["/name"],
            version: &["/metadata/version"],
            risk: &["/metadata/risk"],
            owner: &["/metadata/owner"],
        },
        Kind::Contract => Pointers {
            name: &[],
            version: &["/version"],
            risk: &["/agentToolGovernance/riskClass"],
            owner: &["/agentToolGovernance/owner"],
        },
        Kind::Prompt | Kind::Server => Pointers {
            name: &["/name"],
            version: &["/version"],
            risk: &["/risk"],
            owner: &["/owner"],
        },
        Kind::Agent => Pointers {
            name: &[],
            version: &["/version"],
            risk: &["/risk"],
            owner: &["/owner"],
        },
        Kind::Setup | Kind::Policy | Kind::Principal => Pointers {
            name: &[],
            version: &[],
            risk: &[],
            owner: &[],
        },
    }
}

/// Reads the head of the document at `main_path`. `lenient` also accepts what harnesses load
/// although the specification forbids it.
pub fn read(kind: Kind, lenient: bool, main_path: &str, bytes: &[u8]) -> Head {
    if matches!(kind, Kind::Skill | Kind::Prompt)
        && let Some(written) = quick(kind, lenient, bytes)
    {
        return written.judged();
    }
    tree(kind, lenient, main_path, bytes).map_or_else(
        || unreadable::head(kind, bytes),
        |tree| of_tree(kind, lenient, &tree),
    )
}

/// The head of a document that has been read already.
pub fn of_tree(kind: Kind, lenient: bool, tree: &Tree) -> Head {
    let places = pointers(kind, lenient);
    let first = |pointers: &[&str]| pointers.iter().find_map(|pointer| scalar(tree, pointer));
    RawHead {
        name: first(places.name),
        version: first(places.version),
        risk: first(places.risk),
        owner: first(places.owner),
    }
    .judged()
}

fn tree(kind: Kind, lenient: bool, main_path: &str, bytes: &[u8]) -> Option<Tree> {
    match kind {
        Kind::Skill | Kind::Prompt => frontmatter_fields::read(main_path, bytes, lenient)
            .ok()
            .map(|matter| matter.tree),
        Kind::Server if is_json(main_path) => json::read(main_path, bytes).ok(),
        Kind::Server | Kind::Agent | Kind::Contract => yaml::read(main_path, bytes).ok(),
        Kind::Setup | Kind::Policy | Kind::Principal => None,
    }
}

/// Whether a path names a JSON file.
pub(super) fn is_json(path: &str) -> bool {
    path.rsplit('.')
        .next()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// Which file of a package is its document. `files` are the paths relative to the package; `None`
/// for a setup, and where it is missing.
pub fn main_file<'a>(kind: Kind, files: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let names: &[&str] = match kind {
        Kind::Skill => &["SKILL.md"],
        Kind::Prompt => &["PROMPT.md"],
        Kind::Server => &["server.json", "server.yaml", "server.yml"],
        Kind::Agent | Kind::Contract => &[],
        Kind::Setup | Kind::Policy | Kind::Principal => return None,
    };
    let mut count = 0;
    let mut only = None;
    let mut documents = Vec::new();
    for file in files {
        count += 1;
        only = Some(file);
        if names.contains(&file) {
            documents.push(file);
        }
    }
    match (documents.as_slice(), kind) {
        ([document], _) => Some(document),
        ([], Kind::Prompt | Kind::Server | Kind::Agent | Kind::Contract) if count == 1 => only,
        _ => None,
    }
}

impl RawHead {
    fn judged(self) -> Head {
        let version = self
            .version
            .as_deref()
            .and_then(|text| Version::declared(text).ok());
        Head {
            name: self.name,
            version,
            version_written: self.version,
            risk: self.risk.as_deref().and_then(risk),
            owner: self.owner,
        }
    }
}

// Longer frontmatter is left to the reader with limits.
const LONGEST_QUICK: usize = 16 * 1024;
const MOST_QUICK: usize = 64;

// Frontmatter of nothing but `key: value` lines, lists of words and one level of fields, without a
// character that YAML gives a meaning to. Whatever is not plainly that is `None`.
fn quick(kind: Kind, lenient: bool, file: &[u8]) -> Option<RawHead> {
    let text = frontmatter_text(file)?;
    let mut lines = Lines {
        rest: text,
        line: None,
    };
    lines.advance();
    let mut written = RawHead::default();
    let mut top_version = None;
    let mut keys = Vec::new();
    while let Some(line) = lines.line {
        lines.advance();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = key_value(line)?;
        if keys.contains(&key) || keys.len() >= MOST_QUICK {
            return None;
        }
        keys.push(key);
        match value {
            QuickValue::Nothing => block(kind, key, &mut lines, &mut written)?,
            QuickValue::Folded => block_scalar(key, &mut lines)?,
            QuickValue::Scalar(value) => {
                lines.must_not_go_on()?;
                match (kind, key) {
                    (_, "name") => written.name = value,
                    (Kind::Skill, "version") => top_version = value,
                    (Kind::Prompt, "version") => written.version = value,
                    (Kind::Prompt, "risk") => written.risk = value,
                    (Kind::Prompt, "owner") => written.owner = value,
                    _ => {}
                }
            }
        }
    }
    if lenient && written.version.is_none() {
        written.version = top_version;
    }
    (!keys.is_empty()).then_some(written)
}

fn frontmatter_text(file: &[u8]) -> Option<&str> {
    let rest = file.strip_prefix(b"---\n")?;
    let window = &rest[..rest.len().min(LONGEST_QUICK)];
    let mut end = 0;
    for line in window.split_inclusive(|byte| *byte == b'\n') {
        if line == b"---\n" || line == b"---" && end + 3 == rest.len() {
            let yaml = &window[..end];
            // Control characters, tabs and carriage returns among them, and all that Unicode may
            // mean by a line or a mark.
            let is_ascii_text = yaml.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n'));
            let text = std::str::from_utf8(yaml).ok()?;
            let is_text = is_ascii_text || text.chars().all(|c| matches!(c, '\n' | ' '..='~' | '\u{a1}'..='\u{1fff}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{1f000}'..='\u{1faff}'));
            return is_text.then_some(text);
        }
        end += line.len();
    }
    None
}

struct Lines<'t> {
    rest: &'t str,
    line: Option<&'t str>,
}

impl Lines<'_> {
    fn advance(&mut self) {
        self.line = match self.rest.find('\n') {
            Some(end) => {
                let line = &self.rest[..end];
                self.rest = &self.rest[end + 1..];
                Some(line)
            }
            None => None,
        };
    }

    // A plain or quoted value goes on in a following line that is indented, whatever blank lines
    // are between.
    fn must_not_go_on(&self) -> Option<()> {
        let following = self
            .line
            .into_iter()
            .chain(self.rest.split('\n'))
            .find(|line| !line.is_empty());
        (!following.is_some_and(|line| line.starts_with(' '))).then_some(())
    }
}

enum QuickValue {
    /// The value may follow in the next lines.
    Nothing,
    /// A block scalar follows.
    Folded,
    /// The text, or nothing for null.
    Scalar(Option<String>),
}

fn key_value(line: &str) -> Option<(&str, QuickValue)> {
    let colon = line.find(':')?;
    let (key, rest) = (&line[..colon], &line[colon + 1..]);
    let is_word = key
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let is_other_type = ["null", "true", "false"]
        .iter()
        .any(|word| key.eq_ignore_ascii_case(word));
    if !is_word
        || is_other_type
        || !key.starts_with(|c: char| c.is_ascii_alphabetic())
        || !(rest.is_empty() || rest.starts_with(' '))
    {
        return None;
    }
    let value = rest.trim_matches(' ');
    if value.is_empty() {
        return Some((key, QuickValue::Nothing));
    }
    if matches!(value, "|" | ">" | "|-" | ">-" | "|+" | ">+") {
        return Some((key, QuickValue::Folded));
    }
    Some((key, value_text(value)?))
}

// `None`: not plainly one scalar.
fn value_text(value: &str) -> Option<QuickValue> {
    let text = match value.as_bytes()[0] {
        quote @ (b'"' | b'\'') => {
            let inner = value.get(1..value.len() - 1)?;
            let ends = value.len() > 1 && value.as_bytes()[value.len() - 1] == quote;
            (ends && !inner.bytes().any(|byte| byte == quote || byte == b'\\')).then_some(inner)?
        }
        first => {
            let starts_plainly = first.is_ascii_alphanumeric()
                || matches!(first, b'(' | b'/' | b'.' | b'_' | b'$')
                || first >= 0x80;
            let is_plain = starts_plainly
                && !value.contains(": ")
                && !value.contains(" #")
                && !value.ends_with(':');
            let text = is_plain.then_some(value)?;
            if matches!(text, "null" | "Null" | "NULL") {
                return Some(QuickValue::Scalar(None));
            }
            text
        }
    };
    let text = text.trim();
    Some(QuickValue::Scalar(
        (!text.is_empty()).then(|| text.to_owned()),
    ))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

// What follows a key without a value: nothing, a list of words, or fields one level deep.
fn block(kind: Kind, parent: &str, lines: &mut Lines<'_>, written: &mut RawHead) -> Option<()> {
    let depth = lines.line.map_or(0, indent);
    if depth == 0 {
        // A list may be at the depth of its key, and a blank line may come before the fields.
        return match lines.line {
            Some("") => lines.must_not_go_on(),
            _ => Some(()),
        };
    }
    let is_list = lines
        .line
        .is_some_and(|line| line[depth..].starts_with("- "));
    let mut keys = Vec::new();
    while let Some(line) = lines.line.filter(|line| indent(line) > 0) {
        lines.advance();
        if indent(line) != depth || lines.line == Some("") && lines.must_not_go_on().is_none() {
            return None;
        }
        let content = &line[depth..];
        if is_list {
            let item = content.strip_prefix("- ")?.trim_matches(' ');
            if item.is_empty() {
                return None;
            }
            value_text(item)?;
            continue;
        }
        let (key, value) = key_value(content)?;
        let QuickValue::Scalar(value) = value else {
            return None;
        };
        if keys.contains(&key) || keys.len() >= MOST_QUICK {
            return None;
        }
        keys.push(key);
        match (kind, parent, key) {
            (Kind::Skill, "metadata", "version") => written.version = value,
            (Kind::Skill, "metadata", "risk") => written.risk = value,
            (Kind::Skill, "metadata", "owner") => written.owner = value,
            _ => {}
        }
    }
    Some(())
}

// Skips a block scalar; one that would be a fact is left to the reader.
fn block_scalar(key: &str, lines: &mut Lines<'_>) -> Option<()> {
    if matches!(key, "name" | "version" | "risk" | "owner" | "metadata") {
        return None;
    }
    let mut depth = None;
    while let Some(line) = lines
        .line
        .filter(|line| line.is_empty() || line.starts_with(' '))
    {
        lines.advance();
        if line.is_empty() {
            continue;
        }
        let is_blank = line.trim_matches(' ').is_empty();
        if is_blank || indent(line) < *depth.get_or_insert(indent(line)) {
            return None;
        }
    }
    Some(())
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
