//! Exports of an audit and of the log, each read again by us and, where they are installed, by
//! programs that we did not write.
//!
//! `COUNTERSIGN_JUDGES` is a Python with compliance-trestle and its cmarkgfm, in-toto-attestation,
//! securesystemslib, duckdb and ocsf-lib; the scripts are in `tests/judges`. `COUNTERSIGN_SOFFICE`
//! is a spreadsheet, `soffice`. Without them only our own side is run and a line says so.

mod attestations;
mod hostile_reasons;
mod markdown;
mod sql;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use countersign_testkit::{Output, TestResult};
use serde_json::Value;
use tempfile::TempDir;

const VARIABLE: &str = "COUNTERSIGN_JUDGES";
const HOW: &str =
    "set COUNTERSIGN_JUDGES to a Python with the packages that `.ci/run` installs for its judges";
const NOW: &str = "2027-01-15T00:00:00Z";
/// What a judge printed; `None` when there is none on this machine.
fn judged(script: &str, arguments: &[&Path]) -> Option<String> {
    let Some(python) = std::env::var_os(VARIABLE) else {
        // Past the harness, which keeps what a passing test prints.
        let _ = writeln!(std::io::stderr(), "not run: tests/judges/{script}; {HOW}");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/judges")
        .join(script);
    let output = Command::new(python)
        .arg(&script)
        .args(arguments)
        .output()
        .expect("the judge's Python starts");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "{} does not accept it:\n{out}\n{err}",
        script.display()
    );
    Some(out.into_owned())
}

/// The repository of `countersign demo`: every kind, every state, refusals and a version that
/// waits.
struct Demo {
    dir: TempDir,
}

