//! The figures that follow from state, counted again: a plain model of who approved what, from `git
//! log`, `git ls-tree` and `git show`.
//!
//! It knows the demo's policy only by its lines, and nothing of ours but the report that it judges.

mod capabilities;
mod lead_times;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::figures::{Record, position, records, tally};
use super::{Demo, list};

const DAY: i64 = 86_400;
/// Who owns everything in the demo, and who is its security team.
const OWNERS: [&str; 2] = ["alice", "bob"];
const SECURITY: &str = "carol";

/// Something in a tree: its path, its Git object, and the version that it declares.
#[derive(Clone, PartialEq, Eq)]
struct Lies {
    path: String,
    object: String,
    version: String,
}

type Tree = BTreeMap<String, Lies>;
/// Subject and version: no version of the demo has two contents.
type Key = (String, String);

struct Model {
    dates: Vec<i64>,
    trees: Vec<Tree>,
    records: Vec<(u64, Record)>,
    /// Where each version met what the policy asks for.
    granted: BTreeMap<Key, usize>,
    risks: Vec<(String, String)>,
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    text.split_once(start)?
        .1
        .split_once(end)
        .map(|(found, _)| found)
}

/// What is in a landing, in the folders that the demo governs.
fn tree(demo: &Demo, commit: &str, records: &[Record]) -> Tree {
    let mut found = Tree::new();
    for folder in [
        "skills",
        "prompts",
        "servers",
        "agents",
        "contracts",
        "setups",
        "lab",
    ] {
        for line in demo
            .git(&["ls-tree", commit, &format!("{folder}/")])
            .lines()
        {
            let (head, path) = line
                .split_once('\t')
                .expect("mode, type and id, then the path");
            let name = path
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .trim_end_matches(".md")
                .trim_end_matches(".yaml");
            let kind = if folder == "lab" {
                "skill"
            } else {
                folder.trim_end_matches('s')
            };
            let subject = format!("{kind}/{name}");
            let files = demo.git(&["ls-tree", "-r", "--name-only", commit, "--", path]);
            let texts: String = files
                .lines()
                .map(|file| demo.git(&["show", &format!("{commit}:{file}")]))
                .collect();
            let said = texts.lines().find_map(|line| {
                let line = line.trim().trim_start_matches('"');
                let value = line
                    .strip_prefix("version\": ")
                    .or_else(|| line.strip_prefix("version: "))?;
                Some(value.trim_matches(|c| "\",".contains(c)).to_owned())
            });
            // Without a version of its own it goes by its checksum, which its record names.
            let version = said.or_else(|| {
                records
                    .iter()
                    .find(|one| one.subject == subject)
                    .map(|one| one.version.clone())
            });
            let object = head.rsplit(' ').next().unwrap_or_default().to_owned();
            found.insert(
                subject,
                Lies {
                    path: path.to_owned(),
                    object,
                    version: version.expect("a version"),
                },
            );
        }
    }
    found
}

impl Model {
    fn of(demo: &Demo) -> Self {
        let line = demo.line();
        let records = records(demo);
        let trees: Vec<Tree> = line
            .iter()
            .map(|commit| tree(demo, commit, &records))
            .collect();
        let dates = line
            .iter()
            .map(|commit| {
                demo.git(&["log", "-1", "--format=%ct", commit])
                    .trim()
                    .parse()
                    .expect("seconds")
            })
            .collect();
        let policy = demo.git(&["show", "HEAD:countersign.yaml"]);
        let entry = |line: &str| {
            let risk = line.split("risk: ").nth(1)?.split([',', '}']).next()?;
            Some((between(line, "path: \"", "\"")?.to_owned(), risk.to_owned()))
        };
        let risks = policy.lines().filter_map(entry).collect();
        let records = records
            .into_iter()
            .map(|one| (position(demo, &one.commit), one))
            .collect();
        let mut model = Self {
            dates,
            trees,
            records,
            granted: BTreeMap::new(),
            risks,
        };
        let mut first: BTreeMap<Key, usize> = BTreeMap::new();
        for (at, tree) in model.trees.iter().enumerate() {
            for (subject, lies) in tree {
                first
                    .entry((subject.clone(), lies.version.clone()))
                    .or_insert(at);
            }
        }
        for (key, landed) in first {
            let lies = &model.trees[landed][&key.0];
            let brought = (landed > 0).then(|| format!("{}..{}", line[landed - 1], line[landed]));
            let authors = brought
                .map(|range| demo.git(&["log", "--format=%ae", &range, "--", &lies.path]))
                .unwrap_or_default();
            let wrote: BTreeSet<&str> = authors
                .lines()
                .filter_map(|address| address.split('@').next())
                .collect();
            let met = |at: usize| model.met(&key, at, &wrote);
            if let Some(at) = (landed..line.len()).find(|at| met(*at)) {
                model.granted.insert(key, at);
            }
        }
        model
    }

