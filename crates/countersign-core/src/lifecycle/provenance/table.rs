//! Keys with small indices, and the newest touch of each.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Bound;

use super::NONE;
use crate::lifecycle::compact::append;

/// Sorted keys that were there from the start, and those that came since. Indices never change.
#[derive(Clone, Debug)]
pub(super) struct Table<K> {
    /// Sorted; the index is the place.
    first: Vec<K>,
    since: BTreeMap<K, u32>,
    /// The keys of `since`, by index.
    arrived: Vec<K>,
    newest: Vec<u32>,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self {
            first: Vec::new(),
            since: BTreeMap::new(),
            arrived: Vec::new(),
            newest: Vec::new(),
        }
    }
}

impl<K: Ord + Clone> Table<K> {
    /// A table of sorted keys and their newest touches; `None` when they are not sorted, or not as
    /// many.
    pub fn of(first: Vec<K>, newest: Vec<u32>) -> Option<Self> {
        let sorted = first.len() == newest.len() && first.windows(2).all(|pair| pair[0] < pair[1]);
        sorted.then(|| Self {
            first,
            since: BTreeMap::new(),
            arrived: Vec::new(),
            newest,
        })
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.newest.len()
    }

    /// The index of a key, which is new when it was not there.
    pub fn index(&mut self, key: K) -> u32 {
        if let Some(index) = self.find(&key) {
            return index;
        }
        let index = self.newest.len() as u32;
        append(&mut self.arrived, key.clone());
        self.since.insert(key, index);
        append(&mut self.newest, NONE);
        index
    }

    /// The index of a key that is there.
    pub fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
    {
        self.since.get(key).copied().or_else(|| {
            self.first
                .binary_search_by(|known| known.borrow().cmp(key))
                .ok()
                .map(|index| index as u32)
        })
    }

    /// The key of an index.
    pub fn key(&self, index: u32) -> &K {
        let index = index as usize;
        self.first
            .get(index)
            .unwrap_or_else(|| &self.arrived[index - self.first.len()])
    }

    /// The newest touch; `NONE` when there is none.
    pub fn newest(&self, index: u32) -> u32 {
        self.newest[index as usize]
    }

    /// Notes a newer touch and returns the one before.
    pub fn set_newest(&mut self, index: u32, touch: u32) -> u32 {
        std::mem::replace(&mut self.newest[index as usize], touch)
    }

    /// Indices of the keys from `start` on for as long as `belongs`.
    pub fn from<'s, Q: Ord + ?Sized>(
        &'s self,
        start: &Q,
        belongs: impl Fn(&K) -> bool + Copy + 's,
    ) -> impl Iterator<Item = u32> + 's
    where
        K: Borrow<Q>,
    {
        let begin = self.first.partition_point(|key| key.borrow() < start);
        let first = self.first[begin..]
            .iter()
            .take_while(move |key| belongs(key))
            .zip(begin..)
            .map(|(_, index)| index as u32);
        let since = self.since.range((Bound::Included(start), Bound::Unbounded));
        first.chain(
            since
                .take_while(move |(key, _)| belongs(key))
                .map(|(_, index)| *index),
        )
    }

    /// Every key with its index, in order.
    pub fn sorted(&self) -> Vec<(&K, u32)> {
        let since = self.since.iter().map(|(key, index)| (key, *index));
        let mut all: Vec<(&K, u32)> = self.first.iter().zip(0..).chain(since).collect();
        all.sort_by_key(|(key, _)| *key);
        all
    }
}
