//! Honest people: a branch that is older than what main decided takes a commit of its author from
//! main, and is updated with main. It takes nothing back and is merged like any other.

use countersign::demo::{Method, PolicyDraft, Tree};
use countersign::model::DecisionKind::{
    Approve, Archive, Block, Deprecate, Reject, Rollback, Unblock,
};
use serde_json::Value;

use super::crafted::{ALPHA, Crafted, POLICY, carol_is_an_owner, put, two_approve};
use countersign_testkit::{TestResult, rule};

const BETA: &str = "skill/beta";
/// What the branch brings, approved on it.
const OWN: &str = "skill/gamma";

/// Long enough to be the work of no one else.
const GAMMA: &str = "Open the ledger of the month. Add up every column, twice, and compare the sums with \
the bank's. Write down each difference with its row, its amount and the person to ask, \
and stop when more than three remain.";

fn put_beta(tree: &mut Tree) {
    tree.put_skill("beta", "1.0.0", "Compare each line with its order.");
}

/// What everyone can see of the decisions: versions and their states, the policy, who is suspended.
/// Without what a branch brings of its own.
pub fn view(repo: &Crafted) -> Vec<String> {
    let status = repo.run(&["status", "--format", "json"]).json();
    let text = |value: &Value| value.to_string();
    let mut seen = vec![text(&status["policy_serial"])];
    let subjects = status["subjects"].as_array().into_iter().flatten();
    for subject in subjects.filter(|subject| subject["subject"] != OWN) {
        seen.extend(["subject", "version", "state", "current"].map(|name| text(&subject[name])));
        for version in subject["versions"].as_array().into_iter().flatten() {
            seen.extend(["version", "state"].map(|name| text(&version[name])));
        }
    }
    seen.extend(["alice", "bob"].map(|name| repo.is_suspended(name).to_string()));
    seen
}

impl Crafted {
    /// The branch is opened. Main stays checked out.
    fn opens(&mut self) -> TestResult {
        self.branch("feature")?;
        self.switch("main")?;
        if !self.decide_early.is_empty() {
            self.decides_on_the_branch()?;
        }
        Ok(())
    }

    /// Dave's own change on main, which these people approve.
    pub fn fixes(&mut self, approvers: &[&str]) -> TestResult {
        let dave = self.dave.clone();
        self.commit(&dave, "Beta", put_beta)?;
        let people = self.people();
        for by in people
            .iter()
            .filter(|one| approvers.contains(&one.name.as_str()))
        {
            self.decide(by, Approve, BETA, "1.0.0")?;
        }
        Ok(())
    }

    /// The branch holds work of its own that was approved there before main went on.
    fn decides_on_the_branch(&mut self) -> TestResult {
        let (dave, early) = (self.dave.clone(), self.decide_early.clone());
        let people = self.people();
        let early = people
            .iter()
            .filter(|one| early.contains(&one.name.as_str()));
        self.switch("feature")?;
        self.commit(&dave, "Gamma", |tree| {
            tree.put_skill("gamma", "1.0.0", GAMMA);
        })?;
        for by in early {
            self.decide(by, Approve, OWN, "1.0.0")?;
        }
        self.switch("main")?;
        Ok(())
    }

    /// The branch cherry-picks Dave's change, is updated with main, and is merged.
    fn updates(&mut self) -> TestResult {
        let dave = self.dave.clone();
        self.check().passes();
        let before = view(self);
        self.switch("feature")?;
        self.commit(&dave, "Beta", put_beta)?;
        self.merge("main", Method::Merge, &dave)?;
        self.commit(&dave, "Feature", |tree| tree.put("docs/feature.md", "New."))?;
        self.check_with(&["--base", "main"]).passes();
        self.switch("main")?;
        self.merge("feature", Method::Merge, &dave)?;
        self.check().passes();
        assert_eq!(view(self), before);
        Ok(())
    }
}

/// What happens on main between the branch's start and its update.
struct Story {
    name: &'static str,
    policy: fn(&mut PolicyDraft),
    work: fn(&mut Crafted) -> TestResult,
    /// Who approves Dave's change.
    approvers: &'static [&'static str],
}

fn as_it_is(_: &mut PolicyDraft) {}

fn bob_administrates(policy: &mut PolicyDraft) {
    policy.administrators.push("bob".to_owned());
}

