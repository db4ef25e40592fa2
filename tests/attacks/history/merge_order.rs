//! Main merged some branches, and someone merges the same branches in another order, then main, and
//! pushes that as main. Nothing is copied, and each branch is honest: what came to less on main is
//! worth no more there.

use countersign::demo::Method;
use countersign::model::DecisionKind::{Approve, Archive, Block, Deprecate, Reject, Unblock};

use super::crafted::{ALPHA, Crafted, POLICY, carol_is_an_owner, is_draft, mallory, two_approve};
use countersign_testkit::{Checked, TestResult, rule};

type Answer = Result<Checked, Box<dyn std::error::Error>>;

impl Crafted {
    /// What happens on a branch from here. Main is checked out afterwards.
    fn on(&mut self, branch: &str, work: impl FnOnce(&mut Self) -> TestResult) -> TestResult {
        self.branch(branch)?;
        work(self)?;
        self.switch("main")?;
        Ok(())
    }

    /// Main merges the branches of the first list and goes on; the line that becomes main by a push
    /// begins with the first branch of the second list, and merges the others and main.
    fn merged_otherwise(&mut self, here: &[&str], there: &[&str]) -> Answer {
        let dave = self.dave.clone();
        for branch in here {
            self.merge(branch, Method::Merge, &dave)?;
        }
        self.commit(&dave, "Go on", |tree| tree.put("docs/more.md", "More."))?;
        let first = self.tip(there[0])?;
        self.branch_at("crafted", first)?;
        for branch in there[1..].iter().chain(&["main"]) {
            self.merge(branch, Method::Merge, &mallory())?;
        }
        self.switch("main")?;
        self.push()
    }
}

#[test]
fn a_vote_of_someone_who_became_an_owner_later_does_not_count() -> TestResult {
    let mut repo = Crafted::new();
    let carol = repo.carol.clone();
    repo.proposes("1.0.0")?;
    repo.on("x", |repo| {
        repo.decide(&carol, Approve, ALPHA, "1.0.0")?;
        Ok(())
    })?;
    repo.on("y", |repo| {
        repo.changes_policy(carol_is_an_owner)?;
        Ok(())
    })?;
    let main = repo.merged_otherwise(&["x", "y"], &["y", "x"])?;
    is_draft(&repo, &main);
    Ok(())
}

#[test]
fn a_vote_on_main_before_its_author_became_an_owner_does_not_count() -> TestResult {
    let mut repo = Crafted::new();
    let carol = repo.carol.clone();
    repo.proposes("1.0.0")?;
    repo.on("y", |repo| {
        repo.changes_policy(carol_is_an_owner)?;
        Ok(())
    })?;
    repo.decide(&carol, Approve, ALPHA, "1.0.0")?;
    let main = repo.merged_otherwise(&["y"], &["y"])?;
    is_draft(&repo, &main);
    Ok(())
}

#[test]
fn a_second_vote_of_someone_who_became_an_owner_later_does_not_count() -> TestResult {
    let mut repo = Crafted::with(two_approve);
    let [alice, _, carol] = repo.people();
    repo.proposes("1.0.0")?;
    for (branch, by) in [("x", &alice), ("z", &carol)] {
        repo.on(branch, |repo| {
            repo.decide(by, Approve, ALPHA, "1.0.0")?;
            Ok(())
        })?;
    }
    repo.on("y", |repo| {
        repo.changes_policy(carol_is_an_owner)?;
        Ok(())
    })?;
    let main = repo.merged_otherwise(&["x", "z", "y"], &["y", "x", "z"])?;
    is_draft(&repo, &main);
    Ok(())
}

#[test]
fn one_approval_is_not_enough_where_the_policy_that_asks_for_two_comes_later() -> TestResult {
    let mut repo = Crafted::with(|policy| policy.more.push("separation_of_duties: false".into()));
    let bob = repo.bob.clone();
    repo.proposes("1.0.0")?;
    repo.on("x", |repo| {
        repo.changes_policy(two_approve)?;
        Ok(())
    })?;
    repo.on("y", |repo| {
        repo.decide(&bob, Approve, ALPHA, "1.0.0")?;
        Ok(())
    })?;
    let main = repo.merged_otherwise(&["x", "y"], &["y", "x"])?;
    is_draft(&repo, &main);
    Ok(())
}

#[test]
fn a_reject_holds_where_the_approval_comes_first() -> TestResult {
    let [alice, bob, _] = Crafted::new().people();
    for (count, rejecter, approvers) in [(1, &bob, vec![&alice]), (2, &alice, vec![&alice, &bob])] {
        let mut repo = Crafted::with(|policy| {
            policy.approvals = vec![rule(&format!("count: {count}, from: [owners]"))];
        });
        repo.proposes("1.0.0")?;
        repo.on("x", |repo| {
            repo.decide(rejecter, Reject, ALPHA, "1.0.0")?;
            Ok(())
        })?;
        repo.on("y", |repo| {
            for by in approvers {
                repo.decide(by, Approve, ALPHA, "1.0.0")?;
            }
            Ok(())
        })?;
        let main = repo.merged_otherwise(&["x", "y"], &["y", "x"])?;
        is_draft(&repo, &main);
        main.finding("rejected-version").is("error");
    }
    Ok(())
}

