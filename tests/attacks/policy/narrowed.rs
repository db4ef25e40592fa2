//! Changes that take authority away from others, approved by fewer administrators than the policy
//! in force asks.

use countersign::demo::documents::skill_text;
use countersign::demo::{Method, Person, PolicyDraft};
use countersign::model::DecisionKind;

use countersign_testkit::adoption::{POLICY, adopt, adopt_by_both, remove_person};
use countersign_testkit::views::{policy_digest, serial};
use countersign_testkit::{Checked, Repo, TestResult};

/// Lands `change` with the approval of Carol alone and asserts that it is not in force; then Alice
/// agrees, and it is.
#[track_caller]
fn takes_both(
    change: impl Fn(&mut PolicyDraft),
    meanwhile: impl FnOnce(&mut Repo) -> TestResult,
) -> Result<(Repo, Checked), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let (alice, carol, before) = (repo.alice.clone(), repo.carol.clone(), policy_digest(&repo));
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| change(draft));
    adopt(&mut repo, &draft, &[&carol])?;
    let checked = repo.check();
    checked.assert("waiting", &["policy-pending"]);
    assert_eq!(checked.code(), 1);
    assert_eq!((serial(&repo), policy_digest(&repo)), (1, before));
    meanwhile(&mut repo)?;
    assert_eq!(serial(&repo), 1);
    repo.decide(&alice, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 2);
    let checked = repo.check();
    Ok((repo, checked))
}

#[test]
fn a_threshold_lowered_by_fewer_administrators_than_the_old_policy_asks() -> TestResult {
    takes_both(|draft| draft.policy_changes = 1, |_| Ok(()))?;
    Ok(())
}

#[test]
fn an_approval_requirement_lowered_by_fewer_administrators() -> TestResult {
    takes_both(
        |draft| {
            draft.approvals.pop();
        },
        |repo| {
            let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
            repo.commit(&alice, "Add it", |tree| {
                tree.put_skill("payments-run", "1.0.0", "Pay.");
            })?;
            repo.decide(&bob, DecisionKind::Approve, "skill/payments-run", "1.0.0")?;
            assert_eq!(
                repo.state("skill/payments-run"),
                "draft",
                "the old requirement holds"
            );
            Ok(())
        },
    )?;
    Ok(())
}

#[test]
fn a_team_emptied_by_fewer_administrators() -> TestResult {
    let (repo, _) = takes_both(
        |draft| draft.teams[0].1.clear(),
        |repo| {
            let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
            repo.commit(&alice, "Add pdf 1.1.0", |tree| {
                tree.put_skill("pdf", "1.1.0", "Do it better.");
            })?;
            repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.1.0")?;
            assert_eq!(
                repo.state("skill/pdf"),
                "approved",
                "Bob is still of the team"
            );
            Ok(())
        },
    )?;
    assert_eq!(repo.state("skill/pdf"), "approved", "grants stay");
    Ok(())
}

#[test]
fn once_a_team_is_emptied_its_requirement_is_never_met() -> TestResult {
    let (mut repo, checked) = takes_both(|draft| draft.teams[1].1.clear(), |_| Ok(()))?;
    assert!(!checked.findings().is_empty());
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.commit(&alice, "Add it", |tree| {
        tree.put_skill("payments-run", "1.0.0", "Pay.");
    })?;
    for by in [&bob, &carol] {
        repo.decide(by, DecisionKind::Approve, "skill/payments-run", "1.0.0")?;
    }
    assert_eq!(repo.state("skill/payments-run"), "draft");
    Ok(())
}

#[test]
fn a_glob_narrowed_by_fewer_administrators() -> TestResult {
    let (_, checked) = takes_both(
        |draft| {
            draft.entries[0] =
                "{kind: skill, path: \"skills/other-*\", owners: [data-platform], risk: low}"
                    .to_owned();
        },
        |repo| {
            let alice = repo.alice.clone();
            repo.commit(&alice, "Change pdf", |tree| {
                tree.put_skill("pdf", "1.1.0", "Do it better.");
            })?;
            assert_eq!(repo.state("skill/pdf"), "draft", "it is still governed");
            repo.check()
                .finding("unapproved-version")
                .has("subject", "skill/pdf");
            repo.commit(&alice, "Take it back", |tree| {
                tree.put_skill("pdf", "1.0.0", "Do it well.");
            })?;
            Ok(())
        },
    )?;
    checked
        .finding("governance-narrowed")
        .has("path", "skills/pdf");
    checked.finding("ungoverned").is("error");
    Ok(())
}

#[test]
fn what_a_policy_change_stops_governing_is_named_in_that_change() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    repo.branch("narrow")?;
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .line("ignore: [\"skills/**\"]")
        .with(|draft| {
            draft.entries.remove(0);
        });
    adopt(&mut repo, &draft, &[&alice, &carol])?;
    let candidate = repo.check_with(&["--base", "main"]);
    candidate
        .finding("governance-narrowed")
        .has("path", "skills/pdf");
    repo.switch("main")?;
    repo.merge("narrow", Method::Merge, &carol)?;
    assert_eq!(serial(&repo), 2);
    repo.check()
        .finding("governance-narrowed")
        .has("path", "skills/pdf")
        .has("subject", "skill/pdf");
    Ok(())
}

