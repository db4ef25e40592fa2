//! Exports of an audit and of the log, each read again by us and, where they are installed, by programs that we did not write.
//!
//! `COUNTERSIGN_JUDGES` is a Python with compliance-trestle, in-toto-attestation, securesystemslib, duckdb and ocsf-lib; the scripts lie in
//! `tests/judges`. `COUNTERSIGN_SOFFICE` is a spreadsheet, `soffice`. Without them only our own side is run and a line says so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use countersign::model::DecisionKind;
use countersign_testkit::{Output, Repo, TestResult};
use serde_json::{Value, json};
use tempfile::TempDir;

const VARIABLE: &str = "COUNTERSIGN_JUDGES";
const HOW: &str = "set COUNTERSIGN_JUDGES to a Python with the packages that `.ci/run` installs for its judges";
/// A spreadsheet that opens the tables: `soffice`.
const SPREADSHEET: &str = "COUNTERSIGN_SOFFICE";
const NOW: &str = "2027-01-15T00:00:00Z";
/// A reason that a spreadsheet, a terminal, a line-based reader and a build runner would each like to obey.
const HOSTILE: &str = "=cmd|'/c calc'!A1; +1\n{\"action\":\"approve\"}\r\n\u{1b}[2J\u{202e}##[error]";

/// What a judge printed; `None` when there is none on this machine.
fn judged(script: &str, arguments: &[&Path]) -> Option<String> {
    let Some(python) = std::env::var_os(VARIABLE) else {
        // Past the harness, which keeps what a passing test prints.
        let _ = writeln!(std::io::stderr(), "not run: tests/judges/{script}; {HOW}");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges").join(script);
    let output = Command::new(python).arg(&script).args(arguments).output().expect("the judge's Python starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{} does not accept it:\n{out}\n{err}", script.display());
    Some(out.into_owned())
}

/// The repository of `countersign demo`: every kind, every state, refusals and a version that waits.
struct Demo {
    dir: TempDir,
}

impl Demo {
    fn build() -> Self {
        let demo = Self { dir: tempfile::tempdir().expect("the system has a place for temporary files") };
        let place = demo.dir.path().to_str().expect("temporary directories have plain names");
        Output::of(env!("CARGO_BIN_EXE_countersign"), &["-C", place, "demo", "repo"], demo.dir.path(), false).exits(0);
        demo
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let repo = self.at("repo");
        let all = [&["-C", repo.to_str().expect("a plain name"), "--now", NOW], arguments].concat();
        Output::of(env!("CARGO_BIN_EXE_countersign"), &all, self.dir.path(), true)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn out(&self, name: &str) -> String {
        self.at(name).to_str().expect("a plain name").to_owned()
    }

    fn events(&self) -> Vec<Value> {
        self.run(&["log", "--format", "json"]).exits(0).json()["events"].as_array().expect("a list").clone()
    }

    /// The demo's events in a file, one a line.
    fn ndjson(&self) -> PathBuf {
        let lines = self.run(&["log", "--format", "ndjson"]).exits(0).stdout;
        fs::write(self.at("events.ndjson"), lines).expect("the folder is ours");
        self.at("events.ndjson")
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
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
        let is_decision =
            !matches!(line["action"].as_str(), Some("landed" | "removed" | "granted" | "policy-proposed" | "policy-in-force"));
        assert_eq!(line["record"].is_string(), is_decision, "{line:#}");
    }
}

#[test]
fn a_selection_keeps_each_events_place_in_the_whole_log() {
    let demo = Demo::build();
    let all = lines(&demo.run(&["log", "--format", "ndjson"]).exits(0).stdout);
    let some = lines(&demo.run(&["log", "skill/pdf-tools", "--format", "ndjson"]).exits(0).stdout);
    assert!(!some.is_empty() && some.len() < all.len());
    let wanted: Vec<Value> = all.into_iter().filter(|line| line["subject"] == "skill/pdf-tools").collect();
    assert_eq!(some, wanted);
}

#[test]
fn formats_of_the_log_are_no_formats_of_other_commands_nor_the_other_way_round() {
    let demo = Demo::build();
    for arguments in
        [["status", "--format", "ndjson"], ["audit", "--format", "ocsf"], ["log", "--format", "csv"], ["check", "--format", "oscal"]]
    {
        demo.run(&arguments).exits(2);
    }
    for format in ["csv", "oscal"] {
        let output = demo.run(&["audit", "--format", format]).exits(2);
        assert!(output.stderr.contains("--out"), "{output}");
    }
}

/// A repository in which outsiders wrote what they liked where they could.
fn hostile() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf-tools", "1.0.0")?;
    let (carol, bob) = (repo.carol.clone(), repo.bob.clone());
    let record = repo.draft(DecisionKind::Block, &carol, "skill/pdf-tools", "1.0.0")?.reason(HOSTILE).record();
    repo.land(&carol, &record)?;
    let record = repo.draft(DecisionKind::Unblock, &bob, "skill/pdf-tools", "1.0.0")?.reason(HOSTILE).unsigned().record();
    repo.land(&bob, &record)?;
    Ok(repo)
}

#[test]
fn no_reason_makes_a_line_a_cell_or_a_command_of_its_own() -> TestResult {
    let repo = hostile()?;
    for format in ["ndjson", "ocsf"] {
        let output = repo.run(&["log", "--format", format]).exits(0);
        let events = lines(&output.stdout);
        assert!(!output.stdout.contains(['\u{1b}', '\u{202e}', '\r']) && !output.stdout.contains("##["), "{output}");
        let field = if format == "ndjson" { "reason" } else { "comment" };
        assert!(events.iter().any(|event| event[field] == HOSTILE), "the value itself is whole\n{output}");
    }
    let out = repo.beside().join("tables");
    repo.run(&["audit", "--format", "csv", "--out", out.to_str().unwrap_or_default()]).exits(0);
    let mut seen = 0;
    for entry in fs::read_dir(out.join("csv"))? {
        let text = fs::read_to_string(entry?.path())?;
        seen += text.matches("'=cmd|").count();
        assert!(!text.contains(['\u{1b}', '\u{202e}']) && !text.replace("\r\n", "").contains(['\r', '\n']), "{text}");
        assert!(!text.contains("\"=") && !text.contains("; +"), "{text}");
    }
    assert!(seen >= 2, "the reason stands in the tables");
    if let Some(tables) = judged("duckdb_csv.py", &[&out.join("csv")]) {
        let tables: Value = serde_json::from_str(&tables)?;
        let reason = tables["incidents.csv"][0]["reason"].as_str().unwrap_or_default();
        assert!(reason.starts_with("'=cmd|'/c calc'!A1; '+1\\u{a}"), "{reason}");
    }
    Ok(())
}

#[test]
fn a_spreadsheet_finds_no_formula_in_any_table() -> TestResult {
    let Some(soffice) = std::env::var_os(SPREADSHEET) else {
        let _ =
            writeln!(std::io::stderr(), "not run: tests/judges/spreadsheet.py; set {SPREADSHEET} to the soffice of libreoffice-calc-nogui");
        return Ok(());
    };
    let repo = hostile()?;
    let out = repo.beside().join("tables");
    repo.run(&["audit", "--framework", "all", "--format", "csv", "--out", out.to_str().unwrap_or_default()]).exits(0);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in [out.join("csv"), root.join("examples/audit/csv")] {
        let scratch = repo.beside().join("scratch");
        let judge = root.join("tests/judges/spreadsheet.py");
        let output = Command::new("python3").arg(judge).arg(&soffice).arg(&folder).arg(&scratch).output()?;
        let (said, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}: {said}\n{err}", folder.display());
        assert!(said.trim().parse::<u32>()? > 300, "it looked at the cells: {said}");
    }
    Ok(())
}

#[test]
fn the_five_questions_in_sql_have_the_answers_that_the_log_gives() -> TestResult {
    let demo = Demo::build();
    let events = demo.events();
    demo.ndjson();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/duckdb");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sql") && !path.ends_with("load.sql"));
    files.sort();
    assert_eq!(files.len(), 5);
    let readme = fs::read_to_string(folder.join("README.md"))?;
    for file in &files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        assert!(readme.contains(&format!("[{name}]({name})")), "{name} stands in the README");
    }
    let load = folder.join("load.sql");
    let mut arguments: Vec<&Path> = vec![demo.dir.path(), &load];
    arguments.extend(files.iter().map(PathBuf::as_path));
    let Some(answers) = judged("duckdb_run.py", &arguments) else { return Ok(()) };
    let answers = lines(&answers);
    assert_eq!(answers[0], json!(approved(&events)));
    assert_eq!(answers[1], json!(never_approved(&events)));
    assert_eq!(answers[2], json!([times(&events)]));
    assert_eq!(answers[3], json!(stopped(&events)));
    assert_eq!(answers[4], json!(refused(&events)));
    assert!(answers.iter().all(|answer| answer.as_array().is_some_and(|rows| !rows.is_empty())), "the demo has something for each");
    Ok(())
}