impl Demo {
    fn build() -> Self {
        let demo = Self {
            dir: tempfile::tempdir().expect("the system has a place for temporary files"),
        };
        let place = demo
            .dir
            .path()
            .to_str()
            .expect("temporary directories have plain names");
        Output::of(
            env!("CARGO_BIN_EXE_countersign"),
            &["-C", place, "demo", "repo"],
            demo.dir.path(),
            false,
        )
        .exits(0);
        demo
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let repo = self.at("repo");
        let all = [
            &["-C", repo.to_str().expect("a plain name"), "--now", NOW],
            arguments,
        ]
        .concat();
        Output::of(
            env!("CARGO_BIN_EXE_countersign"),
            &all,
            self.dir.path(),
            true,
        )
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn out(&self, name: &str) -> String {
        self.at(name).to_str().expect("a plain name").to_owned()
    }

    fn events(&self) -> Vec<Value> {
        self.run(&["log", "--format", "json"]).exits(0).json()["events"]
            .as_array()
            .expect("a list")
            .clone()
    }

    /// The demo's events in a file, one a line.
    fn ndjson(&self) -> PathBuf {
        let lines = self.run(&["log", "--format", "ndjson"]).exits(0).stdout;
        fs::write(self.at("events.ndjson"), lines).expect("the folder is ours");
        self.at("events.ndjson")
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn every_line_of_the_stream_is_an_event_of_the_log() {
    let demo = Demo::build();
    let streamed = lines(&demo.run(&["log", "--format", "ndjson"]).exits(0).stdout);
    let events = demo.events();
    assert_eq!(streamed.len(), events.len());
    for (sequence, (line, event)) in streamed.iter().zip(&events).enumerate() {
        assert_eq!(line["schema"], "countersign.event/v1");
        assert_eq!(line["repository"], "github.com/acme/agent-skills");
        assert_eq!(line["sequence"], sequence);
        for (name, value) in event.as_object().expect("an object") {
            assert_eq!(line[name], *value, "{name} of {sequence}");
        }
        let is_decision = !matches!(
            line["action"].as_str(),
            Some("landed" | "removed" | "granted" | "policy-proposed" | "policy-in-force")
        );
        assert_eq!(line["record"].is_string(), is_decision, "{line:#}");
    }
}

#[test]
fn a_selection_keeps_each_events_place_in_the_whole_log() {
    let demo = Demo::build();
    let all = lines(&demo.run(&["log", "--format", "ndjson"]).exits(0).stdout);
    let some = lines(
        &demo
            .run(&["log", "skill/pdf-tools", "--format", "ndjson"])
            .exits(0)
            .stdout,
    );
    assert!(!some.is_empty() && some.len() < all.len());
    let wanted: Vec<Value> = all
        .into_iter()
        .filter(|line| line["subject"] == "skill/pdf-tools")
        .collect();
    assert_eq!(some, wanted);
}

#[test]
fn the_log_and_other_commands_do_not_share_formats() {
    let demo = Demo::build();
    for arguments in [
        ["status", "--format", "ndjson"],
        ["audit", "--format", "ocsf"],
        ["log", "--format", "csv"],
        ["check", "--format", "oscal"],
    ] {
        demo.run(&arguments).exits(2);
    }
    for format in ["csv", "oscal"] {
        let output = demo.run(&["audit", "--format", format]).exits(2);
        assert!(output.stderr.contains("--out"), "{output}");
    }
}

fn seconds(event: &Value) -> i64 {
    event["time"]
        .as_str()
        .and_then(|time| time.parse::<countersign::model::Timestamp>().ok())
        .expect("a time")
        .unix()
}

#[test]
fn events_for_security_tools_conform_to_the_class_that_they_name() -> TestResult {
    let demo = Demo::build();
    let text = demo.run(&["log", "--format", "ocsf"]).exits(0).stdout;
    let (found, events) = (lines(&text), demo.events());
    assert_eq!(found.len(), events.len());
    let uids: BTreeSet<&str> = found
        .iter()
        .filter_map(|event| event["metadata"]["uid"].as_str())
        .collect();
    assert_eq!(
        uids.len(),
        found.len(),
        "every event has an identifier of its own"
    );
    for (ocsf, event) in found.iter().zip(&events) {
        assert_eq!(ocsf["unmapped"]["action"], event["action"]);
        assert_eq!(ocsf["time"], seconds(event) * 1000);
        assert_eq!(
            ocsf["status_id"],
            if event["accepted"] == true { 1 } else { 2 }
        );
        assert_eq!(ocsf["entity"]["uid"], event["subject"]);
    }
    fs::write(demo.at("ocsf.ndjson"), &text)?;
    let schema =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ocsf/entity-management-1.8.0.json");
    if let Some(count) = judged("ocsf_events.py", &[&schema, &demo.at("ocsf.ndjson")]) {
        assert_eq!(count.trim(), found.len().to_string());
    }
    Ok(())
}

#[test]
fn trestle_accepts_the_plan_and_the_results() -> TestResult {
    let demo = Demo::build();
    for (out, period) in [("whole", &[][..]), ("part", &["--since", "2026-10-01"][..])] {
        let out = demo.out(out);
        demo.run(&[&["audit", "--format", "oscal", "--out", &out], period].concat())
            .exits(0);
        let (plan, results) = (
            Path::new(&out).join("oscal-assessment-plan.json"),
            Path::new(&out).join("oscal-assessment-results.json"),
        );
        if let Some(said) = judged("oscal.py", &[&plan, &results]) {
            assert_eq!(said.trim(), "valid");
        }
    }
    Ok(())
}

#[test]
fn tables_have_the_rows_that_the_report_has() -> TestResult {
    let demo = Demo::build();
    let report = demo
        .run(&["audit", "--framework", "all", "--format", "json"])
        .exits(0)
        .json();
    let out = demo.out("tables");
    demo.run(&[
        "audit",
        "--framework",
        "all",
        "--format",
        "csv",
        "--out",
        &out,
    ])
    .exits(0);
    let Some(tables) = judged("duckdb_csv.py", &[&Path::new(&out).join("csv")]) else {
        return Ok(());
    };
    let tables: Value = serde_json::from_str(&tables)?;
    let rows = |table: &str| tables[table].as_array().map_or(usize::MAX, Vec::len);
    let entries = |pointer: &str| {
        report
            .pointer(pointer)
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    };
    let within = |list: &str, inner: &str| -> usize {
        report[list]
            .as_array()
            .into_iter()
            .flatten()
            .map(|item| item[inner].as_array().map_or(0, Vec::len))
            .sum()
    };
    for (table, wanted) in [
        ("inventory.csv", entries("/inventory")),
        ("changes.csv", entries("/changes")),
        ("decisions.csv", within("changes", "decisions")),
        ("capabilities.csv", within("changes", "capabilities")),
        ("exceptions.csv", entries("/exceptions")),
        ("permissions.csv", within("access", "principals")),
        ("administration.csv", entries("/administration")),
        ("incidents.csv", entries("/incidents")),
        ("reviews.csv", entries("/reviews")),
        ("expiring.csv", entries("/expiring")),
        ("retention.csv", entries("/retention")),
        ("events.csv", entries("/events")),
        ("evidence.csv", entries("/evidence")),
        ("controls.csv", within("frameworks", "controls")),
    ] {
        assert_eq!(rows(table), wanted, "{table}");
    }
    for (row, event) in tables["events.csv"]
        .as_array()
        .into_iter()
        .flatten()
        .zip(report["events"].as_array().into_iter().flatten())
    {
        assert_eq!(row["position"], event["at"]["position"].to_string());
        assert_eq!(
            (&row["action"], &row["subject"]),
            (&event["action"], &event["subject"])
        );
    }
    Ok(())
}

#[test]
fn a_report_covers_the_requested_controls_and_can_be_verified() -> TestResult {
    let demo = Demo::build();
    let output = demo.run(&["audit", "--framework", "soc2"]).exits(2);
    assert!(
        output.stderr.contains("soc-2") && output.stderr.contains("nist-sp-800-53-r5"),
        "{output}"
    );
    let text = demo
        .run(&[
            "audit",
            "--framework",
            "soc-2",
            "--framework",
            "cmmc-2",
            "--format",
            "json",
        ])
        .exits(0)
        .stdout;
    let report: Value = serde_json::from_str(&text)?;
    let names: Vec<&Value> = report["frameworks"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|framework| &framework["id"])
        .collect();
    assert_eq!(names, ["cmmc-2", "soc-2"]);
    let packets: BTreeSet<&str> = report["changes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|packet| packet["id"].as_str())
        .collect();
    for answer in report["evidence"].as_array().into_iter().flatten() {
        assert!(
            answer["packets"]
                .as_array()
                .into_iter()
                .flatten()
                .all(|packet| packets.contains(packet.as_str().unwrap_or_default()))
        );
    }
    fs::write(demo.at("audit.json"), &text)?;
    let verified = demo.run(&["verify", &demo.out("audit.json")]).exits(0);
    assert!(
        verified
            .stdout
            .contains("recomputed from the repository: identical"),
        "{verified}"
    );
    Ok(())
}

#[test]
fn exports_are_the_same_bytes_from_every_clone() -> TestResult {
    let (one, other) = (Demo::build(), Demo::build());
    let read = |demo: &Demo| -> Result<BTreeMap<String, Vec<u8>>, Box<dyn std::error::Error>> {
        fs::write(demo.at("key"), [7; 32])?;
        demo.run(&[
            "audit",
            "--framework",
            "all",
            "--attestation-key",
            &demo.out("key"),
            "--out",
            &demo.out("all"),
        ])
        .exits(0);
        let mut files = BTreeMap::new();
        for folder in [demo.at("all"), demo.at("all").join("csv")] {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_file() {
                    files.insert(
                        path.strip_prefix(demo.at("all"))?.display().to_string(),
                        fs::read(&path)?,
                    );
                }
            }
        }
        Ok(files)
    };
    let (files, others) = (read(&one)?, read(&other)?);
    for name in [
        "audit.json",
        "csv/changes.csv",
        "oscal-assessment-results.json",
        "attestations.intoto.jsonl",
    ] {
        assert!(
            files.contains_key(name),
            "{name} is among {:?}",
            files.keys()
        );
    }
    assert_eq!(files, others);
    Ok(())
}
