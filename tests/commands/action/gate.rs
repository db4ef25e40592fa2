//! `command: check` on pull requests, merge queues and pushes.

use countersign::model::DecisionKind;
use serde_json::json;

use countersign_testkit::runner::Runner;
use countersign_testkit::{Repo, TestResult, git};

/// A team's repository whose branch `change` brings an unapproved Skill, checked out as the runner
/// does: the forge's merge of both.
pub fn pull(approved: bool) -> Result<(Repo, String, String), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.branch("change")?;
    repo.switch("change")?;
    repo.commit(&alice, "Do more", |tree| {
        tree.put_skill("pdf", "1.1.0", "Do it with `curl https://files.example`.");
    })?;
    if approved {
        repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.1.0")?;
    }
    let (base, head) = (
        repo.git(&["rev-parse", "main"]),
        repo.git(&["rev-parse", "change"]),
    );
    repo.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    repo.git(&["checkout", "-q", "--detach", "main"]);
    repo.git(&[
        "-c",
        "user.name=forge",
        "-c",
        "user.email=f@forge.example",
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "Merge",
        "change",
    ]);
    Ok((repo, base, head))
}

#[test]
fn a_pull_request_waits_until_it_is_approved_and_the_summary_names_who_is_missing() -> TestResult {
    let (repo, base, head) = pull(false)?;
    let step = Runner::pull(&head, &base).act(&repo, &repo.path());
    let report = step.says("waiting", 1);
    assert_eq!(report["base"], base.trim());
    assert!(step.summary.contains("needs one of"), "{}", step.summary);
    assert!(
        step.summary.contains("**widens**"),
        "the reviewer sees what it can do more\n{}",
        step.summary
    );
    assert!(
        step.summary.contains("countersign approve --pull 7"),
        "{}",
        step.summary
    );
    assert!(
        step.stdout.contains(
            "::error file=skills/pdf,title=unapproved-version::skill/pdf 1.1.0 is a draft ("
        ),
        "{}",
        step.stdout
    );
    Ok(())
}

#[test]
fn with_strict_a_warning_fails_and_every_surface_says_so() -> TestResult {
    let (repo, base, head) = pull(true)?;
    let with = |value: &str| {
        Runner::pull(&head, &base)
            .with("COUNTERSIGN_STRICT", value)
            .act(&repo, &repo.path())
    };
    with("").says("pass", 0);
    with("false").says("pass", 0);
    let step = with("true");
    let report = step.says("fail", 1);
    assert_eq!(report["strict"], true);
    assert!(
        step.summary.contains("which count as errors"),
        "{}",
        step.summary
    );
    assert!(step.summary.contains("--strict"), "{}", step.summary);
    let refused = with("True");
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(
        format!("{}{}", refused.stdout, refused.stderr)
            .contains("the input `strict` is not true or false"),
        "{}{}",
        refused.stdout,
        refused.stderr
    );
    Ok(())
}

#[test]
fn an_approved_pull_request_passes() -> TestResult {
    let (repo, base, head) = pull(true)?;
    let step = Runner::pull(&head, &base).act(&repo, &repo.path());
    step.says("pass", 0);
    assert!(
        step.summary.contains("bob by signature"),
        "{}",
        step.summary
    );
    Ok(())
}

#[test]
fn nothing_that_the_pull_request_wrote_is_obeyed() -> TestResult {
    let (repo, base, head) = pull(false)?;
    let step = Runner::pull(&head, &base).act(&repo, &repo.path());
    for text in [&step.stdout, &step.summary] {
        assert!(
            !text.contains("owned") && !text.contains("javascript"),
            "the title is not even read\n{text}"
        );
    }
    Ok(())
}

#[test]
fn a_head_that_was_checked_out_by_itself_is_judged_against_the_branch_of_origin() -> TestResult {
    let (repo, base, head) = pull(false)?;
    repo.git(&["checkout", "-q", "--detach", "change"]);
    let step = Runner::pull(&head, &base).act(&repo, &repo.path());
    assert_eq!(step.says("waiting", 1)["base"], base.trim());
    Ok(())
}

