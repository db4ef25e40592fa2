//! One ledger that shows every state, for the snapshots of all views.

use std::collections::BTreeSet;

use crate::check::findings::{Finding, judge_all};
use crate::check::rules::Setting;
use crate::check::sample::{
    commit, digest, facts, id, landing, ledger, name, policy, record, requirement, signed, skill,
    time, version_state,
};
use crate::check::tip;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Action, Event, Outcome, PendingPolicy, Subject, VersionState};
use crate::model::policy_input::{Baseline, InstallInput};
use crate::model::{DecisionKind, Fact, Observation, Place, Policy, Risk, RuleId, State};

use super::Context;

/// The question behind the sample.
pub(super) fn context() -> Context {
    Context {
        repository: Some("github.com/acme/agent-skills".to_owned()),
        branch: Some("main".to_owned()),
        head: Some(commit(20)),
        base: None,
        anchor: Some(commit(0)),
        anchor_pinned: false,
        now: time(24),
    }
}

/// The policy behind the sample.
pub(super) fn sample_policy() -> Policy {
    Policy {
        baseline: Baseline::Allow,
        ..policy()
    }
}

/// A ledger with hostile text where outsiders can write.
pub(super) fn sample_ledger() -> Ledger {
    let mut pending = version_state("1.3.0", "pdf-tools 1.3.0", 14, State::Draft);
    pending.requirements = vec![requirement(2, &["alice"], &["bob", "carol"])];
    pending.contributors = BTreeSet::from([name("dave")]);
    pending.unknown_contributors = BTreeSet::from(["mallory\u{202e}@example.com".to_owned()]);
    let mut pdf = skill(
        "pdf-tools",
        vec![
            version_state("1.2.0", "pdf-tools 1.2.0", 5, State::Approved),
            pending,
        ],
    );
    pdf.install = Some(InstallInput {
        harnesses: vec!["claude-code".to_owned(), "codex".to_owned()],
        scope: Some("project".to_owned()),
    });
    let mut rejected = version_state("0.2.0", "crawler", 12, State::Draft);
    rejected.rejected_by = BTreeSet::from([name("alice")]);
    let baseline = VersionState {
        baseline: true,
        ..version_state("", "lint", 0, State::Draft)
    };
    let mut gone = skill(
        "old-notes",
        vec![version_state("1.0.0", "old notes", 3, State::Archived)],
    );
    gone.paths.clear();
    gone.head = None;
    let payments = Subject {
        risk: Risk::High,
        ..skill(
            "payments-refund",
            vec![version_state("2.0.0", "refund", 9, State::Blocked)],
        )
    };
    let back = skill(
        "summary",
        vec![
            version_state("3.1.0", "new", 8, State::Approved),
            version_state("3.0.0", "old", 2, State::Approved),
        ],
    );
    let mut ledger = ledger(vec![
        pdf,
        skill("crawler", vec![rejected]),
        skill("lint", vec![baseline]),
        skill(
            "tables",
            vec![version_state("1.0.0", "tables", 4, State::Deprecated)],
        ),
        gone,
        payments,
        back,
    ]);
    let pdf = id("skill/pdf-tools");
    let (older, newer) = (
        ledger.subjects[&pdf].versions[0].key.clone(),
        ledger.subjects[&pdf].versions[1].key.clone(),
    );
    ledger.subjects.get_mut(&pdf).expect("it is there").previous = Some(older.clone());
    ledger.events.push(landed(&ledger, "skill/pdf-tools", 0));
    record(
        &mut ledger,
        "skill/pdf-tools",
        &older,
        DecisionKind::Approve,
        "alice",
        5,
        signed(),
    );
    ledger.events.push(landed(&ledger, "skill/pdf-tools", 1));
    record(
        &mut ledger,
        "skill/pdf-tools",
        &newer,
        DecisionKind::Approve,
        "alice",
        15,
        signed(),
    );
    let refused = Outcome::Refused {
        rule: RuleId::KeyUnknown,
        detail: "SHA256:evil\u{1b}[2J is not listed in the policy in force".to_owned(),
    };
    record(
        &mut ledger,
        "skill/pdf-tools",
        &newer,
        DecisionKind::Approve,
        "bob",
        16,
        refused,
    );
    let payments = ledger.subjects[&id("skill/payments-refund")].versions[0]
        .key
        .clone();
    record(
        &mut ledger,
        "skill/payments-refund",
        &payments,
        DecisionKind::Block,
        "carol",
        17,
        signed(),
    );
    if let Some(event) = ledger.events.last_mut() {
        event.reason = Some("Leaks card numbers.\n::error::\u{1b}[31mforged".into());
    }
    ledger.pending = Some(PendingPolicy {
        serial: 8,
        digest: digest("policy 8"),
        requirement: requirement(2, &["alice"], &["carol"]),
        authors: BTreeSet::new(),
        exempt: BTreeSet::new(),
    });
    ledger.observations = vec![
        Observation::new(RuleId::PolicyPending)
            .place(Place::file(Policy::PATH))
            .with(Fact::Serial, 8)
            .with(Fact::Digest, digest("policy 8")),
        Observation::new(RuleId::KeyUnknown)
            .place(Place::file(
                "approvals/skill/pdf-tools/1.3.0/20261104T020000Z-approve-bob.yaml",
            ))
            .landing(landing(16).position, landing(16).commit)
            .principal(&name("bob"))
            .with(
                Fact::Why,
                "SHA256:evil\u{1b}[2J is not listed in the policy in force",
            ),
        Observation::new(RuleId::HiddenText)
            .subject(&pdf)
            .place(Place::at("skills/pdf-tools/SKILL.md", 12, 7))
            .with(Fact::Why, "U+202E"),
        Observation::new(RuleId::AnchorNotPinned).with(Fact::Anchor, commit(0).short()),
    ];
    ledger
}

/// Everything that `check` finds in the sample.
pub(super) fn sample_findings(ledger: &Ledger) -> Vec<Finding> {
    let (policy, none) = (sample_policy(), BTreeSet::new());
    judge_all(
        &tip::observations(ledger, &facts(&policy, &none)),
        &Setting::default(),
    )
}

fn landed(ledger: &Ledger, subject: &str, version: usize) -> Event {
    let version = &ledger.subjects[&id(subject)].versions[version];
    Event {
        version: Some(version.key.version.clone()),
        digest: Some(version.key.digest),
        ..Event::new(
            version.landed.expect("it landed"),
            Action::Landed,
            id(subject),
        )
    }
}
