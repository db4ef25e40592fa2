//! `checksum` against `sha256sum` and `git ls-tree`, in both object formats, in Git and on disk.

use std::fs;

use countersign::demo::Tree;
use countersign_testkit::{Output, Repo, TestResult, formats, git, program};

/// Computed with `sha256sum` and `openssl base64` over the files of [`golden`]; see the commands
/// beside [`by_hand`].
const GOLDEN: &str = "sha256:5cc2247f435da06da5cb7a9c3e91441b397b7925bfdb21416d6493e502bad076";
const GOLDEN_H1: &str = "h1:QaTxfRd4ci/Zh/Nfs924mMaknf29jyI1pDKkxw1oq3c=";
const GOLDEN_FILE: &str = "sha256:e9d59cf0630363b196754f2817265d487fda6deb3eb8fad092face1bf2532477";
const GOLDEN_FILE_H1: &str = "h1:GXRqlV7PSI4amLVJBHvX3mfAS6Q/lCLdOt6GrCBEDSE=";

const FILES: [(&str, bool, &str); 6] = [
    ("SKILL.md", false, "---\nname: golden\n---\n\nHello.\n"),
    ("Z", false, "upper"),
    ("a b.txt", false, "a"),
    ("empty", false, ""),
    ("na\u{ef}ve.md", false, "\u{e9}\n"),
    ("scripts/run.sh", true, "#!/bin/sh\necho hi\n"),
];

fn golden(tree: &mut Tree) {
    for (path, executable, text) in FILES {
        let path = format!("other/golden/{path}");
        if executable {
            tree.put_executable(path, text);
        } else {
            tree.put(path, text);
        }
    }
    tree.put("other/summarize.md", "#hello\n");
}

fn repo() -> Repo {
    Repo::team_with(|policy| policy, golden)
}

#[test]
fn the_digest_is_the_one_that_stock_tools_computed() {
    for how in formats() {
        let repo = Repo::team_as(&how, |policy| policy, golden);
        let output = repo
            .run(&[
                "checksum",
                "other/golden",
                "other/summarize.md",
                "--format",
                "json",
            ])
            .exits(0);
        let json = output.json();
        assert_eq!(json["schema"], "countersign.checksum/v1");
        let packages = &json["packages"];
        assert_eq!(
            (&packages[0]["digest"], &packages[0]["h1"]),
            (&GOLDEN.into(), &GOLDEN_H1.into())
        );
        assert_eq!(
            (&packages[1]["digest"], &packages[1]["h1"]),
            (&GOLDEN_FILE.into(), &GOLDEN_FILE_H1.into())
        );
        assert_eq!(
            (packages[0]["count"].as_u64(), &packages[0]["files"]),
            (Some(6), &serde_json::Value::Null)
        );
        for (index, path) in ["other/golden", "other/summarize.md"].iter().enumerate() {
            assert_eq!(
                packages[index]["git"],
                repo.git(&["rev-parse", &format!("HEAD:{path}")]).trim()
            );
        }
        let human = repo.run(&["checksum", "other/golden"]).exits(0).stdout;
        assert!(
            human.starts_with(&format!("{GOLDEN}  other/golden\n")) && human.contains(GOLDEN_H1),
            "{human}"
        );
    }
}

#[test]
fn the_same_files_on_disk_have_the_same_digest() -> TestResult {
    let mut repo = repo();
    repo.history.checkout()?;
    let disk = repo
        .run(&[
            "checksum",
            "--disk",
            "--quiet",
            "other/golden",
            "other/summarize.md",
        ])
        .exits(0);
    assert_eq!(
        disk.stdout,
        format!("{GOLDEN}  other/golden\n{GOLDEN_FILE}  other/summarize.md\n")
    );
    let outside = repo.beside().join("outside");
    fs::rename(repo.path().join("other/golden"), &outside)?;
    let output = repo
        .run(&[
            "checksum",
            outside.to_str().unwrap_or_default(),
            "--format",
            "json",
        ])
        .exits(0)
        .json();
    assert_eq!(
        (
            &output["packages"][0]["digest"],
            &output["packages"][0]["git"]
        ),
        (&GOLDEN.into(), &serde_json::Value::Null)
    );
    Ok(())
}

