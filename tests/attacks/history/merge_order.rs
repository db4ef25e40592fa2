//! Main merged some branches, and someone merges the same branches in another order, then main, and
//! pushes that as main. Nothing is copied, and each branch is honest: what came to less on main is
//! worth no more there.

use countersign::demo::Method;
use countersign::model::DecisionKind::{Approve, Archive, Block, Deprecate, Reject, Unblock};

use super::crafted::{ALPHA, Crafted, POLICY, carol_is_an_owner, is_draft, mallory, two_approve};
use countersign_testkit::{Checked, TestResult, rule};

impl Crafted {
    /// What happens on a branch from here. Main is checked out afterwards.
    fn on(&mut self, branch: &str, work: impl FnOnce(&mut Self) -> TestResult) -> TestResult {
        self.branch(branch)?;
        work(self)?;
        self.switch("main")?;
        Ok(())
    }

    /// Main merges the branches of the first list and goes on. Then lines become main by a push that
    /// begin with the first branch of the second list, and merge the others and main: at once, or
    /// each of main's merges by itself, or with a commit that decides nothing left for later. `holds`
    /// says what each of them must not change.
    fn merged_otherwise(
        &mut self,
        here: &[&str],
        there: &[&str],
        holds: impl Fn(&Self, &Checked),
    ) -> TestResult {
        let dave = self.dave.clone();
        let mut before = Vec::new();
        for branch in here {
            self.switch(branch)?;
            before.push((*branch, self.head()));
            self.commit(&dave, "Later", |tree| {
                tree.put(format!("docs/{branch}.md"), "Later.");
            })?;
            self.switch("main")?;
            self.merge(branch, Method::Merge, &dave)?;
        }
        self.commit(&dave, "Go on", |tree| tree.put("docs/more.md", "More."))?;
        let honest = self.head();
        let range = format!("{}..main", self.anchor);
        let merges = self.git(&[
            "rev-list",
            "--first-parent",
            "--merges",
            "--reverse",
            &range,
        ]);
        let mut of_main = Vec::new();
        for (number, merge) in merges.lines().enumerate() {
            let name = format!("merge-{number}");
            self.branch_at(&name, merge.parse()?)?;
            of_main.push(name);
        }
        self.switch("main")?;
        let one_by_one = of_main.iter().map(String::as_str);
        let early = before.iter().find(|(branch, _)| *branch == there[0]);
        let start = self.tip(there[0])?;
        for (first, more) in [
            (start, vec![]),
            (start, one_by_one.collect()),
            (early.map_or(start, |(_, commit)| *commit), vec![there[0]]),
        ] {
            self.branch_at("crafted", first)?;
            for branch in there[1..].iter().chain(&more).chain(&["main"]) {
                self.merge(branch, Method::Merge, &mallory())?;
            }
            self.switch("main")?;
            let main = self.push()?;
            holds(self, &main);
            self.reset(honest)?;
        }
        Ok(())
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
    repo.merged_otherwise(&["x", "y"], &["y", "x"], is_draft)
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
    repo.merged_otherwise(&["y"], &["y"], is_draft)
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
    repo.merged_otherwise(&["x", "z", "y"], &["y", "x", "z"], is_draft)
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
    repo.merged_otherwise(&["x", "y"], &["y", "x"], is_draft)
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
        repo.merged_otherwise(&["x", "y"], &["y", "x"], |repo, main| {
            is_draft(repo, main);
            main.finding("rejected-version").is("error");
        })?;
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
    repo.merged_otherwise(&["x", "y"], &["y", "x"], is_draft)
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
    repo.merged_otherwise(&["x", "y"], &["y", "x"], |repo, main| {
        main.assert("fail", &[]);
        assert!(repo.is_suspended("dave"), "{main}");
    })
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
        repo.merged_otherwise(&["y", "x"], &["x", "y"], |repo, main| {
            main.assert("fail", &["line-conflict"]);
            assert_eq!(repo.state(ALPHA), state, "{main}");
        })?;
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
        repo.merged_otherwise(&["x", "y"], &["y", "x"], |_, main| {
            main.assert("fail", &["policy-fork"]);
        })?;
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
        repo.merged_otherwise(&["x", "y", "z"], &["y", "x", "z"], is_draft)?;
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
    repo.merged_otherwise(&["x", "y"], &["others", "y"], is_draft)
}

#[test]
fn a_version_that_is_deprecated_or_archived_stays_so_where_its_bytes_come_last() -> TestResult {
    for (kind, state) in [(Deprecate, "deprecated"), (Archive, "archived")] {
        let mut repo = Crafted::new();
        let [alice, bob, _] = repo.people();
        let mut digest = None;
        repo.on("x", |repo| {
            repo.proposes("1.0.0")?;
            digest = Some(repo.tree().digest("skills/alpha"));
            Ok(())
        })?;
        for (branch, by, kind) in [("y", &alice, Approve), ("z", &bob, kind)] {
            repo.on(branch, |repo| {
                let decision = repo.draft_for(kind, by, ALPHA, "1.0.0", digest);
                repo.land(by, &decision.record())?;
                Ok(())
            })?;
        }
        repo.merged_otherwise(&["x", "y", "z"], &["y", "z", "x"], |repo, main| {
            main.assert("fail", &["line-conflict"]);
            assert_eq!(repo.state(ALPHA), state, "{main}");
        })?;
    }
    Ok(())
}
