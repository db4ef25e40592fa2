//! What the judged repository configures is not obeyed: nothing in it is executed, and nothing
//! outside it is read.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use countersign::git::write::Create;
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult};

/// Every command that judges.
const JUDGING: [&[&str]; 11] = [
    &["check"],
    &["check", "--format", "json"],
    &["check", "--base", "main"],
    &["check", "--worktree"],
    &["status"],
    &["status", "--format", "json"],
    &["explain", "skill/pdf"],
    &["log"],
    &["diff", "skill/pdf@1.0.0", "skill/pdf@1.1.0"],
    &["show", "skill/pdf@1.0.0"],
    &["checksum", "skills/pdf"],
];

/// A program that leaves a mark.
pub struct Trap {
    /// The program.
    pub program: PathBuf,
    mark: PathBuf,
}

impl Trap {
    /// Writes it into `dir`.
    pub fn set(dir: &Path) -> std::io::Result<Self> {
        let (program, mark) = (dir.join("trap.sh"), dir.join("sprung"));
        fs::write(
            &program,
            format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", mark.display()),
        )?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        Ok(Self { program, mark })
    }

    /// Whether it works at all: Git, told so, runs it.
    fn works(&self, repo: &Repo) -> TestResult {
        repo.git(&[
            "-c",
            &format!("core.fsmonitor={}", self.program.display()),
            "status",
        ]);
        assert!(self.mark.is_file(), "the trap works");
        fs::remove_file(&self.mark)?;
        Ok(())
    }

    /// Asserts that something ran it, and forgets it.
    #[track_caller]
    pub fn was_sprung(&self) {
        fs::remove_file(&self.mark).expect("the trap works");
    }

    /// Asserts that nothing ran it.
    #[track_caller]
    pub fn is_not_sprung(&self, after: &[&str]) {
        let mark = fs::read_to_string(&self.mark);
        assert!(mark.is_err(), "{after:?} ran {mark:?}");
    }
}

fn governed() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.granted_skill("pdf", "1.1.0")?;
    let record = repo
        .draft(DecisionKind::Deprecate, &carol, "skill/pdf", "1.1.0")?
        .unsigned()
        .record();
    repo.land(carol.signed(), &record)?;
    repo.commit(alice.signed(), "Docs", |tree| tree.put("docs/a.md", "a"))?;
    repo.checkout()?;
    Ok(repo)
}

/// Adds text to a file that need not be there.
pub fn append(file: &Path, text: &str) -> std::io::Result<()> {
    let old = fs::read_to_string(file).unwrap_or_default();
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, old + text)
}

/// Runs every judging command before and after `bait` and asserts the same answers and an unsprung
/// trap.
fn baited(bait: impl FnOnce(&mut Repo, &Trap) -> TestResult) -> TestResult {
    let mut repo = governed()?;
    let trap = Trap::set(repo.beside())?;
    trap.works(&repo)?;
    let before: Vec<_> = JUDGING.iter().map(|command| repo.run(command)).collect();
    bait(&mut repo, &trap)?;
    for (command, before) in JUDGING.iter().zip(before) {
        let after = repo.run(command);
        trap.is_not_sprung(command);
        assert_eq!(
            (before.code, before.stdout),
            (after.code, after.stdout.clone()),
            "{after}"
        );
    }
    Ok(())
}

#[test]
fn hooks_in_the_judged_repository_are_not_executed() -> TestResult {
    baited(|repo, trap| {
        let hooks = [
            "post-checkout",
            "pre-commit",
            "reference-transaction",
            "fsmonitor-watchman",
            "post-index-change",
            "pre-auto-gc",
        ];
        let elsewhere = repo.path().join("hooks");
        for folder in [repo.path().join(".git/hooks"), elsewhere.clone()] {
            fs::create_dir_all(&folder)?;
            for hook in hooks {
                fs::copy(&trap.program, folder.join(hook))?;
            }
        }
        append(
            &repo.path().join(".git/config"),
            &format!("[core]\n\thooksPath = {}\n", elsewhere.display()),
        )?;
        Ok(())
    })
}

#[test]
fn programs_configured_in_the_judged_repository_are_not_executed() -> TestResult {
    baited(|repo, trap| {
        let program = trap.program.display();
        let config = format!(
            "[gpg]\n\tprogram = {program}\n\tformat = ssh\n[gpg \"ssh\"]\n\tprogram = {program}\n\tdefaultKeyCommand = {program}\n\
             [gpg \"openpgp\"]\n\tprogram = {program}\n[gpg \"x509\"]\n\tprogram = {program}\n\
             [core]\n\tfsmonitor = {program}\n\tsshCommand = {program}\n\tpager = {program}\n\teditor = {program}\n\taskPass = {program}\n\
             \talternateRefsCommand = {program}\n\tgitProxy = {program}\n\
             [diff]\n\texternal = {program}\n[diff \"x\"]\n\tcommand = {program}\n\ttextconv = {program}\n\
             [merge \"x\"]\n\tdriver = {program} %A\n[credential]\n\thelper = {program}\n[pager]\n\tlog = {program}\n\
             [uploadpack]\n\tpackObjectsHook = {program}\n[log]\n\tshowSignature = true\n[alias]\n\tstatus = !{program}\n\
             [remote \"origin\"]\n\turl = ext::{program}\n\tuploadpack = {program}\n"
        );
        append(&repo.path().join(".git/config"), &config)?;
        Ok(())
    })
}

