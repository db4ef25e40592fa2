//! A line that becomes main by a push leaves something of main behind, and hides that: in its merge
//! of main, behind another approved version, or behind a line that takes the approval back.

use countersign::demo::{Method, PolicyDraft, Record};
use countersign::model::DecisionKind::Approve;
use countersign::model::ObjectId;

use super::crafted::{ALPHA, Crafted, Step, lost, mallory, put};
use countersign_testkit::{Checked, Repo, TestResult, commits_count};

/// Main has 1.0.0 and 2.0.0, then 3.0.0, which will be left behind.
struct Behind {
    repo: Crafted,
    /// The approvals.
    votes: [Record; 3],
    /// Main before 3.0.0.
    before: ObjectId,
}

impl Behind {
    fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let mut repo = Crafted::new();
        let (first, second) = (repo.lands("1.0.0")?, repo.lands("2.0.0")?);
        let before = repo.head();
        let votes = [first, second, repo.lands("3.0.0")?];
        repo.check().passes();
        Ok(Self {
            repo,
            votes,
            before,
        })
    }

    /// The approval of 3.0.0 is missed on the line that became main.
    #[track_caller]
    fn is_missed(&self, main: &Checked) {
        main.assert("fail", &[])
            .finding_at("decision-dropped", &self.votes[2].path)
            .is("error");
    }
}

#[test]
fn the_newest_version_is_missed_though_a_backport_approved_later_arrives() -> TestResult {
    let mut behind = Behind::new()?;
    let repo = &mut behind.repo;
    let (dave, alice, anchor) = (repo.dave.clone(), repo.alice.clone(), repo.anchor);
    repo.branch_at("backport", anchor)?;
    repo.commit(&dave, "1.0.1", |tree| put(tree, "1.0.1"))?;
    let backport = repo.decide(&alice, Approve, ALPHA, "1.0.1")?;
    repo.switch("main")?;
    repo.craft(&[
        Step::Bytes("1.0.0"),
        Step::Copy(&behind.votes[0]),
        Step::Bytes("1.0.1"),
        Step::Copy(&backport),
        Step::Bytes("2.0.0"),
        Step::Copy(&behind.votes[1]),
        Step::Main,
    ])?;
    let main = repo.push()?;
    behind.is_missed(&main);
    Ok(())
}

#[test]
fn the_newest_version_is_missed_though_another_line_took_its_approval_back_first() -> TestResult {
    let mut behind = Behind::new()?;
    let repo = &mut behind.repo;
    let lost = lost(&behind.votes[2]);
    repo.craft(&[Step::Copy(&lost), Step::Bytes("3.0.0")])?;
    repo.branch("withdrawn")?;
    repo.merge("crafted", Method::Ours, &mallory())?;
    repo.craft_at(behind.before, &[Step::Other])?;
    repo.switch("crafted")?;
    repo.merge("withdrawn", Method::Ours, &mallory())?;
    repo.switch("main")?;
    let main = repo.push()?;
    behind.is_missed(&main);
    Ok(())
}

#[test]
fn the_newest_version_is_missed_though_the_merge_brings_the_file_of_its_approval() -> TestResult {
    let mut behind = Behind::new()?;
    let repo = &mut behind.repo;
    repo.craft_at(behind.before, &[Step::Other])?;
    let (theirs, third) = (repo.head(), behind.votes[2].clone());
    repo.switch("crafted")?;
    let (ours, mut tree) = (repo.head(), repo.tree());
    tree.put_record(&third);
    repo.commit_tree(vec![ours, theirs], tree, &mallory(), "Merge main")?;
    repo.switch("main")?;
    let main = repo.push()?;
    behind.is_missed(&main);
    Ok(())
}

