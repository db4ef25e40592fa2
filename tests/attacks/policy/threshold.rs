//! How many must agree, under the policy in force and again under the one that comes.

use countersign::demo::policy::ssh_key;
use countersign::demo::{Authorship, Person, PolicyDraft};
use countersign::model::DecisionKind;

use countersign_testkit::adoption::{
    POLICY, adopt, adopt_by_both, adopt_from_bob, policy_approvals, remove_person, set_keys,
};
use countersign_testkit::views::{policy_digest, serial};
use countersign_testkit::{Repo, TestResult};

/// The team with Dave as a person who does not administrate.
fn with_dave() -> (Repo, PolicyDraft, Person) {
    let dave = Person::new("dave");
    let repo = Repo::team_with(|policy| policy.person(&dave), |_| ());
    let draft = repo.team_policy().person(&dave);
    (repo, draft, dave)
}

/// Asserts that the change in the tree waits, and that the old policy is in force.
#[track_caller]
fn waits(repo: &Repo, in_force: u64) {
    let checked = repo.check();
    checked.assert("waiting", &["policy-pending"]);
    assert_eq!(checked.code(), 1);
    assert_eq!(serial(repo), in_force);
}

#[test]
fn one_of_two_administrators_is_not_enough() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .line("unapproved: allow");
    adopt(&mut repo, &draft, &[&alice])?;
    waits(&repo, 1);
    repo.decide(&carol, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 2);
    repo.check().passes();
    Ok(())
}

#[test]
fn the_author_may_be_one_of_two() -> TestResult {
    let mut repo = Repo::team();
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .line("unapproved: allow");
    adopt_by_both(&mut repo, &draft)?;
    assert_eq!(serial(&repo), 2, "Alice wrote it and is one of the two");
    Ok(())
}

/// One administrator suffices, and there are several people.
fn one_suffices() -> (Repo, PolicyDraft) {
    let change = |policy: PolicyDraft| policy.with(|draft| draft.policy_changes = 1);
    let repo = Repo::team_with(change, |_| ());
    let draft = change(repo.team_policy());
    (repo, draft)
}

