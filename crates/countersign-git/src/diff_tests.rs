//! Trees and their comparison, with `git diff-tree` as the judge.

use super::testing::Scratch;
use super::tree::{MODE_SUBMODULE, MODE_SYMLINK, MODE_TREE};
use super::*;
use countersign_model::ObjectId;

/// Modes, names and ids.
type Entries<'a> = &'a [(&'a str, &'a str, ObjectId)];

/// Our changes in the words of `git diff-tree -r --raw --no-renames`, sorted.
fn ours(
    repository: &Repository,
    before: Option<ObjectId>,
    after: Option<ObjectId>,
    roots: &Roots,
) -> Vec<String> {
    let mut changes = Vec::new();
    repository
        .diff(before, after, roots, &mut changes)
        .expect("comparable");
    let mut lines: Vec<String> = changes
        .into_iter()
        .flat_map(|change| {
            let path = String::from_utf8_lossy(&change.path).into_owned();
            let half = |side: &str, leaf: Option<Leaf>| {
                leaf.map(|leaf| format!("{path} {side} {:06o} {}", leaf.mode, leaf.id))
            };
            [half("-", change.before), half("+", change.after)]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
        })
        .collect();
    lines.sort();
    lines
}

fn gits(scratch: &Scratch, before: &str, after: &str, paths: &[&str]) -> Vec<String> {
    let mut args = vec![
        "diff-tree",
        "-r",
        "--raw",
        "--no-renames",
        "--full-index",
        before,
        after,
        "--",
    ];
    args.extend(paths);
    let out = scratch.git(&args);
    let mut lines = Vec::new();
    for line in out.lines() {
        let (meta, path) = line.split_once('\t').expect("raw format");
        let words: Vec<&str> = meta.trim_start_matches(':').split(' ').collect();
        for (side, mode, id) in [("-", words[0], words[2]), ("+", words[1], words[3])] {
            if mode != "000000" {
                lines.push(format!("{path} {side} {mode} {id}"));
            }
        }
    }
    lines.sort();
    lines
}

#[test]
fn agrees_with_git_diff_tree() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let scratch = Scratch::with_format(format);
        scratch.write("skills/a/SKILL.md", "a");
        scratch.write("skills/a/x/y", "y");
        scratch.write("skills/a.b", "sorts between a file and a directory a");
        scratch.write("skills/b", "file");
        scratch.write("skills/c/d", "dir");
        scratch.write("approvals/x.yaml", "x");
        scratch.write("other/z", "z");
        scratch.write("countersign.yaml", "p");
        scratch.commit("one");
        scratch.write("skills/a/x/y", "changed");
        scratch.write("other/z", "changed");
        scratch.write("countersign.yaml", "q");
        std::fs::remove_file(scratch.path().join("skills/b")).expect("removable");
        scratch.write("skills/b/now", "a directory");
        std::fs::remove_dir_all(scratch.path().join("skills/c")).expect("removable");
        scratch.write("skills/c", "a file");
        scratch.git(&["add", "-A"]);
        scratch.git(&["update-index", "--chmod=+x", "skills/a/SKILL.md"]);
        let link = scratch.git_with_input(&["hash-object", "-w", "--stdin"], b"target");
        scratch.git(&[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("120000,{link},skills/link"),
        ]);
        scratch.git(&[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("160000,{link},skills/module"),
        ]);
        scratch.git(&["commit", "-q", "-m", "two"]);
        let repository = scratch.open();
        let (one, two) = (scratch.id("HEAD~1^{tree}"), scratch.id("HEAD^{tree}"));
        let empty = scratch.object("tree", b"").to_string();
        for paths in [
            &["skills", "approvals", "countersign.yaml"][..],
            &["skills/a/x", "other"],
            &["skills/b"],
            &["nothing"],
            &[],
        ] {
            let roots = if paths.is_empty() {
                Roots::all()
            } else {
                Roots::new(paths)
            };
            assert_eq!(
                ours(&repository, Some(one), Some(two), &roots),
                gits(&scratch, "HEAD~1", "HEAD", paths),
                "{paths:?}"
            );
            assert_eq!(
                ours(&repository, Some(two), Some(one), &roots),
                gits(&scratch, "HEAD", "HEAD~1", paths),
                "{paths:?}"
            );
            assert_eq!(
                ours(&repository, None, Some(two), &roots),
                gits(&scratch, &empty, "HEAD", paths),
                "{paths:?}"
            );
            assert_eq!(
                ours(&repository, Some(two), None, &roots),
                gits(&scratch, "HEAD", &empty, paths),
                "{paths:?}"
            );
        }
        let mut leaves = 0;
        repository
            .walk_tree(two, |_, _| leaves += 1)
            .expect("walkable");
        assert_eq!(
            leaves,
            scratch.git(&["ls-tree", "-r", "HEAD"]).lines().count()
        );
    }
}

