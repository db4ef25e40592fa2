//! Source files, read so that code, comments and literals can be distinguished: a lexer for exactly
//! that.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A source file: its path from the crate's root, its text, and the same text without comments and
/// literals.
pub struct Source {
    pub path: String,
    pub text: String,
    pub bare: String,
    pub is_test: bool,
}

impl Source {
    /// The path below the sources of the crate at `root`, such as `evidence/review/mod.rs`.
    pub fn below(&self, root: &str) -> Option<&str> {
        self.path.strip_prefix(root)?.strip_prefix('/')
    }

    pub fn is_in(&self, places: &[&str]) -> bool {
        places
            .iter()
            .any(|place| self.path == *place || self.path.starts_with(&format!("{place}/")))
    }

    /// The lines that end up in the program, numbered from 1: without comments, literals and what
    /// is compiled for tests only.
    pub fn code(&self) -> Vec<(usize, &str)> {
        let mut lines = Vec::new();
        // Braces open inside an item that is compiled for tests only; `None` outside of one.
        let mut skipped: Option<i64> = None;
        for (index, line) in self.bare.lines().enumerate() {
            let Some(open) = &mut skipped else {
                if line.trim_start().starts_with("#[cfg(test)]") {
                    skipped = Some(0);
                } else {
                    lines.push((index + 1, line));
                }
                continue;
            };
            *open += line.matches('{').count() as i64 - line.matches('}').count() as i64;
            if *open <= 0 && (line.contains('}') || line.trim_end().ends_with(';')) {
                skipped = None;
            }
        }
        if self.is_test { Vec::new() } else { lines }
    }

    /// How many `super` lead from this file's module to the crate's root.
    pub fn depth(&self) -> usize {
        let inside = self
            .path
            .split_once("src/")
            .map_or(&*self.path, |(_, inside)| inside);
        let steps = inside.trim_end_matches(".rs").split('/');
        steps.filter(|step| *step != "mod").count()
    }
}

/// Every Rust file of these folders, in order of path.
pub fn sources(folders: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in folders {
        collect(&root.join(folder), &mut paths);
    }
    paths.sort();
    let mut found: Vec<Source> = paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(root.join(&path)).expect("a source can be read");
            let bare = bare(&text);
            Source {
                is_test: path.starts_with("tests/"),
                path,
                text,
                bare,
            }
        })
        .collect();
    let tests: BTreeSet<String> = found.iter().flat_map(test_modules).collect();
    for source in &mut found {
        let module = source
            .path
            .trim_end_matches(".rs")
            .trim_end_matches("/mod")
            .to_owned();
        // Tests beside their module are declared by a `#[path]` between the attribute and the
        // module.
        source.is_test |= module.ends_with("_tests");
        source.is_test |= tests
            .iter()
            .any(|test| module == *test || module.starts_with(&format!("{test}/")));
    }
    found
}

fn collect(folder: &Path, paths: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("a folder can be read").path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let inside = path
                .strip_prefix(env!("CARGO_MANIFEST_DIR"))
                .expect("it is in the repository");
            paths.push(
                inside
                    .to_str()
                    .expect("sources have plain names")
                    .replace('\\', "/"),
            );
        }
    }
}

/// Modules that a file declares under `#[cfg(test)]`, as paths without ending.
fn test_modules(source: &Source) -> Vec<String> {
    let folder = match source.path.rsplit_once('/') {
        Some((folder, "mod.rs" | "lib.rs" | "main.rs")) => folder.to_owned(),
        _ => source.path.trim_end_matches(".rs").to_owned(),
    };
    let lines: Vec<&str> = source.bare.lines().map(str::trim).collect();
    let declared = lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| pair[1].strip_suffix(';')?.rsplit_once("mod "));
    declared
        .map(|(_, name)| format!("{folder}/{name}"))
        .collect()
}

/// The text with comments and literals blanked out, line by line.
pub fn bare(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end > at {
            out.extend(chars[at..end].iter().copied().map(blank));
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// Where the comment or literal that starts at `at` ends; `at` itself when none does.
pub fn literal_end(chars: &[char], at: usize) -> usize {
    let rest = |from: usize, text: &str| {
        text.chars()
            .enumerate()
            .all(|(index, c)| chars.get(from + index) == Some(&c))
    };
    let find = |from: usize, text: &str| {
        (from..chars.len())
            .find(|at| rest(*at, text))
            .map_or(chars.len(), |found| found + text.len())
    };
    let in_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match chars[at] {
        '/' if rest(at, "//") => find(at, "\n") - 1,
        '/' if rest(at, "/*") => find(at + 2, "*/"),
        'r' if !in_word || chars[at - 1] == 'b' => {
            let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
            let quoted = chars.get(at + 1 + hashes) == Some(&'"');
            if quoted {
                find(at + 2 + hashes, &format!("\"{}", "#".repeat(hashes)))
            } else {
                at
            }
        }
        quote @ ('"' | '\'') => {
            // A lifetime has no closing quote right after its first character.
            if quote == '\'' && chars.get(at + 1) != Some(&'\\') && chars.get(at + 2) != Some(&'\'')
            {
                return at;
            }
            let mut end = at + 1;
            while end < chars.len() && chars[end] != quote {
                end += if chars[end] == '\\' { 2 } else { 1 };
            }
            (end + 1).min(chars.len())
        }
        _ => at,
    }
}
