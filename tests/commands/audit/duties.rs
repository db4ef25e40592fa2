//! Reviews, ends and retention, recomputed from commit dates and record files.

use countersign::model::Timestamp;
use serde_json::{Value, json};

use super::list;
use countersign_testkit::{Repo, TestResult};

const DAY: i64 = 86_400;

fn instant(seconds: i64) -> String {
    Timestamp::from_unix(seconds).to_string()
}

/// Committer date of the commit that added a file.
fn added(repo: &Repo, path: &str) -> i64 {
    repo.git(&[
        "log",
        "--first-parent",
        "--diff-filter=A",
        "--format=%ct",
        "--",
        path,
    ])
    .trim()
    .parse()
    .expect("one commit added it")
}

/// What a record says, by its text alone.
fn field(repo: &Repo, path: &str, name: &str) -> String {
    let text = repo.git(&[
        "log",
        "--first-parent",
        "-1",
        "--diff-filter=A",
        "--format=",
        "-p",
        "--",
        path,
    ]);
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("+{name}: ")).map(str::to_owned));
    line.unwrap_or_default().trim_matches('"').to_owned()
}

#[test]
fn reviews_ends_and_retention_follow_from_dates_and_records() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| {
            policy.with(|policy| {
                policy.entries = vec!["{kind: skill, path: \"skills/*\", owners: [data-platform], review_every: 30d}".to_owned()];
                policy.approvals = vec!["{subjects: [\"*/*\"], require: [{count: 1, from: [owners]}], expire_after: 60d}".to_owned()];
                policy.more.push("retention: {decisions: 40d, reviews: 1y}".to_owned());
            })
        },
        |_| {},
    );
    let alice = repo.alice.clone();
    repo.approved_skill("old", "1.0.0")?;
    repo.wait(35 * DAY);
    repo.approved_skill("young", "1.0.0")?;
    repo.commit(&alice, "No one looked at this one", |tree| {
        tree.put_skill("never", "1.0.0", "Do it.");
    })?;
    let records = repo.git(&["ls-tree", "-r", "--name-only", "HEAD", "--", "approvals"]);
    let records: Vec<String> = records
        .lines()
        .filter(|path| path.ends_with(".yaml"))
        .map(str::to_owned)
        .collect();
    let of = |name: &str| {
        records
            .iter()
            .find(|path| path.contains(&format!("/{name}/")))
            .expect("it was approved")
            .clone()
    };
    let (old, young) = (of("old"), of("young"));
    repo.wait(10 * DAY);
    // The removal takes both files: the record and its signature.
    repo.commit(&alice, "Lose a record", |tree| {
        assert!(tree.remove(&young) && tree.remove(format!("{young}.sig")));
    })?;
    let now = added(&repo, &old) + 61 * DAY;
    let report = repo
        .run(&["audit", "--format", "json", "--now", &instant(now)])
        .exits(0)
        .json();

    let reviews: Vec<(String, Value, Value)> = list(&report["reviews"])
        .iter()
        .map(|review| {
            (
                review["subject"].as_str().unwrap_or_default().to_owned(),
                review["due"].clone(),
                review["overdue"].clone(),
            )
        })
        .collect();
    let due = |path: &str| added(&repo, path) + 30 * DAY;
    assert_eq!(
        reviews,
        [
            ("skill/never".to_owned(), Value::Null, json!(true)),
            (
                "skill/old".to_owned(),
                json!(instant(due(&old))),
                json!(due(&old) <= now)
            ),
            (
                "skill/young".to_owned(),
                json!(instant(due(&young))),
                json!(due(&young) <= now)
            ),
        ]
    );
    assert_eq!(
        report["summary"]["reviews_overdue"],
        reviews.iter().filter(|review| review.2 == true).count()
    );

    let ends = |path: &str| {
        field(&repo, path, "time")
            .parse::<Timestamp>()
            .expect("a record has its time")
            .unix()
            + 60 * DAY
    };
    let expiring: Vec<(Value, Value)> = list(&report["expiring"])
        .iter()
        .map(|one| (one["ends"].clone(), one["ended"].clone()))
        .collect();
    let wanted = |path: &str| (json!(instant(ends(path))), json!(ends(path) <= now));
    assert_eq!(expiring, [wanted(&old), wanted(&young)]);
    assert_eq!(
        report["summary"]["approvals_expired"],
        expiring.iter().filter(|one| one.1 == true).count()
    );

    let [decisions, unknown] = list(&report["retention"]) else {
        panic!("{:#}", report["retention"])
    };
    let ages: Vec<i64> = records
        .iter()
        .map(|path| now - added(&repo, path))
        .collect();
    assert_eq!(
        (&decisions["kind"], &decisions["keep_days"]),
        (&json!("decisions"), &json!(40))
    );
    assert_eq!(decisions["records"], records.len());
    assert_eq!(
        decisions["older"],
        ages.iter().filter(|age| **age > 40 * DAY).count()
    );
    assert_eq!(
        decisions["oldest"],
        instant(now - ages.iter().max().expect("there are records"))
    );
    assert_eq!(
        decisions["missing"],
        json!([young]),
        "what must be kept and is no longer there"
    );
    assert!(unknown["note"].is_string(), "{unknown:#}");
    Ok(())
}
