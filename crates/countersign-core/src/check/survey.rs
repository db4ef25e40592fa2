//! One replayed tree with everything found in it.

use super::compare_link;
use super::findings::{self, About, Finding};
use super::gate::Side;
use super::landing::Facts;
use super::levels::Levels;
use super::rules::Setting;
use super::tip;
use crate::lifecycle::ledger::VersionKey;
use crate::replay::package::Package;
use crate::replay::{Replay, ReplayError, Tip};
use countersign_harness::{self as harness, Plugins};
use countersign_model::document::Problem;
use countersign_model::policy_input::Baseline;
use countersign_model::{Fact, ObjectId, Observation, Policy, RuleId, Timestamp};

/// A replay, the tree at its head, and the findings of both.
#[derive(Debug)]
pub struct Survey {
    /// What history says.
    pub replay: Replay,
    /// What is in the tree.
    pub tip: Tip,
    /// Every finding, sorted.
    pub findings: Vec<Finding>,
}

impl Survey {
    /// Judges everything known. `candidate` says whether the question is about a change.
    ///
    /// `before` is the policy in force before the change, where there is one: the levels that it
    /// sets judge the change, not those that the change brings.
    pub fn new(replay: Replay, tip: Tip, candidate: bool, before: Option<&Policy>) -> Self {
        let policy = &replay.policy.policy;
        let mut levels = Levels::new(&before.unwrap_or(policy).levels);
        let setting = Setting {
            profile: policy.profile,
            candidate,
            last: Some(replay.ledger.head.position),
            policy_since: Some(replay.ledger.policy.since.position),
        };
        let no_plugins = Plugins::default();
        let loads = |package: &&Package| {
            package.is_folder
                && package.files.iter().any(|file| {
                    // By itself, wherever the folder is copied to, or as a part of a plugin that
                    // the repository lists.
                    let of_plugin = || {
                        harness::is_loaded(&tip.plugins, &format!("{}/{}", package.path, file.path))
                    };
                    harness::is_loaded(&no_plugins, &file.path)
                        || harness::is_skill_file(&file.path) && file.path.contains('/')
                        || of_plugin()
                })
        };
        let held = tip
            .packages
            .iter()
            .filter(loads)
            .map(|package| package.path.clone());
        let loaded = held.chain(tip.linked.iter().cloned()).collect();
        let facts = Facts {
            policy,
            granted_paths: replay.granted_paths(),
            plugins: &tip.plugins,
            loaded: &loaded,
        };
        let mut observed = tip::observations(&replay.ledger, &facts);
        // The tip reports each fault of an invalid policy with its line; the lifecycle has only the
        // first.
        if tip.policy_invalid {
            observed.retain(|observation| observation.rule != RuleId::PolicyInvalid);
        }
        observed.extend(tip.observations.iter().cloned());
        if !replay.anchor_pinned && !replay.line.is_empty() {
            observed
                .push(Observation::new(RuleId::AnchorNotPinned).with(Fact::Anchor, replay.anchor));
        }
        let mut found = findings::judge_all(&observed, &setting);
        for finding in &mut found {
            finding.compare = compare_link::of(finding, &replay);
        }
        for (package, problems) in tip.packages.iter().zip(&tip.problems) {
            let risk = replay
                .ledger
                .subjects
                .get(&package.at.subject)
                .map(|subject| subject.risk);
            let about = About {
                subject: Some(&package.at.subject),
                version: Some(&package.at.version),
                risk,
            };
            let is_baseline = is_baseline(&replay, package);
            let judged = problems
                .iter()
                .map(|problem| Finding::of_problem(problem, about, &setting));
            let judged = judged.filter_map(|finding| levels.apply(finding, risk));
            found.extend(judged.map(|finding| {
                if is_baseline {
                    finding.in_baseline()
                } else {
                    finding
                }
            }));
        }
        found.extend(
            tip.lint
                .iter()
                .map(|problem| Finding::of_problem(problem, About::default(), &setting)),
        );
        found.extend(levels.notes(&setting));
        findings::sort(&mut found);
        Self {
            replay,
            tip,
            findings: found,
        }
    }

    /// Adds a finding that only the caller can make.
    pub fn add(&mut self, observation: &Observation) {
        let setting = Setting {
            profile: self.replay.policy.policy.profile,
            ..Setting::default()
        };
        self.findings.push(Finding::of(observation, &setting));
        findings::sort(&mut self.findings);
    }

    /// Adds the keys that the policy in the tree lists and that can make no signature at `now`.
    pub fn add_ended_keys(&mut self, now: Timestamp) {
        let replay = &self.replay;
        let pending = replay.ledger.pending.as_ref();
        let in_tree = pending.and_then(|pending| {
            let mut versions = replay.policy_versions();
            versions.find(|version| version.digest == pending.digest)
        });
        let version = in_tree.unwrap_or(&replay.policy);
        let setting = Setting {
            profile: version.policy.profile,
            ..Setting::default()
        };
        let ended = version.ended_keys(now);
        let ended = ended
            .iter()
            .map(|problem| Finding::of_problem(problem, About::default(), &setting));
        self.findings.extend(ended);
        findings::sort(&mut self.findings);
    }

