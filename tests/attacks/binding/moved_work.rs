//! Work done elsewhere and moved in by a second person still has its author.

use countersign::demo::documents::skill_text;
use countersign::demo::{Method, Person, PolicyDraft, Tree};
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult};

/// Bob's approval does not count, because he wrote most of it; Carol's does.
#[track_caller]
fn bob_is_a_contributor(repo: &mut Repo, name: &str, version: &str) -> TestResult {
    let [_, bob, carol] = repo.people();
    let subject = format!("skill/{name}");
    repo.approve(&bob, name, version)?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    checked
        .finding("self-approval")
        .has("subject", &subject)
        .by("bob");
    assert_eq!(repo.state(&subject), "draft");
    assert!(
        repo.contributors(&subject).contains(&"bob".to_owned()),
        "{:#}",
        repo.subject(&subject)
    );
    repo.approve(&carol, name, version)?;
    assert_eq!(repo.state(&subject), "approved");
    Ok(())
}

/// Bob's work at some place.
fn work(tree: &mut Tree, folder: &str) {
    tree.put(
        format!("{folder}/notes.md"),
        skill_text("pdf", "1.0.0", "A day's work."),
    );
    tree.put(
        format!("{folder}/run.sh"),
        "#!/bin/sh\necho a day of work\n",
    );
}

/// Alice makes a Skill of it.
fn move_in(tree: &mut Tree, folder: &str) {
    tree.rename(format!("{folder}/notes.md"), "skills/pdf/SKILL.md");
    tree.rename(format!("{folder}/run.sh"), "skills/pdf/run.sh");
}

#[test]
fn work_done_under_another_path_and_moved_by_a_second_person_has_its_first_author() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&bob, "Sketch", |tree| work(tree, "sketches/pdf"))?;
    repo.commit(&alice, "Add pdf", |tree| move_in(tree, "sketches/pdf"))?;
    bob_is_a_contributor(&mut repo, "pdf", "1.0.0")
}

#[test]
fn work_copied_from_another_path_by_a_second_person_has_its_first_author() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&bob, "Sketch", |tree| work(tree, "sketches/pdf"))?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.copy("sketches/pdf/notes.md", "skills/pdf/SKILL.md");
        tree.put("skills/pdf/own.md", "Something of Alice's own.");
    })?;
    bob_is_a_contributor(&mut repo, "pdf", "1.0.0")
}

#[test]
fn the_committer_of_work_that_moved_in_is_a_contributor_even_if_they_also_touched_the_target()
-> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(
        alice.committed_by(&bob),
        "Sketch, and a first try",
        |tree| {
            work(tree, "sketches/pdf");
            tree.put_skill("pdf", "0.9.0", "A first try.");
        },
    )?;
    repo.commit(&alice, "Finish pdf", |tree| move_in(tree, "sketches/pdf"))?;
    bob_is_a_contributor(&mut repo, "pdf", "1.0.0")
}

#[test]
fn work_moved_twice_has_its_first_author() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&bob, "Sketch", |tree| work(tree, "sketches/pdf"))?;
    repo.commit(&alice, "Tidy up", |tree| {
        tree.rename("sketches/pdf", "attic/pdf");
    })?;
    repo.commit(&alice, "Add pdf", |tree| move_in(tree, "attic/pdf"))?;
    bob_is_a_contributor(&mut repo, "pdf", "1.0.0")
}

#[test]
fn work_deleted_and_brought_back_by_a_second_person_has_its_first_author() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&bob, "Sketch", |tree| work(tree, "sketches/pdf"))?;
    let kept = repo.tree();
    repo.commit(&bob, "Delete it", |tree| assert!(tree.remove("sketches")))?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put("skills/pdf/SKILL.md", kept.text("sketches/pdf/notes.md"));
        tree.put("skills/pdf/run.sh", kept.text("sketches/pdf/run.sh"));
    })?;
    bob_is_a_contributor(&mut repo, "pdf", "1.0.0")
}

