//! What a pre-commit hook takes: `check --staged` of one changed Skill.

use std::fs;
use std::path::{Path, PathBuf};

use crate::replay::{made, shape};
use crate::stock::{self, Took};
use crate::table::{Table, both};
use crate::{Bench, history, ours};

/// On the governed branch and on another one.
pub fn staged(bench: &Bench, table: &mut Table) {
    let (skills, landings) = (bench.size(1_000), bench.size(300));
    let bare = made(bench, "hook", &shape(landings, skills));
    for branch in ["main", "topic"] {
        let dir = checked_out(bench, &bare, branch);
        let took = stock::best(bench.repeats(10), || check(&dir));
        table.row(
            &format!(
                "pre-commit hook on `{branch}`: `check --staged` of {skills} Skills and {landings} landings"
            ),
            both(took),
            "–".to_owned(),
            "–".to_owned(),
            "under 300 ms".to_owned(),
        );
    }
}

fn check(dir: &Path) -> Took {
    let now = history::now();
    let dir = dir.to_string_lossy();
    stock::time(
        &mut ours(&["-C", &dir, "check", "--staged", "--now", &now]),
        &[0, 1],
    )
}

/// A clone with a Skill changed and staged; on another branch than `main`, one more is committed.
fn checked_out(bench: &Bench, bare: &Path, branch: &str) -> PathBuf {
    bench.input(&format!("hook-{branch}"), |dir| {
        let (from, to) = (bare.to_string_lossy(), dir.to_string_lossy());
        let above = dir.parent().expect("a folder in another");
        stock::git(above, &["clone", "--quiet", &from, &to]);
        if branch != "main" {
            stock::git(dir, &["checkout", "--quiet", "-b", branch]);
            add_line(dir, "skills/team-01/skill-0001/SKILL.md");
            let who = [
                "-c",
                "user.name=Alice",
                "-c",
                "user.email=alice@acme.example",
            ];
            let commit = ["commit", "--quiet", "--message", "Change one Skill"];
            stock::git(dir, &[&who[..], &commit[..]].concat());
        }
        add_line(dir, "skills/team-00/skill-0000/SKILL.md");
    })
}

/// Adds a line to a file, and stages it.
fn add_line(dir: &Path, path: &str) {
    let file = dir.join(path);
    let text = fs::read_to_string(&file).expect("the clone has it");
    fs::write(&file, format!("{text}One line more.\n")).expect("the target directory is writable");
    stock::git(dir, &["add", path]);
}
