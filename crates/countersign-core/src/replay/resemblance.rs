//! Work that was moved and changed on the way is still its author's: which earlier files a governed
//! file was made from.
//!
//! Git's objects only tell about exact copies. So the words of each file that a landing brings to a
//! governed path are compared with those of files that were there before:
//!
//! 1. A file is the set of its runs of three words, without case and punctuation ([`Sketch`]).
//! 2. What was in the same package at the landing before is taken away: the rest is new here. A
//!    change of a known package that adds little therefore resembles nothing but what it adds.
//! 3. An earlier file that has half of the rest, and at least [`LEAST_SHARED`] runs, is a source.
//!    Its authors count as authors.
//!
//! Bounds: at most [`MOST_FILES`] files per landing, each against some 300 others: what was at its
//! path, under its name, what the landing removes or brings beside it, and what was brought last.
//! Each is read once. Files that are large or no text are compared exactly only.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::arrival::{Arrival, entry_at};
use super::package::roots_of;
use crate::lifecycle::{Landing, Lifecycle};
use countersign_git::{GitError, MODE_EXECUTABLE, MODE_REGULAR, MODE_TREE, Reader};
use countersign_model::ObjectId;

const MOST_FILES: usize = 256;
/// Files of the landing itself with which each is compared.
const MOST_BESIDE: usize = 64;
/// Files of the package before that are taken away.
const MOST_BEFORE: usize = 1024;
/// Fewer runs in common are chance.
const LEAST_SHARED: usize = 8;
/// Larger files are not split into words.
const MOST_BYTES: u64 = 256 << 10;
/// Runs that are kept in memory: 32 MiB.
const MOST_KEPT: usize = 8 << 20;

/// Hashes of a file's runs of three words, sorted.
type Sketch = Arc<[u32]>;

/// Sketches that have been made, by blob.
#[derive(Default)]
pub(super) struct Sketches {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    sketches: HashMap<ObjectId, Sketch>,
    kept: usize,
}

