//! Every number of the report, recomputed from `git log` and the record files by other means.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Demo, list};

/// A record as its text says: no YAML reader of ours.
pub struct Record {
    /// The word.
    pub decision: String,
    /// What about.
    pub subject: String,
    /// Which version.
    pub version: String,
    /// Who.
    pub principal: String,
    /// Where it is.
    pub path: String,
    /// The landing.
    pub commit: String,
}

/// Every record that a first-parent commit added, oldest first, by `git log`.
pub fn records(demo: &Demo) -> Vec<Record> {
    let log = demo.git(&[
        "log",
        "--first-parent",
        "-m",
        "--reverse",
        "--diff-filter=A",
        "--name-only",
        "--format=%x01%H",
        "--",
        "approvals",
    ]);
    let mut found = Vec::new();
    for commit in log.split('\u{1}').skip(1) {
        let mut lines = commit.lines().filter(|line| !line.is_empty());
        let id = lines.next().expect("a commit").to_owned();
        for path in lines.filter(|path| path.ends_with(".yaml")) {
            let text = demo.git(&["show", &format!("{id}:{path}")]);
            let field = |name: &str| {
                let line = text
                    .lines()
                    .find_map(|line| line.strip_prefix(&format!("{name}: ")));
                line.unwrap_or_default().trim_matches('"').to_owned()
            };
            found.push(Record {
                decision: field("decision"),
                subject: field("subject"),
                version: field("version"),
                principal: field("principal"),
                path: path.to_owned(),
                commit: id.clone(),
            });
        }
    }
    found
}

/// Where a commit is.
pub fn position(demo: &Demo, commit: &str) -> u64 {
    demo.line()
        .iter()
        .position(|id| id == commit)
        .expect("it is on the line") as u64
}

/// How many times each word occurs.
pub fn tally(words: impl Iterator<Item = String>) -> Value {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    counts
        .into_iter()
        .map(|(name, count)| json!({"name": name, "count": count}))
        .collect()
}

/// Folders and files that the demo's policy governs.
fn packages(demo: &Demo, commit: &str) -> BTreeMap<String, String> {
    let tree = demo.git(&["ls-tree", "-r", "--name-only", commit]);
    let mut found = BTreeMap::new();
    for path in tree.lines() {
        let mut steps = path.split('/');
        let (Some(kind), Some(name)) = (steps.next(), steps.next()) else {
            continue;
        };
        let kind = match kind {
            "lab" => "skill",
            kind => kind.strip_suffix('s').unwrap_or(kind),
        };
        if ["skill", "prompt", "server", "agent", "contract", "setup"].contains(&kind) {
            let id = demo.git(&[
                "rev-parse",
                &format!(
                    "{commit}:{}/{name}",
                    path.split('/').next().unwrap_or_default()
                ),
            ]);
            let name = name.trim_end_matches(".md").trim_end_matches(".yaml");
            found.insert(format!("{kind}/{name}"), id.trim().to_owned());
        }
    }
    found
}