#[test]
fn reports_what_blocks_a_root() {
    let scratch = Scratch::new();
    let blob = scratch.object("blob", b"elsewhere");
    let file = scratch.tree(&[("100644", "SKILL.md", blob)]);
    let skills = scratch.tree(&[("40000", "a", file)]);
    let good = scratch.tree(&[("40000", "skills", skills)]);
    let link = scratch.tree(&[("120000", "skills", blob)]);
    let module = scratch.tree(&[("160000", "skills", blob)]);
    let repository = scratch.open();
    let roots = Roots::new(["skills/a"]);
    for (tree, mode) in [(link, MODE_SYMLINK), (module, MODE_SUBMODULE)] {
        let mut changes = Vec::new();
        repository
            .diff(Some(good), Some(tree), &roots, &mut changes)
            .expect("comparable");
        assert_eq!(changes.len(), 2);
        let inserted = changes
            .iter()
            .find(|change| change.after.is_some())
            .expect("reported");
        assert_eq!(
            (inserted.path.as_slice(), inserted.after),
            (&b"skills"[..], Some(Leaf { mode, id: blob }))
        );
        assert_eq!(repository.entry_at(tree, b"skills/a"), Ok(None));
    }
    assert_eq!(
        repository
            .entry_at(good, b"skills/a/SKILL.md")
            .map(|entry| entry.map(|entry| entry.id)),
        Ok(Some(blob))
    );
    assert_eq!(repository.entry_at(good, b"skills/none/SKILL.md"), Ok(None));
}

