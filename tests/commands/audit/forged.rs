//! Reports and checkpoints that someone altered, and reports full of words that would like to be
//! more than words.

use std::fs;
use std::path::PathBuf;

use countersign::demo::PolicyDraft;
use countersign::model::DecisionKind;
use serde_json::{Value, json};

use super::{Demo, list, text};
use countersign_testkit::{Repo, TestResult};

/// What `verify` says to a report with a change that an author of reports would like to make.
#[track_caller]
fn refused(demo: &Demo, report: &Value, offline: bool, change: impl FnOnce(&mut Value), why: &str) {
    let mut forged = report.clone();
    change(&mut forged);
    assert_ne!(forged, *report, "the change does something");
    let file = demo.write("forged.json", forged.to_string());
    let options: &[&str] = if offline { &["--offline"] } else { &[] };
    let output = demo
        .run(&[&["verify", text(&file)], options].concat())
        .exits(1);
    assert!(output.stderr.contains(why), "{why}\n{output}");
}

/// The place of the first packet that matches.
fn packet(report: &Value, test: impl Fn(&Value) -> bool) -> usize {
    list(&report["changes"])
        .iter()
        .position(test)
        .expect("the demo has one")
}

#[test]
fn offline_a_packet_says_what_its_leaves_say() {
    let demo = Demo::build();
    let report = demo.audit(&[]);
    let waits = packet(&report, |packet| {
        packet["granted"].is_null() && packet["change"] == "changed"
    });
    let approved = packet(&report, |packet| packet["granted"].is_object());
    let refusal = packet(&report, |packet| {
        list(&packet["decisions"])
            .iter()
            .any(|made| made["effect"] == false)
    });
    let changes = |report: &Value, at: usize| report["changes"][at].clone();
    let other = changes(&report, approved);
    let refused_offline = |change: &dyn Fn(&mut Value), why: &str| {
        refused(&demo, &report, true, |report| change(report), why);
    };
    refused_offline(
        &|r| r["changes"][waits]["granted"] = other["granted"].clone(),
        "whether and when it was approved",
    );
    refused_offline(
        &|r| r["changes"][approved]["granted"] = Value::Null,
        "whether and when it was approved",
    );
    refused_offline(
        &|r| r["changes"][approved]["granted"]["time"] = json!("2020-01-01T00:00:00Z"),
        "whether and when it was approved",
    );
    refused_offline(
        &|r| r["changes"][waits]["proofs"] = other["proofs"].clone(),
        "a leaf is about another subject",
    );
    refused_offline(
        &|r| r["changes"][waits]["proofs"] = json!([]),
        "has no proof",
    );
    refused_offline(
        &|r| r["changes"][approved]["digest"] = json!(format!("sha256:{}", "0".repeat(64))),
        "no leaf records this landing",
    );
    refused_offline(
        &|r| r["changes"][approved]["version"] = json!("9.9.9"),
        "no leaf records this landing",
    );
    refused_offline(
        &|r| r["changes"][approved]["landed"]["commit"] = json!("0".repeat(40)),
        "no leaf records this landing",
    );
    refused_offline(
        &|r| r["changes"][approved]["id"] = json!("0-skill-other-1.0.0"),
        "its id does not match its contents",
    );
    refused_offline(
        &|r| r["changes"][approved]["decisions"][0]["by"]["principal"] = json!("carol"),
        "no leaf records the",
    );
    let made = list(&report["changes"][refusal]["decisions"])
        .iter()
        .position(|made| made["effect"] == false)
        .expect("one was refused");
    refused_offline(
        &|r| r["changes"][refusal]["decisions"][made]["effect"] = json!(true),
        "no leaf records the",
    );
    refused_offline(
        &|r| {
            let decision = r["changes"][approved]["decisions"][0].clone();
            r["changes"][waits]["decisions"]
                .as_array_mut()
                .expect("a list")
                .push(decision);
        },
        "no leaf records the",
    );
    refused_offline(
        &|r| r["changes"][waits]["state"] = json!("approved"),
        "its state is approved, but no leaf records an approval",
    );
    refused_offline(
        &|r| r["changes"][waits]["baseline"] = json!(true),
        "after the anchor",
    );
    refused_offline(
        &|r| r["log"]["signed"] = json!(true),
        "wrong about whether the checkpoint is signed",
    );
    refused_offline(&|r| r["log"]["size"] = json!(1), "size or root");
    refused_offline(
        &|r| r["tool"]["version"] = json!("1.0 (certified)"),
        "the tool's version is not a version",
    );
    refused_offline(
        &|r| {
            r["log"]["extends"] = json!({"size": 0, "root": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "proof": []});
        },
        "does not continue",
    );
}