/// Subject, version and digest.
type Key = (String, String, String);

fn key(event: &Value) -> Key {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    (text("subject"), text("version"), text("digest"))
}

fn of<'e>(events: &'e [Value], action: &'e str) -> impl Iterator<Item = &'e Value> {
    events.iter().filter(move |event| event["action"] == action)
}

fn at(event: &Value) -> u64 {
    event["position"].as_u64().expect("a number")
}

fn seconds(event: &Value) -> i64 {
    event["time"].as_str().and_then(|time| time.parse::<countersign::model::Timestamp>().ok()).expect("a time").unix()
}

fn approved(events: &[Value]) -> Vec<Value> {
    let mut rows = Vec::new();
    for granted in of(events, "granted") {
        let counted =
            of(events, "approve").filter(|event| event["accepted"] == true && key(event) == key(granted) && at(event) <= at(granted));
        let people: BTreeSet<(&str, &str)> = counted
            .map(|event| (event["principal"].as_str().unwrap_or_default(), event["evidence"].as_str().unwrap_or_default()))
            .collect();
        if people.is_empty() {
            continue;
        }
        rows.push((
            at(granted),
            key(granted),
            json!({
                "subject": granted["subject"], "version": granted["version"], "digest": granted["digest"],
                "granted_position": granted["position"],
                "granted_time": granted["time"].as_str().unwrap_or_default().replace('T', " ").replace('Z', ""),
                "approvers": people.iter().map(|(who, _)| who).collect::<BTreeSet<_>>(),
                "evidence": people.iter().map(|(_, how)| how).collect::<BTreeSet<_>>(),
            }),
        ));
    }
    rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    rows.into_iter().map(|(_, _, row)| row).collect()
}