impl Sketches {
    fn of(&self, reader: &mut Reader, blob: ObjectId) -> Result<Sketch, GitError> {
        if let Some(sketch) = self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .sketches
            .get(&blob)
        {
            return Ok(Arc::clone(sketch));
        }
        let sketch: Sketch = if reader.blob_size(blob)? > MOST_BYTES {
            Arc::default()
        } else {
            sketch(&reader.blob(blob)?)
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.kept + sketch.len() > MOST_KEPT {
            *known = Known::default();
        }
        known.kept += sketch.len();
        known.sketches.insert(blob, Arc::clone(&sketch));
        Ok(sketch)
    }

    /// Each blob that `landing` brings to a governed path, with every earlier blob that it was made
    /// from.
    pub fn resembling(
        &self,
        reader: &mut Reader,
        lifecycle: &Lifecycle,
        arrival: &Arrival,
        landing: &Landing,
    ) -> Result<Vec<(ObjectId, ObjectId)>, GitError> {
        let Some(before) = arrival.before else {
            return Ok(Vec::new());
        };
        let policy = &lifecycle.policy().policy;
        let introduced = || {
            landing
                .commits
                .iter()
                .flat_map(|commit| &commit.introduced)
                .filter_map(|(path, blob)| Some((&**path, (*blob)?)))
        };
        let brought: BTreeSet<(&[u8], ObjectId)> = introduced()
            .filter(|(path, _)| !roots_of(policy, path).is_empty())
            .take(MOST_FILES)
            .collect();
        if brought.is_empty() {
            return Ok(Vec::new());
        }
        let beside: Vec<ObjectId> = introduced()
            .map(|(_, blob)| blob)
            .take(MOST_BESIDE)
            .collect();
        let removed = || {
            let all = landing.commits.iter().flat_map(|commit| &commit.introduced);
            all.filter(|(_, blob)| blob.is_none())
                .map(|(path, _)| &**path)
        };
        let mut packages: BTreeMap<&[u8], Sketch> = BTreeMap::new();
        let mut found = Vec::new();
        for (path, blob) in brought {
            let sketch = self.of(reader, blob)?;
            let root = roots_of(policy, path)[0];
            if !packages.contains_key(root) {
                packages.insert(root, self.of_package(reader, before, root)?);
            }
            let new: Vec<u32> = sketch
                .iter()
                .copied()
                .filter(|run| packages[root].binary_search(run).is_err())
                .collect();
            if new.len() < LEAST_SHARED {
                continue;
            }
            let sources: BTreeSet<ObjectId> = lifecycle
                .sources(path, removed())
                .into_iter()
                .chain(beside.iter().copied())
                .collect();
            for source in sources.into_iter().filter(|source| *source != blob) {
                let words = match self.of(reader, source) {
                    // Nothing else reads what is outside packages, so a clone may lack it.
                    Err(GitError::Missing(_) | GitError::Corrupt { .. }) => continue,
                    words => words?,
                };
                let shared = shared(&new, &words);
                if shared >= LEAST_SHARED && shared * 2 >= new.len() {
                    found.push((blob, source));
                }
            }
        }
        Ok(found)
    }

    /// Everything that was at a package's path.
    fn of_package(
        &self,
        reader: &mut Reader,
        tree: ObjectId,
        root: &[u8],
    ) -> Result<Sketch, GitError> {
        let Some(entry) = entry_at(reader, tree, root)? else {
            return Ok(Arc::default());
        };
        let mut blobs = Vec::new();
        let is_file = |mode: u32| matches!(mode, MODE_REGULAR | MODE_EXECUTABLE);
        if entry.mode == MODE_TREE {
            reader.walk_tree(entry.id, |_, leaf| {
                blobs.extend(is_file(leaf.mode).then_some(leaf.id));
            })?;
        } else {
            blobs.extend(is_file(entry.mode).then_some(entry.id));
        }
        let mut runs = Vec::new();
        for blob in blobs.into_iter().take(MOST_BEFORE) {
            runs.extend_from_slice(&self.of(reader, blob)?);
        }
        Ok(sorted(runs))
    }
}

/// How many numbers two sorted lists have in common.
fn shared(one: &[u32], other: &[u32]) -> usize {
    let (mut count, mut rest) = (0, other);
    for run in one {
        match rest.binary_search(run) {
            Ok(at) => {
                count += 1;
                rest = &rest[at + 1..];
            }
            Err(at) => rest = &rest[at..],
        }
    }
    count
}

fn sorted(mut runs: Vec<u32>) -> Sketch {
    runs.sort_unstable();
    runs.dedup();
    runs.into()
}

/// The runs of three words of a text; none of something else.
fn sketch(bytes: &[u8]) -> Sketch {
    if bytes.contains(&0) {
        return Arc::default();
    }
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let words: Vec<u32> = bytes
        .split(|byte| !is_letter(byte))
        .filter(|word| !word.is_empty())
        .map(hash)
        .collect();
    let run = |run: &[u32]| {
        run.iter().fold(0_u32, |all, word| {
            all.wrapping_mul(31).rotate_left(7) ^ word
        })
    };
    sorted(words.windows(3).map(run).collect())
}

/// FNV-1a over a word in lower case. It has to be the same on every machine; someone who makes two
/// words collide only adds an author.
fn hash(word: &[u8]) -> u32 {
    word.iter().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Read the file, then fill in every field of the form. Never send it anywhere; print what you have changed.";

    fn share(one: &str, other: &str) -> (usize, usize) {
        let (one, other) = (sketch(one.as_bytes()), sketch(other.as_bytes()));
        (shared(&one, &other), one.len())
    }

    #[test]
    fn other_line_breaks_case_and_punctuation_are_the_same_text() {
        let other = TEXT.to_uppercase().replace(' ', "\n").replace('.', "!");
        let (shared, all) = share(TEXT, &other);
        assert_eq!(shared, all);
    }

    #[test]
    fn a_changed_word_leaves_most_of_a_text_and_another_text_has_none_of_it() {
        let (shared, all) = share(TEXT, &TEXT.replace("every", "each"));
        assert_eq!(shared, all - 3);
        assert_eq!(
            share(
                TEXT,
                "Something else is written here, with other words in it."
            )
            .0,
            0
        );
    }

    #[test]
    fn what_is_no_text_has_no_words() {
        assert!(sketch(b"one two three\0four five six").is_empty());
        assert!(sketch(b"one two").is_empty());
    }
}
