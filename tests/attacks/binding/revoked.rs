//! Revocation is sticky by digest: nothing brings revoked bytes back.

use countersign::demo::documents::prompt_text;
use countersign::demo::tree::EXECUTABLE;
use countersign::demo::{Record, Tree};
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult};

/// `pdf` 1.0.0, approved, then revoked by Carol and replaced by an approved 1.1.0; and the tree
/// with the revoked bytes.
fn replaced() -> Result<(Repo, Record, Tree), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let bad = repo.tree();
    let record = repo
        .draft(DecisionKind::Revoke, &carol, "skill/pdf", "1.0.0")?
        .reason("It sends files away.")
        .record();
    repo.commit(&alice, "Replace pdf", |tree| {
        tree.put_record(&record);
        tree.put_skill("pdf", "1.1.0", "Read only.");
    })?;
    repo.approve(&bob, "pdf", "1.1.0")?;
    repo.check().passes();
    Ok((repo, record, bad))
}

#[test]
fn a_revocation_makes_its_bytes_fail_where_they_are() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    let finding = repo
        .check()
        .assert("fail", &[])
        .finding("revoked-content")
        .is("error");
    finding
        .has("subject", "skill/pdf")
        .has("version", "1.0.0")
        .has("path", "skills/pdf");
    assert_eq!(
        (repo.state("skill/pdf"), repo.current("skill/pdf")),
        ("revoked".to_owned(), "null".to_owned())
    );
    Ok(())
}

#[test]
fn a_deleted_revocation_still_revokes() -> TestResult {
    let (mut repo, record, bad) = replaced()?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Forget it", |tree| {
        tree.remove(&record.path);
        tree.remove(&record.signatures[0].0);
    })?;
    repo.check()
        .assert("fail", &[])
        .finding_at("decision-altered", &record.path)
        .is("error")
        .by("carol");
    assert_eq!(repo.version_state("skill/pdf", "1.0.0"), "revoked");
    repo.commit(&alice, "Bring it back", |tree| {
        tree.put("skills/pdf/SKILL.md", bad.text("skills/pdf/SKILL.md"));
    })?;
    repo.check()
        .assert("fail", &["revoked-content", "decision-altered"]);
    assert_eq!(repo.state("skill/pdf"), "revoked");
    Ok(())
}

#[test]
fn a_revocation_deleted_in_the_landing_that_brings_its_bytes_back_still_revokes() -> TestResult {
    let (mut repo, record, bad) = replaced()?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Revert everything", |tree| {
        tree.remove(&record.path);
        tree.remove(&record.signatures[0].0);
        tree.put("skills/pdf/SKILL.md", bad.text("skills/pdf/SKILL.md"));
    })?;
    repo.check()
        .assert("fail", &["revoked-content", "decision-altered"]);
    assert_eq!(repo.state("skill/pdf"), "revoked");
    Ok(())
}

#[test]
fn revoked_bytes_landed_again_are_revoked_content() -> TestResult {
    let (mut repo, _, bad) = replaced()?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Bring it back", |tree| {
        tree.put("skills/pdf/SKILL.md", bad.text("skills/pdf/SKILL.md"));
    })?;
    repo.check()
        .assert("fail", &[])
        .finding("revoked-content")
        .is("error")
        .has("subject", "skill/pdf")
        .has("version", "1.0.0");
    Ok(())
}

#[test]
fn revoked_bytes_landed_under_another_path_are_revoked_content() -> TestResult {
    for (path, subject) in [
        ("skills/innocent", "skill/innocent"),
        ("setups/innocent", "setup/innocent"),
    ] {
        let (mut repo, _, bad) = replaced()?;
        let [alice, bob, _] = repo.people();
        repo.commit(&alice, "Add something", |tree| {
            tree.put(format!("{path}/SKILL.md"), bad.text("skills/pdf/SKILL.md"));
        })?;
        repo.check()
            .assert("fail", &[])
            .finding_at("revoked-content", path)
            .is("error")
            .has("subject", subject);
        // Approving it does not help.
        let version = repo.subject(subject)["version"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let record = repo
            .draft_for(
                DecisionKind::Approve,
                &bob,
                subject,
                &version,
                Some(repo.tree().digest(path)),
            )
            .record();
        repo.land(&bob, &record)?;
        repo.check()
            .assert("fail", &["revoked-content"])
            .finding_at("decision-without-effect", &record.path);
        assert_eq!(repo.state(subject), "revoked");
    }
    Ok(())
}

#[test]
fn an_approval_of_revoked_bytes_under_another_version_has_no_effect() -> TestResult {
    let (mut repo, _, bad) = replaced()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft_for(
            DecisionKind::Approve,
            &bob,
            "skill/pdf",
            "2.0.0",
            Some(bad.digest("skills/pdf")),
        )
        .record();
    repo.land(&bob, &record)?;
    repo.check()
        .assert("pass", &[])
        .finding_at("decision-without-effect", &record.path)
        .is("warning")
        .by("bob");
    assert_eq!(repo.version_state("skill/pdf", "1.0.0"), "revoked");
    Ok(())
}

#[test]
fn a_revocation_of_bytes_under_a_wrong_version_revokes_the_bytes() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let digest = repo.tree().digest("skills/pdf");
    let record = repo
        .draft_for(
            DecisionKind::Revoke,
            &carol,
            "skill/pdf",
            "9.9.9",
            Some(digest),
        )
        .record();
    repo.land(&carol, &record)?;
    repo.check().assert("fail", &["revoked-content"]);
    assert_eq!(repo.state("skill/pdf"), "revoked");
    Ok(())
}

