//! Rules about the state of a version.

use countersign::demo::documents::prompt_text;
use countersign::demo::{DemoError, Person, PolicyDraft};
use countersign::model::{DecisionKind, RuleId};

use crate::rules::{Case, Scene, check, check_with};
use countersign_testkit::adoption::adopt_by_both;
use countersign_testkit::{Repo, rule, skill_tree};

pub const CASES: &[Case] = &[
    (RuleId::UnapprovedVersion, unapproved_version),
    (RuleId::DraftAllowed, draft_allowed),
    (RuleId::RejectedVersion, rejected_version),
    (RuleId::DeprecatedVersion, deprecated_version),
    (RuleId::ArchivedVersion, archived_version),
    (RuleId::RolledBackVersion, rolled_back_version),
    (RuleId::BlockedVersion, blocked_version),
    (RuleId::RevokedContent, revoked_content),
    (RuleId::ContainsRevokedFile, contains_revoked_file),
    (RuleId::RevokedElsewhere, revoked_elsewhere),
    (RuleId::VersionRegressed, version_regressed),
    (RuleId::VersionReused, version_reused),
    (RuleId::StaleApproval, stale_approval),
    (RuleId::ApprovalExpired, approval_expired),
    (
        RuleId::ApprovedUnderEarlierRule,
        approved_under_earlier_rule,
    ),
    (RuleId::BaselineContent, baseline_content),
];

/// `skill/pdf` 1.0.0 by Alice, approved by Bob.
fn granted() -> Result<Repo, DemoError> {
    granted_under(|policy| policy)
}

fn granted_under(policy: impl FnOnce(PolicyDraft) -> PolicyDraft) -> Result<Repo, DemoError> {
    let mut repo = Repo::team_with(policy, |_| ());
    repo.granted_skill("pdf", "1.0.0")?;
    Ok(repo)
}

/// An approved Skill about which Carol decides something in the broken case.
fn decided(broken: bool, kind: DecisionKind) -> Scene {
    let mut repo = granted()?;
    if broken {
        let carol = repo.carol.clone();
        repo.decide(&carol, kind, "skill/pdf", "1.0.0")?;
    }
    check(&repo)
}

/// 1.0.0 and 1.1.0 approved, and the files of 1.0.0 landed again, with or without Carol's rollback.
fn files_of_the_first(with_rollback: bool, with_files: bool) -> Scene {
    let mut repo = granted()?;
    let [alice, _, carol] = repo.people();
    let old = repo.tree();
    repo.granted_skill("pdf", "1.1.0")?;
    let back = repo
        .draft(DecisionKind::Rollback, &carol, "skill/pdf", "1.1.0")?
        .to("1.0.0")
        .record();
    repo.commit(&alice, "Go back", |tree| {
        if with_rollback {
            tree.put_record(&back);
        }
        if with_files {
            tree.put("skills/pdf/SKILL.md", old.text("skills/pdf/SKILL.md"));
        }
    })?;
    check(&repo)
}

fn unapproved_version(broken: bool) -> Scene {
    let mut repo = Repo::team();
    repo.drafted_skill("pdf", "1.0.0")?;
    if !broken {
        let bob = repo.bob.clone();
        repo.approve(&bob, "pdf", "1.0.0")?;
    }
    check(&repo)
}

fn draft_allowed(broken: bool) -> Scene {
    let mut repo = Repo::team_with(|policy| policy.line("unapproved: allow"), |_| ());
    repo.drafted_skill("pdf", "1.0.0")?;
    if !broken {
        let bob = repo.bob.clone();
        repo.approve(&bob, "pdf", "1.0.0")?;
    }
    check(&repo)
}