#[test]
fn without_the_base_in_the_clone_nothing_is_judged() -> TestResult {
    let (repo, base, head) = pull(true)?;
    repo.git(&["checkout", "-q", "--detach", "change"]);
    repo.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    let step = Runner::pull(&head, &base).act(&repo, &repo.path());
    step.says("not-evaluated", 3);
    assert!(step.summary.contains("fetch-depth"), "{}", step.summary);
    Ok(())
}

#[test]
fn a_merge_queue_is_judged_against_the_branch_and_only_for_its_own_commit() -> TestResult {
    let (repo, base, _) = pull(true)?;
    let merge = repo.git(&["rev-parse", "HEAD"]);
    let event = |head: &str| {
        let queue = format!("refs/heads/gh-readonly-queue/main/pr-7-{}", base.trim());
        json!({"merge_group": {"base_ref": "refs/heads/main", "base_sha": base.trim(), "head_sha": head.trim(), "head_ref": queue}})
    };
    let step = Runner::new("merge_group", &event(&merge)).act(&repo, &repo.path());
    step.says("pass", 0);
    let other = Runner::new("merge_group", &event(&base)).act(&repo, &repo.path());
    other.says("not-evaluated", 3);
    Ok(())
}

#[test]
fn a_push_must_contain_what_was_there_before() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let before = repo.git(&["rev-parse", "main~1"]);
    let push = |before: &str| {
        Runner::new(
            "push",
            &json!({"ref": "refs/heads/main", "before": before.trim()}),
        )
    };
    push(&before).act(&repo, &repo.path()).says("pass", 0);
    let alice = repo.alice.clone();
    let gone = repo
        .commit(&alice, "Go on", |tree| tree.put("README.md", "more\n"))?
        .to_string();
    repo.git(&["update-ref", "refs/heads/main", "main~1"]);
    let step = push(&gone).act(&repo, &repo.path());
    let report = step.says("fail", 1);
    assert_eq!(
        step.outputs["title"], "fail: includes-missing",
        "the only error is in the title"
    );
    assert!(
        report["findings"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["rule"] == "includes-missing")),
        "{report:#}"
    );
    Ok(())
}

#[test]
fn a_push_over_a_branch_that_was_rewritten_says_includes_missing_where_the_old_tip_is_gone()
-> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let gone = "0123456789012345678901234567890123456789";
    let step = Runner::new("push", &json!({"ref": "refs/heads/main", "before": gone}))
        .act(&repo, &repo.path());
    step.says("fail", 1);
    assert_eq!(step.outputs["title"], "fail: includes-missing");
    Ok(())
}

#[test]
fn every_name_that_a_branch_can_have_is_understood() -> TestResult {
    let (repo, base, head) = pull(true)?;
    let tip = |name: &str, sha: &str| json!({"ref": name, "sha": sha.trim()});
    for name in [
        "release@2",
        "feat/#12",
        "übung/名前",
        "a{b}",
        "a/-b",
        "dependabot/npm_and_yarn/@types/node-20",
    ] {
        let payload = json!({"pull_request": {"number": 7, "head": tip("change", &head), "base": tip(name, &base)}});
        Runner::new("pull_request", &payload)
            .act(&repo, &repo.path())
            .says("pass", 0);
        let pushed = json!({"ref": format!("refs/heads/{name}"), "before": base.trim()});
        let step = Runner::new("push", &pushed).act(&repo, &repo.path());
        assert_eq!(step.code, 0, "{name}\n{}{}", step.stdout, step.stderr);
    }
    Ok(())
}

