//! Crafted lines that become main by a push and silence the honest one: it came to less from the
//! same decisions, and something beside them made it look as if it could not tell.

use countersign::demo::{Method, PolicyDraft, Record};
use countersign::model::DecisionKind::{
    Approve, Archive, Block, Deprecate, Reject, Rollback, Unblock,
};

use super::crafted::{
    ALPHA, Crafted, POLICY, Step, carol_is_an_owner, is_draft, mallory, put, two_approve,
};
use countersign_testkit::TestResult;
use countersign_testkit::views::serial;

/// A change that decides nothing here.
fn retention(policy: &mut PolicyDraft) {
    policy.more.push("retention: {decisions: 7y}".to_owned());
}

/// A policy that lands on main together with a decision, both by one pull request.
fn with_a_policy(
    repo: &mut Crafted,
    change: impl FnOnce(&mut PolicyDraft),
    decide: impl FnOnce(&mut Crafted) -> Result<Record, Box<dyn std::error::Error>>,
) -> Result<(PolicyDraft, Record, Record), Box<dyn std::error::Error>> {
    let dave = repo.dave.clone();
    repo.branch("request")?;
    let (policy, approval) = repo.changes_policy(change)?;
    let decision = decide(repo)?;
    repo.switch("main")?;
    repo.merge("request", Method::Merge, &dave)?;
    repo.policy = policy.clone();
    Ok((policy, approval, decision))
}

#[test]
fn a_vote_that_no_rule_asks_for_does_not_make_too_few_enough() -> TestResult {
    for asked in [true, false] {
        let mut repo = Crafted::new();
        let carol = repo.carol.clone();
        let (policy, approval) = repo.changes_policy(two_approve)?;
        let vote = repo.lands("1.0.0")?;
        let more = if asked {
            None
        } else {
            Some(repo.decide(&carol, Approve, ALPHA, "1.0.0")?)
        };
        let mut steps = vec![Step::Main, Step::Bytes("1.0.0")];
        steps.extend(more.iter().map(Step::Copy));
        steps.extend([Step::Copy(&vote), Step::Approved(&policy, &approval)]);
        repo.craft(&steps)?;
        let main = repo.push()?;
        is_draft(&repo, &main);
    }
    Ok(())
}

#[test]
fn a_vote_that_landed_with_an_unrelated_policy_is_worth_no_more() -> TestResult {
    let mut repo = Crafted::new();
    let carol = repo.carol.clone();
    repo.proposes("1.0.0")?;
    let start = repo.head();
    let (second, approval, vote) = with_a_policy(&mut repo, retention, |repo| {
        Ok(repo.decide(&carol, Approve, ALPHA, "1.0.0")?)
    })?;
    let (third, its_approval) = repo.changes_policy(carol_is_an_owner)?;
    repo.craft_at(
        start,
        &[
            Step::Approved(&second, &approval),
            Step::Approved(&third, &its_approval),
            Step::Main,
            Step::Copy(&vote),
            Step::Other,
        ],
    )?;
    let main = repo.push()?;
    is_draft(&repo, &main);
    Ok(())
}

#[test]
fn a_vote_that_landed_with_a_reject_that_was_withdrawn_is_worth_no_more() -> TestResult {
    let mut repo = Crafted::new();
    let [_, bob, carol] = repo.people();
    let dave = repo.dave.clone();
    repo.proposes("1.0.0")?;
    let start = repo.head();
    repo.branch("request")?;
    let vote = repo.decide(&carol, Approve, ALPHA, "1.0.0")?;
    let reject = repo.decide(&bob, Reject, ALPHA, "1.0.0")?;
    repo.switch("main")?;
    repo.merge("request", Method::Merge, &dave)?;
    // Withdrawn by an approval that then expires, so that nothing is left but Carol's vote.
    let end = repo.now().plus(7_200).to_string();
    let withdrawal = repo
        .draft(Approve, &bob, ALPHA, "1.0.0")?
        .answers(&[&reject])
        .with(|input| input.expires = Some(end))
        .record();
    repo.land(&bob, &withdrawal)?;
    let (policy, approval) = repo.changes_policy(carol_is_an_owner)?;
    repo.craft_at(
        start,
        &[
            Step::Approved(&policy, &approval),
            Step::Main,
            Step::Copy(&vote),
            Step::Other,
        ],
    )?;
    let main = repo.push()?;
    main.finding_at("decision-replayed", &vote.path);
    Ok(())
}

