//! One person counts once, with any number of names and keys; two people must be two.

use countersign::demo::policy::{PrincipalDraft, ssh_key};
use countersign::demo::{Person, PolicyDraft};
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult, any_two_members, rule};

#[track_caller]
fn waits_for_one_more(repo: &Repo, counted: &[&str]) {
    repo.check()
        .assert("waiting", &[])
        .finding("unapproved-version")
        .has("subject", "skill/pdf")
        .has("version", "1.0.0");
    assert_eq!(repo.state("skill/pdf"), "draft");
    assert_eq!(repo.counted("skill/pdf"), counted);
    assert_eq!(repo.missing("skill/pdf"), 1);
}

#[test]
fn two_records_by_one_person_count_once() -> TestResult {
    let mut repo = Repo::team_with(any_two_members, |_| ());
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    waits_for_one_more(&repo, &["bob"]);
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.check().passes();
    assert_eq!(repo.counted("skill/pdf"), ["bob", "carol"]);
    Ok(())
}

#[test]
fn two_records_by_one_person_in_one_landing_count_once() -> TestResult {
    let mut repo = Repo::team_with(any_two_members, |_| ());
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let first = repo.draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?;
    let second = first
        .clone()
        .with(|input| input.time = input.time.replace(":00Z", ":07Z"));
    let batch =
        first
            .clone()
            .batch(&[("skill/pdf", "1.0.0", Some(repo.tree().digest("skills/pdf")))]);
    assert_ne!(first.expected_path(), second.expected_path());
    repo.commit(&bob, "Approve thrice", |tree| {
        for draft in [&first, &second, &batch] {
            tree.put_record(&draft.record());
        }
    })?;
    waits_for_one_more(&repo, &["bob"]);
    Ok(())
}

#[test]
fn two_records_by_two_keys_of_one_person_count_once() -> TestResult {
    let second = Person::new("bob").with_key_of("bob's second");
    let two_keys = |policy: PolicyDraft| {
        any_two_members(policy).with(|policy| policy.principal("bob").keys.push(ssh_key(&second)))
    };
    let mut repo = Repo::team_with(two_keys, |_| ());
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.approve(&second, "pdf", "1.0.0")?;
    waits_for_one_more(&repo, &["bob"]);
    Ok(())
}

#[test]
fn a_record_and_a_review_of_one_person_count_once() -> TestResult {
    let mut repo = Repo::team_with(any_two_members, |_| ());
    let [_, bob, _] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    let head = repo.head().to_string();
    let digest = repo.tree().digest("skills/pdf").to_string();
    let review = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .with(|input| {
            input.recorded_by = Some("bob".to_owned());
            input.review = Some(countersign::model::decision_input::ReviewInput {
                forge: "github.com".to_owned(),
                repository: "acme/agent-skills".to_owned(),
                pull: 1,
                review_id: 2,
                user_id: 3,
                state: "APPROVED".to_owned(),
                head,
                head_digest: digest,
                submitted: "2026-01-05T09:30:00Z".to_owned(),
                head_events: Vec::new(),
            });
        });
    let record = review.record();
    repo.land(&bob, &record)?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    checked
        .finding_at("recorder-not-authorized", &record.path)
        .is("error");
    assert_eq!(
        (repo.state("skill/pdf"), repo.counted("skill/pdf")),
        ("draft".to_owned(), vec!["bob".to_owned()])
    );
    Ok(())
}