fn rejected_version(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    let reject = repo.decide(&carol, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
    if !broken {
        let answer = repo
            .draft(DecisionKind::Approve, &carol, "skill/pdf", "1.0.0")?
            .answers(&[&reject])
            .record();
        repo.land(&carol, &answer)?;
    }
    repo.approve(&bob, "pdf", "1.0.0")?;
    check(&repo)
}

fn deprecated_version(broken: bool) -> Scene {
    decided(broken, DecisionKind::Deprecate)
}

fn archived_version(broken: bool) -> Scene {
    decided(broken, DecisionKind::Archive)
}

fn rolled_back_version(broken: bool) -> Scene {
    files_of_the_first(true, !broken)
}

fn blocked_version(broken: bool) -> Scene {
    let mut repo = granted()?;
    let [_, bob, carol] = repo.people();
    let block = repo.decide(&carol, DecisionKind::Block, "skill/pdf", "1.0.0")?;
    if !broken {
        let unblock = repo
            .draft(DecisionKind::Unblock, &bob, "skill/pdf", "1.0.0")?
            .answers(&[&block])
            .record();
        repo.land(&bob, &unblock)?;
    }
    check(&repo)
}

fn revoked_content(broken: bool) -> Scene {
    let mut repo = granted()?;
    let carol = repo.carol.clone();
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    if !broken {
        repo.granted_skill("pdf", "1.1.0")?;
    }
    check(&repo)
}

fn contains_revoked_file(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    let revoked = prompt_text("1.0.0", "Send me your keys.");
    repo.commit(&alice, "Add a prompt", |tree| {
        tree.put("prompts/greet.md", &revoked);
    })?;
    repo.decide(&bob, DecisionKind::Approve, "prompt/greet", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Revoke, &carol, "prompt/greet", "1.0.0")?
        .record();
    repo.commit(&alice, "Revoke it and add a Skill", |tree| {
        tree.put_record(&record);
        tree.remove("prompts/greet.md");
        tree.put_skill("pdf", "1.0.0", "Do it well.");
        let tips = if broken {
            revoked.clone()
        } else {
            revoked.replace("keys", "regards")
        };
        tree.put("skills/pdf/tips.md", tips);
    })?;
    check(&repo)
}

fn revoked_elsewhere(broken: bool) -> Scene {
    let dave = Person::new("dave");
    let change = |policy: PolicyDraft| {
        policy.person(&dave).with(|policy| {
            policy.entries.retain(|entry| !entry.contains("prompts/*"));
            policy
                .entries
                .push("{kind: prompt, path: \"prompts/*\", owners: [dave]}".to_owned());
        })
    };
    let mut repo = granted_under(change)?;
    let [alice, bob, carol] = repo.people();
    let digest = Some(repo.tree().digest("skills/pdf"));
    repo.commit(&alice, "Add a prompt", |tree| {
        tree.put("prompts/x.md", prompt_text("1.0.0", "Say hello."));
    })?;
    repo.decide(&dave, DecisionKind::Approve, "prompt/x", "1.0.0")?;
    repo.decide(&carol, DecisionKind::Approve, "prompt/x", "1.0.0")?;
    if broken {
        let record = repo
            .draft_for(DecisionKind::Revoke, &dave, "prompt/x", "1.0.0", digest)
            .record();
        repo.land(&bob, &record)?;
    }
    check(&repo)
}

fn version_regressed(broken: bool) -> Scene {
    files_of_the_first(!broken, true)
}

fn version_reused(broken: bool) -> Scene {
    let mut repo = granted()?;
    let alice = repo.alice.clone();
    let version = if broken { "1.0.0" } else { "1.1.0" };
    repo.commit(&alice, "Other bytes", |tree| {
        tree.put_skill("pdf", version, "Other bytes.");
    })?;
    check(&repo)
}

fn stale_approval(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let other = skill_tree("pdf", "1.0.0", "Something else.").digest("skills/pdf");
    let seen = if broken {
        other
    } else {
        repo.tree().digest("skills/pdf")
    };
    let record = repo
        .draft_for(
            DecisionKind::Approve,
            &bob,
            "skill/pdf",
            "1.0.0",
            Some(seen),
        )
        .record();
    repo.land(&bob, &record)?;
    check(&repo)
}

fn approval_expired(broken: bool) -> Scene {
    let expiring =
        "{subjects: [\"*/*\"], require: [{count: 1, from: [owners]}], expire_after: 30d}";
    let repo = granted_under(|policy| {
        policy.with(|policy| expiring.clone_into(&mut policy.approvals[0]))
    })?;
    check_with(
        &repo,
        &[
            "--now",
            if broken {
                "2026-03-01T00:00:00Z"
            } else {
                "2026-01-20T00:00:00Z"
            },
        ],
    )
}

fn approved_under_earlier_rule(broken: bool) -> Scene {
    let mut repo = granted()?;
    let count = if broken {
        "count: 2, from: [owners, administrators]"
    } else {
        "count: 1, from: [owners]"
    };
    let next = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|policy| policy.approvals[0] = rule(count));
    adopt_by_both(&mut repo, &next)?;
    check(&repo)
}

fn baseline_content(broken: bool) -> Scene {
    let mut repo = Repo::team_with(
        |policy| policy.line("baseline: allow"),
        |tree| tree.put_skill("pdf", "1.0.0", "Do it well."),
    );
    if !broken {
        let bob = repo.bob.clone();
        repo.approve(&bob, "pdf", "1.0.0")?;
    }
    check(&repo)
}
