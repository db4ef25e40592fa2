//! The reader of `.gitattributes` against `git check-attr`, an independent judge.

use std::io::Write;
use std::process::{Command, Stdio};

use countersign::document::attributes::altering;

const PATTERNS: [&str; 32] = [
    "**b.md",
    "a**/b.md",
    "a/**b.md",
    "a/c**/b.md",
    "?**/b.md",
    "*.md",
    "/a/*.md",
    "a/**",
    "**/b.md",
    "a/**/b.md",
    "**",
    "a/*",
    "a",
    "/*",
    "[ab].md",
    "[!a]*",
    "a/b?md",
    "\\*.md",
    "x/y",
    "[[:alpha:]]*.md",
    "[a-c].m[cd]",
    "*/b.md",
    "b.md",
    "a/",
    "**/",
    "a/***",
    "[",
    "[]-a]*",
    "a\\",
    "**/c/**",
    "?.md",
    "*?.m*",
];
const PATHS: [&str; 9] = [
    "b.md",
    "a/b.md",
    "a/c/b.md",
    "a/c/d/b.md",
    "x/y",
    "*.md",
    "c/x.txt",
    "ab.md",
    "]x",
];

/// What Git says about the attribute `ident` of each path, when `text` is the root's
/// `.gitattributes`.
fn git_says(text: &str, paths: &[&str]) -> Vec<(String, bool)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command
            .args(args)
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", folder.path());
        command
    };
    assert!(git(&["init", "-q"]).status().expect("git runs").success());
    std::fs::write(folder.path().join(".gitattributes"), text).expect("it can be written");
    let mut child = git(&["check-attr", "--stdin", "-z", "ident"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(paths.join("\0").as_bytes())
        .expect("git reads");
    let output = child.wait_with_output().expect("git ends");
    let fields: Vec<_> = output.stdout.split(|byte| *byte == 0).collect();
    assert_eq!(
        fields.len(),
        paths.len() * 3 + 1,
        "git answered for every path"
    );
    fields
        .chunks_exact(3)
        .map(|answer| {
            (
                String::from_utf8_lossy(answer[0]).into_owned(),
                answer[2] == b"set",
            )
        })
        .collect()
}

#[track_caller]
fn agrees(text: &str, paths: &[&str]) {
    for (path, set) in git_says(text, paths) {
        let ours = altering(
            &[(".gitattributes".to_owned(), text.to_owned().into_bytes())],
            &path,
        )
        .is_some();
        assert_eq!(ours, set, "`{text}` and `{path}`");
    }
}

#[test]
fn patterns_match_where_git_says_they_do() {
    for pattern in PATTERNS {
        agrees(&format!("{pattern} ident\n"), &PATHS);
    }
}

#[test]
fn macros_set_what_git_says_they_do() {
    for lines in [
        "*.md m",
        "*.md m -m",
        "*.md -m m",
        "*.md m -ident",
        "*.md -ident m",
        "*.md m\na/*.md -m",
        "*.md -m\na/*.md m",
        "*.md ident\na/*.md n",
        "*.md n m",
        "*.md m n",
        "*.md outer",
        "*.md outer\na/* -m",
        "*.md outer\na/* n",
        "*.md loop",
        "*.md m=value",
        "*.md !m m",
    ] {
        agrees(
            &format!(
                "[attr]m ident\n[attr]n -ident\n[attr]outer x m y\n[attr]loop loop2 m\n[attr]loop2 loop loop2\n{lines}\n"
            ),
            &PATHS,
        );
    }
}