const STORIES: [Story; 15] = [
    Story {
        name: "a block that was lifted",
        policy: as_it_is,
        work: |repo| {
            let [_, bob, carol] = repo.people();
            repo.lands("1.0.0")?;
            repo.opens()?;
            let block = repo.decide(&carol, Block, ALPHA, "1.0.0")?;
            repo.answer(&bob, Unblock, "1.0.0", &block)?;
            Ok(())
        },
        approvers: &["bob"],
    },
    Story {
        name: "a suspension that was lifted",
        policy: bob_administrates,
        work: |repo| {
            let bob = repo.bob.clone();
            repo.lands("1.0.0")?;
            repo.opens()?;
            let block = repo.suspension(&bob, Block, "alice", &[])?;
            repo.suspension(&bob, Unblock, "alice", &[&block])?;
            Ok(())
        },
        approvers: &["bob"],
    },
    Story {
        name: "an approval by someone who became an owner",
        policy: as_it_is,
        work: |repo| {
            let carol = repo.carol.clone();
            repo.opens()?;
            repo.changes_policy(carol_is_an_owner)?;
            repo.proposes("1.0.0")?;
            repo.decide(&carol, Approve, ALPHA, "1.0.0")?;
            Ok(())
        },
        approvers: &["bob"],
    },
    Story {
        name: "a reject that its author withdrew",
        policy: as_it_is,
        work: |repo| {
            let bob = repo.bob.clone();
            repo.opens()?;
            repo.proposes("1.0.0")?;
            let reject = repo.decide(&bob, Reject, ALPHA, "1.0.0")?;
            repo.answer(&bob, Approve, "1.0.0", &reject)?;
            Ok(())
        },
        approvers: &["bob"],
    },
    Story {
        name: "a version approved again after its rollback",
        policy: as_it_is,
        work: |repo| {
            let (bob, dave) = (repo.bob.clone(), repo.dave.clone());
            repo.lands("1.0.0")?;
            repo.lands("2.0.0")?;
            repo.opens()?;
            let rollback = repo.rollback("2.0.0", "1.0.0")?;
            repo.commit(&dave, "Go back", |tree| {
                put(tree, "1.0.0");
                tree.put_record(&rollback);
            })?;
            repo.proposes("2.0.0")?;
            repo.answer(&bob, Approve, "2.0.0", &rollback)?;
            Ok(())
        },
        approvers: &["bob"],
    },
    Story {
        name: "a version approved again after it was archived",
        policy: as_it_is,
        work: |repo| {
            let [_, bob, carol] = repo.people();
            repo.lands("1.0.0")?;
            repo.opens()?;
            let archived = repo.decide(&carol, Archive, ALPHA, "1.0.0")?;
            repo.answer(&bob, Approve, "1.0.0", &archived)?;
            Ok(())
        },
        approvers: &["bob"],
    },
    Story {
        name: "a version approved again after it was deprecated",
        policy: as_it_is,
        work: |repo| {
            let [_, bob, carol] = repo.people();
            repo.lands("1.0.0")?;
            repo.opens()?;
            repo.decide(&carol, Deprecate, ALPHA, "1.0.0")?;
            repo.decide(&bob, Approve, ALPHA, "1.0.0")?;
            Ok(())
        },
        approvers: &["bob"],
    },
    Story {
        name: "two policies, the first rejected before it was approved",
        policy: bob_administrates,
        work: |repo| {
            let (alice, bob, dave) = (repo.alice.clone(), repo.bob.clone(), repo.dave.clone());
            repo.opens()?;
            let second = repo.proposes_policy(carol_is_an_owner)?;
            let reject = repo.decide(&bob, Reject, POLICY, "2")?;
            let draft = repo.draft(Approve, &bob, POLICY, "2")?;
            repo.land(&bob, &draft.answers(&[&reject]).record())?;
            let third = second.successor(&repo.tree());
            let third = third.line("retention: {decisions: 7y}");
            repo.commit(&dave, "Policy 3", |tree| tree.put_policy(&third))?;
            repo.decide(&alice, Approve, POLICY, "3")?;
            Ok(())
        },
        approvers: &["bob"],
    },
    Story {
        name: "an approval by someone who left",
        policy: as_it_is,
        work: |repo| {
            let bob = repo.bob.clone();
            repo.opens()?;
            repo.proposes("1.0.0")?;
            repo.decide(&bob, Approve, ALPHA, "1.0.0")?;
            repo.changes_policy(|policy| policy.teams[0].1.retain(|name| name != "bob"))?;
            Ok(())
        },
        approvers: &["alice"],
    },
    Story {
        name: "an approval before the policy asked for two",
        policy: as_it_is,
        work: |repo| {
            repo.opens()?;
            repo.lands("1.0.0")?;
            repo.changes_policy(two_approve)?;
            Ok(())
        },
        approvers: &["alice", "bob"],
    },
    Story {
        name: "an approval after the policy asked for one",
        policy: two_approve,
        work: |repo| {
            repo.opens()?;
            repo.changes_policy(|policy| {
                policy.approvals = vec![rule("count: 1, from: [owners]")];
            })?;
            repo.lands("1.0.0")?;
            Ok(())
        },
        approvers: &["bob"],
    },
    Story {
        name: "an approval by someone who was suspended later",
        policy: bob_administrates,
        work: |repo| {
            let alice = repo.alice.clone();
            repo.opens()?;
            repo.proposes("1.0.0")?;
            let bob = repo.bob.clone();
            repo.decide(&bob, Approve, ALPHA, "1.0.0")?;
            repo.suspension(&alice, Block, "bob", &[])?;
            Ok(())
        },
        approvers: &["alice"],
    },
    Story {
        name: "versions by the people who approved the ones before",
        policy: as_it_is,
        work: |repo| {
            let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
            repo.opens()?;
            repo.lands("1.0.0")?;
            repo.commit(&alice, "1.1.0", |tree| put(tree, "1.1.0"))?;
            repo.decide(&bob, Approve, ALPHA, "1.1.0")?;
            repo.commit(&bob, "1.2.0", |tree| put(tree, "1.2.0"))?;
            repo.decide(&alice, Approve, ALPHA, "1.2.0")?;
            Ok(())
        },
        approvers: &["bob"],
    },
    Story {
        name: "a reject that came after the grant",
        policy: as_it_is,
        work: |repo| {
            let bob = repo.bob.clone();
            repo.opens()?;
            repo.lands("1.0.0")?;
            repo.decide(&bob, Reject, ALPHA, "1.0.0")?;
            Ok(())
        },
        approvers: &["bob"],
    },
    Story {
        name: "a block of every version that was lifted",
        policy: as_it_is,
        work: |repo| {
            let [_, bob, carol] = repo.people();
            repo.opens()?;
            repo.lands("1.0.0")?;
            let draft = repo.draft_for(Block, &carol, ALPHA, "all", None);
            let block = draft.record();
            repo.land(&carol, &block)?;
            let draft = repo.draft_for(Unblock, &bob, ALPHA, "all", None);
            let lifted = draft.answers(&[&block]).record();
            repo.land(&bob, &lifted)?;
            Ok(())
        },
        approvers: &["bob"],
    },
];

