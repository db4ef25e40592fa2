//! Rules about the policy and its changes.

use countersign::demo::policy::ssh_key;
use countersign::demo::tree::REGULAR;
use countersign::demo::{Method, PolicyDraft};
use countersign::model::RuleId;

use crate::rules::{Case, Scene, check, landed, landed_in};
use countersign_testkit::adoption::{POLICY_PATH, adopt, adopt_by_both, set_keys};
use countersign_testkit::{Repo, rule};

pub const CASES: &[Case] = &[
    (RuleId::PolicyInvalid, policy_invalid),
    (RuleId::PolicyMissing, policy_missing),
    (RuleId::PolicyIrregular, policy_irregular),
    (RuleId::PolicyPending, policy_pending),
    (RuleId::PolicyPrevious, policy_previous),
    (RuleId::PolicySerial, policy_serial),
    (RuleId::PolicyFork, policy_fork),
    (RuleId::KeyReassigned, key_reassigned),
    (RuleId::AdministratorsTooFew, administrators_too_few),
    (RuleId::PolicyCompromised, policy_compromised),
    (RuleId::PolicyUnmatched, policy_unmatched),
    (RuleId::OwnerUnknown, owner_unknown),
    (RuleId::RequirementUnsatisfiable, requirement_unsatisfiable),
    (RuleId::RulesOverlap, rules_overlap),
    (RuleId::SeparationOff, separation_off),
    (RuleId::LevelSet, level_set),
    (RuleId::GovernanceNarrowed, governance_narrowed),
    (RuleId::PolicyRestart, policy_restart),
];

/// The next policy, which waits for its approvals; in the broken case with a change.
fn proposed(broken: bool, change: impl FnOnce(&mut PolicyDraft)) -> Scene {
    proposed_in(Repo::team(), broken, change)
}

/// The same in a repository that is there already.
fn proposed_in(repo: Repo, broken: bool, change: impl FnOnce(&mut PolicyDraft)) -> Scene {
    let next = repo
        .team_policy()
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}")
        .with(|next| next.serial = 6);
    let spoiled = next.clone().with(change);
    landed_in(
        repo,
        broken,
        |tree| tree.put_policy(&next),
        |tree| tree.put_policy(&spoiled),
    )
}

/// A first policy; in the broken case with a change.
fn first(broken: bool, change: impl FnOnce(&mut PolicyDraft)) -> Scene {
    let one_rule = |policy: PolicyDraft| {
        policy.with(|policy| {
            policy.approvals.truncate(1);
            if broken {
                change(policy);
            }
        })
    };
    check(&Repo::team_with(one_rule, |_| ()))
}

/// A level that changes something, and one that does not.
fn level_set(broken: bool) -> Scene {
    let path = if broken { "skills/**" } else { "prompts/**" };
    let level = |policy: PolicyDraft| {
        policy.line(&format!(
            "rules: [{{rule: skill-portability, paths: ['{path}'], level: off, reason: One harness.}}]"
        ))
    };
    check(&Repo::team_with(level, |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it.");
        tree.replace("skills/pdf/SKILL.md", "metadata:", "model: best\nmetadata:");
    }))
}

fn policy_invalid(broken: bool) -> Scene {
    proposed(broken, |policy| {
        policy.administrators.push("ghost".to_owned());
    })
}

fn policy_missing(broken: bool) -> Scene {
    landed(
        broken,
        |tree| tree.put("README.md", "Hello.\n"),
        |tree| {
            tree.remove(POLICY_PATH);
        },
    )
}

fn policy_irregular(broken: bool) -> Scene {
    landed(
        broken,
        |tree| tree.put_mode("elsewhere.yaml", REGULAR, tree.text(POLICY_PATH)),
        |tree| tree.link(POLICY_PATH, "elsewhere.yaml"),
    )
}

fn policy_pending(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    let next = repo
        .team_policy()
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    let both = [&alice, &carol];
    adopt(&mut repo, &next, if broken { &[] } else { &both })?;
    check(&repo)
}

fn policy_previous(broken: bool) -> Scene {
    proposed(broken, |policy| policy.previous = None)
}

fn policy_serial(broken: bool) -> Scene {
    let fifth = |policy: PolicyDraft| policy.with(|policy| policy.serial = 5);
    proposed_in(Repo::team_with(fifth, |_| ()), broken, |policy| {
        policy.serial = 4;
    })
}

