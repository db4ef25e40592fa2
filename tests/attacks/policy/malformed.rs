//! Policies that cannot be read: an error with line and column, exit 2 at the anchor, and never in
//! force afterwards.

use std::fmt::Write as _;

use countersign_testkit::adoption::POLICY_PATH;
use countersign_testkit::views::{policy_digest, serial};
use countersign_testkit::{Finding, Repo, TestResult};

/// The first finding about the policy's file with a place.
#[track_caller]
fn at_fault(checked: &countersign_testkit::Checked) -> Finding {
    let found = checked.findings().into_iter().find(|finding| {
        finding.severity() == "error"
            && finding.text("path") == Some(POLICY_PATH)
            && finding.number("line").is_some()
    });
    let finding = found.unwrap_or_else(|| panic!("an error is at a line of the policy\n{checked}"));
    assert!(
        finding.number("column").is_some(),
        "{finding:?} has a column"
    );
    finding
}

/// Asserts that the text that `change` makes of the team's policy is not valid: neither at the
/// anchor nor as a change. The line is `line`, where it matters; the message or its help says
/// `why`.
#[track_caller]
fn is_malformed(line: Option<u64>, why: &str, change: impl Fn(String) -> String) -> TestResult {
    // At the anchor.
    let mut repo = Repo::empty();
    let (alice, text) = (repo.alice.clone(), change(repo.team_policy().text()));
    repo.commit(&alice, "Govern this repository", |tree| {
        tree.put(POLICY_PATH, &text);
    })?;
    let checked = repo.check();
    checked.assert("not-evaluated", &[]);
    assert_eq!(checked.code(), 2, "{checked}");
    let finding = at_fault(&checked);
    if let Some(line) = line {
        assert_eq!(finding.number("line"), Some(line), "{finding:?}");
    }
    let says = format!(
        "{} {}",
        finding.text("message").unwrap_or_default(),
        finding.text("help").unwrap_or_default()
    );
    assert!(says.contains(why), "it says `{why}`: {says}");
    let people = format!("{}{}", checked.human().stdout, checked.human().stderr);
    assert!(people.contains(POLICY_PATH), "people read where\n{people}");
    for command in ["status", "log"] {
        let output = repo.run(&[command, "--format", "json"]);
        assert_eq!(output.code, 2, "{output}");
    }
    // As a change.
    let mut repo = Repo::team();
    let before = policy_digest(&repo);
    repo.commit(&alice, "Change the policy", |tree| {
        tree.edit(POLICY_PATH, &change);
    })?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass");
    assert_ne!(checked.verdict(), "waiting");
    assert_eq!((serial(&repo), policy_digest(&repo)), (1, before));
    at_fault(&checked);
    Ok(())
}

#[test]
fn refuses_what_is_not_yaml() -> TestResult {
    is_malformed(None, "", |text| text.replace("teams:", "teams: [unclosed"))?;
    is_malformed(None, "", |_| "\u{0}".to_owned())?;
    is_malformed(None, "", |_| String::new())
}

#[test]
fn refuses_bytes_that_are_not_utf_8() -> TestResult {
    let mut repo = Repo::team();
    let (alice, before) = (repo.alice.clone(), policy_digest(&repo));
    repo.commit(&alice, "Change the policy", |tree| {
        tree.put(POLICY_PATH, b"serial: \xff\xfe\n");
    })?;
    repo.check().assert("fail", &[]);
    assert_eq!(policy_digest(&repo), before);
    Ok(())
}

#[test]
fn refuses_a_huge_policy() -> TestResult {
    is_malformed(None, "", |text| {
        let mut huge = text;
        for line in 0..400_000 {
            writeln!(huge, "# line {line}").expect("a string takes any text");
        }
        huge
    })
}

#[test]
fn refuses_a_deep_policy() -> TestResult {
    is_malformed(None, "", |text| {
        format!(
            "{text}retention: {}{}\n",
            "[".repeat(20_000),
            "]".repeat(20_000)
        )
    })
}

