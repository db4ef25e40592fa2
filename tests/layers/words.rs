//! The words that docs/style.md gives up: none of them is in a page, a message, a comment, the
//! help, a schema or a workflow.
//!
//! The table in docs/style.md is the only list. Code spans and code blocks are exempt, because they
//! quote names and output.

use std::fs;

use super::PROGRAM;
use super::pages::{pages, read, without_code};
use super::source::{Source, literal_end, sources};

/// Folders whose other files people read, with the endings of these files.
const OTHER: [(&str, &[&str]); 7] = [
    ("schemas", &["json"]),
    ("examples/workflows", &["yml"]),
    ("examples/policies", &["yaml"]),
    ("crates/countersign-audit/frameworks", &["yaml"]),
    ("action", &["sh", "py"]),
    (".github/workflows", &["yml"]),
    (".github/ISSUE_TEMPLATE", &["yml"]),
];

/// A word or sign of a text, in lower case, and its line.
type Token = (usize, String);

/// The phrases of the table "Words we gave up", each as its words.
fn given_up() -> Vec<Vec<String>> {
    let page = read("docs/style.md");
    let (_, table) = page
        .split_once("| given up |")
        .expect("the page has the table");
    let cells = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| line.split('|').nth(1));
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(|phrase| phrase.split(' ').map(str::to_owned).collect())
        .collect()
}

/// The words of `text`, whose first line is `line`. Signs are kept, so that no phrase is found
/// across them.
fn tokens(line: usize, text: &str) -> Vec<Token> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'');
    let mut found: Vec<Token> = Vec::new();
    for (index, content) in text.lines().enumerate() {
        let mut rest = content;
        while let Some(first) = rest.chars().next() {
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            let word = rest[..length].trim_matches('\'').to_lowercase();
            let word = word
                .strip_suffix("'s")
                .filter(|word| *word != "minute")
                .unwrap_or(&word)
                .to_owned();
            if !word.trim().is_empty() {
                found.push((line + index, word));
            }
            rest = &rest[length..];
        }
    }
    found
}

/// Adds each phrase of `given_up` in `text` to `found`, as `path:line: phrase`.
fn search(given_up: &[Vec<String>], path: &str, line: usize, text: &str, found: &mut Vec<String>) {
    let tokens = tokens(line, &without_spans(text));
    for phrase in given_up {
        let hits = tokens
            .windows(phrase.len())
            .filter(|words| words.iter().map(|(_, word)| word).eq(phrase));
        found.extend(hits.map(|words| format!("{path}:{}: {}", words[0].0, phrase.join(" "))));
    }
}

/// The text with its code spans blanked out, line by line.
fn without_spans(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let last = parts.len() - 1;
    let blank = |part: &str| {
        part.chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect::<String>()
    };
    let part = |(index, part): (usize, &&str)| {
        if index % 2 == 1 && index != last {
            blank(part)
        } else {
            (*part).to_owned()
        }
    };
    parts
        .iter()
        .enumerate()
        .map(part)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The comments and string literals of a source that end up in the program, each with its line.
/// Comments in lines below each other are one.
fn texts(source: &Source) -> Vec<(usize, String)> {
    let program: Vec<usize> = source
        .code()
        .into_iter()
        .map(|(number, _)| number)
        .collect();
    let chars: Vec<char> = source.text.chars().collect();
    let mut texts: Vec<(usize, String)> = Vec::new();
    let (mut at, mut line, mut comment_ends) = (0, 1, None);
    while at < chars.len() {
        let end = literal_end(&chars, at).max(at + 1);
        let piece: String = chars[at..end].iter().collect();
        if program.binary_search(&line).is_ok() {
            if let Some(comment) = piece.strip_prefix("//") {
                let comment = comment.trim_start_matches(['/', '!']);
                match texts.last_mut().filter(|_| comment_ends == Some(line - 1)) {
                    Some((_, block)) => *block += &format!("\n{comment}"),
                    None => texts.push((line, comment.to_owned())),
                }
                comment_ends = Some(line);
            } else if piece.contains('"') && end > at + 1 {
                texts.push((line, unescaped(&piece)));
            }
        }
        line += piece.matches('\n').count();
        at = end;
    }
    texts
}

/// A literal without its escapes, each of which is as wide as it was.
fn unescaped(literal: &str) -> String {
    let mut out = String::new();
    let mut chars = literal.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push_str(if chars.next() == Some('\n') {
                " \n"
            } else {
                "  "
            }),
            c => out.push(c),
        }
    }
    out
}

#[track_caller]
fn none(found: &[String]) {
    assert!(
        found.is_empty(),
        "docs/style.md gives these words up:\n{}",
        found.join("\n")
    );
}

#[test]
fn pages_use_no_word_that_was_given_up() {
    let (given_up, mut found) = (given_up(), Vec::new());
    for path in pages() {
        search(&given_up, &path, 1, &without_code(&read(&path)), &mut found);
    }
    none(&found);
}

#[test]
fn sources_use_no_word_that_was_given_up() {
    let (given_up, mut found) = (given_up(), Vec::new());
    for source in sources(&PROGRAM) {
        for (line, text) in texts(&source) {
            search(&given_up, &source.path, line, &text, &mut found);
        }
    }
    none(&found);
}

#[test]
fn schemas_workflows_and_frameworks_use_no_word_that_was_given_up() {
    let (given_up, mut found) = (given_up(), Vec::new());
    let mut paths = vec!["action.yml".to_owned(), "justfile".to_owned()];
    for (folder, endings) in OTHER {
        let root = env!("CARGO_MANIFEST_DIR");
        let entries =
            fs::read_dir(format!("{root}/{folder}")).expect("the folder is in the repository");
        let names = entries.map(|entry| {
            entry
                .expect("a folder can be read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        });
        let wanted = names.filter(|name| {
            endings
                .iter()
                .any(|ending| name.ends_with(&format!(".{ending}")))
        });
        paths.extend(wanted.map(|name| format!("{folder}/{name}")));
    }
    paths.sort();
    for path in paths {
        for (index, line) in read(&path).lines().enumerate() {
            search(&given_up, &path, index + 1, line, &mut found);
        }
    }
    none(&found);
}

#[test]
fn words_are_found_in_texts_alone_and_as_a_whole() {
    let given_up = given_up();
    assert!(
        given_up.len() > 50 && given_up.contains(&vec!["lies".to_owned(), "in".to_owned()]),
        "{given_up:?}"
    );
    let found = |text: &str| {
        let mut found = Vec::new();
        search(&given_up, "x", 1, text, &mut found);
        found
    };
    assert_eq!(
        found("It lies\nin a folder, Nobody's own; `nobody` `lies in`."),
        ["x:2: nobody", "x:1: lies in"]
    );
    assert_eq!(
        found("What lies. In time: the lies, in all. heroes, another, upon_us, re-mend"),
        Vec::<String>::new()
    );
    let text = "/// It lies\n/// in it.\nfn her() -> char { // whoever\n    let x = \"a\\nnobody\"; '\"' }\n#[cfg(test)]\nmod tests {\n    // she\n}\n";
    let source = Source {
        path: "x".to_owned(),
        text: text.to_owned(),
        bare: super::bare(text),
        is_test: false,
    };
    let mut all = Vec::new();
    for (line, text) in texts(&source) {
        search(&given_up, "x", line, &text, &mut all);
    }
    all.sort();
    assert_eq!(all, ["x:1: lies in", "x:3: whoever", "x:4: nobody"]);
}
