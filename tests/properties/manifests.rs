//! Distinct packages have distinct digests, and the order of files does not matter.

use countersign::document::paths;
use countersign::model::{Digest, FileMode, Manifest, ManifestEntry};
use proptest::collection::btree_map;
use proptest::prelude::*;

/// Names that tempt a manifest: blanks, line ends, what looks like another line of it.
fn path() -> impl Strategy<Value = String> {
    let forged = format!("a\n100644 {} b", Digest::of(b"x").hex());
    let pieces = prop_oneof![
        3 => "[ab]{1,2}",
        2 => "[ab /\\.\n\t]{1,4}",
        1 => Just("100644 ".to_owned()),
        1 => Just(forged),
    ];
    prop::collection::vec(pieces, 1..4).prop_map(|pieces| pieces.concat())
}

fn entries() -> impl Strategy<Value = Vec<ManifestEntry>> {
    of(path(), 0)
}

/// Packages of at least `fewest` files with such paths.
fn of(
    path: impl Strategy<Value = String>,
    fewest: usize,
) -> impl Strategy<Value = Vec<ManifestEntry>> {
    let file = (prop::bool::ANY, 0..3_u8);
    btree_map(path, file, fewest..5).prop_map(|files| {
        let entry = |(path, (executable, content)): (String, (bool, u8))| ManifestEntry {
            path,
            mode: if executable {
                FileMode::Executable
            } else {
                FileMode::Regular
            },
            sha256: Digest::of(&[content]),
            size: 1,
        };
        files.into_iter().map(entry).collect()
    })
}

fn allowed(entries: &[ManifestEntry]) -> bool {
    entries
        .iter()
        .all(|entry| paths::check_path(entry.path.as_bytes()).is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn distinct_packages_have_distinct_digests(one in entries(), other in entries()) {
        let (first, second) = (Manifest::new(one.clone()), Manifest::new(other.clone()));
        let same = first.entries() == second.entries();
        // Paths that could forge a line of the manifest are refused before any digest is made.
        prop_assert!(same || first.digest() != second.digest() || !allowed(&one) || !allowed(&other));
        prop_assert!(!same || first.digest() == second.digest());
    }

    #[test]
    fn one_change_of_a_package_changes_its_digest(before in of("[ab]{1,2}(/[ab]{1,2})?", 1), change in 0..4_u8, at in any::<prop::sample::Index>()) {
        prop_assert!(allowed(&before));
        let mut after = before.clone();
        let index = at.index(after.len());
        match change {
            0 => after[index].sha256 = Digest::of(b"other"),
            1 => after[index].mode = if after[index].mode == FileMode::Regular { FileMode::Executable } else { FileMode::Regular },
            2 => after[index].path.push('x'),
            _ => {
                after.remove(index);
            }
        }
        prop_assert_ne!(Manifest::new(before).digest(), Manifest::new(after).digest());
    }

    #[test]
    fn the_order_of_files_does_not_matter(files in entries(), seed in any::<u64>()) {
        let mut shuffled = files.clone();
        shuffle(&mut shuffled, seed);
        prop_assert_eq!(Manifest::new(files).text(), Manifest::new(shuffled).text());
    }

    #[test]
    fn the_digest_is_that_of_the_lines_that_the_design_prescribes(files in entries()) {
        let mut sorted = files.clone();
        sorted.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        let mode = |mode: FileMode| if mode == FileMode::Executable { "100755" } else { "100644" };
        let lines: String = sorted.iter().map(|file| format!("{} {} {}\n", mode(file.mode), file.sha256.hex(), file.path)).collect();
        prop_assert_eq!(Manifest::new(files).digest(), Digest::of(lines.as_bytes()));
    }
}

/// A fixed permutation of `items` for each seed.
pub fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for index in (1..items.len()).rev() {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        items.swap(index, (seed >> 33) as usize % (index + 1));
    }
}
