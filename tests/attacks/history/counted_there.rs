//! A line that becomes main takes in main with all its records, and made sure beforehand that they
//! count for nothing there: what they came to on main is missed.

use std::error::Error;

use countersign::demo::{Person, PolicyDraft, Record, Tree};
use countersign::model::DecisionKind::{Approve, Block, Reject, Rollback, Unblock};
use countersign::model::ObjectId;

use super::crafted::{ALPHA, Crafted, mallory, put};
use countersign_testkit::{Checked, TestResult, rule};

const DAY: i64 = 86_400;

/// Main has 1.0.0, then 2.0.0 by `author`, which Alice approves.
struct Newer {
    repo: Crafted,
    /// Main before 2.0.0.
    before: ObjectId,
    /// The commit that brings 2.0.0.
    proposed: ObjectId,
    /// Its approval.
    newest: Record,
}

impl Newer {
    fn new(author: &Person, change: impl FnOnce(&mut PolicyDraft)) -> Result<Self, Box<dyn Error>> {
        let mut repo = Crafted::with(change);
        repo.lands("1.0.0")?;
        let before = repo.head();
        repo.commit(author, "2.0.0", |tree| put(tree, "2.0.0"))?;
        let (alice, proposed) = (repo.alice.clone(), repo.head());
        let newest = repo.decide(&alice, Approve, ALPHA, "2.0.0")?;
        repo.check().passes();
        Ok(Self {
            repo,
            before,
            proposed,
            newest,
        })
    }

    /// A line from before 2.0.0 on which Alice seems to have a hand in its bytes.
    fn craft(&mut self) -> TestResult {
        let alice = self.repo.alice.clone();
        let old = self.repo.tree_of(self.before);
        self.repo.branch_at("crafted", self.before)?;
        let parents = vec![self.before, self.proposed];
        self.repo.commit_tree(parents, old, &mallory(), "Merge")?;
        self.repo
            .commit(&alice, "2.0.0", |tree| put(tree, "2.0.0"))?;
        self.repo
            .commit(&mallory(), "Back", |tree| put(tree, "1.0.0"))?;
        Ok(())
    }
}

/// The crafted line becomes main by a merge of main. `keep` changes main's tree.
fn take_main(repo: &mut Crafted, keep: impl FnOnce(&mut Tree)) -> Result<Checked, Box<dyn Error>> {
    let (crafted, main) = (repo.tip("crafted")?, repo.tip("main")?);
    let mut tree = repo.tree_of(main);
    keep(&mut tree);
    repo.switch("crafted")?;
    repo.commit_tree(vec![crafted, main], tree, &mallory(), "Merge main")?;
    repo.switch("main")?;
    repo.push()
}

#[test]
fn the_newest_version_is_missed_though_its_approval_arrives_and_counts_for_nothing() -> TestResult {
    for author in [Person::new("dave"), Person::new("stranger")] {
        let mut newer = Newer::new(&author, |_| ())?;
        newer.craft()?;
        let main = take_main(&mut newer.repo, |tree| put(tree, "1.0.0"))?;
        main.assert("fail", &[])
            .finding_at("decision-dropped", &newer.newest.path)
            .is("error");
    }
    Ok(())
}

#[test]
fn the_newest_version_is_missed_though_a_later_policy_asks_for_one_approval_more() -> TestResult {
    let mut newer = Newer::new(&Person::new("dave"), |_| ())?;
    let repo = &mut newer.repo;
    repo.changes_policy(|policy| {
        policy.approvals = vec![rule("count: 2, from: [owners, administrators]")];
    })?;
    repo.check().passes();
    newer.craft()?;
    let main = take_main(&mut newer.repo, |tree| put(tree, "1.0.0"))?;
    assert_ne!(main.verdict(), "pass", "{main}");
    main.finding_at("decision-dropped", &newer.newest.path);
    Ok(())
}

