//! `check --staged`: what `git commit` would make, judged as a hook judges it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use countersign::model::DecisionKind;
use countersign_testkit::{Output, Repo, TestResult, desk, environment, git_output};

/// A checked-out repository with two approved Skills, on `main`.
fn approved() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    repo.approved_skill("csv", "1.0.0")?;
    repo.checkout()?;
    Ok(repo)
}

fn skill(name: &str, version: &str, text: &str) -> String {
    format!(
        "---\nname: {name}\ndescription: Does it.\nmetadata:\n  version: \"{version}\"\n---\n\n{text}\n"
    )
}

fn put(repo: &Repo, path: &str, text: &str) {
    let path = repo.path().join(path);
    fs::create_dir_all(path.parent().expect("in a folder")).expect("writable");
    fs::write(path, text).expect("writable");
}

#[track_caller]
fn rules(output: &Output) -> Vec<String> {
    let findings = output.json()["findings"].as_array().cloned();
    let findings = findings.expect("a list");
    // The author of everything that Git commits in tests is not in the policy.
    let heavy = findings
        .iter()
        .filter(|one| one["severity"] != "info" && one["rule"] != "contributor-unknown");
    let mut rules: Vec<String> = heavy
        .map(|one| one["rule"].as_str().expect("an id").to_owned())
        .collect();
    rules.dedup();
    rules
}

/// The rules of what is staged, and whether the commit may be made.
#[track_caller]
fn staged(repo: &Repo) -> (Vec<String>, i32) {
    let output = repo.run(&["check", "--staged", "--format", "json"]);
    (rules(&output), output.code)
}

/// The repository with a hook that judges what is staged.
fn hooked(repo: &Repo) {
    let hook = repo.path().join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().expect("in a folder")).expect("writable");
    let text = format!(
        "#!/bin/sh\nexec '{}' check --staged\n",
        countersign_testkit::binary()
    );
    fs::write(&hook, text).expect("writable");
    #[cfg(unix)]
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("our own file");
}