fn never_approved(events: &[Value]) -> Vec<Value> {
    let granted: BTreeSet<Key> = of(events, "granted").map(key).collect();
    let mut first: BTreeMap<Key, u64> = BTreeMap::new();
    for landed in of(events, "landed").filter(|landed| !granted.contains(&key(landed))) {
        let position = first.entry(key(landed)).or_insert(at(landed));
        *position = (*position).min(at(landed));
    }
    let mut rows: Vec<(u64, Key)> = first.into_iter().map(|(key, position)| (position, key)).collect();
    rows.sort();
    rows.into_iter()
        .map(|(position, (subject, version, digest))| {
            json!({"subject": subject, "version": version, "digest": digest, "landed_position": position})
        })
        .collect()
}

fn times(events: &[Value]) -> Value {
    let first = |action: &str| {
        let mut first: BTreeMap<Key, i64> = BTreeMap::new();
        for event in of(events, action) {
            first.entry(key(event)).or_insert_with(|| seconds(event));
        }
        first
    };
    let landed = first("landed");
    let mut taken: Vec<i64> = first("granted").iter().filter_map(|(key, granted)| Some(granted - landed.get(key)?)).collect();
    taken.sort_unstable();
    // Nearest rank.
    let rank = |share: usize| taken[(taken.len() * share).div_ceil(100) - 1];
    json!({"versions": taken.len(), "median_seconds": rank(50), "p90_seconds": rank(90), "longest_seconds": rank(100)})
}

fn stopped(events: &[Value]) -> Vec<Value> {
    let stops = |event: &&Value| matches!(event["action"].as_str(), Some("block" | "revoke" | "rollback")) && event["accepted"] == true;
    events
        .iter()
        .filter(stops)
        .map(|event| {
            let same = |landed: &&Value| {
                landed["subject"] == event["subject"] && landed["digest"] == event["digest"] && landed["digest"].is_string()
            };
            let landed = of(events, "landed").filter(same).map(seconds).min();
            json!({
                "action": event["action"], "subject": event["subject"], "version": event["version"], "principal": event["principal"],
                "reason": event["reason"], "position": event["position"], "exposed_seconds": landed.map(|landed| seconds(event) - landed),
            })
        })
        .collect()
}

fn refused(events: &[Value]) -> Vec<Value> {
    let mut groups: BTreeMap<(String, String), Vec<u64>> = BTreeMap::new();
    for event in events.iter().filter(|event| event["accepted"] == false && event["refused_because"].is_string()) {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        groups.entry((text("refused_because"), text("principal"))).or_default().push(at(event));
    }
    let mut rows: Vec<((String, String), Vec<u64>)> = groups.into_iter().collect();
    rows.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(&b.0)));
    rows.into_iter()
        .map(|((rule, principal), positions)| {
            json!({
                "rule": rule, "principal": principal, "decisions": positions.len(),
                "first_position": positions.iter().min(), "last_position": positions.iter().max(),
            })
        })
        .collect()
}

