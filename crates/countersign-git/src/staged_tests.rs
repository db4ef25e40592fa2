//! What is staged, compared with the trees that Git writes of it.

use std::fs;

use super::testing::Scratch;
use super::{Committer, GitError, ObjectFormat, StagedFault};
use countersign_model::{ObjectId, Timestamp};

fn by() -> Committer {
    Committer {
        identity: None,
        time: Timestamp::from_unix(1_700_000_000),
    }
}

/// The tree of what is staged, and the tree that Git writes of it into a copy.
fn trees(scratch: &Scratch) -> (ObjectId, ObjectId) {
    let repository = scratch.open();
    let commit = repository.staged(None, &by()).expect("it can be committed");
    let ours = repository.root_tree(commit).expect("it is in memory");
    let theirs = scratch.git(&["write-tree"]);
    (ours, theirs.parse().expect("an id"))
}

fn put(scratch: &Scratch, path: &str, text: &str) {
    let path = scratch.path().join(path);
    fs::create_dir_all(path.parent().expect("in a folder")).expect("writable");
    fs::write(path, text).expect("writable");
}

#[test]
fn the_tree_is_the_one_that_git_writes_in_both_formats() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let scratch = Scratch::with_format(format);
        for path in [
            "a",
            "a-b/x",
            "a.b",
            "a0",
            "b/a/c/d/e",
            "b/a/c-d",
            "b/a.c",
            "b/z",
            "ü/é",
        ] {
            put(&scratch, path, path);
        }
        scratch.git(&["add", "."]);
        scratch.git(&["update-index", "--chmod=+x", "b/z"]);
        scratch.git(&[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("120000,{},b/link", scratch.git(&["hash-object", "a"])),
        ]);
        let (ours, theirs) = trees(&scratch);
        assert_eq!(ours, theirs, "{}", format.as_str());
        scratch.git(&["rm", "-q", "-f", "-r", "--cached", "."]);
        let (ours, theirs) = trees(&scratch);
        assert_eq!(ours, theirs, "an empty tree in {}", format.as_str());
    }
}

#[test]
fn nothing_is_written_into_the_repository() {
    let scratch = Scratch::new();
    put(&scratch, "b/a", "1");
    scratch.git(&["add", "."]);
    let count = || scratch.git(&["count-objects"]);
    let before = count();
    let repository = scratch.open();
    repository.staged(None, &by()).expect("it can be committed");
    assert_eq!(before, count());
}

#[test]
fn what_is_only_intended_to_be_added_is_not_in_it() {
    let scratch = Scratch::new();
    put(&scratch, "a", "1");
    put(&scratch, "later/b", "1");
    scratch.git(&["add", "a"]);
    scratch.git(&["add", "--intent-to-add", "later/b"]);
    let (ours, theirs) = trees(&scratch);
    assert_eq!(ours, theirs);
}

#[test]
fn a_split_index_and_a_sparse_one_are_read() {
    let scratch = Scratch::new();
    for path in ["in/a", "out/b", "out/deep/c"] {
        put(&scratch, path, path);
    }
    scratch.git(&["add", "."]);
    scratch.git(&["commit", "-q", "-m", "x"]);
    scratch.git(&["update-index", "--split-index"]);
    put(&scratch, "in/z", "new");
    scratch.git(&["add", "in/z"]);
    let (ours, theirs) = trees(&scratch);
    assert_eq!(ours, theirs, "split");
    scratch.git(&["update-index", "--no-split-index"]);
    scratch.git(&["commit", "-q", "-m", "y"]);
    scratch.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    put(&scratch, "in/y", "new");
    scratch.git(&["add", "in/y"]);
    let (ours, theirs) = trees(&scratch);
    assert_eq!(ours, theirs, "sparse");
}

