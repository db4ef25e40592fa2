//! What a policy's author should hear: rules that overlap, entries that match nothing, one key
//! under two names, people who are no one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::demo::policy::ssh_key;
use countersign::demo::{Person, PolicyDraft};
use countersign::model::DecisionKind;

use countersign_testkit::adoption::{
    POLICY_PATH, adopt_by_both, adopt_with, is_invalid_policy, set_keys,
};
use countersign_testkit::gpg::{BIRTH, Gpg};
use countersign_testkit::views::{policy_digest, serial};
use countersign_testkit::{Checked, Repo, TestResult};

#[test]
fn of_rules_that_overlap_the_strictest_applies_and_lint_says_so() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| {
            policy.with(|draft| {
                draft.approvals = vec![
                    "{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}]}".to_owned(),
                    "{subjects: [\"skill/*\"], require: [{count: 2, from: [owners, administrators]}], accept: [signature]}".to_owned(),
                ];
            })
        },
        |_| (),
    );
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    let checked = repo.check();
    let finding = checked.finding("rules-overlap").has("path", POLICY_PATH);
    assert!(finding.number("line").is_some(), "{checked}");
    assert_eq!(checked.verdict(), "waiting");
    repo.decide(&carol, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn of_rules_that_overlap_the_accepted_evidence_is_what_all_accept() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| {
            policy.line("merge_methods: [merge]").with(|draft| {
                draft.approvals = vec![
                    "{subjects: [\"*/*\"], require: [{count: 1, from: [owners]}], accept: [signature, commit]}".to_owned(),
                    "{subjects: [\"skill/*\"], require: [{count: 1, from: [owners]}], accept: [signature]}".to_owned(),
                ];
            })
        },
        |_| (),
    );
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .unsigned()
        .record();
    repo.land(bob.signed(), &record)?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass");
    checked
        .finding_at("evidence-not-accepted", &record.path)
        .has("principal", "bob");
    Ok(())
}

#[test]
fn rules_that_do_not_overlap_are_not_found() {
    let repo = Repo::team_with(
        |policy| {
            policy.with(|draft| {
                draft.approvals =
                    vec!["{subjects: [\"*/*\"], require: [{count: 1, from: [owners]}]}".to_owned()];
            })
        },
        |_| (),
    );
    repo.check().without("rules-overlap");
}

#[test]
fn an_entry_that_matches_nothing_is_found() {
    let repo = Repo::team_with(
        |policy| {
            policy.with(|draft| {
                draft.entries =
                    vec!["{kind: skill, path: \"skils/*\", owners: [data-platform]}".to_owned()];
            })
        },
        |_| (),
    );
    let checked = repo.check();
    let finding = checked
        .finding("policy-unmatched")
        .has("path", POLICY_PATH)
        .says("skils/*");
    assert!(finding.number("line").is_some(), "{checked}");
}

#[test]
fn an_entry_that_matches_something_is_not_found() {
    let repo = Repo::team_with(
        |policy| {
            policy.line("baseline: allow").with(|draft| {
                draft.entries = vec![
                    "{kind: skill, path: \"skills/*\", owners: [data-platform], risk: low}"
                        .to_owned(),
                ];
            })
        },
        |tree| tree.put_skill("pdf", "1.0.0", "Do it well."),
    );
    repo.check().without("policy-unmatched");
}

#[test]
fn a_team_or_entry_without_a_person_is_found() {
    let changes: [fn(&mut PolicyDraft); 2] = [
        |draft| draft.teams.push(("the-old-team".to_owned(), Vec::new())),
        |draft| draft.entries[0] = "{kind: skill, path: \"skills/*\", owners: []}".to_owned(),
    ];
    for (change, named) in changes.into_iter().zip(["the-old-team", "skills/*"]) {
        let repo = Repo::team_with(|policy| policy.with(change), |_| ());
        let checked = repo.check();
        let finding = checked
            .finding("owner-unknown")
            .has("path", POLICY_PATH)
            .says(named);
        assert!(finding.number("line").is_some(), "{checked}");
    }
}

#[test]
fn an_owner_administrator_member_or_operator_that_is_not_defined_is_an_error() -> TestResult {
    let changes: [fn(&mut PolicyDraft); 4] = [
        |draft| draft.entries[0] = "{kind: skill, path: \"skills/*\", owners: [ghost]}".to_owned(),
        |draft| draft.administrators.push("ghost".to_owned()),
        |draft| draft.teams[0].1.push("ghost".to_owned()),
        |draft| {
            draft
                .roles
                .push("operators: [{members: [ghost], subjects: [\"*/*\"]}]".to_owned());
        },
    ];
    for change in changes {
        is_never_a_policy("ghost", change, &[])?;
    }
    Ok(())
}

#[test]
fn a_requirement_that_no_one_can_meet_is_found() {
    for require in [
        "[{count: 3, from: [data-platform]}]",
        "[{count: 0, from: [owners]}]",
        "[{count: 1, from: []}]",
    ] {
        let repo = Repo::team_with(
            |policy| {
                policy.with(|draft| {
                    draft.approvals[0] = format!("{{subjects: [\"*/*\"], require: {require}}}");
                })
            },
            |_| (),
        );
        let checked = repo.check();
        checked
            .finding("requirement-unsatisfiable")
            .has("path", POLICY_PATH);
    }
}

