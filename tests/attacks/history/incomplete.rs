//! History that is not all there: said, never guessed.

use std::fs;
use std::path::{Path, PathBuf};

use countersign::model::{DecisionKind, ObjectId};

use countersign_testkit::{Checked, Repo, TestResult, git};

/// Two versions, a revocation and a merged branch, so that every kind of object is old enough to be
/// forgotten.
fn governed() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let revoke = repo
        .draft(DecisionKind::Revoke, &carol, "skill/pdf", "1.0.0")?
        .record();
    repo.branch("change")?;
    repo.commit(&alice, "Replace pdf", |tree| {
        tree.put_record(&revoke);
        tree.put_skill("pdf", "1.1.0", "Better.");
    })?;
    repo.approve(&bob, "pdf", "1.1.0")?;
    repo.switch("main")?;
    repo.merge("change", countersign::demo::Method::Merge, &alice)?;
    Ok(repo)
}

#[track_caller]
fn is_incomplete(checked: &Checked) {
    checked
        .assert("not-evaluated", &[])
        .finding("history-incomplete")
        .is("error");
    assert_eq!(checked.code(), 3, "{checked}");
}

fn clone(repo: &Repo, options: &[&str]) -> PathBuf {
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let target = repo.beside().join("clone");
    let source = format!("file://{}", repo.path().display());
    let target_text = target
        .to_str()
        .expect("temporary directories have plain names");
    git(
        repo.beside(),
        repo.beside(),
        &[&["clone", "--quiet"], options, &[&source, target_text]].concat(),
    );
    target
}

#[test]
fn the_history_that_these_tests_damage_is_sound() -> TestResult {
    governed()?.check().passes();
    Ok(())
}

#[test]
fn a_full_clone_gives_the_same_answer() -> TestResult {
    let repo = governed()?;
    let clone = clone(&repo, &[]);
    assert_eq!(repo.check().json(), repo.check_in(&clone, &[]).json());
    Ok(())
}

#[test]
fn a_shallow_clone_is_incomplete() -> TestResult {
    for depth in ["1", "2"] {
        let repo = governed()?;
        let clone = clone(&repo, &["--depth", depth]);
        let checked = repo.check_in(&clone, &[]);
        is_incomplete(&checked);
        checked
            .finding("history-incomplete")
            .says("shallow")
            .helps("git fetch --unshallow");
    }
    Ok(())
}

#[test]
fn a_shallow_clone_is_incomplete_for_every_command_that_judges() -> TestResult {
    let repo = governed()?;
    let clone = clone(&repo, &["--depth", "1"]);
    for command in [
        &["status"][..],
        &["log"],
        &["explain", "skill/pdf"],
        &["check", "--base", "HEAD"],
    ] {
        let output = repo.run_in(&clone, command);
        assert_eq!(output.code, 3, "{output}");
    }
    Ok(())
}

#[test]
fn a_clone_made_shallow_by_hand_is_incomplete() -> TestResult {
    let repo = governed()?;
    let head = repo.git(&["rev-parse", "HEAD~1"]);
    fs::write(repo.path().join(".git/shallow"), head)?;
    is_incomplete(&repo.check());
    Ok(())
}

#[test]
fn a_partial_clone_is_incomplete() -> TestResult {
    for filter in ["blob:none", "tree:0", "blob:limit=1m"] {
        let repo = governed()?;
        let clone = clone(&repo, &["--no-checkout", &format!("--filter={filter}")]);
        let checked = repo.check_in(&clone, &[]);
        is_incomplete(&checked);
        let finding = checked
            .finding("history-incomplete")
            .says("partial")
            .helps("without `--filter`");
        assert!(
            !finding
                .text("help")
                .unwrap_or_default()
                .contains("unshallow"),
            "Git refuses --unshallow there\n{checked}"
        );
        let status = repo.run_in(&clone, &["status"]);
        assert!(
            status.stderr.contains("--filter") && !status.stderr.contains("unshallow"),
            "{status}"
        );
    }
    Ok(())
}

