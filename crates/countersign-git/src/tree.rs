//! Raw trees, read strictly, by a parser of our own. Source: Git's `tree-walk.c` and `fsck.c`.
//!
//! Which names are fit for a package (`.git`, `..`, control characters …) is for `document::paths`
//! to say; here is only what makes a tree have two readings.

use std::ops::Range;

use super::error::GitError;
use super::object::ObjectFormat;
use countersign_model::ObjectId;

/// Mode of a directory.
pub const MODE_TREE: u32 = 0o040_000;
/// Mode of a regular file.
pub const MODE_REGULAR: u32 = 0o100_644;
/// Mode of an executable file.
pub const MODE_EXECUTABLE: u32 = 0o100_755;
/// Mode of a symbolic link.
pub const MODE_SYMLINK: u32 = 0o120_000;
/// Mode of a submodule.
pub const MODE_SUBMODULE: u32 = 0o160_000;

/// One entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// The mode's number; see the `MODE_` constants for the known ones.
    pub mode: u32,
    /// The name's bytes.
    pub name: Vec<u8>,
    /// What it names.
    pub id: ObjectId,
}

impl TreeEntry {
    /// Whether it is a directory, by the same bits that Git looks at.
    pub fn is_tree(&self) -> bool {
        is_tree(self.mode)
    }
}

/// Whether `mode` is a directory's, by the same bits that Git looks at (so `040755` is one).
pub const fn is_tree(mode: u32) -> bool {
    mode & 0o170_000 == MODE_TREE
}

/// What is wrong with a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum TreeFault {
    /// Names are not in Git's order.
    #[error("the entry {} is out of order", String::from_utf8_lossy(.0))]
    Unsorted(Vec<u8>),
    /// A name is repeated.
    #[error("the entry {} is repeated", String::from_utf8_lossy(.0))]
    Duplicate(Vec<u8>),
    /// A name is empty.
    #[error("an entry has no name")]
    EmptyName,
    /// A name has a slash.
    #[error("the name {} contains a slash", String::from_utf8_lossy(.0))]
    SlashInName(Vec<u8>),
    /// A mode that Git does not write today: unknown bits, or a leading zero.
    #[error("the entry {} has the unknown mode {mode}", String::from_utf8_lossy(.name))]
    OddMode {
        /// Of which entry.
        name: Vec<u8>,
        /// As written.
        mode: String,
    },
}

/// A tree's entries in file order and what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeListing {
    /// In the order of the object.
    pub entries: Vec<TreeEntry>,
    /// Sorted, without duplicates.
    pub faults: Vec<TreeFault>,
}

impl TreeListing {
    /// Whether different readers may see different files here: everything but an odd mode, which
    /// they see but judge differently.
    pub fn is_ambiguous(&self) -> bool {
        self.faults
            .iter()
            .any(|fault| !matches!(fault, TreeFault::OddMode { .. }))
    }
}

/// An entry that borrows from the tree's bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawEntry<'a> {
    pub mode: u32,
    pub mode_text: &'a [u8],
    pub name: &'a [u8],
    pub id: &'a [u8],
}

impl RawEntry<'_> {
    /// Whether both name the same thing in the same way.
    pub(super) fn same(&self, other: &RawEntry<'_>) -> bool {
        self.mode == other.mode && self.id == other.id
    }
}

/// Splits the first entry off `bytes`; the error is in words.
pub(super) fn next_entry<'a>(
    bytes: &mut &'a [u8],
    format: ObjectFormat,
) -> Result<Option<RawEntry<'a>>, &'static str> {
    let rest = *bytes;
    if rest.is_empty() {
        return Ok(None);
    }
    // Longest known mode: six digits; more than eight would overflow nothing but means nothing
    // either.
    let space = rest
        .iter()
        .take(9)
        .position(|byte| *byte == b' ')
        .ok_or("a mode is not terminated")?;
    let mode_text = &rest[..space];
    if mode_text.is_empty() || !mode_text.iter().all(|byte| (b'0'..=b'7').contains(byte)) {
        return Err("a mode is not octal");
    }
    let mode = mode_text
        .iter()
        .fold(0, |mode, byte| mode << 3 | u32::from(byte - b'0'));
    let rest = &rest[space + 1..];
    let nul = rest
        .iter()
        .position(|byte| *byte == 0)
        .ok_or("a name is not terminated")?;
    let (name, rest) = (&rest[..nul], &rest[nul + 1..]);
    if rest.len() < format.id_len() {
        return Err("an id is truncated");
    }
    let (id, rest) = rest.split_at(format.id_len());
    *bytes = rest;
    Ok(Some(RawEntry {
        mode,
        mode_text,
        name,
        id,
    }))
}

