//! Someone who reads a page of the documentation and types what it says.
//!
//! A block of a page that starts with `` ```sh `` is typed. `` ```sh exit=1 `` says how its last
//! command ends; every command before it must succeed. A block `` ```diff `` is an edit. A block
//! `` ```text `` after a typed one is what that printed: each line begins a printed one, in order.
//! Object ids and times are not compared.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Output;

/// A block of code on a page.
#[derive(Clone, Debug)]
pub struct Block {
    /// The heading that it is under; empty before the first.
    pub section: String,
    /// The language after the fence.
    pub language: String,
    /// What the fence says after the language.
    pub note: String,
    /// Its lines.
    pub text: String,
    /// The line of its fence.
    pub line: usize,
}

impl Block {
    /// A command that succeeds, on no page.
    pub fn sh(command: &str) -> Self {
        Self {
            section: String::new(),
            language: "sh".to_owned(),
            note: String::new(),
            text: format!("{command}\n"),
            line: 0,
        }
    }
}

/// The blocks of code on a page of this repository, in order.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut section = String::new();
    let mut open: Option<Block> = None;
    for (index, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, Some(fence)) => {
                let (language, note) = fence.split_once(' ').unwrap_or((fence, ""));
                open = Some(Block {
                    section: section.clone(),
                    language: language.to_owned(),
                    note: note.to_owned(),
                    text: String::new(),
                    line: index + 1,
                });
            }
            (None, None) => {
                if let Some(heading) = line.strip_prefix("## ") {
                    heading.clone_into(&mut section);
                }
            }
        }
    }
    assert!(open.is_none(), "every block of code ends");
    found
}

/// A reader with an empty home and an empty folder to work in.
pub struct Reader {
    home: TempDir,
    /// Where the reader's shell is.
    place: PathBuf,
    /// What is set in the reader's shell besides, as lines of it.
    environment: String,
}

impl Reader {
    pub fn new() -> Self {
        let home = TempDir::new().expect("the system has a place for temporary files");
        let place = home.path().join("work");
        fs::create_dir(&place).expect("a new folder is writable");
        fs::create_dir(home.path().join("bin")).expect("a new folder is writable");
        Self {
            home,
            place,
            environment: String::new(),
        }
    }

    /// Sets a variable in the reader's shell.
    pub fn has(&mut self, variable: &str, value: &str) {
        let _ = writeln!(self.environment, "export {variable}='{value}'");
    }

    /// Where a program of the reader's own is, before those of the system.
    pub fn program(&self, name: &str) -> PathBuf {
        self.home.path().join("bin").join(name)
    }

    /// The reader's home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where the reader's shell is.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Does what the blocks say, in order, and returns what the typed ones printed.
    pub fn follows<'b>(&mut self, blocks: impl IntoIterator<Item = &'b Block>) -> Vec<Output> {
        let mut printed: Vec<Output> = Vec::new();
        for block in blocks {
            match block.language.as_str() {
                "sh" => printed.push(self.types(block)),
                "diff" => self.edits(block),
                "text" => {
                    let last = printed.last().expect("what was printed follows a command");
                    shows(last, block);
                }
                _ => {}
            }
        }
        printed
    }

    /// Types a block into a shell, which stays in the folder that it ends in.
    pub fn types(&mut self, block: &Block) -> Output {
        let expected = match block.note.strip_prefix("exit=") {
            Some(code) => code.parse().expect("an exit code"),
            None => 0,
        };
        let (left, kept) = (
            self.home.path().join("left-in"),
            self.home.path().join("kept"),
        );
        let bin = Path::new(crate::binary()).parent().expect("in a folder");
        // A reader has an identity of their own, the time of day, and one shell for the whole page.
        let script = format!(
            "set -e\nunset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE\n\
             unset GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_DATE GIT_CONFIG_GLOBAL\n\
             PATH=\"$HOME/bin:{}:$PATH\"\n{}if test -e '{kept}'; then . '{kept}'; fi\ncd '{}'\n\
             trap 'pwd > \"{}\"; export -p > \"{kept}\"' EXIT\n{}",
            bin.display(),
            self.environment,
            self.place.display(),
            left.display(),
            block.text,
            kept = kept.display(),
        );
        let mut output = Output::of("sh", &["-c", &script], self.home.path(), false);
        output.command.clone_from(&block.text);
        assert_eq!(
            output.code, expected,
            "line {} of the page, under `{}`\n{output}",
            block.line, block.section
        );
        let last = fs::read_to_string(left).expect("the shell said where it was");
        self.place = PathBuf::from(last.trim_end());
        output
    }

    /// Makes an edit in the file that has the lines it starts from: `countersign.yaml`.
    pub fn edits(&self, block: &Block) {
        let side = |other: char| -> String {
            let lines = block.text.lines().filter(|line| !line.starts_with(other));
            lines
                .flat_map(|line| [line.get(1..).unwrap_or_default(), "\n"])
                .collect()
        };
        let (before, after) = (side('+'), side('-'));
        let path = self.place.join("countersign.yaml");
        let text = fs::read_to_string(&path).expect("the reader has a policy");
        assert_eq!(
            text.matches(&before).count(),
            1,
            "line {} of the page: the policy has these lines once\n{before}\n---\n{text}",
            block.line
        );
        fs::write(path, text.replace(&before, &after)).expect("writable");
    }
}

/// Asserts that what a page quotes was printed: each of its lines begins a printed one, in order.
#[track_caller]
fn shows(output: &Output, quoted: &Block) {
    let printed = masked(&format!("{}{}", output.stdout, output.stderr));
    let wanted = masked(&quoted.text);
    let mut rest = printed.lines();
    for line in wanted.lines() {
        assert!(
            rest.any(|found| found.starts_with(line)),
            "line {} of the page quotes what is not printed there: {line}\n--- printed\n{printed}",
            quoted.line
        );
    }
}

/// A text in which each id and time has the same sign.
fn masked(text: &str) -> String {
    let is_id = |word: &str| {
        word.len() >= 6
            && word
                .chars()
                .all(|c| c.is_ascii_hexdigit() || matches!(c, '-' | ':' | 'T' | 'Z'))
            && word.chars().any(|c| c.is_ascii_digit())
    };
    let mut out = String::new();
    for line in text.lines() {
        let words = line.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        for part in words {
            let end = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if is_id(end) {
                out.push('#');
                out.push_str(&part[end.len()..]);
            } else {
                out.push_str(part);
            }
        }
        while out.ends_with(' ') {
            out.pop();
        }
        out.push('\n');
    }
    out
}
