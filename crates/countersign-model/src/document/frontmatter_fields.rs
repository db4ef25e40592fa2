//! The frontmatter of a Skill or a prompt as a tree of fields, strictly or as real harnesses read
//! it.

use serde_json::Value;

use super::frontmatter::{self, Frontmatter, FrontmatterFault};
use super::problem::Problem;
use super::yaml::{self, Limits, Tree};
use crate::RuleId;

/// Frontmatter that could be read.
#[derive(Clone, Debug)]
pub struct FrontmatterFields {
    /// Its fields; the value is an object.
    pub tree: Tree,
    /// Its place in the file.
    pub frontmatter: Frontmatter,
    /// Top-level keys whose values are not YAML without quotes and were read as if they were
    /// quoted.
    pub quoted: Vec<String>,
}

/// Why there is nothing to read.
#[derive(Clone, Debug)]
pub enum FrontmatterFieldsFault {
    /// The fences are not where they must be.
    Fence(FrontmatterFault),
    /// What is between them cannot be read.
    Yaml(Vec<Problem>),
}

/// Reads the frontmatter of a Markdown file. When `lenient`, a reading that fails is tried once
/// more with the values quoted that hold an unquoted `: `, as the guide for implementers of the
/// Agent Skills specification advises, or that start with a bracket and are not a list, such as
/// `[env] [--fast]`, which Claude Code reads as text.
pub fn read(
    path: &str,
    file: &[u8],
    lenient: bool,
) -> Result<FrontmatterFields, FrontmatterFieldsFault> {
    let found = frontmatter::find(file).map_err(FrontmatterFieldsFault::Fence)?;
    let first = yaml::read_part(path, file, found.yaml.clone(), Limits::DOCUMENT);
    let (tree, quoted) = match first {
        Ok(tree) => (tree, Vec::new()),
        Err(problems) => {
            let retried = if lenient {
                quote_and_retry(path, file, &found)
            } else {
                None
            };
            retried.ok_or(FrontmatterFieldsFault::Yaml(problems))?
        }
    };
    if !tree.value.is_object() {
        let message = if tree.value.is_null() {
            "the frontmatter is empty"
        } else {
            "the frontmatter is not a set of fields"
        };
        let problem = tree.problem(
            RuleId::YamlInvalid,
            "",
            message,
            "Write fields such as `name: …` between the two `---` lines.",
        );
        return Err(FrontmatterFieldsFault::Yaml(vec![problem]));
    }
    Ok(FrontmatterFields {
        tree,
        frontmatter: found,
        quoted,
    })
}

// No byte moves, so that places stay true: each colon that makes the value unreadable is replaced
// for the reading and put back after.
fn quote_and_retry(path: &str, file: &[u8], found: &Frontmatter) -> Option<(Tree, Vec<String>)> {
    let text = std::str::from_utf8(&file[found.yaml.clone()]).ok()?;
    let mut changed = file[..found.yaml.end].to_vec();
    let mut quoted = Vec::new();
    let mut start = found.yaml.start;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let goes_on = lines
            .peek()
            .is_some_and(|next| next.starts_with([' ', '\t']) && !next.trim().is_empty());
        if let Some((key, value_at)) = unquoted(line).filter(|_| !goes_on) {
            let value = line[value_at..].trim_end();
            let mut masked: Vec<_> = value
                .match_indices(':')
                .map(|(at, _)| at)
                .filter(|at| matches!(value.as_bytes().get(at + 1), None | Some(b' ')))
                .collect();
            // A bracket within the value is text once it does not begin it.
            masked.extend(value.starts_with(INDICATORS).then_some(0));
            for at in &masked {
                changed[start + value_at + at] = b'_';
            }
            if !masked.is_empty() {
                quoted.push((key.to_owned(), value.to_owned()));
            }
        }
        start += line.len();
    }
    if quoted.is_empty() {
        return None;
    }
    let mut tree = yaml::read_part(path, &changed, found.yaml.clone(), Limits::DOCUMENT).ok()?;
    let fields = tree.value.as_object_mut()?;
    for (key, value) in &quoted {
        // A comment ends the value for the reader, so only as much as it read is put back.
        let length = fields.get(key)?.as_str()?.len();
        fields.insert(key.clone(), Value::String(value.get(..length)?.to_owned()));
    }
    Some((tree, quoted.into_iter().map(|(key, _)| key).collect()))
}

