//! Small things of which a long history has very many, kept in little memory.
//!
//! A replay holds a version for each version that ever landed, and most versions are at one path and have
//! one vote of one person. Lists that double and trees with one entry would take several times as
//! much memory as what is in them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use countersign_model::shared_text::deserialize_shared;

/// Adds to a list that grows by an eighth, not to twice its length.
pub(super) fn append<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 8 + 1);
    }
    list.push(item);
}

/// A few paths, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Paths(#[serde(deserialize_with = "deserialize_paths")] Vec<Arc<str>>);

/// Most versions lie where another one lay.
fn deserialize_paths<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Arc<str>>, D::Error> {
    #[derive(Deserialize)]
    struct Path(#[serde(deserialize_with = "deserialize_shared")] Arc<str>);
    Ok(Vec::<Path>::deserialize(deserializer)?
        .into_iter()
        .map(|Path(path)| path)
        .collect())
}

impl Paths {
    /// None.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a path unless it is there.
    pub fn insert(&mut self, path: Arc<str>) {
        if let Err(place) = self.0.binary_search(&path) {
            self.0.reserve_exact(1);
            self.0.insert(place, path);
        }
    }

    /// Whether a path is among them.
    pub fn contains(&self, path: &str) -> bool {
        self.0.binary_search_by(|known| (**known).cmp(path)).is_ok()
    }

    /// The paths, sorted.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<str>> {
        self.0.iter()
    }

    /// The first in order.
    pub fn first(&self) -> Option<&str> {
        self.0.first().map(|path| &**path)
    }
}

impl<'a> IntoIterator for &'a Paths {
    type Item = &'a Arc<str>;
    type IntoIter = std::slice::Iter<'a, Arc<str>>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Paths {
    type Item = Arc<str>;
    type IntoIter = std::vec::IntoIter<Arc<str>>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Extend<Arc<str>> for Paths {
    fn extend<I: IntoIterator<Item = Arc<str>>>(&mut self, paths: I) {
        paths.into_iter().for_each(|path| self.insert(path));
    }
}

impl FromIterator<Arc<str>> for Paths {
    fn from_iter<I: IntoIterator<Item = Arc<str>>>(paths: I) -> Self {
        let mut all = Self::default();
        all.extend(paths);
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn paths_are_a_set(added in proptest::collection::vec("[a-c]{0,2}", 0..12), asked in "[a-c]{0,2}") {
            let paths: Paths = added.iter().map(|path| Arc::from(path.as_str())).collect();
            let set: BTreeSet<&str> = added.iter().map(String::as_str).collect();
            prop_assert_eq!(paths.iter().map(|path| &**path).collect::<Vec<_>>(), set.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(paths.first(), set.first().copied());
            prop_assert_eq!(paths.contains(&asked), set.contains(asked.as_str()));
        }

        #[test]
        fn a_list_holds_what_is_added_and_little_more(items in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut list = Vec::new();
            for item in &items {
                append(&mut list, *item);
            }
            prop_assert!(list.capacity() <= items.len() + items.len() / 8 + 1);
            prop_assert_eq!(list, items);
        }
    }
}
