//! What the builder writes is real: Git and ssh-keygen accept it, and it is the same on every
//! machine.

use countersign::demo::person::{COMMIT_NAMESPACE, DECISION_NAMESPACE};
use countersign::demo::{Method, Person, story};
use countersign::git::ObjectFormat;
use countersign::git::write::{Create, ObjectKind, WriteError, Writer};
use countersign::model::{DecisionKind, Digest, Timestamp};
use countersign_testkit::{Repo, TestResult, formats, git, git_output, program, ssh_verify};
use tempfile::TempDir;

fn signers(people: &[&Person]) -> String {
    people
        .iter()
        .map(|person| person.allowed_signer())
        .collect()
}

/// A history with everything the builder can do, in either object format.
fn busy(how: &Create) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team_as(
        how,
        |policy| policy,
        |tree| tree.put_skill("pdf", "1.0.0", "Read."),
    );
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    for (index, method) in Method::HONEST.into_iter().enumerate() {
        let branch = format!("change-{index}");
        repo.branch(&branch)?;
        repo.commit(alice.signed(), "Add a script", |tree| {
            tree.put_executable(format!("skills/pdf/{index}.sh"), "#!/bin/sh\n");
        })?;
        repo.commit(bob.signed(), "Add a link", |tree| {
            tree.link(format!("docs/{index}"), "../README");
        })?;
        repo.switch("main")?;
        repo.merge(&branch, method, carol.signed())?;
    }
    for branch in ["left", "right"] {
        repo.branch(branch)?;
        repo.commit(&bob, branch, |tree| tree.put(branch, branch))?;
        repo.switch("main")?;
    }
    repo.octopus(&["left", "right"], carol.signed())?;
    Ok(repo)
}

#[test]
fn what_it_writes_passes_the_strictest_check_of_git() -> TestResult {
    for how in formats() {
        let repo = busy(&how)?;
        repo.git(&["fsck", "--strict", "--no-dangling"]);
        assert_eq!(
            repo.git(&["rev-parse", "HEAD"]).trim(),
            repo.head().to_string()
        );
    }
    Ok(())
}

#[test]
fn git_accepts_its_signed_commits_in_both_object_formats() -> TestResult {
    for how in formats() {
        let repo = busy(&how)?;
        let list = repo.beside().join("signers");
        std::fs::write(&list, signers(&[&repo.alice, &repo.bob, &repo.carol]))?;
        let option = format!("gpg.ssh.allowedSignersFile={}", list.display());
        repo.git(&["-c", &option, "verify-commit", "HEAD", "HEAD~1", "change-0"]);
        let unsigned = git_output(
            &repo.path(),
            repo.beside(),
            &["-c", &option, "verify-commit", "left"],
        );
        assert!(!unsigned.status.success());
    }
    Ok(())
}

#[test]
fn ssh_keygen_accepts_its_records_in_their_namespace_only() {
    let repo = Repo::team();
    let record = repo
        .draft_for(DecisionKind::Block, &repo.bob, "skill/pdf", "all", None)
        .record();
    let (path, signature) = &record.signatures[0];
    assert_eq!(*path, format!("{}.sig", record.path));
    let list = signers(&[&repo.bob]);
    let accepts = |namespace: &str, message: &[u8]| {
        ssh_verify(
            repo.beside(),
            &list,
            &repo.bob.email,
            namespace,
            message,
            signature,
        )
    };
    assert!(accepts(DECISION_NAMESPACE, &record.bytes));
    assert!(!accepts(COMMIT_NAMESPACE, &record.bytes));
    assert!(!accepts(
        DECISION_NAMESPACE,
        &[&record.bytes[..], b"\n"].concat()
    ));
}

#[test]
fn its_signatures_are_the_bytes_that_ssh_keygen_writes() -> TestResult {
    use std::os::unix::fs::PermissionsExt as _;
    let home = TempDir::new()?;
    let bob = Person::new("bob");
    let key = home.path().join("bob");
    std::fs::write(&key, bob.private_pem())?;
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))?;
    let key = key
        .to_str()
        .expect("temporary directories have plain names");
    let output = program(
        "ssh-keygen",
        home.path(),
        &["-Y", "sign", "-q", "-f", key, "-n", DECISION_NAMESPACE],
        b"a message\n",
    );
    assert_eq!(
        String::from_utf8(output.stdout)?,
        bob.sign(DECISION_NAMESPACE, b"a message\n")
    );
    let public = program("ssh-keygen", home.path(), &["-y", "-f", key], b"");
    assert_eq!(String::from_utf8(public.stdout)?.trim(), bob.public_line());
    let listed = program("ssh-keygen", home.path(), &["-l", "-f", key], b"");
    assert!(String::from_utf8(listed.stdout)?.contains(&bob.fingerprint()));
    Ok(())
}

