//! Paths and values of files are inert, also where their lines are quoted.

use countersign::demo::Tree;
use countersign::demo::documents::{agent_text, prompt_text, server_text, skill_text};

use super::{PAYLOADS, inert, inert_everywhere};
use countersign_testkit::{Repo, TestResult};

fn with(change: impl FnOnce(&mut Tree)) -> Repo {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")
        .expect("the builder writes an approved Skill");
    let alice = repo.alice.clone();
    repo.commit(&alice, "Attack", change)
        .expect("the builder writes any tree");
    repo
}

#[test]
fn paths_inside_packages_are_inert() {
    for payload in PAYLOADS {
        let repo =
            with(|tree| tree.put(format!("skills/pdf/{}.md", payload.replace('/', "_")), "x"));
        inert_everywhere(&repo);
    }
}

#[test]
fn paths_of_packages_are_inert() {
    for payload in PAYLOADS {
        let step = payload.replace('/', "_");
        let repo = with(|tree| {
            tree.put(
                format!("skills/{step}/SKILL.md"),
                skill_text("pdf", "1.0.0", "Do it."),
            );
            tree.put(format!("prompts/{step}.md"), prompt_text("1.0.0", "Hello."));
        });
        assert_ne!(repo.check().verdict(), "pass");
        inert_everywhere(&repo);
    }
}

#[test]
fn paths_outside_every_entry_are_inert() {
    for payload in PAYLOADS {
        let repo = with(|tree| {
            tree.put(
                format!("{}/SKILL.md", payload.replace('/', "_")),
                skill_text("pdf", "1.0.0", "Do it."),
            );
        });
        repo.check().assert("fail", &["ungoverned"]);
        inert_everywhere(&repo);
    }
}

#[test]
fn paths_among_the_records_are_inert() {
    for payload in PAYLOADS {
        let repo =
            with(|tree| tree.put(format!("approvals/{}.yaml", payload.replace('/', "_")), "x"));
        assert_eq!(repo.check().verdict(), "fail");
        inert_everywhere(&repo);
    }
}

#[test]
fn targets_of_links_are_inert() {
    for payload in PAYLOADS {
        let repo = with(|tree| tree.link("skills/pdf/link", payload));
        repo.check().assert("fail", &["symlink"]);
        inert_everywhere(&repo);
    }
}

#[test]
fn values_in_frontmatter_are_inert() {
    for payload in PAYLOADS {
        let quoted = serde_json::to_string(payload).expect("text is JSON");
        let repo = with(|tree| {
            tree.put(
                "skills/pdf/SKILL.md",
                format!("---\nname: {quoted}\ndescription: {quoted}\n{quoted}: 1\nmetadata:\n  version: {quoted}\n---\n\n{payload}\n"),
            );
            tree.put(
                "prompts/greet.md",
                format!(
                    "---\nversion: {quoted}\nrisk: {quoted}\nowner: {quoted}\n---\n\n{payload}\n"
                ),
            );
        });
        assert_ne!(repo.check().verdict(), "pass");
        inert_everywhere(&repo);
    }
}

#[test]
fn raw_bytes_in_frontmatter_are_inert() {
    for payload in PAYLOADS {
        let repo = with(|tree| {
            tree.put(
                "skills/pdf/SKILL.md",
                format!("---\nname: {payload}\n{payload}\n---\n"),
            );
        });
        assert_ne!(repo.check().verdict(), "pass");
        inert_everywhere(&repo);
    }
}

#[test]
fn values_in_other_documents_are_inert() {
    for payload in PAYLOADS {
        let quoted = serde_json::to_string(payload).expect("text is JSON");
        let repo = with(|tree| {
            tree.put(
                "agents/triage.yaml",
                agent_text("1.0.0", &quoted, &[])
                    .replace("uses:\n", &format!("uses: [{quoted}]\n{quoted}: 1\n")),
            );
            tree.put(
                "servers/mail.json",
                server_text("mail", "1.0.0")
                    .replace("\"The mail of Acme\"", &quoted)
                    .replace("\"streamable-http\"", &quoted),
            );
            tree.put(
                "contracts/refund.yaml",
                format!("schema: {quoted}\nversion: {quoted}\n{quoted}: {quoted}\n"),
            );
        });
        assert_ne!(repo.check().verdict(), "pass");
        inert_everywhere(&repo);
    }
}

#[test]
fn lines_of_a_changed_policy_are_inert() {
    for payload in PAYLOADS {
        let quoted = serde_json::to_string(payload).expect("text is JSON");
        for line in [
            format!("# {payload}"),
            format!("{quoted}: 1"),
            format!("profile: {quoted}"),
            format!("ignore: [{quoted}]"),
        ] {
            let repo = with(|tree| tree.edit("countersign.yaml", |text| format!("{text}{line}\n")));
            assert_ne!(repo.check().verdict(), "pass");
            inert_everywhere(&repo);
        }
    }
}

#[test]
fn lines_of_an_invalid_policy_at_the_anchor_are_inert() -> TestResult {
    for payload in PAYLOADS {
        let quoted = serde_json::to_string(payload).expect("text is JSON");
        for line in [
            format!("{quoted}: 1"),
            format!("profile: {quoted}"),
            format!("profile: {payload}"),
            format!("teams: {{{quoted}: [alice]}}"),
        ] {
            let mut repo = Repo::empty();
            let alice = repo.alice.clone();
            let policy = repo.team_policy().line(&line);
            repo.commit(&alice, "Govern this repository", |tree| {
                tree.put_policy(&policy);
            })?;
            for output in inert_everywhere(&repo) {
                assert_eq!(
                    output.code, 2,
                    "an invalid policy at the anchor governs nothing\n{output}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn lines_of_gitattributes_are_inert() {
    for payload in PAYLOADS {
        let quoted = serde_json::to_string(payload).expect("text is JSON");
        let repo = with(|tree| {
            tree.put(
                ".gitattributes",
                format!("{quoted} ident\n*.md filter={payload}\n* {payload}\n"),
            );
        });
        inert_everywhere(&repo);
    }
}

#[test]
fn files_of_a_working_tree_are_inert() -> TestResult {
    for payload in PAYLOADS {
        let mut repo = Repo::team();
        repo.approved_skill("pdf", "1.0.0")?;
        repo.checkout()?;
        let folder = repo.path().join("skills").join(payload.replace('/', "_"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("SKILL.md"), format!("---\nname: {payload}\n"))?;
        for format in ["human", "json"] {
            let output = repo.run(&["check", "--worktree", "--format", format]);
            assert_ne!(output.code, 70, "{output}");
            inert(&output);
        }
    }
    Ok(())
}

/// Each of a hundred faults shows its line, and that line is the whole file: it was printed a
/// hundred times, with as many dashes below it.
#[test]
fn a_megabyte_of_faults_in_one_line_gives_a_short_message() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    repo.checkout()?;
    let entries = vec!["{kind: skil, path: 'skills/*'}"; 30_000].join(", ");
    let policy = format!("schema: countersign.policy/v1\nserial: 1\nsubjects: [{entries}]\n");
    std::fs::write(repo.path().join("countersign.yaml"), policy)?;
    for format in ["human", "json"] {
        let output = repo.run(&["check", "--worktree", "--format", format]);
        assert_eq!(output.code, 1, "{output}");
        assert!(
            output.stdout.len() + output.stderr.len() < 200_000,
            "{} and {} bytes",
            output.stdout.len(),
            output.stderr.len()
        );
    }
    Ok(())
}
