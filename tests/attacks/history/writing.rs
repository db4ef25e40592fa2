//! What a clone configures is not obeyed by commands that write either: they start git, ssh-keygen,
//! minisign and gpg from PATH, and nothing that a configuration, a hook or an attribute names.

#![cfg(unix)]

use std::fs;
use std::time::{Duration, SystemTime};

use super::execution::{Trap, append};
use countersign_testkit::{Repo, TestResult, desk, git_output, records, sit};

/// Everything in which Git looks for a program, as a configuration file.
fn configuration(trap: &Trap) -> String {
    let program = trap.program.display();
    let lines = [
        (
            "core",
            "fsmonitor = @\n\tsshCommand = @\n\tpager = @\n\teditor = @\n\taskPass = @\n\talternateRefsCommand = @\n\tgitProxy = @",
        ),
        ("gpg", "program = @"),
        ("gpg \"ssh\"", "program = @\n\tdefaultKeyCommand = @"),
        ("gpg \"openpgp\"", "program = @"),
        ("gpg \"x509\"", "program = @"),
        (
            "filter \"trap\"",
            "clean = @\n\tsmudge = @\n\tprocess = @\n\trequired = true",
        ),
        ("diff", "external = @"),
        ("diff \"trap\"", "command = @\n\ttextconv = @"),
        ("merge \"trap\"", "driver = @ %A"),
        ("credential", "helper = @"),
        ("sequence", "editor = @"),
        (
            "pager",
            "config = @\n\tvar = @\n\tlsFiles = @\n\tls-files = @",
        ),
        ("gc", "auto = 1\n\trecentObjectsHook = @"),
        (
            "hook \"trap\"",
            "command = @\n\tevent = pre-commit\n\tevent = post-commit\n\tevent = reference-transaction\n\tevent = pre-push",
        ),
        (
            "alias",
            "commit-tree = !@\n\tupdate-index = !@\n\tupdate-ref = !@\n\tconfig = !@\n\tvar = !@\n\tls-files = !@\n\tfetch = !@",
        ),
        ("protocol \"ext\"", "allow = always"),
    ];
    lines
        .map(|(section, text)| {
            format!(
                "[{section}]\n\t{}\n",
                text.replace('@', &program.to_string())
            )
        })
        .concat()
}

/// Lays the trap wherever Git would start it, in the clone and in the user's own configuration.
fn lay(repo: &Repo, trap: &Trap) -> TestResult {
    let git = repo.path().join(".git");
    let elsewhere = repo.beside().join("hooks");
    for folder in [git.join("hooks"), elsewhere.clone()] {
        fs::create_dir_all(&folder)?;
        for hook in [
            "pre-commit",
            "prepare-commit-msg",
            "commit-msg",
            "post-commit",
            "reference-transaction",
            "post-index-change",
            "fsmonitor-watchman",
            "pre-auto-gc",
            "pre-push",
            "post-checkout",
            "post-rewrite",
        ] {
            fs::copy(&trap.program, folder.join(hook))?;
        }
    }
    append(&git.join("config"), &configuration(trap))?;
    append(
        &git.join("config"),
        &format!("[core]\n\thooksPath = {}\n", elsewhere.display()),
    )?;
    append(&repo.beside().join("no-gitconfig"), &configuration(trap))?;
    append(
        &git.join("info/attributes"),
        "* filter=trap diff=trap merge=trap\n",
    )?;
    fs::create_dir_all(repo.path().join("bin"))?;
    for name in ["git", "ssh-keygen", "gpg", "minisign"] {
        fs::copy(&trap.program, repo.path().join("bin").join(name))?;
    }
    Ok(())
}

/// Makes every file newer than the index, so that a program that writes the index with Git has Git
/// compare them all.
fn outdate_index(repo: &Repo) -> TestResult {
    let index = fs::File::options()
        .append(true)
        .open(repo.path().join(".git/index"))?;
    index.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000))?;
    Ok(())
}

/// Removes the trap, so that Git can be asked.
fn clear(repo: &Repo) -> TestResult {
    let git = repo.path().join(".git");
    let config = fs::read_to_string(git.join("config"))?;
    let own = config
        .split("[core]\n\tfsmonitor")
        .next()
        .unwrap_or_default();
    fs::write(git.join("config"), own)?;
    for file in [
        git.join("info/attributes"),
        repo.beside().join("no-gitconfig"),
    ] {
        fs::remove_file(file)?;
    }
    fs::remove_dir_all(git.join("hooks"))?;
    fs::remove_dir_all(repo.path().join("bin"))?;
    Ok(())
}