#[test]
fn of_two_contents_of_one_version_the_one_that_was_approved_first_is_missed() -> TestResult {
    let mut repo = Crafted::new();
    let (alice, dave, start) = (repo.alice.clone(), repo.dave.clone(), repo.head());
    repo.branch("x")?;
    let first = repo.lands("1.0.0")?;
    repo.branch_at("y", start)?;
    repo.commit(&dave, "Other", |tree| {
        tree.put_skill("alpha", "1.0.0", "Do something else.");
    })?;
    repo.decide(&alice, Approve, ALPHA, "1.0.0")?;
    // Both orders come to this tree.
    let (x, y, mut tree) = (repo.tip("x")?, repo.head(), repo.tree());
    tree.put_record(&first);
    repo.branch_at("crafted", y)?;
    repo.commit_tree(vec![y, x], tree.clone(), &mallory(), "Merge x")?;
    repo.switch("main")?;
    let here = repo.merge("x", Method::Merge, &dave)?;
    repo.commit_tree(vec![here, y], tree, &dave, "Merge y")?;
    repo.check()
        .assert("fail", &["version-reused", "unapproved-version"]);
    repo.switch("crafted")?;
    repo.merge("main", Method::Merge, &mallory())?;
    repo.switch("main")?;
    repo.push()?
        .assert("fail", &[])
        .finding_at("decision-dropped", &first.path)
        .is("error");
    Ok(())
}

#[test]
fn the_first_of_two_contents_is_missed_though_its_file_was_removed_just_before_the_merge()
-> TestResult {
    let mut repo = Crafted::new();
    let (bob, dave, anchor) = (repo.bob.clone(), repo.dave.clone(), repo.anchor);
    let first = repo.lands("1.0.0")?;
    let other = |tree: &mut countersign::demo::Tree| {
        tree.put_skill("alpha", "1.0.0", "Do something else.");
    };
    repo.commit(&dave, "Other", other)?;
    let second = repo.decide(&bob, Approve, ALPHA, "1.0.0")?;
    repo.commit(&dave, "Back", |tree| put(tree, "1.0.0"))?;
    repo.check().passes();
    repo.branch("tidied")?;
    repo.commit(&mallory(), "Tidy", |tree| {
        tree.remove(&first.path);
        tree.remove(format!("{}.sig", first.path));
    })?;
    repo.branch_at("crafted", anchor)?;
    repo.commit(&mallory(), "Other", other)?;
    repo.land(&mallory(), &second)?;
    repo.merge("tidied", Method::Ours, &mallory())?;
    repo.commit(&mallory(), "Go on", |tree| tree.put("docs/x.md", "More."))?;
    repo.switch("main")?;
    repo.push()?
        .finding_at("decision-dropped", &first.path)
        .is("error");
    Ok(())
}

#[test]
fn a_lower_version_that_was_approved_before_a_rollback_does_not_become_current() -> TestResult {
    let mut repo = Crafted::new();
    let dave = repo.dave.clone();
    repo.lands("1.0.0")?;
    repo.lands("2.0.0")?;
    let start = repo.head();
    let rollback = repo.rollback("2.0.0", "1.0.0")?;
    repo.branch("x")?;
    repo.commit(&dave, "Go back", |tree| {
        put(tree, "1.0.0");
        tree.put_record(&rollback);
    })?;
    repo.branch_at("y", start)?;
    let lower = repo.lands("1.5.0")?;
    let (x, y) = (repo.tip("x")?, repo.head());
    let mut back = repo.tree();
    back.put_record(&rollback);
    put(&mut back, "1.0.0");
    repo.switch("main")?;
    let here = repo.merge("y", Method::Merge, &dave)?;
    repo.commit_tree(vec![here, x], back.clone(), &dave, "Merge x")?;
    repo.check().passes();
    let mut tree = back;
    tree.put_record(&lower);
    put(&mut tree, "1.5.0");
    let main = repo.head();
    repo.branch_at("crafted", x)?;
    let there = repo.commit_tree(vec![x, y], tree.clone(), &mallory(), "Merge y")?;
    repo.commit_tree(vec![there, main], tree, &mallory(), "Merge main")?;
    repo.switch("main")?;
    let main = repo.push()?;
    main.assert("fail", &[])
        .finding_at("version-regressed", "skills/alpha")
        .is("error");
    assert_ne!(repo.current(ALPHA), "1.5.0", "{main}");
    Ok(())
}

