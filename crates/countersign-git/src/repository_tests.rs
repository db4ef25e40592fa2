//! Opening, refs, completeness.

use super::testing::Scratch;
use super::*;

#[test]
fn opens_from_below_in_a_worktree_and_bare() {
    let scratch = Scratch::new();
    scratch.write("a/b/c", "x");
    let first = scratch.commit("first");
    let below = Repository::open(&scratch.path().join("a/b")).expect("found upwards");
    assert_eq!(
        below.work_dir(),
        Some(scratch.path().canonicalize().expect("exists").as_path())
    );
    assert_eq!(
        below.head(),
        Ok(HeadRef {
            commit: first,
            branch: Some("main".to_owned())
        })
    );

    scratch.git(&["worktree", "add", "-q", "-b", "side", "linked"]);
    let linked = Repository::open(&scratch.path().join("linked")).expect("a linked worktree");
    assert_eq!(
        linked.head().map(|head| head.branch),
        Ok(Some("side".to_owned()))
    );
    assert!(linked.work_dir().is_some_and(|dir| dir.ends_with("linked")));
    assert_eq!(linked.common_dir(), below.git_dir());
    assert_eq!(linked.resolve("main"), Ok(first));

    scratch.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    let bare = Repository::open(&scratch.path().join("bare.git")).expect("a bare repository");
    assert_eq!(
        (bare.work_dir(), bare.head().map(|head| head.commit)),
        (None, Ok(first))
    );
}

#[test]
fn says_what_is_not_a_repository_and_what_has_no_commit() {
    let empty = tempfile::tempdir().expect("a temporary directory");
    assert!(matches!(
        Repository::open(empty.path()),
        Err(GitError::NotARepository(_))
    ));
    assert_eq!(
        Scratch::new().open().head(),
        Err(GitError::Unborn("main".to_owned()))
    );
}

#[test]
fn resolves_every_spelling_of_a_commit() {
    let scratch = Scratch::new();
    let first = scratch.commit("first");
    let second = scratch.commit("second");
    scratch.git(&["tag", "-a", "-m", "x", "v1", "HEAD~1"]);
    scratch.git(&["branch", &first.to_string(), "HEAD"]);
    let repository = scratch.open();
    for (rev, id) in [
        ("HEAD", second),
        ("HEAD~1", first),
        ("main", second),
        ("v1", first),
        (&second.short(), second),
    ] {
        assert_eq!(repository.resolve(rev), Ok(id), "{rev}");
    }
    assert_eq!(
        repository.resolve(&first.to_string()),
        Ok(first),
        "a branch named like an id does not shadow it"
    );
    for rev in [
        "nope",
        "HEAD:missing",
        "HEAD^{tree}",
        "",
        "--all",
        "main..HEAD",
    ] {
        assert!(
            matches!(
                repository.resolve(rev),
                Err(GitError::UnknownRevision { .. })
            ),
            "{rev}"
        );
    }
    assert_eq!(repository.branch("main"), Ok(Some(second)));
    assert_eq!(repository.branch("other"), Ok(None));
}

#[test]
fn a_detached_head_has_no_branch() {
    let scratch = Scratch::new();
    let first = scratch.commit("first");
    scratch.git(&["checkout", "-q", "--detach"]);
    scratch.git(&["pack-refs", "--all"]);
    assert_eq!(
        scratch.open().head(),
        Ok(HeadRef {
            commit: first,
            branch: None
        })
    );
}

#[test]
fn replace_refs_change_nothing_even_when_the_repository_asks_for_them() {
    let scratch = Scratch::new();
    scratch.write("a", "true");
    let truth = scratch.commit("truth");
    let parentless = scratch.git(&[
        "commit-tree",
        "-m",
        "decoy",
        &scratch.id("HEAD^{tree}").to_string(),
    ]);
    scratch.write("a", "more");
    let head = scratch.commit("more");
    scratch.git(&["config", "core.useReplaceRefs", "true"]);
    scratch.git(&["replace", &truth.to_string(), &parentless]);
    scratch.git(&["replace", &head.to_string(), &parentless]);
    let repository = scratch.open();
    let line = repository.line(head, None).expect("a line");
    assert_eq!(
        line.iter().map(|node| node.id).collect::<Vec<_>>(),
        [truth, head]
    );
    assert_eq!(
        repository.commit(head).map(|commit| commit.message),
        Ok(b"more\n".to_vec())
    );
}