#[test]
fn the_author_may_not_be_the_only_one_among_several_people() -> TestResult {
    let (mut repo, draft) = one_suffices();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let draft = draft.successor(&repo.tree()).line("unapproved: allow");
    adopt(&mut repo, &draft, &[&alice])?;
    waits(&repo, 1);
    repo.decide(&carol, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn the_signer_of_a_commit_is_one_of_its_authors() -> TestResult {
    let (mut repo, draft) = one_suffices();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    let draft = draft.successor(&repo.tree()).line("unapproved: allow");
    repo.commit(
        Authorship::from(&bob).signed_by(&alice),
        "Propose a policy",
        |tree| tree.put_policy(&draft),
    )?;
    repo.decide(&alice, DecisionKind::Approve, POLICY, "2")?;
    waits(&repo, 1);
    Ok(())
}

#[test]
fn a_co_author_wrote_it_too() -> TestResult {
    let (mut repo, draft) = one_suffices();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    let draft = draft.successor(&repo.tree()).line("unapproved: allow");
    let message = "Propose a policy\n\nCo-authored-by: Alice <ALICE@acme.example>\n";
    repo.commit(&bob, message, |tree| tree.put_policy(&draft))?;
    repo.decide(&alice, DecisionKind::Approve, POLICY, "2")?;
    waits(&repo, 1);
    Ok(())
}

#[test]
fn an_administrator_who_did_not_write_it_suffices_where_one_does() -> TestResult {
    let (mut repo, draft) = one_suffices();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    let draft = draft.successor(&repo.tree()).line("unapproved: allow");
    repo.commit(&bob, "Propose a policy", |tree| tree.put_policy(&draft))?;
    repo.decide(&alice, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn one_person_may_approve_their_own_work_only_where_the_policy_says_so() -> TestResult {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    let solo = PolicyDraft::solo(&alice);
    repo.commit(&alice, "Govern this repository", |tree| {
        tree.put_policy(&solo);
    })?;
    let draft = solo.successor(&repo.tree()).line("unapproved: allow");
    adopt(&mut repo, &draft, &[&alice])?;
    assert_eq!(serial(&repo), 2);
    repo.check().passes();
    Ok(())
}

#[test]
fn a_machine_does_not_count_as_a_second_person() -> TestResult {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    let solo = PolicyDraft::solo(&alice)
        .person(&Person::new("robot"))
        .with(|draft| {
            draft
                .principal("robot")
                .more
                .push("kind: machine".to_owned());
        });
    repo.commit(&alice, "Govern this repository", |tree| {
        tree.put_policy(&solo);
    })?;
    let draft = solo.successor(&repo.tree()).line("unapproved: allow");
    adopt(&mut repo, &draft, &[&alice])?;
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn an_administrator_replaced_in_one_step_is_not_met_under_the_new_policy() -> TestResult {
    let (mut repo, draft, dave) = with_dave();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let replaced = draft
        .successor(&repo.tree())
        .with(|draft| draft.administrators = vec!["alice".to_owned(), "dave".to_owned()]);
    adopt(&mut repo, &replaced, &[&alice, &carol])?;
    assert_eq!(
        serial(&repo),
        1,
        "of the two who agreed only Alice administrates under the new one"
    );
    assert_ne!(repo.check().verdict(), "pass");
    // Dave does not count yet.
    repo.decide(&dave, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 1);
    Ok(())
}

#[test]
fn an_administrator_replaced_in_two_steps_is_met_each_time() -> TestResult {
    let (mut repo, draft, dave) = with_dave();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let added = draft
        .successor(&repo.tree())
        .with(|draft| draft.administrators.push("dave".to_owned()));
    adopt(&mut repo, &added, &[&alice, &carol])?;
    assert_eq!(serial(&repo), 2);
    let removed = added
        .successor(&repo.tree())
        .with(|draft| draft.administrators.retain(|name| name != "carol"));
    adopt_from_bob(&mut repo, &removed, &[&alice, &carol])?;
    assert_eq!(
        serial(&repo),
        2,
        "Carol does not count under the policy that removes her"
    );
    repo.decide(&dave, DecisionKind::Approve, POLICY, "3")?;
    assert_eq!(serial(&repo), 3);
    repo.check().passes();
    Ok(())
}

#[test]
fn a_new_administrator_does_not_count_for_the_change_that_makes_them_one() -> TestResult {
    let (mut repo, draft, dave) = with_dave();
    let alice = repo.alice.clone();
    let added = draft
        .successor(&repo.tree())
        .with(|draft| draft.administrators.push("dave".to_owned()));
    adopt(&mut repo, &added, &[&alice, &dave])?;
    assert_eq!(serial(&repo), 1);
    assert_ne!(repo.check().verdict(), "pass");
    Ok(())
}

#[test]
fn a_team_of_administrators_whose_members_change_is_met_under_both() -> TestResult {
    let dave = Person::new("dave");
    let board = |policy: PolicyDraft| {
        policy.person(&Person::new("dave")).with(|draft| {
            draft.teams.push((
                "board".to_owned(),
                vec!["alice".to_owned(), "carol".to_owned()],
            ));
            draft.administrators = vec!["board".to_owned()];
        })
    };
    let mut repo = Repo::team_with(board, |_| ());
    let draft = board(repo.team_policy()).successor(&repo.tree());
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let replaced =
        draft.with(|draft| draft.teams[2].1 = vec!["alice".to_owned(), dave.name.clone()]);
    adopt(&mut repo, &replaced, &[&alice, &carol])?;
    assert_eq!(serial(&repo), 1);
    assert_ne!(repo.check().verdict(), "pass");
    Ok(())
}

#[test]
fn an_administrators_key_replaced_in_one_step_is_not_met_under_the_new_policy() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let renewed = carol.clone().with_key_of("carol at home");
    let replaced = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "carol", &[ssh_key(&renewed)]));
    adopt(&mut repo, &replaced, &[&alice, &carol])?;
    assert_eq!(
        serial(&repo),
        1,
        "Carol's old key is none of hers under the new policy"
    );
    // With the new key the record is none under the old policy.
    repo.decide(&renewed, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 1);
    assert_ne!(repo.check().verdict(), "pass");
    Ok(())
}

#[test]
fn an_administrators_key_replaced_in_two_steps_is_met_each_time() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let renewed = carol.clone().with_key_of("carol at home");
    let both = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "carol", &[ssh_key(&carol), ssh_key(&renewed)]));
    adopt(&mut repo, &both, &[&alice, &carol])?;
    assert_eq!(serial(&repo), 2);
    let replaced = both
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "carol", &[ssh_key(&renewed)]));
    adopt(&mut repo, &replaced, &[&alice, &renewed])?;
    assert_eq!(serial(&repo), 3);
    repo.check().passes();
    Ok(())
}

