//! The form in which the cache keeps provenance: flat arrays of numbers, which are read in a few
//! milliseconds however long history is.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::de::{Error, Visitor};
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::table::Table;
use super::{Commit, Hands, NONE, Provenance, Touch};
use countersign_model::{ObjectId, Position};

/// What is read; [`Serialize`] writes the same fields in the same order. Numbers are 32 bits,
/// little-endian.
#[derive(Deserialize)]
struct Stored<'s> {
    hands: Vec<Hands>,
    /// Length of an object id here.
    id_len: u8,
    /// Per commit: number of its hands, doubled, plus one when it is a landing with one parent.
    #[serde(borrow)]
    commits: Bytes<'s>,
    #[serde(borrow)]
    commit_ids: Bytes<'s>,
    /// Per touch: commit, position, path, blob, the touch of the same path before, the touch of the
    /// same blob before.
    #[serde(borrow)]
    touches: Bytes<'s>,
    /// Paths in order, each ended by a zero byte, which no path has.
    #[serde(borrow)]
    paths: Bytes<'s>,
    /// The newest touch of each.
    #[serde(borrow)]
    path_newest: Bytes<'s>,
    #[serde(borrow)]
    blob_ids: Bytes<'s>,
    #[serde(borrow)]
    blob_newest: Bytes<'s>,
    /// Pairs: a blob, and an earlier one that it resembles.
    #[serde(borrow)]
    resembling: Bytes<'s>,
}

/// Bytes that are written as a whole, and read where they lie.
#[derive(Default)]
struct Bytes<'s>(Cow<'s, [u8]>);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de: 's, 's> Deserialize<'de> for Bytes<'s> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl<'de> Visitor<'de> for Whole {
            type Value = Bytes<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Bytes<'de>, E> {
                Ok(Bytes(Cow::Borrowed(bytes)))
            }
        }
        deserializer.deserialize_bytes(Whole)
    }
}

impl Bytes<'_> {
    fn of(numbers: impl Iterator<Item = u32>) -> Self {
        Self(Cow::Owned(numbers.flat_map(u32::to_le_bytes).collect()))
    }

    fn numbers(&self) -> impl Iterator<Item = u32> {
        self.0
            .as_chunks::<4>()
            .0
            .iter()
            .map(|number| u32::from_le_bytes(*number))
    }

    fn ids(&self, length: u8) -> Option<Vec<ObjectId>> {
        self.0
            .chunks(usize::from(length).max(1))
            .map(ObjectId::from_bytes)
            .collect()
    }
}

impl Serialize for Provenance {
    /// Each array is made when it is its turn to be written: together they would take as much
    /// memory as what they are made of.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (paths, blobs) = (self.paths.sorted(), self.blobs.sorted());
        let (path_at, blob_at) = (
            places(paths.iter().map(|(_, index)| *index)),
            places(blobs.iter().map(|(_, index)| *index)),
        );
        let numbers = |touch: &Touch| {
            let blob = if touch.blob == NONE {
                NONE
            } else {
                blob_at[touch.blob as usize]
            };
            [
                touch.commit,
                touch.position.0,
                path_at[touch.path as usize],
                blob,
                touch.before,
                touch.copied,
            ]
        };
        let ids = || self.commits.iter().filter_map(|commit| commit.id.as_ref());
        let commit = |commit: &Commit| commit.hands << 1 | u32::from(commit.single_parent_landing);
        let text = paths
            .iter()
            .flat_map(|(path, _)| path.iter().copied().chain([0]));
        let blob_ids = blobs
            .iter()
            .flat_map(|(blob, _)| blob.as_bytes().iter().copied());
        let mut fields = serializer.serialize_struct("Stored", 10)?;
        fields.serialize_field("hands", &self.hands)?;
        fields.serialize_field(
            "id_len",
            &ids().next().map_or(20, |id| id.as_bytes().len() as u8),
        )?;
        fields.serialize_field("commits", &Bytes::of(self.commits.iter().map(commit)))?;
        fields.serialize_field(
            "commit_ids",
            &Bytes(ids().flat_map(ObjectId::as_bytes).copied().collect()),
        )?;
        fields.serialize_field("touches", &Bytes::of(self.touches.iter().flat_map(numbers)))?;
        fields.serialize_field("paths", &Bytes(text.collect()))?;
        fields.serialize_field(
            "path_newest",
            &Bytes::of(paths.iter().map(|(_, path)| self.paths.newest(*path))),
        )?;
        fields.serialize_field("blob_ids", &Bytes(blob_ids.collect()))?;
        fields.serialize_field(
            "blob_newest",
            &Bytes::of(blobs.iter().map(|(_, blob)| self.blobs.newest(*blob))),
        )?;
        let pairs = self
            .resembling
            .iter()
            .flat_map(|(blob, older)| older.iter().map(|older| [*blob, *older]));
        fields.serialize_field(
            "resembling",
            &Bytes::of(pairs.flatten().map(|blob| blob_at[blob as usize])),
        )?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Provenance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        restored(Stored::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("provenance that does not fit together"))
    }
}