#[test]
fn a_person_who_was_unblocked_with_an_unrelated_policy_stays_suspended() -> TestResult {
    let mut repo = Crafted::new();
    let [alice, _, carol] = repo.people();
    let block = repo.suspension(&alice, Block, "bob", &[])?;
    let start = repo.anchor;
    let (second, approval, unblock) = with_a_policy(&mut repo, retention, |repo| {
        Ok(repo.suspension(&carol, Unblock, "bob", &[&block])?)
    })?;
    let (third, its_approval) = repo.changes_policy(|policy| {
        policy.administrators.push("carol".to_owned());
    })?;
    assert!(repo.is_suspended("bob"), "Carol did not administrate");
    repo.craft_at(
        start,
        &[
            Step::Approved(&second, &approval),
            Step::Approved(&third, &its_approval),
            Step::Copy(&block),
            Step::Main,
            Step::Copy(&unblock),
            Step::Other,
        ],
    )?;
    let main = repo.push()?;
    main.assert("fail", &[]);
    assert!(repo.is_suspended("bob"), "{main}");
    Ok(())
}

#[test]
fn an_approval_over_a_flag_by_someone_who_was_not_asked_clears_nothing() -> TestResult {
    for (kind, state) in [(Deprecate, "deprecated"), (Archive, "archived")] {
        for copied_before in [true, false] {
            let mut repo = Crafted::new();
            let [_, bob, carol] = repo.people();
            repo.lands("1.0.0")?;
            let start = repo.head();
            let flag = repo.decide(&bob, kind, ALPHA, "1.0.0")?;
            let vote = repo.answer(&carol, Approve, "1.0.0", &flag)?;
            let (policy, approval) = repo.changes_policy(carol_is_an_owner)?;
            assert_eq!(repo.state(ALPHA), state);
            let mut steps = vec![Step::Approved(&policy, &approval), Step::Copy(&flag)];
            steps.extend(if copied_before {
                [Step::Copy(&vote), Step::Main]
            } else {
                [Step::Main, Step::Copy(&vote)]
            });
            steps.push(Step::Other);
            repo.craft_at(start, &steps)?;
            let main = repo.push()?;
            assert_eq!(repo.state(ALPHA), state, "{main}");
        }
    }
    Ok(())
}

#[test]
fn a_record_that_main_refused_for_good_is_refused_where_its_commit_is_known() -> TestResult {
    let mut repo = Crafted::new();
    let (alice, dave) = (repo.alice.clone(), repo.dave.clone());
    repo.proposes("1.0.0")?;
    let start = repo.head();
    let vote = repo.draft(Approve, &alice, ALPHA, "1.0.0")?.record();
    // Its signature comes later, on a branch that main merges: that is too late.
    let unsigned = repo.draft(Approve, &alice, ALPHA, "1.0.0")?.unsigned();
    repo.land(&dave, &unsigned.record())?;
    repo.branch_at("signed", start)?;
    repo.land(&alice, &vote)?;
    repo.switch("main")?;
    repo.merge("signed", Method::Merge, &dave)?;
    assert_eq!(repo.state(ALPHA), "draft");
    let signed = repo.tip("signed")?;
    repo.craft_at(signed, &[Step::Main, Step::Other])?;
    let main = repo.push()?;
    is_draft(&repo, &main);
    Ok(())
}

#[test]
fn an_approval_that_ends_is_not_extended_by_a_vote_that_does_not_count() -> TestResult {
    let mut repo = Crafted::new();
    let [alice, _, carol] = repo.people();
    repo.proposes("1.0.0")?;
    let end = repo.now().plus(86_400).to_string();
    let limited = repo
        .draft(Approve, &alice, ALPHA, "1.0.0")?
        .with(|input| input.expires = Some(end))
        .record();
    repo.land(&alice, &limited)?;
    let start = repo.head();
    let vote = repo.decide(&carol, Approve, ALPHA, "1.0.0")?;
    let (policy, approval) = repo.changes_policy(carol_is_an_owner)?;
    repo.craft_at(
        start,
        &[
            Step::Approved(&policy, &approval),
            Step::Copy(&vote),
            Step::Main,
            Step::Other,
        ],
    )?;
    repo.push()?.finding("line-conflict").is("error");
    Ok(())
}

