//! Every rule fires in a scenario of its own, and not in the same scenario with the one thing
//! fixed.
//!
//! A case is a function that builds the scenario broken or fixed and says what was found. The list
//! of cases is the list of rules.

mod advice;
mod contents;
mod documents;
mod evidence;
mod histories;
mod policies;
mod records;
mod reviews;
mod states;
mod subjects;

use std::collections::BTreeSet;

use countersign::demo::{DecisionDraft, Tree};
use countersign::model::{DecisionKind, RuleId};
use countersign_testkit::Repo;

/// What a judging command found.
pub struct Heard {
    verdict: String,
    rules: BTreeSet<String>,
    shown: String,
    /// What does not work of what it advises.
    advice: Vec<String>,
}

/// A scenario, or the builder's error.
pub type Scene = Result<Heard, Box<dyn std::error::Error>>;

/// A rule and its scenario: broken for `true`, else fixed.
pub type Case = (RuleId, fn(bool) -> Scene);

/// What `check` finds.
pub fn check(repo: &Repo) -> Scene {
    check_with(repo, &[])
}

/// What `check` finds with further options.
pub fn check_with(repo: &Repo, options: &[&str]) -> Scene {
    let output = repo.run(&[&["check", "--format", "json"], options].concat());
    let json = output.json();
    let summary = repo.run(&[&["check", "--format", "markdown"], options].concat());
    let advice = advice::faults(repo, &json, &summary.stdout);
    Ok(Heard {
        advice,
        ..heard(&json, output.to_string())?
    })
}

/// What a report says, which was `shown` like this.
pub fn heard(json: &serde_json::Value, shown: String) -> Scene {
    let findings = json["findings"].as_array().ok_or("a report has findings")?;
    let rules = findings
        .iter()
        .filter_map(|finding| finding["rule"].as_str().map(str::to_owned))
        .collect();
    let verdict = json["verdict"]
        .as_str()
        .ok_or("a report has a verdict")?
        .to_owned();
    Ok(Heard {
        verdict,
        rules,
        shown,
        advice: Vec::new(),
    })
}

/// What `check` finds when Alice has landed `sound`, and in the broken case `spoil` with it.
pub fn landed(broken: bool, sound: impl FnOnce(&mut Tree), spoil: impl FnOnce(&mut Tree)) -> Scene {
    landed_in(Repo::team(), broken, sound, spoil)
}

/// The same in a repository that is there already.
pub fn landed_in(
    mut repo: Repo,
    broken: bool,
    sound: impl FnOnce(&mut Tree),
    spoil: impl FnOnce(&mut Tree),
) -> Scene {
    let alice = repo.alice.clone();
    repo.commit(&alice, "Change something", |tree| {
        sound(tree);
        if broken {
            spoil(tree);
        }
    })?;
    check(&repo)
}

/// Bob's approval of `skill/pdf` 1.0.0, in the broken case with its draft changed.
pub fn approval(broken: bool, change: impl FnOnce(DecisionDraft) -> DecisionDraft) -> Scene {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let draft = repo.draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?;
    let record = if broken { change(draft) } else { draft }.record();
    repo.land(&bob, &record)?;
    check(&repo)
}

/// Everything that is wrong with a list of cases.
fn faults(cases: &[Case]) -> Vec<String> {
    let mut faults = Vec::new();
    for (rule, scene) in cases {
        let heard = |broken: bool| {
            scene(broken)
                .unwrap_or_else(|error| panic!("the scenario of `{rule}` can be built: {error}"))
        };
        let (broken, fixed) = (heard(true), heard(false));
        faults.extend(
            broken
                .advice
                .iter()
                .map(|fault| format!("{rule}: {fault}\n{:?}", broken.rules)),
        );
        if !broken.rules.contains(rule.as_str()) {
            faults.push(format!(
                "`{rule}` does not fire where it should: {:?}\n{}",
                broken.rules, broken.shown
            ));
        }
        // What is fixed must be judged in full, or it would say nothing.
        if fixed.rules.contains(rule.as_str())
            || !["pass", "waiting"].contains(&fixed.verdict.as_str())
        {
            faults.push(format!(
                "`{rule}` is not fixed: {} {:?}\n{}",
                fixed.verdict, fixed.rules, fixed.shown
            ));
        }
    }
    faults
}

#[track_caller]
fn hold(cases: &[Case]) {
    let faults = faults(cases);
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// Every list, so that none is forgotten below.
const LISTS: [&[Case]; 9] = [
    reviews::CASES,
    documents::CASES,
    contents::CASES,
    subjects::CASES,
    states::CASES,
    records::CASES,
    evidence::CASES,
    policies::CASES,
    histories::CASES,
];

#[test]
fn every_rule_has_one_case() {
    let mut cases: Vec<RuleId> = LISTS
        .iter()
        .copied()
        .flatten()
        .map(|(rule, _)| *rule)
        .collect();
    cases.sort_unstable();
    assert_eq!(cases, RuleId::ALL);
}

#[test]
fn rules_of_documents_fire_when_broken_and_not_when_fixed() {
    hold(documents::CASES);
}

#[test]
fn rules_of_contents_fire_when_broken_and_not_when_fixed() {
    hold(contents::CASES);
}

#[test]
fn rules_of_subjects_fire_when_broken_and_not_when_fixed() {
    hold(subjects::CASES);
}

#[test]
fn rules_of_states_fire_when_broken_and_not_when_fixed() {
    hold(states::CASES);
}

#[test]
fn rules_of_records_fire_when_broken_and_not_when_fixed() {
    hold(records::CASES);
}

#[test]
fn rules_of_evidence_fire_when_broken_and_not_when_fixed() {
    hold(evidence::CASES);
}

#[test]
fn rules_of_reviews_fire_when_broken_and_not_when_fixed() {
    hold(reviews::CASES);
}

#[test]
fn rules_of_policies_fire_when_broken_and_not_when_fixed() {
    hold(policies::CASES);
}

#[test]
fn rules_of_histories_fire_when_broken_and_not_when_fixed() {
    hold(histories::CASES);
}
