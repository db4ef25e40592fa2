//! Every fault of a package's files, for `check` at the tip and in the worktree: this file has what
//! applies to all kinds, and each kind has its own file.
//!
//! Everything is collected; nothing stops at the first fault. States, approvals and the paths
//! themselves are judged elsewhere.

use crate::quantity::counted;
use std::cell::OnceCell;

use super::frontmatter;
use super::frontmatter_fields::scalar;
use super::head;
use super::hidden_text;
use super::lfs;
use super::mentions::Text;
use super::problem::{MOST_PROBLEMS, Problem, shown};
use super::references::{self, Destination};
use super::spans::Lines;
use super::structured;
use super::yaml::Tree;
use crate::policy::Entry;
use crate::policy_input::Profile;
use crate::version::VersionError;
use crate::{FileMode, Kind, Policy, Risk, RuleId, Severity, SubjectId, Version};

mod agent;
mod contract;
mod filler;
mod literal;
mod mention;
mod owner;
mod prompt;
mod secret;
mod server;
mod skill;
mod token;
mod two_readings;

pub use agent::agent_uses;
pub use literal::{LiteralSecret, literal_secrets};

/// A package with the bytes of its files.
#[derive(Clone, Debug)]
pub struct PackageFiles<'a> {
    /// What it is.
    pub kind: Kind,
    /// Path of the folder or file from the repository's root.
    pub path: &'a str,
    /// What it is called.
    pub subject: &'a SubjectId,
    /// Whether it is a folder; else it is one file.
    pub is_folder: bool,
    /// Its files.
    pub files: Vec<PackageFile<'a>>,
    /// Files that make the folder above them a plugin, relative to it.
    pub plugin_manifests: &'a [&'a str],
}

/// One file of a package.
#[derive(Clone, Copy, Debug)]
pub struct PackageFile<'a> {
    /// Relative to the package; a one-file package has its file name.
    pub path: &'a str,
    /// Mode of the tree entry.
    pub mode: FileMode,
    /// The blob.
    pub bytes: &'a [u8],
}

/// What the kinds' files work with.
struct Context<'a> {
    package: &'a PackageFiles<'a>,
    policy: &'a Policy,
    entry: &'a Entry,
    risk: Risk,
    exists: &'a dyn Fn(&str) -> bool,
}

impl<'a> Context<'a> {
    fn is_lenient(&self) -> bool {
        self.policy.profile == Profile::Lenient
    }

    /// Path of a file of the package from the repository's root.
    fn path(&self, file: &PackageFile<'_>) -> String {
        if self.package.is_folder {
            format!("{}/{}", self.package.path, file.path)
        } else {
            self.package.path.to_owned()
        }
    }

    fn file(&self, path: &str) -> Option<&'a PackageFile<'a>> {
        self.package.files.iter().find(|file| file.path == path)
    }

    /// The package's document.
    fn main(&self) -> Option<&'a PackageFile<'a>> {
        let name = head::main_file(
            self.package.kind,
            self.package.files.iter().map(|file| file.path),
        )?;
        self.file(name)
    }

    /// A file whose name differs from `name` only in case.
    fn misspelled(&self, name: &str) -> Option<&'a PackageFile<'a>> {
        self.package
            .files
            .iter()
            .find(|file| file.path != name && file.path.eq_ignore_ascii_case(name))
    }

    /// A problem with the package as a whole.
    fn problem(
        &self,
        rule: RuleId,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        Problem::of_file(rule, self.package.path, message, help)
    }
}

/// Every fault of a package's documents and files, sorted by place. `entry` is the policy entry
/// whose owners and files apply, `risk` the effective risk of the package, including its own.
/// `exists` says whether the repository has a file or folder at a path from its root.
pub fn package(
    files: &PackageFiles<'_>,
    policy: &Policy,
    entry: &Entry,
    risk: Risk,
    exists: &dyn Fn(&str) -> bool,
) -> Vec<Problem> {
    let context = Context {
        package: files,
        policy,
        entry,
        risk,
        exists,
    };
    let mut problems = Vec::new();
    shape(&context, &mut problems);
    for file in &files.files {
        content(&context, file, &mut problems);
    }
    match files.kind {
        Kind::Skill => skill::check(&context, &mut problems),
        Kind::Prompt => prompt::check(&context, &mut problems),
        Kind::Server => server::check(&context, &mut problems),
        Kind::Agent => agent::check(&context, &mut problems),
        Kind::Contract => contract::check(&context, &mut problems),
        Kind::Setup | Kind::Policy | Kind::Principal => {}
    }
    problems.sort_by(|a, b| {
        (&a.place, a.span, a.rule, &a.message).cmp(&(&b.place, b.span, b.rule, &b.message))
    });
    problems.dedup();
    problems
}

