//! The same repository, anchor and `--now` give the same bytes, wherever and however they are requested
//! for.

use std::path::{Path, PathBuf};
use std::process::Command;

use countersign::demo::{Story, story};
use tempfile::TempDir;

use countersign_testkit::{TestResult, git};

/// Commands whose output must not depend on anything but the repository.
const COMMANDS: [&[&str]; 13] = [
    &["check"],
    &["check", "--format", "json"],
    &["status"],
    &["status", "--format", "json"],
    &["log"],
    &["log", "--format", "json"],
    &["explain", "skill/pdf-tools"],
    &["check", "--base", "HEAD~1", "--format", "json"],
    &["audit"],
    &["audit", "--format", "json"],
    &["audit", "--format", "html"],
    &["audit", "--format", "markdown"],
    &[
        "audit", "sample", "--n", "5", "--seed", "dice", "--format", "json",
    ],
];

/// Notes on standard error about what else is there: the cache that an earlier run left, and files
/// that are on disk only. Nothing else may depend on either.
const NOTES: [&str; 3] = [
    "read from the cache in the Git folder; `countersign check` reads the repository itself",
    " changed and not committed are not judged: ",
    "`countersign check --worktree` checks what is on disk",
];

struct World {
    home: TempDir,
    repository: PathBuf,
    story: Story,
}

fn world() -> Result<World, Box<dyn std::error::Error>> {
    let home = TempDir::new()?;
    let repository = home.path().join("repository");
    let story = story::build(&repository)?;
    Ok(World {
        home,
        repository,
        story,
    })
}

impl World {
    /// Everything that the commands print for `dir` in an environment of these variables, one after
    /// the other.
    fn bytes(&self, dir: &Path, variables: &[(&str, &str)]) -> Vec<(i32, Vec<u8>)> {
        let now = self.story.end.to_string();
        let run = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
            command
                .env_clear()
                .current_dir(self.home.path())
                .arg("-C")
                .arg(dir)
                .args(arguments)
                .args(["--now", &now]);
            command.envs(variables.iter().copied());
            let output = command.output().expect("the binary starts");
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            let said = stderr
                .split_inclusive('\n')
                .filter(|line| !NOTES.iter().any(|note| line.contains(note)));
            let said: String = said.collect();
            let bytes = [output.stdout, said.into_bytes()].concat();
            (output.status.code().unwrap_or(-1), bytes)
        };
        COMMANDS.iter().map(|arguments| run(arguments)).collect()
    }

    /// Asserts that `dir` in such an environment gives what the repository gives in an empty one.
    #[track_caller]
    fn same(&self, dir: &Path, variables: &[(&str, &str)]) {
        let (here, there) = (
            self.bytes(&self.repository, &[]),
            self.bytes(dir, variables),
        );
        for ((arguments, here), there) in COMMANDS.iter().zip(here).zip(there) {
            let text = |(code, bytes): &(i32, Vec<u8>)| {
                format!("exit code {code}\n{}", String::from_utf8_lossy(bytes))
            };
            assert!(
                [0, 1].contains(&here.0),
                "{arguments:?} is evaluated\n{}",
                text(&here)
            );
            assert!(!here.1.is_empty(), "{arguments:?} says something");
            assert_eq!(text(&here), text(&there), "{arguments:?} {variables:?}");
        }
    }

    fn git(&self, arguments: &[&str]) {
        git(&self.repository, self.home.path(), arguments);
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}

fn text(path: &Path) -> &str {
    path.to_str()
        .expect("temporary directories have plain names")
}

#[test]
fn twice_gives_the_same_bytes() -> TestResult {
    let world = world()?;
    world.same(&world.repository, &[]);
    Ok(())
}

#[test]
fn another_locale_gives_the_same_bytes() -> TestResult {
    let world = world()?;
    for locale in [
        "C",
        "POSIX",
        "C.UTF-8",
        "de_DE.UTF-8",
        "tr_TR.UTF-8",
        "ja_JP.eucJP",
        "ar_SA.UTF-8",
        "no_such_LOCALE",
    ] {
        world.same(
            &world.repository,
            &[("LC_ALL", locale), ("LANG", locale), ("LANGUAGE", "de:fr")],
        );
    }
    Ok(())
}

#[test]
fn another_time_zone_gives_the_same_bytes() -> TestResult {
    let world = world()?;
    for zone in [
        "UTC",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "XYZ-13:59",
        "nonsense",
    ] {
        world.same(&world.repository, &[("TZ", zone)]);
    }
    Ok(())
}

#[test]
fn another_terminal_gives_the_same_bytes_to_a_pipe() -> TestResult {
    let world = world()?;
    world.same(
        &world.repository,
        &[
            ("TERM", "xterm-256color"),
            ("COLUMNS", "40"),
            ("COLORTERM", "truecolor"),
        ],
    );
    world.same(
        &world.repository,
        &[("TERM", "dumb"), ("COLUMNS", "400"), ("NO_COLOR", "1")],
    );
    Ok(())
}

#[test]
fn another_directory_gives_the_same_bytes() -> TestResult {
    let world = world()?;
    world.same(&world.repository.join("skills"), &[]);
    world.same(&world.repository.join("."), &[]);
    let moved = world.beside("r\u{e9}p\u{f4}t 2");
    let before = world.bytes(&world.repository, &[]);
    std::fs::rename(&world.repository, &moved)?;
    assert_eq!(before, world.bytes(&moved, &[]));
    Ok(())
}