#[test]
fn a_job_that_could_judge_nothing_says_why_once() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.commit(&alice, "More", |tree| tree.put("README.md", "more\n"))?;
    let dir = repo.beside().join("shallow");
    let from = format!("file://{}", repo.path().display());
    let place = dir.display().to_string();
    git(
        repo.beside(),
        repo.beside(),
        &["clone", "-q", "--depth", "1", &from, &place],
    );
    let step = Runner::new(
        "push",
        &json!({"ref": "refs/heads/main", "before": "0".repeat(40)}),
    )
    .act(&repo, &dir);
    assert_eq!(step.code, 3, "{}{}", step.stdout, step.stderr);
    let log = format!("{}{}", step.stdout, step.stderr);
    assert_eq!(
        log.matches("shallow").count(),
        2,
        "the fault and the fix\n{log}"
    );
    assert!(
        log.contains("::error title=countersign::history is incomplete"),
        "{log}"
    );
    Ok(())
}

#[test]
fn a_job_with_the_bases_secrets_is_refused() -> TestResult {
    let (repo, ..) = pull(true)?;
    let step = Runner::new("pull_request_target", &json!({})).act(&repo, &repo.path());
    assert_eq!(step.code, 2, "{}", step.stderr);
    assert!(
        step.stderr.contains("pull_request_target"),
        "{}",
        step.stderr
    );
    Ok(())
}

#[test]
fn an_anchor_that_a_push_could_move_is_refused() -> TestResult {
    let (repo, base, head) = pull(true)?;
    let step = Runner::pull(&head, &base)
        .with("COUNTERSIGN_ANCHOR", "main")
        .act(&repo, &repo.path());
    assert_eq!(step.code, 2, "{}", step.stderr);
    let first = git(
        &repo.path(),
        repo.beside(),
        &["rev-list", "--max-parents=0", "main"],
    );
    let step = Runner::pull(&head, &base)
        .with("COUNTERSIGN_ANCHOR", first.trim())
        .act(&repo, &repo.path());
    assert_eq!(step.says("pass", 0)["anchor_pinned"], true);
    Ok(())
}

#[test]
fn a_workflow_that_a_pull_request_may_rewrite_is_named() -> TestResult {
    let (repo, base, head) = pull(true)?;
    let step = Runner::pull(&head, &base).act(&repo, &repo.path());
    assert!(
        step.summary.contains("[`gate-not-protected`](https://github.com/tool/countersign/blob/v1/docs/rules.md#gate-not-protected)"),
        "{}",
        step.summary
    );
    let mut protected = Repo::team_with(
        |policy| policy.line("protect: [.github/workflows/countersign.yml]"),
        |tree| tree.put(".github/workflows/countersign.yml", "name: x\n"),
    );
    protected.approved_skill("pdf", "1.0.0")?;
    let step = Runner::new("schedule", &json!({})).act(&protected, &protected.path());
    assert!(
        !step.summary.contains("gate-not-protected"),
        "{}",
        step.summary
    );
    Ok(())
}

#[test]
fn a_shallow_clone_does_not_pass_and_the_summary_says_what_to_set() -> TestResult {
    let (repo, base, head) = pull(true)?;
    let clone = repo.beside().join("shallow");
    let url = format!("file://{}", repo.path().display());
    git(
        repo.beside(),
        repo.beside(),
        &[
            "clone",
            "-q",
            "--depth",
            "1",
            &url,
            clone.to_str().expect("a plain path"),
        ],
    );
    let step = Runner::pull(&head, &base).act(&repo, &clone);
    step.says("not-evaluated", 3);
    assert!(step.summary.contains("fetch-depth"), "{}", step.summary);
    Ok(())
}

#[test]
fn sarif_is_written_where_it_is_requested() -> TestResult {
    let (repo, base, head) = pull(false)?;
    let step = Runner::pull(&head, &base)
        .with("COUNTERSIGN_SARIF", "true")
        .act(&repo, &repo.path());
    let sarif = std::fs::read(&step.outputs["sarif"])?;
    let sarif: serde_json::Value = serde_json::from_slice(&sarif)?;
    let results = sarif["runs"][0]["results"]
        .as_array()
        .expect("a run has results");
    assert!(
        results
            .iter()
            .any(|result| result["ruleId"] == "unapproved-version" && result["level"] == "error"),
        "{sarif:#}"
    );
    Ok(())
}
