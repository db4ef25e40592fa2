//! What is left out of a merge changes nothing about it, and the search for renames stays within
//! its bound.

use proptest::prelude::*;

use super::merge::{Merging, changed, directories};
use super::renames::{MOST_COMPARED, MOST_COMPARISONS, Renames};
use super::testing::Scratch;
use super::*;
use countersign_model::ObjectId;

/// The root trees of the common ancestor and of both branches, and what the merge leaves aside.
fn planned(scratch: &Scratch) -> (Repository, [ObjectId; 3], Renames) {
    let repository = scratch.open();
    let trees = ["base", "main", "theirs"]
        .map(|rev| repository.root_tree(scratch.id(rev)).expect("a commit"));
    let [ancestor, ours, theirs] = trees;
    let changes =
        [ours, theirs].map(|side| changed(&repository, ancestor, side).expect("readable"));
    let sides = [
        (ours, changes[0].as_slice()),
        (theirs, changes[1].as_slice()),
    ];
    let renames = Renames::between(&repository, ancestor, sides).expect("readable");
    (repository, trees, renames)
}

/// Two branches over one commit: `main` and `theirs`.
fn branched(
    base: impl FnOnce(&Scratch),
    ours: impl FnOnce(&Scratch),
    theirs: impl FnOnce(&Scratch),
) -> Scratch {
    let scratch = Scratch::new();
    base(&scratch);
    scratch.commit("base");
    scratch.git(&["branch", "theirs"]);
    scratch.git(&["branch", "base"]);
    ours(&scratch);
    scratch.commit("ours");
    scratch.git(&["checkout", "-q", "theirs"]);
    theirs(&scratch);
    scratch.commit("theirs");
    scratch.git(&["checkout", "-q", "main"]);
    scratch
}

fn text(seed: u64, lines: u64) -> String {
    (0..lines)
        .map(|line| {
            format!(
                "{:x}\n",
                (seed * 100_003 + line).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            )
        })
        .collect()
}

fn put(scratch: &Scratch, path: &str, content: &str) {
    scratch.write(path, content);
}

fn remove(scratch: &Scratch, path: &str) {
    std::fs::remove_file(scratch.path().join(path)).expect("it is there");
}

const MANY: u64 = 300;

fn data(scratch: &Scratch) {
    (0..MANY).for_each(|file| put(scratch, &format!("data/o{file}"), &text(file, 400)));
}

/// Other files in the place of all of them.
fn replace(scratch: &Scratch) {
    for file in 0..MANY {
        remove(scratch, &format!("data/o{file}"));
        put(
            scratch,
            &format!("new/n{file}"),
            &text(1_000_000 + file, 400),
        );
    }
}

#[test]
fn a_branch_that_replaces_many_files_compares_none_of_them() {
    let scratch = branched(data, |scratch| put(scratch, "z", "1"), replace);
    let (_, _, renames) = planned(&scratch);
    assert_eq!(
        (
            renames.comparisons,
            renames.compared,
            renames.gone.len() as u64
        ),
        (0, 0, MANY)
    );
}

#[test]
fn one_file_that_the_other_side_edited_is_compared_with_every_new_one_and_no_other_is() {
    let edit = |scratch: &Scratch| put(scratch, "data/o7", &format!("first\n{}", text(7, 400)));
    let rename = |scratch: &Scratch| {
        replace(scratch);
        put(scratch, "new/n9", &format!("{}last\n", text(7, 400)));
    };
    let scratch = branched(data, edit, rename);
    let (repository, _, renames) = planned(&scratch);
    assert_eq!(renames.comparisons, MANY);
    assert!(renames.inexact());
    let Ok(Merge::Tree(tree)) = repository.merge(scratch.id("main"), scratch.id("theirs")) else {
        panic!("it merges")
    };
    let git = scratch.git(&["merge-tree", "--write-tree", "main", "theirs"]);
    assert_eq!(tree.to_string(), git.trim());
}

#[test]
fn a_search_that_would_read_more_than_its_bound_finds_only_files_of_the_same_content() {
    // The other side adds to the folder that is gone: every file of it may have been renamed.
    let scratch = branched(
        |scratch| {
            (0..MANY).for_each(|file| put(scratch, &format!("data/o{file}"), &text(file, 1600)));
        },
        |scratch| put(scratch, "data/z", "1"),
        |scratch| {
            for file in 0..MANY {
                remove(scratch, &format!("data/o{file}"));
                put(
                    scratch,
                    &format!("new/n{file}"),
                    &text(1_000_000 + file, 1600),
                );
            }
        },
    );
    let (repository, _, renames) = planned(&scratch);
    assert_eq!(renames.comparisons, MANY * MANY);
    assert!(
        renames.compared > MOST_COMPARED
            && renames.comparisons <= MOST_COMPARISONS
            && !renames.inexact()
    );
    let Ok(Merge::Tree(tree)) = repository.merge(scratch.id("main"), scratch.id("theirs")) else {
        panic!("it merges")
    };
    let git = scratch.git(&["merge-tree", "--write-tree", "main", "theirs"]);
    assert_eq!(tree.to_string(), git.trim());
}

