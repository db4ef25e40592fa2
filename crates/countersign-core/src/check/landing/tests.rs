use super::*;
use crate::check::sample::{
    entry, facts, id, landing, ledger, name, policy, record, requirement, signed, skill,
    version_state,
};
use crate::lifecycle::ledger::{Action, Event, VersionKey};
use countersign_model::policy_input::{Baseline, Unapproved};
use countersign_model::{Fact, Risk, SubjectId};

fn found(subject: Subject, change: impl FnOnce(&mut Policy)) -> Vec<Observation> {
    let mut policy = policy();
    change(&mut policy);
    let none = BTreeSet::new();
    judge(&ledger(vec![subject]), &facts(&policy, &none))
}

fn rules(subject: Subject, change: impl FnOnce(&mut Policy)) -> Vec<&'static str> {
    found(subject, change)
        .iter()
        .map(|observation| observation.rule.as_str())
        .collect()
}

fn unchanged(_: &mut Policy) {}

fn one(version: &str, state: State) -> Subject {
    skill("x", vec![version_state(version, "bytes", 3, state)])
}

#[test]
fn each_state_of_the_version_in_the_tree_has_its_answer() {
    let table: [(State, &[&str]); 7] = [
        (State::Approved, &[]),
        (State::Deprecated, &["deprecated-version"]),
        (State::Archived, &["archived-version"]),
        (State::RolledBack, &["rolled-back-version"]),
        (State::Blocked, &["blocked-version"]),
        (State::Revoked, &["revoked-content"]),
        (State::Draft, &["unapproved-version"]),
    ];
    for (state, expected) in table {
        assert_eq!(rules(one("1.0.0", state), unchanged), expected, "{state}");
    }
}

#[test]
fn a_draft_says_who_is_missing() {
    let mut draft = version_state("1.0.0", "bytes", 3, State::Draft);
    draft.requirements = vec![requirement(2, &["alice"], &["bob", "carol"])];
    let found = found(skill("x", vec![draft]), unchanged);
    assert_eq!(
        found[0].facts[&Fact::Due],
        "1 of 2: needs one of bob, carol"
    );
}

#[test]
fn a_version_to_which_no_rule_applies_waits_for_ever() {
    let mut draft = version_state("1.0.0", "bytes", 3, State::Draft);
    draft.requirements.clear();
    let found = found(skill("x", vec![draft]), unchanged);
    assert!(found[0].facts[&Fact::Due].starts_with("no rule of the policy"));
}

#[test]
fn baseline_bytes_stay_only_where_the_policy_allows_it() {
    let baseline = || {
        let mut version = version_state("1.0.0", "bytes", 0, State::Draft);
        version.baseline = true;
        version.unknown_contributors = BTreeSet::from(["ghost@example.com".to_owned()]);
        version
    };
    let allow = |policy: &mut Policy| policy.baseline = Baseline::Allow;
    assert_eq!(
        rules(skill("x", vec![baseline()]), allow),
        ["baseline-content"]
    );
    assert_eq!(
        rules(skill("x", vec![baseline()]), unchanged),
        ["unapproved-version"]
    );
    assert_eq!(
        rules(one("1.0.0", State::Draft), allow),
        ["unapproved-version"],
        "bytes that came later are no baseline"
    );
    let mut rejected = baseline();
    rejected.rejected_by = BTreeSet::from([name("alice")]);
    assert_eq!(
        rules(skill("x", vec![rejected]), allow),
        ["rejected-version"]
    );
    let changed = vec![
        baseline(),
        version_state("1.0.0", "other bytes", 4, State::Draft),
    ];
    assert_eq!(rules(skill("x", changed), allow), ["unapproved-version"]);
    let older = vec![
        version_state("2.0.0", "new", 4, State::Approved),
        baseline(),
    ];
    assert!(rules(skill("x", older), allow).contains(&"version-regressed"));
}

#[test]
fn unapproved_versions_stay_only_without_grants_and_high_risk() {
    let allow = |policy: &mut Policy| policy.unapproved = Unapproved::Allow;
    assert_eq!(rules(one("1.0.0", State::Draft), allow), ["draft-allowed"]);
    for risk in [Risk::High, Risk::Critical] {
        let subject = Subject {
            risk,
            ..one("1.0.0", State::Draft)
        };
        assert_eq!(rules(subject, allow), ["unapproved-version"], "{risk}");
    }
    let granted_before = vec![
        version_state("1.0.0", "old", 2, State::Approved),
        version_state("1.1.0", "new", 3, State::Draft),
    ];
    assert_eq!(
        rules(skill("x", granted_before), allow),
        ["unapproved-version"]
    );
    let mut rejected = version_state("1.0.0", "bytes", 3, State::Draft);
    rejected.rejected_by = BTreeSet::from([name("alice")]);
    assert_eq!(
        rules(skill("x", vec![rejected]), allow),
        ["rejected-version"]
    );
}

fn lab(version: &str) -> Subject {
    let subject = skill("x", vec![version_state(version, "bytes", 3, State::Draft)]);
    Subject {
        paths: vec!["lab/x".to_owned()],
        last_paths: vec!["lab/x".to_owned()],
        ..subject
    }
}

