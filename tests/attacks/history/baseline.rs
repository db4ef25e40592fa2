//! What was there at the anchor is held against no one until it changes; moving it and bringing it
//! back are changes.

use countersign::demo::{Method, PolicyDraft};

use countersign_testkit::{Checked, Repo, TestResult, rule};

/// Skills of the lab and of high risk; baseline bytes are allowed.
fn two_places(policy: PolicyDraft) -> PolicyDraft {
    policy.line("baseline: allow").with(|policy| {
        policy
            .entries
            .push("{kind: skill, path: \"lab/*\", owners: [data-platform], risk: low}".to_owned());
        policy.entries.push(
            "{kind: skill, path: \".claude/skills/*\", owners: [data-platform], risk: low}"
                .to_owned(),
        );
        policy
            .entries
            .push("{kind: skill, path: \"vault/*\", owners: [security], risk: high}".to_owned());
    })
}

fn there_before() -> Repo {
    Repo::team_with(two_places, |tree| {
        tree.put_skill("pdf", "1.0.0", "There before.");
        tree.rename("skills/pdf", "lab/pdf");
    })
}

#[track_caller]
fn waits(checked: &Checked) {
    checked
        .assert("waiting", &[])
        .without("baseline-content")
        .finding("unapproved-version")
        .has("subject", "skill/pdf");
    assert_eq!(checked.code(), 1);
}

#[test]
fn baseline_bytes_moved_to_a_path_that_is_loaded_or_of_high_risk_are_a_draft() -> TestResult {
    for place in [".claude/skills/pdf", "vault/pdf", "skills/pdf"] {
        let mut repo = there_before();
        repo.check().passes().finding("baseline-content");
        let alice = repo.alice.clone();
        repo.branch("change")?;
        repo.commit(&alice, "Move it", |tree| tree.rename("lab/pdf", place))?;
        waits(&repo.check_with(&["--base", "main"]));
        repo.switch("main")?;
        repo.merge("change", Method::Squash, &alice)?;
        waits(&repo.check());
        assert_eq!(repo.state("skill/pdf"), "draft", "{place}");
    }
    Ok(())
}

#[test]
fn baseline_bytes_copied_to_a_second_path_are_a_draft() -> TestResult {
    let mut repo = there_before();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Load it", |tree| {
        tree.copy("lab/pdf", ".claude/skills/pdf");
    })?;
    waits(&repo.check());
    // Back at the old path alone it is still not what it was: it left its state for a while.
    Ok(())
}

#[test]
fn baseline_bytes_that_leave_and_return_are_a_draft() -> TestResult {
    let mut repo = there_before();
    let (alice, before) = (repo.alice.clone(), repo.tree());
    repo.commit(&alice, "Change it", |tree| {
        tree.edit("lab/pdf/SKILL.md", |text| text + "More.\n");
    })?;
    waits(&repo.check());
    repo.branch("change")?;
    repo.commit(&alice, "Change it back", |tree| {
        tree.put("lab/pdf/SKILL.md", before.text("lab/pdf/SKILL.md"));
    })?;
    waits(&repo.check_with(&["--base", "main"]));
    repo.switch("main")?;
    repo.merge("change", Method::Squash, &alice)?;
    waits(&repo.check());
    Ok(())
}

#[test]
fn baseline_bytes_that_are_deleted_and_put_back_are_a_draft() -> TestResult {
    let mut repo = there_before();
    let (alice, before) = (repo.alice.clone(), repo.tree());
    repo.commit(&alice, "Delete it", |tree| assert!(tree.remove("lab/pdf")))?;
    repo.commit(&alice, "Put it back", |tree| {
        tree.put("lab/pdf/SKILL.md", before.text("lab/pdf/SKILL.md"));
    })?;
    waits(&repo.check());
    Ok(())
}

#[test]
fn baseline_bytes_that_a_policy_stops_and_starts_governing_were_there_all_the_time() -> TestResult {
    let mut repo = there_before();
    let draft = two_places(repo.team_policy());
    let narrowed = repo.change_policy(&draft, |policy| {
        policy.entries.retain(|entry| !entry.contains("lab/"));
    })?;
    repo.change_policy(&narrowed, |policy| {
        policy
            .entries
            .push("{kind: skill, path: \"lab/*\", owners: [data-platform], risk: low}".to_owned());
        policy.approvals = vec![rule("count: 1, from: [owners]")];
    })?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "fail", "{checked}");
    Ok(())
}

#[test]
fn baseline_bytes_that_left_main_do_not_pass_again_on_a_line_that_kept_them() -> TestResult {
    for back in [false, true] {
        let mut repo = there_before();
        let alice = repo.alice.clone();
        let anchor = repo.head();
        let first = repo.tree();
        repo.commit(&alice, "Change it", |tree| {
            tree.put(
                "lab/pdf/SKILL.md",
                "---\nname: pdf\ndescription: Other.\n---\n",
            );
        })?;
        if back {
            let head = repo.head();
            repo.commit_tree(vec![head], first.clone(), &alice, "Change it back")?;
        }
        repo.check().assert("waiting", &["unapproved-version"]);
        // The line that kept them takes main in, and becomes main.
        let main = repo.head();
        repo.branch_at("kept", anchor)?;
        repo.commit_tree(vec![anchor, main], first, &alice, "Merge main")?;
        let kept = repo.head();
        repo.switch("main")?;
        repo.reset(kept)?;
        waits(&repo.check());
    }
    Ok(())
}

#[test]
fn baseline_bytes_pass_where_a_branch_that_left_them_alone_is_merged() -> TestResult {
    let mut repo = there_before();
    let alice = repo.alice.clone();
    repo.branch("change")?;
    repo.commit(&alice, "Docs", |tree| tree.put("docs/guide.md", "Guide"))?;
    repo.drafted_skill("csv", "1.0.0")?;
    let bob = repo.bob.clone();
    repo.approve(&bob, "csv", "1.0.0")?;
    repo.switch("main")?;
    repo.merge("change", Method::Merge, &alice)?;
    repo.check().passes().finding("baseline-content");
    Ok(())
}