/// Commands that write, in an order in which most of them do.
const WRITING: [&[&str]; 12] = [
    &["approve", "skill/*", "--reason", "Read it", "--commit"],
    &["deprecate", "skill/csv", "--reason", "Old", "--commit"],
    &[
        "block",
        "skill/csv",
        "--all-versions",
        "--remove",
        "--reason",
        "Bad",
        "--commit",
    ],
    &[
        "unblock",
        "skill/csv",
        "--all-versions",
        "--reason",
        "Good",
        "--commit",
    ],
    &[
        "block",
        "skill/pdf",
        "--reason",
        "Look",
        "--no-sign",
        "--commit",
    ],
    &["unblock", "skill/pdf", "--reason", "Looked", "--commit"],
    &["archive", "skill/pdf", "--reason", "Old", "--commit"],
    &["revoke", "skill/pdf", "--reason", "Gone", "--commit"],
    &["reject", "skill/csv", "--reason", "No"],
    &["policy", "bump"],
    &["policy", "diff"],
    &["schema", "check", "--write"],
];

#[test]
fn no_command_that_writes_starts_what_filters_hooks_aliases_and_settings_name() -> TestResult {
    for signs in [false, true] {
        let repo = desk("alice")?;
        let trap = Trap::set(repo.beside())?;
        repo.git(&["reset", "--hard", "-q"]);
        lay(&repo, &trap)?;
        outdate_index(&repo)?;
        let blob = repo.git(&["rev-parse", "HEAD:countersign.yaml"]);
        // The way by which a filter once ran: Git compares files when it writes the index.
        let entry = format!("100644,{},x", blob.trim());
        let stage = [
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
            "update-index",
            "--add",
            "--cacheinfo",
            &entry,
        ];
        git_output(&repo.path(), repo.beside(), &stage);
        trap.was_sprung();
        let _ = fs::remove_file(repo.path().join(".git/index.lock"));
        clear(&repo)?;
        repo.git(&["reset", "--hard", "-q"]);
        lay(&repo, &trap)?;
        if signs {
            let key = repo
                .beside()
                .join(".ssh/id_ed25519.pub")
                .display()
                .to_string();
            let settings = format!(
                "[commit]\n\tgpgsign = true\n[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = {key}\n"
            );
            append(&repo.path().join(".git/config"), &settings)?;
        }
        for command in WRITING {
            outdate_index(&repo)?;
            let output = repo.run(command);
            assert!(output.code < 3, "{output}");
            trap.is_not_sprung(command);
        }
        clear(&repo)?;
        assert_eq!(
            repo.git(&["diff", "--cached", "--name-only"]),
            "",
            "the index is what the branch holds"
        );
        let log = repo.git(&["log", "--format=%s %G?", "-n", "8"]);
        assert!(
            log.contains("Revoke skill/pdf") && log.contains("Approve 2 subjects"),
            "{log}"
        );
        let signed = repo
            .git(&["cat-file", "commit", "HEAD"])
            .contains("gpgsig ");
        assert_eq!(
            signed, signs,
            "commits are signed where the user signs theirs"
        );
        let logged = repo.git(&["reflog", "--format=%gs", "-n", "1"]);
        assert_eq!(
            logged.trim(),
            format!(
                "commit: {}",
                repo.git(&["log", "--format=%s", "-n", "1"]).trim()
            )
        );
        repo.git(&["fsck", "--strict"]);
    }
    Ok(())
}

#[test]
fn rolling_back_and_removing_start_no_filter_and_leave_the_index_as_the_branch_is() -> TestResult {
    let repo = desk("alice")?;
    let skill = repo.path().join("skills/pdf/SKILL.md");
    repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"])
        .exits(0);
    fs::write(
        &skill,
        fs::read_to_string(&skill)?.replace("1.0.0", "1.1.0"),
    )?;
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "1.1.0"]);
    repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"])
        .exits(0);
    let trap = Trap::set(repo.beside())?;
    lay(&repo, &trap)?;
    outdate_index(&repo)?;
    let commands: [&[&str]; 2] = [
        &[
            "rollback",
            "skill/pdf",
            "--to",
            "1.0.0",
            "--reason",
            "Breaks",
            "--commit",
        ],
        &[
            "block",
            "skill/pdf",
            "--remove",
            "--reason",
            "Bad",
            "--commit",
        ],
    ];
    for command in commands {
        repo.run(command).exits(0);
        trap.is_not_sprung(command);
    }
    clear(&repo)?;
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    Ok(())
}

#[test]
fn a_staged_change_and_a_file_edited_within_the_indexs_second_are_still_seen_after_a_decision()
-> TestResult {
    let repo = desk("alice")?;
    repo.git(&["reset", "--hard", "-q"]);
    let skill = repo.path().join("skills/csv/SKILL.md");
    fs::write(repo.path().join("staged.txt"), "mine\n")?;
    repo.git(&["add", "staged.txt"]);
    // Same length and same times: only a comparison of content finds it.
    let text = fs::read_to_string(&skill)?;
    let times = fs::metadata(&skill)?.modified()?;
    fs::write(&skill, text.replace("well", "WELL"))?;
    fs::File::options()
        .append(true)
        .open(&skill)?
        .set_modified(times)?;
    outdate_index(&repo)?;
    repo.run(&["approve", "skill/pdf", "--reason", "Read it", "--commit"])
        .exits(0);
    let status = repo.git(&["status", "--porcelain"]);
    assert_eq!(
        status.lines().collect::<Vec<_>>(),
        [" M skills/csv/SKILL.md", "A  staged.txt"]
    );
    Ok(())
}