#[test]
fn with_the_repository_every_word_counts() {
    let demo = Demo::build();
    let report = demo.audit(&["--framework", "soc-2"]);
    let approved = packet(&report, |packet| packet["granted"].is_object());
    refused(
        &demo,
        &report,
        false,
        |r| r["changes"][approved]["decisions"][0]["reason"] = json!("I read it twice."),
        "/reason",
    );
    refused(
        &demo,
        &report,
        false,
        |r| r["changes"][approved]["decisions"][0]["by"]["name"] = json!("Someone Else"),
        "/by/name",
    );
    refused(
        &demo,
        &report,
        false,
        |r| drop(r["changes"].as_array_mut().expect("a list").pop()),
        "differs at",
    );
    refused(
        &demo,
        &report,
        false,
        |r| drop(r["exceptions"].as_array_mut().expect("a list").remove(0)),
        "differs at",
    );
    refused(
        &demo,
        &report,
        false,
        |r| r["frameworks"][0]["controls"][0]["open_points"] = json!(77),
        "/open_points",
    );
    refused(
        &demo,
        &report,
        false,
        |r| r["frameworks"][0]["notice"] = json!("You comply."),
        "/notice",
    );
    refused(
        &demo,
        &report,
        false,
        |r| r["certified"] = json!(true),
        "/certified",
    );
    refused(
        &demo,
        &report,
        false,
        |r| r["scope"]["not_evaluated"] = json!([]),
        "/scope/not_evaluated",
    );
    refused(
        &demo,
        &report,
        false,
        |r| r["scope"]["anchor_pinned"] = json!(true),
        "differs at",
    );
    let part = demo.audit(&["--since", "HEAD~9", "--until", "HEAD~3"]);
    assert_eq!(
        part["period"]["until"]["requested"], part["scope"]["head"]["commit"],
        "a name may mean another commit tomorrow"
    );
    for end in ["since", "until"] {
        let file = demo.write("words.json", {
            let mut forged = part.clone();
            forged["period"][end]["requested"] = json!("2026-12-31 (the whole year)");
            forged.to_string()
        });
        demo.run(&["verify", text(&file)]).exits(2);
    }
    let early = demo.write("early.json", part.to_string());
    let later = demo.audit(&["--extends", text(&early)]);
    refused(
        &demo,
        &later,
        false,
        |r| r["log"]["extends"]["note"] = json!("All is approved."),
        "does not continue",
    );
    // The report itself, said twice: readers that take the first of two names would see another
    // one.
    let whole = report.to_string();
    let doubled = whole.replacen('{', "{\"summary\":{\"sentences\":[\"All is well.\"]},", 1);
    let file = demo.write("doubled.json", doubled);
    for options in [&[][..], &["--offline"]] {
        demo.run(&[&["verify", text(&file)], options].concat())
            .exits(2);
        demo.run(&["audit", "--extends", text(&file)]).exits(2);
    }
}

#[test]
fn a_report_under_a_restart_that_its_author_pinned_is_valid_only_for_those_who_pin_it_too()
-> TestResult {
    let mut repo = Repo::team();
    let old = repo.approved_skill("pdf", "1.0.0")?;
    let bob = repo.bob.clone();
    let line = format!("restart: {{previous: {old}, reason: This is mine now.}}");
    let policy = PolicyDraft::solo(&bob)
        .with(|draft| draft.serial = 2)
        .line(&line);
    let restart = repo
        .commit(&bob, "Start over", |tree| tree.put_policy(&policy))?
        .to_string();
    let file = repo.beside().join("mine.json");
    fs::write(
        &file,
        repo.run(&["audit", "--anchor", &restart, "--format", "json"])
            .exits(0)
            .stdout,
    )?;
    let output = repo.run(&["verify", text(&file)]).exits(1);
    assert!(
        output
            .stderr
            .contains("governance started at another commit"),
        "{output}"
    );
    repo.run(&["verify", text(&file), "--anchor", &old.to_string()])
        .exits(1);
    repo.run(&["verify", text(&file), "--anchor", &restart])
        .exits(0);
    Ok(())
}

