//! Files and capabilities of each change, read again from its trees.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Model, between, text};
use crate::audit::{Demo, list};

#[test]
fn files_and_capabilities_of_each_change_are_those_of_its_trees() {
    let demo = Demo::build();
    let report = demo.audit(&[]);
    let model = Model::of(&demo);
    let line = demo.line();
    let empty = demo
        .git(&["hash-object", "-t", "tree", "/dev/null"])
        .trim()
        .to_owned();
    let mut seen = BTreeSet::new();
    for packet in list(&report["changes"]) {
        let at = packet["landed"]["position"].as_u64().expect("a position") as usize;
        let subject = text(&packet["subject"]);
        let lies = |at: usize| model.trees[at].get(&subject);
        let path = lies(at)
            .or_else(|| lies(at - 1))
            .map(|lies| lies.path.clone())
            .expect("it lay there");
        let before = if at == 0 { &empty } else { &line[at - 1] };
        let diff = demo.git(&[
            "diff",
            "--name-status",
            "--no-renames",
            before,
            &line[at],
            "--",
            &path,
        ]);
        let word = |letter: &str| match letter {
            "A" => "added",
            "D" => "removed",
            _ => "changed",
        };
        let files = diff
            .lines()
            .map(|line| line.split_once('\t').expect("a letter and a path"));
        let inside = |file: &str| {
            file.strip_prefix(&format!("{path}/"))
                .or_else(|| file.rsplit('/').next())
                .unwrap_or_default()
                .to_owned()
        };
        let wanted: Vec<Value> = files
            .map(|(letter, file)| json!({"path": inside(file), "change": word(letter)}))
            .collect();
        assert_eq!(packet["files"], Value::Array(wanted), "{}", packet["id"]);
        let side = |commit: Option<&String>| {
            commit
                .map(|commit| powers(&demo, commit, &path))
                .unwrap_or_default()
        };
        let (had, has) = (
            side(at.checked_sub(1).map(|at| &line[at])),
            side(Some(&line[at])),
        );
        let mut wanted: BTreeSet<(String, String, &str)> = has
            .difference(&had)
            .map(|(aspect, item)| (aspect.clone(), item.clone(), "added"))
            .collect();
        wanted.extend(
            had.difference(&has)
                .map(|(aspect, item)| (aspect.clone(), item.clone(), "removed")),
        );
        let told: BTreeSet<(String, String, &str)> = list(&packet["capabilities"])
            .iter()
            .map(|one| {
                (
                    text(&one["aspect"]),
                    text(&one["item"]),
                    one["change"].as_str().unwrap_or_default(),
                )
            })
            .filter(|(aspect, item, _)| {
                ["script", "tool", "host"].contains(&aspect.as_str()) || item.starts_with("uses ")
            })
            .collect();
        assert_eq!(told, wanted, "{}", packet["id"]);
        let wider = list(&packet["capabilities"])
            .iter()
            .any(|one| (one["change"] == "added") == (one["aspect"] != "restriction"));
        assert_eq!(packet["widens"], wider, "{}", packet["id"]);
        seen.extend(told.into_iter().map(|(aspect, _, _)| aspect));
    }
    assert_eq!(seen.len(), 4, "the demo has each: {seen:?}");
    let widening = list(&report["changes"])
        .iter()
        .filter(|packet| packet["widens"] == true)
        .count();
    let answer = list(&report["evidence"])
        .iter()
        .find(|answer| answer["query"] == "capability-changes")
        .expect("it is asked");
    assert_eq!(list(&answer["packets"]).len(), widening);
    assert!(
        text(&answer["answer"]).starts_with(&format!("{widening} change")),
        "{answer}"
    );
}

/// What a package may run, call and use, as plain words in its files: scripts, an agent's tools, a
/// contract's tool, hosts, uses.
fn powers(demo: &Demo, commit: &str, path: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut add = |aspect: &str, item: &str| found.insert((aspect.to_owned(), item.to_owned()));
    for file in demo
        .git(&["ls-tree", "-r", "--name-only", commit, "--", path])
        .lines()
    {
        let text = demo.git(&["show", &format!("{commit}:{file}")]);
        if let Some(script) = file
            .strip_prefix(&format!("{path}/"))
            .filter(|file| file.starts_with("scripts/"))
        {
            add("script", script);
        }
        for line in text
            .lines()
            .filter(|_| file.ends_with(".yaml") || file.ends_with(".json"))
        {
            let line = line.trim();
            if let Some(tools) = line.strip_prefix("tools: [") {
                for tool in tools.trim_end_matches(']').split(", ") {
                    add("tool", tool);
                }
            }
            if let Some(tool) = line.strip_prefix("tool: ") {
                add("tool", tool);
            }
            if let Some(uses) = line.strip_prefix("- \"").filter(|line| line.contains("@^")) {
                add(
                    "permission",
                    &format!("uses {}", uses.trim_end_matches('"')),
                );
            }
            if let Some(host) = between(line, "\"https://", "/") {
                add("host", host);
            }
        }
    }
    found
}