/// Git's order of names: bytes, with a slash at the end of a directory's.
pub(super) fn order(a: &RawEntry<'_>, b: &RawEntry<'_>) -> std::cmp::Ordering {
    let shared = a.name.len().min(b.name.len());
    a.name[..shared].cmp(&b.name[..shared]).then_with(|| {
        let next = |entry: &RawEntry<'_>| {
            entry
                .name
                .get(shared)
                .copied()
                .unwrap_or(if is_tree(entry.mode) { b'/' } else { 0 })
        };
        next(a).cmp(&next(b))
    })
}

/// Reads a tree. [`GitError::Corrupt`] when the bytes are not a sequence of entries.
pub fn parse(id: ObjectId, bytes: &[u8], format: ObjectFormat) -> Result<TreeListing, GitError> {
    let corrupt = |reason: &str| GitError::Corrupt {
        id,
        reason: reason.to_owned(),
    };
    let mut listing = TreeListing::default();
    let mut rest = bytes;
    let mut before: Option<RawEntry<'_>> = None;
    while let Some(entry) = next_entry(&mut rest, format).map_err(corrupt)? {
        if before.is_some_and(|before| order(&before, &entry).is_gt()) {
            listing
                .faults
                .push(TreeFault::Unsorted(entry.name.to_vec()));
        }
        check_entry(&entry, &mut listing.faults);
        let entry_id = ObjectId::from_bytes(entry.id).expect("cut to the length of an id");
        listing.entries.push(TreeEntry {
            mode: entry.mode,
            name: entry.name.to_vec(),
            id: entry_id,
        });
        before = Some(entry);
    }
    // A file `a` and a directory `a` are not neighbors in Git's order, so duplicates are searched
    // in plain order.
    let mut names: Vec<&[u8]> = listing
        .entries
        .iter()
        .map(|entry| entry.name.as_slice())
        .collect();
    names.sort_unstable();
    let doubles = names
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| TreeFault::Duplicate(pair[0].to_vec()));
    listing.faults.extend(doubles);
    listing.faults.sort();
    listing.faults.dedup();
    Ok(listing)
}

/// The entry called `name` in a tree with one reading, of which `starts` says where entries start.
pub(super) fn find(
    bytes: &[u8],
    starts: &[u32],
    name: &[u8],
    format: ObjectFormat,
) -> Option<TreeEntry> {
    let entry_at = |start: u32| {
        next_entry(&mut &bytes[start as usize..], format)
            .ok()
            .flatten()
    };
    // A directory sorts as if its name ended in a slash, so its place and that of a file differ.
    for mode in [MODE_REGULAR, MODE_TREE] {
        let wanted = RawEntry {
            mode,
            mode_text: b"",
            name,
            id: b"",
        };
        let index = starts.partition_point(|start| {
            entry_at(*start).is_some_and(|entry| order(&entry, &wanted).is_lt())
        });
        if let Some(entry) = starts
            .get(index)
            .and_then(|start| entry_at(*start))
            .filter(|entry| entry.name == name)
        {
            return Some(TreeEntry {
                mode: entry.mode,
                name: name.to_vec(),
                id: ObjectId::from_bytes(entry.id)?,
            });
        }
    }
    None
}

fn check_entry(entry: &RawEntry<'_>, faults: &mut Vec<TreeFault>) {
    if entry.name.is_empty() {
        faults.push(TreeFault::EmptyName);
    }
    if entry.name.contains(&b'/') {
        faults.push(TreeFault::SlashInName(entry.name.to_vec()));
    }
    if !matches!(
        entry.mode_text,
        b"40000" | b"100644" | b"100755" | b"120000" | b"160000"
    ) {
        let mode = String::from_utf8_lossy(entry.mode_text).into_owned();
        faults.push(TreeFault::OddMode {
            name: entry.name.to_vec(),
            mode,
        });
    }
}

