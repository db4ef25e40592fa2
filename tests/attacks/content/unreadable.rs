//! Documents that no reader accepts: governed all the same, and never easier to approve or to land
//! than others.

use countersign::demo::documents::skill_text;
use countersign::demo::{Method, PolicyDraft, Tree};
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult};

const BROKEN: &str = "---\nname: old\ndescription: [broken\n---\n\n# old\n";
const OLD: &str = "skills/old/SKILL.md";

fn baseline(policy: PolicyDraft) -> PolicyDraft {
    policy.line("baseline: allow")
}

/// Under `baseline: allow`, with an unreadable document of each kind at the anchor.
fn there_before() -> Repo {
    Repo::team_with(baseline, |tree| {
        tree.put(OLD, BROKEN);
        tree.put("prompts/ask.md", "---\nversion: [\n---\n\nAsk.\n");
        tree.put("servers/mail.json", "{\"name\": \"mail\",}\n");
        tree.put(
            "agents/triage.yaml",
            "schema: countersign.agent/v1\nversion: 1.0.0\nversion: 1.0.0\n",
        );
        tree.put("contracts/refund.yaml", "schema: [\n");
    })
}

#[test]
fn a_document_that_cannot_be_read_at_the_anchor_is_governed_and_its_faults_are_warnings() {
    let repo = there_before();
    let checked = repo.check();
    checked.passes();
    for (rule, subject, path) in [
        ("skill-frontmatter", "skill/old", OLD),
        ("prompt-invalid", "prompt/ask", "prompts/ask.md"),
        ("server-invalid", "server/mail", "servers/mail.json"),
        ("agent-invalid", "agent/triage", "agents/triage.yaml"),
        (
            "contract-invalid",
            "contract/refund",
            "contracts/refund.yaml",
        ),
    ] {
        checked
            .finding_at(rule, path)
            .is("warning")
            .has("subject", subject);
        let told = repo.subject(subject);
        let version = told["version"].as_str().unwrap_or_default();
        assert!(
            version.starts_with("0.0.0-sha") && told["digest"].is_string(),
            "{subject} is unversioned and has its digest: {told:#}"
        );
        assert_eq!(told["state"], "draft", "{subject}");
    }
}

#[test]
fn its_faults_weigh_in_full_as_soon_as_any_byte_of_the_package_changes() -> TestResult {
    type Change = fn(&mut Tree);
    let changes: [(&str, Change); 4] = [
        (OLD, |tree| tree.edit(OLD, |text| text + "More.\n")),
        (OLD, |tree| tree.put("skills/old/run.sh", "echo hi\n")),
        (OLD, |tree| tree.put_executable(OLD, BROKEN)),
        ("skills/new/SKILL.md", |tree| {
            tree.copy("skills/old", "skills/new");
        }),
    ];
    for (path, change) in changes {
        let mut repo = there_before();
        let alice = repo.alice.clone();
        repo.branch("change")?;
        repo.commit(&alice, "Change it", change)?;
        repo.check_with(&["--base", "main"])
            .assert("fail", &[])
            .finding_at("skill-frontmatter", path)
            .is("error");
        repo.switch("main")?;
        repo.merge("change", Method::Squash, &alice)?;
        repo.check()
            .assert("fail", &[])
            .finding_at("skill-frontmatter", path)
            .is("error");
    }
    Ok(())
}

#[test]
fn bytes_that_changed_and_came_back_are_held_to_the_rules() -> TestResult {
    let mut repo = there_before();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Change it", |tree| {
        tree.edit(OLD, |text| text + "More.\n");
    })?;
    repo.commit(&alice, "Change it back", |tree| tree.put(OLD, BROKEN))?;
    repo.check()
        .assert("fail", &[])
        .finding_at("skill-frontmatter", OLD)
        .is("error");
    Ok(())
}

#[test]
fn a_change_next_to_it_and_an_approval_leave_its_faults_warnings() -> TestResult {
    let mut repo = there_before();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    let version = repo.subject("skill/old")["version"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    repo.decide(&bob, DecisionKind::Approve, "skill/old", &version)?;
    repo.commit(&alice, "Something else", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    repo.check()
        .passes()
        .finding_at("skill-frontmatter", OLD)
        .is("warning");
    assert_eq!(repo.state("skill/old"), "approved");
    repo.commit(&alice, "Change it", |tree| {
        tree.edit(OLD, |text| text + "More.\n");
    })?;
    repo.check()
        .assert("fail", &[])
        .finding_at("skill-frontmatter", OLD)
        .is("error");
    assert_eq!(repo.state("skill/old"), "draft");
    Ok(())
}

#[test]
fn a_document_that_became_unreadable_is_one_finding_that_says_what_follows() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Break it", |tree| {
        tree.put("skills/pdf/SKILL.md", BROKEN);
        // What another subject lacks is a finding of its own.
        tree.put_skill("csv", "1.0.0", "Do it.");
    })?;
    let checked = repo.check();
    checked
        .assert("fail", &[])
        .without("version-regressed")
        .finding("skill-frontmatter")
        .has("subject", "skill/pdf")
        .text("help")
        .filter(|help| help.contains("As long as it cannot be read it has no version"))
        .expect("it says what follows");
    let waiting: Vec<_> = checked
        .findings()
        .into_iter()
        .filter(|finding| finding.rule() == "unapproved-version")
        .map(|finding| finding.text("subject").unwrap_or_default().to_owned())
        .collect();
    assert_eq!(waiting, ["skill/csv"]);
    Ok(())
}

