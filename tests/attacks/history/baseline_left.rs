//! Baseline bytes that left main in any way, brought back by a merge whose first parent is a line on
//! which they never left; and honest branches that only meet a changed policy.

use countersign::demo::{Method, PolicyDraft, Tree};
use countersign::model::ObjectId;

use countersign_testkit::adoption::adopt_by_both;
use countersign_testkit::{Repo, TestResult};

/// A Skill of two files from before governance, and a place that harnesses read.
fn there_before() -> Repo {
    there_before_with(|_| ())
}

fn there_before_with(more: impl FnOnce(&mut Tree)) -> Repo {
    let policy = |policy: PolicyDraft| {
        policy.line("baseline: allow").with(|policy| {
            policy.entries.push(
                "{kind: skill, path: \".claude/skills/*\", owners: [data-platform], risk: low}"
                    .to_owned(),
            );
        })
    };
    Repo::team_with(policy, |tree| {
        tree.put_skill("pdf", "1.0.0", "There before.");
        tree.put("skills/pdf/scripts/run.sh", "true\n");
        more(tree);
    })
}

/// What main does to its tree.
type Change = fn(&mut Tree);

/// Ways in which main changes what was there before.
const CHANGES: [(&str, Change); 7] = [
    ("edited", |tree| {
        tree.put("skills/pdf/scripts/run.sh", "false\n");
    }),
    ("removed", |tree| {
        tree.remove("skills/pdf/SKILL.md");
        tree.remove("skills/pdf/scripts/run.sh");
    }),
    ("one file removed", |tree| {
        tree.remove("skills/pdf/scripts/run.sh");
    }),
    ("moved", |tree| {
        tree.rename("skills/pdf", "skills/other");
    }),
    ("folder replaced by a file", |tree| {
        tree.remove("skills/pdf/SKILL.md");
        tree.remove("skills/pdf/scripts/run.sh");
        tree.put("skills", "No Skills.\n");
    }),
    ("replaced by a submodule", |tree| {
        let commit = "0123456789012345678901234567890123456789";
        tree.remove("skills/pdf/SKILL.md");
        tree.remove("skills/pdf/scripts/run.sh");
        tree.put_object("skills/pdf", 0o160_000, commit.parse().expect("an id"));
    }),
    ("replaced by a link", |tree| {
        tree.remove("skills/pdf/SKILL.md");
        tree.remove("skills/pdf/scripts/run.sh");
        tree.link("skills/pdf", "other");
    }),
];

/// A line from `anchor` on becomes main by a merge of `main`, with `tree`.
fn swap(repo: &mut Repo, anchor: ObjectId, main: ObjectId, mut tree: Tree) -> TestResult {
    let alice = repo.alice.clone();
    repo.reset(anchor)?;
    repo.commit(&alice, "Docs", |tree| tree.put("docs/guide.md", "Guide"))?;
    let kept = repo.head();
    tree.put("docs/guide.md", "Guide");
    repo.commit_tree(vec![kept, main], tree, &alice, "Merge main")?;
    Ok(())
}

/// Main with one of the changes, and a line that kept what was there before, which becomes main.
fn swapped(change: Change) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = there_before();
    let alice = repo.alice.clone();
    let (anchor, first) = (repo.head(), repo.tree());
    repo.commit(&alice, "Change it", change)?;
    let main = repo.head();
    swap(&mut repo, anchor, main, first)?;
    Ok(repo)
}

#[test]
fn whatever_main_did_to_baseline_bytes_a_line_that_kept_them_does_not_bring_them_back() -> TestResult
{
    for (what, change) in CHANGES {
        let repo = swapped(change)?;
        let checked = repo.check();
        assert_ne!(checked.verdict(), "pass", "{what}\n{checked}");
        checked
            .without("baseline-content")
            .finding("unapproved-version");
    }
    Ok(())
}

