//! Dates in commits are whatever their author likes; position decides.

use countersign::demo::Authorship;
use countersign::demo::PolicyDraft;
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult};

/// What an attacker writes where a date belongs.
const DATES: [&str; 22] = [
    "0 +0000",
    "1 +0000",
    "-1 +0000",
    "-62135596801 +0000",
    "-9223372036854775808 +0000",
    "-9223372036854775809 +0000",
    "4102444800 +0000",
    "253402300800 +0000",
    "9223372036854775807 +0000",
    "9223372036854775808 +0000",
    "18446744073709551616 +0000",
    "99999999999999999999999999 +0000",
    "1767603600 +9999",
    "1767603600 -9999",
    "1767603600 +1",
    "1767603600 0000",
    "1767603600",
    "",
    "yesterday",
    "1e9 +0000",
    "1767603600 +0000 +0000",
    "\u{661}\u{662} +0000",
];

/// Positions and actions about `skill/pdf`, in the order of the log.
fn order(repo: &Repo) -> Vec<(u64, String)> {
    let about = repo
        .events()
        .into_iter()
        .filter(|event| event["subject"] == "skill/pdf");
    about
        .map(|event| {
            (
                event["position"].as_u64().unwrap_or_default(),
                event["action"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect()
}

#[track_caller]
fn is_in_order(repo: &Repo, date: &str) {
    let order = order(repo);
    assert!(
        order.is_sorted_by_key(|(position, _)| *position),
        "`{date}`: {order:?}"
    );
    let at = |action: &str| {
        order
            .iter()
            .find(|(_, one)| one == action)
            .map(|(position, _)| *position)
    };
    assert_eq!(
        (at("landed"), at("approve")),
        (Some(1), Some(2)),
        "`{date}`: {order:?}"
    );
}

#[test]
fn content_landed_with_a_forged_date_keeps_its_position() -> TestResult {
    for date in DATES {
        let mut repo = Repo::team();
        let [alice, bob, _] = repo.people();
        repo.commit(Authorship::from(&alice).dated(date), "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Read.");
        })?;
        repo.approve(&bob, "pdf", "1.0.0")?;
        let checked = repo.check();
        assert_eq!(checked.verdict(), "pass", "`{date}`\n{checked}");
        assert_eq!(repo.state("skill/pdf"), "approved", "`{date}`");
        is_in_order(&repo, date);
    }
    Ok(())
}

#[test]
fn an_approval_landed_with_a_forged_date_keeps_its_position() -> TestResult {
    for date in DATES {
        let mut repo = Repo::team();
        let [_, bob, _] = repo.people();
        repo.drafted_skill("pdf", "1.0.0")?;
        let record = repo
            .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
            .record();
        repo.land(Authorship::from(&bob).dated(date), &record)?;
        let checked = repo.check();
        assert_eq!(checked.verdict(), "pass", "`{date}`\n{checked}");
        assert_eq!(repo.state("skill/pdf"), "approved", "`{date}`");
        is_in_order(&repo, date);
    }
    Ok(())
}

#[test]
fn an_anchor_with_a_forged_date_is_still_the_first_landing() -> TestResult {
    for date in DATES {
        let mut repo = Repo::empty();
        let [alice, bob, _] = repo.people();
        let policy = repo.team_policy();
        let anchor = repo.commit(Authorship::from(&alice).dated(date), "Govern", |tree| {
            tree.put_policy(&policy);
        })?;
        repo.drafted_skill("pdf", "1.0.0")?;
        repo.approve(&bob, "pdf", "1.0.0")?;
        let checked = repo.check();
        assert_eq!(checked.verdict(), "pass", "`{date}`\n{checked}");
        assert_eq!(checked.json()["anchor"], anchor.to_string(), "`{date}`");
        is_in_order(&repo, date);
    }
    Ok(())
}

#[test]
fn every_landing_with_a_forged_date_changes_no_state() -> TestResult {
    for date in DATES {
        let mut repo = Repo::team();
        let [alice, _, carol] = repo.people();
        repo.granted_skill("pdf", "1.0.0")?;
        let record = repo
            .draft(DecisionKind::Block, &carol, "skill/pdf", "1.0.0")?
            .record();
        repo.land(Authorship::from(&carol).dated(date), &record)?;
        repo.commit(Authorship::from(&alice).dated(date), "Docs", |tree| {
            tree.put("docs/a.md", "a");
        })?;
        let checked = repo.check();
        checked.assert("fail", &["blocked-version"]);
        assert_eq!(repo.state("skill/pdf"), "blocked", "`{date}`");
    }
    Ok(())
}

#[test]
fn decreasing_dates_do_not_turn_the_order_of_decisions_round() -> TestResult {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let start = repo.now().unix();
    let dated = |person, hours: i64| {
        Authorship::from(person).dated(&format!("{} +0000", start - hours * 3_600))
    };
    let block = repo
        .draft(DecisionKind::Block, &carol, "skill/pdf", "1.0.0")?
        .record();
    repo.land(dated(&carol, 10), &block)?;
    assert_eq!(repo.state("skill/pdf"), "blocked");
    let unblock = repo
        .draft(DecisionKind::Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&block])
        .record();
    repo.land(dated(&bob, 20), &unblock)?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    let again = repo
        .draft(DecisionKind::Block, &carol, "skill/pdf", "1.0.0")?
        .record();
    repo.land(dated(&carol, 30), &again)?;
    repo.check().assert("fail", &["blocked-version"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn a_date_in_the_past_does_not_revive_an_expired_grant_and_one_in_the_future_does_not_end_one()
-> TestResult {
    let expiring = |policy: PolicyDraft| {
        policy.with(|policy| {
            policy.approvals =
                vec!["{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], expire_after: 30d}".to_owned()];
        })
    };
    let mut repo = Repo::team_with(expiring, |_| ());
    let alice = repo.alice.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let granted = repo.now();
    repo.commit(
        Authorship::from(&alice).dated("4102444800 +0000"),
        "From the future",
        |tree| tree.put("docs/a.md", "a"),
    )?;
    repo.check().passes();
    repo.wait(40 * 86_400);
    repo.commit(
        Authorship::from(&alice).dated(&format!("{} +0000", granted.unix())),
        "From the past",
        |tree| tree.put("docs/a.md", "b"),
    )?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    checked
        .finding("approval-expired")
        .has("subject", "skill/pdf");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_landing_dated_after_now_does_not_make_a_record_from_the_future_acceptable() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let draft = repo.draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?;
    let record = draft
        .with(|input| input.time = "2100-01-01T00:00:00Z".to_owned())
        .record();
    repo.land(Authorship::from(&bob).dated("4102444800 +0000"), &record)?;
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("record-future", &record.path)
        .is("error");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_merged_branch_with_forged_dates_brings_its_contributors_along() -> TestResult {
    for date in DATES {
        let mut repo = Repo::team();
        let [_, bob, carol] = repo.people();
        repo.branch("change")?;
        repo.commit(Authorship::from(&bob).dated(date), "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Read.");
        })?;
        repo.switch("main")?;
        repo.merge("change", countersign::demo::Method::Merge, &carol)?;
        repo.approve(&bob, "pdf", "1.0.0")?;
        repo.check().assert("waiting", &["self-approval"]);
        assert_eq!(repo.contributors("skill/pdf"), ["bob"], "`{date}`");
    }
    Ok(())
}
