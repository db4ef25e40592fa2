//! What changed between two packages: first what the later one can do, then its files.

use std::collections::{BTreeMap, BTreeSet};

use countersign_git::lines::{self, LineChanges};
use countersign_model::document::capability::{self, Aspect, Capabilities, Change};
use countersign_model::document::validate::PackageFile;
use countersign_model::{Digest, FileMode, Kind};

/// One of the two packages.
#[derive(Clone, Debug)]
pub struct PackageSide {
    /// What it is.
    pub kind: Kind,
    /// Path, mode and bytes of each file.
    pub files: Vec<(String, FileMode, Vec<u8>)>,
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What the package can do, sorted by aspect, then item.
    pub capabilities: Vec<CapabilityChange>,
    /// Files that differ, in path order.
    pub files: Vec<FileChange>,
    /// How many files are the same.
    pub same: usize,
}

/// One thing that only one of the packages can do, or that changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CapabilityChange {
    /// Where it belongs.
    pub aspect: Aspect,
    /// What it is. Hostile text.
    pub item: String,
    /// `+`, `-` or `~`.
    pub sign: char,
    /// Whether the later package can do more by it.
    pub widens: bool,
}

/// One file that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// From the package. Hostile text.
    pub path: String,
    /// Mode, digest and bytes before; `None` when it was added.
    pub before: Option<FileFacts>,
    /// The same after; `None` when it was removed.
    pub after: Option<FileFacts>,
    /// By lines; `None` when the bytes are the same, no text, or too many.
    pub lines: Option<LineChanges>,
}

/// What one side has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// Mode.
    pub mode: FileMode,
    /// SHA-256 of the bytes.
    pub sha256: Digest,
    /// How many.
    pub size: u64,
}

impl FileChange {
    /// `added`, `removed`, `changed` or `mode`.
    pub fn what(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "added",
            (_, None) => "removed",
            (Some(before), Some(after)) if before.sha256 == after.sha256 => "mode",
            _ => "changed",
        }
    }
}

/// Compares two packages.
pub fn compare(before: &PackageSide, after: &PackageSide) -> Comparison {
    let index = |side: &'_ PackageSide| -> BTreeMap<String, usize> {
        side.files
            .iter()
            .enumerate()
            .map(|(at, (path, ..))| (path.clone(), at))
            .collect()
    };
    let (old, new) = (index(before), index(after));
    let mut comparison = Comparison {
        capabilities: capabilities(before, after),
        ..Comparison::default()
    };
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for path in paths {
        let (one, other) = (
            old.get(path).map(|at| &before.files[*at]),
            new.get(path).map(|at| &after.files[*at]),
        );
        let (before, after) = (one.map(facts), other.map(facts));
        if before == after {
            comparison.same += 1;
            continue;
        }
        let bytes = |side: Option<&(String, FileMode, Vec<u8>)>| {
            side.map(|(.., bytes)| bytes.clone()).unwrap_or_default()
        };
        let differ = before.map(|facts| facts.sha256) != after.map(|facts| facts.sha256);
        let lines = if differ {
            lines::compare(&bytes(one), &bytes(other))
        } else {
            None
        };
        comparison.files.push(FileChange {
            path: path.clone(),
            before,
            after,
            lines,
        });
    }
    comparison
}

fn facts((_, mode, bytes): &(String, FileMode, Vec<u8>)) -> FileFacts {
    FileFacts {
        mode: *mode,
        sha256: Digest::of(bytes),
        size: bytes.len() as u64,
    }
}

fn read(side: &PackageSide) -> Capabilities {
    let files: Vec<PackageFile<'_>> = side
        .files
        .iter()
        .map(|(path, mode, bytes)| PackageFile {
            path,
            mode: *mode,
            bytes,
        })
        .collect();
    capability::of(side.kind, &files)
}

/// What widens, and what narrows: that is what would widen the other way round. Sorted by aspect,
/// then item.
pub fn capabilities(before: &PackageSide, after: &PackageSide) -> Vec<CapabilityChange> {
    let (old, new) = (read(before), read(after));
    let mut changes: Vec<CapabilityChange> = capability::widened(&old, &new)
        .into_iter()
        .map(|widening| {
            let sign = match widening.change {
                Change::Added => '+',
                Change::Changed => '~',
                Change::Dropped => '-',
            };
            CapabilityChange {
                aspect: widening.aspect,
                item: widening.item,
                sign,
                widens: true,
            }
        })
        .collect();
    for narrowing in capability::widened(&new, &old) {
        let sign = match narrowing.change {
            Change::Added => '-',
            Change::Changed => continue,
            Change::Dropped => '+',
        };
        changes.push(CapabilityChange {
            aspect: narrowing.aspect,
            item: narrowing.item,
            sign,
            widens: false,
        });
    }
    changes.sort();
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(files: &[(&str, FileMode, &str)]) -> PackageSide {
        let files = files
            .iter()
            .map(|(path, mode, text)| ((*path).to_owned(), *mode, text.as_bytes().to_vec()))
            .collect();
        PackageSide {
            kind: Kind::Skill,
            files,
        }
    }

    #[test]
    fn a_wider_package_is_described_by_what_it_can_do_and_by_its_files() {
        let before = side(&[
            (
                "SKILL.md",
                FileMode::Regular,
                "---\nname: x\nallowed-tools: Read Grep\n---\nRead.\n",
            ),
            ("run.sh", FileMode::Regular, "#!/bin/sh\necho hi\n"),
            ("same", FileMode::Regular, "same\n"),
        ]);
        let after = side(&[
            (
                "SKILL.md",
                FileMode::Regular,
                "---\nname: x\nallowed-tools: Read Bash(curl:*)\n---\nRead.\n",
            ),
            ("run.sh", FileMode::Executable, "#!/bin/sh\necho hi\n"),
            ("same", FileMode::Regular, "same\n"),
        ]);
        let found = compare(&before, &after);
        let reported: Vec<String> = found
            .capabilities
            .iter()
            .map(|change| {
                format!(
                    "{}{} {} {}",
                    change.sign,
                    change.aspect.as_str(),
                    change.item,
                    if change.widens { "widens" } else { "" }
                )
            })
            .collect();
        assert!(
            reported.contains(&"+tool Bash(curl:*) widens".to_owned()),
            "{reported:?}"
        );
        assert!(reported.contains(&"-tool Grep ".to_owned()), "{reported:?}");
        assert!(
            reported.contains(&"+executable run.sh widens".to_owned()),
            "{reported:?}"
        );
        assert_eq!(
            found
                .files
                .iter()
                .map(|file| (file.path.as_str(), file.what()))
                .collect::<Vec<_>>(),
            [("SKILL.md", "changed"), ("run.sh", "mode")]
        );
        assert_eq!(found.same, 1);
    }

    #[test]
    fn a_package_compared_with_itself_has_no_changes() {
        let one = side(&[("SKILL.md", FileMode::Regular, "text\n")]);
        assert_eq!(
            compare(&one, &one),
            Comparison {
                same: 1,
                ..Comparison::default()
            }
        );
    }
}