#[test]
fn shallow_partial_and_grafted_clones_are_incomplete() {
    let scratch = Scratch::new();
    scratch.commit("first");
    let second = scratch.commit("second");
    assert_eq!(scratch.open().completeness(), Ok(()));

    let url = format!("file://{}", scratch.path().display());
    scratch.git(&["clone", "-q", "--depth", "1", &url, "shallow"]);
    let shallow = Repository::open(&scratch.path().join("shallow")).expect("opens");
    assert_eq!(shallow.completeness(), Err(Incomplete::Shallow));
    assert!(
        matches!(shallow.line(second, None), Err(GitError::Missing(_))),
        "the raw parent is believed, not the shallow file"
    );

    scratch.git(&["config", "uploadpack.allowFilter", "true"]);
    scratch.git(&[
        "clone",
        "-q",
        "--filter=blob:none",
        "--bare",
        &url,
        "partial",
    ]);
    let partial = Repository::open(&scratch.path().join("partial")).expect("opens");
    assert_eq!(partial.completeness(), Err(Incomplete::Partial));

    std::fs::write(
        scratch.path().join(".git/info/grafts"),
        format!("{second}\n"),
    )
    .expect("writable");
    let grafted = scratch.open();
    assert_eq!(grafted.completeness(), Err(Incomplete::Grafts));
    assert_eq!(
        grafted.line(second, None).map(|line| line.len()),
        Ok(2),
        "grafts are not obeyed"
    );
}

#[test]
fn configuration_that_would_run_or_redirect_is_ignored() {
    let scratch = Scratch::new();
    scratch.write("a", "x");
    let first = scratch.commit("first");
    let config = scratch.path().join(".git/config");
    let hostile = "[core]\n\tworktree = /etc\n\tfsmonitor = false\n\tsshCommand = false\n[include]\n\tpath = /etc/passwd\n";
    let text = std::fs::read_to_string(&config).expect("readable") + hostile;
    std::fs::write(&config, text).expect("writable");
    let repository = scratch.open();
    assert_eq!(repository.head().map(|head| head.commit), Ok(first));
    assert_eq!(
        repository.work_dir(),
        Some(scratch.path().canonicalize().expect("exists").as_path())
    );
}

#[cfg(unix)]
#[test]
fn opens_what_another_user_owns() {
    let scratch = Scratch::new();
    let first = scratch.commit("first");
    // Only root can give files away; elsewhere there is nothing to test.
    if std::os::unix::fs::chown(scratch.path().join(".git"), Some(12_345), None).is_err() {
        return;
    }
    std::os::unix::fs::chown(scratch.path().join(".git/config"), Some(12_345), None)
        .expect("root may");
    std::os::unix::fs::chown(scratch.path(), Some(12_345), None).expect("root may");
    assert_eq!(scratch.open().head().map(|head| head.commit), Ok(first));
}

#[test]
fn refuses_what_it_cannot_read_by_name() {
    let scratch = Scratch::new();
    scratch.git(&["config", "core.repositoryFormatVersion", "1"]);
    scratch.git(&["config", "extensions.refStorage", "reftable"]);
    let opened = Repository::open(scratch.path()).map(|_| ());
    assert_eq!(opened, Err(GitError::RefStorage("reftable".to_owned())));

    let scratch = Scratch::new();
    let config = scratch.path().join(".git/config");
    let unknown = "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tunknown = true\n";
    std::fs::write(config, unknown).expect("writable");
    assert!(matches!(
        Repository::open(scratch.path()),
        Err(GitError::Unsupported(what)) if what.contains("`unknown`")
    ));
}

#[test]
fn missing_and_corrupt_objects_are_distinguished() {
    let scratch = Scratch::new();
    scratch.write("a", "hello");
    scratch.write("b", "other");
    scratch.commit("first");
    let (a, b) = (scratch.id("HEAD:a"), scratch.id("HEAD:b"));
    let file = |id: countersign_model::ObjectId| {
        let hex = id.to_string();
        scratch
            .path()
            .join(".git/objects")
            .join(&hex[..2])
            .join(&hex[2..])
    };
    let (file_a, file_b) = (file(a), file(b));
    std::fs::remove_file(&file_a).expect("removable");
    // A whole, readable object under a wrong name: only hashing finds it.
    std::fs::rename(&file_b, &file_a).expect("writable");
    std::fs::create_dir_all(file_b.parent().expect("has one")).expect("writable");
    std::fs::write(&file_b, b"x").expect("writable");
    let repository = scratch.open();
    assert!(matches!(repository.blob(a), Err(GitError::Corrupt { .. })));
    assert!(matches!(repository.blob(b), Err(GitError::Corrupt { .. })));
    std::fs::remove_file(&file_b).expect("removable");
    assert_eq!(repository.blob(b), Err(GitError::Missing(b)));
    assert!(
        matches!(
            repository.commit(scratch.id("HEAD^{tree}")),
            Err(GitError::Corrupt { .. })
        ),
        "another kind than named"
    );
}
