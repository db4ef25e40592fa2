//! What the commands say about one record: `check` for its finding, `log` for its event, `explain`
//! for the reason.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use countersign::demo::{Person, Record};
use countersign::model::ObjectId;
use serde_json::Value;

use crate::{Checked, Repo};

/// A record at the landing that brought it.
#[derive(Clone, Copy)]
pub struct Landed<'a> {
    pub record: &'a Record,
    pub landing: ObjectId,
    pub by: &'a Person,
    pub subject: &'a str,
    pub action: &'a str,
}

/// Every event of `log`, in its order.
#[track_caller]
pub fn events(repo: &Repo) -> Vec<Value> {
    let output = repo.run(&["log", "--format", "json"]).exits(0);
    output.json()["events"]
        .as_array()
        .cloned()
        .unwrap_or_else(|| panic!("there are events\n{output}"))
}

/// The number of the policy in force.
#[track_caller]
pub fn serial(repo: &Repo) -> u64 {
    let output = repo.run(&["status", "--format", "json"]).exits(0);
    output.json()["policy_serial"]
        .as_u64()
        .unwrap_or_else(|| panic!("there is a policy in force\n{output}"))
}

/// The checksum of the policy in force.
#[track_caller]
pub fn policy_digest(repo: &Repo) -> String {
    let output = repo.run(&["status", "--format", "json"]).exits(0);
    output.json()["policy"]["digest"]
        .as_str()
        .unwrap_or_else(|| panic!("there is a policy in force\n{output}"))
        .to_owned()
}

impl Landed<'_> {
    /// The one event of `log` that this record is.
    #[track_caller]
    pub fn event(&self, repo: &Repo) -> Value {
        let all = events(repo);
        let commit = self.landing.to_string();
        let mine: Vec<&Value> = all
            .iter()
            .filter(|event| {
                event["commit"] == commit
                    && event["action"] == self.action
                    && event["principal"] == self.by.name
            })
            .filter(|event| event["subject"] == self.subject)
            .collect();
        assert_eq!(
            mine.len(),
            1,
            "the log has {} of {} at {commit} once: {all:#?}",
            self.action,
            self.by.name
        );
        mine[0].clone()
    }

    /// Asserts that the record's evidence was refused by `rule`: `check` fails at its path, `log`
    /// and `explain` give the reason.
    #[track_caller]
    pub fn is_refused(&self, repo: &Repo, rule: &str) -> Checked {
        let checked = repo.check();
        checked.assert("fail", &[rule]);
        assert_eq!(checked.code(), 1, "{checked}");
        let finding = checked.finding_at(rule, &self.record.path);
        finding
            .is("error")
            .has("commit", &self.landing.to_string())
            .has("principal", &self.by.name);
        self.log_says(repo, rule);
        checked
    }

    /// Asserts that the record was accepted and changed nothing, for the reason `rule`.
    #[track_caller]
    pub fn is_without_effect(&self, repo: &Repo, rule: &str) -> Checked {
        let checked = repo.check();
        let finding = checked.finding_at(rule, &self.record.path);
        finding
            .is("warning")
            .has("commit", &self.landing.to_string())
            .has("principal", &self.by.name);
        self.log_says(repo, rule);
        checked
    }

    /// Asserts that the record took effect and that nothing is said against it.
    #[track_caller]
    pub fn is_accepted(&self, repo: &Repo) -> Checked {
        let checked = repo.check();
        let against: Vec<_> = checked
            .findings()
            .into_iter()
            .filter(|finding| finding.text("path") == Some(&self.record.path))
            .collect();
        assert!(
            against.is_empty(),
            "nothing is found at {}: {against:#?}\n{checked}",
            self.record.path
        );
        let event = self.event(repo);
        assert_eq!(
            (&event["accepted"], &event["refused_because"]),
            (&Value::Bool(true), &Value::Null),
            "{event:#}"
        );
        checked
    }

    #[track_caller]
    fn log_says(&self, repo: &Repo, rule: &str) {
        let event = self.event(repo);
        assert_eq!(
            (&event["accepted"], &event["refused_because"]),
            (&Value::Bool(false), &Value::from(rule)),
            "{event:#}"
        );
        if !self.subject.starts_with("policy/") && !self.subject.starts_with("principal/") {
            let explained = repo.run(&["explain", self.subject]).exits(0);
            assert!(
                explained.stdout.contains(rule),
                "explain gives the reason `{rule}`\n{explained}"
            );
            assert!(
                explained.stdout.contains(&self.by.name),
                "explain names {}\n{explained}",
                self.by.name
            );
        }
    }
}