#[test]
fn a_clone_gives_the_same_bytes() -> TestResult {
    let world = world()?;
    let (clone, bare, mirror) = (
        world.beside("clone"),
        world.beside("bare.git"),
        world.beside("mirror.git"),
    );
    world.git(&[
        "clone",
        "--quiet",
        "--no-local",
        text(&world.repository),
        text(&clone),
    ]);
    world.same(&clone, &[]);
    world.git(&[
        "clone",
        "--quiet",
        "--bare",
        text(&world.repository),
        text(&bare),
    ]);
    world.same(&bare, &[]);
    world.git(&[
        "clone",
        "--quiet",
        "--mirror",
        text(&world.repository),
        text(&mirror),
    ]);
    world.same(&mirror, &[]);
    Ok(())
}

#[test]
fn a_clone_that_borrows_its_objects_gives_the_same_bytes() -> TestResult {
    let world = world()?;
    let (shared, repacked) = (world.beside("shared"), world.beside("repacked"));
    world.git(&[
        "clone",
        "--quiet",
        "--shared",
        text(&world.repository),
        text(&shared),
    ]);
    world.same(&shared, &[]);
    world.git(&[
        "clone",
        "--quiet",
        "--no-local",
        text(&world.repository),
        text(&repacked),
    ]);
    git(
        &repacked,
        world.home.path(),
        &["repack", "-adq", "--depth=50"],
    );
    git(
        &repacked,
        world.home.path(),
        &["commit-graph", "write", "--reachable"],
    );
    git(&repacked, world.home.path(), &["pack-refs", "--all"]);
    world.same(&repacked, &[]);
    Ok(())
}

#[test]
fn a_linked_worktree_gives_the_same_bytes() -> TestResult {
    let world = world()?;
    let linked = world.beside("linked");
    world.git(&["checkout", "--quiet", "--detach"]);
    world.git(&["worktree", "add", "--quiet", text(&linked), "main"]);
    let there = world.bytes(&linked, &[]);
    world.git(&["worktree", "remove", "--force", text(&linked)]);
    world.git(&["checkout", "--quiet", "main"]);
    assert_eq!(world.bytes(&world.repository, &[]), there);
    Ok(())
}

#[test]
fn a_dirty_work_tree_and_index_give_the_same_bytes() -> TestResult {
    let world = world()?;
    let before = world.bytes(&world.repository, &[]);
    std::fs::write(world.repository.join("countersign.yaml"), "nonsense")?;
    std::fs::write(world.repository.join(&world.story.approved_file), "changed")?;
    std::fs::remove_dir_all(world.repository.join("approvals"))?;
    world.git(&["add", "--all"]);
    assert_eq!(
        before,
        world.bytes(&world.repository, &[]),
        "history is judged, not what lies around"
    );
    Ok(())
}

#[test]
fn configuration_of_the_user_and_the_repository_gives_the_same_bytes() -> TestResult {
    let world = world()?;
    let home = world.beside("home");
    std::fs::create_dir_all(&home)?;
    let config = "[core]\n\tquotePath = false\n\tautocrlf = true\n\tabbrev = 4\n[log]\n\tdate = relative\n[i18n]\n\tlogOutputEncoding = latin1\n\
                  [user]\n\tname = Mallory\n[color]\n\tui = always\n";
    std::fs::write(home.join(".gitconfig"), config)?;
    world.same(
        &world.repository,
        &[
            ("HOME", text(&home)),
            ("GIT_CONFIG_GLOBAL", text(&home.join(".gitconfig"))),
        ],
    );
    let before = world.bytes(&world.repository, &[]);
    for (name, value) in [
        ("core.autocrlf", "true"),
        ("core.ignoreCase", "true"),
        ("core.precomposeUnicode", "true"),
        ("core.abbrev", "4"),
    ] {
        world.git(&["config", name, value]);
    }
    assert_eq!(before, world.bytes(&world.repository, &[]));
    Ok(())
}

#[test]
fn variables_that_would_turn_git_elsewhere_give_the_same_bytes() -> TestResult {
    let world = world()?;
    let other = world.beside("other");
    std::fs::create_dir_all(&other)?;
    git(&other, world.home.path(), &["init", "--quiet"]);
    let (git_dir, objects) = (other.join(".git"), other.join(".git/objects"));
    for (name, value) in [
        ("GIT_DIR", text(&git_dir)),
        ("GIT_WORK_TREE", text(&other)),
        ("GIT_COMMON_DIR", text(&git_dir)),
        ("GIT_OBJECT_DIRECTORY", text(&objects)),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", text(&objects)),
        ("GIT_NAMESPACE", "elsewhere"),
        ("GIT_REPLACE_REF_BASE", "refs/heads"),
        ("GIT_SHALLOW_FILE", text(&other)),
        ("GIT_GRAFT_FILE", text(&other)),
        ("GIT_CEILING_DIRECTORIES", text(&world.repository)),
    ] {
        world.same(&world.repository, &[(name, value)]);
    }
    world.same(
        &world.repository,
        &[
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "core.useReplaceRefs"),
            ("GIT_CONFIG_VALUE_0", "true"),
        ],
    );
    Ok(())
}

#[test]
fn an_empty_environment_and_a_ci_environment_give_the_same_bytes() -> TestResult {
    let world = world()?;
    world.same(
        &world.repository,
        &[
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("RUNNER_DEBUG", "1"),
            ("RUST_BACKTRACE", "full"),
            ("RUST_LOG", "trace"),
        ],
    );
    world.same(&world.repository, &[("RAYON_NUM_THREADS", "1")]);
    Ok(())
}
