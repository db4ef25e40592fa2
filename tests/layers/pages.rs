//! Pages: the files and pages that they name exist.

use std::fs;
use std::path::Path;

/// Folders with pages, besides the root.
const FOLDERS: [&str; 6] = ["docs", "examples", "crates", "tests", "action", ".github"];

/// Pages whose code spans name files of this repository.
const MAPS: [&str; 3] = ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/trust-model.md"];

/// What those pages name that is not in a fresh clone: folders of a governed repository, and what
/// fuzzing writes.
const ELSEWHERE: [&str; 3] = ["approvals/", "fuzz/artifacts/", "fuzz/corpus/"];

/// The text of a file of the repository.
pub fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Markdown file, sorted.
pub fn pages() -> Vec<String> {
    let mut paths: Vec<String> = FOLDERS
        .iter()
        .flat_map(|folder| files(folder, true))
        .collect();
    paths.extend(
        files(".", false)
            .iter()
            .map(|path| path.trim_start_matches("./").to_owned()),
    );
    paths.retain(|path| {
        Path::new(path)
            .extension()
            .is_some_and(|extension| extension == "md")
    });
    paths.sort();
    paths
}

fn files(folder: &str, deep: bool) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .expect("the folder is in the repository")
    {
        let entry = entry.expect("a folder can be read");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        match entry.file_type().expect("a file has a type") {
            kind if kind.is_file() => found.push(path),
            kind if kind.is_dir() && deep => found.extend(files(&path, deep)),
            _ => {}
        }
    }
    found
}

/// A page with its code blocks and the targets of its links blanked out, line by line.
pub fn without_code(page: &str) -> String {
    let mut is_code = false;
    let mut out = String::new();
    for line in page.lines() {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        if !is_code && !is_fence {
            let mut parts = line.split("](");
            out.push_str(parts.next().unwrap_or_default());
            for part in parts {
                out.push(']');
                out.push_str(part.split_once(')').map_or(part, |(_, rest)| rest));
            }
        }
        out.push('\n');
    }
    out
}

/// The targets of the links on a page, outside of code blocks, each with its line.
fn links(page: &str) -> Vec<(usize, &str)> {
    let mut is_code = false;
    let mut found = Vec::new();
    for (index, line) in page.lines().enumerate() {
        is_code ^= line.trim_start().starts_with("```");
        let targets = line
            .split("](")
            .skip(1)
            .filter_map(|part| part.split([')', ' ']).next());
        found.extend(
            targets
                .filter(|_| !is_code)
                .map(|target| (index + 1, target)),
        );
    }
    found
}

/// The names by which a page's headings are linked to, as GitHub makes them.
fn anchors(page: &str) -> Vec<String> {
    let mut is_code = false;
    let headings = page.lines().filter(|line| {
        is_code ^= line.starts_with("```");
        !is_code && line.starts_with('#')
    });
    let name = |heading: &str| {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        text.chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    };
    headings.map(name).collect()
}

/// `target`, written on the page at `path`, as a path from the root.
fn resolve(path: &str, target: &str) -> String {
    let mut steps: Vec<&str> = path.split('/').collect();
    steps.pop();
    for step in target.split('/') {
        match step {
            ".." => drop(steps.pop()),
            "." | "" => {}
            step => steps.push(step),
        }
    }
    steps.join("/")
}

#[test]
fn every_page_and_heading_that_is_linked_to_exists() {
    let mut wrong = Vec::new();
    for path in pages() {
        let page = read(&path);
        for (line, target) in links(&page)
            .into_iter()
            .filter(|(_, target)| !target.contains(':'))
        {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let place = if file.is_empty() {
                path.clone()
            } else {
                resolve(&path, file)
            };
            let exists = Path::new(env!("CARGO_MANIFEST_DIR")).join(&place).exists();
            if !exists
                || !anchor.is_empty()
                    && place.ends_with(".md")
                    && !anchors(&read(&place)).iter().any(|name| name == anchor)
            {
                wrong.push(format!("{path}:{line}: {target}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "links without a target:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_file_that_a_map_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = fs::read_dir(root.join("crates")).expect("the folder is in the repository");
    let mut bases = vec![root.to_owned(), root.join("src"), root.join("crates")];
    bases.extend(crates.map(|entry| entry.expect("a folder can be read").path().join("src")));
    let is_path = |span: &&str| {
        let plain = span
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
        plain && (span.ends_with(".rs") || span.ends_with('/')) && !ELSEWHERE.contains(span)
    };
    let mut wrong = Vec::new();
    for page in MAPS {
        for (index, line) in without_code(&read(page)).lines().enumerate() {
            let spans = line.split('`').skip(1).step_by(2).filter(is_path);
            let missing = spans.filter(|span| !bases.iter().any(|base| base.join(span).exists()));
            wrong.extend(missing.map(|span| format!("{page}:{}: {span}", index + 1)));
        }
    }
    assert!(
        wrong.is_empty(),
        "files that do not exist:\n{}",
        wrong.join("\n")
    );
}