    /// Whether the approvals that landed by `at` are what the demo's policy asks for.
    fn met(&self, key: &Key, at: usize, wrote: &BTreeSet<&str>) -> bool {
        let by: BTreeSet<&str> = self
            .of_version(key)
            .filter(|(landed, one)| {
                *landed as usize <= at
                    && one.decision == "approve"
                    && !wrote.contains(one.principal.as_str())
            })
            .map(|(_, one)| one.principal.as_str())
            .collect();
        let path = &self
            .trees
            .iter()
            .find_map(|tree| tree.get(&key.0))
            .expect("it landed")
            .path;
        if self.risk(path) == "high" {
            OWNERS.iter().any(|owner| by.contains(owner)) && by.contains(SECURITY)
        } else {
            !by.is_empty()
        }
    }

    fn of_version(&self, key: &Key) -> impl Iterator<Item = &(u64, Record)> {
        self.records
            .iter()
            .filter(|(_, one)| one.subject == key.0 && one.version == key.1)
    }

    /// The highest risk of the policy's lines for a path.
    fn risk(&self, path: &str) -> &str {
        let applies = |glob: &str| {
            path.strip_prefix(glob.trim_end_matches('*'))
                .is_some_and(|rest| !rest.contains('/'))
        };
        let found = self
            .risks
            .iter()
            .filter(|(glob, _)| applies(glob))
            .map(|(_, risk)| risk.as_str());
        found
            .max_by_key(|risk| {
                ["low", "medium", "high", "critical"]
                    .iter()
                    .position(|known| known == risk)
            })
            .unwrap_or("medium")
    }

    /// The state of a version once the landing `at` is there.
    fn state(&self, key: &Key, at: usize) -> &'static str {
        let flags = [
            ("revoke", "revoked"),
            ("block", "blocked"),
            ("rollback", "rolled-back"),
            ("archive", "archived"),
            ("deprecate", "deprecated"),
        ];
        let has = |decision: &str| {
            self.of_version(key)
                .any(|(landed, one)| *landed as usize <= at && one.decision == decision)
        };
        let flag = flags
            .iter()
            .find(|(decision, _)| has(decision))
            .map(|(_, state)| *state);
        flag.unwrap_or(
            if self.granted.get(key).is_some_and(|granted| *granted <= at) {
                "approved"
            } else {
                "draft"
            },
        )
    }

    fn there(&self, at: usize) -> Vec<Key> {
        self.trees[at]
            .iter()
            .map(|(subject, lies)| (subject.clone(), lies.version.clone()))
            .collect()
    }

    /// Versions in the tree that no one has approved or stopped.
    fn waiting(&self, at: usize) -> BTreeSet<Key> {
        self.there(at)
            .into_iter()
            .filter(|key| self.state(key, at) == "draft")
            .collect()
    }

    /// What is in a landing and not, with the same object, in the one before.
    fn came(&self, at: usize) -> impl Iterator<Item = Key> {
        let before = move |subject: &String| {
            at.checked_sub(1)
                .and_then(|before| self.trees[before].get(subject))
        };
        let here = self.trees[at].iter().filter(move |(subject, lies)| {
            before(subject).is_none_or(|before| before.object != lies.object)
        });
        here.map(|(subject, lies)| (subject.clone(), lies.version.clone()))
    }
}