#[test]
fn a_line_that_went_back_from_an_approved_version_is_missed_where_the_subject_is_new() -> TestResult
{
    // The first commit of the line that becomes main: the anchor, or one with the approval.
    for approved_before in [false, true] {
        let mut repo = Crafted::new();
        let (dave, alice) = (repo.dave.clone(), repo.alice.clone());
        repo.branch("work")?;
        let newest = repo.lands("2.0.0")?;
        repo.switch("main")?;
        if approved_before {
            repo.land(&alice, &newest)?;
        }
        repo.branch("governed")?;
        repo.commit(&dave, "2.0.0", |tree| put(tree, "2.0.0"))?;
        if !approved_before {
            repo.land(&alice, &newest)?;
        }
        repo.lands("1.1.0")?;
        repo.check_with(&["--base", "main"])
            .finding_at("decision-dropped", &newest.path)
            .is("error");
        repo.switch("main")?;
        repo.merge("governed", Method::Merge, &mallory())?;
        repo.check()
            .assert("fail", &[])
            .finding_at("decision-dropped", &newest.path)
            .is("error");
    }
    Ok(())
}

#[test]
fn the_newest_version_is_missed_though_only_a_signed_commit_proves_its_approval() -> TestResult {
    let mut repo = Repo::team_with(commits_count, |_| ());
    let [alice, bob, _] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let before = repo.head();
    repo.drafted_skill("pdf", "2.0.0")?;
    let record = repo
        .draft(Approve, &bob, "skill/pdf", "2.0.0")?
        .unsigned()
        .record();
    repo.land(bob.signed(), &record)?;
    repo.check().passes();
    assert_eq!(repo.current("skill/pdf"), "2.0.0");
    let main = repo.head();
    let old = repo.tree_of(before);
    repo.branch_at("swapped", before)?;
    repo.commit_tree(vec![before, main], old, &alice, "Merge main")?;
    let swapped = repo.head();
    repo.switch("main")?;
    repo.reset(swapped)?;
    repo.check()
        .assert("fail", &[])
        .finding_at("decision-dropped", &record.path)
        .is("error");
    Ok(())
}

#[test]
fn the_newest_version_is_missed_though_what_is_there_passes_as_it_was_before_governance()
-> TestResult {
    // The bytes of before have the number of the approved version, or another.
    for old in ["1.0.0", "2.0.0"] {
        let baseline = |policy: PolicyDraft| policy.line("baseline: allow");
        let mut repo =
            Repo::team_with(baseline, |tree| tree.put_skill("pdf", old, "There before."));
        let [alice, bob, _] = repo.people();
        repo.check().passes();
        let before = repo.head();
        repo.drafted_skill("pdf", "2.0.0")?;
        let record = repo.decide(&bob, Approve, "skill/pdf", "2.0.0")?;
        repo.check().passes();
        let main = repo.head();
        let tree = repo.tree_of(before);
        repo.branch_at("swapped", before)?;
        repo.commit(&alice, "Other", |tree| tree.put("docs/other.md", "Other."))?;
        let head = repo.head();
        repo.commit_tree(vec![head, main], tree, &alice, "Merge main")?;
        let swapped = repo.head();
        repo.switch("main")?;
        repo.reset(swapped)?;
        repo.check()
            .assert("fail", &[])
            .finding_at("decision-dropped", &record.path)
            .is("error");
    }
    Ok(())
}

#[test]
fn a_version_that_was_approved_twice_on_a_branch_gets_one_of_its_own_as_the_help_says() -> TestResult
{
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.approved_skill("pdf", "1.0.0")?;
    repo.branch("change")?;
    repo.approved_skill("pdf", "1.1.0")?;
    repo.commit(&alice, "One line more", |tree| {
        tree.put_skill("pdf", "1.1.0", "Do it well. Then check it.");
    })?;
    let own = "Give the bytes in the tree a version of their own";
    // Before anyone approves them in vain.
    let gate = repo.check_with(&["--base", "main"]);
    gate.assert("waiting", &["unapproved-version"]);
    gate.finding("stale-approval").helps(own);
    repo.approve(&bob, "pdf", "1.1.0")?;
    let gate = repo.check_with(&["--base", "main"]);
    gate.assert("fail", &["decision-dropped"]);
    gate.finding("decision-dropped").helps(own);
    repo.commit(&alice, "A version of its own", |tree| {
        tree.put_skill("pdf", "1.2.0", "Do it well. Then check it.");
    })?;
    repo.approve(&bob, "pdf", "1.2.0")?;
    assert_eq!(repo.check_with(&["--base", "main"]).verdict(), "pass");
    repo.switch("main")?;
    repo.merge("change", Method::Merge, &alice)?;
    repo.check().passes();
    Ok(())
}