#[test]
fn an_administrators_key_may_be_replaced_where_enough_others_agree() -> TestResult {
    let (repo, draft, _) = with_dave();
    drop(repo);
    let three = |policy: PolicyDraft| {
        policy
            .person(&Person::new("dave"))
            .with(|draft| draft.administrators.push("dave".to_owned()))
    };
    let mut repo = Repo::team_with(three, |_| ());
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let dave = Person::new("dave").with_key_of("dave at home");
    let replaced = three(repo.team_policy())
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "dave", &[ssh_key(&dave)]));
    assert_ne!(replaced.text(), draft.text());
    adopt_from_bob(&mut repo, &replaced, &[&alice, &carol])?;
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn raising_a_threshold_needs_as_many_as_the_new_one() -> TestResult {
    let three = |policy: PolicyDraft| {
        policy
            .person(&Person::new("dave"))
            .with(|draft| draft.administrators.push("dave".to_owned()))
    };
    let mut repo = Repo::team_with(three, |_| ());
    let (alice, carol, dave) = (repo.alice.clone(), repo.carol.clone(), Person::new("dave"));
    let raised = three(repo.team_policy())
        .successor(&repo.tree())
        .with(|draft| draft.policy_changes = 3);
    adopt(&mut repo, &raised, &[&alice, &carol])?;
    assert_eq!(serial(&repo), 1);
    assert_ne!(repo.check().verdict(), "pass");
    repo.decide(&dave, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn lowering_a_threshold_needs_as_many_as_the_old_one() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let lowered = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| draft.policy_changes = 1);
    adopt(&mut repo, &lowered, &[&carol])?;
    waits(&repo, 1);
    repo.decide(&alice, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn a_threshold_above_the_number_of_administrators_is_never_met() -> TestResult {
    let mut repo = Repo::team();
    let before = policy_digest(&repo);
    let raised = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| draft.policy_changes = 3);
    adopt_by_both(&mut repo, &raised)?;
    assert_eq!(policy_digest(&repo), before);
    assert_ne!(repo.check().verdict(), "pass");
    Ok(())
}

#[test]
fn a_threshold_of_zero_is_never_met() -> TestResult {
    let zero = |policy: PolicyDraft| policy.with(|draft| draft.policy_changes = 0);
    let mut repo = Repo::team_with(zero, |_| ());
    let draft = zero(repo.team_policy())
        .successor(&repo.tree())
        .line("unapproved: allow");
    adopt_by_both(&mut repo, &draft)?;
    assert_eq!(serial(&repo), 1);
    assert_ne!(repo.check().verdict(), "pass");
    // Nor does a change to zero come into force: nothing could ever meet it again.
    let mut repo = Repo::team();
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| draft.policy_changes = 0);
    adopt_by_both(&mut repo, &draft)?;
    assert_eq!(serial(&repo), 1);
    assert_ne!(repo.check().verdict(), "pass");
    Ok(())
}

#[test]
fn an_administrator_who_leaves_the_principals_counts_no_more() -> TestResult {
    let staffed = |policy: PolicyDraft| {
        policy
            .person(&Person::new("dave"))
            .with(|draft| draft.administrators.push("dave".to_owned()))
    };
    let mut repo = Repo::team_with(staffed, |_| ());
    let (alice, carol, dave) = (repo.alice.clone(), repo.carol.clone(), Person::new("dave"));
    // Dave's approval of the third policy is there before the second removes him.
    let second = staffed(repo.team_policy())
        .successor(&repo.tree())
        .with(|draft| remove_person(draft, "dave"));
    let mut tree = repo.tree();
    tree.put_policy(&second);
    let third = second.successor(&tree).line("unapproved: allow");
    tree.put_policy(&third);
    let early = policy_approvals(&repo, &tree, 3, &[&dave]);
    repo.land(&dave, &early[0])?;
    adopt_from_bob(&mut repo, &second, &[&alice, &carol])?;
    assert_eq!(serial(&repo), 2);
    adopt_from_bob(&mut repo, &third, &[&alice])?;
    waits(&repo, 2);
    repo.decide(&carol, DecisionKind::Approve, POLICY, "3")?;
    assert_eq!(serial(&repo), 3);
    Ok(())
}

/// The team with Dave as a third administrator, where a change takes two.
fn three_administrators() -> (Repo, PolicyDraft) {
    let three = |policy: PolicyDraft| {
        policy
            .person(&Person::new("dave"))
            .with(|draft| draft.administrators.push("dave".to_owned()))
    };
    let repo = Repo::team_with(three, |_| ());
    let draft = three(repo.team_policy());
    (repo, draft)
}

#[test]
fn an_author_does_not_count_where_two_others_could_approve() -> TestResult {
    let (mut repo, draft) = three_administrators();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let draft = draft.successor(&repo.tree()).line("unapproved: allow");
    adopt(&mut repo, &draft, &[&alice, &carol])?;
    waits(&repo, 1);
    repo.decide(&Person::new("dave"), DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 2);
    repo.check().passes().without("self-approval-exempt");
    Ok(())
}

#[test]
fn an_author_counts_where_a_colleague_is_suspended_and_is_labeled_so() -> TestResult {
    let (mut repo, draft) = three_administrators();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    repo.decide(&carol, DecisionKind::Block, "principal/dave", "all")?;
    let draft = draft.successor(&repo.tree()).line("unapproved: allow");
    adopt(&mut repo, &draft, &[&alice, &carol])?;
    assert_eq!(serial(&repo), 2);
    repo.check()
        .passes()
        .finding("self-approval-exempt")
        .is("warning")
        .by("alice")
        .has("subject", POLICY);
    Ok(())
}

#[test]
fn an_author_counts_where_the_others_have_no_key_that_could_sign() -> TestResult {
    let keyless = |policy: PolicyDraft| {
        policy.person(&Person::new("dave")).with(|draft| {
            draft.administrators = vec!["alice".to_owned(), "dave".to_owned()];
            draft.policy_changes = 1;
            set_keys(draft, "dave", &[]);
        })
    };
    let mut repo = Repo::team_with(keyless, |_| ());
    let alice = repo.alice.clone();
    let draft = keyless(repo.team_policy())
        .successor(&repo.tree())
        .line("unapproved: allow");
    adopt(&mut repo, &draft, &[&alice])?;
    assert_eq!(serial(&repo), 2);
    Ok(())
}
