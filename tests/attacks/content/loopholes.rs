//! No way in: pre-release labels, pseudo-versions, `unapproved: allow`, and documents that speak
//! for themselves.

use countersign::demo::documents::skill_text;
use countersign::demo::{Method, PolicyDraft, Tree};
use countersign::model::DecisionKind;

use super::attacked;
use countersign_testkit::{Repo, TestResult};

/// `lab/*` and `.claude/skills/*` take drafts; everything else is as in the team's policy.
fn with_drafts(policy: PolicyDraft) -> PolicyDraft {
    policy.with(|policy| {
        policy.entries.push(
            "{kind: skill, path: \"lab/*\", owners: [data-platform], drafts: true}".to_owned(),
        );
        policy.entries.push(
            "{kind: skill, path: \".claude/skills/*\", owners: [data-platform], drafts: true}"
                .to_owned(),
        );
    })
}

fn put_at(tree: &mut Tree, folder: &str, name: &str, version: &str) {
    tree.put(
        format!("{folder}/{name}/SKILL.md"),
        skill_text(name, version, "Do it."),
    );
}

#[test]
fn a_pre_release_label_is_not_a_way_in_where_no_drafts_are_taken() {
    let repo = attacked(|tree| tree.put_skill("pdf", "2.0.0-rc.1", "Do it well."));
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding_at("unapproved-version", "skills/pdf")
        .has("version", "2.0.0-rc.1");
    assert_eq!(repo.current("skill/pdf"), "1.0.0");
}

#[test]
fn a_pre_release_may_be_where_drafts_are_allowed_but_is_never_current() -> TestResult {
    let mut repo = Repo::team_with(with_drafts, |_| ());
    let alice = repo.alice.clone();
    repo.commit(&alice, "Try something", |tree| {
        put_at(tree, "lab", "csv", "0.1.0-rc.1");
    })?;
    repo.check().passes().without("unapproved-version");
    assert_eq!(repo.state("skill/csv"), "draft");
    assert_eq!(repo.current("skill/csv"), "null");
    Ok(())
}

#[test]
fn a_release_version_is_not_a_draft_anywhere() -> TestResult {
    let mut repo = Repo::team_with(with_drafts, |_| ());
    let alice = repo.alice.clone();
    repo.commit(&alice, "Try something", |tree| {
        put_at(tree, "lab", "csv", "0.1.0");
    })?;
    repo.check().assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn an_unversioned_package_is_not_a_draft_anywhere() -> TestResult {
    let mut repo = Repo::team_with(with_drafts, |_| ());
    let alice = repo.alice.clone();
    repo.commit(&alice, "Try something", |tree| {
        tree.put(
            "lab/csv/SKILL.md",
            "---\nname: csv\ndescription: Use it.\n---\n\nDo it.\n",
        );
    })?;
    repo.check().assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn a_pre_release_where_a_harness_loads_it_is_not_a_draft() -> TestResult {
    let mut repo = Repo::team_with(with_drafts, |_| ());
    let alice = repo.alice.clone();
    repo.commit(&alice, "Try something", |tree| {
        put_at(tree, ".claude/skills", "csv", "0.1.0-rc.1");
    })?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding_at("unapproved-version", ".claude/skills/csv");
    Ok(())
}

#[test]
fn a_pre_release_at_a_path_that_a_granted_version_occupied_is_not_a_draft() -> TestResult {
    let mut repo = Repo::team_with(with_drafts, |_| ());
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add csv", |tree| {
        put_at(tree, "lab", "csv", "1.0.0");
    })?;
    let digest = repo.tree().digest("lab/csv");
    let approval = repo
        .draft_for(
            DecisionKind::Approve,
            &bob,
            "skill/csv",
            "1.0.0",
            Some(digest),
        )
        .record();
    repo.land(&bob, &approval)?;
    repo.check().passes();
    repo.commit(&alice, "Slip in a draft", |tree| {
        put_at(tree, "lab", "csv", "2.0.0-rc.1");
    })?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding("unapproved-version")
        .has("version", "2.0.0-rc.1");
    Ok(())
}