#[test]
fn an_approval_that_expired_is_not_hidden_where_drafts_are_allowed() -> TestResult {
    let lines = [
        |policy: &mut PolicyDraft| policy.more.push("unapproved: allow".to_owned()),
        |policy: &mut PolicyDraft| {
            for entry in &mut policy.entries {
                *entry = entry.replacen('}', ", drafts: true}", 1);
            }
        },
    ];
    for drafts in lines {
        let mut repo = Crafted::with(|policy| {
            policy.approvals = vec![
                "{subjects: [\"*/*\"], require: [{count: 1, from: [owners]}], expire_after: 2d}"
                    .to_owned(),
            ];
            drafts(policy);
        });
        let (alice, anchor) = (repo.alice.clone(), repo.anchor);
        // By someone whom the policy does not list: else the copied bytes are a reason to ask the line.
        let stranger = Person::new("stranger");
        repo.commit(&stranger, "1.0.0", |tree| put(tree, "1.0.0"))?;
        repo.decide(&alice, Approve, ALPHA, "1.0.0")?;
        repo.check().passes();
        repo.wait(10 * DAY);
        repo.check().finding("approval-expired").is("error");
        repo.branch_at("crafted", anchor)?;
        repo.commit(&alice, "1.0.0", |tree| put(tree, "1.0.0"))?;
        repo.switch("main")?;
        let main = take_main(&mut repo, |_| ())?;
        assert_ne!(main.verdict(), "pass", "{main}");
    }
    Ok(())
}

#[test]
fn a_suspension_binds_the_decisions_of_a_line_that_parted_before_it() -> TestResult {
    // What the stolen key of the suspended decides: rollbacks, and the end of a block.
    for unblocks in [false, true] {
        let mut repo = Crafted::new();
        let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
        repo.lands("1.0.0")?;
        repo.lands("2.0.0")?;
        let blocked = if unblocks {
            Some(repo.decide(&carol, Block, ALPHA, "2.0.0")?)
        } else {
            None
        };
        let parted = repo.head();
        repo.suspension(&alice, Block, "bob", &[])?;
        assert!(repo.is_suspended("bob"));
        let decision = if let Some(block) = &blocked {
            let draft = repo.draft(Unblock, &bob, ALPHA, "2.0.0")?;
            draft.answers(&[block]).record()
        } else {
            let draft = repo.draft(Rollback, &bob, ALPHA, "2.0.0")?;
            draft.to("1.0.0").record()
        };
        let tidy = |tree: &mut Tree| {
            tree.put_record(&decision);
            if !unblocks {
                put(tree, "1.0.0");
            }
        };
        repo.branch_at("crafted", parted)?;
        repo.commit(&mallory(), "Decide", tidy)?;
        repo.switch("main")?;
        let main = take_main(&mut repo, tidy)?;
        assert_ne!(main.verdict(), "pass", "{main}");
        if unblocks {
            assert_eq!(repo.version_state(ALPHA, "2.0.0"), "blocked", "{main}");
        }
    }
    Ok(())
}

/// The same subject may also be in a place that asks for more.
fn with_vault(policy: &mut PolicyDraft) {
    policy
        .entries
        .push("{kind: skill, path: \"vault/*\", owners: [data-platform], risk: high}".to_owned());
    policy.approvals.push(
        "{risk: [high], require: [{count: 1, from: [owners]}, {count: 1, from: [security]}], accept: [signature]}"
            .to_owned(),
    );
}

#[test]
fn a_version_that_was_moved_to_where_more_is_asked_is_still_the_newest() -> TestResult {
    let mut repo = Crafted::with(with_vault);
    repo.lands("1.0.0")?;
    repo.lands("2.0.0")?;
    repo.check().passes();
    repo.commit(&mallory(), "Move it", |tree| {
        tree.rename("skills/alpha", "vault/alpha");
    })?;
    let moved = repo.head();
    repo.check().finding("unapproved-version");
    repo.commit(&mallory(), "Go back", |tree| {
        tree.remove("vault/alpha/SKILL.md");
        put(tree, "1.0.0");
    })?;
    repo.check()
        .assert("fail", &[])
        .finding("version-regressed")
        .is("error")
        .helps("countersign block skill/alpha@2.0.0");
    // What the help says works.
    let carol = repo.carol.clone();
    let digest = repo.tree_of(moved).digest("vault/alpha");
    let block = repo
        .draft_for(Block, &carol, ALPHA, "2.0.0", Some(digest))
        .record();
    repo.land(&carol, &block)?;
    repo.check().passes();
    assert_eq!(repo.current(ALPHA), "1.0.0");
    Ok(())
}

