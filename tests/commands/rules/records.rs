//! Rules about decisions as files, and about who may decide.

use countersign::demo::{Method, Person, PolicyDraft};
use countersign::model::{DecisionKind, RuleId};

use crate::rules::{Case, Scene, approval, check};
use countersign_testkit::{Repo, TestResult};

pub const CASES: &[Case] = &[
    (RuleId::RecordInvalid, record_invalid),
    (RuleId::RecordMisplaced, record_misplaced),
    (RuleId::RecordUnexpected, record_unexpected),
    (RuleId::RecordFuture, record_future),
    (RuleId::WrongRepository, wrong_repository),
    (RuleId::DecisionAltered, decision_altered),
    (RuleId::DecisionDropped, decision_dropped),
    (RuleId::DecisionReplayed, decision_replayed),
    (RuleId::LineConflict, line_conflict),
    (RuleId::DecisionWithoutEffect, decision_without_effect),
    (RuleId::Unanswered, unanswered),
    (RuleId::NotAuthorized, not_authorized),
    (RuleId::MachinePrincipal, machine_principal),
    (RuleId::PrincipalUnknown, principal_unknown),
    (RuleId::PrincipalSuspended, principal_suspended),
];

/// `skill/pdf` 1.0.0 approved by someone.
fn approved_by(mut repo: Repo, by: &Person) -> Scene {
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(by, "pdf", "1.0.0")?;
    check(&repo)
}

fn record_invalid(broken: bool) -> Scene {
    approval(broken, |draft| {
        draft.with(|input| input.replacement = Some("skill/csv".to_owned()))
    })
}

fn record_misplaced(broken: bool) -> Scene {
    approval(broken, |draft| {
        draft.at("approvals/skill/pdf/1.0.1/20260105T100000Z-approve-bob.yaml")
    })
}

fn record_unexpected(broken: bool) -> Scene {
    crate::rules::landed(
        broken,
        |tree| tree.put("docs/notes.txt", "x"),
        |tree| tree.put("approvals/notes.txt", "x"),
    )
}

fn record_future(broken: bool) -> Scene {
    approval(broken, |draft| {
        draft.with(|input| "2026-01-15T00:00:00Z".clone_into(&mut input.time))
    })
}

fn wrong_repository(broken: bool) -> Scene {
    approval(broken, |draft| {
        draft.with(|input| "github.com/acme/other".clone_into(&mut input.repository))
    })
}

fn decision_altered(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    let record = repo.granted_skill("pdf", "1.0.0")?;
    repo.commit(&alice, "Tidy up", |tree| {
        tree.put("README.md", "Tidy.\n");
        if broken {
            tree.remove(&record.path);
        }
    })?;
    check(&repo)
}

fn decision_dropped(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("stop")?;
    let record = repo
        .draft_for(DecisionKind::Block, &carol, "skill/csv", "all", None)
        .record();
    repo.land(&carol, &record)?;
    repo.switch("main")?;
    repo.merge(
        "stop",
        if broken { Method::Ours } else { Method::Merge },
        &alice,
    )?;
    check(&repo)
}

fn decision_replayed(broken: bool) -> Scene {
    // Bob approved his own work on one line; on the other his approval is next to a copy of it
    // by someone else.
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    let base = repo.head();
    repo.branch("first")?;
    repo.commit(if broken { &bob } else { &alice }, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    let bytes = repo.tree();
    repo.switch("main")?;
    repo.reset(base)?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.land(&alice, &record)?;
    let parents = vec![repo.head(), repo.tip("first")?];
    repo.commit_tree(parents, bytes, &alice, "Merge")?;
    check(&repo)
}

fn line_conflict(broken: bool) -> Scene {
    // On the merged line Carol's reject came before Bob's approval, and here it came too late.
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    let base = repo.head();
    repo.drafted_skill("pdf", "1.0.0")?;
    let (drafted, added) = (repo.tree(), repo.head());
    let approval = repo.approve(&bob, "pdf", "1.0.0")?;
    let reject = repo.decide(&carol, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
    let (main, bytes) = (repo.head(), repo.tree());
    repo.branch("other")?;
    repo.reset(if broken { base } else { added })?;
    repo.commit(&alice, "The bytes", |tree| *tree = drafted)?;
    repo.land(&alice, if broken { &reject } else { &approval })?;
    repo.land(&alice, if broken { &approval } else { &reject })?;
    let other = repo.head();
    repo.switch("main")?;
    repo.commit_tree(vec![main, other], bytes, &alice, "Merge")?;
    check(&repo)
}

fn decision_without_effect(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    if broken {
        repo.approve(&bob, "pdf", "1.0.0")?;
    }
    // Too late once the version is granted.
    repo.decide(&carol, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
    check(&repo)
}

fn unanswered(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    let reject = repo.decide(&bob, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
    let draft = repo.draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?;
    let record = if broken {
        draft
    } else {
        draft.answers(&[&reject])
    }
    .record();
    repo.land(&bob, &record)?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    check(&repo)
}

fn not_authorized(broken: bool) -> Scene {
    let dave = Person::new("dave");
    let repo = Repo::team_with(|policy| policy.person(&dave), |_| ());
    let bob = repo.bob.clone();
    approved_by(repo, if broken { &dave } else { &bob })
}

fn machine_principal(broken: bool) -> Scene {
    let dave = Person::new("dave");
    let joins = |policy: PolicyDraft| {
        policy.person(&dave).with(|policy| {
            if broken {
                policy
                    .principal("dave")
                    .more
                    .push("kind: machine".to_owned());
            } else {
                policy.teams[0].1.push("dave".to_owned());
            }
        })
    };
    approved_by(Repo::team_with(joins, |_| ()), &dave)
}

fn principal_unknown(broken: bool) -> Scene {
    let (bob, mallory) = (Person::new("bob"), Person::new("mallory"));
    approved_by(Repo::team(), if broken { &mallory } else { &bob })
}

fn principal_suspended(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    let suspend = |repo: &mut Repo| -> TestResult {
        let record = repo
            .draft_for(DecisionKind::Block, &carol, "principal/bob", "all", None)
            .record();
        repo.land(&carol, &record)?;
        Ok(())
    };
    repo.drafted_skill("pdf", "1.0.0")?;
    if broken {
        suspend(&mut repo)?;
        repo.approve(&bob, "pdf", "1.0.0")?;
    } else {
        repo.approve(&bob, "pdf", "1.0.0")?;
        suspend(&mut repo)?;
    }
    check(&repo)
}