/// The digest by `git ls-tree`, `git cat-file` and `sha256sum` alone.
fn by_hand(repo: &Repo, path: &str) -> String {
    let script = format!(
        "git -C '{}' -c core.quotePath=false ls-tree -r -z --format='%(objectmode) %(objectname) %(path)' 'HEAD:{path}' | LC_ALL=C sort -z -k3 | \
         while IFS=' ' read -r -d '' mode blob file; do \
           printf '%s %s %s\\n' \"$mode\" \"$(git -C '{}' cat-file blob \"$blob\" | sha256sum | cut -d' ' -f1)\" \"$file\"; \
         done | sha256sum | cut -d' ' -f1",
        repo.path().display(),
        repo.path().display()
    );
    let output = program("bash", repo.beside(), &["-c", &script], b"");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    format!("sha256:{}", String::from_utf8_lossy(&output.stdout).trim())
}

#[test]
fn every_package_has_the_digest_that_git_and_sha256sum_give() {
    let repo = repo();
    assert_eq!(by_hand(&repo, "other/golden"), GOLDEN, "the judge itself");
    for path in ["other/golden", "other", "other/golden/scripts"] {
        let output = repo.run(&["checksum", path, "--quiet"]).exits(0);
        assert_eq!(output.stdout, format!("{}  {path}\n", by_hand(&repo, path)));
    }
    let whole = repo.run(&["checksum", ".", "--quiet"]).exits(0);
    assert_eq!(whole.stdout, format!("{}  .\n", by_hand(&repo, "")));
}

#[test]
fn the_manifest_through_sha256sum_is_the_digest() {
    let repo = repo();
    let manifest = repo
        .run(&["checksum", "--manifest", "other/golden"])
        .exits(0)
        .stdout;
    assert!(manifest.contains("\n100755 299001868fb8c02fd431c336c6d058f5558c5dff5b5af5e6fe04b870a6a9cbba scripts/run.sh\n"), "{manifest}");
    let sum = program(
        "sha256sum",
        repo.beside(),
        &[] as &[&str],
        manifest.as_bytes(),
    );
    assert_eq!(
        String::from_utf8_lossy(&sum.stdout)
            .split(' ')
            .next()
            .map(|hex| format!("sha256:{hex}")),
        Some(GOLDEN.to_owned())
    );
    repo.run(&["checksum", "--manifest", "other/golden", "other"])
        .exits(2);
}

