//! A private key pasted where a public one belongs: refused with its line, and never repeated
//! anywhere.

use std::fs;

use countersign_testkit::adoption::is_invalid_policy;
use countersign_testkit::{Repo, TestResult};

const SECRET: &str = "bm9ib2R5TXVzdFNlZVRoaXM";

/// Every command that reads the policy, in every format that it has.
const COMMANDS: [&[&str]; 12] = [
    &["check"],
    &["check", "--format", "json"],
    &["check", "--worktree"],
    &["check", "--worktree", "--format", "json"],
    &["status"],
    &["status", "--format", "json"],
    &["explain", "skill/pdf"],
    &["log"],
    &["log", "--format", "json"],
    &["policy", "bump"],
    &["policy", "diff"],
    &["policy", "diff", "--format", "json"],
];

#[track_caller]
fn is_kept_secret(repo: &Repo) {
    for command in COMMANDS {
        let output = repo.run(command);
        for part in [SECRET, &SECRET[..12], "RWRTY0Iy"] {
            assert!(
                !output.stdout.contains(part) && !output.stderr.contains(part),
                "{command:?} does not tell it\n{output}"
            );
        }
    }
}

#[test]
fn a_private_key_in_the_policy_is_refused_with_its_line_and_never_repeated() -> TestResult {
    let forms = [
        (
            "ssh",
            format!(
                "|\n          -----BEGIN OPENSSH PRIVATE KEY-----\n          {SECRET}\n          -----END OPENSSH PRIVATE KEY-----"
            ),
            1,
        ),
        ("ssh", format!("b3BlbnNzaC1rZXktdjEAAAAA{SECRET}"), 0),
        (
            "openpgp",
            format!(
                "|\n          -----BEGIN PGP PRIVATE KEY BLOCK-----\n\n          {SECRET}\n          -----END PGP PRIVATE KEY BLOCK-----"
            ),
            1,
        ),
        (
            "openpgp",
            format!("-----BEGIN RSA PRIVATE KEY----- {SECRET}"),
            0,
        ),
        ("minisign", format!("RWRTY0Iy{}", SECRET.repeat(9)), 0),
        ("minisign", format!("RWQAAEIy{}", SECRET.repeat(9)), 0),
        // Not even YAML.
        (
            "minisign",
            format!(
                "untrusted comment: minisign encrypted secret key\nRWRTY0Iy{}",
                SECRET.repeat(9)
            ),
            0,
        ),
    ];
    for (field, key, below) in forms {
        let pasted = |text: &str| {
            text.replacen(
                "\nteams:",
                &format!("\n  mallory:\n    keys:\n      - {field}: {key}\n\nteams:"),
                1,
            )
        };
        let mut repo = Repo::empty();
        let (alice, draft) = (repo.alice.clone(), repo.team_policy());
        let text = pasted(&draft.text());
        let line = 1
            + below
            + text
                .lines()
                .position(|line| {
                    line.contains(&format!(
                        "      - {field}: {}",
                        key.lines().next().unwrap_or("?")
                    ))
                })
                .ok_or("pasted")?;
        repo.commit(&alice, "Govern", |tree| tree.put("countersign.yaml", &text))?;
        repo.checkout()?;
        let checked = is_invalid_policy(&repo, "private key");
        assert!(
            checked
                .findings()
                .iter()
                .any(|finding| finding.number("line") == Some(line as u64)),
            "line {line}\n{checked}"
        );
        assert!(
            checked.human().stderr.contains("create a new key")
                || checked.human().stdout.contains("create a new key"),
            "{checked}"
        );
        is_kept_secret(&repo);
        // As a change.
        let mut repo = Repo::team();
        repo.commit(&alice, "List Mallory", |tree| {
            tree.edit("countersign.yaml", |text| pasted(&text));
        })?;
        repo.checkout()?;
        assert_ne!(repo.check().verdict(), "pass");
        is_kept_secret(&repo);
    }
    Ok(())
}

#[test]
fn a_private_key_in_a_key_file_is_refused_by_its_path_and_never_repeated() -> TestResult {
    let files = [
        format!(
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{SECRET}\n-----END PGP PRIVATE KEY BLOCK-----\n"
        ),
        format!(
            "-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}\n-----END OPENSSH PRIVATE KEY-----\n"
        ),
        format!("untrusted comment: minisign encrypted secret key\nRWRTY0Iy{SECRET}\n"),
    ];
    for file in files {
        let mut repo = Repo::empty();
        let (alice, draft) = (repo.alice.clone(), repo.team_policy());
        let text = draft.text().replacen(
            "\nteams:",
            "\n  mallory:\n    keys:\n      - openpgp: keys/mallory.asc\n\nteams:",
            1,
        );
        repo.commit(&alice, "Govern", |tree| {
            tree.put("countersign.yaml", &text);
            tree.put("keys/mallory.asc", &file);
        })?;
        repo.checkout()?;
        is_invalid_policy(
            &repo,
            "key file `keys/mallory.asc` of mallory cannot be used: this is a private key",
        );
        fs::write(repo.path().join("keys/mallory.asc"), &file)?;
        is_kept_secret(&repo);
    }
    Ok(())
}