#[test]
fn an_approval_by_someone_who_was_suspended_first_does_not_count() -> TestResult {
    let mut repo = Crafted::with(|policy| policy.administrators.push("bob".to_owned()));
    let bob = repo.bob.clone();
    repo.on("x", |repo| {
        repo.suspension(&bob, Block, "alice", &[])?;
        Ok(())
    })?;
    repo.on("y", |repo| {
        repo.lands("1.0.0")?;
        Ok(())
    })?;
    let main = repo.merged_otherwise(&["x", "y"], &["y", "x"])?;
    is_draft(&repo, &main);
    Ok(())
}

#[test]
fn a_suspension_that_a_suspended_administrator_lifted_stays() -> TestResult {
    let mut repo = Crafted::with(|policy| {
        policy.administrators = ["alice", "bob", "carol"].map(str::to_owned).to_vec();
    });
    let [alice, bob, _] = repo.people();
    let block = repo.suspension(&alice, Block, "dave", &[])?;
    repo.on("x", |repo| {
        repo.suspension(&alice, Block, "bob", &[])?;
        Ok(())
    })?;
    repo.on("y", |repo| {
        repo.suspension(&bob, Unblock, "dave", &[&block])?;
        Ok(())
    })?;
    let main = repo.merged_otherwise(&["x", "y"], &["y", "x"])?;
    main.assert("fail", &[]);
    assert!(repo.is_suspended("dave"), "{main}");
    Ok(())
}

#[test]
fn a_version_that_is_deprecated_or_archived_stays_so_where_the_second_approval_comes_later()
-> TestResult {
    for (kind, state) in [(Deprecate, "deprecated"), (Archive, "archived")] {
        let mut repo = Crafted::new();
        let [_, bob, carol] = repo.people();
        repo.lands("1.0.0")?;
        for (branch, by, kind) in [("x", &carol, kind), ("y", &bob, Approve)] {
            repo.on(branch, |repo| {
                repo.decide(by, kind, ALPHA, "1.0.0")?;
                Ok(())
            })?;
        }
        let main = repo.merged_otherwise(&["y", "x"], &["x", "y"])?;
        main.assert("fail", &["line-conflict"]);
        assert_eq!(repo.state(ALPHA), state, "{main}");
    }
    Ok(())
}

#[test]
fn a_policy_that_one_branch_rejects_and_another_approves_is_a_fork_in_either_order() -> TestResult {
    let names: [&[&str]; 2] = [&["alice", "bob"], &["alice", "bob", "carol"]];
    for administrators in names {
        let mut repo = Crafted::with(|policy| {
            policy.administrators = administrators.iter().map(|&name| name.into()).collect();
        });
        let [alice, bob, _] = repo.people();
        repo.proposes_policy(|policy| {
            policy.more.push("retention: {decisions: 7y}".to_owned());
        })?;
        for (branch, by, kind) in [("x", &bob, Reject), ("y", &alice, Approve)] {
            repo.on(branch, |repo| {
                repo.decide(by, kind, POLICY, "2")?;
                Ok(())
            })?;
        }
        let main = repo.merged_otherwise(&["x", "y"], &["y", "x"])?;
        main.assert("fail", &["policy-fork"]);
    }
    Ok(())
}

#[test]
fn an_approval_while_the_version_was_blocked_does_not_count() -> TestResult {
    let [alice, bob, carol] = Crafted::new().people();
    for (version, blocker, unblocker, approver) in [
        ("1.0.0", &alice, &alice, &bob),
        ("all", &carol, &bob, &alice),
    ] {
        let mut repo = Crafted::new();
        repo.proposes("1.0.0")?;
        repo.on("y", |repo| {
            repo.decide(approver, Approve, ALPHA, "1.0.0")?;
            Ok(())
        })?;
        repo.branch("x")?;
        let block = repo.decide(blocker, Block, ALPHA, version)?;
        repo.branch("z")?;
        repo.answer(unblocker, Unblock, version, &block)?;
        repo.switch("main")?;
        let main = repo.merged_otherwise(&["x", "y", "z"], &["y", "x", "z"])?;
        is_draft(&repo, &main);
    }
    Ok(())
}

#[test]
fn an_approval_of_ones_own_draft_does_not_count_where_others_bring_the_bytes() -> TestResult {
    let mut repo = Crafted::new();
    let (alice, dave) = (repo.alice.clone(), repo.dave.clone());
    let start = repo.head();
    let text = "First draft of what the skill does, with every step of it written down.";
    let (draft, end) = (text.to_owned(), format!("{text} Done."));
    let mut digest = None;
    repo.on("x", |repo| {
        repo.commit(&alice, "Draft", |tree| {
            tree.put_skill("alpha", "1.0.0", &draft);
        })?;
        repo.commit(&mallory(), "End", |tree| {
            tree.put_skill("alpha", "1.0.0", &end);
        })?;
        digest = Some(repo.tree().digest("skills/alpha"));
        Ok(())
    })?;
    repo.on("y", |repo| {
        let vote = repo.draft_for(Approve, &alice, ALPHA, "1.0.0", digest);
        repo.land(&alice, &vote.record())?;
        Ok(())
    })?;
    repo.branch_at("others", start)?;
    repo.commit(&dave, "Alpha", |tree| {
        tree.put_skill("alpha", "1.0.0", &end);
    })?;
    repo.switch("main")?;
    let main = repo.merged_otherwise(&["x", "y"], &["others", "y"])?;
    is_draft(&repo, &main);
    Ok(())
}