#[test]
fn two_builds_give_the_same_commits() -> TestResult {
    for how in formats() {
        assert_eq!(busy(&how)?.head(), busy(&how)?.head());
    }
    let (first, second) = (TempDir::new()?, TempDir::new()?);
    let (first, second) = (story::build(first.path())?, story::build(second.path())?);
    let ids = |story: &countersign::demo::Story| {
        story
            .landings
            .iter()
            .map(|landing| landing.commit)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&first), ids(&second));
    assert_eq!(first.landings.len(), 27);
    Ok(())
}

#[test]
fn the_story_is_a_sound_repository_with_a_clean_work_tree() -> TestResult {
    let home = TempDir::new()?;
    let dir = home.path().join("demo");
    let story = story::build(&dir)?;
    let run = |arguments: &[&str]| git(&dir, home.path(), arguments);
    run(&["fsck", "--strict"]);
    assert_eq!(run(&["status", "--porcelain"]), "");
    assert_eq!(run(&["symbolic-ref", "HEAD"]).trim(), "refs/heads/main");
    let line = run(&["rev-list", "--first-parent", "--reverse", "HEAD"]);
    let landings: Vec<String> = story
        .landings
        .iter()
        .map(|landing| landing.commit.to_string())
        .collect();
    assert_eq!(line.lines().collect::<Vec<_>>(), landings);
    for commit in run(&["rev-list", "HEAD"]).lines() {
        run(&["verify-commit", commit]);
    }
    assert_eq!(run(&["config", "user.email"]).trim(), story.you.email);
    assert!(
        story.key_file.starts_with(dir.canonicalize()?.join(".git")),
        "the keys cannot be committed"
    );
    assert!(dir.join(&story.approved_file).is_file());
    Ok(())
}

#[test]
fn a_digest_is_what_sha256sum_makes_of_the_files() -> TestResult {
    let repo = Repo::team_with(
        |policy| policy,
        |tree| {
            tree.put_skill("pdf", "1.0.0", "Read.");
            tree.put_executable("skills/pdf/run.sh", "#!/bin/sh\n");
            tree.put(
                "skills/pdf-two/SKILL.md",
                "a neighbor whose path begins alike",
            );
        },
    );
    let mut lines = Vec::new();
    for line in repo
        .git(&[
            "ls-tree",
            "-r",
            "HEAD",
            "--format=%(objectmode) %(path)",
            "skills/pdf/",
        ])
        .lines()
    {
        let (mode, path) = line.split_once(' ').expect("the format has one space");
        let blob = repo.git(&["cat-file", "blob", &format!("HEAD:{path}")]);
        let sum = program::<&str>("sha256sum", repo.beside(), &[], blob.as_bytes()).stdout;
        let sum = String::from_utf8(sum)?.chars().take(64).collect::<String>();
        lines.push((path["skills/pdf/".len()..].to_owned(), mode.to_owned(), sum));
    }
    lines.sort();
    let lines: Vec<String> = lines
        .into_iter()
        .map(|(path, mode, sum)| format!("{mode} {sum} {path}\n"))
        .collect();
    let sum = program::<&str>("sha256sum", repo.beside(), &[], lines.concat().as_bytes()).stdout;
    let expected = format!("sha256:{}", &String::from_utf8(sum)?[..64]);
    assert_eq!(repo.tree().digest("skills/pdf").to_string(), expected);
    Ok(())
}

#[test]
fn the_policy_digest_covers_the_files_it_names() {
    let repo = Repo::team_with(
        |policy| {
            policy
                .line("platform_keys: [{openpgp: keys/forge.asc}]")
                .line("protect: [.github/workflows/check.yml, missing.yml]")
        },
        |tree| {
            tree.put("keys/forge.asc", "a key");
            tree.put("keys/other.asc", "another");
            tree.put(".github/workflows/check.yml", "on: push");
        },
    );
    let tree = repo.tree();
    let sum = |path: &str| Digest::of(tree.bytes(path).expect("it was put there")).hex();
    let lines = [
        ".github/workflows/check.yml",
        "countersign.yaml",
        "keys/forge.asc",
    ]
    .map(|path| format!("100644 {} {path}\n", sum(path)));
    assert_eq!(tree.policy_digest(), Digest::of(lines.concat().as_bytes()));
}

#[test]
fn the_clock_moves_an_hour_with_each_commit() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Second", |tree| tree.put("a", "a"))?;
    let [first, second] = [1_767_603_600, 1_767_607_200]
        .map(|time| format!("{time} {time} Alice alice@acme.example\n"));
    assert_eq!(
        repo.git(&["log", "--reverse", "--format=%at %ct %an %cE"]),
        format!("{first}{second}")
    );
    assert_eq!(
        Some(repo.now()),
        "2026-01-05T11:00:00Z".parse::<Timestamp>().ok()
    );
    Ok(())
}

