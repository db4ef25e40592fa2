use super::super::inventory::tests::{take, tree};
use super::super::people::written;
use super::*;

fn planned(paths: &[&str]) -> Vec<String> {
    let inventory = take(&tree(paths));
    let owner = |path: &str| {
        vec![Owner::Account(
            if path.contains("pay") {
                "payments"
            } else {
                "alice"
            }
            .to_owned(),
        )]
    };
    let plan = plan(&inventory, &owner);
    let entries = plan.entries.iter().map(|entry| {
        let name = entry
            .name
            .as_ref()
            .map(|name| format!(" as {name}"))
            .unwrap_or_default();
        format!(
            "{} {}{name}: {}",
            entry.kind,
            entry.path,
            written(&entry.owners[0]).trim_start_matches('@')
        )
    });
    entries
        .chain(plan.ignore.keys().map(|path| format!("ignore {path}")))
        .collect()
}

#[test]
fn one_folder_of_skills_is_one_entry_with_exceptions_for_other_owners() {
    let paths = [
        "skills/a/SKILL.md",
        "skills/b/SKILL.md",
        "skills/pay/SKILL.md",
        "skills/README.md",
    ];
    assert_eq!(
        planned(&paths),
        ["skill skills/*: alice", "skill skills/pay: payments"]
    );
}

#[test]
fn sibling_folders_share_a_glob_and_colliding_names_take_both_steps() {
    let paths = [
        "plugins/x/skills/a/SKILL.md=1",
        "plugins/y/skills/a/SKILL.md=2",
        "plugins/pay/skills/b/SKILL.md",
        "plugins/pay/skills/c/SKILL.md",
    ];
    let expected = [
        "skill plugins/*/skills/* as {1}--{2}: alice",
        "skill plugins/pay/skills/* as pay--{1}: payments",
    ];
    assert_eq!(planned(&paths), expected);
}

#[test]
fn copies_with_the_same_bytes_share_a_name() {
    let paths = ["skills/a/SKILL.md=1", ".claude/skills/a/SKILL.md=1"];
    assert_eq!(
        planned(&paths),
        ["skill skills/*: alice", "skill .claude/skills/*: alice"]
    );
    let paths = ["skills/a/SKILL.md=1", ".claude/skills/a/SKILL.md=2"];
    assert_eq!(
        planned(&paths),
        [
            "skill skills/*: alice",
            "skill .claude/skills/* as claude-skills--{1}: alice"
        ]
    );
}

#[test]
fn a_glob_that_would_match_a_folder_around_a_package_is_not_used() {
    let paths = [
        "skills/a/SKILL.md",
        "skills/group/b/SKILL.md",
        "skills/group/c/SKILL.md",
    ];
    assert_eq!(
        planned(&paths),
        ["skill skills/a: alice", "skill skills/group/*: alice"]
    );
}

#[test]
fn a_few_other_folders_are_ignored_and_many_make_the_glob_useless() {
    let paths = ["skills/a/SKILL.md", "skills/_shared/x.md"];
    assert_eq!(
        planned(&paths),
        ["skill skills/*: alice", "ignore skills/_shared"]
    );
    let paths = ["x/a/SKILL.md", "x/b/1", "x/c/1", "x/d/1"];
    assert_eq!(planned(&paths), ["skill x/a: alice"]);
    assert_eq!(planned(&["a/SKILL.md", "docs/x.md"]), ["skill a: alice"]);
}

#[test]
fn bad_and_colliding_names_get_entries_of_their_own() {
    let paths = [
        "skills/my skill/SKILL.md",
        "skills/Ab/SKILL.md=1",
        "skills/ab/SKILL.md=2",
    ];
    assert_eq!(
        planned(&paths),
        [
            "skill skills/Ab: alice",
            "skill skills/ab as skills--ab: alice",
            "skill skills/my skill as my-skill: alice"
        ]
    );
}

#[test]
fn one_bad_name_among_many_good_ones_is_an_exception() {
    let paths = [
        "skills/a/SKILL.md",
        "skills/b/SKILL.md",
        "skills/c/SKILL.md",
        "skills/my skill/SKILL.md",
    ];
    assert_eq!(
        planned(&paths),
        [
            "skill skills/*: alice",
            "skill skills/my skill as my-skill: alice"
        ]
    );
}

#[test]
fn harness_files_are_setups() {
    let paths = [
        ".mcp.json",
        ".claude/settings.json",
        "plugins/a/.mcp.json",
        "plugins/b/.mcp.json",
    ];
    let expected = [
        "setup plugins/*/.mcp.json as {1}--mcp: alice",
        "setup .claude/settings.json as claude-settings: alice",
        "setup .mcp.json as mcp: alice",
    ];
    assert_eq!(planned(&paths), expected);
}

#[test]
fn every_package_is_covered_by_the_plan() {
    let paths = [
        "a/b/c/d/SKILL.md",
        "a/b/e/d/SKILL.md=x",
        "a/SKILL.md.d/SKILL.md",
        "z/skills/q/SKILL.md",
        "z/skills/q/r/SKILL.md",
        "z*/SKILL.md",
    ];
    let inventory = take(&tree(&paths));
    let plan = plan(&inventory, &|_| Vec::new());
    for path in inventory.packages.keys() {
        let covered = |entry: &PlannedEntry| {
            Glob::parse(&entry.path).is_ok_and(|glob| glob.matches(path.as_bytes()))
        };
        assert!(plan.entries.iter().any(covered), "{path}");
    }
}
