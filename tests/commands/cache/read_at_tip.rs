//! What was read at the tip is kept for views, is never used by verdicts, and changes nothing.

use countersign::demo::DemoError;
use countersign_testkit::{Repo, TestResult};

use super::{content_at, keep_at, replaced, same, tip, views};

/// A Skill whose text points out of its package, to a file that is there.
fn pointing() -> Result<Repo, DemoError> {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.granted_skill("csv", "1.0.0")?;
    repo.commit(&alice, "Docs", |tree| tree.put("docs/a.md", "a"))?;
    repo.commit(&alice, "pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "See [a](../../docs/a.md).");
    })?;
    Ok(repo)
}

fn explained(repo: &Repo) -> String {
    repo.run(&["explain", "skill/pdf"]).to_string()
}

#[test]
fn what_was_read_at_the_tip_is_used_by_views_and_never_by_verdicts() -> TestResult {
    let mut repo = pointing()?;
    let alice = repo.alice.clone();
    views(&repo, &[]);
    let inside = content_at(tip(&repo));
    keep_at(
        tip(&repo),
        &replaced(&inside, b"outside the package", b"OUTSIDE the package"),
    );
    assert!(
        explained(&repo).contains("OUTSIDE the package"),
        "else no test here compares anything"
    );
    repo.commit(&alice, "Other docs", |tree| tree.put("docs/b.md", "b"))?;
    assert!(
        explained(&repo).contains("OUTSIDE the package"),
        "a landing elsewhere later, too"
    );
    let verdict = repo.run(&["check"]);
    assert!(
        verdict.stdout.contains("outside the package") && !verdict.stdout.contains("OUTSIDE"),
        "{}",
        verdict.stdout
    );
    let pinned = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
    assert!(
        !repo
            .run(&["explain", "skill/pdf", "--anchor", pinned.trim()])
            .to_string()
            .contains("OUTSIDE")
    );
    repo.commit(&alice, "pdf", |tree| {
        tree.put_skill("pdf", "1.0.1", "See [a](../../docs/a.md).");
    })?;
    assert!(
        !explained(&repo).contains("OUTSIDE the package"),
        "other bytes are read again"
    );
    Ok(())
}

#[test]
fn the_tip_is_the_same_warm_and_cold_whatever_moves() -> TestResult {
    let mut repo = pointing()?;
    let [alice, bob, _] = repo.people();
    views(&repo, &[]);
    same(&repo, &[], "nothing moved");
    repo.commit(&alice, "No docs", |tree| {
        tree.remove("docs/a.md");
    })?;
    assert!(
        explained(&repo).contains("which does not exist"),
        "{}",
        explained(&repo)
    );
    same(&repo, &[], "what the text points to is gone");
    repo.commit(&alice, "A folder of docs", |tree| {
        tree.put("docs/a.md/b", "b");
    })?;
    same(&repo, &[], "what the text points to is a folder");
    repo.commit(&bob, "Executable", |tree| {
        tree.put_executable("skills/pdf/run.sh", "true");
    })?;
    same(&repo, &[], "another file in the package");
    let policy = repo.team_policy();
    repo.change_policy(&policy, |policy| {
        policy
            .entries
            .push("{kind: setup, path: docs, owners: [alice], risk: high}".to_owned());
    })?;
    same(&repo, &[], "another policy");
    repo.commit(&alice, "Elsewhere", |tree| tree.put("skills/csv.md", "x"))?;
    same(&repo, &[], "a file beside the packages");
    let known = content_at(tip(&repo));
    for content in [
        &known[..known.len() / 2],
        &[known.as_slice(), b"more"].concat(),
        &[0xff; 512],
        &[],
    ] {
        keep_at(tip(&repo), content);
        same(&repo, &[], "content that is none");
    }
    Ok(())
}
