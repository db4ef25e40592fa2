//! A policy or a record that a reviewer's editor, or a reader of YAML 1.1, shows as another one.

use countersign::demo::Record;
use countersign::demo::person::DECISION_NAMESPACE;
use countersign::model::DecisionKind;

use countersign_testkit::adoption::POLICY_PATH;
use countersign_testkit::views::{policy_digest, serial};
use countersign_testkit::{Repo, TestResult};

/// Asserts that a policy with `hidden` in it is an error at its line, is not compared, and never
/// comes into force.
#[track_caller]
fn is_refused(line: u64, code_point: &str, change: impl Fn(String) -> String) -> TestResult {
    let mut repo = Repo::team();
    let (alice, before) = (repo.alice.clone(), policy_digest(&repo));
    repo.commit(&alice, "Change the policy", |tree| {
        tree.edit(POLICY_PATH, |text| {
            change(text.replace("serial: 1\n", "serial: 2\n"))
        });
    })?;
    let checked = repo.check();
    checked
        .assert("fail", &["hidden-text"])
        .finding_at("hidden-text", POLICY_PATH)
        .is("error")
        .line(line)
        .says(code_point);
    assert_eq!(
        (serial(&repo), policy_digest(&repo)),
        (1, before),
        "the policy before it stays in force"
    );
    std::fs::write(repo.path().join(POLICY_PATH), repo.tree().text(POLICY_PATH))?;
    let compared = repo.run(&["policy", "diff"]);
    assert_eq!(compared.code, 2, "{compared}");
    assert!(
        format!("{}{}", compared.stdout, compared.stderr).contains(code_point),
        "{compared}"
    );
    // At the anchor, too.
    let mut repo = Repo::empty();
    let (alice, text) = (repo.alice.clone(), change(repo.team_policy().text()));
    repo.commit(&alice, "Govern this repository", |tree| {
        tree.put(POLICY_PATH, &text);
    })?;
    let checked = repo.check();
    checked.assert("not-evaluated", &["hidden-text"]);
    assert_eq!(checked.code(), 2, "{checked}");
    Ok(())
}

#[test]
fn refuses_a_policy_in_which_a_comment_ends_early_for_other_readers() -> TestResult {
    for (separator, code_point) in [
        ("\u{2028}", "U+2028"),
        ("\u{2029}", "U+2029"),
        ("\u{85}", "U+0085"),
    ] {
        is_refused(1, code_point, |text| {
            format!("# every commit is signed{separator}signed_commits: all\n{text}")
        })?;
    }
    Ok(())
}

#[test]
fn refuses_a_policy_that_is_shown_in_another_order() -> TestResult {
    is_refused(1, "U+202E", |text| {
        format!("# \u{202e}eurt :seitud_fo_noitarapes\u{202c}\n{text}")
    })
}

#[test]
fn refuses_a_policy_with_characters_of_no_width() -> TestResult {
    is_refused(1, "U+200B", |text| format!("# ad\u{200b}min\n{text}"))?;
    is_refused(1, "U+E0061", |text| format!("# x\u{e0061}\n{text}"))?;
    is_refused(1, "U+FE01", |text| format!("# x\u{fe01}\u{fe02}\n{text}"))
}

#[test]
fn refuses_a_record_that_other_readers_read_otherwise() -> TestResult {
    for hidden in [
        "\u{2028}decision: reject",
        "\u{85}decision: reject",
        "\u{202e}ylno stset rof\u{202c}",
        "a\u{200b}b",
    ] {
        let mut repo = Repo::team();
        let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
        })?;
        let draft = repo.draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?;
        let mut bytes = draft.record().bytes;
        bytes.extend(format!("# {hidden}\n").bytes());
        let signature = bob.sign(DECISION_NAMESPACE, &bytes).into_bytes();
        let path = draft.record().path;
        let record = Record {
            signatures: vec![(format!("{path}.sig"), signature)],
            path,
            bytes,
        };
        repo.land(&bob, &record)?;
        assert_eq!(repo.state("skill/pdf"), "draft", "{hidden:?}");
        let checked = repo.check();
        checked
            .assert("fail", &["record-invalid"])
            .finding_at("record-invalid", &record.path)
            .is("error")
            .says("U+");
    }
    Ok(())
}

#[test]
fn emoji_and_scripts_in_a_policy_and_in_a_record_are_read() -> TestResult {
    let text =
        "# \u{1f469}\u{200d}\u{1f4bb} \u{2714}\u{fe0f} \u{645}\u{6cc}\u{200c}\u{62e} caf\u{e9}";
    let mut repo = Repo::team_with(|policy| policy.line(text), |_| ());
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .reason(text)
        .record();
    repo.land(&bob, &record)?;
    repo.check().passes();
    repo.check().without("hidden-text");
    Ok(())
}

#[test]
fn warns_of_values_in_a_policy_that_yaml_1_1_reads_otherwise() {
    let repo = Repo::team_with(
        |policy| policy.line("limits: {package_files: 0100}"),
        |_| (),
    );
    let checked = repo.check();
    checked.passes();
    checked
        .finding_at("yaml-ambiguous", POLICY_PATH)
        .is("warning")
        .says("`0100` is a number here, but an octal number or text");
}
