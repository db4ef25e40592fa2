//! Who writes a policy and who may approve it: no one approves their own change while others could,
//! and no one is locked out.

use countersign::demo::{Method, Person, PolicyDraft};
use countersign::model::DecisionKind::{Approve, Block};

use countersign_testkit::adoption::{POLICY, adopt, set_keys};
use countersign_testkit::views::serial;
use countersign_testkit::{Repo, TestResult, sit};

/// One approval is enough.
fn one(policy: PolicyDraft) -> PolicyDraft {
    policy.with(|draft| draft.policy_changes = 1)
}

#[test]
fn a_sole_administrator_changes_the_policy_repeatedly_next_to_people_with_keys() -> TestResult {
    let sole = |policy: PolicyDraft| {
        one(policy).with(|draft| draft.administrators = vec!["alice".to_owned()])
    };
    let mut repo = Repo::team_with(sole, |_| ());
    let alice = repo.alice.clone();
    let mut draft = sole(repo.team_policy());
    for (number, line) in [(2, "retention: {decisions: 7y}"), (3, "unapproved: allow")] {
        draft = draft.successor(&repo.tree()).line(line);
        adopt(&mut repo, &draft, &[&alice])?;
        assert_eq!(serial(&repo), number);
        repo.check()
            .passes()
            .finding("self-approval-exempt")
            .is("warning")
            .by("alice")
            .has("subject", POLICY);
    }
    Ok(())
}

#[test]
fn a_sole_administrator_left_over_after_a_suspension_changes_the_policy() -> TestResult {
    let mut repo = Repo::team_with(one, |_| ());
    let alice = repo.alice.clone();
    repo.decide(&alice, Block, "principal/carol", "all")?;
    let next = one(repo.team_policy())
        .successor(&repo.tree())
        .with(|draft| draft.administrators = vec!["alice".to_owned()]);
    adopt(&mut repo, &next, &[&alice])?;
    assert_eq!(serial(&repo), 2);
    repo.check().passes();
    Ok(())
}

#[test]
fn administrators_without_keys_as_code_owners_gives_them_lock_no_one_out() -> TestResult {
    let placeholders = |policy: PolicyDraft| {
        one(policy).with(|draft| {
            for name in ["bob", "carol"] {
                set_keys(draft, name, &[]);
            }
            draft.administrators = vec!["alice".to_owned(), "bob".to_owned(), "carol".to_owned()];
        })
    };
    let mut repo = Repo::team_with(placeholders, |_| ());
    let alice = repo.alice.clone();
    let next = placeholders(repo.team_policy())
        .successor(&repo.tree())
        .line("unapproved: allow");
    adopt(&mut repo, &next, &[&alice])?;
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn a_change_that_someone_else_wrote_needs_one_administrator_and_is_not_labeled() -> TestResult {
    let mut repo = Repo::team_with(one, |_| ());
    let [alice, bob, _] = repo.people();
    let next = one(repo.team_policy())
        .successor(&repo.tree())
        .line("unapproved: allow");
    repo.commit(&bob, "Propose", |tree| tree.put_policy(&next))?;
    repo.decide(&alice, Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 2);
    repo.check().passes().without("self-approval-exempt");
    Ok(())
}

#[test]
fn the_authors_own_signature_on_their_branch_waits_for_the_other_administrator_and_is_not_a_fork()
-> TestResult {
    for method in [Method::Merge, Method::Squash, Method::Rebase] {
        let mut repo = Repo::team_with(one, |_| ());
        let [alice, bob, carol] = repo.people();
        repo.branch("change")?;
        let next = one(repo.team_policy())
            .successor(&repo.tree())
            .line("unapproved: allow");
        repo.commit(&alice, "Propose", |tree| tree.put_policy(&next))?;
        repo.check_with(&["--base", "main"])
            .assert("waiting", &["policy-pending"]);
        repo.decide(&alice, Approve, POLICY, "2")?;
        repo.check_with(&["--base", "main"])
            .assert("waiting", &["policy-pending"])
            .without("policy-fork");
        repo.switch("main")?;
        repo.merge("change", method, &bob)?;
        repo.check()
            .assert("waiting", &["policy-pending"])
            .without("policy-fork");
        repo.decide(&carol, Approve, POLICY, "2")?;
        repo.check().passes().without("policy-fork");
        assert_eq!(serial(&repo), 2, "{method:?}");
    }
    Ok(())
}

#[test]
fn a_policy_that_took_effect_on_a_branch_is_a_fork_until_it_is_approved_here() -> TestResult {
    // The merge drops the approval, so the policy took effect on the branch alone.
    let mut repo = Repo::team_with(one, |_| ());
    let [alice, bob, carol] = repo.people();
    repo.branch("change")?;
    let next = one(repo.team_policy())
        .successor(&repo.tree())
        .line("unapproved: allow");
    repo.commit(&alice, "Propose", |tree| tree.put_policy(&next))?;
    let proposed = repo.tree();
    repo.decide(&carol, Approve, POLICY, "2")?;
    repo.switch("main")?;
    let (main, change) = (repo.head(), repo.tip("change")?);
    repo.commit_tree(
        vec![main, change],
        proposed,
        &bob,
        "Merge without the approval",
    )?;
    repo.check()
        .assert("fail", &["policy-fork", "policy-pending"]);
    repo.wait(60);
    repo.decide(&carol, Approve, POLICY, "2")?;
    repo.check().passes().without("policy-fork");
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn while_a_fork_is_open_nothing_granted_since_the_lines_parted_is_approved() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("long-ago")?;
    repo.switch("main")?;
    let first = repo.team_policy();
    repo.change_policy(&first, |policy| {
        policy.teams[0].1.retain(|name| name != "bob");
    })?;
    // On the old line Bob still approves.
    repo.switch("long-ago")?;
    repo.drafted_skill("csv", "1.0.0")?;
    repo.approve(&bob, "csv", "1.0.0")?;
    let swapped = repo.merge("main", Method::Ours, &bob)?;
    repo.switch("main")?;
    repo.reset(swapped)?;
    repo.check().assert("fail", &["policy-fork"]);
    assert_eq!(
        (repo.state("skill/pdf"), repo.state("skill/csv")),
        ("approved".to_owned(), "draft".to_owned())
    );
    Ok(())
}

/// A branch, and the next policy for it, which two of two administrators can change.
fn to_be_changed() -> Result<(Repo, PolicyDraft), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.branch("change")?;
    let two = repo
        .team_policy()
        .successor(&repo.tree())
        .line("unapproved: allow");
    Ok((repo, two))
}

