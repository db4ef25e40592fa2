//! What the replay keeps under the Git directory never changes what a view says: the same bytes
//! warm and cold.

mod random_histories;
mod read_at_tip;

use std::fs;
use std::path::PathBuf;

use countersign::demo::{DemoError, PolicyDraft};
use countersign::model::{DecisionKind, Digest};

use countersign_testkit::{Output, Repo, TestResult};

/// Every view in both formats.
const VIEWS: [&[&str]; 6] = [
    &["status"],
    &["status", "--format", "json"],
    &["log"],
    &["log", "--format", "json"],
    &["explain", "skill/pdf"],
    &["explain", "skill/pdf", "--format", "json"],
];

fn cache(repo: &Repo) -> PathBuf {
    repo.path().join(".git/countersign/replay")
}

/// What a view prints, except for whether it read from the cache.
fn plain(output: &Output) -> String {
    output.to_string().replace(NOTE, "")
}

/// What a view says that read from the cache.
const NOTE: &str =
    "read from the cache in the Git folder; `countersign check` reads the repository itself\n";

/// What every view prints, with these options.
fn views(repo: &Repo, options: &[&str]) -> Vec<String> {
    VIEWS
        .iter()
        .map(|view| plain(&repo.run(&[view, options].concat())))
        .collect()
}

fn cold(repo: &Repo, options: &[&str]) -> Vec<String> {
    forget(repo);
    // Each view writes a cache for the next.
    let view = |view: &&[&str]| {
        forget(repo);
        plain(&repo.run(&[view, options].concat()))
    };
    VIEWS.iter().map(view).collect()
}

/// What was read at the tip.
fn tip(repo: &Repo) -> PathBuf {
    repo.path().join(".git/countersign/tip")
}

fn forget(repo: &Repo) {
    let _ = fs::remove_file(cache(repo));
    let _ = fs::remove_file(tip(repo));
}

/// The views with whatever is kept now, and from nothing. What was kept stays.
#[track_caller]
fn same(repo: &Repo, options: &[&str], what: &str) {
    let kept = || [cache(repo), tip(repo)].map(|path| (fs::read(&path).ok(), path));
    let before = kept();
    let warm = views(repo, options);
    let after = kept();
    for (warm, cold) in warm.iter().zip(cold(repo, options)) {
        assert_eq!(*warm, cold, "{what}");
    }
    forget(repo);
    for ((before, path), (after, _)) in before.into_iter().zip(after) {
        if let Some(bytes) = before.or(after) {
            fs::write(path, bytes).expect("the test's directory is writable");
        }
    }
}

/// The content of a cache, without its digest.
fn content(repo: &Repo) -> Vec<u8> {
    content_at(cache(repo))
}

fn content_at(path: PathBuf) -> Vec<u8> {
    let mut bytes = fs::read(path).expect("a view has left a cache");
    bytes.truncate(bytes.len() - 32);
    bytes
}

/// Writes a cache as if the tool had: its digest fits.
fn keep(repo: &Repo, content: &[u8]) {
    keep_at(cache(repo), content);
}

fn keep_at(path: PathBuf, content: &[u8]) {
    fs::write(path, [content, Digest::of(content).as_bytes()].concat())
        .expect("the test's directory is writable");
}