#[test]
fn a_second_copy_that_comes_and_goes_hides_no_merge_that_brings_baseline_bytes_back() -> TestResult
{
    for (what, change) in CHANGES {
        let mut repo = there_before();
        let alice = repo.alice.clone();
        let (anchor, first) = (repo.head(), repo.tree());
        repo.commit(&alice, "Change it", change)?;
        let main = repo.head();
        let mut twice = first.clone();
        twice.put(
            ".claude/skills/pdf/SKILL.md",
            "---\nname: pdf\ndescription: Other.\n---\n",
        );
        repo.branch_at("kept", anchor)?;
        repo.commit_tree(vec![anchor, main], twice, &alice, "Merge main")?;
        let merge = repo.head();
        repo.commit_tree(vec![merge], first, &alice, "Remove the copy")?;
        let tip = repo.head();
        repo.switch("main")?;
        repo.reset(tip)?;
        let checked = repo.check();
        assert_ne!(checked.verdict(), "pass", "{what}\n{checked}");
    }
    Ok(())
}

#[test]
fn one_of_two_copies_that_left_main_does_not_come_back() -> TestResult {
    let mut repo = there_before_with(|tree| tree.copy("skills/pdf", ".claude/skills/pdf"));
    let alice = repo.alice.clone();
    let (anchor, first) = (repo.head(), repo.tree());
    repo.check().passes();
    repo.commit(&alice, "Remove one", |tree| {
        tree.remove(".claude/skills/pdf/SKILL.md");
        tree.remove(".claude/skills/pdf/scripts/run.sh");
    })?;
    repo.check().passes().finding("baseline-content");
    let main = repo.head();
    swap(&mut repo, anchor, main, first)?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .without("baseline-content");
    Ok(())
}

#[test]
fn a_clean_up_that_was_approved_is_not_undone_by_a_line_that_kept_what_it_removed() -> TestResult {
    for with_record in [false, true] {
        let mut repo = there_before();
        let [alice, bob, _] = repo.people();
        let (anchor, mut tree) = (repo.head(), repo.tree());
        repo.commit(&alice, "Remove a script", |tree| {
            tree.remove("skills/pdf/scripts/run.sh");
        })?;
        let record = repo.approve(&bob, "pdf", "1.0.0")?;
        repo.check().passes();
        if with_record {
            tree.put_record(&record);
        }
        let main = repo.head();
        swap(&mut repo, anchor, main, tree)?;
        let checked = repo.check();
        assert_ne!(checked.verdict(), "pass", "{checked}");
        checked.without("baseline-content");
    }
    Ok(())
}

#[test]
fn a_branch_that_was_open_when_a_policy_began_to_govern_a_path_is_merged_as_it_is() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| policy.line("baseline: allow"),
        |tree| tree.put("prompts/ask.md", "Ask twice.\n"),
    );
    let [alice, bob, _] = repo.people();
    repo.branch("feature")?;
    repo.drafted_skill("csv", "1.0.0")?;
    repo.approve(&bob, "csv", "1.0.0")?;
    repo.switch("main")?;
    let next = repo
        .team_policy()
        .line("baseline: allow")
        .successor(&repo.tree())
        .with(|policy| {
            policy
                .entries
                .push("{kind: prompt, path: \"prompts/*.md\", owners: [data-platform]}".to_owned());
        });
    adopt_by_both(&mut repo, &next)?;
    repo.check().passes();
    repo.switch("feature")?;
    repo.merge("main", Method::Merge, &alice)?;
    repo.check_with(&["--base", "main"]).passes();
    repo.switch("main")?;
    repo.merge("feature", Method::Merge, &alice)?;
    repo.check().passes().finding("baseline-content");
    Ok(())
}

#[test]
fn bytes_that_left_are_missed_though_the_policy_that_governs_them_arrives_in_the_same_merge()
-> TestResult {
    let mut repo = Repo::team_with(
        |policy| policy.line("baseline: allow"),
        |tree| tree.put("prompts/ask.md", "Ask twice.\n"),
    );
    let alice = repo.alice.clone();
    let anchor = repo.head();
    let govern = |repo: &mut Repo| {
        let next = repo
            .team_policy()
            .line("baseline: allow")
            .successor(&repo.tree())
            .with(|policy| {
                policy.entries.push(
                    "{kind: prompt, path: \"prompts/*.md\", owners: [data-platform]}".to_owned(),
                );
            });
        adopt_by_both(repo, &next)
    };
    govern(&mut repo)?;
    let governed = repo.tree();
    repo.commit(&alice, "Change it", |tree| {
        tree.put("prompts/ask.md", "Do not ask.\n");
    })?;
    repo.check().finding("unapproved-version");
    let main = repo.head();
    swap(&mut repo, anchor, main, governed)?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    checked.without("baseline-content");
    Ok(())
}
