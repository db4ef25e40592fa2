//! `docs/policy.md`: its examples govern a repository, keys included.

use countersign_testkit::gpg::Gpg;
use countersign_testkit::{Repo, TestResult};

use super::page;

#[test]
fn the_examples_govern_a_repository() -> TestResult {
    let examples = page("docs/policy.md");
    let examples = examples.iter().filter(|block| block.language == "yaml");
    let policy: String = examples.map(|block| block.text.as_str()).collect();
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    let gpg = Gpg::new();
    repo.commit(&alice, "Govern", |tree| {
        tree.put("countersign.yaml", policy.as_bytes());
        tree.put(".github/workflows/countersign.yml", "on: push\n");
        for (path, user) in [
            ("keys/bob.asc", "bob@acme.example"),
            ("keys/github-web-flow.asc", "noreply@github.example"),
        ] {
            gpg.signing_key(user);
            tree.put(path, gpg.export_minimal(user));
        }
    })?;
    let anchor = repo.head().to_string();
    let checked = repo.check_with(&["--anchor", &anchor]);
    checked.passes();
    assert_eq!(checked.json()["policy_serial"], 7, "{checked}");
    Ok(())
}