#[test]
fn events_for_security_tools_hold_the_class_that_they_name() -> TestResult {
    let demo = Demo::build();
    let text = demo.run(&["log", "--format", "ocsf"]).exits(0).stdout;
    let (found, events) = (lines(&text), demo.events());
    assert_eq!(found.len(), events.len());
    let uids: BTreeSet<&str> = found.iter().filter_map(|event| event["metadata"]["uid"].as_str()).collect();
    assert_eq!(uids.len(), found.len(), "every event has an identifier of its own");
    for (ocsf, event) in found.iter().zip(&events) {
        assert_eq!(ocsf["unmapped"]["action"], event["action"]);
        assert_eq!(ocsf["time"], seconds(event) * 1000);
        assert_eq!(ocsf["status_id"], if event["accepted"] == true { 1 } else { 2 });
        assert_eq!(ocsf["entity"]["uid"], event["subject"]);
    }
    fs::write(demo.at("ocsf.ndjson"), &text)?;
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ocsf/entity-management-1.8.0.json");
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
        demo.run(&[&["audit", "--format", "oscal", "--out", &out], period].concat()).exits(0);
        let (plan, results) = (Path::new(&out).join("oscal-assessment-plan.json"), Path::new(&out).join("oscal-assessment-results.json"));
        if let Some(said) = judged("oscal.py", &[&plan, &results]) {
            assert_eq!(said.trim(), "valid");
        }
    }
    Ok(())
}

