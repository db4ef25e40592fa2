//! Older approved bytes brought back.

use countersign::demo::{Method, Tree};
use countersign::model::{DecisionKind, Digest};

use countersign_testkit::{Repo, TestResult};

/// `pdf` 1.0.0 and then 1.1.0, both approved; and the tree of the first.
fn advanced() -> Result<(Repo, Tree), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    let old = repo.tree();
    repo.branch("old")?;
    repo.switch("main")?;
    repo.granted_skill("pdf", "1.1.0")?;
    repo.check().passes();
    assert_eq!(repo.current("skill/pdf"), "1.1.0");
    Ok((repo, old))
}

fn restore(tree: &mut Tree, old: &Tree) {
    tree.put("skills/pdf/SKILL.md", old.text("skills/pdf/SKILL.md"));
}

#[test]
fn older_approved_bytes_brought_back_without_a_rollback_are_a_regression() -> TestResult {
    let (mut repo, old) = advanced()?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Revert \"pdf 1.1.0\"", |tree| restore(tree, &old))?;
    let finding = repo
        .check()
        .assert("fail", &[])
        .finding("version-regressed")
        .is("error");
    finding
        .has("subject", "skill/pdf")
        .has("version", "1.0.0")
        .has("path", "skills/pdf")
        .says("1.1.0");
    assert_eq!(
        (repo.state("skill/pdf"), repo.current("skill/pdf")),
        ("approved".to_owned(), "1.1.0".to_owned())
    );
    Ok(())
}

#[test]
fn older_approved_bytes_brought_back_by_a_merge_are_a_regression() -> TestResult {
    let (mut repo, old) = advanced()?;
    let alice = repo.alice.clone();
    repo.switch("old")?;
    repo.commit(&alice, "Docs", |tree| tree.put("docs/guide.md", "Guide"))?;
    repo.switch("main")?;
    let (ours, theirs) = (repo.head(), repo.tip("old")?);
    let mut tree = repo.merged_tree(ours, theirs)?;
    restore(&mut tree, &old);
    repo.commit_tree(vec![ours, theirs], tree, &alice, "Merge branch 'old'")?;
    repo.check().assert("fail", &["version-regressed"]);
    Ok(())
}

#[test]
fn a_merge_of_a_branch_that_never_had_the_newer_version_is_no_regression() -> TestResult {
    let (mut repo, _) = advanced()?;
    let alice = repo.alice.clone();
    repo.switch("old")?;
    repo.commit(&alice, "Docs", |tree| tree.put("docs/guide.md", "Guide"))?;
    repo.switch("main")?;
    repo.merge("old", Method::Merge, &alice)?;
    repo.check().passes();
    Ok(())
}

/// The same, and back to 1.0.0 with Bob's rollback.
fn went_back() -> Result<Repo, Box<dyn std::error::Error>> {
    let (mut repo, old) = advanced()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft(DecisionKind::Rollback, &bob, "skill/pdf", "1.1.0")?
        .to("1.0.0")
        .record();
    repo.commit(&bob, "Roll back", |tree| {
        restore(tree, &old);
        tree.put_record(&record);
    })?;
    Ok(repo)
}

#[test]
fn older_approved_bytes_brought_back_with_a_rollback_that_names_them_pass() -> TestResult {
    let repo = went_back()?;
    repo.check().passes().without("version-regressed");
    assert_eq!(
        (repo.state("skill/pdf"), repo.current("skill/pdf")),
        ("approved".to_owned(), "1.0.0".to_owned())
    );
    assert_eq!(repo.version_state("skill/pdf", "1.1.0"), "rolled-back");
    Ok(())
}

#[test]
fn what_a_rollback_went_back_to_can_be_deprecated_and_archived() -> TestResult {
    for (kind, rule) in [
        (DecisionKind::Deprecate, "deprecated-version"),
        (DecisionKind::Archive, "archived-version"),
    ] {
        let mut repo = went_back()?;
        let bob = repo.bob.clone();
        repo.decide(&bob, kind, "skill/pdf", "1.0.0")?;
        let checked = repo.check();
        assert_ne!(checked.verdict(), "fail", "{checked}");
        checked
            .without("version-regressed")
            .finding(rule)
            .is("warning");
    }
    Ok(())
}

#[test]
fn a_rollback_that_names_another_version_does_not_cover_the_regression() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let oldest = repo.tree();
    repo.granted_skill("pdf", "1.1.0")?;
    repo.granted_skill("pdf", "1.2.0")?;
    let record = repo
        .draft(DecisionKind::Rollback, &bob, "skill/pdf", "1.2.0")?
        .to("1.1.0")
        .record();
    repo.commit(&bob, "Roll back, and further", |tree| {
        restore(tree, &oldest);
        tree.put_record(&record);
    })?;
    repo.check().assert("fail", &["version-regressed"]);
    assert_eq!(repo.current("skill/pdf"), "1.1.0");
    Ok(())
}