/// Whether Git made the commit, and what the hook said.
fn commit(repo: &Repo, arguments: &[&str]) -> (bool, String) {
    let arguments = [&["commit", "-q", "-m", "x"], arguments].concat();
    let output = git_output(&repo.path(), repo.beside(), &arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    (output.status.success(), said)
}

#[test]
fn nothing_is_reported_where_nothing_is_staged() -> TestResult {
    let repo = approved()?;
    assert_eq!(staged(&repo), (vec![], 0));
    let human = repo.run(&["check", "--staged"]).exits(0);
    assert!(
        human.stdout.starts_with("pass: what is staged onto "),
        "{human}"
    );
    Ok(())
}

#[test]
fn what_is_staged_counts_and_not_what_is_on_disk() -> TestResult {
    let repo = approved()?;
    put(
        &repo,
        "skills/pdf/SKILL.md",
        &skill("pdf", "1.1.0", "Better."),
    );
    repo.git(&["add", "."]);
    put(&repo, "skills/pdf/SKILL.md", "not a Skill\n");
    put(&repo, "skills/csv/SKILL.md", "not a Skill\n");
    assert_eq!(staged(&repo), (vec!["unapproved-version".to_owned()], 0));
    repo.git(&["add", "."]);
    assert_eq!(staged(&repo).1, 1);
    Ok(())
}

#[test]
fn history_shows_a_version_with_other_bytes_and_its_stale_approval() -> TestResult {
    let repo = approved()?;
    put(
        &repo,
        "skills/pdf/SKILL.md",
        &skill("pdf", "1.0.0", "Other."),
    );
    repo.git(&["add", "."]);
    let (rules, code) = staged(&repo);
    assert_eq!(
        rules,
        ["version-reused", "unapproved-version", "stale-approval"]
    );
    assert_eq!(code, 1);
    Ok(())
}

#[test]
fn what_no_entry_governs_is_seen() -> TestResult {
    let repo = approved()?;
    put(
        &repo,
        ".claude/skills/own/SKILL.md",
        &skill("own", "1.0.0", "Do."),
    );
    repo.git(&["add", "."]);
    assert_eq!(staged(&repo), (vec!["ungoverned".to_owned()], 1));
    Ok(())
}

#[test]
fn what_head_already_has_is_not_reported_again() -> TestResult {
    let mut repo = approved()?;
    let bob = repo.bob.clone();
    repo.commit(&bob, "Add hidden text", |tree| {
        let text = skill("pdf", "1.1.0", "Do \u{202e}it.");
        tree.put("skills/pdf/SKILL.md", &text);
    })?;
    repo.git(&["reset", "-q", "--hard"]);
    let hidden = "hidden-text".to_owned();
    assert!(rules(&repo.run(&["check", "--format", "json"])).contains(&hidden));
    assert_eq!(staged(&repo), (vec![], 0));
    let text = skill("pdf", "1.2.0", "More.\n\nDo \u{202e}it.");
    put(&repo, "skills/pdf/SKILL.md", &text);
    repo.git(&["add", "."]);
    assert_eq!(staged(&repo), (vec!["unapproved-version".to_owned()], 0));
    put(
        &repo,
        "skills/pdf/SKILL.md",
        &text.replace("More", "\u{202e}"),
    );
    repo.git(&["add", "."]);
    let (rules, code) = staged(&repo);
    assert!(rules.contains(&hidden), "one more is new: {rules:?}");
    assert_eq!(code, 1);
    Ok(())
}

#[test]
fn a_fault_that_was_there_when_governance_began_counts_once_its_package_changes() -> TestResult {
    let hidden = |text: &str| skill("old", "1.0.0", &format!("{text} \u{202e}it."));
    let baseline = |policy: countersign::demo::PolicyDraft| policy.line("baseline: allow");
    let mut repo = Repo::team_with(baseline, |tree| {
        tree.put("skills/old/SKILL.md", hidden("Do"));
    });
    repo.checkout()?;
    assert_eq!(staged(&repo), (vec![], 0));
    put(&repo, "skills/old/SKILL.md", &hidden("Did"));
    repo.git(&["add", "."]);
    let (rules, code) = staged(&repo);
    assert!(rules.contains(&"hidden-text".to_owned()), "{rules:?}");
    assert_eq!(code, 1);
    Ok(())
}

#[test]
fn the_author_whom_git_names_is_judged_and_no_one_else() -> TestResult {
    let repo = approved()?;
    hooked(&repo);
    put(
        &repo,
        "skills/pdf/SKILL.md",
        &skill("pdf", "1.1.0", "Better."),
    );
    repo.git(&["add", "."]);
    let (made, said) = commit(&repo, &[]);
    assert!(made && said.contains("contributor-unknown"), "{said}");
    put(
        &repo,
        "skills/pdf/SKILL.md",
        &skill("pdf", "1.2.0", "Best."),
    );
    repo.git(&["add", "."]);
    let (made, said) = commit(&repo, &["--author", "Bob <bob@acme.example>"]);
    assert!(made && !said.contains("contributor-unknown"), "{said}");
    Ok(())
}

#[test]
fn two_commits_of_a_branch_are_one_change() -> TestResult {
    let repo = approved()?;
    repo.git(&["checkout", "-q", "-b", "topic"]);
    put(
        &repo,
        "skills/pdf/SKILL.md",
        &skill("pdf", "1.1.0", "First."),
    );
    repo.git(&["add", "."]);
    assert_eq!(staged(&repo), (vec!["unapproved-version".to_owned()], 0));
    repo.git(&["commit", "-q", "-m", "x"]);
    assert_eq!(staged(&repo), (vec![], 0));
    put(
        &repo,
        "skills/pdf/SKILL.md",
        &skill("pdf", "1.0.0", "Again."),
    );
    repo.git(&["add", "."]);
    let (rules, code) = staged(&repo);
    assert!(rules.contains(&"version-reused".to_owned()), "{rules:?}");
    assert_eq!(code, 1);
    // Main goes on with something that conflicts: nothing is merged.
    repo.git(&["stash", "-q"]);
    repo.git(&["checkout", "-q", "main"]);
    put(
        &repo,
        "skills/pdf/SKILL.md",
        &skill("pdf", "2.0.0", "Else."),
    );
    repo.git(&["commit", "-q", "-a", "-m", "y"]);
    repo.git(&["checkout", "-q", "topic"]);
    put(
        &repo,
        "skills/pdf/SKILL.md",
        &skill("pdf", "1.1.0", "Second."),
    );
    repo.git(&["add", "."]);
    assert_eq!(staged(&repo), (vec!["unapproved-version".to_owned()], 0));
    Ok(())
}

#[test]
fn a_hook_sees_what_each_way_to_commit_takes() -> TestResult {
    let repo = approved()?;
    hooked(&repo);
    // Nothing is staged; `-a` and a path have an index of their own.
    put(
        &repo,
        "skills/pdf/SKILL.md",
        &skill("pdf", "1.0.0", "Other."),
    );
    put(&repo, "notes/x.md", "text\n");
    for arguments in [&["-a"][..], &["skills/pdf"], &["--include", "skills/pdf"]] {
        let (made, said) = commit(&repo, arguments);
        assert!(!made && said.contains("error version-reused"), "{said}");
        repo.git(&["reset", "-q"]);
    }
    let (made, said) = commit(&repo, &["--allow-empty"]);
    assert!(made, "what is not staged does not count: {said}");
    // Only the other file is committed.
    repo.git(&["add", "."]);
    let (made, said) = commit(&repo, &["notes/x.md"]);
    assert!(made, "{said}");
    let (made, said) = commit(&repo, &[]);
    assert!(!made && said.contains("error version-reused"), "{said}");
    put(
        &repo,
        "skills/pdf/SKILL.md",
        &skill("pdf", "1.1.0", "Other."),
    );
    let (made, said) = commit(&repo, &["-a"]);
    assert!(
        made && said.contains("waiting: what is staged onto "),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_hook_works_in_a_linked_worktree_and_below_the_root() -> TestResult {
    let repo = approved()?;
    hooked(&repo);
    repo.git(&["worktree", "add", "-q", "-b", "topic", "../linked"]);
    let linked = repo.beside().join("linked");
    for folder in [linked.join("skills/pdf"), repo.path().join("skills/pdf")] {
        fs::write(folder.join("SKILL.md"), skill("pdf", "1.0.0", "Other."))?;
        for arguments in [
            &["commit", "-a", "-m", "x"][..],
            &["commit", "SKILL.md", "-m", "x"],
        ] {
            let output = git_output(&folder, repo.beside(), arguments);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success(), "{said}");
            let said = format!("{said}{}", String::from_utf8_lossy(&output.stdout));
            assert!(said.contains("error version-reused"), "{said}");
        }
    }
    Ok(())
}

/// Every file in the Git folder.
fn git_files(repo: &Repo) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![repo.path().join(".git")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let bytes = fs::read(entry.path()).unwrap_or_default();
                found.insert(entry.path(), bytes);
            }
        }
    }
    found
}

