//! What Cargo cannot say: the order of the layers inside a crate, who prints, who starts programs, who reads the clock.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Crates with layers inside, each with its layers from the bottom up. Modules that are in no layer are below all of them.
const LAYERS: [(&str, &[&str]); 4] = [
    ("crates/countersign-model/src", &["document"]),
    ("crates/countersign-core/src", &["evidence", "lifecycle", "replay", "check", "judge"]),
    ("crates/countersign-audit/src", &["render"]),
    ("src", &["render", "cli"]),
];

/// Sources of the program. What only tests use is left out.
const PROGRAM: [&str; 9] = [
    "src",
    "crates/countersign-audit/src",
    "crates/countersign-core/src",
    "crates/countersign-demo/src",
    "crates/countersign-forge/src",
    "crates/countersign-git/src",
    "crates/countersign-harness/src",
    "crates/countersign-model/src",
    "crates/countersign-signature/src",
];

/// Everything that people read.
const EVERYTHING: [&str; 5] = ["src", "crates", "tests", "benches", "fuzz"];

/// Files may have this many lines.
const LONGEST: usize = 600;

/// A source file: its path from the crate's root, its text, and the same text without comments and literals.
struct Source {
    path: String,
    text: String,
    bare: String,
    is_test: bool,
}

impl Source {
    /// The path below the sources of the crate at `root`, such as `evidence/review/mod.rs`.
    fn below(&self, root: &str) -> Option<&str> {
        self.path.strip_prefix(root)?.strip_prefix('/')
    }

    fn lies_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path == *place || self.path.starts_with(&format!("{place}/")))
    }

    /// The lines that end up in the program, numbered from 1: without comments, literals and what is compiled for tests only.
    fn code(&self) -> Vec<(usize, &str)> {
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

    /// How often `super` stands between this file's module and the crate's root.
    fn depth(&self) -> usize {
        let inside = self.path.split_once("src/").map_or(&*self.path, |(_, inside)| inside);
        let steps = inside.trim_end_matches(".rs").split('/');
        steps.filter(|step| *step != "mod").count()
    }
}

/// Every Rust file of these folders, in order of path.
fn sources(folders: &[&str]) -> Vec<Source> {
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
            Source { is_test: path.starts_with("tests/"), path, text, bare }
        })
        .collect();
    let tests: BTreeSet<String> = found.iter().flat_map(test_modules).collect();
    for source in &mut found {
        let module = source.path.trim_end_matches(".rs").trim_end_matches("/mod").to_owned();
        // Tests beside their module are declared by a `#[path]` between the attribute and the module.
        source.is_test |= module.ends_with("_tests");
        source.is_test |= tests.iter().any(|test| module == *test || module.starts_with(&format!("{test}/")));
    }
    found
}

fn collect(folder: &Path, paths: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a folder can be read").path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let inside = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("it lies in the crate");
            paths.push(inside.to_str().expect("sources have plain names").replace('\\', "/"));
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
    let declared =
        lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]").filter_map(|pair| pair[1].strip_suffix(';')?.rsplit_once("mod "));
    declared.map(|(_, name)| format!("{folder}/{name}")).collect()
}

/// The text with comments and literals blanked out, line by line.
fn bare(text: &str) -> String {
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
fn literal_end(chars: &[char], at: usize) -> usize {
    let rest = |from: usize, text: &str| text.chars().enumerate().all(|(index, c)| chars.get(from + index) == Some(&c));
    let find = |from: usize, text: &str| (from..chars.len()).find(|at| rest(*at, text)).map_or(chars.len(), |found| found + text.len());
    let in_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match chars[at] {
        '/' if rest(at, "//") => find(at, "\n") - 1,
        '/' if rest(at, "/*") => find(at + 2, "*/"),
        'r' if !in_word || chars[at - 1] == 'b' => {
            let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
            let quoted = chars.get(at + 1 + hashes) == Some(&'"');
            if quoted { find(at + 2 + hashes, &format!("\"{}", "#".repeat(hashes))) } else { at }
        }
        quote @ ('"' | '\'') => {
            // A lifetime has no closing quote right after its first character.
            if quote == '\'' && chars.get(at + 1) != Some(&'\\') && chars.get(at + 2) != Some(&'\'') {
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

/// Whether `line` holds `text` where no longer word does.
fn has_word(line: &str, text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(text).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + text.len()..].chars().next();
        let bounded = !text.ends_with(word) || !after.is_some_and(word);
        bounded && !before.is_some_and(word)
    })
}

/// Those of the `layers` that a line names by a path from the root.
fn named_layers<'l>(layers: &[&'l str], line: &str, depth: usize) -> Vec<&'l str> {
    let up = format!("{}::", vec!["super"; depth].join("::"));
    let from_root = |layer: &&str| {
        has_word(line, &format!("crate::{layer}"))
            || has_word(line, &format!("{up}{layer}"))
            || ["crate::{", &format!("{up}{{")].iter().any(|group| {
                let inside = line.split_once(*group).map_or("", |(_, inside)| inside);
                first_steps(inside).contains(layer)
            })
    };
    layers.iter().copied().filter(from_root).collect()
}

/// The first steps of the paths of a group that is open.
fn first_steps(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut steps = Vec::new();
    for part in group.split_inclusive(['{', '}', ',']) {
        if depth == 0 {
            steps.push(part.trim().split("::").next().unwrap_or_default().trim_end_matches([',', '}', ';']).trim());
        }
        depth += part.matches('{').count() as i32 - part.matches('}').count() as i32;
        if depth < 0 {
            break;
        }
    }
    steps
}