#[test]
fn a_literal_pseudo_version_is_not_a_way_in() -> TestResult {
    let literal = "0.0.0-sha000000000000";
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Claim a version", |tree| {
        tree.put_skill("pdf", literal, "Do it well.");
    })?;
    let checked = repo.check();
    checked
        .assert("fail", &["unapproved-version"])
        .finding_at("unversioned", "skills/pdf/SKILL.md")
        .is("error")
        .line(6)
        .says(literal);
    let real = repo.subject("skill/pdf")["version"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert_ne!(real, literal, "no one may declare a version of that form");
    // An approval of the version that the bytes claim would be one of every package that claims it.
    let digest = repo.tree().digest("skills/pdf");
    let claim = repo
        .draft_for(
            DecisionKind::Approve,
            &bob,
            "skill/pdf",
            literal,
            Some(digest),
        )
        .record();
    repo.land(&bob, &claim)?;
    repo.check().assert("fail", &["unapproved-version"]);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn an_unversioned_package_is_approved_under_the_version_that_its_bytes_give() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    let text = "---\nname: pdf\ndescription: Use it.\n---\n\nDo it.\n";
    repo.commit(&alice, "Add it", |tree| {
        tree.put("skills/pdf/SKILL.md", text);
    })?;
    let version = repo.subject("skill/pdf")["version"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", &version)?;
    repo.check().passes();
    repo.commit(&alice, "Change it", |tree| {
        tree.put("skills/pdf/SKILL.md", format!("{text}More.\n"));
    })?;
    repo.check().assert("waiting", &["unapproved-version"]);
    assert_ne!(
        repo.subject("skill/pdf")["version"],
        version.as_str(),
        "any change is a new version"
    );
    Ok(())
}

#[test]
fn a_version_that_is_not_semver_counts_as_unversioned_and_ranks_below_the_approved_one() {
    for version in [
        "1.0",
        "v1.0.0",
        "1.0.0+build",
        "latest",
        "1.0.0.0",
        "\u{663}.0.0",
    ] {
        let repo = attacked(|tree| tree.put_skill("pdf", version, "Do it well."));
        let checked = repo.check();
        checked.assert("fail", &["unapproved-version", "version-regressed"]);
        checked
            .finding_at("unversioned", "skills/pdf/SKILL.md")
            .is("warning")
            .has("subject", "skill/pdf")
            .line(6);
        assert_eq!(repo.current("skill/pdf"), "1.0.0", "{version}");
    }
}

#[test]
fn unapproved_allow_lets_an_ordinary_subject_in() -> TestResult {
    let mut repo = Repo::team_with(|policy| policy.line("unapproved: allow"), |_| ());
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add csv", |tree| {
        tree.put_skill("csv", "1.0.0", "Do it.");
    })?;
    repo.check().passes();
    assert_eq!(repo.state("skill/csv"), "draft");
    assert_eq!(
        repo.current("skill/csv"),
        "null",
        "it is on the branch, but no one approved it"
    );
    Ok(())
}

#[test]
fn unapproved_allow_is_not_a_way_in_for_a_subject_that_ever_had_a_grant() -> TestResult {
    let mut repo = Repo::team_with(|policy| policy.line("unapproved: allow"), |_| ());
    repo.approved_skill("pdf", "1.0.0")?;
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Change it", |tree| {
        tree.put_skill("pdf", "2.0.0", "Do it badly.");
    })?;
    repo.check().assert("waiting", &["unapproved-version"]);
    repo.decide(&bob, DecisionKind::Archive, "skill/pdf", "2.0.0")?;
    repo.check().assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn unapproved_allow_is_not_a_way_in_for_high_risk() -> TestResult {
    let mut repo = Repo::team_with(|policy| policy.line("unapproved: allow"), |_| ());
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add payments", |tree| {
        tree.put_skill("payments-refund", "1.0.0", "Pay.");
    })?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding_at("unapproved-version", "skills/payments-refund");
    Ok(())
}

#[test]
fn unapproved_allow_is_not_a_way_in_for_what_was_rejected() -> TestResult {
    let mut repo = Repo::team_with(|policy| policy.line("unapproved: allow"), |_| ());
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add csv", |tree| {
        tree.put_skill("csv", "1.0.0", "Do it.");
    })?;
    repo.decide(&bob, DecisionKind::Block, "skill/csv", "1.0.0")?;
    repo.check().assert("fail", &["blocked-version"]);
    Ok(())
}

#[test]
fn a_document_cannot_lower_its_own_risk() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    let text = skill_text("payments-refund", "1.0.0", "Pay.")
        .replace("metadata:\n", "metadata:\n  risk: low\n");
    repo.commit(&alice, "Add payments", |tree| {
        tree.put("skills/payments-refund/SKILL.md", &text);
    })?;
    assert_eq!(repo.subject("skill/payments-refund")["risk"], "high");
    repo.decide(
        &bob,
        DecisionKind::Approve,
        "skill/payments-refund",
        "1.0.0",
    )?;
    repo.check().assert("waiting", &["unapproved-version"]);
    repo.decide(
        &carol,
        DecisionKind::Approve,
        "skill/payments-refund",
        "1.0.0",
    )?;
    repo.check().passes();
    Ok(())
}

