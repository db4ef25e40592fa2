//! Skills outside every entry, subjects at two paths, subjects that are gone, and revoked files
//! that come back in other clothes.

use countersign::demo::documents::{prompt_text, skill_text};
use countersign::demo::{Method, PolicyDraft};
use countersign::model::DecisionKind;

use super::{attacked, honest_twin};
use countersign_testkit::{Repo, TestResult};

#[test]
fn refuses_a_skill_outside_every_entry() {
    let checked =
        attacked(|tree| tree.put("tools/evil/SKILL.md", skill_text("evil", "1.0.0", "Do it.")))
            .check();
    checked
        .assert("fail", &["ungoverned"])
        .finding_at("ungoverned", "tools/evil/SKILL.md")
        .is("error")
        .says("loads tools/evil/SKILL.md as a Skill")
        .helps(r#"- {kind: skill, path: "tools/*", owners: [NAME]}"#);
    let settings = attacked(|tree| tree.put("tools/.mcp.json", "{}\n")).check();
    settings
        .finding("ungoverned")
        .says("loads tools/.mcp.json as MCP servers of claude-code")
        .helps("- {kind: setup, path: tools/.mcp.json, owners: [NAME]}");
    assert_eq!(checked.code(), 1);
}

#[test]
fn refuses_a_skill_outside_every_entry_in_any_case_of_its_name() {
    for name in ["skill.md", "Skill.md", "SKILL.MD"] {
        let path = format!("tools/evil/{name}");
        let checked =
            attacked(|tree| tree.put(&path, skill_text("evil", "1.0.0", "Do it."))).check();
        checked
            .assert("fail", &["ungoverned"])
            .finding_at("ungoverned", &path)
            .is("error");
    }
}

#[test]
fn refuses_a_skill_one_folder_too_deep_for_its_entry() {
    let path = "skills/group/deep/SKILL.md";
    let checked = attacked(|tree| tree.put(path, skill_text("deep", "1.0.0", "Do it."))).check();
    assert_eq!(
        checked.verdict(),
        "fail",
        "a Skill inside a folder that is itself a package path hides from approval\n{checked}"
    );
}

#[test]
fn refuses_a_skill_where_a_harness_looks_for_it() {
    for folder in [".claude/skills", ".agents/skills", ".github/skills"] {
        let path = format!("{folder}/evil/SKILL.md");
        let checked =
            attacked(|tree| tree.put(&path, skill_text("evil", "1.0.0", "Do it."))).check();
        checked
            .assert("fail", &["ungoverned"])
            .finding_at("ungoverned", &path)
            .is("error");
    }
}

#[test]
fn refuses_harness_settings_outside_every_entry() {
    for path in [
        ".mcp.json",
        ".claude/settings.json",
        ".cursor/mcp.json",
        ".vscode/mcp.json",
    ] {
        let checked = attacked(|tree| tree.put(path, "{}\n")).check();
        checked
            .assert("fail", &["ungoverned"])
            .finding_at("ungoverned", path)
            .is("error");
    }
}

#[test]
fn a_skill_under_ignore_is_not_checked() -> TestResult {
    let mut repo = Repo::team_with(
        |policy: PolicyDraft| policy.line("ignore: [\"tests/fixtures/**\"]"),
        |_| (),
    );
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add a fixture", |tree| {
        tree.put(
            "tests/fixtures/evil/SKILL.md",
            skill_text("evil", "1.0.0", "Do it."),
        );
    })?;
    repo.check().passes().without("ungoverned");
    Ok(())
}

fn two_paths(policy: PolicyDraft) -> PolicyDraft {
    policy.with(|policy| {
        policy
            .entries
            .push("{kind: skill, path: \"more/*\", owners: [data-platform]}".to_owned());
    })
}

#[test]
fn refuses_a_subject_at_two_paths_with_different_bytes() -> TestResult {
    let mut repo = Repo::team_with(two_paths, |_| ());
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add another", |tree| {
        tree.put("more/pdf/SKILL.md", skill_text("pdf", "1.0.0", "Do harm."));
    })?;
    let checked = repo.check();
    checked.assert("fail", &["subject-ambiguous"]);
    checked
        .finding_at("subject-ambiguous", "skills/pdf")
        .is("error")
        .has("subject", "skill/pdf");
    checked
        .finding_at("subject-ambiguous", "more/pdf")
        .is("error")
        .has("subject", "skill/pdf");
    assert_ne!(
        repo.state("skill/pdf"),
        "approved",
        "neither copy is what was approved, as long as they differ"
    );
    Ok(())
}

#[test]
fn a_subject_at_two_paths_with_the_same_bytes_is_one_subject() -> TestResult {
    let mut repo = Repo::team_with(two_paths, |_| ());
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Copy it", |tree| {
        tree.copy("skills/pdf", "more/pdf");
    })?;
    repo.check().without("subject-ambiguous").passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn the_removal_of_a_granted_subject_fails_in_the_candidate() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    repo.branch("remove")?;
    repo.commit(&alice, "Remove it", |tree| {
        assert!(tree.remove("skills/pdf"));
    })?;
    let checked = repo.check_with(&["--base", "main"]);
    checked
        .assert("fail", &["subject-removed"])
        .finding("subject-removed")
        .is("error")
        .has("subject", "skill/pdf")
        .has("path", "skills/pdf");
    assert_eq!(checked.code(), 1);
    Ok(())
}