#[test]
fn every_file_is_listed_with_its_mode_and_digest() {
    let repo = repo();
    let human = repo
        .run(&["checksum", "--files", "other/golden"])
        .exits(0)
        .stdout;
    let json = repo
        .run(&["checksum", "--files", "other/golden", "--format", "json"])
        .exits(0)
        .json();
    let files = json["packages"][0]["files"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    assert_eq!(files.len(), FILES.len());
    for ((path, executable, text), file) in FILES.iter().zip(&files) {
        assert_eq!(
            (&file["path"], file["size"].as_u64()),
            (&(*path).into(), Some(text.len() as u64))
        );
        assert_eq!(file["mode"], if *executable { "100755" } else { "100644" });
        assert!(
            human.contains(file["sha256"].as_str().unwrap_or("none")) && human.contains(path),
            "{human}"
        );
    }
}

#[test]
fn it_is_the_digest_that_status_and_the_policy_have() -> TestResult {
    let mut repo = repo();
    repo.approved_skill("pdf", "1.0.0")?;
    let digest = repo.subject("skill/pdf")["digest"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert_eq!(
        repo.run(&["checksum", "skills/pdf", "-q"]).exits(0).stdout,
        format!("{digest}  skills/pdf\n")
    );
    let status = repo.run(&["status", "--format", "json"]).exits(0).json();
    let policy = status["policy"]["digest"].as_str().unwrap_or_default();
    assert_eq!(
        repo.run(&["checksum", "countersign.yaml", "-q"])
            .exits(0)
            .stdout,
        format!("{policy}  countersign.yaml\n")
    );
    Ok(())
}

#[test]
fn the_files_on_disk_do_not_change_what_is_at_head() -> TestResult {
    let mut repo = repo();
    repo.history.checkout()?;
    fs::write(repo.path().join("other/golden/Z"), "changed")?;
    let output = repo.run(&["checksum", "other/golden"]).exits(0);
    assert!(
        output.stdout.starts_with(GOLDEN) && output.stderr.contains("differ from HEAD"),
        "{output}"
    );
    fs::remove_dir_all(repo.path().join("other/golden"))?;
    assert!(
        repo.run(&["checksum", "other/golden"])
            .exits(0)
            .stdout
            .starts_with(GOLDEN)
    );
    repo.run(&["checksum", "--disk", "other/golden"]).exits(2);
    repo.run(&["checksum", "other/nothing"]).exits(2);
    Ok(())
}

#[test]
fn refuses_what_no_package_may_contain_and_names_it() {
    type Spoil = fn(&mut Tree);
    let cases: [(&str, Spoil); 6] = [
        ("a link (symlink)", |tree| {
            tree.link("other/p/a link", "../x");
        }),
        ("b (lfs-pointer)", |tree| {
            tree.put(
                "other/p/b",
                "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
            );
        }),
        ("(path-collision)", |tree| {
            tree.put("other/p/A", "");
            tree.put("other/p/a", "");
        }),
        ("(path-name)", |tree| tree.put("other/p/con.txt", "")),
        ("\\u{1b}", |tree| tree.put("other/p/\u{1b}[31m", "")),
        ("(path-name)", |tree| {
            tree.put(b"other/p/\xff".as_slice(), "");
        }),
    ];
    for (told, spoil) in cases {
        let repo = Repo::team_with(
            |policy| policy,
            |tree| {
                tree.put("other/p/SKILL.md", "x");
                spoil(tree);
            },
        );
        let output = repo.run(&["checksum", "other/p"]).exits(1);
        assert!(
            output.stdout.is_empty(),
            "a refused package has no digest\n{output}"
        );
        let (what, rule) = told.split_once(" (").unwrap_or((told, ""));
        assert!(
            output.stderr.contains(what) && output.stderr.contains(rule),
            "{told}\n{output}"
        );
    }
    let empty = tempfile::tempdir().expect("a place for temporary files");
    let path = empty.path().to_str().unwrap_or_default();
    let output = Output::of(
        env!("CARGO_BIN_EXE_countersign"),
        &["checksum", path],
        empty.path(),
        true,
    )
    .exits(1);
    assert!(output.stderr.contains("package-empty"), "{output}");
}

#[test]
fn works_outside_of_every_repository() -> TestResult {
    let dir = tempfile::tempdir()?;
    fs::write(dir.path().join("summarize.md"), "#hello\n")?;
    let path = dir.path().join("summarize.md");
    let arguments = ["checksum", "-q", path.to_str().unwrap_or_default()];
    let output = Output::of(
        env!("CARGO_BIN_EXE_countersign"),
        &arguments,
        dir.path(),
        true,
    )
    .exits(0);
    assert!(output.stdout.starts_with(GOLDEN_FILE), "{output}");
    Ok(())
}

#[test]
fn works_in_a_clone_that_converts_line_endings() -> TestResult {
    let repo = repo();
    let clone = repo.beside().join("clone");
    let (from, to) = (repo.path(), clone.to_str().unwrap_or_default().to_owned());
    git(
        repo.beside(),
        repo.beside(),
        &[
            "-c",
            "core.autocrlf=true",
            "clone",
            "-q",
            from.to_str().unwrap_or_default(),
            &to,
        ],
    );
    git(&clone, repo.beside(), &["config", "core.autocrlf", "true"]);
    assert!(
        fs::read(clone.join("other/golden/SKILL.md"))?
            .windows(2)
            .any(|pair| pair == b"\r\n"),
        "the checkout has other bytes"
    );
    assert!(
        repo.run_in(&clone, &["checksum", "other/golden", "-q"])
            .exits(0)
            .stdout
            .starts_with(GOLDEN)
    );
    Ok(())
}

/// A blob that is larger than the memory that the program may have, as a file of its own and in a
/// pack.
#[cfg(target_os = "linux")]
#[test]
fn a_blob_larger_than_the_memory_there_is_is_summed_and_compared_with_the_worktree() -> TestResult {
    const SIZE: u64 = 256 << 20;
    for threshold in ["1g", "1m"] {
        let mut repo = repo();
        repo.history.checkout()?;
        fs::File::create(repo.path().join("other/golden/big.bin"))?.set_len(SIZE)?;
        repo.git(&[
            "-c",
            &format!("core.bigFileThreshold={threshold}"),
            "add",
            "-A",
        ]);
        repo.git(&["commit", "-q", "-m", "Big"]);
        // In kilobytes, all that is mapped included.
        let limited = format!(
            "ulimit -v 200000 && exec '{}' \"$@\"",
            env!("CARGO_BIN_EXE_countersign")
        );
        let here = repo.path().display().to_string();
        let args = [
            "-c",
            &limited,
            "sh",
            "-C",
            &here,
            "checksum",
            "--files",
            "other/golden",
        ];
        let output = Output::of("sh", &args, repo.beside(), false).exits(0);
        // `head -c 268435456 /dev/zero | sha256sum`
        assert!(
            output
                .stdout
                .contains("a6d72ac7690f53be6ae46ba88506bd97302a093f7108472bd9efc3cefda06484"),
            "{output}"
        );
        assert_eq!(output.stderr, "", "the worktree is the same");
    }
    Ok(())
}