#[test]
fn a_promisor_mark_counts_beside_its_pack_and_nowhere_else() -> TestResult {
    let repo = governed()?;
    let packs = repo.path().join(".git/objects/pack");
    fs::create_dir_all(&packs)?;
    fs::write(
        packs.join("pack-0000000000000000000000000000000000000000.promisor"),
        "",
    )?;
    repo.check().passes();
    repo.git(&["repack", "-a", "-d", "-q"]);
    for pack in fs::read_dir(&packs)?.collect::<Result<Vec<_>, _>>()? {
        if pack
            .path()
            .extension()
            .is_some_and(|extension| extension == "pack")
        {
            fs::write(pack.path().with_extension("promisor"), "")?;
        }
    }
    is_incomplete(&repo.check());
    Ok(())
}

#[test]
fn grafts_make_history_incomplete() -> TestResult {
    // The landing before HEAD is grafted away, and with it the revocation.
    let repo = governed()?;
    let (head, older) = (
        repo.git(&["rev-parse", "HEAD"]),
        repo.git(&["rev-parse", "HEAD~2"]),
    );
    fs::create_dir_all(repo.path().join(".git/info"))?;
    fs::write(
        repo.path().join(".git/info/grafts"),
        format!("{} {older}", head.trim()),
    )?;
    is_incomplete(&repo.check());
    Ok(())
}

/// The file of a loose object.
fn loose(repo: &Repo, id: &str) -> PathBuf {
    let file = repo
        .path()
        .join(".git/objects")
        .join(&id[..2])
        .join(&id[2..]);
    assert!(file.is_file(), "{id} is a loose object");
    file
}

/// Objects that the answer depends on, with what they are.
fn objects(repo: &Repo) -> Vec<(&'static str, String)> {
    let names = [
        ("the last commit's tree", "HEAD^{tree}"),
        ("the second parent", "HEAD^2"),
        ("a commit of the merged branch", "HEAD^2~1"),
        ("an old landing", "HEAD~1"),
        ("an old landing's tree", "HEAD~2^{tree}"),
        ("the anchor", "HEAD~3"),
        ("the anchor's tree", "HEAD~3^{tree}"),
        ("the folder of Skills", "HEAD:skills"),
        ("the policy", "HEAD:countersign.yaml"),
        ("a Skill", "HEAD:skills/pdf/SKILL.md"),
        ("an older Skill", "HEAD~1:skills/pdf/SKILL.md"),
        ("the records", "HEAD:approvals"),
    ];
    let mut all: Vec<(&str, String)> = names
        .into_iter()
        .map(|(what, name)| (what, repo.git(&["rev-parse", name]).trim().to_owned()))
        .collect();
    for line in repo.git(&["ls-tree", "-r", "HEAD", "approvals"]).lines() {
        all.push((
            "a record or its signature",
            line.split_whitespace()
                .nth(2)
                .expect("mode, kind, id")
                .to_owned(),
        ));
    }
    all
}

fn damaged(how: impl Fn(&Path)) -> TestResult {
    let template = governed()?;
    for (what, id) in objects(&template) {
        let repo = governed()?;
        let file = loose(&repo, &id);
        let mut permissions = fs::metadata(&file)?.permissions();
        #[allow(
            clippy::permissions_set_readonly_false,
            reason = "the repository is the test's own"
        )]
        permissions.set_readonly(false);
        fs::set_permissions(&file, permissions)?;
        how(&file);
        let checked = repo.check();
        assert_eq!(
            (checked.verdict(), checked.code()),
            ("not-evaluated", 3),
            "{what} {id}\n{checked}"
        );
        checked.finding("history-incomplete");
    }
    Ok(())
}

#[test]
fn a_missing_object_makes_history_incomplete() -> TestResult {
    damaged(|file| fs::remove_file(file).expect("the file is there"))
}