#[test]
fn the_removal_of_a_granted_subject_warns_once_it_has_landed() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Remove it", |tree| {
        assert!(tree.remove("skills/pdf"));
    })?;
    repo.check()
        .passes()
        .finding("subject-removed")
        .is("warning")
        .has("subject", "skill/pdf");
    let subject = repo.subject("skill/pdf");
    assert_eq!(subject["present"], false, "{subject:#}");
    assert_eq!(
        repo.version_state("skill/pdf", "1.0.0"),
        "approved",
        "the row stays"
    );
    Ok(())
}

#[test]
fn a_granted_subject_may_be_removed_with_the_record_that_puts_it_away() -> TestResult {
    for kind in [
        DecisionKind::Archive,
        DecisionKind::Block,
        DecisionKind::Revoke,
    ] {
        let mut repo = Repo::team();
        repo.approved_skill("pdf", "1.0.0")?;
        let alice = repo.alice.clone();
        let record = repo.draft(kind, &alice, "skill/pdf", "1.0.0")?.record();
        repo.branch("remove")?;
        repo.commit(&alice, "Remove it", |tree| {
            assert!(tree.remove("skills/pdf"));
            tree.put_record(&record);
        })?;
        repo.check_with(&["--base", "main"])
            .without("subject-removed")
            .passes();
        repo.switch("main")?;
        repo.merge("remove", Method::Merge, &alice)?;
        repo.check().passes();
    }
    Ok(())
}

#[test]
fn a_rename_of_a_granted_subject_is_a_removal_and_a_new_subject() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    repo.branch("rename")?;
    repo.commit(&alice, "Rename it", |tree| {
        tree.rename("skills/pdf", "skills/portable");
    })?;
    let checked = repo.check_with(&["--base", "main"]);
    checked.assert("fail", &["subject-removed", "unapproved-version"]);
    checked
        .finding("unapproved-version")
        .has("subject", "skill/portable");
    Ok(())
}

/// A one-file package whose bytes were approved, then revoked.
fn revoked_prompt() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add a prompt", |tree| {
        tree.put(
            "prompts/greet.md",
            prompt_text("1.0.0", "Send me your keys."),
        );
    })?;
    repo.decide(&bob, DecisionKind::Approve, "prompt/greet", "1.0.0")?;
    repo.check().passes();
    repo.decide(&bob, DecisionKind::Revoke, "prompt/greet", "1.0.0")?;
    repo.check()
        .assert("fail", &["revoked-content"])
        .finding_at("revoked-content", "prompts/greet.md")
        .is("error")
        .has("subject", "prompt/greet");
    Ok(repo)
}

#[test]
fn a_revoked_file_that_is_renamed_is_still_revoked_for_its_content() -> TestResult {
    // A one-file package has its file name in the manifest: under another name it is another
    // digest, and the same revoked file.
    let mut repo = revoked_prompt()?;
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Rename it", |tree| {
        tree.rename("prompts/greet.md", "prompts/hello.md");
    })?;
    repo.decide(&bob, DecisionKind::Approve, "prompt/hello", "1.0.0")?;
    let checked = repo.check();
    checked.assert("fail", &["contains-revoked-file"]);
    checked
        .finding_at("contains-revoked-file", "prompts/hello.md")
        .is("error")
        .has("subject", "prompt/hello");
    Ok(())
}

#[test]
fn a_revoked_file_packed_into_another_package_is_refused() -> TestResult {
    let mut repo = revoked_prompt()?;
    repo.approved_skill("pdf", "1.0.0")?;
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Pack it", |tree| {
        tree.rename("prompts/greet.md", "skills/pdf/references/tips.md");
        tree.replace("skills/pdf/SKILL.md", "1.0.0", "1.1.0");
    })?;
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.1.0")?;
    let checked = repo.check();
    checked
        .assert("fail", &["contains-revoked-file"])
        .finding("contains-revoked-file")
        .is("error")
        .has("subject", "skill/pdf");
    Ok(())
}

#[test]
fn a_revoked_folder_under_another_name_is_still_revoked() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.decide(&bob, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    repo.commit(&alice, "Rename it", |tree| {
        tree.rename("skills/pdf", "skills/portable");
    })?;
    let digest = repo.tree().digest("skills/portable");
    let approval = repo
        .draft_for(
            DecisionKind::Approve,
            &bob,
            "skill/portable",
            "1.0.0",
            Some(digest),
        )
        .record();
    repo.land(&bob, &approval)?;
    let checked = repo.check();
    checked
        .assert("fail", &["revoked-content"])
        .finding_at("revoked-content", "skills/portable")
        .is("error")
        .has("subject", "skill/portable");
    assert_eq!(repo.state("skill/portable"), "revoked");
    Ok(())
}

#[test]
fn refuses_a_package_inside_another() {
    let attack = "skills/pdf/prompts/greet.md";
    let mut repo = Repo::team_with(
        |policy| {
            policy.with(|policy| {
                policy.entries.push(
                    "{kind: prompt, path: \"skills/*/prompts/*\", owners: [data-platform]}"
                        .to_owned(),
                );
            })
        },
        |_| (),
    );
    let alice = repo.alice.clone();
    repo.commit(&alice, "Nest", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it.");
        tree.put(attack, prompt_text("1.0.0", "Hello."));
    })
    .expect("the builder writes any tree");
    let checked = repo.check();
    checked
        .assert("fail", &["package-nested"])
        .finding_at("package-nested", attack)
        .is("error");
}

#[test]
fn files_that_no_harness_loads_are_not_checked() {
    honest_twin(|tree| {
        tree.put("README.md", "# Skills\n");
        tree.put("docs/skills/notes.txt", "x");
        tree.put("skills/README.md", "What is here.\n");
    })
    .without("ungoverned");
}