// What begins no plain value in YAML. Anchors, aliases and tags are not among them: readers that
// know these read something else.
const INDICATORS: [char; 5] = ['[', '{', '@', '`', '%'];

// The key of a top-level line, and where its value starts, if that value is text to everyone who
// does not insist on YAML.
fn unquoted(line: &str) -> Option<(&str, usize)> {
    let colon = line.find(": ")?;
    let key = &line[..colon];
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let starts_well = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let value_at = line.len() - line[colon + 2..].trim_start().len();
    let value = &line[value_at..];
    let is_plain =
        !value.starts_with(['"', '\'', '|', '>', '&', '*', '!', '#']) && !value.starts_with("- ");
    // A list that is not closed may go on somewhere else.
    let is_list = |open, close| {
        value.starts_with(open)
            && (!value.contains(close) || yaml::read("", value.trim_end().as_bytes()).is_ok())
    };
    let is_plain = is_plain && !is_list('[', ']') && !is_list('{', '}');
    (starts_well && key.bytes().all(is_word) && is_plain).then_some((key, value_at))
}

/// The text of the scalar at a JSON pointer as its author wrote it: `1.10` stays `1.10`. `None`
/// when it is absent, null, empty or no scalar.
pub fn scalar(tree: &Tree, pointer: &str) -> Option<String> {
    let text = match tree.value.pointer(pointer)? {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => tree.source(pointer)?.to_owned(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lenient(text: &str) -> Option<FrontmatterFields> {
        read("SKILL.md", text.as_bytes(), true).ok()
    }

    #[test]
    fn an_unquoted_colon_is_read_leniently_with_true_places() {
        let text =
            "---\nname: a\ndescription: Use when: it rains: # often\nversion: 1.10\n---\nBody\n";
        assert!(matches!(
            read("f", text.as_bytes(), false),
            Err(FrontmatterFieldsFault::Yaml(_))
        ));
        let matter = lenient(text).expect("harnesses read it");
        assert_eq!(matter.tree.value["description"], "Use when: it rains:");
        assert_eq!(matter.quoted, ["description"]);
        assert_eq!(matter.tree.place("/version").line, 4);
        assert_eq!(scalar(&matter.tree, "/version").as_deref(), Some("1.10"));
    }

    #[test]
    fn a_bracket_that_begins_no_list_is_read_leniently_as_text() {
        for value in [
            "[env] [--dry-run]",
            "[a] (extra)",
            "[a | b] [--x]",
            "[a] x: y",
            "{a} b",
            "@file",
            "`x` y",
            "%d done",
        ] {
            let text = format!(
                "---\nname: a\nargument-hint: {value}\nallowed-tools: [Read, Grep]\nversion: 1.10\n---\nBody\n"
            );
            let matter = lenient(&text).unwrap_or_else(|| panic!("harnesses read {value}"));
            assert_eq!(matter.tree.value["argument-hint"], value);
            assert_eq!(
                matter.tree.value["allowed-tools"],
                serde_json::json!(["Read", "Grep"]),
                "what is a list stays one: {value}"
            );
            assert_eq!(scalar(&matter.tree, "/version").as_deref(), Some("1.10"));
            assert!(read("f", text.as_bytes(), false).is_err(), "{value}");
        }
    }

    #[test]
    fn what_quoting_does_not_fix_stays_broken() {
        for text in [
            "---\na: b: c\nd: [\n---\n",
            "---\nd: x\n y: z\n---\n",
            "---\na: &x b: c\n---\n",
            "---\na: b: c\na: d\n---\n",
            "---\n\tx: y: z\n---\n",
        ] {
            assert!(lenient(text).is_none(), "{text}");
        }
    }

    #[test]
    fn frontmatter_without_fields_is_a_fault() {
        for text in [
            "---\n---\n",
            "---\n# only a comment\n---\n",
            "---\n- a\n---\n",
            "---\nword\n---\n",
        ] {
            assert!(lenient(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn leniency_only_adds_readings(text in "---\n([a-c]: [a-z:# \"']{0,12}\n| [a-z]: x\n){0,5}---\n") {
            if let Ok(strict) = read("f", text.as_bytes(), false) {
                let lenient = lenient(&text).expect("what is strict is lenient");
                prop_assert_eq!(strict.tree.value, lenient.tree.value);
            }
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = read("f", &bytes, true);
            let _ = read("f", &[b"---\n", &bytes[..], b"\n---\n"].concat(), true);
        }
    }
}