fn policy_fork(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    let base = repo.head();
    let ours = repo
        .team_policy()
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    let theirs = repo
        .team_policy()
        .successor(&repo.tree())
        .line("unapproved: allow");
    adopt_by_both(&mut repo, &ours)?;
    repo.branch_at("other", base)?;
    let both = [&alice, &carol];
    adopt(&mut repo, &theirs, if broken { &both } else { &both[..1] })?;
    repo.switch("main")?;
    repo.merge("other", Method::Ours, &alice)?;
    check(&repo)
}

fn key_reassigned(broken: bool) -> Scene {
    let key = ssh_key(&Repo::team().bob);
    proposed(broken, |policy| {
        policy
            .principals
            .retain(|principal| principal.name != "bob");
        policy.teams[0].1 = vec!["alice".to_owned(), "dave".to_owned()];
        let dave = countersign::demo::Person::new("dave");
        *policy = policy.clone().person(&dave);
        set_keys(policy, "dave", &[key]);
    })
}

fn administrators_too_few(broken: bool) -> Scene {
    // A change takes one of two; of one of one, the loss of a key would end it.
    let one = |policy: PolicyDraft| policy.with(|policy| policy.policy_changes = 1);
    let repo = Repo::team_with(one, |_| ());
    let next = one(repo.team_policy())
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    let sole = next
        .clone()
        .with(|policy| policy.administrators = vec!["alice".to_owned()]);
    landed_in(
        repo,
        broken,
        |tree| tree.put_policy(&next),
        |tree| tree.put_policy(&sole),
    )
}

fn policy_compromised(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    let renewed = carol.clone().with_key_of("carol at home");
    let both = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|next| set_keys(next, "carol", &[ssh_key(&carol), ssh_key(&renewed)]));
    let second = adopt_by_both(&mut repo, &both)?;
    let later = repo.commit(&alice, "Write a page", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    let since = if broken { second } else { later };
    let line = format!(
        "compromised: [{{key: \"{}\", since: {since}}}]",
        carol.fingerprint()
    );
    let third = both
        .successor(&repo.tree())
        .with(|next| set_keys(next, "carol", &[ssh_key(&renewed)]))
        .line(&line);
    adopt(&mut repo, &third, &[&alice, &renewed])?;
    check(&repo)
}

fn policy_unmatched(broken: bool) -> Scene {
    let path = if broken { "skils/*" } else { "skills/*" };
    let entry = format!("{{kind: skill, path: \"{path}\", owners: [data-platform]}}");
    let policy = |policy: PolicyDraft| {
        policy.with(|policy| {
            policy.entries = vec![
                entry,
                "{kind: skill, path: \"skills/p*\", owners: [data-platform]}".to_owned(),
            ];
        })
    };
    check(&Repo::team_with(policy, |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    }))
}

fn owner_unknown(broken: bool) -> Scene {
    first(broken, |policy| {
        policy.teams.push(("the-old-team".to_owned(), Vec::new()));
    })
}

fn requirement_unsatisfiable(broken: bool) -> Scene {
    first(broken, |policy| {
        policy.approvals[0] = rule("count: 3, from: [data-platform]");
    })
}

fn rules_overlap(broken: bool) -> Scene {
    first(broken, |policy| {
        policy.approvals.push(
            "{subjects: [\"skill/*\"], require: [{count: 2, from: [owners, security]}]}".to_owned(),
        );
    })
}

fn separation_off(broken: bool) -> Scene {
    first(broken, |policy| {
        policy.more.push("separation_of_duties: false".to_owned());
    })
}

fn governance_narrowed(broken: bool) -> Scene {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    let next = repo.team_policy().successor(&repo.tree()).line(if broken {
        "ignore: [\"skills/pdf/**\", \"skills/pdf\"]"
    } else {
        "ignore: [\"skills/csv/**\"]"
    });
    landed_in(repo, broken, |tree| tree.put_policy(&next), |_| ())
}

fn policy_restart(broken: bool) -> Scene {
    let repo = Repo::team();
    let line = format!(
        "restart: {{previous: {}, reason: For convenience.}}",
        repo.head()
    );
    proposed_in(repo, broken, |policy| policy.more.push(line))
}
