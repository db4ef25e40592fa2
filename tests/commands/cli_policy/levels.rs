//! Levels that the policy sets for rules about documents: only those in force count, never for what
//! trust depends on, and each is reported.

use countersign::demo::{PolicyDraft, Tree};
use countersign_testkit::{Repo, TestResult};

const OFF: &str =
    "rules: [{rule: unversioned, paths: ['skills/**'], level: off, reason: Not yet.}]";

/// A Skill with a version that is not one.
fn put_unversioned(tree: &mut Tree, name: &str) {
    tree.put_skill(name, "1.0.0", "Do it.");
    tree.replace(format!("skills/{name}/SKILL.md"), "1.0.0", "one");
}

#[test]
fn a_level_in_force_applies_and_is_reported_with_its_reason() {
    let repo = Repo::team_with(
        |policy: PolicyDraft| policy.line(OFF),
        |tree| {
            put_unversioned(tree, "notes");
            // The team's policy gives these a high risk.
            put_unversioned(tree, "payments-refund");
        },
    );
    let check = repo.check();
    check
        .finding("level-set")
        .is("info")
        .says("unversioned to off in skills/**, which changes 1 finding: Not yet.");
    check
        .finding("unversioned")
        .is("warning")
        .has("path", "skills/payments-refund/SKILL.md");
    let audit = repo.run(&["audit", "--format", "json"]).json();
    let exceptions = audit["exceptions"].as_array().into_iter().flatten();
    let reported = exceptions.filter(|one| one["rule"] == "level-set");
    assert_eq!(reported.count(), 1);
}

#[test]
fn a_change_is_judged_at_the_levels_before_it() -> TestResult {
    let mut repo = Repo::team();
    let base = repo.head().to_string();
    let next = repo.team_policy().successor(&repo.tree()).line(OFF);
    let [alice, bob, carol] = repo.people();
    repo.commit(&bob, "A level, and what it hides", |tree| {
        tree.put_policy(&next);
        put_unversioned(tree, "notes");
    })?;
    let options = ["--base", &base];
    let proposed = repo.check_with(&options);
    proposed.finding("unversioned").is("warning");
    proposed.without("level-set");
    let diff = repo.run(&["policy", "diff", "HEAD"]);
    assert!(
        diff.stdout
            .contains("adds unversioned to off in skills/**: Not yet."),
        "{diff}"
    );
    for by in [&alice, &carol] {
        repo.history.decide(
            by,
            countersign::model::DecisionKind::Approve,
            "policy/countersign",
            "2",
        )?;
    }
    // Approved in the change itself: it is in force for the landings after.
    let approved = repo.check_with(&options);
    approved.finding("unversioned").is("warning");
    approved.without("level-set");
    let tip = repo.check();
    tip.finding("level-set").is("info");
    tip.without("unversioned");
    Ok(())
}

#[test]
fn a_policy_that_names_a_rule_of_the_trust_core_is_not_valid() {
    for rule in [
        "ungoverned",
        "unapproved-version",
        "hidden-text",
        "yaml-invalid",
    ] {
        let line = OFF.replace("unversioned", rule);
        let repo = Repo::team_with(|policy: PolicyDraft| policy.line(&line), |_| ());
        repo.run(&["check"]).exits(2);
    }
}