#[test]
fn a_version_whose_approval_has_expired_is_a_draft_where_its_deprecation_comes_with_it()
-> TestResult {
    let mut repo = Crafted::new();
    let [alice, bob, _] = repo.people();
    repo.proposes("1.0.0")?;
    let end = repo.now().plus(3_600).to_string();
    let limited = repo
        .draft(Approve, &alice, ALPHA, "1.0.0")?
        .with(|input| input.expires = Some(end))
        .record();
    repo.land(&alice, &limited)?;
    repo.decide(&bob, Deprecate, ALPHA, "1.0.0")?;
    repo.craft(&[Step::Other, Step::Other, Step::Other, Step::Main])?;
    assert_eq!(repo.state(ALPHA), "draft", "the approval has ended");
    repo.push()?;
    assert_eq!(repo.state(ALPHA), "draft");
    Ok(())
}

#[test]
fn a_vote_before_its_bytes_does_not_count_where_its_author_is_asked_earlier() -> TestResult {
    let mut repo = Crafted::new();
    let carol = repo.carol.clone();
    repo.branch("next")?;
    repo.proposes("1.0.0")?;
    let early = repo.draft(Approve, &carol, ALPHA, "1.0.0")?.record();
    repo.switch("main")?;
    repo.land(&carol, &early)?;
    let (policy, approval) = repo.changes_policy(carol_is_an_owner)?;
    repo.craft(&[
        Step::Approved(&policy, &approval),
        Step::Main,
        Step::Bytes("1.0.0"),
        Step::Copy(&early),
        Step::Other,
    ])?;
    let main = repo.push()?;
    is_draft(&repo, &main);
    Ok(())
}

#[test]
fn a_policy_that_only_its_author_approved_is_a_fork_where_others_bring_its_text() -> TestResult {
    let mut repo = Crafted::with(|policy| policy.administrators.push("bob".to_owned()));
    let alice = repo.alice.clone();
    let next = repo.policy.successor(&repo.tree()).with(retention);
    repo.commit(&alice, "Policy", |tree| tree.put_policy(&next))?;
    let approval = repo.decide(&alice, Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 1, "Alice wrote it");
    repo.craft(&[
        Step::Proposed(&next),
        Step::Copy(&approval),
        Step::Main,
        Step::Other,
    ])?;
    repo.push()?.assert("fail", &["policy-fork"]);
    Ok(())
}

#[test]
fn the_order_in_which_versions_were_approved_decides_nothing_silently() -> TestResult {
    let mut repo = Crafted::new();
    let alice = repo.alice.clone();
    let dave = repo.dave.clone();
    let bring = |repo: &mut Crafted, text: &str| -> Result<Record, Box<dyn std::error::Error>> {
        repo.commit(&dave, text, |tree| tree.put_skill("alpha", "", text))?;
        let version = repo.tree().digest("skills/alpha").to_string();
        Ok(repo.decide(
            &alice,
            Approve,
            ALPHA,
            &format!("0.0.0-sha{}", &version[7..19]),
        )?)
    };
    let old = bring(&mut repo, "Old text with a hole.")?;
    let new = bring(&mut repo, "New text, and the hole is closed.")?;
    repo.check().passes();
    let anchor = repo.anchor;
    repo.branch_at("crafted", anchor)?;
    for (text, record) in [
        ("New text, and the hole is closed.", &new),
        ("Old text with a hole.", &old),
    ] {
        repo.commit(&mallory(), "Copy", |tree| {
            tree.put_skill("alpha", "", text);
        })?;
        repo.land(&mallory(), record)?;
    }
    repo.merge("main", Method::Ours, &mallory())?;
    repo.switch("main")?;
    repo.push()?.assert("fail", &["line-conflict"]);
    Ok(())
}

#[test]
fn a_version_approved_before_another_was_stopped_does_not_become_current_silently() -> TestResult {
    let mut repo = Crafted::new();
    let (carol, dave) = (repo.carol.clone(), repo.dave.clone());
    let first = repo.lands("1.0.0")?;
    let newest = repo.lands("2.0.0")?;
    let lower = repo.lands("1.5.0")?;
    let mut tree = repo.tree();
    put(&mut tree, "2.0.0");
    let digest = Some(tree.digest("skills/alpha"));
    let block = repo
        .draft_for(Block, &carol, ALPHA, "2.0.0", digest)
        .record();
    repo.commit(&dave, "Go back", |tree| {
        put(tree, "1.0.0");
        tree.put_record(&block);
    })?;
    repo.check().passes();
    repo.craft(&[
        Step::Bytes("1.0.0"),
        Step::Copy(&first),
        Step::Bytes("2.0.0"),
        Step::Copy(&newest),
        Step::Copy(&block),
        Step::Bytes("1.5.0"),
        Step::Copy(&lower),
        Step::Main,
        Step::Other,
    ])?;
    let honest = repo.head();
    repo.push()?.assert("fail", &["line-conflict"]);
    // Bob decides that it is right, also when the other line comes once more.
    let bob = repo.bob.clone();
    repo.decide(&bob, Approve, ALPHA, "1.5.0")?;
    repo.check().without("line-conflict");
    repo.branch_at("again", honest)?;
    repo.land(&dave, &lower.moved("approvals/skill/alpha/1.5.0/copy.yaml"))?;
    repo.switch("main")?;
    repo.merge("again", Method::Ours, &dave)?;
    repo.check().without("line-conflict");
    Ok(())
}

