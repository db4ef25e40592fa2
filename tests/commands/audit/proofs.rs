//! Proofs and signatures, judged by a verifier in another language, by ssh-keygen, and by what
//! happens when a report is altered.

use std::fs;

use serde_json::Value;

use super::{Demo, list, text};
use countersign_testkit::{path_of, program, ssh_verify};

const VERIFIER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/commands/audit/verify_inclusion.py"
);

#[test]
fn another_verifier_accepts_every_proof_and_refuses_altered_ones() {
    let python = path_of("python3")
        .expect("python3 runs the other verifier; the README names what tests need");
    let demo = Demo::build();
    let early = demo.audit(&["--until", &demo.line()[9]]);
    let checkpoint = demo.write(
        "checkpoint",
        early["log"]["checkpoint"].as_str().expect("a checkpoint"),
    );
    let report = demo
        .run(&["audit", "--format", "json", "--extends", text(&checkpoint)])
        .exits(0);
    let judge = |report: &Value| {
        let file = demo.write("report.json", report.to_string());
        let output = program(
            text(&python),
            demo.home.path(),
            &[VERIFIER, text(&file), text(&checkpoint)],
            b"",
        );
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
    };
    let report = report.json();
    let proofs = list(&report["changes"])
        .iter()
        .map(|packet| list(&packet["proofs"]).len())
        .sum::<usize>();
    assert!(proofs > 30);
    assert_eq!(judge(&report), (true, proofs.to_string()));
    let mut altered = Vec::new();
    let mut leaf = report.clone();
    let changed = leaf["changes"][3]["proofs"][0]["leaf"]
        .as_str()
        .expect("a leaf")
        .replace("bob", "eve")
        .replace("landed", "lended");
    leaf["changes"][3]["proofs"][0]["leaf"] = changed.into();
    altered.push(leaf);
    let mut index = report.clone();
    index["changes"][3]["proofs"][0]["index"] = 1.into();
    altered.push(index);
    let mut extension = report.clone();
    extension["log"]["extends"]["proof"][0] = report["log"]["root"].clone();
    altered.push(extension);
    for report in altered {
        assert!(!judge(&report).0);
        let file = demo.write("altered.json", report.to_string());
        let output = demo.run(&["verify", text(&file), "--offline"]);
        assert_eq!(output.code, 1, "{output}");
    }
}

#[test]
fn a_report_verifies_with_and_without_its_repository() {
    let demo = Demo::build();
    let line = demo.line();
    let cases: [&[&str]; 5] = [
        &[],
        &["--since", &line[3], "--until", &line[20]],
        &["--since", "2026-01-06", "--until", "2026-02-05"],
        &["--anchor", &line[0], "--subject", "skill/*"],
        &["--since", line.last().expect("a head")],
    ];
    for options in cases {
        let report = demo
            .run(&[&["audit", "--format", "json"], options].concat())
            .exits(0);
        let file = demo.write("report.json", &report.stdout);
        let output = demo.run(&["verify", text(&file)]).exits(0);
        assert!(
            output
                .stdout
                .contains("recomputed from the repository: identical"),
            "{options:?}\n{output}"
        );
        let outside = demo.home.path().join("elsewhere");
        fs::create_dir_all(&outside).expect("a folder");
        demo.run_in(&outside, &["verify", text(&file), "--proofs"], true)
            .exits(0);
        let output = demo
            .run_in(&outside, &["verify", text(&file), "--offline"], true)
            .exits(3);
        assert!(
            output.stderr.contains("not compared with its repository"),
            "{output}"
        );
    }
    let mut report = demo.audit(&[]);
    let id = report["changes"][4]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let file = demo.write("report.json", report.to_string());
    demo.run(&["verify", text(&file), "--offline", "--packet", &id])
        .exits(3);
    demo.run(&["verify", text(&file), "--proofs", "--packet", &id])
        .exits(0);
    demo.run(&["verify", text(&file), "--proofs", "--packet", "none"])
        .exits(2);
    demo.run(&["verify", text(&file), "--packet", &id]).exits(2);
    report["summary"]["approved"] = 7.into();
    let file = demo.write("report.json", report.to_string());
    let output = demo.run(&["verify", text(&file)]).exits(1);
    assert!(output.stderr.contains("/summary/approved"), "{output}");
    for bad in [
        "",
        "{}",
        "[1]",
        "{\"schema\":\"countersign.audit/v2\"}",
        "{\"schema\":\"countersign.audit/v1\"}",
    ] {
        let file = demo.write("bad.json", bad);
        demo.run(&["verify", text(&file)]).exits(2);
    }
}

