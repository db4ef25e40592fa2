//! The forge's own key: it says "made here", never "approved by".

use countersign::demo::policy::ssh_key;
use countersign::demo::{Person, PolicyDraft};
use countersign::model::DecisionKind;

use countersign_testkit::adoption::is_invalid_policy;
use countersign_testkit::views::Landed;
use countersign_testkit::{Repo, TestResult};

fn forge() -> Person {
    Person::new("forge")
}

/// Lists the forge's key, and accepts commits as evidence, which lets only merges land.
fn with_forge(policy: PolicyDraft) -> PolicyDraft {
    let line = format!("platform_keys: [{}]", ssh_key(&forge()));
    policy.line(&line).line("merge_methods: [merge]").with(|draft| {
        let rule = "{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], accept: [signature, commit]}";
        rule.clone_into(&mut draft.approvals[0]);
    })
}

fn waiting() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(with_forge, |_| ());
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    Ok(repo)
}

#[test]
fn a_commit_signed_by_the_platform_key_is_never_a_persons_approval() -> TestResult {
    let mut repo = waiting()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .unsigned()
        .record();
    let landing = repo.land(
        countersign::demo::Authorship::from(&bob).signed_by(&forge()),
        &record,
    )?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_refused(&repo, "key-mismatch");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_commit_signed_by_the_person_is_their_approval_where_the_policy_accepts_it() -> TestResult {
    let mut repo = waiting()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .unsigned()
        .record();
    let landing = repo.land(bob.signed(), &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_accepted(&repo).passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_record_signed_by_the_platform_key_is_refused() -> TestResult {
    let mut repo = waiting()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .signed_by(&forge())
        .record();
    let landing = repo.land(&bob, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_refused(&repo, "key-mismatch");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn the_platform_blocks_nothing() -> TestResult {
    let mut repo = waiting()?;
    let bob = repo.bob.clone();
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Block, &bob, "skill/pdf", "1.0.0")?
        .unsigned()
        .record();
    let landing = repo.land(
        countersign::demo::Authorship::from(&bob).signed_by(&forge()),
        &record,
    )?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "block",
    };
    landed.is_refused(&repo, "key-mismatch");
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_platform_key_that_is_also_a_persons_key_makes_the_policy_invalid() {
    let repo = Repo::team_with(
        |policy| {
            let line = format!("platform_keys: [{}]", ssh_key(&Person::new("bob")));
            policy.line(&line)
        },
        |_| (),
    );
    is_invalid_policy(&repo, "bob");
}

/// A repository whose policy asks for signed landings, each of which is made by `by`.
fn signed_landings(
    scope: &str,
    by: &[fn() -> countersign::demo::Authorship],
) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::empty();
    let draft = with_forge(repo.team_policy()).line(&format!("signed_commits: {scope}"));
    let alice = repo.alice.clone();
    repo.commit(alice.signed(), "Govern this repository", |tree| {
        tree.put_policy(&draft);
    })?;
    for (index, by) in by.iter().enumerate() {
        repo.commit(by(), "Write a page", |tree| {
            tree.put(format!("docs/{index}.md"), "Hello.\n");
        })?;
    }
    Ok(repo)
}

#[test]
fn the_platform_key_satisfies_signed_commits() -> TestResult {
    let repo = signed_landings(
        "all",
        &[|| Person::new("alice").signed(), || forge().signed()],
    )?;
    repo.check().passes().without("unsigned-landing");
    Ok(())
}

#[test]
fn an_unsigned_landing_does_not_satisfy_signed_commits() -> TestResult {
    let repo = signed_landings("all", &[|| (&Person::new("alice")).into()])?;
    repo.check()
        .assert("fail", &["unsigned-landing"])
        .finding("unsigned-landing")
        .is("error")
        .has("commit", &repo.head().to_string());
    Ok(())
}

#[test]
fn a_landing_signed_by_a_stranger_does_not_satisfy_signed_commits() -> TestResult {
    let repo = signed_landings("all", &[|| Person::new("mallory").signed()])?;
    repo.check()
        .assert("fail", &["unsigned-landing"])
        .finding("unsigned-landing")
        .has("commit", &repo.head().to_string());
    Ok(())
}

#[test]
fn signed_governance_asks_only_of_landings_that_touch_the_policy_or_approvals() -> TestResult {
    let mut repo = signed_landings("governance", &[|| (&Person::new("alice")).into()])?;
    repo.check().passes();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.check().without("unsigned-landing");
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    repo.check()
        .assert("fail", &["unsigned-landing"])
        .finding("unsigned-landing")
        .has("commit", &repo.head().to_string());
    Ok(())
}