/// Whether names are complete, in order and without duplicates; the error says why the bytes are
/// not a tree.
///
/// `starts` gets the offset of each entry. Duplicates of one kind are neighbors. A file and a
/// directory of one name may have others between them, all of which start with that name; so the
/// files that the current name starts with are kept (Git's `fsck.c` does the same).
pub(super) fn has_one_reading(
    bytes: &[u8],
    format: ObjectFormat,
    starts: &mut Vec<u32>,
) -> Result<bool, &'static str> {
    let mut rest = bytes;
    starts.clear();
    let mut previous: Option<RawEntry<'_>> = None;
    let mut files: Vec<&[u8]> = Vec::new();
    let mut good = true;
    loop {
        let start = bytes.len() - rest.len();
        let Some(entry) = next_entry(&mut rest, format)? else {
            break;
        };
        // Objects are below 2 GiB.
        starts.push(start as u32);
        if entry.name.is_empty()
            || entry.name.contains(&b'/')
            || previous.is_some_and(|previous| order(&previous, &entry).is_ge())
        {
            good = false;
        }
        while files
            .last()
            .is_some_and(|file| !entry.name.starts_with(file))
        {
            files.pop();
        }
        if files.last().is_some_and(|file| *file == entry.name) {
            good = false;
        }
        if !is_tree(entry.mode) {
            files.push(entry.name);
        }
        previous = Some(entry);
    }
    Ok(good)
}

/// The same for a tree that resembles one with one reading: only the entries in which they differ
/// are read, and their ranges returned. `None` when that does not show one reading; then
/// [`has_one_reading`] says what there is.
///
/// What both start and end with is in order and without duplicates there, so it is here. An entry
/// between must be in order with its neighbors, which puts it in order with all, and no entry of
/// its name and the other kind may exist.
pub(super) fn has_one_reading_like(
    bytes: &[u8],
    format: ObjectFormat,
    like: (&[u8], &[u32]),
    starts: &mut Vec<u32>,
) -> Option<(Range<usize>, Range<usize>)> {
    let (known, known_starts) = like;
    let (old, new) = differing(like, bytes)?;
    let first = known_starts.partition_point(|start| (*start as usize) < old.start);
    let after = known_starts.partition_point(|start| (*start as usize) < old.end);
    let mut previous = first.checked_sub(1).and_then(|last| {
        next_entry(&mut &known[known_starts[last] as usize..], format)
            .ok()
            .flatten()
    });
    starts.clear();
    starts.extend_from_slice(&known_starts[..first]);
    let mut rest = &bytes[new.clone()];
    while !rest.is_empty() {
        starts.push((new.end - rest.len()) as u32);
        let entry = next_entry(&mut rest, format).ok()??;
        let good = !entry.name.is_empty()
            && !entry.name.contains(&b'/')
            && previous.is_none_or(|previous| order(&previous, &entry).is_lt());
        previous = good.then_some(entry);
        previous?;
    }
    let behind = next_entry(&mut &bytes[new.end..], format).ok()?;
    if let (Some(previous), Some(behind)) = (previous, behind)
        && order(&previous, &behind).is_ge()
    {
        return None;
    }
    let between = starts.len();
    starts.extend(
        known_starts[after..]
            .iter()
            .map(|start| (*start as usize - old.end + new.end) as u32),
    );
    let entry_at = |start: u32| {
        next_entry(&mut &bytes[start as usize..], format)
            .ok()
            .flatten()
    };
    for index in first..between {
        let entry = entry_at(starts[index])?;
        let other = RawEntry {
            mode: if is_tree(entry.mode) {
                MODE_REGULAR
            } else {
                MODE_TREE
            },
            ..entry
        };
        let place = starts.partition_point(|start| {
            entry_at(*start).is_some_and(|entry| order(&entry, &other).is_lt())
        });
        let found = starts.get(place).and_then(|start| entry_at(*start));
        if found.is_some_and(|found| {
            found.name == entry.name && is_tree(found.mode) != is_tree(entry.mode)
        }) {
            return None;
        }
    }
    Some((old, new))
}

/// The ranges of bytes in which two trees differ, widened to whole entries of the first, of which
/// `starts` says where entries start. `None` when the second does not end as the first does from
/// one of its entries on.
pub(super) fn differing(
    (old, starts): (&[u8], &[u32]),
    new: &[u8],
) -> Option<(Range<usize>, Range<usize>)> {
    let same = shared_start(old, new);
    // Up to there both have the same bytes, so the entry around that place starts at the same one.
    let begin = starts
        .partition_point(|start| *start as usize <= same)
        .checked_sub(1)
        .map_or(0, |entry| starts[entry] as usize);
    let same = shared_end(&old[begin..], &new[begin..]);
    let end = starts.partition_point(|start| (*start as usize) < old.len() - same);
    let end = starts.get(end).map_or(old.len(), |start| *start as usize);
    Some((begin..end, begin..new.len().checked_sub(old.len() - end)?))
}