#[test]
fn a_batch_that_left_one_subject_behind_is_reported_for_it() -> TestResult {
    let mut repo = Crafted::new();
    let (alice, dave) = (repo.alice.clone(), repo.dave.clone());
    repo.lands("1.0.0")?;
    let start = repo.head();
    let beta = |tree: &mut countersign::demo::Tree| {
        tree.put_skill("beta", "1.0.0", "Something else altogether.");
    };
    repo.commit(&dave, "Both", |tree| {
        put(tree, "2.0.0");
        beta(tree);
    })?;
    let (of_alpha, of_beta) = (
        repo.tree().digest("skills/alpha"),
        repo.tree().digest("skills/beta"),
    );
    let batch = repo
        .draft(Approve, &alice, ALPHA, "2.0.0")?
        .batch(&[
            (ALPHA, "2.0.0", Some(of_alpha)),
            ("skill/beta", "1.0.0", Some(of_beta)),
        ])
        .record();
    repo.land(&alice, &batch)?;
    repo.check().passes();
    repo.branch_at("crafted", start)?;
    repo.commit(&mallory(), "Beta", beta)?;
    repo.land(&mallory(), &batch)?;
    repo.merge("main", Method::Ours, &mallory())?;
    repo.commit(&mallory(), "Go on", |tree| tree.put("docs/x.md", "More."))?;
    repo.switch("main")?;
    repo.push()?.assert("fail", &["decision-dropped"]);
    Ok(())
}

#[test]
fn a_rollback_past_the_preceding_version_that_came_with_another_approval_goes_nowhere() -> TestResult
{
    let mut repo = Crafted::new();
    let [_, bob, carol] = repo.people();
    let dave = repo.dave.clone();
    let records = ["1.0.0", "2.0.0", "3.0.0"].map(|version| repo.lands(version));
    let [first, second, third] = records;
    let (first, second, third) = (first?, second?, third?);
    repo.branch("request")?;
    let rollback = repo
        .draft(Rollback, &carol, ALPHA, "3.0.0")?
        .to("1.0.0")
        .record();
    repo.land(&carol, &rollback)?;
    repo.decide(&bob, Approve, ALPHA, "3.0.0")?;
    repo.switch("main")?;
    repo.merge("request", Method::Merge, &dave)?;
    assert_eq!(repo.current(ALPHA), "3.0.0", "it takes the approvals");
    repo.craft(&[
        Step::Bytes("1.0.0"),
        Step::Copy(&first),
        Step::Bytes("3.0.0"),
        Step::Copy(&third),
        Step::Copy(&rollback),
        Step::Copy(&second),
        Step::Bytes("1.0.0"),
        Step::Main,
        Step::Bytes("1.0.0"),
        Step::Other,
    ])?;
    let main = repo.push()?;
    main.assert("fail", &["line-conflict"]);
    assert_ne!(repo.current(ALPHA), "1.0.0", "{main}");
    Ok(())
}

#[test]
fn a_pull_request_of_one_commit_that_names_the_owners_as_authors_fails_its_gate() -> TestResult {
    let mut repo = Crafted::new();
    repo.lands("1.0.0")?;
    repo.check().passes();
    // One commit with main's own bytes, which names both owners.
    let message = "Tidy\n\nCo-authored-by: Alice <alice@acme.example>\n\
                   Co-authored-by: Bob <bob@acme.example>\n";
    let anchor = repo.anchor;
    repo.branch_at("pull", anchor)?;
    repo.commit(&mallory(), message, |tree| {
        put(tree, "1.0.0");
    })?;
    let anchor = anchor.to_string();
    let gate = repo.check_with(&["--base", "main", "--anchor", &anchor]);
    gate.assert("fail", &["line-conflict"]);
    Ok(())
}