#[test]
fn work_moved_within_one_branch_has_its_first_author() -> TestResult {
    for method in [Method::Merge, Method::Rebase, Method::FastForward] {
        let mut repo = Repo::team();
        let [alice, bob, _] = repo.people();
        repo.branch("change")?;
        repo.commit(&bob, "Sketch", |tree| work(tree, "sketches/pdf"))?;
        repo.commit(&alice, "Add pdf", |tree| move_in(tree, "sketches/pdf"))?;
        repo.switch("main")?;
        repo.merge("change", method, &alice)?;
        bob_is_a_contributor(&mut repo, "pdf", "1.0.0")?;
    }
    Ok(())
}

#[test]
fn work_on_a_branch_whose_merge_moves_it_has_its_first_author() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.branch("change")?;
    repo.commit(&bob, "Sketch", |tree| work(tree, "sketches/pdf"))?;
    repo.switch("main")?;
    let (ours, theirs) = (repo.head(), repo.tip("change")?);
    let mut tree = repo.merged_tree(ours, theirs)?;
    move_in(&mut tree, "sketches/pdf");
    repo.commit_tree(vec![ours, theirs], tree, &alice, "Merge and file it")?;
    bob_is_a_contributor(&mut repo, "pdf", "1.0.0")
}

#[test]
fn work_done_under_another_name_and_renamed_by_a_second_person_has_its_first_author() -> TestResult
{
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&bob, "Add papers", |tree| {
        tree.put_skill("papers", "1.0.0", "A day's work.");
        tree.put("skills/papers/run.sh", "#!/bin/sh\necho a day of work\n");
    })?;
    repo.commit(&alice, "Call it pdf", |tree| {
        tree.rename("skills/papers", "skills/pdf");
        tree.replace("skills/pdf/SKILL.md", "papers", "pdf");
    })?;
    bob_is_a_contributor(&mut repo, "pdf", "1.0.0")
}

#[test]
fn work_done_as_a_draft_and_bumped_by_a_second_person_has_its_first_author() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&bob, "Draft pdf", |tree| {
        tree.put_skill("pdf", "1.0.0-rc.1", "A day's work.");
    })?;
    repo.commit(&alice, "Release pdf", |tree| {
        tree.replace("skills/pdf/SKILL.md", "1.0.0-rc.1", "1.0.0");
    })?;
    bob_is_a_contributor(&mut repo, "pdf", "1.0.0")
}

#[test]
fn work_done_in_the_lab_and_released_by_a_second_person_has_its_first_author() -> TestResult {
    let lab = |policy: PolicyDraft| {
        policy.with(|policy| {
            policy.entries.push(
                "{kind: skill, path: \"lab/*\", owners: [data-platform], risk: low, drafts: true}"
                    .to_owned(),
            );
        })
    };
    let mut repo = Repo::team_with(lab, |_| ());
    let [alice, bob, _] = repo.people();
    repo.commit(&bob, "Draft", |tree| {
        tree.put(
            "lab/pdf/SKILL.md",
            skill_text("pdf", "0.1.0-rc.1", "A day's work."),
        );
        tree.put("lab/pdf/run.sh", "#!/bin/sh\necho a day of work\n");
    })?;
    repo.check().passes();
    repo.commit(&alice, "Release", |tree| {
        tree.rename("lab/pdf", "skills/pdf");
        tree.replace("skills/pdf/SKILL.md", "0.1.0-rc.1", "1.0.0");
    })?;
    bob_is_a_contributor(&mut repo, "pdf", "1.0.0")
}

#[test]
fn work_done_as_a_version_that_was_never_granted_and_bumped_has_its_first_author() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.commit(&bob, "pdf 1.1.0", |tree| {
        tree.put_skill("pdf", "1.1.0", "A day's work.");
    })?;
    repo.commit(&alice, "pdf 1.2.0", |tree| {
        tree.replace("skills/pdf/SKILL.md", "1.1.0", "1.2.0");
    })?;
    bob_is_a_contributor(&mut repo, "pdf", "1.2.0")
}