#[test]
fn a_tree_with_two_readings_is_a_leaf_and_named() {
    let scratch = Scratch::new();
    let (x, y) = (scratch.object("blob", b"x"), scratch.object("blob", b"y"));
    let dir = scratch.tree(&[("100644", "f", x)]);
    let cases: &[(Entries<'_>, TreeFault)] = &[
        (
            &[("100644", "a", x), ("100644", "a", y)],
            TreeFault::Duplicate(b"a".to_vec()),
        ),
        (
            &[
                ("100644", "a", x),
                ("100644", "a.b", y),
                ("40000", "a", dir),
            ],
            TreeFault::Duplicate(b"a".to_vec()),
        ),
        (
            &[
                ("100644", "a", x),
                ("100644", "a.", y),
                ("100644", "a.-", y),
                ("40000", "a.", dir),
                ("40000", "a", dir),
            ],
            TreeFault::Duplicate(b"a".to_vec()),
        ),
        (
            &[("100644", "b", x), ("100644", "a", y)],
            TreeFault::Unsorted(b"a".to_vec()),
        ),
        (
            &[("40000", "a", dir), ("100644", "a.b", y)],
            TreeFault::Unsorted(b"a.b".to_vec()),
        ),
        (&[("100644", "", x)], TreeFault::EmptyName),
        (
            &[("100644", "a/b", x)],
            TreeFault::SlashInName(b"a/b".to_vec()),
        ),
    ];
    let good = scratch.tree(&[("40000", "skills", dir)]);
    for (entries, fault) in cases {
        let bad = scratch.tree(entries);
        let root = scratch.tree(&[("40000", "skills", bad)]);
        let repository = scratch.open();
        let listing = repository.tree(bad).expect("a sequence of entries");
        assert!(
            listing.faults.contains(fault) && listing.is_ambiguous(),
            "{:?}",
            listing.faults
        );
        assert_eq!(
            repository.entry_at(root, b"skills/a"),
            Err(GitError::MalformedTree(bad))
        );
        let mut changes = Vec::new();
        repository
            .diff(
                Some(good),
                Some(root),
                &Roots::new(["skills"]),
                &mut changes,
            )
            .expect("comparable");
        let expected = [
            TreeChange {
                path: b"skills".to_vec(),
                before: None,
                after: Some(Leaf {
                    mode: MODE_TREE,
                    id: bad,
                }),
            },
            TreeChange {
                path: b"skills/f".to_vec(),
                before: Some(Leaf {
                    mode: 0o100_644,
                    id: x,
                }),
                after: None,
            },
        ];
        changes.sort();
        assert_eq!(changes, expected);
    }
}

#[test]
fn odd_modes_are_faults_and_stay_visible() {
    let scratch = Scratch::new();
    let blob = scratch.object("blob", b"x");
    let dir = scratch.tree(&[("100664", "f", blob)]);
    for (mode, number) in [
        ("100664", 0o100_664),
        ("0100644", 0o100_644),
        ("040000", 0o040_000),
        ("40755", 0o040_755),
        ("10644", 0o10_644),
    ] {
        let id = if number & 0o170_000 == MODE_TREE {
            dir
        } else {
            blob
        };
        let tree = scratch.tree(&[(mode, "e", id)]);
        let listing = scratch.open().tree(tree).expect("a tree");
        assert_eq!(
            listing.faults,
            [TreeFault::OddMode {
                name: b"e".to_vec(),
                mode: mode.to_owned()
            }]
        );
        assert_eq!(
            (listing.entries[0].mode, listing.is_ambiguous()),
            (number, false)
        );
    }
    let mut seen = Vec::new();
    let root = scratch.tree(&[("040000", "d", dir)]);
    scratch
        .open()
        .walk_tree(root, |path, leaf| seen.push((path.to_vec(), leaf.mode)))
        .expect("walkable");
    assert_eq!(seen, [(b"d/f".to_vec(), 0o100_664)]);
}

#[test]
fn cut_off_trees_are_corrupt() {
    let scratch = Scratch::new();
    for bytes in [
        &b"100644 a"[..],
        b"100644 a\0short",
        b"100648 a\0aaaaaaaaaaaaaaaaaaaa",
        b" a\0aaaaaaaaaaaaaaaaaaaa",
        b"1006441006441 a\0aaaaaaaaaaaaaaaaaaaa",
    ] {
        let id = scratch.object("tree", bytes);
        let repository = scratch.open();
        assert!(matches!(repository.tree(id), Err(GitError::Corrupt { .. })));
        assert!(matches!(
            repository.diff(None, Some(id), &Roots::all(), &mut Vec::new()),
            Err(GitError::Corrupt { .. })
        ));
    }
}

#[test]
fn very_deep_trees_and_tree_bombs_end() {
    let scratch = Scratch::new();
    let blob = scratch.object("blob", b"x");
    let mut deep = scratch.tree(&[("100644", "f", blob)]);
    for _ in 0..diff::MAX_DEPTH + 2 {
        deep = scratch.tree(&[("40000", "d", deep)]);
    }
    let mut seen = Vec::new();
    scratch
        .open()
        .walk_tree(deep, |path, leaf| seen.push((path.len(), leaf.mode)))
        .expect("walkable");
    assert_eq!(seen, [((diff::MAX_DEPTH + 1) * 2 - 1, MODE_TREE)]);

    let mut bomb = scratch.object("tree", b"");
    for _ in 0..12 {
        let names: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        let entries: Vec<(&str, &str, ObjectId)> = names
            .iter()
            .map(|name| ("40000", name.as_str(), bomb))
            .collect();
        bomb = scratch.tree(&entries);
    }
    let result = scratch.open().walk_tree(bomb, |_, _| ());
    assert!(matches!(result, Err(GitError::TooLarge { .. })));
}