// Names, sizes and required files.
fn shape(context: &Context<'_>, problems: &mut Vec<Problem>) {
    let PackageFiles { files, subject, .. } = context.package;
    let limits = &context.policy.limits;
    if !context.is_lenient()
        && subject
            .name
            .as_str()
            .bytes()
            .any(|byte| byte.is_ascii_uppercase())
    {
        let message = format!(
            "the name `{}` has upper-case letters, which the strict profile does not allow",
            subject.name
        );
        problems.push(context.problem(
            RuleId::SubjectName,
            message,
            "Rename the folder, or build the name in the policy entry's `name`.",
        ));
    }
    if files.len() as u64 > limits.package_files {
        let message = format!(
            "{}, but the policy allows {}",
            counted(files.len(), "file"),
            limits.package_files
        );
        problems.push(context.problem(
            RuleId::PackageTooLarge,
            message,
            "Remove files, or raise `limits.package_files` in the policy.",
        ));
    }
    let bytes: u64 = files.iter().map(|file| file.bytes.len() as u64).sum();
    if bytes > limits.package_bytes {
        let message = format!(
            "{}, but the policy allows {}",
            counted(bytes, "byte"),
            limits.package_bytes
        );
        problems.push(context.problem(
            RuleId::PackageTooLarge,
            message,
            "Remove files, or raise `limits.package_bytes` in the policy.",
        ));
    }
    for required in &context.entry.required_files {
        if context.file(required).is_some() {
            continue;
        }
        let message = match context.misspelled(required) {
            Some(file) => format!(
                "the policy requires `{}`, but `{}` differs in case",
                shown(required),
                shown(file.path)
            ),
            None => format!(
                "the policy requires the file `{}`, which is missing",
                shown(required)
            ),
        };
        let help = format!(
            "Add the file, or change `required_files` at line {} of countersign.yaml.",
            context.entry.line
        );
        problems.push(context.problem(RuleId::RequiredFileMissing, message, help));
    }
}

// What is looked for in every file, whatever the kind.
fn content(context: &Context<'_>, file: &PackageFile<'_>, problems: &mut Vec<Problem>) {
    let path = context.path(file);
    if let Some(pointer) = lfs::pointer(file.bytes) {
        let message = format!("a {} pointer instead of the content", pointer.as_str());
        let help = "Commit the content itself: an approval of a pointer does not cover the bytes that a harness loads.";
        problems.push(Problem::of_file(RuleId::LfsPointer, &path, message, help));
        return;
    }
    // A NUL does not make a file of instructions something that a model skips.
    if !hidden_text::is_text(file.bytes) && !has_extension(file.path, &TEXTS) {
        return;
    }
    let text = String::from_utf8_lossy(file.bytes);
    // Offsets count bytes of the file, which are those of the text unless some were replaced.
    let is_exact = matches!(text, std::borrow::Cow::Borrowed(_));
    let lines = OnceCell::new();
    let place_of = |offset: usize| {
        let before = &file.bytes[..offset.min(file.bytes.len())];
        if is_exact {
            lines
                .get_or_init(|| Lines::of(&text))
                .place(&path, &text, offset)
        } else {
            line_only(&path, before)
        }
    };
    for run in hidden_text::find(file.bytes) {
        let help = "Remove it: people do not see it, but a model reads it.";
        let problem = Problem::new(
            RuleId::HiddenText,
            place_of(run.span.0),
            run.span,
            run.describe(),
            help,
        );
        let is_grave = run.deceives() && is_read_by_models(file);
        problems.push(if is_grave {
            problem
        } else {
            problem.review_context(Severity::Warning)
        });
    }
    let fields = structured::read(&path, file.bytes);
    problems.extend(match &fields {
        Some(Ok(tree)) => literal::in_fields(tree, context.package.kind == Kind::Server),
        Some(Err(())) => literal::in_broken_fields(&text, &place_of),
        None => literal::in_text(&text, &place_of),
    });
    let mut escapes = Vec::new();
    let is_markdown = has_extension(file.path, &["md", "markdown", "mdc"]);
    if is_markdown
        && context.package.kind == Kind::Setup
        && let Ok(found) = frontmatter::find(file.bytes)
    {
        problems.extend(two_readings::cuts(
            context,
            RuleId::YamlInvalid,
            &path,
            file.bytes,
            &found.yaml,
        ));
    }
    if is_markdown && is_exact {
        let relative = if context.package.is_folder {
            file.path
        } else {
            ""
        };
        for escape in references::escaping(relative, &text) {
            let (message, help) = escape_words(context, &path, &escape.target);
            escapes.push(Problem::new(
                RuleId::ReferenceEscapes,
                place_of(escape.span.0),
                escape.span,
                message,
                help,
            ));
        }
        let reported: Vec<(usize, usize)> = escapes.iter().map(|problem| problem.span).collect();
        escapes.extend(mention::in_text(
            context,
            file,
            Text::Markdown,
            &text,
            &reported,
            &place_of,
        ));
    } else if is_exact && is_script(file) {
        escapes.extend(mention::in_text(
            context,
            file,
            Text::Script,
            &text,
            &[],
            &place_of,
        ));
    } else if let (Kind::Setup, Some(Ok(tree))) = (context.package.kind, &fields) {
        escapes.extend(mention::in_fields(context, file, tree));
    }
    let severity = if context.risk.is_high() {
        Severity::Error
    } else {
        Severity::Warning
    };
    problems.extend(
        escapes
            .into_iter()
            .map(|problem| problem.review_context(severity)),
    );
}

