//! Attestations: what they name, and that Git and other people's tools agree.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use countersign_testkit::TestResult;
use serde_json::Value;

use super::{Demo, judged, lines};

#[test]
fn attestations_name_what_is_approved_and_verify_with_other_peoples_tools() -> TestResult {
    let demo = Demo::build();
    fs::write(demo.at("key"), [7; 32])?;
    let out = demo.out("signed");
    demo.run(&[
        "audit",
        "--format",
        "intoto",
        "--attestation-key",
        &demo.out("key"),
        "--out",
        &out,
    ])
    .exits(0);
    let file = Path::new(&out).join("attestations.intoto.jsonl");
    let statements: Vec<Value> = lines(&fs::read_to_string(&file)?)
        .iter()
        .map(payload)
        .collect();
    let status = demo.run(&["status", "--format", "json"]).json();
    let mut wanted = BTreeMap::new();
    for subject in status["subjects"].as_array().expect("a list") {
        for version in subject["versions"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|version| version["state"] == "approved")
        {
            let name = format!(
                "{}@{}",
                subject["subject"].as_str().unwrap_or_default(),
                version["version"].as_str().unwrap_or_default()
            );
            wanted.insert(
                name,
                version["digest"]
                    .as_str()
                    .unwrap_or_default()
                    .trim_start_matches("sha256:")
                    .to_owned(),
            );
        }
    }
    let found: BTreeMap<String, String> = statements
        .iter()
        .map(|statement| &statement["subject"][0])
        .map(|subject| {
            (
                subject["name"].as_str().unwrap_or_default().to_owned(),
                subject["digest"]["sha256"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            )
        })
        .collect();
    assert!(!wanted.is_empty());
    assert_eq!(found, wanted);
    assert_eq!(statements.len(), wanted.len() * 2);
    names_are_those_of_git_and_go(&demo, &statements);
    let unsigned = demo.out("unsigned");
    let output = demo
        .run(&["audit", "--format", "intoto", "--out", &unsigned])
        .exits(0);
    assert!(output.stderr.contains("not signed"), "{output}");
    assert!(
        Path::new(&unsigned)
            .join("attestations.unsigned.intoto.jsonl")
            .is_file()
    );
    // The public half of the key of 32 sevens.
    let public = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";
    if let Some(said) = judged("attestations.py", &[&file, Path::new(public)]) {
        assert_eq!(said.lines().count(), statements.len());
        assert!(
            said.lines()
                .all(|line| line.ends_with(" dirHash1 gitTree sha256")
                    || line.ends_with(" dirHash1 gitBlob sha256")),
            "{said}"
        );
    }
    Ok(())
}

fn payload(envelope: &Value) -> Value {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(envelope["payload"].as_str().expect("text"))
        .expect("base64");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// What is in the tree has the Git object and the directory hash that Git and `sha256sum` give
/// it.
fn names_are_those_of_git_and_go(demo: &Demo, statements: &[Value]) {
    let status = demo.run(&["status", "--format", "json"]).json();
    let mut compared = 0;
    for subject in status["subjects"].as_array().expect("a list") {
        let (Some(path), Some(version)) = (subject["path"].as_str(), subject["version"].as_str())
        else {
            continue;
        };
        let name = format!(
            "{}@{version}",
            subject["subject"].as_str().unwrap_or_default()
        );
        let Some(digest) = statements
            .iter()
            .map(|statement| &statement["subject"][0])
            .find(|one| one["name"] == name)
            .map(|one| &one["digest"])
        else {
            continue;
        };
        let object = countersign_testkit::git(
            &demo.at("repo"),
            demo.dir.path(),
            &["rev-parse", &format!("HEAD:{path}")],
        );
        let kind = countersign_testkit::git(
            &demo.at("repo"),
            demo.dir.path(),
            &["cat-file", "-t", object.trim()],
        );
        let field = if kind.trim() == "tree" {
            "gitTree"
        } else {
            "gitBlob"
        };
        assert_eq!(digest[field], object.trim(), "{name}");
        let summed = demo
            .run(&["checksum", path, "--format", "json"])
            .json()
            .to_string();
        let hash = digest["dirHash1"].as_str().unwrap_or_default();
        let bytes: Vec<u8> = (0..hash.len() / 2)
            .map(|at| u8::from_str_radix(&hash[2 * at..2 * at + 2], 16).expect("hex"))
            .collect();
        let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        assert!(summed.contains(&format!("h1:{base64}")), "{name}: {summed}");
        compared += 1;
    }
    assert!(compared > 2, "the demo has approved subjects in its tree");
}