#[test]
fn decisions_are_those_that_git_log_has() {
    let demo = Demo::build();
    let report = demo.audit(&[]);
    let records = records(&demo);
    assert!(records.len() > 15, "the demo has many decisions");
    let told: BTreeSet<(String, String, u64)> = list(&report["events"])
        .iter()
        .filter(|event| !event["record"].is_null())
        .map(|event| {
            let by = event["by"]["principal"].as_str().unwrap_or_default();
            let what = format!(
                "{} {} {} {by}",
                event["action"], event["subject"], event["version"]
            )
            .replace('"', "");
            (
                what,
                event["at"]["commit"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                event["at"]["position"].as_u64().unwrap_or_default(),
            )
        })
        .collect();
    let wanted: BTreeSet<(String, String, u64)> = records
        .iter()
        .map(|one| {
            let what = format!(
                "{} {} {} {}",
                one.decision, one.subject, one.version, one.principal
            );
            (what, one.commit.clone(), position(&demo, &one.commit))
        })
        .collect();
    assert_eq!(told, wanted);
    // Bob approves what he wrote himself, once; everything else counts.
    let refused: Vec<&Record> = records
        .iter()
        .filter(|one| {
            one.decision == "approve"
                && one.principal == "bob"
                && one.subject == "skill/release-notes"
        })
        .collect();
    assert_eq!(report["summary"]["decisions_refused"], refused.len());
    assert_eq!(
        report["summary"]["decisions"],
        records.len() - refused.len()
    );
    assert_eq!(
        report["metrics"]["refused_by_rule"],
        json!([{"name": "self-approval", "count": refused.len()}])
    );
    let counted = || {
        records
            .iter()
            .filter(|one| !refused.iter().any(|refused| refused.path == one.path))
    };
    assert_eq!(
        report["metrics"]["decisions_by_kind"],
        tally(counted().map(|one| one.decision.clone()))
    );
    let approvals = counted().filter(|one| one.decision == "approve");
    assert_eq!(
        report["metrics"]["approvals_by_evidence"],
        tally(approvals.map(|_| "signature".to_owned()))
    );
    let stops =
        counted().filter(|one| ["block", "revoke", "rollback"].contains(&one.decision.as_str()));
    assert_eq!(report["summary"]["incidents"], stops.count());
}

#[test]
fn inventory_and_changes_are_those_of_the_trees() {
    let demo = Demo::build();
    let report = demo.audit(&[]);
    let line = demo.line();
    assert_eq!(report["period"]["landings"], line.len());
    assert_eq!(
        (
            report["scope"]["head"]["commit"].as_str(),
            report["scope"]["anchor"]["commit"].as_str()
        ),
        (
            line.last().map(String::as_str),
            line.first().map(String::as_str)
        )
    );
    let there = packages(&demo, "HEAD");
    let told: BTreeSet<&str> = list(&report["inventory"])
        .iter()
        .filter(|item| !list(&item["paths"]).is_empty())
        .filter_map(|item| item["subject"].as_str())
        .collect();
    assert_eq!(told, there.keys().map(String::as_str).collect());
    assert_eq!(report["summary"]["subjects"], there.len());
    assert_eq!(
        report["summary"]["owned"],
        there.len(),
        "the policy names owners for every path"
    );
    // A package changed where its Git object differs from the landing before.
    let mut wanted = BTreeSet::new();
    let mut before = BTreeMap::new();
    for (position, commit) in line.iter().enumerate() {
        let after = packages(&demo, commit);
        for name in before.keys().chain(after.keys()) {
            let change = match (before.get(name), after.get(name)) {
                (None, Some(_)) => "added",
                (Some(_), None) => "removed",
                (one, other) if one != other => "changed",
                _ => continue,
            };
            wanted.insert((position as u64, name.clone(), change.to_owned()));
        }
        before = after;
    }
    let told: BTreeSet<(u64, String, String)> = list(&report["changes"])
        .iter()
        .map(|packet| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (
                packet["landed"]["position"].as_u64().unwrap_or_default(),
                text(&packet["subject"]),
                text(&packet["change"]),
            )
        })
        .collect();
    assert_eq!(told, wanted);
    assert_eq!(report["summary"]["changes"], wanted.len());
}