/// What is said where no cache may be read or written.
fn unattended(repo: &Repo) -> (Option<i32>, String, String) {
    let mut command = Command::new(countersign_testkit::binary());
    environment(&mut command, repo.beside());
    command.env("CI", "true").arg("-C").arg(repo.path());
    command.args(["check", "--staged", "--format", "json"]);
    command.args(["--now", &repo.history.now().to_string()]);
    let output = command.output().expect("the binary starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn nothing_is_written_except_the_cache_and_that_not_in_ci() -> TestResult {
    let repo = approved()?;
    put(&repo, "skills/new/SKILL.md", &skill("new", "1.0.0", "Do."));
    repo.git(&["add", "."]);
    let before = git_files(&repo);
    assert_eq!(unattended(&repo).0, Some(0));
    assert!(before == git_files(&repo));
    assert_eq!(staged(&repo), (vec!["unapproved-version".to_owned()], 0));
    let mut after = git_files(&repo);
    for name in ["replay", "tip"] {
        let cache = repo.path().join(".git/countersign").join(name);
        assert!(after.remove(&cache).is_some(), "{name}");
    }
    assert!(before == after);
    Ok(())
}

/// The answer with what an earlier run has kept is the answer without it, and says where it is from.
#[track_caller]
fn the_same_from_cache(repo: &Repo, what: &str) {
    let (code, cold, said) = unattended(repo);
    assert!(!said.contains("read from the cache"), "{what}: {said}");
    let warm = repo.run(&["check", "--staged", "--format", "json"]);
    assert_eq!((Some(warm.code), warm.stdout), (code, cold), "{what}");
}

#[test]
fn what_an_earlier_run_kept_changes_no_answer() -> TestResult {
    let mut repo = approved()?;
    repo.run(&["status"]).exits(0);
    let said = repo.run(&["check", "--staged"]).stderr;
    assert!(said.contains("read from the cache"), "{said}");
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    // The kept state is of an earlier landing now.
    repo.commit(&alice, "Change csv", |tree| {
        tree.put("skills/csv/SKILL.md", skill("csv", "1.1.0", "Faster."));
    })?;
    repo.decide(&bob, DecisionKind::Block, "skill/pdf", "1.0.0")?;
    let policy = fs::read_to_string(repo.path().join("countersign.yaml"))?;
    for branch in ["main", "topic"] {
        repo.git(&["reset", "-q", "--hard"]);
        if branch == "topic" {
            repo.git(&["checkout", "-q", "-b", branch]);
            put(&repo, "skills/own/SKILL.md", &skill("own", "1.0.0", "Do."));
            repo.git(&["add", "."]);
            repo.git(&["commit", "-q", "-m", "x"]);
        }
        the_same_from_cache(&repo, branch);
        let changes: [(&str, Option<String>); 8] = [
            ("skills/pdf/SKILL.md", Some(skill("pdf", "1.0.0", "Other."))),
            (
                "skills/pdf/SKILL.md",
                Some(skill("pdf", "1.1.0", "See x.md.")),
            ),
            ("skills/new/SKILL.md", Some(skill("csv", "1.0.0", "Do."))),
            ("skills/csv/SKILL.md", None),
            ("skills/PDF/SKILL.md", Some(skill("pdf", "1.0.0", "Do."))),
            (
                ".claude/skills/a/SKILL.md",
                Some(skill("a", "1.0.0", "Do.")),
            ),
            (
                "countersign.yaml",
                Some(policy.replace("serial: 1", "serial: 2")),
            ),
            ("countersign.yaml", None),
        ];
        for (path, content) in changes {
            match content {
                Some(text) => put(&repo, path, &text),
                None => fs::remove_file(repo.path().join(path))?,
            }
            repo.git(&["add", "--all"]);
            the_same_from_cache(&repo, &format!("{branch}: {path}"));
            repo.git(&["reset", "-q", "--hard"]);
        }
        for name in ["skills/pdf", "approvals"] {
            repo.git(&["rm", "-q", "-r", name]);
            the_same_from_cache(&repo, &format!("{branch}: without {name}"));
            repo.git(&["reset", "-q", "--hard"]);
        }
    }
    Ok(())
}

#[test]
fn what_cannot_be_judged_has_a_clear_answer() -> TestResult {
    let empty = Repo::empty();
    let output = empty.run(&["check", "--staged"]).exits(2);
    assert!(
        output
            .stderr
            .contains("index does not exist: nothing is staged"),
        "{output}"
    );

    let repo = desk("alice")?;
    let index = repo.path().join(".git/index");
    let kept = fs::read(&index)?;
    fs::remove_file(&index)?;
    let output = repo.run(&["check", "--staged"]).exits(2);
    assert!(output.stderr.contains("run `git reset`"), "{output}");
    fs::write(&index, &kept[..kept.len() / 2])?;
    let output = repo.run(&["check", "--staged"]).exits(3);
    assert!(
        output.stderr.contains("cannot be read as an index"),
        "{output}"
    );
    fs::write(&index, kept)?;

    repo.git(&["reset", "-q", "--hard"]);
    repo.git(&["checkout", "-q", "-b", "side"]);
    put(&repo, "skills/pdf/SKILL.md", "a\n");
    repo.git(&["commit", "-q", "-a", "-m", "x"]);
    repo.git(&["checkout", "-q", "main"]);
    put(&repo, "skills/pdf/SKILL.md", "b\n");
    repo.git(&["commit", "-q", "-a", "-m", "y"]);
    git_output(&repo.path(), repo.beside(), &["merge", "side"]);
    let output = repo.run(&["check", "--staged"]).exits(2);
    assert!(
        output
            .stderr
            .contains("the index has unmerged files: skills/pdf/SKILL.md"),
        "{output}"
    );
    let output = repo.run(&["check", "--staged", "--base", "main"]).exits(2);
    assert!(output.stderr.contains("cannot be used with"), "{output}");
    Ok(())
}

#[test]
fn the_first_commit_is_judged_and_one_without_a_policy_is_not() -> TestResult {
    let from = desk("alice")?;
    let repo = Repo::empty();
    put(&repo, "README.md", "text\n");
    repo.git(&["add", "."]);
    let output = repo.run(&["check", "--staged"]).exits(2);
    assert!(output.stderr.contains("countersign init"), "{output}");
    put(
        &repo,
        "countersign.yaml",
        &fs::read_to_string(from.path().join("countersign.yaml"))?,
    );
    put(&repo, "skills/pdf/SKILL.md", &skill("pdf", "1.0.0", "Do."));
    repo.git(&["add", "."]);
    let (rules, code) = staged(&repo);
    assert_eq!(
        (rules.contains(&"unapproved-version".to_owned()), code),
        (true, 0),
        "{rules:?}"
    );
    repo.git(&["commit", "-q", "-m", "x", "README.md"]);
    let output = repo.run(&["check", "--staged"]).exits(0);
    assert!(output.stdout.contains("governance starts here"), "{output}");
    Ok(())
}

#[test]
fn a_record_that_its_commit_will_prove_is_not_refused() -> TestResult {
    let mut repo = approved()?;
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf 1.1.0", |tree| {
        tree.put_skill("pdf", "1.1.0", "Better.");
    })?;
    repo.git(&["reset", "-q", "--hard"]);
    let mut draft = repo.draft(DecisionKind::Approve, &bob, "skill/pdf", "1.1.0")?;
    draft.seals.clear();
    let record = draft.record();
    put(&repo, &record.path, &String::from_utf8_lossy(&record.bytes));
    repo.git(&["add", "."]);
    assert_eq!(staged(&repo).1, 0);
    Ok(())
}