#[test]
fn filters_and_drivers_of_the_judged_repository_are_not_executed() -> TestResult {
    baited(|repo, trap| {
        let program = trap.program.display();
        let config = format!(
            "[filter \"x\"]\n\tclean = {program}\n\tsmudge = {program}\n\tprocess = {program}\n\trequired = true\n\
             [diff \"x\"]\n\ttextconv = {program}\n\tcommand = {program}\n[merge \"x\"]\n\tdriver = {program} %O %A %B\n"
        );
        append(&repo.path().join(".git/config"), &config)?;
        append(
            &repo.path().join(".git/info/attributes"),
            "* filter=x diff=x merge=x\n",
        )?;
        Ok(())
    })
}

#[test]
fn included_configuration_of_the_judged_repository_is_not_read() -> TestResult {
    baited(|repo, trap| {
        let included = repo.beside().join("included");
        fs::write(
            &included,
            format!(
                "[core]\n\tfsmonitor = {0}\n\tuseReplaceRefs = true\n[gpg]\n\tprogram = {0}\n",
                trap.program.display()
            ),
        )?;
        let config = format!(
            "[include]\n\tpath = {0}\n[includeIf \"gitdir:**\"]\n\tpath = {0}\n[include]\n\tpath = {1}\n",
            included.display(),
            repo.beside().join("no-such-file").display()
        );
        append(&repo.path().join(".git/config"), &config)?;
        repo.git(&["replace", "HEAD", "HEAD~2"]);
        Ok(())
    })
}

#[test]
fn configuration_of_the_user_is_not_read_by_commands_that_judge() -> TestResult {
    baited(|repo, trap| {
        // The home directory of every run.
        let config = format!(
            "[core]\n\tfsmonitor = {0}\n[gpg]\n\tprogram = {0}\n[user]\n\tname = x\n",
            trap.program.display()
        );
        fs::write(repo.beside().join(".gitconfig"), &config)?;
        append(&repo.beside().join("xdg/git/config"), &config)?;
        append(&repo.beside().join("no-gitconfig"), &config)?;
        Ok(())
    })
}

#[test]
fn a_merge_driver_and_attributes_in_the_tree_do_not_run_for_a_candidate() -> TestResult {
    let mut repo = Repo::create(&Create::default());
    let trap = Trap::set(repo.beside())?;
    let [alice, bob, _] = repo.people();
    let policy = repo.team_policy();
    repo.commit(&alice, "Govern", |tree| {
        tree.put_policy(&policy);
        tree.put(".gitattributes", "docs/** merge=x filter=x diff=x\n");
        tree.put("docs/a.md", "one\n\n\n\ntwo\n\n\n\nthree\n");
    })?;
    let program = trap.program.display();
    let config = format!(
        "[merge \"x\"]\n\tdriver = {program} %O %A %B\n[filter \"x\"]\n\tclean = {program}\n\tsmudge = {program}\n[diff \"x\"]\n\ttextconv = {program}\n"
    );
    append(&repo.path().join(".git/config"), &config)?;
    repo.branch("change")?;
    repo.commit(&alice, "Above", |tree| {
        tree.replace("docs/a.md", "one", "ONE");
    })?;
    repo.switch("main")?;
    repo.commit(&bob, "Below", |tree| {
        tree.replace("docs/a.md", "three", "THREE");
    })?;
    repo.switch("change")?;
    let checked = repo.check_with(&["--base", "main"]);
    trap.is_not_sprung(&["check", "--base"]);
    assert_eq!(checked.verdict(), "pass", "{checked}");
    Ok(())
}

/// A Git directory that would spring the trap, in a folder of the work tree.
fn nested(repo: &Repo, folder: &str, trap: &Trap) -> TestResult {
    let nested = repo.path().join(folder).join(".git");
    fs::create_dir_all(nested.join("hooks"))?;
    fs::write(
        nested.join("config"),
        format!("[core]\n\tfsmonitor = {}\n", trap.program.display()),
    )?;
    fs::write(nested.join("HEAD"), "ref: refs/heads/main\n")?;
    Ok(())
}

#[test]
fn a_git_directory_inside_the_work_tree_is_not_entered() -> TestResult {
    baited(|repo, trap| nested(repo, "docs", trap))
}

#[test]
fn a_git_directory_inside_a_package_on_disk_is_refused_and_not_entered() -> TestResult {
    let repo = governed()?;
    let trap = Trap::set(repo.beside())?;
    trap.works(&repo)?;
    nested(&repo, "skills/pdf", &trap)?;
    repo.check().assert("pass", &["deprecated-version"]);
    repo.check_with(&["--worktree"])
        .assert("fail", &["path-name"]);
    trap.is_not_sprung(&["check", "--worktree"]);
    Ok(())
}