#[test]
fn drafts_stay_only_as_pre_releases_under_an_entry_that_allows_them() {
    assert_eq!(rules(lab("1.0.0-rc.1"), unchanged), ["draft-allowed"]);
    assert_eq!(
        rules(lab("1.0.0"), unchanged),
        ["unapproved-version"],
        "a release is no draft"
    );
    assert_eq!(
        rules(lab(""), unchanged),
        ["unapproved-version"],
        "an unversioned package is no pre-release"
    );
    assert_eq!(
        rules(one("1.0.0-rc.1", State::Draft), unchanged),
        ["unapproved-version"],
        "the entry takes no drafts"
    );
    let both = Subject {
        paths: vec!["lab/x".to_owned(), "skills/x".to_owned()],
        ..lab("1.0.0-rc.1")
    };
    assert_eq!(
        rules(both, unchanged),
        ["unapproved-version"],
        "one of its paths takes no drafts"
    );
    let overlapping = |policy: &mut Policy| policy.entries.push(entry("lab/**", false, 26));
    assert_eq!(
        rules(lab("1.0.0-rc.1"), overlapping),
        ["unapproved-version"],
        "the strictest entry applies"
    );
}

#[test]
fn no_draft_stays_where_a_granted_version_ever_was() {
    let policy = policy();
    let none = BTreeSet::new();
    let granted = BTreeSet::from(["lab/x".to_owned()]);
    let facts = Facts {
        granted_paths: &granted,
        ..facts(&policy, &none)
    };
    assert_eq!(
        judge(&ledger(vec![lab("1.0.0-rc.1")]), &facts)[0].rule,
        RuleId::UnapprovedVersion
    );
    let versions = vec![
        version_state("0.9.0", "old", 1, State::Approved),
        version_state("1.0.0-rc.1", "new", 3, State::Draft),
    ];
    let moved = Subject {
        paths: vec!["lab/x".to_owned()],
        ..skill("x", versions)
    };
    assert_eq!(rules(moved, unchanged), ["unapproved-version"]);
}

#[test]
fn no_draft_stays_where_a_harness_loads_it() {
    let loaded = Subject {
        paths: vec![".claude/skills/x".to_owned()],
        ..lab("1.0.0-rc.1")
    };
    let drafts = |policy: &mut Policy| policy.entries.push(entry(".claude/skills/*", true, 26));
    assert_eq!(rules(loaded, drafts), ["unapproved-version"]);
    let policy = {
        let mut policy = policy();
        policy.entries.push(entry("plugins/p/skills/*", true, 26));
        policy
    };
    let none = BTreeSet::new();
    let plugins = Plugins::of_paths(["plugins/p/plugin.json"]);
    let plugin = Subject {
        paths: vec!["plugins/p/skills/x".to_owned()],
        ..lab("1.0.0-rc.1")
    };
    let facts = Facts {
        plugins: &plugins,
        ..facts(&policy, &none)
    };
    assert_eq!(
        judge(&ledger(vec![plugin]), &facts)[0].rule,
        RuleId::UnapprovedVersion
    );
}

#[test]
fn an_expired_approval_waits_and_no_exception_covers_it() {
    let mut expired = version_state("1.0.0", "bytes", 0, State::Draft);
    expired.granted = Some(landing(1));
    expired.expired = true;
    expired.expires = Some(crate::check::sample::time(2));
    expired.baseline = true;
    let both = |policy: &mut Policy| {
        policy.baseline = Baseline::Allow;
        policy.unapproved = Unapproved::Allow;
    };
    let found = found(skill("x", vec![expired]), both);
    assert_eq!(
        found
            .iter()
            .map(|observation| observation.rule)
            .collect::<Vec<_>>(),
        [RuleId::ApprovalExpired]
    );
    assert!(found[0].facts.contains_key(&Fact::Expires));
}

#[test]
fn a_version_below_the_current_one_has_regressed() {
    let back = vec![
        version_state("2.0.0", "new", 5, State::Approved),
        version_state("1.0.0", "old", 1, State::Approved),
    ];
    assert_eq!(rules(skill("x", back), unchanged), ["version-regressed"]);
    let draft = vec![
        version_state("2.0.0", "new", 5, State::Approved),
        version_state("1.5.0", "other", 6, State::Draft),
    ];
    assert_eq!(
        rules(skill("x", draft), unchanged),
        ["unapproved-version", "version-regressed"]
    );
    let above = vec![
        version_state("1.0.0", "old", 1, State::Approved),
        version_state("2.0.0", "new", 5, State::Draft),
    ];
    assert_eq!(rules(skill("x", above), unchanged), ["unapproved-version"]);
}