#[test]
fn lead_times_are_differences_of_commit_dates() {
    let demo = Demo::build();
    let report = demo.audit(&[]);
    let dates: Vec<i64> = demo
        .git(&["log", "--first-parent", "--reverse", "--format=%ct"])
        .lines()
        .map(|line| line.parse().expect("seconds"))
        .collect();
    let mut times: Vec<i64> = Vec::new();
    for packet in list(&report["changes"]) {
        let Some(granted) = packet["granted"]["position"].as_u64() else {
            assert!(packet["lead_time"].is_null());
            continue;
        };
        let landed = packet["landed"]["position"].as_u64().expect("a position");
        if granted < landed {
            assert!(
                packet["lead_time"].is_null(),
                "bytes that come back need no approval: {packet:#}"
            );
            continue;
        }
        let time = dates[granted as usize] - dates[landed as usize];
        assert_eq!(packet["lead_time"], time, "{packet:#}");
        times.push(time);
    }
    times.sort_unstable();
    let lead = &report["metrics"]["lead_time"];
    assert_eq!(
        (
            lead["count"].as_u64(),
            lead["median"].as_i64(),
            lead["max"].as_i64()
        ),
        (
            Some(times.len() as u64),
            Some(times[times.len().div_ceil(2) - 1]),
            times.last().copied()
        )
    );
    assert_eq!(
        lead["p90"].as_i64(),
        Some(times[(times.len() * 9).div_ceil(10) - 1])
    );
    // The revoked Skill landed, and was revoked in the very next landing.
    let incident = list(&report["incidents"])
        .iter()
        .find(|one| one["action"] == "revoke")
        .expect("one was revoked");
    let (landed, at) = (
        incident["landed"]["position"].as_u64().expect("it landed"),
        incident["at"]["position"].as_u64().expect("a position"),
    );
    assert_eq!(
        incident["exposure"],
        dates[at as usize] - dates[landed as usize]
    );
    assert_eq!(
        (&incident["in_force"], &incident["present"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn the_series_adds_up_to_the_events() {
    let demo = Demo::build();
    let report = demo.audit(&[]);
    let series = list(&report["metrics"]["series"]);
    let sum = |name: &str| {
        series
            .iter()
            .filter_map(|step| step[name].as_u64())
            .sum::<u64>()
    };
    let events = |test: &dyn Fn(&Value) -> bool| {
        list(&report["events"])
            .iter()
            .filter(|event| test(event))
            .count() as u64
    };
    assert_eq!(sum("landed"), events(&|event| event["action"] == "landed"));
    assert_eq!(
        sum("granted"),
        events(&|event| event["action"] == "granted")
    );
    assert_eq!(
        sum("refused"),
        events(&|event| !event["record"].is_null() && event["effect"] == false)
    );
    let last = series.last().expect("a step");
    assert_eq!(last["subjects"], report["summary"]["subjects"]);
    // The two drafts of the demo wait at the end, and nothing else does.
    assert_eq!(last["awaiting"], 2);
    assert_eq!(sum("awaiting_opened") - sum("awaiting_closed"), 2);
}

#[test]
fn a_period_is_made_of_landings_by_ledger_time_or_by_commit() {
    let demo = Demo::build();
    let line = demo.line();
    let whole = demo.audit(&[]);
    let middle = &line[12];
    let first = demo.audit(&["--until", middle]);
    let second = demo.audit(&["--since", middle]);
    assert_eq!(
        (&first["period"]["landings"], &second["period"]["landings"]),
        (&json!(13), &json!(line.len() - 13))
    );
    let count = |report: &Value| list(&report["events"]).len();
    assert_eq!(
        count(&first) + count(&second),
        count(&whole),
        "two halves are the whole"
    );
    assert_eq!(
        first["log"]["size"].as_u64(),
        Some(count(&first) as u64 + 1)
    );
    assert_eq!(
        second["log"], whole["log"],
        "the log is about all of history"
    );
    let day = demo.git(&["log", "-1", "--format=%cs", middle]);
    let by_day = demo.audit(&["--since", day.trim(), "--until", day.trim()]);
    let days = demo.git(&["log", "--first-parent", "--format=%cs"]);
    assert_eq!(
        by_day["period"]["landings"],
        days.lines().filter(|date| *date == day.trim()).count()
    );
    let empty = demo.audit(&["--since", line.last().expect("a head")]);
    assert_eq!(
        (&empty["period"]["landings"], list(&empty["changes"]).len()),
        (&json!(0), 0)
    );
    for bad in [
        &["--until", "2001-01-01"][..],
        &["--since", "2026-02-01", "--until", "2026-01-01"],
        &["--since", "HEAD^2"],
    ] {
        let all = [&["audit"], bad].concat();
        assert_ne!(demo.run(&all).code, 0, "{bad:?}");
    }
}

#[test]
fn exceptions_are_in_order_of_weight() {
    let report = Demo::build().audit(&[]);
    let weights = |one: &Value| {
        let severity = ["error", "warning", "info"]
            .iter()
            .position(|word| one["severity"] == *word);
        (severity.expect("a severity"), one["open"] != true)
    };
    let found: Vec<_> = list(&report["exceptions"]).iter().map(weights).collect();
    assert!(found.is_sorted(), "{found:?}");
    assert!(found.first() < found.last(), "they differ in weight");
}