#[test]
fn malformed_objects_are_written_as_they_are() -> TestResult {
    let repo = Repo::team();
    let blob = repo.writer().write_blob(b"x")?;
    let tree = repo.writer().write_tree_raw(&[
        (b"z", 0o100_644, blob),
        (b"a", 0o100_777, blob),
        (b"a", 0o100_644, blob),
    ])?;
    let commit = repo.writer().write_raw(
        ObjectKind::Commit,
        format!("tree {tree}\nauthor no-one").as_bytes(),
    )?;
    repo.writer().set_ref("refs/heads/malformed", commit)?;
    assert!(
        !git_output(&repo.path(), repo.beside(), &["fsck", "--strict"])
            .status
            .success()
    );
    assert_eq!(
        repo.git(&["cat-file", "-t", &tree.to_string()]).trim(),
        "tree"
    );
    repo.writer().delete_ref("refs/heads/malformed")?;
    assert_eq!(
        repo.git(&["for-each-ref", "--format=%(refname)"]).trim(),
        "refs/heads/main"
    );
    Ok(())
}

#[test]
fn a_bare_repository_and_a_detached_head_are_what_git_calls_so() -> TestResult {
    let repo = Repo::team_as(
        &Create {
            bare: true,
            format: ObjectFormat::Sha256,
            ..Create::default()
        },
        |policy| policy,
        |_| (),
    );
    assert_eq!(
        repo.git(&["rev-parse", "--is-bare-repository", "--show-object-format"]),
        "true\nsha256\n"
    );
    repo.writer().detach_head(repo.head())?;
    assert!(
        !git_output(&repo.path(), repo.beside(), &["symbolic-ref", "-q", "HEAD"])
            .status
            .success()
    );
    repo.git(&["fsck", "--strict"]);
    Ok(())
}

#[test]
fn refuses_to_make_a_repository_over_another_and_paths_that_no_tree_can_contain() -> TestResult {
    let repo = Repo::team();
    assert!(matches!(
        Writer::create(&repo.path(), &Create::default()),
        Err(WriteError::Exists(_))
    ));
    let blob = repo.writer().write_blob(b"x")?;
    for paths in [
        vec!["a", "a/b"],
        vec![""],
        vec!["a//b"],
        vec!["/a"],
        vec!["a/"],
        vec!["a\0b"],
    ] {
        let files = paths
            .iter()
            .map(|path| (path.as_bytes().to_vec(), (0o100_644, blob)))
            .collect();
        assert!(
            matches!(repo.writer().write_tree(&files), Err(WriteError::Path(_))),
            "{paths:?}"
        );
    }
    Ok(())
}

#[test]
fn a_checkout_follows_the_branch() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| policy,
        |tree| tree.put_executable("deep/er/run.sh", "#!/bin/sh\n"),
    );
    let alice = repo.alice.clone();
    repo.checkout()?;
    repo.commit(&alice, "Move it", |tree| tree.rename("deep/er", "else"))?;
    repo.checkout()?;
    assert!(!repo.path().join("deep").exists());
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    Ok(())
}

#[test]
fn every_honest_way_of_landing_gives_the_same_tree() -> TestResult {
    let mut trees = Vec::new();
    for method in Method::HONEST {
        let mut repo = Repo::team_with(|policy| policy, |tree| tree.put("old", "old"));
        let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
        repo.branch("change")?;
        repo.commit(&alice, "First", |tree| tree.rename("old", "new"))?;
        repo.commit(&bob, "Second", |tree| tree.edit("new", |text| text + "er"))?;
        repo.switch("main")?;
        if method != Method::FastForward {
            repo.commit(&alice, "Meanwhile", |_| ())?;
        }
        let landed = repo.merge("change", method, &alice)?;
        assert_eq!(repo.head(), landed);
        let parents = repo
            .git(&["rev-list", "--parents", "-n1", "HEAD"])
            .split_whitespace()
            .count()
            - 1;
        assert_eq!(parents, if method == Method::Merge { 2 } else { 1 });
        let message = repo.git(&["log", "-1", "--format=%B"]);
        assert_eq!(
            message.contains("Co-authored-by: Bob <bob@acme.example>"),
            method == Method::Squash,
            "{message}"
        );
        assert!(
            !message.contains("Co-authored-by: Alice"),
            "the author is no co-author"
        );
        trees.push(repo.tree());
    }
    assert_eq!(trees[0].text("new"), "older");
    assert!(trees.iter().all(|tree| *tree == trees[0]));
    Ok(())
}

#[test]
fn merges_that_git_would_stop_at_are_conflicts() -> TestResult {
    let mut repo = Repo::team_with(|policy| policy, |tree| tree.put("file", "one"));
    let alice = repo.alice.clone();
    repo.branch("change")?;
    repo.commit(&alice, "Theirs", |tree| tree.put("file", "two"))?;
    repo.switch("main")?;
    repo.commit(&alice, "Ours", |tree| tree.put("file", "three"))?;
    for method in [
        Method::Merge,
        Method::Squash,
        Method::Rebase,
        Method::FastForward,
    ] {
        assert!(repo.merge("change", method, &alice).is_err(), "{method:?}");
    }
    repo.merge("change", Method::Ours, &alice)?;
    assert_eq!(repo.tree().text("file"), "three");
    Ok(())
}