#[test]
fn a_document_can_raise_its_own_risk() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add a prompt", |tree| {
        tree.put(
            "prompts/greet.md",
            "---\nversion: 1.0.0\nrisk: critical\n---\n\nHello.\n",
        );
    })?;
    repo.decide(&bob, DecisionKind::Approve, "prompt/greet", "1.0.0")?;
    repo.check().assert("waiting", &["unapproved-version"]);
    assert_eq!(repo.subject("prompt/greet")["risk"], "critical");
    Ok(())
}

#[test]
fn a_document_cannot_escape_a_rule_by_another_name() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add payments", |tree| {
        tree.put(
            "skills/harmless/SKILL.md",
            skill_text("payments-refund", "1.0.0", "Pay."),
        );
    })?;
    repo.decide(&bob, DecisionKind::Approve, "skill/harmless", "1.0.0")?;
    let checked = repo.check();
    checked.assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn a_pre_release_with_what_a_harness_loads_is_not_a_draft() -> TestResult {
    let inside: [(&str, &str); 7] = [
        (
            ".mcp.json",
            "{\"mcpServers\":{\"a\":{\"command\":\"curl\"}}}",
        ),
        (".claude/settings.json", "{\"hooks\":{}}"),
        (
            ".claude/skills/evil/SKILL.md",
            "---\nname: evil\ndescription: Evil.\n---\n",
        ),
        (
            ".claude/agents/evil.md",
            "---\nname: evil\ndescription: Evil.\n---\n",
        ),
        (".cursor/rules/evil.mdc", "Evil.\n"),
        ("deep/.claude/commands/evil.md", "Evil.\n"),
        (
            "nested/SKILL.md",
            "---\nname: nested\ndescription: Evil.\n---\n",
        ),
    ];
    for (path, text) in inside {
        let mut repo = Repo::team_with(with_drafts, |_| ());
        let alice = repo.alice.clone();
        repo.branch("change")?;
        repo.commit(&alice, "Try something", |tree| {
            put_at(tree, "lab", "csv", "0.1.0-rc.1");
            tree.put(format!("lab/csv/{path}"), text);
        })?;
        let gate = repo.check_with(&["--base", "main"]);
        gate.finding("unapproved-version")
            .has("subject", "skill/csv");
        gate.without("draft-allowed");
        assert_eq!(gate.code(), 1, "{path}\n{gate}");
        repo.switch("main")?;
        repo.merge("change", Method::Squash, &alice)?;
        let checked = repo.check();
        checked
            .without("draft-allowed")
            .finding_at("unapproved-version", "lab/csv");
        assert_eq!(checked.code(), 1, "{path}");
    }
    Ok(())
}

#[test]
fn a_pre_release_in_a_plugin_that_a_marketplace_lists_is_not_a_draft_once_it_contains_a_part()
-> TestResult {
    let marketplace = r#"{"name": "m", "owner": {"name": "o"}, "plugins": [{"name": "p", "source": "./lab/csv"}]}"#;
    for part in [
        "hooks/hooks.json",
        "agents/a.md",
        "commands/c.md",
        "output-styles/s.md",
        ".lsp.json",
    ] {
        let policy = |policy: PolicyDraft| {
            let govern = "{kind: setup, path: .claude-plugin/marketplace.json, name: marketplace, owners: [data-platform]}";
            with_drafts(policy).with(|policy| policy.entries.push(govern.to_owned()))
        };
        let mut repo = Repo::team_with(policy, |tree| {
            tree.put(".claude-plugin/marketplace.json", marketplace);
        });
        let alice = repo.alice.clone();
        repo.commit(&alice, "A draft", |tree| {
            put_at(tree, "lab", "csv", "0.1.0-rc.1");
        })?;
        repo.check().finding_at("draft-allowed", "lab/csv");
        repo.commit(&alice, "A part", |tree| {
            tree.put(format!("lab/csv/{part}"), "{}\n");
        })?;
        let checked = repo.check();
        checked
            .without("draft-allowed")
            .finding_at("unapproved-version", "lab/csv");
        assert_eq!(checked.code(), 1, "{part}");
    }
    Ok(())
}