#[test]
fn the_commit_is_on_head_and_on_what_is_merged() {
    let scratch = Scratch::new();
    put(&scratch, "a", "1");
    scratch.git(&["add", "."]);
    let first = scratch.open().staged(None, &by()).expect("the first");
    assert!(
        scratch.open().node(first).is_err(),
        "gone with its repository"
    );
    scratch.git(&["commit", "-q", "-m", "x"]);
    scratch.git(&["checkout", "-q", "-b", "side"]);
    scratch.git(&["commit", "-q", "--allow-empty", "-m", "y"]);
    scratch.git(&["checkout", "-q", "main"]);
    scratch.git(&["commit", "-q", "--allow-empty", "-m", "z"]);
    scratch.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    let repository = scratch.open();
    let commit = repository.staged(None, &by()).expect("it can be committed");
    let node = repository.node(commit).expect("it is in memory");
    let parents: Vec<String> = node.parents.iter().map(ToString::to_string).collect();
    assert_eq!(
        parents,
        [
            scratch.git(&["rev-parse", "HEAD"]),
            scratch.git(&["rev-parse", "side"])
        ]
    );
    assert_eq!(node.committed, by().time);
}

#[test]
fn what_cannot_be_committed_is_said() {
    let scratch = Scratch::new();
    let index = scratch.path().join(".git/index");
    let fault = || scratch.open().staged(None, &by()).expect_err("a fault");
    assert!(matches!(fault(), StagedFault::NoIndex(path) if path.ends_with("index")));
    for broken in [&b"DIRC"[..], b"", &[0xff; 200]] {
        fs::write(&index, broken).expect("writable");
        assert!(matches!(fault(), StagedFault::Unreadable(_)));
    }
    fs::remove_file(&index).expect("ours");
    put(&scratch, "a", "1");
    scratch.git(&["add", "."]);
    scratch.git(&["commit", "-q", "-m", "x"]);
    scratch.git(&["checkout", "-q", "-b", "side"]);
    put(&scratch, "a", "2");
    scratch.git(&["commit", "-q", "-a", "-m", "y"]);
    scratch.git(&["checkout", "-q", "main"]);
    put(&scratch, "a", "3");
    scratch.git(&["commit", "-q", "-a", "-m", "z"]);
    let (merged, _) = scratch.try_git(&["merge", "-q", "side"], b"");
    assert!(!merged);
    assert_eq!(fault(), StagedFault::Unmerged(vec!["a".to_owned()]));
}

#[cfg(unix)]
#[test]
fn what_waits_when_it_is_opened_or_cannot_be_told_is_said() {
    let scratch = Scratch::new();
    put(&scratch, "a", "1");
    scratch.git(&["add", "."]);
    scratch.git(&["commit", "-q", "-m", "x"]);
    put(&scratch, "b", "1");
    scratch.git(&["add", "."]);
    let fault = || scratch.open().staged(None, &by()).expect_err("a fault");
    let pipe = |name: &str| {
        let path = scratch.path().join(".git").join(name);
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("it runs").success());
        path
    };
    let merge = pipe("MERGE_HEAD");
    assert!(matches!(fault(), StagedFault::NotAMerge(_)));
    fs::remove_file(&merge).expect("ours");
    for broken in [
        &b"not an id\n"[..],
        b"\xff\n",
        "a".repeat(70_000).as_bytes(),
    ] {
        fs::write(&merge, broken).expect("writable");
        assert!(matches!(fault(), StagedFault::NotAMerge(_)));
    }
    fs::remove_file(&merge).expect("ours");
    scratch.git(&["update-index", "--split-index"]);
    assert!(scratch.open().staged(None, &by()).is_ok());
    let git_dir = fs::read_dir(scratch.path().join(".git")).expect("readable");
    let mut names = git_dir.map(|entry| entry.expect("readable").file_name());
    let shared = names
        .find(|name| name.as_encoded_bytes().starts_with(b"sharedindex."))
        .expect("Git splits it");
    let shared = shared.to_str().expect("plain");
    fs::remove_file(scratch.path().join(".git").join(shared)).expect("ours");
    pipe(shared);
    assert!(matches!(fault(), StagedFault::Unreadable(_)));
}

#[test]
fn another_index_can_be_named() {
    let scratch = Scratch::new();
    put(&scratch, "a", "1");
    scratch.git(&["add", "."]);
    fs::copy(
        scratch.path().join(".git/index"),
        scratch.path().join("other"),
    )
    .expect("copies");
    let tree = scratch.git(&["write-tree"]);
    scratch.git(&["rm", "-q", "--cached", "a"]);
    let repository = scratch.open();
    let commit = repository
        .staged(Some(&scratch.path().join("other")), &by())
        .expect("it can be committed");
    let found: Result<ObjectId, GitError> = repository.root_tree(commit);
    assert_eq!(found.expect("it is in memory").to_string(), tree);
}