#[test]
fn refuses_an_alias_bomb() -> TestResult {
    is_malformed(None, "", |text| {
        let mut bomb = format!("{text}retention:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..30 {
            let list = vec![format!("*a{}", level - 1); 10].join(", ");
            writeln!(bomb, "  a{level}: &a{level} [{list}]").expect("a string takes any text");
        }
        bomb
    })
}

#[test]
fn refuses_an_anchor_and_its_alias() -> TestResult {
    is_malformed(Some(3), "", |text| {
        text.replace("repository: github.com", "repository: &r github.com")
    })
}

#[test]
fn refuses_a_tag() -> TestResult {
    is_malformed(Some(2), "", |text| {
        text.replace("serial: 1", "serial: !!int \"1\"")
    })
}

#[test]
fn refuses_a_duplicate_key() -> TestResult {
    is_malformed(Some(3), "serial", |text| {
        text.replace("serial: 1\n", "serial: 1\nserial: 2\n")
    })
}

#[test]
fn refuses_a_duplicate_key_below() -> TestResult {
    is_malformed(None, "alice", |text| text.replace("  bob:\n", "  alice:\n"))
}

#[test]
fn refuses_several_documents() -> TestResult {
    is_malformed(None, "", |text| format!("{text}---\n{text}"))
}

#[test]
fn refuses_an_unknown_field_and_says_upgrade() -> TestResult {
    is_malformed(Some(2), "pgrade", |text| {
        text.replace("serial: 1\n", "surprise: true\nserial: 1\n")
    })
}

#[test]
fn refuses_an_unknown_field_below() -> TestResult {
    is_malformed(None, "", |text| {
        text.replace("    name: Bob\n", "    name: Bob\n    omnipotent: true\n")
    })
}

#[test]
fn refuses_an_unknown_schema_version_and_says_upgrade() -> TestResult {
    is_malformed(Some(1), "pgrade", |text| {
        text.replace("countersign.policy/v1", "countersign.policy/v2")
    })
}

#[test]
fn refuses_another_schema() -> TestResult {
    is_malformed(Some(1), "", |text| {
        text.replace("countersign.policy/v1", "countersign.decision/v1")
    })?;
    is_malformed(None, "schema", |text| {
        text.replace("schema: countersign.policy/v1\n", "")
    })
}

#[test]
fn refuses_a_missing_required_field() -> TestResult {
    is_malformed(None, "policy_changes", |text| {
        text.replace("policy_changes: {count: 2}\n", "")
    })?;
    is_malformed(None, "administrators", |text| {
        text.replace("  administrators: [alice, carol]\n", "  viewers: []\n")
    })
}

#[test]
fn refuses_a_value_of_the_wrong_kind() -> TestResult {
    is_malformed(Some(2), "", |text| {
        text.replace("serial: 1\n", "serial: one\n")
    })?;
    is_malformed(None, "", |text| {
        text.replace("policy_changes: {count: 2}", "policy_changes: {count: -2}")
    })?;
    is_malformed(None, "", |text| {
        text.replace("branch: main", "branch: [main]")
    })
}

#[test]
fn refuses_a_name_that_is_both_a_person_and_a_team() -> TestResult {
    is_malformed(None, "alice", |text| {
        text.replace("  security: [carol]", "  alice: [carol]")
    })
}

#[test]
fn refuses_a_reserved_word_as_a_name() -> TestResult {
    is_malformed(None, "owners", |text| {
        text.replace("  security: [carol]", "  owners: [carol]")
    })
}

#[test]
fn refuses_unknown_names_where_authority_is_given() -> TestResult {
    is_malformed(None, "zoe", |text| {
        text.replace(
            "administrators: [alice, carol]",
            "administrators: [alice, zoe]",
        )
    })
}

#[test]
fn an_invalid_change_fails_and_fixing_it_passes() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Break the policy", |tree| {
        tree.edit(POLICY_PATH, |text| text + "surprise: true\n");
    })?;
    repo.check()
        .assert("fail", &["schema-invalid"])
        .finding("schema-invalid")
        .is("error")
        .has("path", POLICY_PATH);
    let first = repo.team_policy();
    repo.commit(&alice, "Fix it", |tree| tree.put_policy(&first))?;
    repo.check().passes();
    Ok(())
}
