//! A revocation binds what its signer may lower, and nothing that other people own.

use countersign::demo::documents::prompt_text;
use countersign::demo::{Person, PolicyDraft};
use countersign::model::DecisionKind::{self, Approve, Block, Revoke};

use countersign_testkit::{Repo, TestResult};

fn dave() -> Person {
    Person::new("dave")
}

/// The team, where Dave alone owns the prompts and may do nothing else.
fn with_prompts_of_dave() -> Repo {
    let change = |policy: PolicyDraft| {
        policy.person(&dave()).with(|policy| {
            policy
                .teams
                .push(("lab".to_owned(), vec!["dave".to_owned()]));
            policy.entries.retain(|entry| !entry.contains("prompts/*"));
            policy
                .entries
                .push("{kind: prompt, path: \"prompts/*\", owners: [lab]}".to_owned());
        })
    };
    Repo::team_with(change, |_| ())
}

#[test]
fn the_owner_of_a_prompt_revokes_no_skill_of_others_by_naming_its_bytes() -> TestResult {
    let mut repo = with_prompts_of_dave();
    repo.granted_skill("pdf", "1.0.0")?;
    let digest = Some(repo.tree().digest("skills/pdf"));
    repo.commit(&dave(), "Add a prompt", |tree| {
        tree.put("prompts/x.md", prompt_text("1.0.0", "Say hello."));
    })?;
    repo.branch("change")?;
    let record = repo
        .draft_for(Revoke, &dave(), "prompt/x", "1.0.0", digest)
        .record();
    repo.land(&dave(), &record)?;
    let gate = repo.check_with(&["--base", "main"]);
    gate.assert("pass", &[])
        .finding("revoked-elsewhere")
        .is("warning")
        .has("subject", "skill/pdf")
        .by("dave");
    repo.switch("main")?;
    repo.merge("change", countersign::demo::Method::FastForward, &dave())?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    repo.check()
        .finding("revoked-elsewhere")
        .has("subject", "skill/pdf")
        .says("prompt/x");
    Ok(())
}

#[test]
fn the_owner_of_a_prompt_cannot_revoke_other_peoples_skills_by_revoking_a_file_in_it() -> TestResult
{
    // In whatever order: the prompt may land before its revocation, or after.
    for revoked_first in [false, true] {
        let mut repo = with_prompts_of_dave();
        let [alice, bob, _] = repo.people();
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
            tree.put("skills/pdf/LICENSE", "MIT\n");
        })?;
        repo.approve(&bob, "pdf", "1.0.0")?;
        let mut bytes = repo.tree();
        bytes.put("prompts/y.md", "MIT\n");
        let digest = bytes.digest("prompts/y.md");
        let version = format!("0.0.0-sha{}", digest.short(12));
        let revoke = repo
            .draft_for(Revoke, &dave(), "prompt/y", &version, Some(digest))
            .record();
        let first = if revoked_first {
            "Something else\n"
        } else {
            "MIT\n"
        };
        repo.commit(&dave(), "Add a prompt", |tree| {
            tree.put("prompts/y.md", first);
        })?;
        repo.land(&dave(), &revoke)?;
        if revoked_first {
            repo.commit(&dave(), "Change it", |tree| {
                tree.put("prompts/y.md", "MIT\n");
            })?;
        }
        repo.check()
            .without("contains-revoked-file")
            .finding("revoked-elsewhere")
            .has("subject", "skill/pdf");
        assert_eq!(
            repo.state("skill/pdf"),
            "approved",
            "revoked first: {revoked_first}"
        );
        assert_eq!(repo.state("prompt/y"), "revoked");
    }
    Ok(())
}

#[test]
fn bytes_that_were_revoked_elsewhere_are_refused_for_everything_that_is_not_granted_yet()
-> TestResult {
    let mut repo = with_prompts_of_dave();
    let bob = repo.bob.clone();
    let mut bytes = repo.tree();
    bytes.put_skill("pdf", "1.0.0", "Do it well, as of 1.0.0.");
    let digest = bytes.digest("skills/pdf");
    repo.commit(&dave(), "Add a prompt", |tree| {
        tree.put("prompts/x.md", prompt_text("1.0.0", "Say hello."));
    })?;
    let record = repo
        .draft_for(Revoke, &dave(), "prompt/x", "1.0.0", Some(digest))
        .record();
    repo.land(&dave(), &record)?;
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "revoked");
    Ok(())
}

