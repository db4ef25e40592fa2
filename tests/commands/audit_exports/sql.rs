//! The five questions in SQL, answered again from the log by plain counting.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use countersign_testkit::TestResult;
use serde_json::{Value, json};

use super::{Demo, judged, lines, seconds};

#[test]
fn the_five_questions_in_sql_have_the_answers_that_the_log_gives() -> TestResult {
    let demo = Demo::build();
    let events = demo.events();
    demo.ndjson();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/duckdb");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|path| {
        path.extension().is_some_and(|extension| extension == "sql") && !path.ends_with("load.sql")
    });
    files.sort();
    assert_eq!(files.len(), 5);
    let readme = fs::read_to_string(folder.join("README.md"))?;
    for file in &files {
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        assert!(
            readme.contains(&format!("[{name}]({name})")),
            "{name} stands in the README"
        );
    }
    let load = folder.join("load.sql");
    let mut arguments: Vec<&Path> = vec![demo.dir.path(), &load];
    arguments.extend(files.iter().map(PathBuf::as_path));
    let Some(answers) = judged("duckdb_run.py", &arguments) else {
        return Ok(());
    };
    let answers = lines(&answers);
    assert_eq!(answers[0], json!(approved(&events)));
    assert_eq!(answers[1], json!(never_approved(&events)));
    assert_eq!(answers[2], json!([times(&events)]));
    assert_eq!(answers[3], json!(stopped(&events)));
    assert_eq!(answers[4], json!(refused(&events)));
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_array().is_some_and(|rows| !rows.is_empty())),
        "the demo has something for each"
    );
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

fn approved(events: &[Value]) -> Vec<Value> {
    let mut rows = Vec::new();
    for granted in of(events, "granted") {
        let counted = of(events, "approve").filter(|event| {
            event["accepted"] == true && key(event) == key(granted) && at(event) <= at(granted)
        });
        let people: BTreeSet<(&str, &str)> = counted
            .map(|event| {
                (
                    event["principal"].as_str().unwrap_or_default(),
                    event["evidence"].as_str().unwrap_or_default(),
                )
            })
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
    let mut rows: Vec<(u64, Key)> = first
        .into_iter()
        .map(|(key, position)| (position, key))
        .collect();
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
    let mut taken: Vec<i64> = first("granted")
        .iter()
        .filter_map(|(key, granted)| Some(granted - landed.get(key)?))
        .collect();
    taken.sort_unstable();
    // Nearest rank.
    let rank = |share: usize| taken[(taken.len() * share).div_ceil(100) - 1];
    json!({"versions": taken.len(), "median_seconds": rank(50), "p90_seconds": rank(90), "longest_seconds": rank(100)})
}

fn stopped(events: &[Value]) -> Vec<Value> {
    let stops = |event: &&Value| {
        matches!(
            event["action"].as_str(),
            Some("block" | "revoke" | "rollback")
        ) && event["accepted"] == true
    };
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
                "reason": event["reason"], "position": event["position"], "exposure_seconds": landed.map(|landed| seconds(event) - landed),
            })
        })
        .collect()
}

fn refused(events: &[Value]) -> Vec<Value> {
    let mut groups: BTreeMap<(String, String), Vec<u64>> = BTreeMap::new();
    for event in events
        .iter()
        .filter(|event| event["accepted"] == false && event["refused_because"].is_string())
    {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        groups
            .entry((text("refused_because"), text("principal")))
            .or_default()
            .push(at(event));
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