/// For each index, its place in `sorted`.
fn places(sorted: impl ExactSizeIterator<Item = u32>) -> Vec<u32> {
    let mut places = vec![0; sorted.len()];
    for (place, index) in sorted.enumerate() {
        places[index as usize] = place as u32;
    }
    places
}

/// `None` when the parts do not fit together: then no number may be used as an index.
fn restored(stored: Stored<'_>) -> Option<Provenance> {
    let ids = stored.commit_ids.ids(stored.id_len)?;
    let commit = |(number, id): (u32, &ObjectId)| Commit {
        id: Some(*id),
        hands: number >> 1,
        single_parent_landing: number & 1 == 1,
    };
    let commits: Vec<Commit> = stored.commits.numbers().zip(&ids).map(commit).collect();
    let whole = stored.commits.0.len() == ids.len() * 4
        && commits
            .iter()
            .all(|commit| (commit.hands as usize) < stored.hands.len());
    let text = stored
        .paths
        .0
        .strip_suffix(b"\0")
        .map_or(Vec::new(), |text| {
            text.split(|byte| *byte == 0).map(Arc::from).collect()
        });
    let paths: Table<Arc<[u8]>> = Table::of(text, stored.path_newest.numbers().collect())?;
    let blobs = Table::of(
        stored.blob_ids.ids(stored.id_len)?,
        stored.blob_newest.numbers().collect(),
    )?;
    let (numbers, rest) = stored.touches.0.as_chunks::<24>();
    let touches: Vec<Touch> = numbers.iter().map(touch).collect();
    let earlier = |this: usize, other: u32| other == NONE || (other as usize) < this;
    let fits = |(this, touch): (usize, &Touch)| {
        (touch.commit as usize) < commits.len()
            && (touch.path as usize) < paths.len()
            && (touch.blob == NONE || (touch.blob as usize) < blobs.len())
            && earlier(this, touch.before)
            && earlier(this, touch.copied)
    };
    let (pairs, odd) = stored.resembling.0.as_chunks::<8>();
    let mut resembling: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for pair in pairs {
        let [blob, older] = [0, 4]
            .map(|at| u32::from_le_bytes([pair[at], pair[at + 1], pair[at + 2], pair[at + 3]]));
        if blob as usize >= blobs.len() || older as usize >= blobs.len() {
            return None;
        }
        resembling.entry(blob).or_default().insert(older);
    }
    if !odd.is_empty() || !whole || !rest.is_empty() || !touches.iter().enumerate().all(fits) {
        return None;
    }
    let known_hands = stored.hands.iter().cloned().zip(0..).collect();
    let mut provenance = Provenance {
        commits,
        hands: stored.hands,
        known_hands,
        touches,
        paths,
        blobs,
        names: HashMap::new(),
        resembling,
    };
    (0..provenance.paths.len() as u32).for_each(|path| provenance.note_name(path));
    Some(provenance)
}

fn touch(bytes: &[u8; 24]) -> Touch {
    let number = |index: usize| {
        u32::from_le_bytes([
            bytes[index * 4],
            bytes[index * 4 + 1],
            bytes[index * 4 + 2],
            bytes[index * 4 + 3],
        ])
    };
    Touch {
        commit: number(0),
        position: Position(number(1)),
        path: number(2),
        blob: number(3),
        before: number(4),
        copied: number(5),
    }
}
