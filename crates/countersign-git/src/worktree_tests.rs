//! Files on disk.

use std::fs;

use super::folder::{FileKind, Folder};
use super::testing::Scratch;
use super::*;
use countersign_model::Digest;

fn listed(folder: &Folder) -> Vec<(String, FileKind)> {
    folder
        .files()
        .iter()
        .map(|file| (String::from_utf8_lossy(&file.path).into_owned(), file.kind))
        .collect()
}

fn row(path: &str, kind: FileKind) -> (String, FileKind) {
    (path.to_owned(), kind)
}

#[cfg(unix)]
#[test]
fn lists_a_folder_without_following_links() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let dir = tempfile::tempdir().expect("a temporary directory");
    let root = dir.path().join("skill");
    fs::create_dir_all(root.join("scripts")).expect("writable");
    fs::create_dir_all(root.join("nested/.git")).expect("writable");
    fs::write(root.join("nested/.git/config"), "hidden").expect("writable");
    fs::write(root.join("scripts/run"), "run").expect("writable");
    fs::set_permissions(root.join("scripts/run"), fs::Permissions::from_mode(0o755)).expect("ours");
    fs::write(root.join("scripts.md"), "sorts before scripts/run").expect("writable");
    fs::write(dir.path().join("secret"), "secret").expect("writable");
    symlink("../secret", root.join("link")).expect("writable");
    symlink("..", root.join("up")).expect("writable");
    symlink("skill", dir.path().join("installed")).expect("writable");
    let expected = [
        row("link", FileKind::Symlink),
        row("nested/.git", FileKind::Other),
        row("scripts.md", FileKind::Regular),
        row("scripts/run", FileKind::Executable),
        row("up", FileKind::Symlink),
    ];
    for path in [root.clone(), dir.path().join("installed")] {
        let folder = Folder::list(&path).expect("listable");
        assert_eq!(listed(&folder), expected);
        let read = |limit: u64| {
            let all = move |file: super::open_file::OpenFile<'_>, bytes: &mut Vec<u8>| {
                file.read_into(bytes, limit).map(|()| bytes.clone())
            };
            Folder::read_each(&path, |file, opened, bytes| {
                Ok((file, opened.map(|opened| all(opened, bytes)).transpose()?))
            })
        };
        let too_large = read(2);
        let mut read = read(100).expect("readable");
        read.sort_by(|a, b| a.0.path.cmp(&b.0.path));
        let seen: Vec<(FileKind, Option<&[u8]>)> = read
            .iter()
            .map(|(file, bytes)| (file.kind, bytes.as_deref()))
            .collect();
        assert!(
            read.iter()
                .map(|(file, _)| &file.path)
                .eq(folder.files().iter().map(|file| &file.path))
        );
        assert_eq!(
            seen,
            [
                (FileKind::Symlink, None),
                (FileKind::Other, None),
                (FileKind::Regular, Some(&b"sorts before scripts/run"[..])),
                (FileKind::Executable, Some(b"run")),
                (FileKind::Symlink, None)
            ]
        );
        assert!(matches!(too_large, Err(GitError::TooLarge { .. })));
        let [link, _, _, run, _] = folder.files() else {
            panic!("five")
        };
        assert_eq!(
            (folder.read(run, 3), folder.digest(run)),
            (Ok(b"run".to_vec()), Ok((Digest::of(b"run"), 3)))
        );
        assert!(matches!(
            folder.read(run, 2),
            Err(GitError::TooLarge { .. })
        ));
        assert!(matches!(folder.read(link, 100), Err(GitError::Io { .. })));
        assert!(matches!(folder.digest(link), Err(GitError::Io { .. })));
    }
    let file = Folder::list(&root.join("scripts/run")).expect("one file");
    assert_eq!(listed(&file), [row("run", FileKind::Executable)]);
    assert_eq!(file.read(&file.files()[0], 10), Ok(b"run".to_vec()));
    assert!(matches!(
        Folder::list(&root.join("absent")),
        Err(GitError::Io { .. })
    ));
}