#[test]
fn a_rollback_that_names_the_version_makes_it_current() {
    let mut subject = skill(
        "x",
        vec![
            version_state("2.0.0", "new", 5, State::RolledBack),
            version_state("3.0.0", "newest", 6, State::Approved),
            version_state("1.0.0", "old", 1, State::Approved),
        ],
    );
    assert_eq!(rules(subject.clone(), unchanged), ["version-regressed"]);
    subject.current.clone_from(&subject.head);
    subject.pinned.clone_from(&subject.head);
    assert_eq!(rules(subject.clone(), unchanged), [""; 0]);
    // It may be retired later, and is still what the rollback went back to.
    for (state, rule) in [
        (State::Deprecated, "deprecated-version"),
        (State::Archived, "archived-version"),
    ] {
        let mut retired = subject.clone();
        retired.current = None;
        let at = retired.head.clone();
        for version in retired
            .versions
            .iter_mut()
            .filter(|version| Some(&version.key) == at.as_ref())
        {
            version.state = state;
        }
        assert_eq!(rules(retired.clone(), unchanged), [rule]);
        retired.pinned = None;
        assert!(rules(retired, unchanged).contains(&"version-regressed"));
    }
}

#[test]
fn among_unversioned_packages_the_landing_ranks() {
    let mut back = skill(
        "x",
        vec![
            version_state("", "new", 5, State::Approved),
            version_state("", "old", 1, State::Approved),
        ],
    );
    back.current = back
        .versions
        .iter()
        .find(|version| version.landed == Some(landing(5)))
        .map(|version| version.key.clone());
    assert_eq!(rules(back, unchanged), ["version-regressed"]);
    let mut forth = skill(
        "x",
        vec![
            version_state("", "old", 1, State::Approved),
            version_state("", "new", 5, State::Approved),
        ],
    );
    forth.current = forth
        .versions
        .iter()
        .find(|version| version.landed == Some(landing(1)))
        .map(|version| version.key.clone());
    assert_eq!(rules(forth, unchanged), [""; 0]);
}

#[test]
fn a_block_names_who_and_why_and_a_revocation_is_found_under_its_other_name() {
    let mut first = skill("a", vec![version_state("1.0.0", "evil", 2, State::Revoked)]);
    first.paths.clear();
    first.head = None;
    let mut ledger = ledger(vec![
        first,
        skill("b", vec![version_state("3.0.0", "evil", 4, State::Revoked)]),
    ]);
    let key = ledger.subjects[&id("skill/a")].versions[0].key.clone();
    record(
        &mut ledger,
        "skill/a",
        &key,
        DecisionKind::Revoke,
        "carol",
        3,
        signed(),
    );
    let policy = policy();
    let none = BTreeSet::new();
    let found = judge(&ledger, &facts(&policy, &none));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].facts[&Fact::Revoked], "skill/a 1.0.0");
    assert_eq!(found[0].facts[&Fact::By], "carol");
    assert_eq!(
        found[0].facts[&Fact::Reason],
        "Sends files to an unknown host."
    );
}

fn gone(state: State, extra: Vec<VersionState>) -> Ledger {
    let mut versions = extra;
    versions.push(version_state("1.1.0", "last", 4, state));
    let mut subject = skill("x", versions);
    subject.paths.clear();
    subject.head = None;
    let last = subject
        .versions
        .iter()
        .find(|version| version.key.digest == crate::check::sample::digest("last"))
        .map(|version| version.key.clone());
    let mut ledger = ledger(vec![subject]);
    ledger.events.push(removal(
        &id("skill/x"),
        last.as_ref().expect("the version above"),
    ));
    ledger
}

fn removal(subject: &SubjectId, key: &VersionKey) -> Event {
    Event {
        version: Some(key.version.clone()),
        digest: Some(key.digest),
        ..Event::new(landing(6), Action::Removed, subject.clone())
    }
}

#[test]
fn removing_a_granted_subject_needs_a_decision_that_puts_it_away() {
    let policy = policy();
    let none = BTreeSet::new();
    let rules = |ledger: &Ledger| {
        judge(ledger, &facts(&policy, &none))
            .iter()
            .map(|observation| observation.rule.as_str())
            .collect::<Vec<_>>()
    };
    for (state, expected) in [
        (State::Approved, &["subject-removed"][..]),
        (State::Deprecated, &["subject-removed"]),
        (State::RolledBack, &["subject-removed"]),
        (State::Archived, &[]),
        (State::Blocked, &[]),
        (State::Revoked, &[]),
        (State::Draft, &[]),
    ] {
        assert_eq!(rules(&gone(state, Vec::new())), expected, "{state}");
    }
    let older = || vec![version_state("1.0.0", "first", 1, State::Approved)];
    assert_eq!(
        rules(&gone(State::Draft, older())),
        ["subject-removed"],
        "an approved version lay beneath the draft"
    );
    assert_eq!(rules(&gone(State::Archived, older())), [""; 0]);
    let mut all = gone(State::Approved, Vec::new());
    all.subjects.values_mut().for_each(|subject| {
        subject
            .blocked_all
            .push(crate::check::sample::digest("record"));
    });
    assert_eq!(rules(&all), [""; 0]);
}

#[test]
fn bytes_that_cannot_be_identified_never_look_approved() {
    let broken = Subject {
        head: None,
        ..one("1.0.0", State::Approved)
    };
    assert_eq!(rules(broken, unchanged), ["unapproved-version"]);
}
