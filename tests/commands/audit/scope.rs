//! What the report says about its own limits: what is outside, and who began.

use countersign::model::DecisionKind;
use serde_json::{Value, json};

use super::{Demo, list};
use countersign_testkit::{Repo, TestResult};

fn shown(repo: &Repo, format: &str) -> String {
    repo.run(&["audit", "--format", format]).exits(0).stdout
}

#[test]
fn what_is_not_governed_is_in_the_scope_with_counts_and_paths() -> TestResult {
    let mut repo = Repo::team_with(
        |mut policy| {
            policy.more.push("ignore: [\"notes/**\"]".to_owned());
            policy
        },
        |tree| {
            tree.put("notes/one/SKILL.md", "---\nname: one\n---\n");
            tree.put("notes/two/SKILL.md", "---\nname: two\n---\n");
            tree.put(".claude/settings.json", "{\"hooks\": {}}\n");
            tree.put("AGENTS.md", "Be kind.\n");
        },
    );
    repo.approved_skill("pdf", "1.0.0")?;
    let report: Value = repo
        .run(&["audit", "--format", "json", "--subject", "skill/pdf"])
        .exits(0)
        .json();
    let outside = &report["scope"]["outside"];
    assert_eq!(
        outside["ungoverned"],
        json!({"count": 1, "paths": [".claude/settings.json"]}),
        "{outside:#}"
    );
    assert_eq!(
        outside["instructions"],
        json!({"count": 1, "paths": ["AGENTS.md"]})
    );
    let ignored = outside["ignored"][0].as_str().unwrap_or_default();
    for part in ["2", "notes/**", "notes/one", "notes/two"] {
        assert!(ignored.contains(part), "{ignored}");
    }
    for format in ["html", "markdown"] {
        let text = shown(&repo, format);
        assert!(text.to_lowercase().contains("not governed"), "{text}");
        assert!(text.contains("notes") && text.contains("AGENTS"), "{text}");
    }
    Ok(())
}

#[test]
fn the_signer_of_the_anchor_accepted_the_baseline() {
    let unsigned = Repo::team();
    let report = unsigned.run(&["audit", "--format", "json"]).exits(0).json();
    assert_eq!(
        report["scope"]["anchor_signature"],
        json!({"signed": false, "key": null, "by": null})
    );
    assert!(shown(&unsigned, "html").contains("the anchor is unsigned"));

    let demo = Demo::build();
    assert!(
        demo.git(&["cat-file", "commit", &demo.line()[0]])
            .contains("\ngpgsig ")
    );
    let report = demo.audit(&[]);
    let signature = &report["scope"]["anchor_signature"];
    let of_alice = list(&report["access"][0]["principals"])
        .iter()
        .find(|one| one["principal"] == signature["by"]);
    let keys = of_alice.map(|one| list(&one["keys"])).unwrap_or_default();
    assert_eq!(signature["by"]["principal"], "alice");
    assert!(keys.contains(&signature["key"]), "{signature:#} {keys:?}");
}

#[test]
fn a_suspended_person_is_shown_so_where_they_approved() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let report = repo.run(&["audit", "--format", "json"]).exits(0).json();
    let approver = &report["inventory"][0]["approvers"][0];
    let name = approver["principal"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert_eq!(report["scope"]["suspended"], json!([]));
    let by = if name == "alice" {
        &repo.carol
    } else {
        &repo.alice
    }
    .clone();
    repo.decide(
        &by,
        DecisionKind::Block,
        &format!("principal/{name}"),
        "all",
    )?;
    let report = repo.run(&["audit", "--format", "json"]).exits(0).json();
    assert_eq!(report["scope"]["suspended"][0]["principal"], name);
    for format in ["html", "markdown"] {
        assert!(shown(&repo, format).contains("(signature, suspended)"));
    }
    Ok(())
}

#[test]
fn it_ends_with_lines_to_sign() {
    let repo = Repo::team();
    for format in ["html", "markdown"] {
        let text = shown(&repo, format);
        let end = text.rfind("Sign-off").map(|at| &text[at..]);
        let end = end.expect("a section for it");
        for line in ["Prepared by", "Reviewed by", "Date"] {
            assert!(end.contains(line), "{end}");
        }
    }
}

#[test]
fn every_packet_of_the_page_shows_its_digest_in_full() {
    let demo = Demo::build();
    let page = demo.run(&["audit", "--format", "html"]).exits(0).stdout;
    let report = demo.audit(&[]);
    for packet in list(&report["changes"]) {
        if let Some(digest) = packet["digest"].as_str() {
            let hex = digest.trim_start_matches("sha256:");
            assert!(page.contains(&format!("<code>{hex}</code>")), "{digest}");
        }
    }
}