#[test]
fn a_rollback_to_what_was_never_approved_has_no_effect() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let old = repo.tree();
    repo.granted_skill("pdf", "1.1.0")?;
    let record = repo
        .draft(DecisionKind::Rollback, &bob, "skill/pdf", "1.1.0")?
        .to("1.0.0")
        .record();
    repo.commit(&bob, "Roll back", |tree| {
        restore(tree, &old);
        tree.put_record(&record);
    })?;
    repo.check()
        .assert("fail", &["version-regressed"])
        .finding_at("decision-without-effect", &record.path)
        .by("bob");
    assert_eq!(
        (repo.current("skill/pdf"), repo.state("skill/pdf")),
        ("1.1.0".to_owned(), "draft".to_owned())
    );
    Ok(())
}

#[test]
fn a_rollback_over_more_than_one_version_takes_the_full_requirement() -> TestResult {
    // Alice owns it and may lower, and contributed to every version, so she cannot approve any.
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let oldest = repo.tree();
    repo.granted_skill("pdf", "1.1.0")?;
    repo.granted_skill("pdf", "1.2.0")?;
    let record = repo
        .draft(DecisionKind::Rollback, &alice, "skill/pdf", "1.2.0")?
        .to("1.0.0")
        .record();
    repo.commit(&alice, "Roll far back", |tree| {
        restore(tree, &oldest);
        tree.put_record(&record);
    })?;
    assert_eq!(repo.check().verdict(), "fail");
    assert_eq!(repo.current("skill/pdf"), "1.2.0");
    let digest = repo.subject("skill/pdf")["versions"]
        .as_array()
        .and_then(|rows| rows.iter().find(|row| row["version"] == "1.2.0"))
        .and_then(|row| row["digest"].as_str())
        .expect("1.2.0 has a row")
        .parse()?;
    let record = repo
        .draft_for(
            DecisionKind::Rollback,
            &bob,
            "skill/pdf",
            "1.2.0",
            Some(digest),
        )
        .to("1.0.0")
        .record();
    repo.land(&bob, &record)?;
    assert_eq!(repo.current("skill/pdf"), "1.0.0");
    repo.check().assert("pass", &[]);
    Ok(())
}

#[test]
fn the_rolled_back_version_landed_again_fails() -> TestResult {
    let (mut repo, old) = advanced()?;
    let [alice, bob, _] = repo.people();
    let newest = repo.tree();
    let record = repo
        .draft(DecisionKind::Rollback, &bob, "skill/pdf", "1.1.0")?
        .to("1.0.0")
        .record();
    repo.commit(&bob, "Roll back", |tree| {
        restore(tree, &old);
        tree.put_record(&record);
    })?;
    repo.commit(&alice, "Forward again", |tree| restore(tree, &newest))?;
    repo.check().assert("fail", &["rolled-back-version"]);
    assert_eq!(repo.state("skill/pdf"), "rolled-back");
    Ok(())
}

#[test]
fn a_lower_version_number_on_new_bytes_is_a_regression_even_when_approved() -> TestResult {
    let (mut repo, _) = advanced()?;
    let [alice, bob, _] = repo.people();
    repo.commit(&alice, "pdf 1.0.1", |tree| {
        tree.put_skill("pdf", "1.0.1", "A branch of the past.");
    })?;
    repo.check().assert("fail", &["version-regressed"]);
    repo.approve(&bob, "pdf", "1.0.1")?;
    repo.check().assert("fail", &["version-regressed"]);
    assert_eq!(repo.current("skill/pdf"), "1.1.0");
    Ok(())
}

#[test]
fn dropping_the_version_of_a_versioned_skill_is_a_regression() -> TestResult {
    // Pseudo-versions rank below declared ones.
    let (mut repo, _) = advanced()?;
    let [alice, ..] = repo.people();
    repo.commit(&alice, "No version", |tree| {
        tree.put(
            "skills/pdf/SKILL.md",
            "---\nname: pdf\ndescription: Use it for PDF files.\n---\n\n# pdf\n",
        );
    })?;
    repo.check().assert("fail", &["version-regressed"]);
    Ok(())
}