#[cfg(unix)]
#[test]
fn what_changed_after_it_was_listed_is_read_as_it_is_now_or_refused() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for name in ["grown", "linked", "piped", "shrunk"] {
        fs::write(dir.path().join(name), "as listed").expect("writable");
    }
    let folder = Folder::list(dir.path()).expect("listable");
    fs::write(dir.path().join("grown"), "longer than listed").expect("writable");
    fs::write(dir.path().join("shrunk"), "").expect("writable");
    for name in ["linked", "piped"] {
        fs::remove_file(dir.path().join(name)).expect("ours");
    }
    std::os::unix::fs::symlink("grown", dir.path().join("linked")).expect("writable");
    let made = std::process::Command::new("mkfifo")
        .arg(dir.path().join("piped"))
        .status()
        .expect("mkfifo is a part of every Unix");
    assert!(made.success());
    let [grown, linked, piped, shrunk] = folder.files() else {
        panic!("four")
    };
    assert_eq!(folder.read(grown, 100), Ok(b"longer than listed".to_vec()));
    assert_eq!(
        folder.digest(grown),
        Ok((Digest::of(b"longer than listed"), 18))
    );
    assert!(matches!(
        folder.read(grown, 17),
        Err(GitError::TooLarge { .. })
    ));
    assert_eq!(folder.read(shrunk, 0), Ok(Vec::new()));
    for gone in [linked, piped] {
        assert!(
            matches!(folder.read(gone, 100), Err(GitError::Io { .. })),
            "{gone:?}"
        );
        assert!(
            matches!(folder.digest(gone), Err(GitError::Io { .. })),
            "{gone:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_the_way_of_a_root_is_listed_instead() {
    let scratch = Scratch::new();
    scratch.write("real/a/SKILL.md", "x");
    scratch.write("skills/b/SKILL.md", "y");
    std::os::unix::fs::symlink("../real/a", scratch.path().join("skills/a")).expect("writable");
    std::os::unix::fs::symlink("real", scratch.path().join("agents")).expect("writable");
    let repository = scratch.open();
    let files = |roots: &[&str]| repository.work_files(roots).map(|folder| listed(&folder));
    assert_eq!(
        files(&["skills/a"]),
        Ok(vec![row("skills/a", FileKind::Symlink)])
    );
    assert_eq!(
        files(&["agents/a"]),
        Ok(vec![row("agents", FileKind::Symlink)])
    );
    assert_eq!(
        files(&["nothing/here", "skills/b/SKILL.md/below"]),
        Ok(vec![row("skills/b/SKILL.md", FileKind::Regular)])
    );
    assert_eq!(
        files(&["skills", "skills/b"]).map(|files| files.len()),
        Ok(2),
        "overlapping roots list once"
    );
    assert_eq!(
        files(&[""]).map(|files| files.len()),
        Ok(4),
        "without the repository's own .git"
    );
    assert!(files(&["../x"]).is_err());
}

#[test]
fn dirty_is_what_differs_from_head() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let scratch = Scratch::with_format(format);
        for path in [
            "s/same",
            "s/edited",
            "s/lines",
            "s/gone",
            "s/mode",
            "elsewhere/x",
        ] {
            scratch.write(path, "one\ntwo\n");
        }
        scratch.commit("first");
        let repository = scratch.open();
        assert_eq!(repository.dirty([""]), Ok(vec![]));
        scratch.write("s/edited", "ONE\ntwo\n");
        scratch.write("s/lines", "one\r\ntwo\r\n");
        scratch.write("s/new", "n");
        scratch.write("elsewhere/x", "changed");
        fs::remove_file(scratch.path().join("s/gone")).expect("there");
        let mut expected = vec![
            ("s/edited", DirtyKind::Modified),
            ("s/gone", DirtyKind::Missing),
            ("s/lines", DirtyKind::Modified),
            ("s/new", DirtyKind::Untracked),
        ];
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(
                scratch.path().join("s/mode"),
                fs::Permissions::from_mode(0o755),
            )
            .expect("ours");
            expected.insert(3, ("s/mode", DirtyKind::Modified));
        }
        let expected: Vec<Dirty> = expected
            .into_iter()
            .map(|(path, how)| Dirty {
                path: path.as_bytes().to_vec(),
                how,
            })
            .collect();
        assert_eq!(repository.dirty(["s"]), Ok(expected));
        // What is staged is not committed.
        scratch.git(&["add", "-A"]);
        assert_eq!(
            repository.dirty(["s/edited"]).map(|dirty| dirty.len()),
            Ok(1)
        );
        assert_eq!(repository.dirty(["s/same"]), Ok(vec![]));
    }
}

#[cfg(unix)]
#[test]
fn links_are_compared_by_their_target() {
    let scratch = Scratch::new();
    for (name, target) in [
        ("link", "a/b"),
        ("absolute", "/a/b"),
        ("doubled", "./a//b/"),
    ] {
        std::os::unix::fs::symlink(target, scratch.path().join(name)).expect("writable");
    }
    scratch.commit("first");
    let repository = scratch.open();
    assert_eq!(
        repository.dirty(["link", "absolute", "doubled"]),
        Ok(vec![])
    );
    fs::remove_file(scratch.path().join("link")).expect("there");
    std::os::unix::fs::symlink("a/c", scratch.path().join("link")).expect("writable");
    assert_eq!(
        repository.dirty(["link"]).map(|dirty| dirty[0].how),
        Ok(DirtyKind::Modified)
    );
}

#[test]
fn a_bare_repository_has_no_files() {
    let scratch = Scratch::new();
    scratch.commit("first");
    scratch.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    let bare = Repository::open(&scratch.path().join("bare.git")).expect("opens");
    assert!(matches!(bare.dirty([""]), Err(GitError::Unsupported(_))));
}