#[test]
fn states_risks_and_approvals_are_those_of_a_model_over_git_log() {
    let demo = Demo::build();
    let report = demo.audit(&[]);
    let model = Model::of(&demo);
    let (summary, metrics) = (&report["summary"], &report["metrics"]);
    let last = model.trees.len() - 1;
    let there = model.there(last);
    assert_eq!(there.len(), 7);
    let states: Vec<&str> = there.iter().map(|key| model.state(key, last)).collect();
    let risks: Vec<&str> = model.trees[last]
        .values()
        .map(|lies| model.risk(&lies.path))
        .collect();
    assert_eq!(
        summary["approved"],
        states
            .iter()
            .filter(|state| ["approved", "deprecated"].contains(state))
            .count()
    );
    assert_eq!(
        summary["high_risk"],
        risks.iter().filter(|risk| **risk == "high").count()
    );
    assert_eq!(
        metrics["subjects_by_state"],
        tally(states.iter().map(ToString::to_string))
    );
    assert_eq!(
        metrics["subjects_by_risk"],
        tally(risks.iter().map(ToString::to_string))
    );
    let told: BTreeMap<Key, u64> = list(&report["changes"])
        .iter()
        .filter_map(|packet| {
            Some((
                (text(&packet["subject"]), text(&packet["version"])),
                packet["granted"]["position"].as_u64()?,
            ))
        })
        .collect();
    assert_eq!(
        told,
        model
            .granted
            .iter()
            .map(|(key, at)| (key.clone(), *at as u64))
            .collect()
    );
    // A version that came back came twice.
    let came = |at: usize| {
        model
            .came(at)
            .filter(|key| model.granted.contains_key(key))
            .count()
    };
    assert_eq!(
        summary["changes_approved"],
        (0..=last).map(came).sum::<usize>()
    );
    // One is an error: no drafts are allowed where it is. The other is in the lab.
    let errors = there.iter().filter(|key| {
        model.state(key, last) == "draft" && !model.trees[last][&key.0].path.starts_with("lab/")
    });
    assert_eq!(summary["exceptions"]["error"], errors.count());
    let stopped = model
        .there(last)
        .iter()
        .filter(|key| ["blocked", "revoked", "rolled-back"].contains(&model.state(key, last)))
        .count();
    assert_eq!(summary["incidents_open"], stopped);
    let policies = demo.git(&[
        "log",
        "--first-parent",
        "--format=%H",
        "--",
        "countersign.yaml",
    ]);
    assert_eq!(
        summary["policy_changes"],
        policies.lines().count() - 1,
        "the first is the anchor's"
    );
    let policy = demo.git(&["show", "HEAD:countersign.yaml"]);
    assert!(
        !policy.contains("review_every") && !policy.contains("expire"),
        "nothing can be overdue or expire in the demo"
    );
    assert_eq!(
        (&summary["reviews_overdue"], &summary["approvals_expired"]),
        (&json!(0), &json!(0))
    );
}

#[test]
fn every_step_of_the_series_is_counted_again() {
    let demo = Demo::build();
    let report = demo.audit(&[]);
    let model = Model::of(&demo);
    let day = |at: usize| model.dates[at].div_euclid(DAY);
    let (first, last) = (day(0), day(model.trees.len() - 1));
    let series = list(&report["metrics"]["series"]);
    assert_eq!(
        series.len() as i64,
        last - first + 1,
        "a month is told by days"
    );
    let contributor = |one: &Record| {
        one.subject == "skill/release-notes" && one.decision == "approve" && one.principal == "bob"
    };
    let mut waited = BTreeSet::new();
    for (step, of) in series.iter().zip(first..) {
        let within: Vec<usize> = (0..model.trees.len()).filter(|at| day(*at) == of).collect();
        let end = (0..model.trees.len())
            .rfind(|at| day(*at) <= of)
            .expect("it begins with the anchor");
        let decided = |test: &dyn Fn(&Record) -> bool| {
            model
                .records
                .iter()
                .filter(|(at, one)| within.contains(&(*at as usize)) && test(one))
                .count()
        };
        let there = model.there(end);
        let opened: BTreeSet<Key> = within
            .iter()
            .flat_map(|at| model.waiting(*at))
            .filter(|key| !waited.contains(key))
            .collect();
        let waiting = model.waiting(end);
        let good = there
            .iter()
            .filter(|key| model.granted.get(key).is_some_and(|at| *at <= end))
            .filter(|key| !["blocked", "revoked", "rolled-back"].contains(&model.state(key, end)));
        let began = list(&report["exceptions"])
            .iter()
            .filter(|one| one["open"] == true);
        let began = began
            .filter(|one| {
                one["position"]
                    .as_u64()
                    .is_some_and(|at| within.contains(&(at as usize)))
            })
            .count();
        let wanted = json!({
            "from": step["from"], "to": step["to"],
            "position": end,
            "landed": within.iter().map(|at| model.came(*at).count()).sum::<usize>(),
            "granted": model.granted.values().filter(|at| within.contains(at)).count(),
            "refused": decided(&contributor),
            "stopped": decided(&|one| ["block", "revoke"].contains(&one.decision.as_str())),
            "subjects": there.len(),
            "approved": good.count(),
            "owned": there.len(),
            "awaiting_opened": opened.len(),
            "awaiting_closed": waited.union(&opened).filter(|key| !waiting.contains(key)).count(),
            "awaiting": waiting.len(),
            "findings_began": began,
        });
        assert_eq!(*step, wanted);
        waited = waiting;
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