#[test]
fn revoked_bytes_whose_version_reads_differently_under_a_later_policy_are_revoked_content()
-> TestResult {
    // A lenient policy reads the version at the top of the frontmatter, a strict one does not: the
    // same bytes, another version.
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    let policy = repo.team_policy();
    let text = "---\nname: pdf\ndescription: Use it for PDF files.\nversion: 1.0.0\n---\n\n# pdf\n";
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put("skills/pdf/SKILL.md", text);
    })?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check().assert("pass", &[]);
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    repo.check().assert("fail", &["revoked-content"]);
    repo.change_policy(&policy, |policy| {
        policy.more.push("profile: strict".to_owned());
    })?;
    repo.check().assert("fail", &["revoked-content"]);
    assert_eq!(repo.state("skill/pdf"), "revoked");
    Ok(())
}

#[test]
fn a_revoked_file_packed_into_another_package_is_found() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.commit(&alice, "Add a prompt", |tree| {
        tree.put("prompts/leak.md", prompt_text("1.0.0", "Send it to me."));
    })?;
    repo.decide(&bob, DecisionKind::Approve, "prompt/leak", "1.0.0")?;
    let bad = repo.tree().text("prompts/leak.md");
    let record = repo
        .draft(DecisionKind::Revoke, &carol, "prompt/leak", "1.0.0")?
        .record();
    repo.commit(&alice, "Revoke it", |tree| {
        tree.put_record(&record);
        tree.remove("prompts/leak.md");
    })?;
    repo.check().passes();
    repo.commit(&alice, "Add a Skill", |tree| {
        tree.put_skill("pdf", "1.0.0", "See notes.");
        tree.put_mode("skills/pdf/deep/er/notes.txt", EXECUTABLE, &bad);
    })?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check()
        .assert("fail", &[])
        .finding("contains-revoked-file")
        .is("error")
        .has("subject", "skill/pdf");
    Ok(())
}

#[test]
fn a_revoked_one_file_package_under_another_file_name_is_found() -> TestResult {
    // The manifest names the file, so the renamed package has another digest: the file itself gives
    // it away.
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.commit(&alice, "Add a prompt", |tree| {
        tree.put("prompts/leak.md", prompt_text("1.0.0", "Send it to me."));
    })?;
    repo.decide(&carol, DecisionKind::Revoke, "prompt/leak", "1.0.0")?;
    repo.commit(&alice, "Rename it", |tree| {
        tree.rename("prompts/leak.md", "prompts/help.md");
    })?;
    repo.decide(&bob, DecisionKind::Approve, "prompt/help", "1.0.0")?;
    let checked = repo.check();
    checked.assert("fail", &[]);
    let found = checked.findings().into_iter().any(|finding| {
        ["contains-revoked-file", "revoked-content"].contains(&finding.rule())
            && finding.text("subject") == Some("prompt/help")
    });
    assert!(found, "{checked}");
    Ok(())
}

#[test]
fn nothing_that_follows_a_revocation_has_an_effect() -> TestResult {
    use DecisionKind::{Approve, Archive, Block, Deprecate, Reject, Unblock};
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let revoke = repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    for kind in [Approve, Unblock, Reject, Deprecate, Archive, Block] {
        let record = repo
            .draft(kind, &bob, "skill/pdf", "1.0.0")?
            .answers(&[&revoke])
            .record();
        repo.land(&bob, &record)?;
        let checked = repo.check();
        checked
            .assert("fail", &["revoked-content"])
            .finding_at("decision-without-effect", &record.path)
            .is("warning");
        assert_eq!(repo.state("skill/pdf"), "revoked", "{kind}");
    }
    Ok(())
}

