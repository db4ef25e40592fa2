//! Paths that prose, shell and settings name in passing: `source ../../tools/x.sh`,
//! `scripts/run.py`, `${CLAUDE_PLUGIN_ROOT}/x.sh`, `~/x.sh`.
//!
//! It judges the text alone and looks at no file. Most words with a slash are not references, so
//! the caller checks whether a file exists. Links and other forms that are references by themselves
//! are for `references`.

use super::references::{is_in_fence, window};

/// Where a path starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MentionBase {
    /// The file that names it, the package, or the root of the repository, wherever something is
    /// there.
    Any,
    /// The root of the repository.
    Project,
    /// The folder of the plugin that the file belongs to.
    Plugin,
    /// The machine of the reader.
    Machine,
}

/// A path in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention<'t> {
    /// Bytes of the word in the text.
    pub span: (usize, usize),
    /// The word as written.
    pub word: &'t str,
    /// What it is relative to.
    pub base: MentionBase,
    /// Without what names the base.
    pub path: &'t str,
}

/// More than this are not looked at in one text.
pub const MOST: usize = 500;

// No path is longer.
const LONGEST: usize = 512;

/// Variables that harnesses replace in commands, with their meaning. A path below a Skill's own
/// folder is like any other.
const VARIABLES: [(&str, MentionBase); 13] = [
    ("CLAUDE_PLUGIN_ROOT", MentionBase::Plugin),
    ("CURSOR_PLUGIN_ROOT", MentionBase::Plugin),
    ("PLUGIN_ROOT", MentionBase::Plugin),
    ("extensionPath", MentionBase::Plugin),
    ("CLAUDE_PROJECT_DIR", MentionBase::Project),
    ("GEMINI_PROJECT_DIR", MentionBase::Project),
    ("CURSOR_PROJECT_DIR", MentionBase::Project),
    ("PROJECT_DIR", MentionBase::Project),
    ("PROJECT_ROOT", MentionBase::Project),
    ("workspaceFolder", MentionBase::Project),
    ("workspacePath", MentionBase::Project),
    ("REPO_ROOT", MentionBase::Project),
    ("HOME", MentionBase::Machine),
];

/// Endings of files that an interpreter runs, or that a model reads as instructions.
const ENDINGS: [&str; 28] = [
    "sh",
    "bash",
    "zsh",
    "fish",
    "py",
    "pyw",
    "js",
    "mjs",
    "cjs",
    "ts",
    "mts",
    "cts",
    "rb",
    "pl",
    "php",
    "ps1",
    "psm1",
    "bat",
    "cmd",
    "lua",
    "awk",
    "applescript",
    "exe",
    "jar",
    "md",
    "mdc",
    "markdown",
    "txt",
];

/// What a text is, which decides what in it may be a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Markdown: in its fences, words where a command begins may have any ending.
    Markdown,
    /// A script, where that holds everywhere.
    Script,
    /// A command in a file of settings, which also names files beside it.
    Command,
}

/// The paths in `text`, in its order.
pub fn find(kind: Text, text: &str) -> Vec<Mention<'_>> {
    let mut found = Vec::new();
    let mut line_start = 0;
    let mut fence = None;
    for line in text.split_inclusive('\n') {
        let is_code = kind != Text::Markdown || is_in_fence(line, &mut fence);
        let mut starts_command = is_code;
        let mut at = 0;
        while let Some(offset) = line[at..].find(|c: char| !is_break(c)) {
            let before = &line[at..at + offset];
            at += offset;
            starts_command |= is_code && before.contains(['`', '|', ';', '&', '(', '!', '\n']);
            let length = word_length(&line[at..]);
            let word = window(&line[at..at + length], LONGEST);
            if let Some(mention) = mention(kind, word, line_start + at, starts_command) {
                found.push(mention);
                if found.len() >= MOST {
                    return found;
                }
            }
            starts_command = starts_command && precedes_command(word);
            at += length;
        }
        line_start += line.len();
    }
    found
}

// Up to the next break; quotes that end a variable before a slash, as in `"$DIR"/x`, do not count.
fn word_length(rest: &str) -> usize {
    let length = rest.find(is_break).unwrap_or(rest.len());
    let after = &rest[length..];
    if rest.starts_with('$') && (after.starts_with("\"/") || after.starts_with("'/")) {
        let more = &after[1..];
        return length + 1 + more.find(is_break).unwrap_or(more.len());
    }
    length
}

fn is_break(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "`\"'()[]|;&<>=,*!".contains(c)
}

// Words that come before the program of a command, and prompts.
fn precedes_command(word: &str) -> bool {
    matches!(
        word,
        "$" | "%"
            | "-"
            | "#"
            | "sudo"
            | "exec"
            | "env"
            | "bash"
            | "sh"
            | "zsh"
            | "source"
            | "."
            | "python"
            | "python3"
            | "node"
    )
}