#[test]
fn work_brought_in_through_a_granted_package_of_another_subject_has_its_first_author() -> TestResult
{
    // Bob's script was approved as part of another Skill; moved into pdf, it is still Bob's.
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.commit(&bob, "Add papers", |tree| {
        tree.put_skill("papers", "1.0.0", "Papers.");
        tree.put("skills/papers/run.sh", "#!/bin/sh\necho a day of work\n");
    })?;
    repo.approve(&carol, "papers", "1.0.0")?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Run it.");
        tree.copy("skills/papers/run.sh", "skills/pdf/run.sh");
    })?;
    bob_is_a_contributor(&mut repo, "pdf", "1.0.0")
}

#[test]
fn writing_the_same_bytes_elsewhere_later_makes_no_one_a_contributor() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Alice's own.");
    })?;
    repo.commit(&bob, "Keep a copy", |tree| {
        tree.copy("skills/pdf/SKILL.md", "docs/example.md");
    })?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check().passes();
    assert_eq!(repo.contributors("skill/pdf"), ["alice"]);
    Ok(())
}

#[test]
fn an_empty_or_common_file_does_not_make_half_the_company_contributors_of_a_new_skill_unnoticed()
-> TestResult {
    // A license that Bob once added elsewhere carries Bob along: strict, and said by status.
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&bob, "License", |tree| tree.put("LICENSE", "MIT\n"))?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Alice's own.");
        tree.copy("LICENSE", "skills/pdf/LICENSE");
    })?;
    assert_eq!(repo.contributors("skill/pdf"), ["alice", "bob"]);
    Ok(())
}

#[test]
fn bytes_of_the_anchor_have_unknown_contributors_and_anyone_else_may_approve_them() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| policy,
        |tree| tree.put_skill("pdf", "1.0.0", "There before."),
    );
    let [_, bob, _] = repo.people();
    assert_eq!(repo.subject("skill/pdf")["baseline"], true);
    assert_eq!(repo.check().verdict(), "waiting");
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    repo.check().assert("pass", &[]);
    Ok(())
}

#[test]
fn a_stranger_who_did_the_work_elsewhere_is_an_unknown_contributor() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&Person::new("mallory"), "Sketch", |tree| {
        work(tree, "sketches/pdf");
    })?;
    repo.commit(&alice, "Add pdf", |tree| move_in(tree, "sketches/pdf"))?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check()
        .assert("pass", &[])
        .finding("contributor-unknown")
        .says("mallory@acme.example");
    Ok(())
}

/// Alice wrote 1.1.0, took it back to the granted 1.0.0, and Bob landed it again with one line
/// changed.
fn taken_back_and_landed_again(same_bytes: bool) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.commit(&bob, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
    })?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    let granted = repo.tree();
    repo.commit(&alice, "pdf 1.1.0", |tree| {
        tree.put_skill("pdf", "1.1.0", "Run it.");
        tree.put("skills/pdf/run.sh", "#!/bin/sh\necho a day of work\n");
    })?;
    let work = repo.tree();
    repo.commit(&alice, "Not yet", |tree| {
        tree.remove("skills/pdf/run.sh");
        tree.put("skills/pdf/SKILL.md", granted.text("skills/pdf/SKILL.md"));
    })?;
    repo.check().passes();
    repo.commit(&bob, "pdf, at last", |tree| {
        tree.put("skills/pdf/run.sh", work.text("skills/pdf/run.sh"));
        tree.put("skills/pdf/SKILL.md", work.text("skills/pdf/SKILL.md"));
        if !same_bytes {
            tree.replace("skills/pdf/SKILL.md", "1.1.0", "1.1.1");
        }
    })?;
    Ok(repo)
}

#[test]
fn work_taken_back_to_the_granted_bytes_and_landed_again_by_a_second_person_has_its_first_author()
-> TestResult {
    for (same_bytes, version) in [(true, "1.1.0"), (false, "1.1.1")] {
        let mut repo = taken_back_and_landed_again(same_bytes)?;
        let alice = repo.alice.clone();
        repo.approve(&alice, "pdf", version)?;
        let checked = repo.check();
        assert_ne!(checked.verdict(), "pass", "{version}\n{checked}");
        checked.finding("self-approval").by("alice");
        assert_eq!(
            repo.contributors("skill/pdf"),
            ["alice", "bob"],
            "{version}"
        );
    }
    Ok(())
}