/// The lines with each `use` on one line, however it was wrapped.
fn statements(lines: &[(usize, &str)]) -> Vec<(usize, String)> {
    let mut joined: Vec<(usize, String)> = Vec::new();
    for (number, line) in lines {
        match joined.last_mut().filter(|(_, last)| has_word(last, "use") && !last.contains(';')) {
            Some((_, last)) => *last = format!("{last} {}", line.trim()),
            None => joined.push((*number, (*line).to_owned())),
        }
    }
    joined
}

/// Asserts that what `finds` finds lies in `allowed` only.
#[track_caller]
fn only_in(allowed: &[&str], what: &str, finds: impl Fn(&str) -> bool) {
    let all = sources(&PROGRAM);
    let mut wrong = Vec::new();
    for source in all.iter().filter(|source| !source.lies_in(allowed)) {
        for (number, line) in source.code() {
            if finds(line) {
                wrong.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{what} is used only in {allowed:?}\n{}", wrong.join("\n"));
}

#[test]
fn each_layer_uses_only_those_before_it() {
    let mut wrong = Vec::new();
    for (root, layers) in LAYERS {
        for source in sources(&[root]) {
            let Some(inside) = source.below(root).filter(|inside| !matches!(*inside, "lib.rs" | "main.rs")) else { continue };
            let own = inside.split(['/', '.']).next().unwrap_or_default();
            let rank = layers.iter().position(|layer| *layer == own);
            for (number, line) in statements(&source.code()) {
                for layer in named_layers(layers, &line, source.depth()) {
                    if layers.iter().position(|other| *other == layer) > rank {
                        wrong.push(format!("{}:{number}: {own} uses {layer}", source.path));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_that_begin_elsewhere_are_read_too() {
    let named = |line: &str| named_layers(&["model", "document", "git", "lifecycle", "render", "cli"], line, 2);
    assert_eq!(named("use crate::{model::Digest, lifecycle, git::{Reader, document}};"), ["model", "git", "lifecycle"]);
    assert_eq!(named("let x = crate::render::text(1);"), ["render"]);
    assert_eq!(named("use super::super::cli::Options;"), ["cli"]);
    assert_eq!(named("use super::model; use crate::modeling; use crate::git2;"), Vec::<&str>::new());
    let wrapped = [(1, "use crate::{"), (2, "    model::Digest,"), (3, "    cli,"), (4, "};")];
    assert_eq!(named(&statements(&wrapped)[0].1), ["model", "cli"]);
    let text = "let a = \"crate::cli\"; // crate::cli\nlet b = r#\"crate::cli \"\"#; let c: &'a str = '\\''; crate::model /* crate::cli */";
    assert!(!bare(text).contains("cli"), "{}", bare(text));
    assert!(bare(text).contains("crate::model"));
}

#[test]
fn the_trust_core_reads_a_repository_in_two_layers() {
    // What the others say follows from values that these two have read.
    let core = "crates/countersign-core/src";
    let readers = ["replay", "judge"].map(|layer| format!("{core}/{layer}"));
    let readers = readers.each_ref().map(String::as_str);
    let handles = ["Repository", "Reader", "Writer"];
    let mut wrong = Vec::new();
    for source in sources(&[core]).iter().filter(|source| !source.is_test && !source.lies_in(&readers)) {
        for (number, line) in statements(&source.code()) {
            if has_word(&line, "countersign_git") && handles.iter().any(|handle| has_word(&line, handle)) {
                wrong.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "only replay and judge read a repository\n{}", wrong.join("\n"));
}

#[test]
fn signatures_are_verified_by_one_crate() {
    // The demo signs with the same library; it verifies nothing.
    only_in(&["crates/countersign-signature"], "verification by ssh-key", |line| has_word(line, "ssh_key::SshSig"));
}

#[test]
fn programs_are_started_by_one_file() {
    // What makes keys for tests starts the stock tools.
    only_in(&["src/cli/programs.rs", "crates/countersign-signature/src/fixtures.rs"], "std::process::Command", |line| {
        has_word(line, "process::Command") || has_word(line, "Command::new") && !line.contains("clap")
    });
}

#[test]
fn only_commands_print() {
    only_in(&["src/cli", "src/main.rs"], "printing", |line| {
        ["print!", "println!", "eprint!", "eprintln!", "dbg!"].iter().any(|name| has_word(line, name))
            || has_word(line, "io::stdout")
            || has_word(line, "io::stderr")
    });
}

#[test]
fn the_clock_is_read_by_one_file() {
    only_in(&["src/cli/clock.rs"], "the clock", |line| {
        ["SystemTime::now", "Timestamp::now", "Zoned::now", "Instant::now"].iter().any(|name| has_word(line, name))
    });
}

#[test]
fn no_file_is_too_long() {
    let all = sources(&EVERYTHING);
    let long: Vec<String> = all
        .iter()
        .filter(|source| source.text.lines().count() > LONGEST)
        .map(|source| format!("{} has {} lines", source.path, source.text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn no_file_is_named_for_nothing() {
    let empty = ["util", "utils", "helper", "helpers", "common", "manager", "misc"];
    let steps = |path: &str| path.trim_end_matches(".rs").split(['/', '_']).map(str::to_owned).collect::<Vec<_>>();
    let all = sources(&EVERYTHING);
    let wrong: Vec<&str> = all
        .iter()
        .filter(|source| steps(&source.path).iter().any(|step| empty.contains(&step.as_str())))
        .map(|source| source.path.as_str())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_owns() {
    let all = sources(&EVERYTHING);
    let silent: Vec<&str> = all
        .iter()
        .filter(|source| !(source.is_test && source.lies_in(&PROGRAM)))
        .filter(|source| !source.text.trim_start().starts_with("//!"))
        .map(|source| source.path.as_str())
        .collect();
    assert!(silent.is_empty(), "a module opens with what it owns: {}", silent.join(", "));
}
