//! Commands that findings and summaries print, typed as they stand.
//!
//! Each is typed in a clone of the scene's repository, as one person of the team after the other,
//! until it does what it says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use countersign::model::DecisionKind;
use countersign_testkit::{Output, Repo, git, program, quoted_commands, sit, typed};
use serde_json::Value;

/// Everything that is wrong with what a report advises, and the summary of the same run.
pub fn faults(repo: &Repo, report: &Value, summary: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for finding in report["findings"].as_array().into_iter().flatten() {
        for text in [&finding["help"], &finding["message"]] {
            for command in quoted_commands(text.as_str().unwrap_or_default()) {
                if seen.insert(command.to_owned()) {
                    faults.extend(fault(repo, finding, command));
                }
            }
        }
    }
    let waiting = Value::Null;
    for command in quoted_commands(summary) {
        if seen.insert(command.to_owned()) {
            faults.extend(fault(repo, &waiting, command));
        }
    }
    faults
}

/// What is wrong with one command, if no one on the team can run it.
fn fault(repo: &Repo, finding: &Value, command: &str) -> Option<String> {
    let mut words = command.split(' ').skip(1);
    let (verb, argument) = (words.next().unwrap_or_default(), words.next());
    // Whom to add, no one can know.
    if command.ends_with(" @LOGIN") {
        return None;
    }
    // A command's name, where a sentence says what writes something.
    let names = ["approve", "reviews record"];
    if names.contains(&&command["countersign ".len()..]) {
        return None;
    }
    let decides = argument.is_some() && DecisionKind::ALL.iter().any(|kind| kind.as_str() == verb);
    let now = repo.now();
    let line = if decides {
        format!("{command} --commit --now {now}")
    } else if verb == "policy" || verb == "people" || verb == "init" {
        command.to_owned()
    } else {
        format!("{command} --now {now}")
    };
    let mut said: Vec<Output> = Vec::new();
    for who in ["bob", "carol", "alice"] {
        let copy = clone(repo);
        sit(repo, who);
        if verb == "policy" {
            let policy = copy.join("countersign.yaml");
            let text = std::fs::read_to_string(&policy).unwrap_or_default();
            std::fs::write(policy, text + "# Changed.\n").expect("it is ours");
        }
        let before = tree(repo, &copy);
        let output = typed(repo, &copy, &line);
        let judges = verb == "check" && output.code == 1;
        let changed = before != tree(repo, &copy);
        if output.code == 0 && changed == decides || judges || changed && verb == "policy" {
            return None;
        }
        said.push(output);
    }
    // Who could do it signs with a key that is not at this desk.
    let elsewhere = said
        .iter()
        .any(|output| output.stderr.contains("none of your keys"));
    if elsewhere
        && finding["message"]
            .as_str()
            .is_some_and(|text| text.contains("needs bob"))
    {
        return None;
    }
    let said: String = said.iter().map(|output| output.stderr.clone()).collect();
    Some(format!(
        "`{}` advises `{command}`, which works for no one\n{}",
        finding["rule"], said
    ))
}

/// What a folder holds, committed or not.
fn tree(repo: &Repo, folder: &Path) -> String {
    git(folder, repo.beside(), &["rev-parse", "HEAD"])
        + &git(folder, repo.beside(), &["status", "--porcelain"])
}

/// A clone in which its owner commits.
fn clone(repo: &Repo) -> PathBuf {
    let copy = repo.beside().join("advised");
    if copy.exists() {
        std::fs::remove_dir_all(&copy).expect("it is ours");
    }
    let (from, to) = (repo.path(), copy.clone());
    let arguments = [
        "clone",
        "-q",
        from.to_str().unwrap_or_default(),
        to.to_str().unwrap_or_default(),
    ];
    let made = program("git", repo.beside(), &arguments, b"");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    for (key, value) in [("user.name", "A"), ("user.email", "a@example.org")] {
        git(&copy, repo.beside(), &["config", key, value]);
    }
    copy
}
