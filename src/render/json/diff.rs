//! `countersign.diff/v1`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::check::comparison::{FileChange, FileFacts};
use crate::render::diff::{Compare, ComparedVersion};

/// The output of `diff`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Diff {
    /// `countersign.diff/v1`.
    pub schema: &'static str,
    /// The earlier package; null for a subject without a current version, of which everything is
    /// new.
    pub before: Option<DiffSide>,
    /// The later package.
    pub after: DiffSide,
    /// Whether both are the same, byte for byte.
    pub same: bool,
    /// Whether the later package was found to have a capability that the earlier one lacks. The
    /// meaning of text is not examined.
    pub widens: bool,
    /// Sorted by aspect (tool, permission, restriction, script, executable, dependencies, command,
    /// host, unread), then item.
    pub capabilities: Vec<CapabilityOut>,
    /// Files that differ, sorted by path bytes.
    pub files: Vec<FileDiff>,
}

/// One of the two packages.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DiffSide {
    /// `kind/name@version`, or a path.
    pub name: String,
    /// Its package checksum.
    pub digest: String,
    /// Its state; null for files that are not a version.
    pub state: Option<&'static str>,
    /// The path where the same bytes were before, with its subject in parentheses where that is
    /// another, when they left that place and came to this one in one landing; null otherwise.
    pub moved_from: Option<String>,
}

/// One changed capability of the package.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CapabilityOut {
    /// `tool`, `permission`, `restriction`, `script`, `executable`, `dependencies`, `command`,
    /// `host`, or `unread` for a file that could not be read literally.
    pub aspect: &'static str,
    /// What it is.
    pub item: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// Whether this adds a capability; also true when a restriction is removed.
    pub widens: bool,
}

/// One file that differs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FileDiff {
    /// From the package.
    pub path: String,
    /// `added`, `removed`, `changed` or `mode`.
    pub change: &'static str,
    /// Before; null when it was added.
    pub before: Option<FactsOut>,
    /// After; null when it was removed.
    pub after: Option<FactsOut>,
    /// Lines that are new; null when it was not compared by lines.
    pub lines_added: Option<u32>,
    /// Lines that are gone.
    pub lines_removed: Option<u32>,
    /// Changes with two lines around them; bounded.
    pub hunks: Vec<HunkOut>,
    /// Whether not all changes are in `hunks`.
    pub truncated: bool,
}

/// One side of a file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FactsOut {
    /// `100644` or `100755`.
    pub mode: &'static str,
    /// SHA-256 of the bytes, in hex.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

/// Neighboring changes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HunkOut {
    /// 1-based number of the first line before.
    pub before: u32,
    /// 1-based number of the first line after.
    pub after: u32,
    /// Each starts with `+`, `-` or a space.
    pub lines: Vec<String>,
}

/// The view of a comparison.
pub fn diff(of: &Compare<'_>) -> Diff {
    let capabilities = of
        .comparison
        .capabilities
        .iter()
        .map(|change| CapabilityOut {
            aspect: change.aspect.as_str(),
            item: change.item.clone(),
            change: match change.sign {
                '+' => "added",
                '-' => "removed",
                _ => "changed",
            },
            widens: change.widens,
        });
    Diff {
        schema: "countersign.diff/v1",
        before: of.before.as_ref().map(side),
        after: side(&of.after),
        same: of.is_same(),
        widens: of
            .comparison
            .capabilities
            .iter()
            .any(|change| change.widens),
        capabilities: capabilities.collect(),
        files: of.comparison.files.iter().map(file).collect(),
    }
}

fn side(of: &ComparedVersion) -> DiffSide {
    DiffSide {
        name: of.name.clone(),
        digest: of.digest.to_string(),
        state: of.state.map(crate::model::State::as_str),
        moved_from: of.moved_from.clone(),
    }
}

fn file(change: &FileChange) -> FileDiff {
    let facts = |facts: &FileFacts| FactsOut {
        mode: facts.mode.as_str(),
        sha256: facts.sha256.hex(),
        size: facts.size,
    };
    let hunks = change
        .lines
        .iter()
        .flat_map(|lines| &lines.hunks)
        .map(|hunk| HunkOut {
            before: hunk.before,
            after: hunk.after,
            lines: hunk
                .lines
                .iter()
                .map(|(sign, line)| format!("{sign}{line}"))
                .collect(),
        });
    FileDiff {
        path: change.path.clone(),
        change: change.what(),
        before: change.before.as_ref().map(facts),
        after: change.after.as_ref().map(facts),
        lines_added: change.lines.as_ref().map(|lines| lines.added),
        lines_removed: change.lines.as_ref().map(|lines| lines.removed),
        hunks: hunks.collect(),
        truncated: change.lines.as_ref().is_some_and(|lines| lines.cut),
    }
}