#[test]
fn attestations_name_what_is_approved_and_verify_with_other_peoples_tools() -> TestResult {
    let demo = Demo::build();
    fs::write(demo.at("key"), [7; 32])?;
    let out = demo.out("signed");
    demo.run(&["audit", "--format", "intoto", "--attestation-key", &demo.out("key"), "--out", &out]).exits(0);
    let file = Path::new(&out).join("attestations.intoto.jsonl");
    let statements: Vec<Value> = lines(&fs::read_to_string(&file)?).iter().map(payload).collect();
    let status = demo.run(&["status", "--format", "json"]).json();
    let mut wanted = BTreeMap::new();
    for subject in status["subjects"].as_array().expect("a list") {
        for version in subject["versions"].as_array().expect("a list").iter().filter(|version| version["state"] == "approved") {
            let name = format!("{}@{}", subject["subject"].as_str().unwrap_or_default(), version["version"].as_str().unwrap_or_default());
            wanted.insert(name, version["digest"].as_str().unwrap_or_default().trim_start_matches("sha256:").to_owned());
        }
    }
    let found: BTreeMap<String, String> = statements
        .iter()
        .map(|statement| &statement["subject"][0])
        .map(|subject| {
            (subject["name"].as_str().unwrap_or_default().to_owned(), subject["digest"]["sha256"].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    assert!(!wanted.is_empty());
    assert_eq!(found, wanted);
    assert_eq!(statements.len(), wanted.len() * 2);
    names_are_those_of_git_and_go(&demo, &statements);
    let unsigned = demo.out("unsigned");
    let output = demo.run(&["audit", "--format", "intoto", "--out", &unsigned]).exits(0);
    assert!(output.stderr.contains("not signed"), "{output}");
    assert!(Path::new(&unsigned).join("attestations.unsigned.intoto.jsonl").is_file());
    // The public half of the key of 32 sevens.
    let public = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";
    if let Some(said) = judged("attestations.py", &[&file, Path::new(public)]) {
        assert_eq!(said.lines().count(), statements.len());
        assert!(
            said.lines().all(|line| line.ends_with(" dirHash1 gitTree sha256") || line.ends_with(" dirHash1 gitBlob sha256")),
            "{said}"
        );
    }
    Ok(())
}

fn payload(envelope: &Value) -> Value {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(envelope["payload"].as_str().expect("text")).expect("base64");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// What lies in the tree has the Git object and the directory hash that Git and `sha256sum` give it.
fn names_are_those_of_git_and_go(demo: &Demo, statements: &[Value]) {
    let status = demo.run(&["status", "--format", "json"]).json();
    let mut compared = 0;
    for subject in status["subjects"].as_array().expect("a list") {
        let (Some(path), Some(version)) = (subject["path"].as_str(), subject["version"].as_str()) else { continue };
        let name = format!("{}@{version}", subject["subject"].as_str().unwrap_or_default());
        let Some(digest) =
            statements.iter().map(|statement| &statement["subject"][0]).find(|one| one["name"] == name).map(|one| &one["digest"])
        else {
            continue;
        };
        let object = countersign_testkit::git(&demo.at("repo"), demo.dir.path(), &["rev-parse", &format!("HEAD:{path}")]);
        let kind = countersign_testkit::git(&demo.at("repo"), demo.dir.path(), &["cat-file", "-t", object.trim()]);
        let field = if kind.trim() == "tree" { "gitTree" } else { "gitBlob" };
        assert_eq!(digest[field], object.trim(), "{name}");
        let summed = demo.run(&["checksum", path, "--format", "json"]).json().to_string();
        let hash = digest["dirHash1"].as_str().unwrap_or_default();
        let bytes: Vec<u8> = (0..hash.len() / 2).map(|at| u8::from_str_radix(&hash[2 * at..2 * at + 2], 16).expect("hex")).collect();
        let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        assert!(summed.contains(&format!("h1:{base64}")), "{name}: {summed}");
        compared += 1;
    }
    assert!(compared > 2, "the demo has approved subjects in its tree");
}

#[test]
fn tables_have_the_rows_that_the_report_has() -> TestResult {
    let demo = Demo::build();
    let report = demo.run(&["audit", "--framework", "all", "--format", "json"]).exits(0).json();
    let out = demo.out("tables");
    demo.run(&["audit", "--framework", "all", "--format", "csv", "--out", &out]).exits(0);
    let Some(tables) = judged("duckdb_csv.py", &[&Path::new(&out).join("csv")]) else { return Ok(()) };
    let tables: Value = serde_json::from_str(&tables)?;
    let rows = |table: &str| tables[table].as_array().map_or(usize::MAX, Vec::len);
    let entries = |pointer: &str| report.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len);
    let within = |list: &str, inner: &str| -> usize {
        report[list].as_array().into_iter().flatten().map(|item| item[inner].as_array().map_or(0, Vec::len)).sum()
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
    for (row, event) in tables["events.csv"].as_array().into_iter().flatten().zip(report["events"].as_array().into_iter().flatten()) {
        assert_eq!(row["position"], event["at"]["position"].to_string());
        assert_eq!((&row["action"], &row["subject"]), (&event["action"], &event["subject"]));
    }
    Ok(())
}

#[test]
fn a_report_speaks_to_the_controls_that_were_asked_for_and_can_be_verified() -> TestResult {
    let demo = Demo::build();
    let output = demo.run(&["audit", "--framework", "soc2"]).exits(2);
    assert!(output.stderr.contains("soc-2") && output.stderr.contains("nist-sp-800-53-r5"), "{output}");
    let text = demo.run(&["audit", "--framework", "soc-2", "--framework", "cmmc-2", "--format", "json"]).exits(0).stdout;
    let report: Value = serde_json::from_str(&text)?;
    let names: Vec<&Value> = report["frameworks"].as_array().into_iter().flatten().map(|framework| &framework["id"]).collect();
    assert_eq!(names, ["cmmc-2", "soc-2"]);
    let packets: BTreeSet<&str> = report["changes"].as_array().into_iter().flatten().filter_map(|packet| packet["id"].as_str()).collect();
    for answer in report["evidence"].as_array().into_iter().flatten() {
        assert!(answer["packets"].as_array().into_iter().flatten().all(|packet| packets.contains(packet.as_str().unwrap_or_default())));
    }
    fs::write(demo.at("audit.json"), &text)?;
    let verified = demo.run(&["verify", &demo.out("audit.json")]).exits(0);
    assert!(verified.stdout.contains("recomputed from the repository: identical"), "{verified}");
    Ok(())
}

#[test]
fn exports_are_the_same_bytes_from_every_clone() -> TestResult {
    let (one, other) = (Demo::build(), Demo::build());
    let read = |demo: &Demo| -> Result<BTreeMap<String, Vec<u8>>, Box<dyn std::error::Error>> {
        fs::write(demo.at("key"), [7; 32])?;
        demo.run(&["audit", "--framework", "all", "--attestation-key", &demo.out("key"), "--out", &demo.out("all")]).exits(0);
        let mut files = BTreeMap::new();
        for folder in [demo.at("all"), demo.at("all").join("csv")] {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_file() {
                    files.insert(path.strip_prefix(demo.at("all"))?.display().to_string(), fs::read(&path)?);
                }
            }
        }
        Ok(files)
    };
    let (files, others) = (read(&one)?, read(&other)?);
    for name in ["audit.json", "csv/changes.csv", "oscal-assessment-results.json", "attestations.intoto.jsonl"] {
        assert!(files.contains_key(name), "{name} is among {:?}", files.keys());
    }
    assert_eq!(files, others);
    Ok(())
}
