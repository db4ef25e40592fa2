//! Replace refs: Git shows another history, this tool does not.

use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult};

/// A revoked Skill, and the landing before its revocation.
fn revoked() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    repo.check().assert("fail", &["revoked-content"]);
    Ok(repo)
}

/// Replaces `object` by `by` for everybody who looks through Git, and asserts that the answer stays
/// the same.
fn replaced(object: &str, by: &str) -> TestResult {
    let repo = revoked()?;
    let (check, status, log) = (
        repo.check(),
        repo.run(&["status", "--format", "json"]),
        repo.run(&["log", "--format", "json"]),
    );
    let id = |name: &str| repo.git(&["rev-parse", name]).trim().to_owned();
    let (object, by) = (id(object), id(by));
    let before = repo.git(&["cat-file", "-p", &object]);
    repo.git(&["replace", "--force", &object, &by]);
    assert_ne!(
        repo.git(&["cat-file", "-p", &object]),
        before,
        "Git is deceived"
    );
    assert_eq!(check.json(), repo.check().json());
    let now = repo.run(&["status", "--format", "json"]);
    assert_eq!((status.code, status.stdout), (now.code, now.stdout));
    assert_eq!(log.stdout, repo.run(&["log", "--format", "json"]).stdout);
    Ok(())
}

#[test]
fn a_replaced_commit_gives_the_same_answer_as_without() -> TestResult {
    replaced("HEAD", "HEAD~1")?;
    replaced("HEAD~1", "HEAD~2")
}

#[test]
fn a_replaced_tree_gives_the_same_answer_as_without() -> TestResult {
    replaced("HEAD^{tree}", "HEAD~1^{tree}")
}

#[test]
fn a_replaced_blob_gives_the_same_answer_as_without() -> TestResult {
    replaced("HEAD:skills/pdf/SKILL.md", "HEAD:countersign.yaml")?;
    replaced("HEAD:countersign.yaml", "HEAD:skills/pdf/SKILL.md")
}

#[test]
fn a_replace_ref_fetched_with_the_history_deceives_no_clone() -> TestResult {
    let repo = revoked()?;
    let clone = repo.beside().join("clone");
    repo.git(&["replace", "HEAD", "HEAD~1"]);
    let target = clone
        .to_str()
        .expect("temporary directories have plain names");
    countersign_testkit::git(
        repo.beside(),
        repo.beside(),
        &[
            "clone",
            "--quiet",
            "--mirror",
            &format!("file://{}", repo.path().display()),
            target,
        ],
    );
    repo.check_in(&clone, &[])
        .assert("fail", &["revoked-content"]);
    Ok(())
}