#[test]
fn files_that_moved_as_they_are_are_settled_and_their_new_names_are_not_compared() {
    let moved = |scratch: &Scratch| {
        std::fs::rename(scratch.path().join("data"), scratch.path().join("moved"))
            .expect("writable");
        put(scratch, "moved/o7", &format!("{}last\n", text(7, 400)));
    };
    let scratch = branched(
        data,
        |scratch| put(scratch, "data/o7", &format!("first\n{}", text(7, 400))),
        moved,
    );
    let (repository, _, renames) = planned(&scratch);
    assert_eq!(
        (renames.settled.len() as u64, renames.comparisons),
        (MANY - 1, 1)
    );
    let Ok(Merge::Tree(tree)) = repository.merge(scratch.id("main"), scratch.id("theirs")) else {
        panic!("it merges")
    };
    assert_eq!(
        tree.to_string(),
        scratch
            .git(&["merge-tree", "--write-tree", "main", "theirs"])
            .trim()
    );
}

/// What one side does to one of the files.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Edit(bool),
    Remove,
    Move(usize),
    MoveAndEdit(usize),
    Copy(usize),
    Add(usize),
}

const PLACES: [&str; 8] = [
    "a/one", "a/two", "b/one", "b/c/two", "top", "new/x", "new/y", "other",
];

impl Deed {
    fn run(self, scratch: &Scratch, file: usize) {
        let from = PLACES[file];
        let Ok(content) = std::fs::read_to_string(scratch.path().join(from)) else {
            return;
        };
        let free = |to: usize| !scratch.path().join(PLACES[to]).exists();
        let edited = |first: bool| {
            if first {
                format!("first\n{content}")
            } else {
                format!("{content}last\n")
            }
        };
        match self {
            Self::Edit(first) => put(scratch, from, &edited(first)),
            Self::Remove => remove(scratch, from),
            Self::Move(to) if free(to) => {
                remove(scratch, from);
                put(scratch, PLACES[to], &content);
            }
            Self::MoveAndEdit(to) if free(to) => {
                remove(scratch, from);
                put(scratch, PLACES[to], &edited(true));
            }
            Self::Copy(to) if free(to) => put(scratch, PLACES[to], &content),
            Self::Add(to) if free(to) => put(scratch, PLACES[to], &text(99, 20)),
            _ => {}
        }
    }
}

fn deeds() -> impl Strategy<Value = Vec<(usize, Deed)>> {
    let place = 0..PLACES.len();
    let deed = prop_oneof![
        any::<bool>().prop_map(Deed::Edit),
        Just(Deed::Remove),
        place.clone().prop_map(Deed::Move),
        place.clone().prop_map(Deed::MoveAndEdit),
        place.clone().prop_map(Deed::Copy),
        place.prop_map(Deed::Add),
    ];
    proptest::collection::vec((0..5_usize, deed), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_left_aside_changes_nothing_about_a_merge(ours in deeds(), theirs in deeds()) {
        let run = |deeds: &[(usize, Deed)], scratch: &Scratch| deeds.iter().for_each(|(file, deed)| deed.run(scratch, *file));
        let base = |scratch: &Scratch| (0..5).for_each(|file| put(scratch, PLACES[file], &text(file as u64, 20)));
        let scratch = branched(base, |scratch| run(&ours, scratch), |scratch| run(&theirs, scratch));
        let (repository, trees, renames) = planned(&scratch);
        let merged = |renames: &Renames| {
            let changes = [trees[1], trees[2]].map(|side| changed(&repository, trees[0], side).expect("readable"));
            let dirs = directories(changes.iter().flatten());
            Merging::new(&repository).expect("readable").with_renames(&repository, trees, dirs, renames).expect("it merges or not")
        };
        let (less, whole) = (merged(&renames), merged(&Renames::default()));
        let (clean, git) = scratch.try_git(&["merge-tree", "--write-tree", "--name-only", "--no-messages", "main", "theirs"], b"");
        let git_tree = clean.then(|| git.trim().to_owned());
        match (&less, &whole, &git_tree) {
            (Merge::Tree(tree), _, Some(git)) => prop_assert_eq!(&tree.to_string(), git),
            (Merge::Conflict(_), _, None) | (Merge::Conflict(_), Merge::Conflict(_), _) => {}
            // The library itself differs from Git: no more than it does.
            (one, other, _) => prop_assert_eq!(one, other, "Git: {:?}", git_tree),
        }
    }
}
