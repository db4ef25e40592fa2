//! Rules about which history is judged, and against what.

use countersign::model::RuleId;

use crate::rules::{Case, Heard, Scene, check, check_with, heard};
use countersign_testkit::Repo;
use countersign_testkit::runner::Runner;

pub const CASES: &[Case] = &[
    (RuleId::HistoryIncomplete, history_incomplete),
    (RuleId::AnchorNotReached, anchor_not_reached),
    (RuleId::AnchorNotPinned, anchor_not_pinned),
    (RuleId::IncludesMissing, includes_missing),
    (RuleId::HistoryRewritten, history_rewritten),
    (RuleId::BaseNotOnBranch, base_not_on_branch),
    (RuleId::MergeConflict, merge_conflict),
    (RuleId::GovernanceStarts, governance_starts),
    (RuleId::GateNotProtected, gate_not_protected),
];

/// A governed repository with one approved Skill; its anchor.
fn governed() -> Result<(Repo, String), countersign::demo::DemoError> {
    let mut repo = Repo::team();
    let anchor = repo.head().to_string();
    repo.granted_skill("pdf", "1.0.0")?;
    Ok((repo, anchor))
}

/// The same on a branch `change` with something harmless, and a branch `aside` with something else;
/// the tip of `aside`.
fn branched() -> Result<(Repo, String), countersign::demo::DemoError> {
    let (mut repo, _) = governed()?;
    let alice = repo.alice.clone();
    repo.branch("aside")?;
    let aside = repo.commit(&alice, "Write aside", |tree| {
        tree.put("docs/aside.md", "Aside.\n");
    })?;
    repo.switch("main")?;
    repo.branch("change")?;
    repo.commit(&alice, "Write a page", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    Ok((repo, aside.to_string()))
}

fn history_incomplete(broken: bool) -> Scene {
    let (repo, _) = governed()?;
    if broken {
        std::fs::write(
            repo.path().join(".git/shallow"),
            format!("{}\n", repo.head()),
        )?;
    }
    check(&repo)
}

fn anchor_not_reached(broken: bool) -> Scene {
    let (repo, anchor) = governed()?;
    let elsewhere = repo.head().to_string();
    check_with(
        &repo,
        &["--anchor", if broken { &elsewhere } else { &anchor }],
    )
}

fn anchor_not_pinned(broken: bool) -> Scene {
    let (repo, anchor) = governed()?;
    let options: [&str; 2] = ["--anchor", &anchor];
    check_with(&repo, if broken { &[] } else { &options })
}

fn includes_missing(broken: bool) -> Scene {
    let (mut repo, aside) = branched()?;
    repo.switch("main")?;
    check_with(
        &repo,
        &["--includes", if broken { &aside } else { "main~1" }],
    )
}

/// An audit that is to continue an earlier one, whose last landings a force-push may have taken
/// away.
fn history_rewritten(broken: bool) -> Scene {
    let (mut repo, _) = governed()?;
    let (alice, kept) = (repo.alice.clone(), repo.head());
    repo.granted_skill("csv", "1.0.0")?;
    let earlier = repo.beside().join("earlier.json");
    std::fs::write(
        &earlier,
        repo.run(&["audit", "--format", "json"]).exits(0).stdout,
    )?;
    if broken {
        repo.reset(kept)?;
    }
    repo.commit(&alice, "Write a page", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    let audit = repo.run(&[
        "audit",
        "--format",
        "json",
        "--extends",
        &earlier.display().to_string(),
    ]);
    let report = audit.json();
    let exceptions = report["exceptions"]
        .as_array()
        .ok_or("a report has exceptions")?;
    let rules = exceptions
        .iter()
        .filter_map(|exception| exception["rule"].as_str().map(str::to_owned))
        .collect();
    Ok(Heard {
        verdict: check(&repo)?.verdict,
        rules,
        shown: audit.to_string(),
        advice: Vec::new(),
    })
}

fn base_not_on_branch(broken: bool) -> Scene {
    let (repo, aside) = branched()?;
    check_with(&repo, &["--base", if broken { &aside } else { "main" }])
}

fn merge_conflict(broken: bool) -> Scene {
    let (mut repo, _) = branched()?;
    let alice = repo.alice.clone();
    repo.switch("main")?;
    let file = if broken { "README.md" } else { "CHANGES.md" };
    repo.commit(&alice, "Write another page", |tree| {
        tree.put(file, "Good morning.\n");
    })?;
    repo.switch("change")?;
    check_with(&repo, &["--base", "main"])
}

fn governance_starts(broken: bool) -> Scene {
    let mut repo = Repo::empty();
    let (alice, policy) = (repo.alice.clone(), repo.team_policy());
    repo.commit(&alice, "Begin", |tree| {
        tree.put("README.md", "Hello.\n");
        if !broken {
            tree.put_policy(&policy);
        }
    })?;
    repo.branch("govern")?;
    repo.commit(&alice, "Govern this repository", |tree| {
        tree.put_policy(&policy);
        tree.put("docs/policy.md", "Who decides what.\n");
    })?;
    check_with(&repo, &["--base", "main"])
}

/// The workflow that judges, named under `protect` or not.
fn gate_not_protected(broken: bool) -> Scene {
    let workflow = ".github/workflows/countersign.yml";
    let protect = |policy: countersign::demo::PolicyDraft| {
        if broken {
            policy
        } else {
            policy.line(&format!("protect: [{workflow}]"))
        }
    };
    let repo = Repo::team_with(protect, |tree| tree.put(workflow, "name: gate\n"));
    let step = Runner::new("schedule", &serde_json::json!({})).act(&repo, &repo.path());
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&step.outputs["report"])?)?;
    heard(&report, step.summary)
}
