//! What `--anchor` and `--includes` name: a whole commit id, to which no one can give
//! another meaning.

use countersign::model::ObjectId;

use super::crafted::{Crafted, Step, mallory};
use countersign_testkit::{Repo, TestResult, desk, records};

/// An abbreviated id is refused, and the whole one is not.
#[track_caller]
fn takes_whole_ids(repo: &Repo, option: &str, id: ObjectId) {
    let id = id.to_string();
    for length in [7, 10, id.len() - 1] {
        let output = repo.run(&["check", option, &id[..length]]).exits(2);
        assert!(output.stderr.contains("abbreviated"), "{output}");
    }
    let short = &id[..10];
    for expression in [
        format!("{short}^0"),
        format!("{short}~0"),
        format!("{short}^{{commit}}"),
        format!("x-g{short}"),
        short.to_uppercase(),
    ] {
        let output = repo.run(&["check", option, &expression]).exits(2);
        assert!(output.stderr.contains("abbreviated"), "{output}");
    }
    let audit = repo.run(&["audit", option, short]).exits(2);
    assert!(audit.stderr.contains("abbreviated"), "{audit}");
    for whole in [id.clone(), id.to_uppercase()] {
        let whole = repo.check_with(&[option, &whole]);
        assert_ne!(whole.verdict(), "not-evaluated", "{whole}");
    }
}

#[test]
fn refuses_an_abbreviated_id_as_a_pin_with_and_without_a_tag_of_that_name() -> TestResult {
    let mut repo = Crafted::new();
    let vote = repo.lands("1.0.0")?;
    let good = repo.head();
    repo.craft(&[Step::Bytes("1.0.0"), Step::Copy(&vote), Step::Main])?;
    repo.check_with(&["--includes", &good.to_string()]).passes();
    repo.push()?.passes();
    let pins = [("--includes", good), ("--anchor", repo.anchor)];
    for (option, id) in pins {
        takes_whole_ids(&repo, option, id);
    }
    for (option, id) in pins {
        let id = id.to_string();
        for length in [7, 10, id.len() - 1] {
            repo.git(&["tag", &id[..length], "HEAD"]);
        }
        takes_whole_ids(&repo, option, id.parse()?);
    }
    repo.check_with(&["--includes", &good.to_string()])
        .assert("fail", &["includes-missing"]);
    Ok(())
}

#[test]
fn a_decision_on_a_branch_may_require_a_landing_that_main_has_and_the_branch_has_not() -> TestResult
{
    let mut repo = desk("alice")?;
    repo.branch("feature")?;
    repo.commit(&mallory(), "Notes", |tree| tree.put("docs/a.md", "a"))?;
    let own = repo.head().to_string();
    repo.switch("main")?;
    repo.commit(&mallory(), "More", |tree| tree.put("docs/b.md", "b"))?;
    let tip = repo.head().to_string();
    repo.switch("feature")?;
    repo.checkout()?;
    let approve = |includes: &str| {
        let all = [
            "approve",
            "skill/pdf",
            "--reason",
            "Read it",
            "--includes",
            includes,
        ];
        repo.run(&all)
    };
    let abbreviated = approve(&tip[..10]).exits(2);
    assert!(abbreviated.stderr.contains("abbreviated"), "{abbreviated}");
    approve(&own).exits(1);
    assert!(records(&repo).is_empty(), "nothing was written");
    approve(&tip).exits(0);
    assert_eq!(records(&repo).len(), 2, "a record and its signature");
    Ok(())
}