#[test]
fn a_branch_that_is_older_than_a_decision_and_was_updated_takes_nothing_back() -> TestResult {
    for (story, decides_early) in STORIES.iter().flat_map(|one| [(one, false), (one, true)]) {
        let name = |error| format!("{}, {decides_early}: {error}", story.name);
        let mut repo = Crafted::with(story.policy);
        if decides_early {
            repo.decide_early = story.approvers.to_vec();
        }
        (story.work)(&mut repo).map_err(name)?;
        repo.fixes(story.approvers)?;
        repo.updates().map_err(name)?;
        if decides_early {
            assert_eq!(repo.state(OWN), "approved", "{}", story.name);
        }
    }
    Ok(())
}

#[test]
fn a_branch_that_knows_the_first_of_two_rollbacks_takes_the_second_one_not_back() -> TestResult {
    let mut repo = Crafted::new();
    let [_, bob, carol] = repo.people();
    let dave = repo.dave.clone();
    for version in ["0.9.0", "1.0.0", "2.0.0"] {
        repo.lands(version)?;
    }
    repo.opens()?;
    for (by, from, to) in [(&carol, "2.0.0", "1.0.0"), (&bob, "1.0.0", "0.9.0")] {
        let draft = repo.draft(Rollback, by, ALPHA, from)?;
        let record = draft.to(to).record();
        repo.commit(&dave, "Go back", |tree| {
            put(tree, to);
            tree.put_record(&record);
        })?;
        if to == "1.0.0" {
            repo.fixes(&["bob"])?;
            repo.switch("feature")?;
            repo.commit(&dave, "Beta", put_beta)?;
            repo.merge("main", Method::Merge, &dave)?;
            repo.switch("main")?;
        }
    }
    repo.check().passes();
    let before = view(&repo);
    let feature = repo.tip("feature")?;
    repo.branch_at("updated", feature)?;
    repo.merge("main", Method::Merge, &dave)?;
    for branch in ["feature", "updated"] {
        repo.switch(branch)?;
        repo.check_with(&["--base", "main"]).passes();
    }
    repo.switch("main")?;
    repo.merge("feature", Method::Merge, &dave)?;
    repo.check().passes();
    assert_eq!(view(&repo), before);
    assert_eq!(repo.current(ALPHA), "0.9.0");
    Ok(())
}