#[test]
fn one_person_in_two_teams_cannot_meet_two_requirements_of_one_rule() {
    let repo = Repo::team_with(
        |policy| {
            policy.with(|draft| {
                draft.teams = vec![("first".to_owned(), vec!["bob".to_owned()]), ("second".to_owned(), vec!["bob".to_owned()])];
                draft.entries = vec!["{kind: skill, path: \"skills/*\", owners: [bob]}".to_owned()];
                draft.approvals =
                    vec!["{subjects: [\"*/*\"], require: [{count: 1, from: [first]}, {count: 1, from: [second]}]}".to_owned()];
            })
        },
        |_| (),
    );
    repo.check()
        .finding("requirement-unsatisfiable")
        .has("path", POLICY_PATH);
}

/// Asserts that the policy that `change` makes is none at the anchor, and as a change never comes
/// into force though all approve.
#[track_caller]
fn is_never_a_policy(
    why: &str,
    change: impl Fn(&mut PolicyDraft),
    files: &[(&str, Vec<u8>)],
) -> Result<Checked, Box<dyn std::error::Error>> {
    let put = |tree: &mut countersign::demo::Tree| {
        for (path, bytes) in files {
            tree.put(path, bytes);
        }
    };
    let repo = Repo::team_with(|policy| policy.with(|draft| change(draft)), put);
    is_invalid_policy(&repo, why);
    let mut repo = Repo::team();
    let (alice, carol, before) = (repo.alice.clone(), repo.carol.clone(), policy_digest(&repo));
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| change(draft));
    adopt_with(&mut repo, &draft, &[&alice, &carol], put)?;
    let checked = repo.check();
    checked
        .assert("fail", &["policy-invalid"])
        .finding("policy-invalid")
        .is("error")
        .has("path", POLICY_PATH);
    assert_eq!((serial(&repo), policy_digest(&repo)), (1, before));
    Ok(checked)
}

#[test]
fn one_ssh_key_under_two_principals_is_an_error() -> TestResult {
    is_never_a_policy(
        "alice",
        |draft| set_keys(draft, "bob", &[ssh_key(&Person::new("alice"))]),
        &[],
    )?;
    Ok(())
}

#[test]
fn one_key_as_a_persons_and_as_the_platforms_is_an_error() -> TestResult {
    is_never_a_policy(
        "bob",
        |draft| {
            draft
                .more
                .push(format!("platform_keys: [{}]", ssh_key(&Person::new("bob"))));
        },
        &[],
    )?;
    Ok(())
}

#[test]
fn one_key_written_as_ssh_and_as_minisign_under_two_principals_is_an_error() -> TestResult {
    let blob = STANDARD.decode(
        Person::new("alice")
            .public_line()
            .split(' ')
            .nth(1)
            .expect("a type and base64"),
    )?;
    let minisign = STANDARD.encode([b"Ed12345678", &blob[blob.len() - 32..]].concat());
    is_never_a_policy(
        "alice",
        |draft| set_keys(draft, "bob", &[format!("{{minisign: \"{minisign}\"}}")]),
        &[],
    )?;
    Ok(())
}

#[test]
fn one_key_as_an_openpgp_subkey_and_as_ssh_under_two_principals_is_an_error() -> TestResult {
    let gpg = Gpg::new();
    let primary = gpg.generate("bob@acme.example", "ed25519", "cert", "0", BIRTH);
    let subkey = gpg.subkey(&primary, "ed25519", "auth");
    let line = String::from_utf8(gpg.run(&["--export-ssh-key", &format!("{subkey}!")], b""))?;
    let change = |draft: &mut PolicyDraft| {
        set_keys(
            draft,
            "alice",
            &[
                ssh_key(&Person::new("alice")),
                countersign_testkit::adoption::ssh_item(&line),
            ],
        );
        set_keys(draft, "bob", &["{openpgp: keys/bob.asc}".to_owned()]);
    };
    is_never_a_policy(
        "alice",
        change,
        &[("keys/bob.asc", gpg.export_minimal("bob@acme.example"))],
    )?;
    Ok(())
}

#[test]
fn one_key_twice_under_one_principal_is_not_an_error() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "bob", &[ssh_key(&bob), ssh_key(&bob)]));
    adopt_by_both(&mut repo, &draft)?;
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn one_e_mail_under_two_principals_is_an_error() -> TestResult {
    let change = |draft: &mut PolicyDraft| {
        draft
            .principal("bob")
            .emails
            .push("ALICE@acme.example".to_owned());
    };
    is_never_a_policy("alice@acme.example", change, &[])?;
    Ok(())
}

#[test]
fn one_account_under_two_principals_is_an_error() -> TestResult {
    let change = |draft: &mut PolicyDraft| {
        for (name, login) in [("alice", "alice-ng"), ("bob", "bob")] {
            draft.principal(name).more.push(format!(
                "accounts: [{{forge: github.com, login: {login}, id: 583231}}]"
            ));
        }
    };
    is_never_a_policy("583231", change, &[])?;
    Ok(())
}

#[test]
fn separation_of_duties_switched_off_is_said_aloud() {
    let repo = Repo::team_with(|policy| policy.line("separation_of_duties: false"), |_| ());
    repo.check().finding("separation-off");
    Repo::team().check().without("separation-off");
}