#[test]
fn two_signatures_under_one_record_count_once() -> TestResult {
    let mut repo = Repo::team_with(any_two_members, |_| ());
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    let mut record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .record();
    let both = [
        bob.sign("countersign", &record.bytes),
        carol.sign("countersign", &record.bytes),
    ]
    .concat();
    record.signatures[0].1 = both.into_bytes();
    repo.land(&bob, &record)?;
    assert_ne!(repo.check().verdict(), "pass");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

/// `check` on a repository whose first policy lists Bob's key elsewhere, too.
fn one_key_twice(
    change: impl FnOnce(&mut PolicyDraft, &Person),
) -> Result<Repo, Box<dyn std::error::Error>> {
    let bob = Person::new("bob");
    let mut repo = Repo::team_with(
        |policy| any_two_members(policy).with(|policy| change(policy, &bob)),
        |_| (),
    );
    repo.drafted_skill("pdf", "1.0.0")?;
    Ok(repo)
}

#[test]
fn one_key_under_two_people_is_an_error_of_the_policy() -> TestResult {
    let repo = one_key_twice(|policy, bob| policy.principal("carol").keys.push(ssh_key(bob)))?;
    let checked = repo.check();
    assert!(
        ["fail", "not-evaluated"].contains(&checked.verdict()),
        "{checked}"
    );
    checked
        .finding("policy-invalid")
        .is("error")
        .has("path", "countersign.yaml");
    Ok(())
}

#[test]
fn one_key_under_two_people_with_another_comment_or_spelling_is_an_error_of_the_policy()
-> TestResult {
    let repo = one_key_twice(|policy, bob| {
        let line = bob.public_line();
        let words: Vec<&str> = line.split(' ').collect();
        policy.principal("carol").keys.push(format!(
            "{{ssh: \"{} {} carol's own\"}}",
            words[0], words[1]
        ));
    })?;
    let checked = repo.check();
    assert!(
        ["fail", "not-evaluated"].contains(&checked.verdict()),
        "{checked}"
    );
    checked
        .finding("policy-invalid")
        .is("error")
        .has("path", "countersign.yaml");
    Ok(())
}

#[test]
fn one_key_of_a_person_and_of_the_platform_is_an_error_of_the_policy() -> TestResult {
    let repo = one_key_twice(|policy, bob| {
        policy
            .more
            .push(format!("platform_keys: [{}]", ssh_key(bob)));
    })?;
    let checked = repo.check();
    assert!(
        ["fail", "not-evaluated"].contains(&checked.verdict()),
        "{checked}"
    );
    checked.finding("policy-invalid").is("error");
    Ok(())
}

#[test]
fn one_address_or_account_of_two_people_is_an_error_of_the_policy() -> TestResult {
    type Change = fn(&mut PolicyDraft, &str);
    let account = "accounts: [{forge: github.com, login: octo, id: 7}]";
    let changes: [Change; 3] = [
        |policy, _| {
            policy
                .principal("carol")
                .emails
                .push("BOB@acme.example".to_owned());
        },
        |policy, account| {
            for name in ["bob", "carol"] {
                policy.principal(name).more.push(account.to_owned());
            }
        },
        |policy, account| {
            policy.principal("bob").more.push(account.to_owned());
            policy
                .principal("carol")
                .more
                .push(account.replace("octo", "other"));
        },
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let repo = one_key_twice(|policy, _| change(policy, account))?;
        let checked = repo.check();
        assert!(
            ["fail", "not-evaluated"].contains(&checked.verdict()),
            "{index}\n{checked}"
        );
        checked.finding("policy-invalid").is("error");
    }
    Ok(())
}

#[test]
fn the_policy_with_a_key_for_each_person_is_not_an_error() -> TestResult {
    let repo = one_key_twice(|policy, bob| {
        policy
            .principal("carol")
            .keys
            .push(ssh_key(&bob.clone().with_key_of("carol's second")));
    })?;
    repo.check()
        .assert("waiting", &[])
        .without("policy-invalid");
    Ok(())
}

#[test]
fn one_person_behind_two_principals_with_two_keys_is_still_excluded_by_address() -> TestResult {
    // Bob's alter ego has a key of its own; the address in the commit shows who it is.
    let ego = Person::new("ego");
    let mut repo = Repo::team_with(
        |policy| {
            any_two_members(policy).with(|policy| {
                policy.principals.push(PrincipalDraft::of(&ego));
                policy.teams[0].1.push("ego".to_owned());
            })
        },
        |_| (),
    );
    let [_, bob, carol] = repo.people();
    repo.commit(&ego, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
    })?;
    repo.approve(&ego, "pdf", "1.0.0")?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.check().assert("waiting", &["self-approval"]);
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check().passes();
    Ok(())
}

#[test]
fn a_threshold_of_two_met_once_by_the_right_digest_and_once_by_another_counts_one() -> TestResult {
    let mut repo = Repo::team_with(any_two_members, |_| ());
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    let other =
        countersign_testkit::skill_tree("pdf", "1.0.0", "Something else.").digest("skills/pdf");
    let record = repo
        .draft_for(
            DecisionKind::Approve,
            &carol,
            "skill/pdf",
            "1.0.0",
            Some(other),
        )
        .record();
    repo.land(&carol, &record)?;
    waits_for_one_more(&repo, &["bob"]);
    repo.check()
        .finding_at("stale-approval", &record.path)
        .is("warning")
        .by("carol");
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.check().passes();
    Ok(())
}

#[test]
fn one_person_in_two_teams_for_two_requirements_of_one_rule_counts_for_one() -> TestResult {
    let both = |policy: PolicyDraft| {
        policy.with(|policy| {
            policy.teams[0].1.push("carol".to_owned());
            policy.approvals = vec![rule(
                "count: 1, from: [owners]}, {count: 1, from: [security]",
            )];
        })
    };
    let mut repo = Repo::team_with(both, |_| ());
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    waits_for_one_more(&repo, &["carol"]);
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check().passes();
    assert_eq!(repo.counted("skill/pdf"), ["bob", "carol"]);
    Ok(())
}

#[test]
fn a_person_who_fits_both_requirements_counts_where_they_are_needed() -> TestResult {
    // Carol approves first and would do for the owners, too; only she is security.
    let both = |policy: PolicyDraft| {
        policy.with(|policy| {
            policy.teams[0].1.insert(0, "carol".to_owned());
            policy.approvals = vec![rule(
                "count: 1, from: [owners, security]}, {count: 1, from: [security]",
            )];
        })
    };
    let mut repo = Repo::team_with(both, |_| ());
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.check().passes();
    Ok(())
}

#[test]
fn one_approval_serves_each_of_two_rules() -> TestResult {
    let two_rules = |policy: PolicyDraft| {
        policy.with(|policy| {
            policy.approvals = vec![
                rule("count: 1, from: [owners]"),
                rule("count: 1, from: [bob]"),
            ];
        })
    };
    let mut repo = Repo::team_with(two_rules, |_| ());
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check().passes();
    Ok(())
}

#[test]
fn a_rule_that_asks_for_less_never_replaces_one_that_asks_for_more() -> TestResult {
    let two_rules = |policy: PolicyDraft| {
        policy.with(|policy| {
            policy.approvals = vec![
                rule("count: 2, from: [owners, administrators]"),
                rule("count: 1, from: [bob]"),
            ];
        })
    };
    let mut repo = Repo::team_with(two_rules, |_| ());
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    assert_eq!(repo.check().verdict(), "waiting");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}