#[test]
fn a_revocation_by_someone_who_may_lower_both_binds_both() -> TestResult {
    let mut repo = with_prompts_of_dave();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let digest = Some(repo.tree().digest("skills/pdf"));
    repo.commit(&dave(), "Add a prompt", |tree| {
        tree.put("prompts/x.md", prompt_text("1.0.0", "Say hello."));
    })?;
    for (by, state) in [(&dave(), "approved"), (&carol, "revoked")] {
        let record = repo
            .draft_for(Revoke, by, "prompt/x", "1.0.0", digest)
            .record();
        repo.land(by, &record)?;
        assert_eq!(repo.state("skill/pdf"), state);
    }
    Ok(())
}

#[test]
fn the_owners_of_a_spared_skill_can_still_decide_about_it() -> TestResult {
    for (kind, state) in [
        (Block, "blocked"),
        (Revoke, "revoked"),
        (DecisionKind::Deprecate, "deprecated"),
    ] {
        let mut repo = with_prompts_of_dave();
        let alice = repo.alice.clone();
        repo.granted_skill("pdf", "1.0.0")?;
        let digest = Some(repo.tree().digest("skills/pdf"));
        repo.commit(&dave(), "Add a prompt", |tree| {
            tree.put("prompts/x.md", prompt_text("1.0.0", "Say hello."));
        })?;
        let record = repo
            .draft_for(Revoke, &dave(), "prompt/x", "1.0.0", digest)
            .record();
        repo.land(&dave(), &record)?;
        repo.decide(&alice, kind, "skill/pdf", "1.0.0")?;
        assert_eq!(repo.state("skill/pdf"), state);
    }
    Ok(())
}

#[test]
fn a_gate_excuses_no_subject_that_no_record_in_the_change_names() -> TestResult {
    // Carol may revoke everywhere, but she names the prompt only; the Skill with the same bytes is
    // turned as well.
    let mut repo = with_prompts_of_dave();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let digest = Some(repo.tree().digest("skills/pdf"));
    repo.commit(&dave(), "Add a prompt", |tree| {
        tree.put("prompts/x.md", prompt_text("1.0.0", "Say hello."));
    })?;
    repo.branch("change")?;
    let record = repo
        .draft_for(Revoke, &carol, "prompt/x", "1.0.0", digest)
        .record();
    repo.land(&carol, &record)?;
    repo.check_with(&["--base", "main"])
        .assert("fail", &[])
        .finding("revoked-content")
        .has("subject", "skill/pdf");
    // Where the record names it, an urgent stop passes.
    repo.switch("main")?;
    repo.branch("named")?;
    repo.decide(&carol, Revoke, "skill/pdf", "1.0.0")?;
    repo.check_with(&["--base", "main"]).assert("pass", &[]);
    Ok(())
}

#[test]
fn one_key_votes_once_for_a_version_no_matter_who_has_it() -> TestResult {
    // Two approvals are required. Bob's key becomes Dave's: it does not count as two votes.
    let two = |policy: PolicyDraft| countersign_testkit::any_two_members(policy.person(&dave()));
    let mut repo = Repo::team_with(two, |_| ());
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.decide(&bob, Approve, "skill/pdf", "1.0.0")?;
    let key = countersign::demo::policy::ssh_key(&bob);
    let handed_on = two(repo.team_policy())
        .successor(&repo.tree())
        .with(|policy| {
            policy
                .principals
                .retain(|principal| principal.name != "bob");
            policy.teams[0].1 = vec!["alice".to_owned(), "dave".to_owned()];
            policy.principal("dave").keys = vec![key];
        });
    let [alice, _, carol] = repo.people();
    repo.commit(&alice, "Policy 2", |tree| tree.put_policy(&handed_on))?;
    for by in [&alice, &carol] {
        repo.decide(by, Approve, "policy/countersign", "2")?;
    }
    repo.check()
        .assert("fail", &[])
        .finding("key-reassigned")
        .is("error")
        .by("dave")
        .says("bob");
    assert_eq!(repo.check().json()["policy_serial"], 1);
    Ok(())
}

