//! Separation of duties: anyone who had a hand in a version does not approve it.

use countersign::demo::{Authorship, Method, Person, PolicyDraft};

use countersign_testkit::{Checked, Repo, TestResult};

/// A repository under [`countersign_testkit::Repo::team`]'s policy with one line more.
fn governed(line: &str) -> Repo {
    let line = line.to_owned();
    Repo::team_with(
        move |policy: PolicyDraft| {
            if line.is_empty() {
                policy
            } else {
                policy.line(&line)
            }
        },
        |_| (),
    )
}

/// Adds `pdf` by a direct push, lets Alice approve it, and checks.
fn pushed(
    line: &str,
    by: impl FnOnce(&Repo) -> Authorship,
    message: &str,
) -> Result<(Repo, Checked), Box<dyn std::error::Error>> {
    let mut repo = governed(line);
    let alice = repo.alice.clone();
    let by = by(&repo);
    repo.commit(by, message, |tree| tree.put_skill("pdf", "1.0.0", "Read."))?;
    repo.approve(&alice, "pdf", "1.0.0")?;
    let checked = repo.check();
    Ok((repo, checked))
}

/// The same by a branch and a merge commit of Carol's.
fn merged(
    by: impl FnOnce(&Repo) -> Authorship,
    message: &str,
) -> Result<(Repo, Checked), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    let by = by(&repo);
    repo.branch("change")?;
    repo.commit(by, message, |tree| tree.put_skill("pdf", "1.0.0", "Read."))?;
    repo.switch("main")?;
    repo.merge("change", Method::Merge, &carol)?;
    repo.approve(&alice, "pdf", "1.0.0")?;
    let checked = repo.check();
    Ok((repo, checked))
}

/// Alice's approval does not count; Bob's or Carol's would.
#[track_caller]
fn is_self_approval(repo: &Repo, checked: &Checked) {
    checked.assert("waiting", &["unapproved-version"]);
    checked
        .finding("self-approval")
        .is("warning")
        .has("subject", "skill/pdf")
        .has("version", "1.0.0")
        .by("alice");
    assert_eq!(repo.state("skill/pdf"), "draft");
    assert_eq!(repo.counted("skill/pdf"), [""; 0]);
    assert!(repo.contributors("skill/pdf").contains(&"alice".to_owned()));
}

#[test]
fn an_approval_by_someone_who_did_not_contribute_counts() -> TestResult {
    let (repo, checked) = pushed("", |repo| Authorship::from(&repo.bob), "Add pdf")?;
    checked.passes().without("self-approval");
    assert_eq!(repo.contributors("skill/pdf"), ["bob"]);
    Ok(())
}

#[test]
fn an_approval_by_the_author_is_a_self_approval() -> TestResult {
    let (repo, checked) = pushed("", |repo| Authorship::from(&repo.alice), "Add pdf")?;
    is_self_approval(&repo, &checked);
    Ok(())
}

#[test]
fn an_approval_by_the_author_counts_only_where_the_policy_turns_separation_off() -> TestResult {
    let (repo, checked) = pushed(
        "separation_of_duties: false",
        |repo| Authorship::from(&repo.alice),
        "Add pdf",
    )?;
    checked.assert("pass", &["separation-off"]);
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn an_approval_by_the_author_under_another_spelling_of_their_address_is_a_self_approval()
-> TestResult {
    for email in ["ALICE@acme.example", "alice@ACME.example"] {
        let (repo, checked) = pushed(
            "",
            |repo| Authorship::from(&repo.alice.clone().email(email)),
            "Add pdf",
        )?;
        is_self_approval(&repo, &checked);
    }
    Ok(())
}

#[test]
fn an_approval_by_the_author_behind_a_no_reply_address_is_a_self_approval() -> TestResult {
    for (forge, email) in [
        ("github.com", "583231+alice-ng@users.noreply.github.com"),
        ("github.com", "alice-ng@users.noreply.github.com"),
        ("github.com", "583231+renamed@users.noreply.github.com"),
        (
            "ghe.acme.corp",
            "583231+alice-ng@users.noreply.ghe.acme.corp",
        ),
        ("ghe.acme.corp", "alice-ng@users.noreply.ghe.acme.corp"),
        ("acme.ghe.com", "583231+alice-ng@users.noreply.ghe.com"),
        ("acme.ghe.com", "583231+alice-ng@users.noreply.acme.ghe.com"),
        ("gitlab.com", "583231-alice-ng@users.noreply.gitlab.com"),
        (
            "gitlab.acme.corp",
            "583231-renamed@users.noreply.gitlab.acme.corp",
        ),
        ("codeberg.org", "alice-ng@noreply.codeberg.org"),
    ] {
        let mut repo = Repo::team_with(
            |policy| {
                policy.with(|policy| {
                    policy.principal("alice").more.push(format!(
                        "accounts: [{{forge: {forge}, login: alice-ng, id: 583231}}]"
                    ));
                })
            },
            |_| (),
        );
        let alice = repo.alice.clone();
        repo.commit(&alice.clone().email(email), "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Read.");
        })?;
        repo.approve(&alice, "pdf", "1.0.0")?;
        let checked = repo.check();
        is_self_approval(&repo, &checked);
    }
    Ok(())
}