/// `from` replaced by as many bytes wherever it occurs; it must occur somewhere.
#[track_caller]
fn replaced(content: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = content.to_vec();
    let places: Vec<usize> = (0..=content.len() - from.len())
        .filter(|at| content[*at..].starts_with(from))
        .collect();
    assert!(!places.is_empty(), "the cache holds what is to be replaced");
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

/// Two approved Skills and a cache of them, in which the reason of an approval reads `APPROVE`:
/// anyone who uses the cache says so.
fn marked() -> Result<Repo, DemoError> {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    views(&repo, &[]);
    let marked = replaced(&content(&repo), b"approve skill/pdf", b"APPROVE skill/pdf");
    keep(&repo, &marked);
    Ok(repo)
}

fn is_used(repo: &Repo, options: &[&str]) -> bool {
    let output = repo
        .run(&[&["log", "--format", "json"], options].concat())
        .exits(0);
    output.stdout.contains("APPROVE skill/pdf")
}

#[test]
fn views_use_what_is_kept_and_verdicts_do_not() -> TestResult {
    let mut repo = marked()?;
    assert!(is_used(&repo, &[]), "else no test here compares anything");
    repo.granted_skill("csv", "1.0.0")?;
    assert!(is_used(&repo, &[]), "a few landings later, too");
    let anchor = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
    assert!(
        !is_used(&repo, &["--anchor", anchor.trim()]),
        "who pins the anchor trusts nothing that lies there"
    );
    assert!(is_used(&repo, &[]), "and replaces nothing that lies there");
    Ok(())
}

#[test]
fn a_cache_that_calls_a_draft_approved_deceives_no_verdict() -> TestResult {
    // The same histories except for the last landing: in one of them Bob approves.
    let mut approved = Repo::team();
    approved.granted_skill("pdf", "1.0.0")?;
    let mut draft = Repo::team();
    let alice = draft.alice.clone();
    draft.drafted_skill("pdf", "1.0.0")?;
    draft.commit(&alice, "Docs", |tree| tree.put("docs/a.md", "a"))?;
    approved.run(&["status"]).exits(0);
    let forged = replaced(
        &content(&approved),
        approved.head().as_bytes(),
        draft.head().as_bytes(),
    );
    draft.run(&["status"]).exits(0);
    keep(&draft, &forged);
    assert_eq!(
        draft.state("skill/pdf"),
        "draft",
        "the tree has no record of that approval"
    );
    draft.check().assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn another_tools_or_anchors_cache_is_not_used() -> TestResult {
    let repo = marked()?;
    let marked = content(&repo);
    keep(
        &repo,
        &replaced(
            &marked,
            concat!("countersign ", env!("CARGO_PKG_VERSION"), " replay").as_bytes(),
            concat!("countersign ", env!("CARGO_PKG_VERSION"), " sundry").as_bytes(),
        ),
    );
    assert!(!is_used(&repo, &[]), "another format's");
    forget(&repo);
    // After the format's text, which its length precedes, comes the pinned anchor:
    // none.
    let text = 1 + usize::from(marked[0]);
    assert_eq!(
        marked[text], 0,
        "the tool keeps nothing of a run with a pinned anchor"
    );
    let anchor = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
    let id: countersign::model::ObjectId = anchor.trim().parse()?;
    let pinned = [
        &marked[..text],
        &[1, id.as_bytes().len() as u8],
        id.as_bytes(),
        &marked[text + 1..],
    ]
    .concat();
    keep(&repo, &pinned);
    assert!(!is_used(&repo, &[]), "another anchor's");
    Ok(())
}

#[test]
fn anything_else_in_the_place_of_the_cache_is_ignored() -> TestResult {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    views(&repo, &[]);
    let (whole, inside) = (fs::read(cache(&repo))?, content(&repo));
    let cold = cold(&repo, &[]);
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let mut foreign = Repo::team_with(|policy| policy.line("unapproved: allow"), |_| ());
    foreign.granted_skill("pdf", "1.0.0")?;
    views(&foreign, &[]);
    let foreign = fs::read(cache(&foreign))?;
    let damages = [
        Vec::new(),
        vec![0; 32],
        whole[..whole.len() / 2].to_vec(),
        flipped,
        vec![0xff; 4_096],
        foreign,
    ];
    for (number, damage) in damages.iter().enumerate() {
        // Each view leaves a cache for the next.
        let warm: Vec<String> = VIEWS
            .iter()
            .map(|view| {
                fs::write(cache(&repo), damage).expect("the test's directory is writable");
                plain(&repo.run(view))
            })
            .collect();
        assert_eq!(warm, cold, "damage {number}");
    }
    // The digest fits, and the content is cut, or says that very much follows.
    for content in [
        &inside[..inside.len() / 2],
        &[inside.as_slice(), b"more"].concat(),
        &[0xff; 4_096],
        &[&inside[..48], &[0xff; 8], &[0x7f]].concat(),
    ] {
        keep(&repo, content);
        same(&repo, &[], "content that is none");
    }
    Ok(())
}

#[test]
fn another_now_is_the_same_warm_and_cold() -> TestResult {
    let expiring = |policy: PolicyDraft| {
        policy.with(|policy| {
            policy.approvals =
                vec!["{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], expire_after: 30d}".to_owned()];
        })
    };
    let mut repo = Repo::team_with(expiring, |_| ());
    repo.granted_skill("pdf", "1.0.0")?;
    // The cache of a late look and of an early one, each for looks before and after it.
    for first in ["2027-01-01T00:00:00Z", "2026-01-05T10:30:00Z"] {
        forget(&repo);
        repo.run(&["status", "--now", first]).exits(0);
        for now in [
            "2026-01-05T09:30:00Z",
            "2026-01-05T20:00:00Z",
            "2026-03-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
        ] {
            same(
                &repo,
                &["--now", now],
                &format!("a cache of {first} at {now}"),
            );
        }
    }
    Ok(())
}

#[test]
fn anchors_are_the_same_warm_and_cold() -> TestResult {
    let mut repo = Repo::team();
    let anchor = repo.head().to_string();
    repo.granted_skill("pdf", "1.0.0")?;
    let later = repo.head().to_string();
    views(&repo, &[]);
    let before = fs::read(cache(&repo))?;
    for anchor in [&anchor, &later] {
        same(&repo, &["--anchor", anchor], "pinned");
        assert_eq!(
            fs::read(cache(&repo))?,
            before,
            "a pinned run keeps nothing"
        );
    }
    same(&repo, &[], "not pinned");
    Ok(())
}

#[test]
fn a_branch_and_an_older_landing_are_the_same_warm_and_cold_and_leave_nothing_for_the_governed_one()
-> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let granted = repo.head().to_string();
    views(&repo, &[]);
    repo.branch("work")?;
    repo.commit(&alice, "pdf 1.1.0", |tree| {
        tree.put_skill("pdf", "1.1.0", "Better.");
    })?;
    same(&repo, &[], "a branch with the governed one's cache");
    forget(&repo);
    views(&repo, &[]);
    assert!(!cache(&repo).exists(), "a branch keeps nothing");
    repo.switch("main")?;
    repo.decide(&alice, DecisionKind::Block, "skill/pdf", "all")?;
    views(&repo, &[]);
    repo.git(&["update-ref", "--no-deref", "HEAD", &granted]);
    repo.git(&["checkout", "--quiet", "--detach", &granted]);
    same(&repo, &[], "an older landing with a newer one's cache");
    Ok(())
}

#[test]
fn a_rewritten_history_is_the_same_warm_and_cold() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let fork = repo.head();
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    views(&repo, &[]);
    repo.reset(fork)?;
    same(&repo, &[], "taken back");
    repo.commit(&bob, "Another way", |tree| {
        tree.put_skill("pdf", "1.1.0", "Better.");
    })?;
    same(&repo, &[], "another way");
    // The same trees by other commits.
    repo.git(&[
        "commit",
        "--amend",
        "--allow-empty",
        "--quiet",
        "-m",
        "Said otherwise",
    ]);
    same(&repo, &[], "amended");
    let mut other = Repo::team();
    other.drafted_skill("pdf", "1.0.0")?;
    views(&other, &[]);
    fs::copy(cache(&other), cache(&repo))?;
    same(&repo, &[], "the cache of a history that forked before");
    repo.decide(&alice, DecisionKind::Approve, "skill/pdf", "1.1.0")?;
    same(&repo, &[], "and on");
    Ok(())
}