// What an interpreter runs, by its ending or its first line.
fn is_script(file: &PackageFile<'_>) -> bool {
    const ENDINGS: [&str; 19] = [
        "sh", "bash", "zsh", "fish", "py", "pyw", "js", "mjs", "cjs", "ts", "mts", "cts", "rb",
        "pl", "php", "ps1", "bat", "cmd", "lua",
    ];
    file.bytes.starts_with(b"#!") || has_extension(file.path, &ENDINGS)
}

/// What to say about a reference in the file at `path` that leaves the package, and how to fix it.
fn escape_words(context: &Context<'_>, path: &str, target: &str) -> (String, &'static str) {
    let written = shown(target);
    match references::destination_of(path, target) {
        Destination::Repository(to) if to.is_empty() || (context.exists)(&to) => {
            let to = if to.is_empty() {
                "the repository's root".to_owned()
            } else {
                format!("`{}`", shown(&to))
            };
            (
                format!(
                    "`{written}` points outside the package, to {to}, which the approval does not cover"
                ),
                "Copy its target into the package, or write the content here.",
            )
        }
        Destination::Repository(to) => (
            format!(
                "`{written}` points outside the package, to `{}`, which does not exist",
                shown(&to)
            ),
            "Correct or remove the reference: the approval would not cover a file that is added there later.",
        ),
        Destination::Above => (
            format!("`{written}` points outside the repository, so its target cannot be approved"),
            "Copy its target into the package, or remove the reference.",
        ),
        Destination::Machine => (
            format!("`{written}` is an absolute path to a file on the reader's machine"),
            "Copy its target into the package, or remove the reference.",
        ),
    }
}

fn line_only(path: &str, before: &[u8]) -> crate::Place {
    let line = before.split(|byte| *byte == b'\n').count() as u32;
    crate::Place::at(path, line, 0)
}

fn has_extension(path: &str, extensions: &[&str]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').is_some_and(|(_, extension)| {
        extensions
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

// What harnesses and people read as text, whatever its bytes.
const TEXTS: [&str; 14] = [
    "md", "markdown", "mdc", "txt", "yaml", "yml", "json", "toml", "sh", "bash", "py", "js", "ts",
    "ps1",
];

// Tables, translations and web pages naturally contain foreign text; instructions, configuration
// and programs do not.
fn is_read_by_models(file: &PackageFile<'_>) -> bool {
    !has_extension(
        file.path,
        &[
            "csv",
            "tsv",
            "po",
            "pot",
            "svg",
            "xml",
            "xsd",
            "html",
            "htm",
            "tex",
            "srt",
            "vtt",
            "xlf",
            "properties",
        ],
    )
}

/// What is wrong with the declared version, if there is one: a version that does not count is a
/// warning, one of the reserved form an error.
fn version(tree: &Tree, pointers: &[&str]) -> Option<Problem> {
    let pointer = pointers.iter().find(|pointer| {
        tree.value
            .pointer(pointer)
            .is_some_and(|value| !value.is_null())
    })?;
    let Some(text) = scalar(tree, pointer) else {
        let message = "the version is not text, so this counts as unversioned";
        return Some(tree.problem(
            RuleId::Unversioned,
            pointer,
            message,
            "Write a version such as 1.2.0.",
        ));
    };
    let error = Version::declared(&text).err()?;
    let reserved = matches!(error, VersionError::Reserved(_));
    let shown_error = match error {
        VersionError::NotSemver(text) => VersionError::NotSemver(shown(&text)),
        VersionError::BuildMetadata(text) => VersionError::BuildMetadata(shown(&text)),
        VersionError::Reserved(text) => VersionError::Reserved(text),
    };
    let message = format!("{shown_error}, so this counts as unversioned");
    let problem = tree.problem(
        RuleId::Unversioned,
        pointer,
        message,
        "Write a version such as 1.2.0, without `v` and without `+`.",
    );
    Some(if reserved {
        problem.review_context(Severity::Error)
    } else {
        problem
    })
}

/// The problems of a schema under the kind's own rule; an unknown schema version keeps its own,
/// because it asks for an upgrade.
fn under(rule: RuleId, problems: Vec<Problem>) -> impl Iterator<Item = Problem> {
    problems
        .into_iter()
        .take(MOST_PROBLEMS)
        .map(move |mut problem| {
            if matches!(problem.rule, RuleId::SchemaInvalid | RuleId::YamlInvalid) {
                problem.rule = rule;
            }
            problem
        })
}

#[cfg(test)]
mod tests;