#[test]
fn a_sparse_a_split_and_a_missing_index_take_a_decision() -> TestResult {
    let sparse = desk("alice")?;
    sparse.git(&[
        "sparse-checkout",
        "set",
        "--cone",
        "--sparse-index",
        "skills/pdf",
    ]);
    sparse
        .run(&["approve", "skill/pdf", "--reason", "Read it", "--commit"])
        .exits(0);
    sparse
        .run(&["deprecate", "skill/pdf", "--reason", "Old", "--commit"])
        .exits(0);
    assert_eq!(sparse.git(&["diff", "--cached", "--name-only"]), "");
    sparse.git(&["fsck", "--strict"]);

    let split = desk("alice")?;
    split.git(&["reset", "--hard", "-q"]);
    split.git(&["update-index", "--split-index"]);
    split
        .run(&["approve", "skill/pdf", "--reason", "Read it", "--commit"])
        .exits(0);
    assert_eq!(split.git(&["status", "--porcelain"]), "");

    let version = desk("alice")?;
    version.git(&["update-index", "--index-version", "4"]);
    version
        .run(&["approve", "skill/pdf", "--reason", "Read it", "--commit"])
        .exits(0);
    assert_eq!(version.git(&["status", "--porcelain"]), "");

    let locked = desk("alice")?;
    fs::write(locked.path().join(".git/index.lock"), "")?;
    let head = locked.git(&["rev-parse", "HEAD"]);
    let output = locked
        .run(&["approve", "skill/pdf", "--reason", "Read it", "--commit"])
        .exits(3);
    assert!(output.stderr.contains("index"), "{output}");
    assert_eq!(
        locked.git(&["rev-parse", "HEAD"]),
        head,
        "the branch stays where it is"
    );
    assert!(
        records(&locked).is_empty(),
        "no record is left that the branch does not have"
    );
    fs::remove_file(locked.path().join(".git/index.lock"))?;
    assert_eq!(locked.git(&["status", "--porcelain"]), "");
    Ok(())
}

#[test]
fn reaching_a_remote_starts_nothing_that_the_clone_configures() -> TestResult {
    let repo = desk("alice")?;
    let trap = Trap::set(repo.beside())?;
    let program = trap.program.display().to_string();
    let bare = repo.beside().join("origin.git").display().to_string();
    repo.git(&["clone", "-q", "--bare", ".", &bare]);
    lay(&repo, &trap)?;
    fs::remove_file(repo.beside().join("no-gitconfig"))?;
    let urls = [
        "ssh://git@127.0.0.1:1/x.git".to_owned(),
        format!("ext::{program} x"),
        format!("file://{bare}"),
        "git://127.0.0.1:1/x".to_owned(),
    ];
    for url in urls {
        let config = repo.path().join(".git/config");
        let before = fs::read_to_string(&config)?;
        append(
            &config,
            &format!(
                "[remote \"origin\"]\n\turl = {url}\n\tuploadpack = {program}\n\treceivepack = {program}\n\tvcs = ext\n"
            ),
        )?;
        let output = repo.run(&["approve", "--pull", "7", "--reason", "x"]);
        assert!(matches!(output.code, 2 | 3), "{url}\n{output}");
        trap.is_not_sprung(&["approve", "--pull", &url]);
        fs::write(&config, before)?;
    }
    Ok(())
}

#[test]
fn a_control_character_in_the_users_name_is_an_error_that_names_the_setting() -> TestResult {
    for (name, value) in [
        ("user.name", "a\nb"),
        ("user.name", "a\u{1b}[2Jb"),
        ("user.email", "a\nb@x.example"),
        ("user.name", "a\u{202e}b"),
    ] {
        let repo = desk("alice")?;
        repo.git(&["config", name, value]);
        let output = repo
            .run(&["approve", "skill/pdf", "--reason", "x", "--commit"])
            .exits(2);
        assert!(output.stderr.contains(name), "{output}");
        let mut bare = Repo::empty();
        let alice = bare.alice.clone();
        bare.commit(&alice, "Add a Skill", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
        })?;
        bare.checkout()?;
        sit(&bare, "alice");
        bare.git(&["config", name, value]);
        let output = bare.run(&["init"]).exits(2);
        assert!(output.stderr.contains(name), "{output}");
        assert!(!bare.path().join("countersign.yaml").exists());
    }
    Ok(())
}
