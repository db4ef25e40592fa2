//! Work that was changed on its way is still its first author's; a new piece of work is not.

use countersign::demo::documents::skill_text;
use countersign::demo::{Method, Tree};

use countersign_testkit::{Repo, TestResult};

const TEXT: &str = "Open the form and read every field. Fill in what the user has given, ask for what is missing, and leave the rest empty.\n\
    Never send the form anywhere.\nPrint which fields you have changed, and where the new file is.";

/// Bob's notes.
fn notes(tree: &mut Tree, path: &str) {
    tree.put(path, TEXT);
}

/// Alice's Skill, made of these notes.
fn rewritten() -> String {
    let text = TEXT.replace("Never send", "Do not send").replace('\n', " ");
    skill_text("pdf", "1.0.0", &text)
}

#[track_caller]
fn approval_counts(repo: &mut Repo, by: usize, version: &str, counts: bool) -> TestResult {
    let person = repo.people()[by].clone();
    repo.approve(&person, "pdf", version)?;
    assert_eq!(
        repo.state("skill/pdf") == "approved",
        counts,
        "{:#}",
        repo.subject("skill/pdf")
    );
    // Asked again, the answer comes from the cache.
    assert_eq!(
        repo.state("skill/pdf") == "approved",
        counts,
        "the second time"
    );
    Ok(())
}

const BOB: usize = 1;
const CAROL: usize = 2;

#[test]
fn work_moved_and_changed_by_a_second_person_has_its_first_author() -> TestResult {
    for copied in [false, true] {
        let mut repo = Repo::team();
        let [alice, bob, _] = repo.people();
        repo.commit(&bob, "Sketch", |tree| notes(tree, "sketches/notes.txt"))?;
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put("skills/pdf/SKILL.md", rewritten());
            if !copied {
                tree.remove("sketches/notes.txt");
            }
        })?;
        approval_counts(&mut repo, BOB, "1.0.0", false)?;
        approval_counts(&mut repo, CAROL, "1.0.0", true)?;
    }
    Ok(())
}

#[test]
fn work_moved_and_changed_within_one_branch_has_its_first_author() -> TestResult {
    for method in [Method::Merge, Method::Rebase, Method::FastForward] {
        let mut repo = Repo::team();
        let [alice, bob, _] = repo.people();
        repo.branch("change")?;
        repo.commit(&bob, "Sketch", |tree| notes(tree, "sketches/notes.txt"))?;
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put("skills/pdf/SKILL.md", rewritten());
            tree.remove("sketches/notes.txt");
        })?;
        repo.switch("main")?;
        repo.merge("change", method, &alice)?;
        approval_counts(&mut repo, BOB, "1.0.0", false)?;
    }
    Ok(())
}

#[test]
fn work_moved_twice_with_a_change_in_between_has_its_first_author() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&bob, "Sketch", |tree| notes(tree, "sketches/notes.txt"))?;
    repo.commit(&alice, "Tidy up", |tree| {
        tree.remove("sketches/notes.txt");
        tree.put("attic/pdf.txt", rewritten());
    })?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.rename("attic/pdf.txt", "skills/pdf/SKILL.md");
    })?;
    approval_counts(&mut repo, BOB, "1.0.0", false)
}

#[test]
fn a_draft_that_was_taken_back_and_landed_again_with_changes_has_its_first_author() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
    })?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    let granted = repo.tree();
    repo.commit(&bob, "Fill in forms", |tree| {
        tree.put_skill("pdf", "1.1.0", TEXT);
    })?;
    repo.commit(&bob, "Revert", |tree| {
        tree.put("skills/pdf/SKILL.md", granted.text("skills/pdf/SKILL.md"));
    })?;
    repo.commit(&alice, "Fill in forms", |tree| {
        tree.put_skill("pdf", "1.1.0", &TEXT.replace("Never send", "Do not send"));
    })?;
    approval_counts(&mut repo, BOB, "1.1.0", false)?;
    approval_counts(&mut repo, CAROL, "1.1.0", true)
}

#[test]
fn who_wrote_the_version_before_may_approve_what_another_person_changes() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.commit(&bob, "Add pdf", |tree| tree.put_skill("pdf", "1.0.0", TEXT))?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    // A line more, and a part of it in a file of its own.
    repo.commit(&alice, "Split it", |tree| {
        tree.put_skill("pdf", "1.1.0", "Open the form and read every field. Then follow `rules.md`, line by line.");
        tree.put("skills/pdf/rules.md", "Never send the form anywhere.\nPrint which fields you have changed, and where the new file is.\n");
    })?;
    approval_counts(&mut repo, BOB, "1.1.0", true)
}

#[test]
fn who_wrote_another_skill_may_approve_a_new_one() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.commit(&bob, "Add forms", |tree| {
        tree.put_skill("forms", "1.0.0", TEXT);
    })?;
    repo.approve(&carol, "forms", "1.0.0")?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill(
            "pdf",
            "1.0.0",
            "Turn each page of the document into a picture, and name the pictures after the pages. Keep their order.",
        );
    })?;
    approval_counts(&mut repo, BOB, "1.0.0", true)
}