#[test]
fn an_owner_removed_by_fewer_administrators() -> TestResult {
    let (mut repo, _) = takes_both(
        |draft| remove_person(draft, "bob"),
        |repo| {
            let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
            repo.commit(&alice, "Add docx", |tree| {
                tree.put_skill("docx", "1.0.0", "Write.");
            })?;
            repo.decide(&bob, DecisionKind::Approve, "skill/docx", "1.0.0")?;
            assert_eq!(
                repo.state("skill/docx"),
                "approved",
                "Bob is still an owner"
            );
            Ok(())
        },
    )?;
    assert_eq!(repo.state("skill/docx"), "approved", "grants stay");
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add xlsx", |tree| {
        tree.put_skill("xlsx", "1.0.0", "Count.");
    })?;
    repo.decide(&bob, DecisionKind::Approve, "skill/xlsx", "1.0.0")?;
    assert_eq!(repo.state("skill/xlsx"), "draft");
    Ok(())
}

#[test]
fn separation_of_duties_switched_off_by_fewer_administrators() -> TestResult {
    takes_both(
        |draft| draft.more.push("separation_of_duties: false".to_owned()),
        |repo| {
            let alice = repo.alice.clone();
            repo.commit(&alice, "Add docx", |tree| {
                tree.put_skill("docx", "1.0.0", "Write.");
            })?;
            repo.decide(&alice, DecisionKind::Approve, "skill/docx", "1.0.0")?;
            assert_eq!(
                repo.state("skill/docx"),
                "draft",
                "an author does not approve her own work"
            );
            Ok(())
        },
    )?;
    Ok(())
}

#[test]
fn a_stolen_key_declared_by_fewer_administrators_voids_nothing() -> TestResult {
    let bob = Person::new("bob");
    takes_both(
        |draft| {
            let line = format!(
                "compromised: [{{key: \"{}\", since: \"{}\"}}]",
                bob.fingerprint(),
                "0".repeat(40)
            );
            draft.more.push(line);
        },
        |repo| {
            assert_eq!(repo.state("skill/pdf"), "approved");
            Ok(())
        },
    )?;
    Ok(())
}

#[test]
fn grants_stay_when_the_rules_become_stricter() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let stricter = repo.team_policy().successor(&repo.tree()).with(|draft| {
        draft.approvals[0] =
            "{subjects: [\"*/*\"], require: [{count: 2, from: [owners, administrators]}]}"
                .to_owned();
    });
    adopt_by_both(&mut repo, &stricter)?;
    assert_eq!(serial(&repo), 2);
    assert_eq!(repo.state("skill/pdf"), "approved");
    repo.check()
        .passes()
        .finding("approved-under-earlier-rule")
        .is("info")
        .has("subject", "skill/pdf");
    // What lands under the new rules is judged by them.
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.commit(&alice, "Add docx", |tree| {
        tree.put_skill("docx", "1.0.0", "Write.");
    })?;
    repo.decide(&bob, DecisionKind::Approve, "skill/docx", "1.0.0")?;
    assert_eq!(repo.state("skill/docx"), "draft");
    repo.decide(&carol, DecisionKind::Approve, "skill/docx", "1.0.0")?;
    assert_eq!(repo.state("skill/docx"), "approved");
    Ok(())
}

#[test]
fn a_block_is_lifted_although_an_older_version_was_where_nothing_is_governed_any_more() -> TestResult
{
    let legacy = "{kind: skill, path: \"legacy/*\", owners: [data-platform]}".to_owned();
    for version in ["all", "1.0.0"] {
        let mut repo = Repo::team_with(
            |policy| policy.with(|policy| policy.entries.push(legacy.clone())),
            |_| (),
        );
        let [alice, bob, _] = repo.people();
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put("legacy/pdf/SKILL.md", skill_text("pdf", "1.0.0", "Old."));
        })?;
        let old = Some(repo.tree().digest("legacy/pdf"));
        let approve = repo
            .draft_for(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0", old)
            .record();
        repo.land(&bob, &approve)?;
        repo.commit(&alice, "Move it", |tree| {
            tree.remove("legacy/pdf/SKILL.md");
            tree.put_skill("pdf", "1.1.0", "New.");
        })?;
        repo.approve(&bob, "pdf", "1.1.0")?;
        let next = repo.team_policy().successor(&repo.tree());
        adopt_by_both(&mut repo, &next)?;
        assert_eq!(serial(&repo), 2);
        let digest = old.filter(|_| version != "all");
        let block = repo
            .draft_for(DecisionKind::Block, &bob, "skill/pdf", version, digest)
            .record();
        repo.land(&bob, &block)?;
        assert_eq!(repo.version_state("skill/pdf", "1.0.0"), "blocked");
        // Alice wrote both versions; where they were once is still where she did.
        for (by, state) in [(&alice, "blocked"), (&bob, "approved")] {
            let unblock = repo
                .draft_for(DecisionKind::Unblock, by, "skill/pdf", version, digest)
                .answers(&[&block])
                .record();
            repo.land(by, &unblock)?;
            assert_eq!(
                repo.version_state("skill/pdf", "1.0.0"),
                state,
                "{version} by {}",
                by.name
            );
        }
    }
    Ok(())
}