#[test]
fn blocked_bytes_are_refused_under_another_name_until_the_block_is_lifted() -> TestResult {
    for all in [false, true] {
        let mut repo = Repo::team_with(|policy| policy.line("unapproved: allow"), |_| ());
        let [alice, bob, _] = repo.people();
        let text = "---\ndescription: Does things.\nmetadata:\n  version: \"1.0.0\"\n---\n\nHi.\n";
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put("skills/pdf/SKILL.md", text);
        })?;
        repo.approve(&bob, "pdf", "1.0.0")?;
        let digest = Some(repo.tree().digest("skills/pdf")).filter(|_| !all);
        let version = if all { "all" } else { "1.0.0" };
        let block = repo
            .draft_for(Block, &bob, "skill/pdf", version, digest)
            .record();
        repo.land(&bob, &block)?;
        let lift = format!(
            "`countersign unblock skill/pdf{} --reason …`",
            if all { " --all-versions" } else { "" }
        );
        repo.check().finding("blocked-version").helps(&lift);
        repo.branch("work")?;
        repo.commit(&alice, "Rename", |tree| {
            tree.rename("skills/pdf", "skills/csv");
        })?;
        let gate = repo.check_with(&["--base", "main"]);
        let lift = format!(
            "`countersign unblock skill/pdf{} --reason …`",
            if all { " --all-versions" } else { "@1.0.0" }
        );
        gate.assert("fail", &["blocked-version"])
            .finding("blocked-version")
            .has("subject", "skill/csv")
            .by("bob")
            .helps(&lift);
        let approve = repo.decide(&bob, Approve, "skill/csv", "1.0.0")?;
        let checked = repo.check_with(&["--base", "main"]);
        checked
            .assert("fail", &["blocked-version"])
            .finding_at("decision-without-effect", &approve.path)
            .by("bob");
        let explained = repo.run(&["explain", "skill/csv"]).exits(0);
        assert!(
            explained.stdout.contains("countersign unblock skill/pdf"),
            "{explained}"
        );
        repo.switch("main")?;
        repo.merge("work", countersign::demo::Method::FastForward, &alice)?;
        assert_eq!(repo.state("skill/csv"), "blocked");
        let unblock = repo
            .draft_for(DecisionKind::Unblock, &bob, "skill/pdf", version, digest)
            .answers(&[&block])
            .record();
        repo.land(&bob, &unblock)?;
        assert_eq!(repo.state("skill/csv"), "draft");
        let again = repo
            .draft(Approve, &bob, "skill/csv", "1.0.0")?
            .reason("After all.")
            .record();
        repo.land(&bob, &again)?;
        assert_eq!(repo.state("skill/csv"), "approved");
    }
    Ok(())
}

#[test]
fn the_owner_of_a_prompt_blocks_no_skill_of_others_by_naming_its_bytes() -> TestResult {
    let mut repo = with_prompts_of_dave();
    repo.granted_skill("pdf", "1.0.0")?;
    let digest = Some(repo.tree().digest("skills/pdf"));
    repo.commit(&dave(), "Add a prompt", |tree| {
        tree.put("prompts/x.md", prompt_text("1.0.0", "Say hello."));
    })?;
    let record = repo
        .draft_for(Block, &dave(), "prompt/x", "1.0.0", digest)
        .record();
    repo.land(&dave(), &record)?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    repo.check()
        .finding("revoked-elsewhere")
        .is("warning")
        .has("subject", "skill/pdf")
        .says("were blocked as prompt/x by dave");
    Ok(())
}

#[test]
fn a_block_by_someone_who_may_lower_both_binds_both_and_is_lifted_for_both() -> TestResult {
    let mut repo = with_prompts_of_dave();
    let alice = repo.alice.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let digest = Some(repo.tree().digest("skills/pdf"));
    repo.commit(&dave(), "Add a prompt", |tree| {
        tree.put("prompts/x.md", prompt_text("1.0.0", "Say hello."));
    })?;
    let block = repo
        .draft_for(Block, &alice, "prompt/x", "all", None)
        .record();
    repo.land(&alice, &block)?;
    assert_eq!(repo.state("skill/pdf"), "approved", "other bytes");
    let block = repo
        .draft_for(Block, &alice, "skill/csv", "1.0.0", digest)
        .record();
    repo.land(&alice, &block)?;
    assert_eq!(
        (repo.state("skill/pdf"), repo.current("skill/pdf")),
        ("blocked".to_owned(), "null".to_owned())
    );
    repo.check()
        .assert("fail", &["blocked-version"])
        .finding("blocked-version")
        .by("alice");
    Ok(())
}