#[test]
fn what_only_looks_says_when_it_read_from_the_cache() -> TestResult {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    let views: [&[&str]; 6] = [
        &["status"],
        &["log"],
        &["explain", "skill/pdf"],
        &["explain", "policy/countersign"],
        &["explain", "principal/alice"],
        &["show", "skill/pdf@1.0.0"],
    ];
    for view in views {
        let json = [view, &["--format", "json"]].concat();
        forget(&repo);
        let cold = repo.run(&json).exits(0);
        assert!(!cold.stderr.contains(NOTE), "{cold}");
        let warm = repo.run(&json).exits(0);
        assert!(warm.stderr.contains(NOTE), "{warm}");
        assert_eq!(
            warm.stdout, cold.stdout,
            "a result does not depend on where it was read"
        );
        assert!(repo.run(view).exits(0).stderr.contains(NOTE), "{view:?}");
        assert!(
            !repo
                .run(&[view, &["--quiet"]].concat())
                .exits(0)
                .stderr
                .contains(NOTE),
            "{view:?}"
        );
    }
    let anchor = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
    assert!(
        !repo
            .run(&["status", "--format", "json", "--anchor", anchor.trim()])
            .exits(0)
            .stderr
            .contains(NOTE)
    );
    Ok(())
}

#[test]
fn an_old_state_under_a_new_head_is_refused_where_the_repository_shows_it() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    views(&repo, &[]);
    let (old_head, old) = (repo.head(), content(&repo));
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    // As it was kept: the revocation is judged on top of it.
    keep(&repo, &old);
    assert_eq!(repo.state("skill/pdf"), "revoked");
    // As if it had seen the revocation's landing instead of the one before.
    keep(
        &repo,
        &replaced(&old, old_head.as_bytes(), repo.head().as_bytes()),
    );
    assert_eq!(
        repo.state("skill/pdf"),
        "revoked",
        "its last landing has another parent"
    );
    // In the place of the landing that it is, but without its record.
    repo.reset(old_head)?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Docs", |tree| tree.put("docs/a.md", "a"))?;
    let other_head = repo.head();
    forget(&repo);
    views(&repo, &[]);
    let other = content(&repo);
    repo.reset(old_head)?;
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    keep(
        &repo,
        &replaced(&other, other_head.as_bytes(), repo.head().as_bytes()),
    );
    assert_eq!(
        repo.state("skill/pdf"),
        "revoked",
        "the tree has a record that the state does not know"
    );
    Ok(())
}

#[test]
fn two_views_at_once_leave_one_whole_cache() -> TestResult {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    let (path, now, home) = (
        repo.path().display().to_string(),
        repo.now().to_string(),
        repo.beside().to_owned(),
    );
    let arguments = ["-C", &path, "status", "--format", "json", "--now", &now];
    for _ in 0..6 {
        forget(&repo);
        std::thread::scope(|scope| {
            let run = || {
                plain(&Output::of(
                    env!("CARGO_BIN_EXE_countersign"),
                    &arguments,
                    &home,
                    true,
                ))
            };
            let runs: Vec<_> = (0..6).map(|_| scope.spawn(run)).collect();
            let answers: std::collections::BTreeSet<String> = runs
                .into_iter()
                .map(|run| run.join().expect("it ends"))
                .collect();
            assert_eq!(answers.len(), 1, "{answers:?}");
        });
        let left = fs::read_dir(repo.path().join(".git/countersign"))?.count();
        assert_eq!(left, 2, "the two files, and nothing half written");
        assert!(
            repo.run(&["status", "--format", "json"])
                .exits(0)
                .stderr
                .contains(NOTE),
            "and they are whole"
        );
    }
    Ok(())
}
