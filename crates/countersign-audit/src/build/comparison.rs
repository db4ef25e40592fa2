//! What a landing changed in a package: its files, and what it can do.

use std::collections::{BTreeMap, BTreeSet};

use super::super::report::{ChangedCapability, ChangedFile, ItemChange};
use super::AuditContext;
use countersign_core::check::comparison::{self, PackageSide};
use countersign_git::{GitError, MODE_EXECUTABLE, MODE_REGULAR, Reader};
use countersign_model::{FileMode, Kind, ObjectId};

/// A package before or after a landing.
pub struct ComparedPackage<'a> {
    /// The root tree; `None` before the anchor.
    pub tree: Option<ObjectId>,
    /// Where the package is; `None` when it is not there.
    pub path: Option<&'a str>,
    /// Whether what is there, if anything, is a valid package.
    pub is_package: bool,
}

/// What differs between two sides.
#[derive(Default)]
pub struct PackageChanges {
    pub capabilities: Vec<ChangedCapability>,
    pub files: Vec<ChangedFile>,
}

type Files = BTreeMap<String, (FileMode, ObjectId)>;

/// What changed from one side to the other; `None` where one of them is not a valid package.
pub fn compare(
    context: &AuditContext<'_>,
    kind: Kind,
    before: &ComparedPackage<'_>,
    after: &ComparedPackage<'_>,
) -> Result<Option<PackageChanges>, GitError> {
    if !before.is_package || !after.is_package {
        return Ok(None);
    }
    context.request.repository.with_reader(|reader| {
        let before = regular_files(reader, before)?;
        let after = regular_files(reader, after)?;
        let changes = comparison::capabilities(
            &package_side(reader, kind, &before)?,
            &package_side(reader, kind, &after)?,
        );
        Ok(Some(PackageChanges {
            capabilities: changes.into_iter().map(capability_change).collect(),
            files: file_changes(&before, &after),
        }))
    })
}

fn file_changes(before: &Files, after: &Files) -> Vec<ChangedFile> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |path: &String| match (before.get(path), after.get(path)) {
        (None, _) => Some(ItemChange::Added),
        (_, None) => Some(ItemChange::Removed),
        (Some(old), Some(new)) => (old != new).then_some(ItemChange::Changed),
    };
    paths
        .into_iter()
        .filter_map(|path| {
            Some(ChangedFile {
                path: path.clone(),
                change: change(path)?,
            })
        })
        .collect()
}

fn capability_change(change: comparison::CapabilityChange) -> ChangedCapability {
    ChangedCapability {
        aspect: change.aspect,
        item: change.item,
        change: match change.sign {
            '+' => ItemChange::Added,
            '-' => ItemChange::Removed,
            _ => ItemChange::Changed,
        },
        widens: change.widens,
    }
}

/// The regular files of one side, by path.
fn regular_files(reader: &mut Reader, side: &ComparedPackage<'_>) -> Result<Files, GitError> {
    let mut files = Files::new();
    let (Some(tree), Some(path)) = (side.tree, side.path) else {
        return Ok(files);
    };
    let Some(entry) = reader.entry_at(tree, path.as_bytes())? else {
        return Ok(files);
    };
    let mut add = |path: &[u8], mode: u32, id: ObjectId| {
        let mode = match mode {
            MODE_REGULAR => FileMode::Regular,
            MODE_EXECUTABLE => FileMode::Executable,
            _ => return,
        };
        files.insert(String::from_utf8_lossy(path).into_owned(), (mode, id));
    };
    if entry.is_tree() {
        reader.walk_tree(entry.id, |path, leaf| add(path, leaf.mode, leaf.id))?;
    } else {
        add(&entry.name, entry.mode, entry.id);
    }
    Ok(files)
}

fn package_side(reader: &mut Reader, kind: Kind, files: &Files) -> Result<PackageSide, GitError> {
    let read = |(path, (mode, id)): (&String, &(FileMode, ObjectId))| {
        Ok((path.clone(), *mode, reader.blob(*id)?))
    };
    Ok(PackageSide {
        kind,
        files: files.iter().map(read).collect::<Result<_, GitError>>()?,
    })
}