#[test]
fn hostile_files_are_refused_and_never_a_panic() {
    let demo = Demo::build();
    let report = demo.audit(&[]);
    let deep = "[".repeat(200_000);
    let broken = "{\"schema\":\"countersign.audit/v1\",\"log\":[],\"changes\":{}}".to_owned();
    let mut cases = vec![("", deep), ("", broken), ("", "\u{0}".to_owned())];
    for pointer in [
        "/log",
        "/changes",
        "/scope",
        "/period",
        "/log/checkpoint",
        "/changes/0",
        "/changes/0/proofs",
        "/changes/0/proofs/0",
        "/scope/head",
    ] {
        for value in [
            json!(null),
            json!([]),
            json!({}),
            json!("\u{1b}[2J"),
            json!(-1),
            json!(1e300),
            json!([[[{}]]]),
        ] {
            let mut forged = report.clone();
            *forged.pointer_mut(pointer).expect("it is there") = value;
            cases.push((pointer, forged.to_string()));
        }
    }
    for (pointer, case) in cases {
        let file = demo.write("hostile.json", &case);
        for command in [
            &["verify"][..],
            &["verify", "--offline"],
            &["audit", "--extends"],
        ] {
            let output = demo.run(&[command, &[text(&file)]].concat());
            // Without the repository nothing is said about these; an earlier log is its checkpoint,
            // and where it ended.
            let harmless = match command {
                ["verify", "--offline"] => pointer.starts_with("/scope") || pointer == "/period",
                ["audit", ..] => {
                    !pointer.is_empty()
                        && !pointer.starts_with("/log")
                        && !pointer.starts_with("/scope")
                }
                _ => false,
            };
            let harmless = harmless && output.code == 0;
            assert!(
                harmless || matches!(output.code, 1..=3),
                "{command:?} {pointer} {case:.200}\n{output}"
            );
            assert!(
                !output.stderr.contains('\u{1b}') && !output.stdout.contains('\u{1b}'),
                "{output}"
            );
        }
    }
}

#[test]
fn a_log_of_another_repository_or_an_empty_one_is_not_continued() -> TestResult {
    let demo = Demo::build();
    let theirs = demo.write("theirs.json", demo.audit(&[]).to_string());
    let mut repo = Repo::team_with(
        |policy| policy.with(|policy| "github.com/acme/other".clone_into(&mut policy.repository)),
        |_| {},
    );
    repo.approved_skill("pdf", "1.0.0")?;
    let output = repo.run(&["audit", "--extends", text(&theirs)]).exits(1);
    assert!(
        output.stderr.contains("history-rewritten") && output.stderr.contains("is called"),
        "{output}"
    );
    // The same name, another history.
    let name = "github.com/acme/agent-skills";
    let mut same = Repo::team_with(
        |policy| policy.with(|policy| name.clone_into(&mut policy.repository)),
        |_| {},
    );
    same.approved_skill("pdf", "1.0.0")?;
    let output = same.run(&["audit", "--extends", text(&theirs)]).exits(1);
    assert!(output.stderr.contains("history-rewritten"), "{output}");
    let mine = demo.audit(&[]);
    let origin = mine["log"]["origin"].as_str().unwrap_or_default();
    let empty = demo.write(
        "empty",
        format!("{origin}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"),
    );
    let output = demo.run(&["audit", "--extends", text(&empty)]).exits(1);
    assert!(
        output.stderr.contains("the earlier log is empty"),
        "{output}"
    );
    Ok(())
}

