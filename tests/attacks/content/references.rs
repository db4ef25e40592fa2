//! What a package uses and does not hold: references out of it, and scripts that commands of
//! settings name.

use countersign::demo::{PolicyDraft, Tree};
use countersign::model::DecisionKind;

use countersign_testkit::{Checked, Repo, TestResult};

/// A Skill of high or medium risk that says `body`, approved by an owner and by security;
/// `tools/x.sh` is next to it.
fn approved(risk: &str, body: &str, more: impl FnOnce(&mut Tree)) -> Repo {
    let entry =
        format!("{{kind: skill, path: \"skills/alpha\", owners: [data-platform], risk: {risk}}}");
    let mut repo = Repo::team_with(
        |policy| policy.with(|policy| policy.entries.push(entry)),
        |_| (),
    );
    let [alice, bob, carol] = repo.people();
    let text = format!(
        "---\nname: alpha\ndescription: Does alpha things.\nmetadata:\n  version: \"1.0.0\"\n---\n{body}\n"
    );
    let change = |tree: &mut Tree| {
        tree.put("skills/alpha/SKILL.md", text);
        tree.put("tools/x.sh", "evil\n");
        tree.put("x.md", "Do evil.\n");
        more(tree);
    };
    repo.commit(&alice, "Add alpha", change)
        .expect("the builder writes any tree");
    for by in [&bob, &carol] {
        repo.decide(by, DecisionKind::Approve, "skill/alpha", "1.0.0")
            .expect("the builder writes a record");
    }
    repo
}

#[track_caller]
fn fails_at(checked: &Checked, path: &str) {
    checked
        .assert("fail", &[])
        .finding_at("reference-escapes", path)
        .is("error");
}

#[test]
fn refuses_every_form_of_reference_that_leaves_a_package_of_high_risk() {
    for body in [
        "Run `../../tools/x.sh`",
        "```sh\n../../tools/x.sh\n```",
        "~~~\nbash ../../tools/x.sh --now\n~~~",
        "source ../../tools/x.sh",
        "read file ../../tools/x.sh now",
        "Run `tools/x.sh` in the repository root",
        "```\ntools/x.sh\n```",
        "then bash ./tools/x.sh",
        "Run ${CLAUDE_PLUGIN_ROOT}/x.sh",
        "Run \"$CLAUDE_PROJECT_DIR\"/tools/x.sh",
        "`~/x.sh`",
        "Run $HOME/x.sh",
        "@~/x.md",
        "@tools/x.sh",
        "[x](../../tools/x.sh)",
    ] {
        let repo = approved("high", body, |_| ());
        fails_at(&repo.check(), "skills/alpha/SKILL.md");
        assert_eq!(repo.state("skill/alpha"), "approved", "{body}");
    }
}

#[test]
fn refuses_a_script_of_the_package_that_runs_one_outside() {
    for (path, text) in [
        (
            "run.sh",
            "#!/bin/sh\n. \"$(dirname \"$0\")/../../tools/x.sh\"\n",
        ),
        ("scripts/run", "#!/usr/bin/env bash\nsource tools/x.sh\n"),
        (
            "run.py",
            "import subprocess\nsubprocess.run(['../../tools/x.sh'])\n",
        ),
    ] {
        let path = format!("skills/alpha/{path}");
        let repo = approved("high", "Run it.", |tree| tree.put(&path, text));
        fails_at(&repo.check(), &path);
    }
}

#[test]
fn a_reference_that_stays_inside_or_names_nothing_passes() {
    let body = "Run `scripts/x.sh`, ./scripts/x.sh and `tools/y.sh`; see [x](scripts/x.sh), `src/main.rs`, `~/.config/tool.json`, and/or TCP/IP.\n\n```sh\ncp ../.env.example .env\ncd ../..\n${CLAUDE_SKILL_DIR}/scripts/x.sh\n```";
    let repo = approved("high", body, |tree| {
        tree.put("skills/alpha/scripts/x.sh", "echo hi\n");
        tree.put("skills/alpha/tools/x.sh", "echo hi\n");
        tree.put("src/main.rs", "fn main() {}\n");
    });
    repo.check().passes().without("reference-escapes");
}

#[test]
fn a_reference_that_leaves_a_package_of_medium_risk_is_a_warning() {
    let repo = approved("medium", "source ../../tools/x.sh", |_| ());
    repo.check()
        .passes()
        .finding_at("reference-escapes", "skills/alpha/SKILL.md")
        .is("warning");
}

/// Settings of high risk that run `command`; `hooks/*` is governed, `tools` is not.
fn settings(command: &str) -> Repo {
    let entries = |policy: PolicyDraft| {
        policy.with(|policy| {
            for entry in [
                "{kind: setup, path: .claude/settings.json, owners: [data-platform], risk: high}",
                "{kind: setup, path: \"hooks/*\", owners: [data-platform]}",
            ] {
                policy.entries.push(entry.to_owned());
            }
        })
    };
    let mut repo = Repo::team_with(entries, |_| ());
    let alice = repo.alice.clone();
    let text = serde_json::json!({"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": command}]}]}});
    let change = |tree: &mut Tree| {
        tree.put(".claude/settings.json", format!("{text:#}\n"));
        tree.put("tools/x.sh", "evil\n");
        tree.put("x.py", "evil\n");
        tree.put("hooks/check.sh", "exit 0\n");
    };
    repo.commit(&alice, "Add settings", change)
        .expect("the builder writes any tree");
    repo
}

#[test]
fn refuses_settings_whose_command_names_a_script_that_no_entry_governs() -> TestResult {
    for command in [
        "tools/x.sh",
        "bash tools/x.sh --fast",
        "\"$CLAUDE_PROJECT_DIR\"/tools/x.sh",
        "${CLAUDE_PROJECT_DIR}/tools/x.sh",
        "cd tools && ../tools/x.sh",
        "python3 x.py",
        "~/x.sh",
    ] {
        fails_at(&settings(command).check(), ".claude/settings.json");
    }
    for command in [
        "hooks/check.sh",
        "\"$CLAUDE_PROJECT_DIR\"/hooks/check.sh",
        "jq -r .tool_input",
        "tools/none.sh",
        "npx prettier --write src/main.rs",
    ] {
        settings(command)
            .check()
            .assert("waiting", &[])
            .without("reference-escapes");
    }
    Ok(())
}