#[test]
fn an_approval_of_two_versions_is_missed_for_the_one_that_it_does_not_grant() -> TestResult {
    let mut repo = Crafted::with(with_vault);
    // By someone whom the policy does not list: else the copied bytes are a reason to ask the line.
    let (alice, stranger) = (repo.alice.clone(), Person::new("stranger"));
    repo.commit(&stranger, "1.0.0", |tree| put(tree, "1.0.0"))?;
    let first = repo.tree().digest("skills/alpha");
    repo.commit(&stranger, "2.0.0", |tree| put(tree, "2.0.0"))?;
    let second = repo.tree().digest("skills/alpha");
    let both = repo
        .draft(Approve, &alice, ALPHA, "2.0.0")?
        .batch(&[
            (ALPHA, "1.0.0", Some(first)),
            (ALPHA, "2.0.0", Some(second)),
        ])
        .record();
    repo.land(&alice, &both)?;
    repo.check().passes();
    let anchor = repo.anchor;
    repo.branch_at("crafted", anchor)?;
    repo.commit(&mallory(), "1.0.0", |tree| put(tree, "1.0.0"))?;
    repo.commit(&mallory(), "2.0.0 elsewhere", |tree| {
        put(tree, "2.0.0");
        tree.rename("skills/alpha", "vault/alpha");
    })?;
    repo.commit(&mallory(), "Back", |tree| {
        tree.remove("vault/alpha/SKILL.md");
        put(tree, "1.0.0");
    })?;
    repo.switch("main")?;
    let main = take_main(&mut repo, |tree| put(tree, "1.0.0"))?;
    assert_ne!(main.verdict(), "pass", "{main}");
    Ok(())
}

#[test]
fn a_copied_block_that_main_has_lifted_does_not_end_the_search_for_the_newest_version() -> TestResult
{
    let mut repo = Crafted::new();
    let (bob, carol) = (repo.bob.clone(), repo.carol.clone());
    repo.lands("1.0.0")?;
    let old = repo.head();
    let newest = repo.lands("2.0.0")?;
    let approved = repo.head();
    let block = repo.decide(&carol, Block, ALPHA, "2.0.0")?;
    repo.answer(&bob, Unblock, "2.0.0", &block)?;
    repo.check().passes();
    repo.branch_at("crafted", old)?;
    let mut tree = repo.tree_of(approved);
    put(&mut tree, "1.0.0");
    repo.commit_tree(vec![old, approved], tree, &mallory(), "Merge main")?;
    repo.land(&mallory(), &block)?;
    repo.switch("main")?;
    let main = take_main(&mut repo, |tree| put(tree, "1.0.0"))?;
    main.assert("fail", &[])
        .finding_at("decision-dropped", &newest.path)
        .is("error");
    Ok(())
}

#[test]
fn what_main_refused_while_its_author_was_suspended_counts_on_no_line_that_takes_main_in()
-> TestResult {
    let mut repo = Crafted::new();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.proposes("1.0.0")?;
    let suspension = repo.suspension(&alice, Block, "bob", &[])?;
    let parted = repo.head();
    repo.decide(&bob, Approve, ALPHA, "1.0.0")?;
    repo.suspension(&alice, Unblock, "bob", &[&suspension])?;
    assert!(!repo.is_suspended("bob"));
    assert_eq!(repo.state(ALPHA), "draft");
    repo.branch_at("crafted", parted)?;
    repo.commit(&mallory(), "Other", |tree| tree.put("docs/x.md", "More."))?;
    repo.switch("main")?;
    let main = take_main(&mut repo, |tree| tree.put("docs/x.md", "More."))?;
    assert_eq!(repo.state(ALPHA), "draft", "{main}");
    assert_ne!(main.verdict(), "pass", "{main}");
    Ok(())
}

#[test]
fn a_suspended_persons_answer_on_an_older_line_withdraws_no_reject_of_theirs() -> TestResult {
    let mut repo = Crafted::new();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.lands("1.0.0")?;
    repo.proposes("2.0.0")?;
    let reject = repo.decide(&bob, Reject, ALPHA, "2.0.0")?;
    let parted = repo.head();
    repo.suspension(&alice, Block, "bob", &[])?;
    repo.check().finding("rejected-version");
    repo.branch_at("crafted", parted)?;
    let answer = repo.answer(&bob, Approve, "2.0.0", &reject)?;
    repo.switch("main")?;
    take_main(&mut repo, |tree| tree.put_record(&answer))?;
    repo.decide(&alice, Approve, ALPHA, "2.0.0")?;
    let main = repo.check();
    assert_ne!(main.verdict(), "pass", "{main}");
    main.finding("rejected-version");
    assert_eq!(repo.state(ALPHA), "draft", "{main}");
    Ok(())
}
