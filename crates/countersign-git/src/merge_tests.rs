//! Merges, with `git merge-tree --write-tree` as the judge.

use std::fs;

use super::testing::Scratch;
use super::*;

/// Twenty lines, so that edits at both ends do not touch.
fn lines(first: &str, last: &str) -> String {
    let middle = (1..20)
        .map(|number| format!("line {number}\n"))
        .collect::<Vec<_>>()
        .concat();
    format!("{first}\n{middle}{last}\n")
}

/// One edit of a working tree.
#[derive(Clone)]
enum Edit {
    Write(&'static str, String),
    Rename(&'static str, &'static str),
    Remove(&'static str),
    Executable(&'static str),
}

use Edit::{Executable, Remove, Rename, Write};

impl Edit {
    fn apply(&self, scratch: &Scratch) {
        match self {
            Write(path, content) => {
                scratch.write(path, content);
            }
            Rename(from, to) => {
                let to = scratch.path().join(to);
                fs::create_dir_all(to.parent().expect("below the root")).expect("writable");
                fs::rename(scratch.path().join(from), to).expect("there");
            }
            Remove(path) => fs::remove_file(scratch.path().join(path)).expect("there"),
            Executable(path) => {
                scratch.git(&["update-index", "--chmod=+x", path]);
                scratch.git(&["commit", "-q", "-m", "mode"]);
                scratch.git(&["checkout", "-q", "-f", "HEAD"]);
            }
        }
    }
}

struct Sides {
    scratch: Scratch,
}

impl Sides {
    fn new(format: ObjectFormat, base: &[Edit], ours: &[Edit], theirs: &[Edit]) -> Self {
        let scratch = Scratch::with_format(format);
        let commit = |edits: &[Edit], message: &str| {
            for edit in edits {
                edit.apply(&scratch);
            }
            scratch.commit(message);
        };
        commit(base, "base");
        scratch.git(&["branch", "theirs"]);
        commit(ours, "ours");
        scratch.git(&["checkout", "-q", "theirs"]);
        commit(theirs, "theirs");
        scratch.git(&["checkout", "-q", "main"]);
        Self { scratch }
    }

    /// Our result and Git's: a tree, or the paths in conflict.
    fn merge(&self) -> (Merge, Result<String, Vec<String>>) {
        both(&self.scratch, "main", "theirs")
    }
}

fn both(scratch: &Scratch, base: &str, head: &str) -> (Merge, Result<String, Vec<String>>) {
    let (ok, out) = scratch.try_git(
        &[
            "merge-tree",
            "--write-tree",
            "--name-only",
            "--no-messages",
            base,
            head,
        ],
        b"",
    );
    let mut rows = out.lines().map(str::to_owned);
    let tree = rows.next().unwrap_or_default();
    let git = if ok {
        Ok(tree)
    } else {
        Err(rows.filter(|row| !row.is_empty()).collect())
    };
    let repository = scratch.open();
    (
        repository
            .merge(scratch.id(base), scratch.id(head))
            .expect("mergeable"),
        git,
    )
}

fn write(path: &'static str, content: impl Into<String>) -> Edit {
    Write(path, content.into())
}

/// Two sides of a merge: what each changes, and whether Git merges them.
struct Case {
    name: &'static str,
    ours: Vec<Edit>,
    theirs: Vec<Edit>,
    is_clean: bool,
}

fn cases() -> Vec<Case> {
    let edit = |path, first, last| vec![write(path, lines(first, last))];
    let new_dir = || vec![Rename("dir/x", "new/x"), Rename("dir/y", "new/y")];
    let case = |name, ours, theirs, is_clean| Case {
        name,
        ours,
        theirs,
        is_clean,
    };
    vec![
        case(
            "different files",
            edit("a", "A", "z"),
            edit("dir/x", "X", "z"),
            true,
        ),
        case(
            "both ends of one file",
            edit("a", "A", "z"),
            edit("a", "a", "Z"),
            true,
        ),
        case(
            "the same change",
            edit("a", "A", "z"),
            edit("a", "A", "z"),
            true,
        ),
        case(
            "one line, two ways",
            edit("a", "A", "z"),
            edit("a", "B", "z"),
            false,
        ),
        case(
            "add and add, equal",
            edit("n", "n", "n"),
            edit("n", "n", "n"),
            true,
        ),
        case(
            "add and add, different",
            edit("n", "n", "n"),
            edit("n", "m", "n"),
            false,
        ),
        case(
            "rename and edit",
            vec![Rename("a", "b")],
            edit("a", "A", "z"),
            true,
        ),
        case(
            "edit and rename with edit",
            edit("a", "A", "z"),
            vec![Rename("a", "b"), write("b", lines("a", "Z"))],
            true,
        ),
        case(
            "two renames of one file",
            vec![Rename("a", "b")],
            vec![Rename("a", "c")],
            false,
        ),
        case(
            "two files to one name",
            vec![Rename("a", "n")],
            vec![Rename("e", "n"), write("n", lines("a", "E"))],
            false,
        ),
        case(
            "remove and edit",
            vec![Remove("a")],
            edit("a", "A", "z"),
            false,
        ),
        case(
            "remove and remove",
            vec![Remove("a")],
            vec![Remove("a")],
            true,
        ),
        case(
            "remove and something else",
            vec![Remove("a")],
            edit("e", "E", "z"),
            true,
        ),
        case(
            "remove and rename",
            vec![Remove("a")],
            vec![Rename("a", "b")],
            false,
        ),
        case(
            "mode and content",
            vec![Executable("a")],
            edit("a", "A", "z"),
            true,
        ),
        case(
            "mode and mode",
            vec![Executable("a")],
            vec![Executable("a")],
            true,
        ),
        case(
            "mode and rename",
            vec![Executable("a")],
            vec![Rename("a", "b")],
            true,
        ),
        case(
            "file to directory",
            vec![Remove("a"), write("a/in", "i")],
            edit("e", "E", "z"),
            true,
        ),
        case(
            "file to directory and edit",
            vec![Remove("a"), write("a/in", "i")],
            edit("a", "A", "z"),
            false,
        ),
        case(
            "a directory and a file of one name",
            edit("n/in", "n", "n"),
            edit("n", "m", "m"),
            false,
        ),
        case(
            "directory rename and a new file in it",
            new_dir(),
            edit("dir/z", "new", "new"),
            false,
        ),
        case(
            "directory rename and an edit in it",
            new_dir(),
            edit("dir/x", "X", "z"),
            true,
        ),
        case(
            "binary",
            vec![write("a", "\0A")],
            vec![write("a", "\0B")],
            false,
        ),
        case(
            "no newline at the end",
            vec![write("a", lines("a", "Z").trim_end())],
            edit("a", "A", "z"),
            true,
        ),
        case("one side only", vec![], edit("a", "A", "z"), true),
    ]
}

#[test]
fn agrees_with_git_merge_tree() {
    let base = ["a", "dir/x", "dir/y", "e"].map(|path| write(path, lines("a", "z")));
    for Case {
        name,
        ours,
        theirs,
        is_clean,
    } in &cases()
    {
        for swapped in [false, true] {
            let (ours, theirs) = if swapped {
                (theirs, ours)
            } else {
                (ours, theirs)
            };
            let sides = Sides::new(ObjectFormat::Sha1, &base, ours, theirs);
            let (mine, git) = sides.merge();
            assert_eq!(
                git.is_ok(),
                *is_clean,
                "{name}: the case is not what it says"
            );
            match (&mine, &git) {
                (Merge::Tree(tree), Ok(expected)) => {
                    assert_eq!(&tree.to_string(), expected, "{name}");
                }
                (Merge::Conflict(paths), Err(_)) => assert!(!paths.is_empty(), "{name}"),
                _ => panic!("{name} (swapped: {swapped}): ours {mine:?}, Git's {git:?}"),
            }
        }
    }
}

#[test]
fn the_merged_tree_is_read_through_the_repository_and_not_written() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let at = |first, last| [write("d/a", lines(first, last))];
        let sides = Sides::new(format, &at("a", "z"), &at("A", "z"), &at("a", "Z"));
        let repository = sides.scratch.open();
        let (ours, theirs) = (sides.scratch.id("main"), sides.scratch.id("theirs"));
        let Ok(Merge::Tree(tree)) = repository.merge(ours, theirs) else {
            panic!("it merges");
        };
        let entry = repository
            .entry_at(tree, b"d/a")
            .expect("readable")
            .expect("there");
        assert_eq!(repository.blob(entry.id), Ok(lines("A", "Z").into_bytes()));
        assert_eq!(
            repository.blob_size(entry.id),
            Ok(lines("A", "Z").len() as u64)
        );
        assert_eq!(
            repository.reader().blob(entry.id),
            Ok(lines("A", "Z").into_bytes())
        );
        assert!(
            !sides
                .scratch
                .try_git(&["cat-file", "-e", &entry.id.to_string()], b"")
                .0,
            "nothing is written"
        );
        assert_eq!(sides.merge().1, Ok(tree.to_string()));
    }
}

#[test]
fn names_the_paths_in_conflict() {
    let at = |first| ["a", "b/c"].map(|path| write(path, lines(first, "z")));
    let (mine, git) = Sides::new(ObjectFormat::Sha1, &at("a"), &at("A"), &at("B")).merge();
    assert_eq!(git, Err(vec!["a".to_owned(), "b/c".to_owned()]));
    assert_eq!(
        mine,
        Merge::Conflict(vec!["a".to_owned(), "b/c".to_owned()])
    );
}

#[test]
fn several_best_common_ancestors_are_merged_first() {
    let scratch = Scratch::new();
    scratch.write("a", &lines("a", "z"));
    scratch.write("b", &lines("a", "z"));
    scratch.commit("root");
    scratch.git(&["branch", "other"]);
    scratch.write("a", &lines("A", "z"));
    scratch.commit("main 1");
    scratch.git(&["checkout", "-q", "other"]);
    scratch.write("a", &lines("a", "Z"));
    scratch.commit("other 1");
    scratch.git(&["tag", "o1"]);
    scratch.git(&["merge", "-q", "-m", "criss", "main"]);
    scratch.git(&["checkout", "-q", "main"]);
    scratch.git(&["merge", "-q", "-m", "cross", "o1"]);
    scratch.write("a", &lines("AA", "Z"));
    scratch.write("b", &lines("B", "z"));
    scratch.commit("main 2");
    scratch.git(&["checkout", "-q", "other"]);
    scratch.write("a", &lines("A", "ZZ"));
    scratch.commit("other 2");
    assert_eq!(
        scratch
            .open()
            .merge_bases(scratch.id("main"), scratch.id("other"))
            .map(|bases| bases.len()),
        Ok(2)
    );
    for (base, head) in [("main", "other"), ("other", "main")] {
        let (mine, git) = both(&scratch, base, head);
        assert_eq!(
            Ok(mine),
            git.map(|tree| Merge::Tree(tree.parse().expect("git prints an id")))
        );
    }
}

#[test]
fn fast_forwards_contained_heads_and_strangers() {
    let scratch = Scratch::new();
    scratch.write("a", "1");
    let first = scratch.commit("first");
    scratch.write("a", "2");
    let second = scratch.commit("second");
    scratch.git(&["checkout", "-q", "--orphan", "stranger"]);
    let stranger = scratch.commit("stranger");
    let repository = scratch.open();
    let tree = Ok(Merge::Tree(scratch.id(&format!("{second}^{{tree}}"))));
    assert_eq!(
        (
            repository.merge(first, second),
            repository.merge(second, first)
        ),
        (tree.clone(), tree)
    );
    assert_eq!(
        repository.merge(first, stranger),
        Err(GitError::Unrelated(first, stranger))
    );
}

#[test]
fn built_in_drivers_follow_the_governed_sides_attributes_and_programs_never_run() {
    let sides = |attributes: &str| {
        Sides::new(
            ObjectFormat::Sha1,
            &[
                write("log", "start\n"),
                write("a", lines("a", "z")),
                write(".gitattributes", attributes),
            ],
            &[write("log", "start\nours\n"), write("a", lines("A", "z"))],
            &[write("log", "start\ntheirs\n"), write("a", lines("a", "Z"))],
        )
    };
    let (mine, git) = sides("log merge=union\n").merge();
    assert_eq!(
        Ok(mine),
        git.map(|tree| Merge::Tree(tree.parse().expect("git prints an id")))
    );
    let (mine, git) = sides("log merge=union\na -merge\n").merge();
    assert_eq!(
        (mine, git),
        (
            Merge::Conflict(vec!["a".to_owned()]),
            Err(vec!["a".to_owned()])
        )
    );

    let hostile = sides("log merge=evil diff=evil filter=evil\n* merge=evil\n");
    let mark = hostile.scratch.path().join("mark");
    for key in [
        "merge.evil.driver",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
    ] {
        hostile
            .scratch
            .git(&["config", key, &format!("touch {}", mark.display())]);
    }
    hostile.scratch.git(&["config", "merge.default", "evil"]);
    let repository = hostile.scratch.open();
    let merged = repository.merge(hostile.scratch.id("main"), hostile.scratch.id("theirs"));
    assert_eq!(merged, Ok(Merge::Conflict(vec!["log".to_owned()])));
    assert!(!mark.exists(), "a configured program ran");
}

#[test]
fn refuses_to_merge_trees_with_two_readings() {
    let scratch = Scratch::new();
    scratch.write("d/a", "1");
    let base = scratch.commit("base");
    scratch.write("e", "2");
    let ours = scratch.commit("ours");
    let blob = scratch.object("blob", b"x");
    let double = scratch.tree(&[("100644", "a", blob), ("100644", "a", blob)]);
    let root = scratch.tree(&[("40000", "d", double)]);
    let text = format!(
        "tree {root}\nparent {base}\nauthor A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\n\nm\n"
    );
    let theirs = scratch.object("commit", text.as_bytes());
    assert_eq!(
        scratch.open().merge(ours, theirs),
        Err(GitError::MalformedTree(double))
    );
}
