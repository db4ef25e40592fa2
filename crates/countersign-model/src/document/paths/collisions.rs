//! Which of several paths a case-insensitive, normalizing file system cannot tell apart.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, DefaultHasher, Hasher as _, RandomState};

use super::fold;

/// At most this many collisions are named.
const MOST_COLLISIONS: usize = 100;

/// Pairs of different paths that are one path after [`fold`], folders included, and files that are
/// also folders. Sorted; at most 100.
///
/// Quick where nothing collides and the paths come in order of their bytes.
pub fn collisions<'a>(paths: impl Iterator<Item = &'a str> + Clone) -> Vec<(String, String)> {
    if are_apart(paths.clone()) {
        return Vec::new();
    }
    let mut known: HashMap<(usize, Cow<'a, str>), SeenPath<'a>> =
        HashMap::with_capacity(paths.size_hint().0);
    let mut found = Vec::new();
    for path in paths {
        let (mut parent, mut end) = (0, 0);
        for step in path.split('/') {
            end += step.len();
            let (here, is_file) = (&path[..end], end == path.len());
            let id = known.len() + 1;
            let first = known.entry((parent, folded(step))).or_insert(SeenPath {
                id,
                path: here,
                is_file,
            });
            let same_step = first.path.rsplit('/').next() == Some(step);
            if (!same_step || first.is_file != is_file) && found.len() < MOST_COLLISIONS {
                // Where only a folder's spelling differs, its content is not reported again.
                let other = if same_step { path } else { here };
                found.push((first.path.to_owned(), other.to_owned()));
            }
            parent = first.id;
            end += 1;
        }
    }
    found.sort();
    found.dedup();
    found
}

struct SeenPath<'a> {
    id: usize,
    path: &'a str,
    is_file: bool,
}

/// Whether no two of the files and folders are one after [`fold`]: never `true` where some are, and
/// seldom `false` where none are.
///
/// In byte order, the content of a folder is contiguous, so each folder is seen once and no hash
/// may repeat.
fn are_apart<'a>(paths: impl Iterator<Item = &'a str>) -> bool {
    let mut hashes = Vec::with_capacity(paths.size_hint().0);
    // The folders on the way to the last path: where their text ends, slash included, and its hash.
    let mut way: Vec<(usize, DefaultHasher)> = vec![(0, RandomState::new().build_hasher())];
    let mut last: Option<&str> = None;
    for path in paths {
        let shared = last.map_or(0, |last| {
            path.bytes()
                .zip(last.bytes())
                .take_while(|(a, b)| a == b)
                .count()
        });
        if last.is_some_and(|last| last.as_bytes().get(shared) >= path.as_bytes().get(shared)) {
            return false;
        }
        way.truncate(
            way.iter()
                .rposition(|(end, _)| *end <= shared)
                .map_or(1, |at| at + 1),
        );
        let Some((mut end, mut hash)) = way.last().cloned() else {
            return false;
        };
        for step in path[end..].split('/') {
            hash.write(folded(step).as_bytes());
            hashes.push(hash.finish());
            end += step.len() + 1;
            if end <= path.len() {
                hash.write_u8(b'/');
                way.push((end, hash.clone()));
            }
        }
        last = Some(path);
    }
    hashes.sort_unstable();
    hashes.windows(2).all(|pair| pair[0] != pair[1])
}

/// [`fold`] without a copy where nothing is to be folded.
fn folded(step: &str) -> Cow<'_, str> {
    if step
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    {
        step.into()
    } else {
        fold(step).into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn collide(paths: &[&str]) -> Vec<(String, String)> {
        collisions(paths.iter().copied())
    }

    #[test]
    fn finds_pairs_that_differ_by_case_or_unicode_form() {
        for (a, b) in [
            ("README.md", "readme.MD"),
            ("\u{e9}", "e\u{301}"),
            ("stra\u{df}e", "STRASSE"),
            ("\u{3c3}\u{3c2}", "\u{3a3}\u{3a3}"),
            ("\u{212a}", "k"),
            ("\u{17f}", "s"),
        ] {
            assert_eq!(collide(&[a, b]), [(a.to_owned(), b.to_owned())], "{a} {b}");
            assert_eq!(fold(a), fold(b));
        }
        assert!(collide(&["a", "b", "a/../c", "x/a", "y/a"]).len() <= 1);
        assert!(collide(&["x/a", "y/a", "x/b"]).is_empty());
    }

    #[test]
    fn finds_folders_that_collide_with_folders_and_files() {
        assert_eq!(
            collide(&["Docs/a", "docs/b"]),
            [("Docs".to_owned(), "docs".to_owned())]
        );
        assert_eq!(
            collide(&["docs/a", "DOCS"]),
            [("docs".to_owned(), "DOCS".to_owned())]
        );
        assert_eq!(
            collide(&["x/A/1", "x/a/1"]),
            [("x/A".to_owned(), "x/a".to_owned())],
            "what lies below is not named again"
        );
        assert_eq!(collide(&["a", "a/b"]), [("a".to_owned(), "a/b".to_owned())]);
    }

    /// Each has five hundred folders.
    #[test]
    fn many_deep_paths_are_distinguished_in_any_order() {
        let mut paths: Vec<String> = (0..2000)
            .map(|index| format!("{}{index}", "d/".repeat(500)))
            .collect();
        assert!(collisions(paths.iter().map(String::as_str)).is_empty());
        paths.sort();
        assert!(are_apart(paths.iter().map(String::as_str)));
    }

    #[test]
    fn sorted_paths_without_a_collision_need_no_second_look() {
        for paths in [
            &[
                "SKILL.md",
                "a-b",
                "a/SKILL.md",
                "a/b/c",
                "a/b/d",
                "a/e",
                "ab",
                "\u{e9}/x",
            ][..],
            &["a"],
            &[],
        ] {
            assert!(are_apart(paths.iter().copied()), "{paths:?}");
        }
        for paths in [
            &["A/x", "a/y"][..],
            &["a", "a-", "a/b"],
            &["b", "a"],
            &["a", "a"],
            &["e\u{301}", "\u{e9}"],
        ] {
            assert!(!are_apart(paths.iter().copied()), "{paths:?}");
        }
    }

    proptest! {
        #[test]
        fn paths_collide_where_two_of_them_are_one_after_folding(
            mut paths in proptest::collection::vec("[abBeE\u{e9}\u{301}](/?[abBeE\u{e9}\u{301}]){0,3}", 0..12),
            in_order: bool,
        ) {
            if in_order {
                paths.sort();
            }
            let ends = |path: &'_ str| -> Vec<(String, bool)> {
                let cuts = path.match_indices('/').map(|(slash, _)| (path[..slash].to_owned(), false));
                cuts.chain([(path.to_owned(), true)]).collect()
            };
            let all: Vec<(String, bool)> = paths.iter().flat_map(|path| ends(path)).collect();
            let same = |a: &(String, bool), b: &(String, bool)| fold(&a.0) == fold(&b.0) && a != b;
            let expected = all.iter().any(|a| all.iter().any(|b| same(a, b)));
            prop_assert_eq!(!collisions(paths.iter().map(String::as_str)).is_empty(), expected);
        }
    }
}