/// Bytes that are compared at once. A tree of 40,000 entries is 1.5 MB, and every landing in it is
/// compared with the one before.
const BLOCK: usize = 256;

/// How many bytes two sequences share at their beginning.
fn shared_start(old: &[u8], new: &[u8]) -> usize {
    let whole = BLOCK
        * old
            .chunks_exact(BLOCK)
            .zip(new.chunks_exact(BLOCK))
            .take_while(|(old, new)| old == new)
            .count();
    whole
        + old[whole..]
            .iter()
            .zip(&new[whole..])
            .take_while(|(old, new)| old == new)
            .count()
}

/// How many bytes two sequences share at their end.
fn shared_end(old: &[u8], new: &[u8]) -> usize {
    let whole = BLOCK
        * old
            .rchunks_exact(BLOCK)
            .zip(new.rchunks_exact(BLOCK))
            .take_while(|(old, new)| old == new)
            .count();
    let (old, new) = (&old[..old.len() - whole], &new[..new.len() - whole]);
    whole
        + old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .take_while(|(old, new)| old == new)
            .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree's bytes; a name that ends in a slash is a directory's.
    fn tree(names: &[&str]) -> Vec<u8> {
        let entry = |name: &&str| {
            let mode = if name.ends_with('/') {
                "40000"
            } else {
                "100644"
            };
            [
                format!("{mode} {}\0", name.trim_end_matches('/')).as_bytes(),
                &[7; 20],
            ]
            .concat()
        };
        names.iter().map(entry).collect::<Vec<_>>().concat()
    }

    #[test]
    fn reading_only_what_differs_says_what_reading_the_whole_says() {
        let known = ["a", "a-b", "b/", "b0", "c", "d", "e/"];
        let known_bytes = tree(&known);
        let mut known_starts = Vec::new();
        assert_eq!(
            has_one_reading(&known_bytes, ObjectFormat::Sha1, &mut known_starts),
            Ok(true)
        );
        let mut found = [0, 0];
        let additions = [
            "", "a/", "a", "a.b", "b", "b/", "b-", "b1", "c/", "d/e", "d", "e", "e/", "f", "/", "Z",
        ];
        for begin in 0..=known.len() {
            for end in begin..=known.len() {
                for one in additions {
                    for two in additions {
                        let between = [one, two].into_iter().filter(|name| !name.is_empty());
                        let names: Vec<&str> = known[..begin]
                            .iter()
                            .copied()
                            .chain(between)
                            .chain(known[end..].iter().copied())
                            .collect();
                        let bytes = tree(&names);
                        let (mut whole, mut fast) = (Vec::new(), Vec::new());
                        let good =
                            has_one_reading(&bytes, ObjectFormat::Sha1, &mut whole) == Ok(true);
                        let short = has_one_reading_like(
                            &bytes,
                            ObjectFormat::Sha1,
                            (&known_bytes, &known_starts),
                            &mut fast,
                        );
                        assert_eq!(short.is_some(), good, "{names:?}");
                        assert!(!good || fast == whole, "{names:?}");
                        found[usize::from(good)] += 1;
                    }
                }
            }
        }
        assert!(found[0] > 1000 && found[1] > 500, "{found:?}");
    }

    #[test]
    fn reading_only_what_differs_never_says_more_of_any_bytes_than_reading_the_whole() {
        let known = tree(&["a", "b", "c"]);
        let mut quick = 0;
        let mut starts = Vec::new();
        assert_eq!(
            has_one_reading(&known, ObjectFormat::Sha1, &mut starts),
            Ok(true)
        );
        for place in 0..known.len() {
            for byte in [0, b' ', b'/', b'1', b'9', 0xff] {
                for bytes in [
                    known[..place].to_vec(),
                    [&known[..place], &[byte], &known[place + 1..]].concat(),
                    { [&known[..place], &[byte], &known[place..]].concat() },
                ] {
                    let mut whole = Vec::new();
                    let good = has_one_reading(&bytes, ObjectFormat::Sha1, &mut whole) == Ok(true);
                    let mut fast = Vec::new();
                    let short = has_one_reading_like(
                        &bytes,
                        ObjectFormat::Sha1,
                        (&known, &starts),
                        &mut fast,
                    );
                    assert!(
                        short.is_none() || good && fast == whole,
                        "{place} {byte} {bytes:?}"
                    );
                    quick += usize::from(short.is_some());
                }
            }
        }
        assert!(quick > 100, "{quick}");
    }
}