#[test]
fn a_policy_that_could_not_be_changed_any_more_is_named_before_it_lands() -> TestResult {
    let (mut repo, two) = to_be_changed()?;
    let alice = repo.alice.clone();
    // Two of two: the loss of one key would end it.
    repo.commit(&alice, "Propose", |tree| tree.put_policy(&two))?;
    repo.check_with(&["--base", "main"])
        .assert("waiting", &[])
        .finding("administrators-too-few")
        .is("warning")
        .says("without one of them");
    // Three of two could never be changed, and never comes into force.
    let three = two.with(|draft| draft.policy_changes = 3);
    repo.commit(&alice, "Propose", |tree| tree.put_policy(&three))?;
    repo.check_with(&["--base", "main"])
        .assert("fail", &[])
        .finding("administrators-too-few")
        .is("error");
    Ok(())
}

#[test]
fn a_lower_count_is_advised_only_where_there_is_one() -> TestResult {
    let (mut repo, two) = to_be_changed()?;
    let alice = repo.alice.clone();
    let sole = two.clone().with(|draft| {
        draft.policy_changes = 1;
        draft.administrators = vec!["alice".to_owned()];
    });
    for (policy, advised) in [(two, true), (sole, false)] {
        repo.commit(&alice, "Propose", |tree| tree.put_policy(&policy))?;
        let checked = repo.check_with(&["--base", "main"]);
        let found = checked.finding("administrators-too-few");
        let help = found.text("help").unwrap_or_default();
        let lower = help.contains("; or lower `policy_changes.count` to 1.");
        assert_eq!(lower, advised, "{help}");
        assert!(advised || !help.contains("lower"), "{help}");
    }
    Ok(())
}

#[test]
fn an_author_who_would_not_count_is_refused_before_anything_is_written() -> TestResult {
    let mut repo = Repo::team_with(one, |_| ());
    let alice = repo.alice.clone();
    let next = one(repo.team_policy())
        .successor(&repo.tree())
        .line("unapproved: allow");
    repo.commit(&alice, "Propose", |tree| tree.put_policy(&next))?;
    repo.checkout()?;
    sit(&repo, "alice");
    let refused = repo
        .run(&["approve", "policy", "--reason", "Looks good."])
        .exits(2);
    assert!(
        refused.stderr.contains("alice wrote it") && refused.stderr.contains("carol"),
        "{refused}"
    );
    assert!(
        !repo.path().join("approvals").exists(),
        "nothing is written"
    );
    sit(&repo, "carol");
    repo.run(&["approve", "policy", "--reason", "Looks good."])
        .exits(0);
    Ok(())
}