#[test]
fn an_edited_figure_is_not_evaluated_without_the_repository_unless_only_the_proofs_are_requested() {
    let demo = Demo::build();
    let outside = demo.home.path().join("elsewhere");
    fs::create_dir_all(&outside).expect("a folder");
    let edits: [fn(&mut Value); 4] = [
        |report| report["summary"]["approved"] = 7.into(),
        |report| report["metrics"] = Value::Null,
        |report| report["exceptions"] = Value::Array(Vec::new()),
        |report| report["changes"][4]["decisions"] = Value::Array(Vec::new()),
    ];
    for edit in edits {
        let mut report = demo.audit(&[]);
        edit(&mut report);
        let file = demo.write("edited.json", report.to_string());
        let output = demo
            .run_in(&outside, &["verify", text(&file), "--offline"], true)
            .exits(3);
        assert!(
            output.stderr.contains("not compared with its repository")
                && output.stderr.contains("--proofs"),
            "{output}"
        );
        let json = demo
            .run_in(
                &outside,
                &["verify", text(&file), "--offline", "--format", "json"],
                true,
            )
            .exits(3)
            .json();
        assert_eq!(
            (&json["valid"], &json["recomputed"]),
            (&Value::Null, &Value::Bool(false))
        );
        for proofs in [&["--proofs"][..], &["--offline", "--proofs"]] {
            let json = demo
                .run_in(
                    &outside,
                    &[&["verify", text(&file), "--format", "json"], proofs].concat(),
                    true,
                )
                .exits(0)
                .json();
            assert_eq!(
                (&json["valid"], &json["recomputed"]),
                (&Value::Bool(true), &Value::Bool(false))
            );
        }
        demo.run(&["verify", text(&file)]).exits(1);
    }
    let mut report = demo.audit(&[]);
    report["changes"][4]["digest"] = format!("sha256:{}", "0".repeat(64)).into();
    let file = demo.write("forged.json", report.to_string());
    for how in ["--offline", "--proofs"] {
        demo.run_in(&outside, &["verify", text(&file), how], true)
            .exits(1);
    }
}

#[test]
fn a_checkpoint_signed_with_a_raw_key_verifies_with_its_public_half_only() {
    let demo = Demo::build();
    let key = demo.write("log.key", [9; 32]);
    let output = demo
        .run(&["audit", "--format", "json", "--log-key", text(&key)])
        .exits(0);
    let public = output
        .stderr
        .lines()
        .find_map(|line| line.split("public key: ").nth(1))
        .expect("the public key is told")
        .trim()
        .to_owned();
    assert_eq!(output.json()["log"]["signed"], true);
    let file = demo.write("report.json", &output.stdout);
    let verified = demo
        .run(&["verify", text(&file), "--log-key", &public])
        .exits(0);
    assert!(
        verified.stdout.contains("signed by the log's key"),
        "{verified}"
    );
    let other = demo.write("other.key", [8; 32]);
    let again = demo
        .run(&["audit", "--format", "json", "--log-key", text(&other)])
        .exits(0);
    let file = demo.write("report.json", again.stdout);
    demo.run(&["verify", text(&file), "--log-key", &public])
        .exits(1);
    let unsigned = demo.write("report.json", demo.audit(&[]).to_string());
    demo.run(&["verify", text(&unsigned), "--log-key", &public])
        .exits(1);
}

#[test]
fn the_signature_next_to_a_checkpoint_verifies_with_ssh_keygen() {
    let demo = Demo::build();
    let out = demo.home.path().join("out");
    let key = text(&demo.story.key_file).to_owned();
    demo.run_in(
        &demo.path,
        &["audit", "--out", text(&out), "--sign", &key],
        false,
    )
    .exits(0);
    let [checkpoint, signature] = ["checkpoint", "checkpoint.sig"]
        .map(|name| fs::read(out.join(name)).expect("it was written"));
    let carol = &demo.story.you;
    let verify = |namespace: &str, message: &[u8]| {
        ssh_verify(
            demo.home.path(),
            &carol.allowed_signer(),
            &carol.email,
            namespace,
            message,
            &signature,
        )
    };
    assert!(verify("countersign-audit", &checkpoint));
    assert!(!verify("countersign", &checkpoint), "never a decision");
    assert!(!verify("countersign-audit", b"other"));
    for name in ["audit.html", "audit.md", "audit.json"] {
        assert!(
            fs::metadata(out.join(name)).is_ok_and(|file| file.len() > 1000),
            "{name}"
        );
    }
    let again = demo.run_in(&demo.path, &["audit", "--out", text(&out)], false);
    assert_eq!(again.code, 2, "a report is never overwritten\n{again}");
}

#[test]
fn the_page_is_one_document_without_script_or_anything_to_load() {
    let demo = Demo::build();
    let page = demo.run(&["audit", "--format", "html"]).exits(0).stdout;
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    for never in [
        "<script",
        "<link",
        "<img",
        "<iframe",
        "<object",
        "url(",
        "@import",
        "src=",
        "=\"http",
        "=\"//",
        "=\"data:",
        "javascript:",
    ] {
        assert!(!page.contains(never), "{never}");
    }
    for tag in [
        "section", "table", "details", "svg", "figure", "ul", "ol", "dl", "tr", "td", "th", "li",
        "dd", "dt", "p", "div", "summary",
    ] {
        let opened =
            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(
            opened,
            page.matches(&format!("</{tag}>")).count(),
            "<{tag}>"
        );
    }
    let ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(ids.len(), unique.len(), "ids are unique: {ids:?}");
    for link in page
        .split(" href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(ids.contains(&link), "{link}");
    }
}
