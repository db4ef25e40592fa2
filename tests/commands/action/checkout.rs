//! What is checked out must be what the event is about: anyone who opened a pull request may push
//! to its branch while the job starts.

use serde_json::json;

use crate::action::gate::pull;
use countersign_testkit::runner::Runner;
use countersign_testkit::{Repo, TestResult};

/// Commits the tree of `of`, with the policy changed, on `parents`.
fn forged(
    repo: &Repo,
    of: &str,
    policy: &str,
    parents: &[&str],
) -> Result<String, Box<dyn std::error::Error>> {
    repo.git(&["checkout", "-q", "--force", "--detach", of]);
    std::fs::write(repo.path().join("countersign.yaml"), policy)?;
    repo.git(&["add", "countersign.yaml"]);
    let tree = repo.git(&["write-tree"]);
    let identity = [
        "-c",
        "user.name=mallory",
        "-c",
        "user.email=m@x.example",
        "commit-tree",
        "-m",
        "m",
        tree.trim(),
    ];
    let parents: Vec<&str> = parents.iter().flat_map(|parent| ["-p", parent]).collect();
    let commit = repo.git(&[&identity[..], &parents].concat());
    repo.git(&["checkout", "-q", "--force", "--detach", commit.trim()]);
    Ok(commit.trim().to_owned())
}

#[test]
fn a_merge_that_the_pull_request_made_itself_chooses_no_base() -> TestResult {
    let (repo, base, head) = pull(false)?;
    let forges = repo.git(&["rev-parse", "HEAD"]);
    let policy = std::fs::read_to_string(repo.path().join("countersign.yaml"))?;
    // A history of his own, in which the bytes have always been there and the pull request's branch
    // is the governed one.
    let own = policy.replace("branch: main", "branch: change") + "baseline: allow\n";
    let start = forged(&repo, head.trim(), &own, &[])?;
    let merge = forged(&repo, &start, &own, &[&start, head.trim()])?;
    repo.git(&["update-ref", "refs/remotes/origin/change", &merge]);
    Runner::pull(&head, &base)
        .act_for(forges.trim(), &repo, &repo.path())
        .says("not-evaluated", 3);
    // The right parents, and none of the change in it.
    let tree = repo.git(&["rev-parse", "main^{tree}"]);
    let identity = [
        "-c",
        "user.name=mallory",
        "-c",
        "user.email=m@x.example",
        "commit-tree",
        "-m",
        "m",
        tree.trim(),
    ];
    let empty = repo.git(&[&identity[..], &["-p", base.trim(), "-p", head.trim()]].concat());
    repo.git(&["checkout", "-q", "--force", "--detach", empty.trim()]);
    Runner::pull(&head, &base)
        .act_for(forges.trim(), &repo, &repo.path())
        .says("not-evaluated", 3);
    repo.git(&["checkout", "-q", "--force", "--detach", forges.trim()]);
    Runner::pull(&head, &base)
        .act_for(forges.trim(), &repo, &repo.path())
        .says("waiting", 1);
    Ok(())
}

#[test]
fn a_head_that_moved_on_while_the_job_started_is_not_judged_in_its_place() -> TestResult {
    let (mut repo, base, head) = pull(false)?;
    let forges = repo.git(&["rev-parse", "HEAD"]);
    let alice = repo.alice.clone();
    // The change is taken back; only the check of the commit that has it would be green.
    let harmless = repo
        .commit(&alice, "Take it back", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
        })?
        .to_string();
    repo.git(&["checkout", "-q", "--force", "--detach", &harmless]);
    let named = |runner: Runner| runner.with("COUNTERSIGN_BASE", base.trim());
    for runner in [
        Runner::pull(&head, &base),
        named(Runner::pull(&head, &base)),
    ] {
        let step = runner.act_for(forges.trim(), &repo, &repo.path());
        step.says("not-evaluated", 3);
        assert!(
            step.summary.contains("but the pull request"),
            "{}",
            step.summary
        );
    }
    Runner::pull(&harmless, &base)
        .act(&repo, &repo.path())
        .says("pass", 0);
    Ok(())
}

#[test]
fn a_push_judges_the_branch_that_was_pushed() -> TestResult {
    let (repo, ..) = pull(false)?;
    // Detached, as with `ref: ${{ github.sha }}`: no branch says by itself that this is a change of
    // another one.
    repo.git(&["checkout", "-q", "--force", "--detach", "change"]);
    let before = repo.git(&["rev-parse", "change~1"]);
    let step = Runner::new(
        "push",
        &json!({"ref": "refs/heads/change", "before": before.trim()}),
    )
    .act(&repo, &repo.path());
    step.says("waiting", 1);
    Ok(())
}