#[test]
fn work_taken_back_on_the_branch_and_landed_again_by_a_second_person_has_its_first_author()
-> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.branch("change")?;
    repo.commit(&bob, "Work", |tree| work(tree, "skills/pdf-work"))?;
    let kept = repo.tree();
    repo.commit(&bob, "Take it back", |tree| {
        assert!(tree.remove("skills/pdf-work"));
    })?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put("skills/pdf/SKILL.md", kept.text("skills/pdf-work/notes.md"));
        tree.put("skills/pdf/run.sh", kept.text("skills/pdf-work/run.sh"));
    })?;
    repo.switch("main")?;
    repo.merge("change", Method::Merge, &alice)?;
    bob_is_a_contributor(&mut repo, "pdf", "1.0.0")
}

#[test]
fn work_hidden_in_an_evil_merge_of_the_branch_itself_has_its_author() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.branch("side")?;
    repo.commit(&alice, "Docs", |tree| tree.put("docs/a.md", "a"))?;
    repo.switch("main")?;
    repo.branch("change")?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
    })?;
    let (ours, theirs) = (repo.head(), repo.tip("side")?);
    let mut tree = repo.merged_tree(ours, theirs)?;
    tree.put("skills/pdf/run.sh", "#!/bin/sh\necho slipped in\n");
    repo.commit_tree(vec![ours, theirs], tree, &bob, "Merge branch 'side'")?;
    repo.switch("main")?;
    repo.merge("change", Method::Merge, &carol)?;
    bob_is_a_contributor(&mut repo, "pdf", "1.0.0")
}

#[test]
fn a_mailmap_in_the_repository_changes_no_identity() -> TestResult {
    let mut repo = Repo::team();
    let [alice, _, _] = repo.people();
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put(".mailmap", "Bob <bob@acme.example> <alice@acme.example>\n");
        tree.put_skill("pdf", "1.0.0", "Read.");
    })?;
    repo.approve(&alice, "pdf", "1.0.0")?;
    repo.check()
        .assert("waiting", &[])
        .finding("self-approval")
        .by("alice");
    Ok(())
}

#[test]
fn identities_that_cannot_be_read_are_unknown_contributors() -> TestResult {
    for identity in [
        "",
        "Alice",
        "<>",
        "Alice <",
        "Alice >alice@acme.example<",
        "\u{202e}ecilA <a\u{200b}lice@acme.example>",
        "a@b <c@d> <e@f>",
    ] {
        let mut repo = Repo::team();
        let [alice, bob, _] = repo.people();
        let by = countersign::demo::Authorship {
            author: identity.to_owned(),
            committer: identity.to_owned(),
            ..(&alice).into()
        };
        repo.commit(by, "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Read.");
        })?;
        repo.approve(&bob, "pdf", "1.0.0")?;
        repo.check()
            .finding("contributor-unknown")
            .has("subject", "skill/pdf");
    }
    Ok(())
}

#[test]
fn a_file_written_and_taken_back_within_the_package_and_landed_by_a_second_person_has_its_first_author()
-> TestResult {
    for method in [Method::Merge, Method::Rebase, Method::FastForward] {
        let mut repo = Repo::team();
        let [alice, bob, carol] = repo.people();
        repo.drafted_skill("pdf", "1.0.0")?;
        repo.approve(&carol, "pdf", "1.0.0")?;
        repo.branch("change")?;
        repo.commit(&bob, "Run", |tree| {
            tree.put("skills/pdf/run.sh", "#!/bin/sh\necho a day of work\n");
        })?;
        let work = repo.tree();
        repo.commit(&bob, "Take it back", |tree| {
            assert!(tree.remove("skills/pdf/run.sh"));
        })?;
        repo.switch("main")?;
        repo.merge("change", method, &alice)?;
        repo.check().passes();
        repo.commit(&alice, "pdf 1.1.0", |tree| {
            tree.put("skills/pdf/start.sh", work.text("skills/pdf/run.sh"));
            tree.replace("skills/pdf/SKILL.md", "\"1.0.0\"", "\"1.1.0\"");
        })?;
        bob_is_a_contributor(&mut repo, "pdf", "1.1.0")?;
    }
    Ok(())
}