#[test]
fn older_unversioned_bytes_brought_back_are_a_regression() -> TestResult {
    // Pseudo-versions rank among themselves by landing.
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    let mut first = None;
    for text in ["{}\n", "{\"deny\": [\"Bash\"]}\n"] {
        repo.commit(&alice, "Set it up", |tree| {
            tree.put("setups/claude/settings.json", text);
        })?;
        first.get_or_insert_with(|| repo.tree());
        let version = countersign::model::Version::pseudo(&repo.tree().digest("setups/claude"));
        repo.decide(
            &bob,
            DecisionKind::Approve,
            "setup/claude",
            version.as_str(),
        )?;
        repo.check().passes();
    }
    let old = first
        .expect("two landings")
        .text("setups/claude/settings.json");
    repo.commit(&alice, "As it was", |tree| {
        tree.put("setups/claude/settings.json", old);
    })?;
    repo.check().assert("fail", &["version-regressed"]);
    Ok(())
}

/// `pdf` 1.0.0, 1.1.0 and 1.2.0, all approved; and the tree of the first.
fn three_versions() -> Result<(Repo, Tree, Digest), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    let oldest = repo.tree();
    repo.granted_skill("pdf", "1.1.0")?;
    repo.granted_skill("pdf", "1.2.0")?;
    let newest = repo.tree().digest("skills/pdf");
    Ok((repo, oldest, newest))
}

#[test]
fn whoever_brings_granted_bytes_back_may_roll_back_to_them() -> TestResult {
    // Bob restores the files and signs: he wrote none of them.
    let (mut repo, oldest, _) = three_versions()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft(DecisionKind::Rollback, &bob, "skill/pdf", "1.2.0")?
        .to("1.0.0")
        .record();
    repo.commit(&bob, "Roll far back", |tree| {
        restore(tree, &oldest);
        tree.put_record(&record);
    })?;
    repo.check().passes();
    assert_eq!(
        (
            repo.current("skill/pdf"),
            repo.version_state("skill/pdf", "1.2.0")
        ),
        ("1.0.0".to_owned(), "rolled-back".to_owned())
    );
    Ok(())
}

#[test]
fn whoever_brought_granted_bytes_back_before_may_roll_back_to_them() -> TestResult {
    let (mut repo, oldest, newest) = three_versions()?;
    let bob = repo.bob.clone();
    repo.commit(&bob, "As it was", |tree| restore(tree, &oldest))?;
    repo.check().assert("fail", &["version-regressed"]);
    let record = repo
        .draft_for(
            DecisionKind::Rollback,
            &bob,
            "skill/pdf",
            "1.2.0",
            Some(newest),
        )
        .to("1.0.0")
        .record();
    repo.land(&bob, &record)?;
    repo.check().passes();
    assert_eq!(repo.current("skill/pdf"), "1.0.0");
    Ok(())
}

#[test]
fn the_author_of_the_older_version_does_not_roll_back_to_it_alone_whoever_restores_it() -> TestResult
{
    let (mut repo, oldest, newest) = three_versions()?;
    let [alice, bob, _] = repo.people();
    repo.commit(&bob, "As it was", |tree| restore(tree, &oldest))?;
    let record = repo
        .draft_for(
            DecisionKind::Rollback,
            &alice,
            "skill/pdf",
            "1.2.0",
            Some(newest),
        )
        .to("1.0.0")
        .record();
    repo.land(&alice, &record)?;
    repo.check()
        .assert("fail", &["version-regressed"])
        .finding_at("not-authorized", &record.path)
        .by("alice");
    assert_eq!(repo.current("skill/pdf"), "1.2.0");
    Ok(())
}

#[test]
fn the_author_of_the_older_version_does_not_roll_back_to_it_at_another_path() -> TestResult {
    // What lies where the older version never lay was moved there by Bob; the bytes are still
    // Alice's.
    let elsewhere = "{kind: skill, path: \"lab/*\", owners: [data-platform]}".to_owned();
    let mut repo = Repo::team_with(
        |policy| policy.with(|policy| policy.entries.push(elsewhere)),
        |_| (),
    );
    repo.granted_skill("pdf", "1.0.0")?;
    let oldest = repo.tree();
    repo.granted_skill("pdf", "1.1.0")?;
    repo.granted_skill("pdf", "1.2.0")?;
    let newest = repo.tree().digest("skills/pdf");
    let [alice, bob, _] = repo.people();
    repo.commit(&bob, "As it was, elsewhere", |tree| {
        tree.remove("skills/pdf/SKILL.md");
        tree.put("lab/pdf/SKILL.md", oldest.text("skills/pdf/SKILL.md"));
    })?;
    let record = repo
        .draft_for(
            DecisionKind::Rollback,
            &alice,
            "skill/pdf",
            "1.2.0",
            Some(newest),
        )
        .to("1.0.0")
        .record();
    repo.land(&alice, &record)?;
    assert_eq!(repo.current("skill/pdf"), "1.2.0");
    Ok(())
}