#[test]
fn a_policy_and_a_principal_can_be_explained() -> TestResult {
    let mut repo = Repo::team_with(one, |_| ());
    let [alice, _, carol] = repo.people();
    let next = one(repo.team_policy())
        .successor(&repo.tree())
        .line("unapproved: allow");
    repo.commit(&alice, "Propose", |tree| tree.put_policy(&next))?;
    repo.decide(&alice, Approve, POLICY, "2")?;
    repo.decide(&carol, Block, "principal/bob", "all")?;
    let pending = repo.run(&["explain", "policy/countersign"]).exits(0);
    for part in [
        "policy/countersign 2: pending",
        "0 of 1: needs carol",
        "written by",
        "alice",
        "countersign approve policy",
    ] {
        assert!(pending.stdout.contains(part), "{part}\n{pending}");
    }
    let first = repo
        .run(&["explain", "policy/countersign@1", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(
        (first["standing"].as_str(), first["serial"].as_u64()),
        (Some("in force"), Some(1))
    );
    assert_eq!(
        first["administrators"][0]["keys"][0].as_str(),
        Some(alice.fingerprint().as_str())
    );
    let gone = repo.run(&["explain", "policy/countersign@9"]).exits(2);
    assert!(gone.stderr.contains("serial 9"), "{gone}");
    let bob = repo.run(&["explain", "principal/bob"]).exits(0);
    for part in [
        "principal/bob: suspended",
        "member of data-platform",
        "carol",
        "countersign unblock principal/bob",
    ] {
        assert!(bob.stdout.contains(part), "{part}\n{bob}");
    }
    let stranger = repo.run(&["explain", "principal/mallory"]).exits(2);
    assert!(
        stranger.stderr.contains("not in the current policy"),
        "{stranger}"
    );
    let status = repo.run(&["status"]).exits(0);
    for part in [
        "serial 2 is pending: 0 of 1: needs carol",
        "bob: new decisions of theirs do not count",
    ] {
        assert!(status.stdout.contains(part), "{part}\n{status}");
    }
    Ok(())
}

#[test]
fn status_shows_blocked_versions_that_are_not_in_the_tree() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let digest = Some(repo.tree().digest("skills/pdf"));
    repo.granted_skill("pdf", "1.1.0")?;
    let record = repo
        .draft_for(Block, &carol, "skill/pdf", "1.0.0", digest)
        .record();
    repo.land(&carol, &record)?;
    let status = repo.run(&["status"]).exits(0);
    assert!(
        status.stdout.contains("skill/pdf 1.0.0, not in the tree"),
        "{status}"
    );
    Ok(())
}

#[test]
fn a_trailer_that_names_the_other_administrator_lets_no_author_approve_alone() -> TestResult {
    let mut repo = Repo::team_with(one, |_| ());
    let [alice, _, carol] = repo.people();
    let mallory = Person::new("mallory");
    let before = repo.tree().text("countersign.yaml");
    // Carol would stop being an administrator, so she has to agree.
    let next = one(repo.team_policy())
        .successor(&repo.tree())
        .with(|draft| draft.administrators = vec!["alice".to_owned()]);
    repo.commit(&alice, "Propose", |tree| tree.put_policy(&next))?;
    repo.decide(&alice, Approve, POLICY, "2")?;
    repo.check().assert("waiting", &["policy-pending"]);
    let proposed = repo.tree().text("countersign.yaml");
    repo.commit(&mallory, "Back", |tree| {
        tree.put("countersign.yaml", &before);
    })?;
    let named = "Again\n\nCo-authored-by: Carol <carol@acme.example>\n";
    repo.commit(&mallory, named, |tree| {
        tree.put("countersign.yaml", &proposed);
    })?;
    repo.check().assert("waiting", &["policy-pending"]);
    assert_eq!(serial(&repo), 1);
    // Both are named as authors now, and neither is locked out: it takes both of them.
    repo.decide(&carol, Approve, POLICY, "2")?;
    repo.check().passes();
    assert_eq!(serial(&repo), 2);
    Ok(())
}