#[test]
fn a_truncated_object_makes_history_incomplete() -> TestResult {
    damaged(|file| {
        let bytes = fs::read(file).expect("the file is there");
        fs::write(file, &bytes[..bytes.len() / 2]).expect("it can be written");
    })
}

#[test]
fn an_empty_object_makes_history_incomplete() -> TestResult {
    damaged(|file| fs::write(file, b"").expect("it can be written"))
}

#[test]
fn an_object_of_rubbish_makes_history_incomplete() -> TestResult {
    damaged(|file| fs::write(file, b"rubbish that no inflate can read").expect("it can be written"))
}

#[test]
fn an_object_with_the_content_of_another_makes_history_incomplete() -> TestResult {
    // A sound object file, under a name that is not its hash: a Skill's bytes exchanged behind
    // Git's back.
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.commit(&alice, "Elsewhere", |tree| {
        tree.put("docs/evil.md", "---\nname: pdf\n---\nSend it.\n");
    })?;
    let id = |name: &str| repo.git(&["rev-parse", name]).trim().to_owned();
    let (skill, evil) = (
        loose(&repo, &id("HEAD:skills/pdf/SKILL.md")),
        loose(&repo, &id("HEAD:docs/evil.md")),
    );
    fs::remove_file(&skill)?;
    fs::copy(&evil, &skill)?;
    is_incomplete(&repo.check());
    Ok(())
}

#[test]
fn a_commit_object_with_the_content_of_another_makes_history_incomplete() -> TestResult {
    // HEAD's name holds an older commit's bytes: the revocation would be gone.
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let older = loose(&repo, &repo.head().to_string());
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    let head = loose(&repo, &repo.head().to_string());
    fs::remove_file(&head)?;
    fs::copy(&older, &head)?;
    is_incomplete(&repo.check());
    Ok(())
}

#[test]
fn a_truncated_pack_makes_history_incomplete() -> TestResult {
    let repo = governed()?;
    repo.git(&["gc", "--quiet", "--prune=now"]);
    let packs = repo.path().join(".git/objects/pack");
    let pack = fs::read_dir(&packs)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|one| one == "pack"));
    let pack = pack.expect("gc made a pack");
    repo.check().passes();
    let bytes = fs::read(&pack)?;
    fs::remove_file(&pack)?;
    fs::write(&pack, &bytes[..bytes.len() / 2])?;
    let checked = repo.check();
    assert_eq!(
        (checked.verdict(), checked.code()),
        ("not-evaluated", 3),
        "{checked}"
    );
    Ok(())
}

#[test]
fn a_tree_that_names_an_object_that_was_never_written_makes_history_incomplete() -> TestResult {
    let nowhere: ObjectId = "1111111111111111111111111111111111111111".parse()?;
    for path in [
        "skills/pdf/SKILL.md",
        "countersign.yaml",
        "approvals/skill/pdf/1.0.0/20260105T110000Z-approve-bob.yaml",
    ] {
        let mut repo = Repo::team();
        let alice = repo.alice.clone();
        repo.granted_skill("other", "1.0.0")?;
        repo.commit(&alice, "Nothing there", |tree| {
            tree.put_object(path, countersign::demo::tree::REGULAR, nowhere);
        })?;
        is_incomplete(&repo.check());
    }
    Ok(())
}

#[test]
fn a_commit_whose_parent_was_never_written_makes_history_incomplete() -> TestResult {
    let nowhere: ObjectId = "1111111111111111111111111111111111111111".parse()?;
    for second in [false, true] {
        let mut repo = Repo::team();
        let alice = repo.alice.clone();
        repo.granted_skill("pdf", "1.0.0")?;
        let (head, tree) = (repo.head(), repo.tree());
        let parents = if second {
            vec![head, nowhere]
        } else {
            vec![nowhere]
        };
        let draft = repo.draft_commit(parents.clone(), &tree, &alice, "From nowhere")?;
        let commit = repo.writer().write_commit(&draft)?;
        repo.adopt(commit, parents, tree, &alice)?;
        is_incomplete(&repo.check());
    }
    Ok(())
}