#[test]
fn an_unapproved_version_does_not_become_current_when_the_newest_is_revoked() -> TestResult {
    let (mut repo, _, _) = replaced()?;
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.2.0")?;
    assert_eq!(repo.current("skill/pdf"), "1.1.0");
    let digest = repo.subject("skill/pdf")["versions"]
        .as_array()
        .and_then(|rows| rows.iter().find(|row| row["version"] == "1.1.0"))
        .and_then(|row| row["digest"].as_str())
        .expect("1.1.0 has a row")
        .parse()?;
    let record = repo
        .draft_for(
            DecisionKind::Revoke,
            &carol,
            "skill/pdf",
            "1.1.0",
            Some(digest),
        )
        .record();
    repo.land(&bob, &record)?;
    assert_eq!(repo.current("skill/pdf"), "null");
    assert_eq!(repo.check().verdict(), "waiting");
    Ok(())
}

/// The team, whose first policy also governs `legacy/*`; `pdf` 1.0.0 was there and was revoked; the
/// next policy governs it no more.
fn no_longer_governed(prompt: bool) -> Result<(Repo, Tree), Box<dyn std::error::Error>> {
    let legacy = |policy: countersign::demo::PolicyDraft| {
        policy.with(|policy| {
            policy.entries.push(
                "{kind: skill, path: \"legacy/*\", owners: [data-platform], risk: low}".to_owned(),
            );
            policy.entries.push(
                "{kind: prompt, path: \"legacy/*.md\", owners: [data-platform], risk: low}"
                    .to_owned(),
            );
        })
    };
    let mut repo = Repo::team_with(legacy, |_| ());
    let [alice, _, carol] = repo.people();
    repo.commit(&alice, "Add it", |tree| {
        if prompt {
            tree.put("legacy/pdf.md", prompt_text("1.0.0", "Evil."));
        } else {
            tree.put_skill("pdf", "1.0.0", "Evil.");
            tree.rename("skills/pdf", "legacy/pdf");
        }
    })?;
    let bad = repo.tree();
    let (subject, path) = if prompt {
        ("prompt/pdf", "legacy/pdf.md")
    } else {
        ("skill/pdf", "legacy/pdf")
    };
    let record = repo
        .draft_for(
            DecisionKind::Revoke,
            &carol,
            subject,
            "1.0.0",
            Some(bad.digest(path)),
        )
        .record();
    repo.land(&carol, &record)?;
    repo.check().assert("fail", &["revoked-content"]);
    let draft = legacy(repo.team_policy());
    repo.change_policy(&draft, |policy| {
        policy.entries.retain(|entry| !entry.contains("legacy"));
    })?;
    Ok((repo, bad))
}

#[test]
fn revoked_bytes_at_a_path_that_is_no_longer_governed_are_revoked_content() -> TestResult {
    for (prompt, path) in [(false, "legacy/pdf"), (true, "legacy/pdf.md")] {
        let (mut repo, bad) = no_longer_governed(prompt)?;
        let alice = repo.alice.clone();
        let checked = repo.check();
        checked
            .assert("fail", &[])
            .finding_at("revoked-content", path)
            .is("error");
        assert_eq!(checked.code(), 1);
        repo.commit(&alice, "Remove it", |tree| assert!(tree.remove("legacy")))?;
        repo.check().without("revoked-content");
        // And it does not come back either, there or at another path that was governed once.
        repo.branch("back")?;
        repo.commit(&alice, "Bring it back", |tree| {
            for (path, file) in bad
                .files()
                .iter()
                .filter(|(path, _)| path.starts_with(b"legacy/"))
            {
                tree.set(path, file.clone());
            }
        })?;
        repo.check_with(&["--base", "main"])
            .assert("fail", &[])
            .finding_at("revoked-content", path)
            .is("error");
        repo.commit(&alice, "Under another name", |tree| {
            if prompt {
                tree.rename("legacy/pdf.md", "legacy/other.md");
            } else {
                tree.rename("legacy/pdf", "legacy/other");
            }
        })?;
        let rule = if prompt {
            "contains-revoked-file"
        } else {
            "revoked-content"
        };
        repo.check_with(&["--base", "main"]).assert("fail", &[rule]);
    }
    Ok(())
}

#[test]
fn a_revocation_of_bytes_that_are_also_where_nothing_is_governed_any_more_passes_the_gate()
-> TestResult {
    let (mut repo, _) = no_longer_governed(false)?;
    let [alice, _, carol] = repo.people();
    repo.commit(&alice, "Another copy", |tree| {
        tree.put_skill("csv", "1.0.0", "Evil, too.");
        tree.copy("skills/csv", "legacy/csv");
    })?;
    repo.branch("stop")?;
    repo.decide(&carol, DecisionKind::Revoke, "skill/csv", "1.0.0")?;
    repo.check_with(&["--base", "main"]).passes();
    repo.switch("main")?;
    repo.merge("stop", countersign::demo::Method::Squash, &carol)?;
    repo.check()
        .assert("fail", &[])
        .finding_at("revoked-content", "legacy/csv")
        .is("error");
    Ok(())
}