    /// Adds what an error means, when a report is still possible.
    pub fn add_error(&mut self, error: &ReplayError) {
        self.findings.extend(findings_of(error));
        findings::sort(&mut self.findings);
    }

    /// Adds `includes-missing` unless `commit` is one of the landings up to `head`.
    pub fn require(&mut self, commit: ObjectId) {
        if !self.replay.line.contains(&commit) {
            self.add(&Observation::new(RuleId::IncludesMissing).with(Fact::Includes, commit));
        }
    }

    /// The side that the gate judges.
    pub fn side(&self) -> Side<'_> {
        Side {
            ledger: &self.replay.ledger,
            findings: self.findings.clone(),
        }
    }
}

/// Whether these bytes are baseline: they were there at the anchor and have not changed since.
pub fn is_baseline(replay: &Replay, package: &Package) -> bool {
    let version = || {
        let key = VersionKey {
            version: package.at.version.clone(),
            digest: package.at.digest?,
        };
        replay
            .ledger
            .subjects
            .get(&package.at.subject)?
            .version(&key)
    };
    replay.policy.policy.baseline == Baseline::Allow
        && version().is_some_and(|version| version.baseline)
}

/// What an error of the replay means as findings, so that a report can still be printed.
pub fn findings_of(error: &ReplayError) -> Vec<Finding> {
    let setting = Setting::default();
    let one = |observation: Observation| vec![Finding::of(&observation, &setting)];
    match error {
        ReplayError::NotGoverned => Vec::new(),
        ReplayError::InvalidAnchor { problems, .. } => problems
            .iter()
            .map(|problem| Finding::of_problem(problem, About::default(), &setting))
            .collect(),
        ReplayError::NoOpenPgp => {
            let help = "Use a build with the feature `openpgp`, which is on by default.";
            let problem =
                Problem::of_file(RuleId::PolicyInvalid, Policy::PATH, error.to_string(), help);
            vec![Finding::of_problem(&problem, About::default(), &setting)]
        }
        ReplayError::Incomplete(incomplete) => {
            let finding = Finding::of(
                &Observation::new(RuleId::HistoryIncomplete).with(Fact::Why, incomplete),
                &setting,
            );
            vec![Finding {
                help: incomplete.help().to_owned(),
                ..finding
            }]
        }
        ReplayError::PullNotFetched { pull, .. } => {
            let finding = Finding::of(
                &Observation::new(RuleId::HistoryIncomplete).with(Fact::Why, error),
                &setting,
            );
            vec![Finding {
                help: format!(
                    "Fetch it with `git fetch origin refs/pull/{pull}/head`, and try again."
                ),
                ..finding
            }]
        }
        ReplayError::TooManyLines => {
            let finding = Finding::of(
                &Observation::new(RuleId::HistoryIncomplete).with(Fact::Why, error),
                &setting,
            );
            let help = "Find merges that copy records with `git log --merges --first-parent -- approvals`, and check the branch before them.";
            vec![Finding {
                help: help.to_owned(),
                ..finding
            }]
        }
        ReplayError::Git(git) => {
            let finding = Finding::of(
                &Observation::new(RuleId::HistoryIncomplete).with(Fact::Why, error),
                &setting,
            );
            vec![Finding {
                help: git.help().map_or(finding.help.clone(), str::to_owned),
                ..finding
            }]
        }
        ReplayError::Forge(forge) => {
            let finding = Finding::of(
                &Observation::new(RuleId::ForgeUnanswered).with(Fact::Why, error),
                &setting,
            );
            vec![Finding {
                help: forge.help(),
                ..finding
            }]
        }
        ReplayError::AnchorNotReached { pinned, head } => {
            one(Observation::new(RuleId::AnchorNotReached)
                .with(Fact::Anchor, pinned)
                .with(
                    Fact::Why,
                    format!("it is not on the first-parent line of {head}"),
                ))
        }
        ReplayError::AnchorMismatch { pinned, found } => {
            one(Observation::new(RuleId::AnchorNotReached)
                .with(Fact::Anchor, pinned)
                .with(Fact::Why, format!("governance starts at {found}")))
        }
        ReplayError::RestartNotPinned { serial, .. } => {
            one(Observation::new(RuleId::PolicyRestart).with(Fact::Serial, serial))
        }
        ReplayError::MergeConflict(paths) => {
            one(Observation::new(RuleId::MergeConflict).with(Fact::Why, paths.join(", ")))
        }
        ReplayError::BaseMissing(base) => {
            one(Observation::new(RuleId::BaseNotOnBranch).with(Fact::Base, base))
        }
        ReplayError::BaseNotOnBranch { base, branch } => {
            one(Observation::new(RuleId::BaseNotOnBranch)
                .with(Fact::Base, base)
                .with(Fact::Branch, branch))
        }
    }
}