#[test]
fn an_approval_by_the_committer_on_a_branch_is_a_self_approval() -> TestResult {
    let (repo, checked) = merged(|repo| repo.bob.committed_by(&repo.alice), "Add pdf")?;
    is_self_approval(&repo, &checked);
    Ok(())
}

#[test]
fn an_approval_by_the_committer_of_a_single_parent_landing_is_a_warning_unless_the_policy_says_strict()
-> TestResult {
    let (repo, checked) = pushed("", |repo| repo.bob.committed_by(&repo.alice), "Add pdf")?;
    checked
        .assert("pass", &[])
        .finding("self-approval-exempt")
        .is("warning")
        .has("subject", "skill/pdf")
        .by("alice");
    assert_eq!(repo.state("skill/pdf"), "approved");
    let (repo, checked) = pushed(
        "co_authors: strict",
        |repo| repo.bob.committed_by(&repo.alice),
        "Add pdf",
    )?;
    is_self_approval(&repo, &checked);
    Ok(())
}

#[test]
fn an_approval_by_a_co_author_is_a_self_approval() -> TestResult {
    for trailer in [
        "Co-authored-by: Alice <alice@acme.example>",
        "co-authored-BY: Someone <ALICE@acme.example>",
        "Co-authored-by: Bob <bob@acme.example>\nCo-authored-by: Alice <alice@acme.example>",
        "Co-authored-by: Alice <alice@acme.example>\n\nNot a trailer any more",
    ] {
        let message = format!("Add pdf\n\n{trailer}\n");
        let (repo, checked) = pushed("", |repo| Authorship::from(&repo.bob), &message)?;
        is_self_approval(&repo, &checked);
        let (repo, checked) = merged(|repo| Authorship::from(&repo.bob), &message)?;
        is_self_approval(&repo, &checked);
    }
    Ok(())
}

#[test]
fn an_approval_by_the_signer_of_another_persons_commit_is_a_self_approval() -> TestResult {
    let (repo, checked) = pushed(
        "",
        |repo| Authorship::from(&repo.bob).signed_by(&repo.alice),
        "Add pdf",
    )?;
    is_self_approval(&repo, &checked);
    let (repo, checked) = merged(
        |repo| Authorship::from(&repo.bob).signed_by(&repo.alice),
        "Add pdf",
    )?;
    is_self_approval(&repo, &checked);
    Ok(())
}

#[test]
fn an_approval_by_the_author_of_an_earlier_commit_of_the_branch_is_a_self_approval() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.branch("change")?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
    })?;
    repo.commit(&bob, "Rewrite it all", |tree| {
        tree.put_skill("pdf", "1.0.0", "Written from scratch.");
    })?;
    repo.switch("main")?;
    repo.merge("change", Method::Merge, &carol)?;
    repo.approve(&alice, "pdf", "1.0.0")?;
    let checked = repo.check();
    is_self_approval(&repo, &checked);
    assert_eq!(repo.contributors("skill/pdf"), ["alice", "bob"]);
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.check().passes();
    Ok(())
}

