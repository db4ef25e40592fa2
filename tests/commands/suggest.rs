//! What is left to approve, and which subjects `status` and which events `log` show.

use countersign_testkit::{Output, Repo, TestResult, sit, typed};

/// `csv` is approved by Bob, then changed by one line; `pdf` is new and longer; `xml` is approved.
fn team() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.approved_skill("csv", "1.0.0")?;
    repo.approved_skill("xml", "1.0.0")?;
    repo.drafted_skill("csv", "1.0.1")?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.\n\nAnd slowly.\n\nAnd again.");
        tree.put_executable(
            "skills/pdf/run.sh",
            "#!/bin/sh\ncurl https://files.example\n",
        );
    })?;
    repo.checkout()?;
    Ok(repo)
}

fn subjects(output: &Output) -> Vec<String> {
    let json = output.json();
    let listed = json["drafts"].as_array().or(json["subjects"].as_array());
    let name = |one: &serde_json::Value| one["subject"].as_str().map(str::to_owned);
    listed.into_iter().flatten().filter_map(name).collect()
}

#[test]
fn what_waits_is_suggested_with_the_smallest_change_first() -> TestResult {
    let repo = team()?;
    let shown = repo.run(&["suggest"]).exits(0).stdout;
    assert!(
        shown.starts_with(
            "2 approvals wait, the smallest change first\n\nskill/csv 1.0.1  since 1.0.0: 1 file, +"
        ),
        "{shown}"
    );
    assert!(
        shown.contains("\n\nskill/pdf 1.0.0  new: 2 files, +"),
        "{shown}"
    );
    assert!(
        shown.contains(
            "\n  countersign diff skill/pdf\n  countersign approve skill/pdf --reason …\n"
        ),
        "{shown}"
    );
    let json = repo.run(&["suggest", "--format", "json"]).exits(0);
    assert_eq!(subjects(&json), ["skill/csv", "skill/pdf"]);
    repo.run(&["diff", "skill/pdf"]).exits(0);
    Ok(())
}

#[test]
fn what_waits_for_someone_else_is_left_out() -> TestResult {
    let repo = team()?;
    let of = |arguments: &[&str]| {
        let arguments = [&["suggest", "--format", "json"], arguments].concat();
        repo.run(&arguments).exits(0)
    };
    // Alice wrote all of it.
    assert_eq!(subjects(&of(&["--as", "alice"])), Vec::<String>::new());
    assert_eq!(subjects(&of(&["--as", "bob"])), ["skill/csv", "skill/pdf"]);
    assert_eq!(subjects(&of(&["skill/p*"])), ["skill/pdf"]);
    sit(&repo, "bob");
    let mine = of(&["--mine"]);
    assert_eq!(mine.json()["principal"], "bob");
    assert_eq!(subjects(&mine), ["skill/csv", "skill/pdf"]);
    let none = repo.run(&["suggest", "--as", "alice"]).exits(0).stdout;
    assert_eq!(none, "nothing waits for alice\n");
    let unknown = repo.run(&["suggest", "--as", "dave"]).exits(2).stderr;
    assert!(
        unknown.contains("Name one of alice, bob, carol"),
        "{unknown}"
    );
    Ok(())
}

#[test]
fn status_shows_the_subjects_that_all_its_filters_fit() -> TestResult {
    let repo = team()?;
    let of = |arguments: &[&str]| {
        let arguments = [&["status", "--format", "json"], arguments].concat();
        subjects(&repo.run(&arguments).exits(0))
    };
    assert_eq!(of(&["--state", "draft"]), ["skill/csv", "skill/pdf"]);
    assert_eq!(of(&["--state", "approved,blocked"]), ["skill/xml"]);
    assert_eq!(of(&["--waiting", "--stale"]), ["skill/csv"]);
    assert_eq!(of(&["--stale", "skill/pdf"]), Vec::<String>::new());
    assert_eq!(of(&["--owner", "bob"]).len(), 3);
    assert_eq!(of(&["--owner", "data-platform"]).len(), 3);
    assert_eq!(of(&["--owner", "carol"]), Vec::<String>::new());
    let refused = repo.run(&["status", "--state", "fine"]).exits(2).stderr;
    assert!(refused.contains("rolled-back"), "{refused}");
    let none = repo.run(&["status", "--owner", "carol"]).exits(0).stdout;
    assert!(none.contains("\nno subject fits\n"), "{none}");
    // What is counted is listed with the same filters.
    let shown = repo.run(&["status", "--waiting"]).exits(0).stdout;
    assert!(!shown.contains("skill/xml"), "{shown}");
    Ok(())
}

#[test]
fn status_shows_the_people_that_are_named() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.approved_skill("pdf", "1.0.0")?;
    let draft = repo.draft_for(
        countersign::model::DecisionKind::Block,
        &carol,
        "principal/bob",
        "all",
        None,
    );
    let record = draft.record();
    repo.land(&carol, &record)?;
    let shown = repo.run(&["status", "principal/*"]).exits(0).stdout;
    for row in ["principal/alice  active ", "principal/bob    suspended "] {
        assert!(shown.contains(row), "{row}\n{shown}");
    }
    assert!(!shown.contains("skill/pdf"), "{shown}");
    let both = ["status", "principal/bob", "skill/pdf", "--format", "json"];
    let json = repo.run(&both).exits(0).json();
    assert_eq!(json["people"][0]["suspended"], true);
    assert_eq!(json["subjects"][0]["subject"], "skill/pdf");
    let plain = repo.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(plain["people"], serde_json::json!([]));
    let unknown = repo.run(&["status", "principal/dave"]).exits(2).stderr;
    assert!(unknown.contains("principal/dave"), "{unknown}");
    Ok(())
}

#[test]
fn the_log_has_a_heading_and_takes_the_last_events_in_either_order() -> TestResult {
    let repo = team()?;
    let lines = |arguments: &[&str]| -> Vec<String> {
        let shown = repo.run(&[&["log"], arguments].concat()).exits(0).stdout;
        shown.lines().map(str::to_owned).collect()
    };
    let all = lines(&[]);
    assert!(all[0].starts_with(" POS  COMMIT"), "{all:?}");
    let last = lines(&["-n", "2"]);
    assert_eq!(last.len(), 3);
    let ends = |line: &str, full: &str| line.split_whitespace().eq(full.split_whitespace());
    assert!(ends(&last[2], &all[all.len() - 1]), "{last:?}");
    let reversed = lines(&["-n", "2", "--newest-first"]);
    assert!(ends(&reversed[1], &last[2]) && ends(&reversed[2], &last[1]));
    let stream = ["log", "-n", "2", "--format", "ndjson"];
    let refused = repo.run(&stream).exits(2).stderr;
    assert!(refused.contains("tail -n"), "{refused}");
    Ok(())
}

#[test]
fn help_and_the_version_are_commands_too() -> TestResult {
    let repo = Repo::team();
    let run = |command: &str| typed(&repo, repo.beside(), command).exits(0).stdout;
    let help = run("countersign help");
    for command in ["suggest", "completions", "man", "version", "help"] {
        assert!(
            help.contains(&format!("\n  {command} ")),
            "{command}\n{help}"
        );
    }
    assert_eq!(run("countersign version"), run("countersign --version"));
    assert_eq!(
        run("countersign help suggest"),
        run("countersign suggest --help")
    );
    Ok(())
}