#[test]
fn without_baseline_allow_the_faults_are_errors_from_the_anchor_on() {
    let repo = Repo::team_with(|policy| policy, |tree| tree.put(OLD, BROKEN));
    repo.check()
        .assert("fail", &[])
        .finding_at("skill-frontmatter", OLD)
        .is("error");
}

#[test]
fn an_unreadable_document_that_comes_later_is_an_error_under_baseline_allow() -> TestResult {
    let mut repo = Repo::team_with(baseline, |_| ());
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add it", |tree| tree.put(OLD, BROKEN))?;
    repo.check()
        .assert("fail", &[])
        .finding_at("skill-frontmatter", OLD)
        .is("error");
    assert_eq!(repo.state("skill/old"), "draft");
    Ok(())
}

#[test]
fn a_package_whose_bytes_cannot_be_identified_is_an_error_also_at_the_anchor() {
    let repo = Repo::team_with(baseline, |tree| {
        tree.put(OLD, BROKEN);
        tree.link("skills/old/more.md", "../../README.md");
    });
    repo.check()
        .assert("fail", &[])
        .finding_at("symlink", "skills/old/more.md")
        .is("error");
}

#[test]
fn a_look_at_the_working_tree_weighs_the_faults_of_unchanged_bytes_likewise() -> TestResult {
    let repo = there_before();
    repo.git(&["checkout", "-q", "-f", "main"]);
    let look = |code: i32| {
        repo.run(&["check", "--worktree", "--format", "json"])
            .exits(code)
            .json()
    };
    let severity = |report: &serde_json::Value| {
        let all = report["findings"].as_array().cloned().unwrap_or_default();
        all.iter()
            .find(|finding| finding["rule"] == "skill-frontmatter")
            .map(|finding| finding["severity"].clone())
    };
    assert_eq!(severity(&look(0)), Some("warning".into()));
    std::fs::write(repo.path().join(OLD), format!("{BROKEN}More.\n"))?;
    assert_eq!(severity(&look(1)), Some("error".into()));
    Ok(())
}

/// An entry of medium risk beside one of high risk.
fn of_two_risks(policy: PolicyDraft) -> PolicyDraft {
    baseline(policy).with(|policy| {
        policy.entries.push(
            "{kind: skill, path: \"vault/*\", owners: [data-platform], risk: high}".to_owned(),
        );
    })
}

#[test]
fn an_unreadable_document_needs_what_its_place_and_its_own_risk_require() -> TestResult {
    // The place is of high risk; then the document says so in lines that no reader accepts.
    let says_so = BROKEN.replace("name: old", "name: old\nmetadata:\n  risk: high");
    for (place, text) in [("vault/old", BROKEN), ("skills/old", says_so.as_str())] {
        let mut repo = Repo::team_with(of_two_risks, |tree| {
            tree.put(format!("{place}/SKILL.md"), text);
        });
        let [_, bob, carol] = repo.people();
        assert_eq!(repo.subject("skill/old")["risk"], "high", "{place}");
        let version = repo.subject("skill/old")["version"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let digest = repo.tree().digest(place);
        for (by, state) in [(&bob, "draft"), (&carol, "approved")] {
            let approval = repo
                .draft_for(
                    DecisionKind::Approve,
                    by,
                    "skill/old",
                    &version,
                    Some(digest),
                )
                .record();
            repo.land(by, &approval)?;
            assert_eq!(
                repo.state("skill/old"),
                state,
                "{place}: an owner alone is not enough"
            );
        }
    }
    Ok(())
}

#[test]
fn an_unreadable_document_cannot_lower_the_risk_of_its_place() {
    let says_low = BROKEN.replace("name: old", "name: old\nmetadata:\n  risk: low");
    let repo = Repo::team_with(of_two_risks, |tree| {
        tree.put("vault/old/SKILL.md", says_low.as_str());
    });
    assert_eq!(repo.subject("skill/old")["risk"], "high");
}

#[test]
fn a_document_of_more_than_a_mebibyte_keeps_its_version_and_its_risk() {
    let text = skill_text("old", "1.2.3", &"Do it well. ".repeat(100_000))
        .replace("metadata:", "metadata:\n  risk: critical");
    let repo = Repo::team_with(baseline, |tree| tree.put(OLD, text.as_str()));
    let told = repo.subject("skill/old");
    assert_eq!(
        (told["version"].as_str(), told["risk"].as_str()),
        (Some("1.2.3"), Some("critical")),
        "{told:#}"
    );
}

#[test]
fn hidden_text_and_other_errors_in_unchanged_bytes_are_warnings_too() {
    let repo = Repo::team_with(baseline, |tree| {
        tree.put(
            OLD,
            skill_text("old", "1.0.0", "Do\u{202e} it, see [how](../../how.md)."),
        );
    });
    repo.check()
        .passes()
        .finding_at("hidden-text", OLD)
        .is("warning");
}