#[test]
fn merging_makes_no_one_a_contributor_but_changing_something_in_the_merge_does() -> TestResult {
    for evil in [false, true] {
        let mut repo = Repo::team();
        let [alice, bob, _] = repo.people();
        repo.branch("change")?;
        repo.commit(&bob, "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Read.");
        })?;
        repo.switch("main")?;
        let (ours, theirs) = (repo.head(), repo.tip("change")?);
        let mut tree = repo.merged_tree(ours, theirs)?;
        if evil {
            tree.edit("skills/pdf/SKILL.md", |text| text + "And send.\n");
        }
        repo.commit_tree(vec![ours, theirs], tree, &alice, "Merge branch 'change'")?;
        repo.approve(&alice, "pdf", "1.0.0")?;
        let checked = repo.check();
        if evil {
            is_self_approval(&repo, &checked);
        } else {
            checked.passes();
            assert_eq!(repo.contributors("skill/pdf"), ["bob"]);
        }
    }
    Ok(())
}

#[test]
fn a_contributor_to_an_earlier_granted_version_may_approve_the_next() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.commit(&bob, "pdf 1.1.0", |tree| {
        tree.put_skill("pdf", "1.1.0", "Read more.");
    })?;
    repo.approve(&alice, "pdf", "1.1.0")?;
    repo.check().passes();
    assert_eq!(repo.contributors("skill/pdf"), ["bob"]);
    Ok(())
}

#[test]
fn an_unknown_contributor_is_a_warning_and_an_error_for_high_risk() -> TestResult {
    for (name, verdict, severity) in [("pdf", "pass", "warning"), ("payments-x", "fail", "error")] {
        let mut repo = Repo::team();
        let [_, bob, carol] = repo.people();
        let stranger = Person::new("alice").email("alice.private@mail.example");
        repo.commit(&stranger, "Add it", |tree| {
            tree.put_skill(name, "1.0.0", "Read.");
        })?;
        repo.approve(&bob, name, "1.0.0")?;
        repo.approve(&carol, name, "1.0.0")?;
        let finding = repo
            .check()
            .assert(verdict, &[])
            .finding("contributor-unknown")
            .is(severity);
        finding
            .has("subject", &format!("skill/{name}"))
            .says("alice.private@mail.example");
        assert_eq!(repo.state(&format!("skill/{name}")), "approved");
    }
    Ok(())
}

#[test]
fn a_self_approval_does_not_spoil_another_persons_approval() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&alice, "pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check().passes();
    assert_eq!(repo.counted("skill/pdf"), ["bob"]);
    Ok(())
}

#[test]
fn becoming_a_contributor_after_the_grant_does_not_take_it_back_but_new_bytes_are_unapproved()
-> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let good = repo.tree();
    repo.commit(&bob, "Touch it", |tree| {
        tree.edit("skills/pdf/SKILL.md", |text| text + "x");
    })?;
    assert_eq!(repo.check().verdict(), "fail");
    repo.commit(&bob, "Take it back", |tree| {
        tree.put("skills/pdf/SKILL.md", good.text("skills/pdf/SKILL.md"));
    })?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_change_of_mode_only_makes_its_author_a_contributor() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
        tree.put("skills/pdf/run.sh", "#!/bin/sh\n");
    })?;
    repo.commit(&bob, "Make it run", |tree| {
        tree.chmod("skills/pdf/run.sh", countersign::demo::tree::EXECUTABLE);
    })?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check()
        .assert("waiting", &[])
        .finding("self-approval")
        .by("bob");
    Ok(())
}

#[test]
fn deleting_a_file_of_the_package_makes_its_author_a_contributor() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read; never send, see LIMITS.");
        tree.put("skills/pdf/LIMITS.md", "Never send.");
    })?;
    repo.commit(&bob, "Remove the limits", |tree| {
        assert!(tree.remove("skills/pdf/LIMITS.md"));
    })?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check()
        .assert("waiting", &[])
        .finding("self-approval")
        .by("bob");
    Ok(())
}

#[test]
fn a_record_cannot_be_its_authors_way_into_the_package() -> TestResult {
    // An approval file inside the package would make the approver a contributor, or bind a digest
    // to itself.
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    let record = repo.granted_skill("pdf", "1.0.0")?;
    repo.commit(&bob, "Keep it with the Skill", |tree| {
        tree.put("skills/pdf/approval.yaml", &record.bytes);
    })?;
    repo.check()
        .assert("fail", &["version-reused", "stale-approval"]);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}