fn mention(kind: Text, word: &str, start: usize, starts_command: bool) -> Option<Mention<'_>> {
    let trimmed = word.trim_end_matches(['.', ',', ':', '?']);
    let (is_import, rest) = trimmed
        .strip_prefix('@')
        .map_or((false, trimmed), |rest| (true, rest));
    let (base, path) = based(rest)?;
    let mut steps = path.split('/');
    let last = steps.clone().next_back().unwrap_or_default();
    let climbs = steps.clone().any(|step| step == "..")
        && steps.any(|step| !matches!(step, "" | "." | ".."));
    let ending = last
        .rsplit_once('.')
        .filter(|(stem, _)| !stem.is_empty())
        .map(|(_, ending)| ending);
    let is_file = ending.is_some_and(|ending| {
        ENDINGS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(ending))
    });
    // A folder, as in a drawing of a tree, is not a command.
    let is_command = starts_command && ending.is_none() && !last.is_empty();
    let counts = match base {
        // Settings and other files of the machine are what a Skill works on; programs and
        // instructions are part of it.
        MentionBase::Machine => is_file || is_import,
        MentionBase::Project => is_file || is_import || climbs || is_command,
        MentionBase::Plugin => true,
        MentionBase::Any if path.contains('/') => climbs || is_file || is_import || is_command,
        MentionBase::Any => kind == Text::Command && is_file,
    };
    counts.then_some(Mention {
        span: (start, start + trimmed.len()),
        word: trimmed,
        base,
        path,
    })
}

// What a path starts from, and the rest. `None` if it is not a path: an address, an option, the
// root of the machine.
fn based(word: &str) -> Option<(MentionBase, &str)> {
    if let Some(path) = word.strip_prefix("~/") {
        return Some((MentionBase::Machine, path));
    }
    if let Some(rest) = word.strip_prefix('$') {
        let braced = rest
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'));
        let (name, path) = braced.unwrap_or_else(|| {
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            rest.split_at(end)
        });
        let path = path.trim_start_matches(['"', '\'']);
        // `${NAME:-default}` and `${env:NAME}`.
        let name = name
            .split(":-")
            .next()
            .unwrap_or(name)
            .trim_start_matches("env:");
        let path = path.strip_prefix('/').filter(|path| !path.is_empty())?;
        let known = VARIABLES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, base)| *base);
        return Some((known.unwrap_or(MentionBase::Any), path));
    }
    // `"$(dirname "$0")"/../x` leaves `/../x`.
    let path = if word.starts_with("/..") {
        &word[1..]
    } else {
        word
    };
    let is_path = !path.starts_with(['/', '-'])
        && !path.contains("://")
        && !path.contains(['$', '{', '}', ':', '\\', '?', '#']);
    is_path.then_some((MentionBase::Any, path))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(kind: Text, text: &str) -> Vec<(MentionBase, &str)> {
        find(kind, text)
            .iter()
            .map(|mention| (mention.base, mention.path))
            .collect()
    }

    #[test]
    fn finds_paths_in_prose_spans_fences_and_commands() {
        use MentionBase::{Any, Machine, Plugin, Project};
        use Text::{Command, Markdown, Script};
        for (kind, text, expected) in [
            (
                Markdown,
                "source ../../tools/x.sh",
                (Any, "../../tools/x.sh"),
            ),
            (
                Markdown,
                "read file ../../tools/x.sh now",
                (Any, "../../tools/x.sh"),
            ),
            (
                Markdown,
                "Run `tools/x.sh` in the repository root",
                (Any, "tools/x.sh"),
            ),
            (Markdown, "see ./docs/rules.md.", (Any, "./docs/rules.md")),
            (Markdown, "```sh\n$ bin/tool --fast\n```", (Any, "bin/tool")),
            (Markdown, "Run ${CLAUDE_PLUGIN_ROOT}/x.sh", (Plugin, "x.sh")),
            (Markdown, "`~/x.sh`", (Machine, "x.sh")),
            (Markdown, "@~/x.md", (Machine, "x.md")),
            (Markdown, "@docs/style", (Any, "docs/style")),
            (
                Script,
                ". \"$(dirname \"$0\")/../../lib.sh\"",
                (Any, "../../lib.sh"),
            ),
            (Script, "source ${DIR}/../x.sh", (Any, "../x.sh")),
            (
                Script,
                "if bin/tool; then\n bin/other\nfi",
                (Any, "bin/other"),
            ),
            (
                Command,
                "\"$CLAUDE_PROJECT_DIR\"/tools/x.sh --fast",
                (Project, "tools/x.sh"),
            ),
            (
                Command,
                "${CLAUDE_PROJECT_DIR:-.}/tools/x.sh",
                (Project, "tools/x.sh"),
            ),
            (Command, "node server.js", (Any, "server.js")),
        ] {
            assert_eq!(found(kind, text), [expected], "{text}");
        }
    }

    #[test]
    fn ordinary_words_are_not_paths() {
        let text = "and/or, 1/2, `git checkout -b feat/x`, https://example.com/x.sh, /usr/bin/env, `cd ..`, `ls ../ -l`, TCP/IP, ~/.config, `src/main.rs`, `~/.claude/settings.json`, @scope, README.md, s/a/b/, `src/parts`\n```\ndocs/\n- tools/\n```\n";
        assert_eq!(found(Text::Markdown, text), []);
    }

    proptest! {
        #[test]
        fn never_panics_and_points_at_what_it_names(text in any::<String>(), odd in "[@~$./{}a-z\"' ]{0,40}") {
            for text in [text, odd] {
                for kind in [Text::Markdown, Text::Script, Text::Command] {
                    for mention in find(kind, &text) {
                        prop_assert_eq!(&text[mention.span.0..mention.span.1], mention.word);
                    }
                }
            }
        }
    }
}