#[test]
fn a_signed_log_is_continued_only_under_its_own_key() {
    let demo = Demo::build();
    let [ours, others] =
        [("ours.key", [1; 32]), ("others.key", [2; 32])].map(|(name, key)| demo.write(name, key));
    let signed = |key: &PathBuf, name: &str| {
        let report = demo
            .run(&["audit", "--format", "json", "--log-key", text(key)])
            .exits(0)
            .json();
        demo.write(
            name,
            report["log"]["checkpoint"].as_str().expect("a checkpoint"),
        )
    };
    let [old, forged] = [signed(&ours, "old"), signed(&others, "forged")];
    demo.run(&["audit", "--log-key", text(&ours), "--extends", text(&old)])
        .exits(0);
    let output = demo
        .run(&[
            "audit",
            "--log-key",
            text(&ours),
            "--extends",
            text(&forged),
        ])
        .exits(2);
    assert!(
        output.stderr.contains("by a key other than --log-key"),
        "{output}"
    );
    // Our signature under another size.
    let note = fs::read_to_string(&old).expect("it was written");
    let size = note.lines().nth(1).expect("a size").to_owned();
    let shrunk = demo.write("shrunk", note.replacen(&format!("\n{size}\n"), "\n1\n", 1));
    demo.run(&[
        "audit",
        "--log-key",
        text(&ours),
        "--extends",
        text(&shrunk),
    ])
    .exits(2);
    let unsigned = demo.write(
        "unsigned",
        note.split("\n\n")
            .next()
            .map(|text| format!("{text}\n"))
            .unwrap_or_default(),
    );
    let output = demo
        .run(&[
            "audit",
            "--log-key",
            text(&ours),
            "--extends",
            text(&unsigned),
        ])
        .exits(0);
    assert!(
        output.stderr.contains("the earlier log is not signed"),
        "{output}"
    );
}

/// Whatever a person may write, somewhere.
const WORDS: &str = "</script><script>alert(1)</script><img src=x onerror=alert(1)> ]]> --> | a | b | [x](javascript:alert(1)) `code` @team #1 =1+1";

#[test]
fn words_stay_words_in_every_format_and_long_ones_do_not_swell_the_page() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| policy.with(|policy| policy.principal("alice").printed = format!("Alice {WORDS}")),
        |tree| tree.put("skills/pdf/<img src=x onerror=alert(1)>.md", "x\n"),
    );
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    let long = format!("{WORDS} {}", "Ω".repeat(3_000));
    let mut record = repo
        .draft(DecisionKind::Block, &alice, "skill/pdf", "1.0.0")?
        .reason(&long)
        .record();
    repo.land(&alice, &record)?;
    record = repo
        .draft(DecisionKind::Deprecate, &alice, "skill/pdf", "1.0.0")?
        .reason(WORDS)
        .record();
    repo.land(&alice, &record)?;
    let out = repo.beside().join("out");
    repo.run(&["audit", "--framework", "all", "--out", text(&out)])
        .exits(0);
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap_or_default();
    let html = read("audit.html");
    for never in [
        "<script",
        "<img",
        "onerror=alert(1)>",
        "Ω".repeat(700).as_str(),
    ] {
        assert!(!html.contains(never), "{never:.40}");
    }
    assert!(
        html.contains("&lt;/script&gt;&lt;script&gt;alert(1)")
            && html.contains("the full text is in"),
        "the words are there"
    );
    let markdown = read("audit.md");
    for never in ["<script", "<img", "](javascript", "| a | b |", " `code`"] {
        assert!(!markdown.contains(never), "{never}");
    }
    for name in [
        "audit.json",
        "oscal-assessment-plan.json",
        "oscal-assessment-results.json",
    ] {
        serde_json::from_str::<Value>(&read(name))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let report: Value = serde_json::from_str(&read("audit.json"))?;
    let told = list(&report["events"])
        .iter()
        .any(|event| event["reason"] == long.as_str());
    assert!(told, "JSON has the whole reason");
    let file = out.join("audit.json");
    repo.run(&["verify", text(&file)]).exits(0);
    repo.run(&["verify", text(&file), "--proofs"]).exits(0);
    Ok(())
}
