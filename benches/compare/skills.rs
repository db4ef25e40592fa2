//! Validation of a worktree full of Skills against the reference implementation, which takes one
//! folder at a time.

use std::path::Path;
use std::process::Command;

use countersign::demo::documents::skill_text;
use countersign::demo::{History, Person, PolicyDraft};
use countersign::git::write::Create;

use crate::stock::{self, Took};
use crate::table::Table;
use crate::{Bench, ours};

/// Path of `agentskills`, as for the tests.
const VARIABLE: &str = "COUNTERSIGN_SKILLS_REF";
/// So many folders are given to the reference implementation; the rest would take as long each.
const SAMPLE: usize = 50;

/// The row.
pub fn validate(bench: &Bench, table: &mut Table) {
    let count = bench.size(3_400);
    let dir = bench.input("skills", |dir| skills(dir, count));
    let check = || {
        stock::time(
            &mut ours(&["-C", &dir.to_string_lossy(), "check", "--worktree"]),
            &[0],
        )
    };
    let work = format!("validate {count} Skills: `check --worktree`, 2 threads");
    let Some(command) = std::env::var_os(VARIABLE) else {
        let took = stock::best(bench.repeats(5), check);
        let why = format!("not measured: {VARIABLE} names no `agentskills`");
        table.row(
            &work,
            crate::table::both(took),
            why,
            "–".to_owned(),
            "100x".to_owned(),
        );
        return;
    };
    let sample = SAMPLE.min(count);
    let folder = |index: usize| {
        stock::time(
            Command::new(&command)
                .arg("validate")
                .arg(dir.join("skills").join(name(index))),
            &[0],
        )
    };
    let reference = || {
        let took = (0..sample)
            .map(folder)
            .fold(Took::default(), |sum, one| Took {
                wall: sum.wall + one.wall,
                cpu: sum.cpu + one.cpu,
            });
        let whole = count as f64 / sample as f64;
        Took {
            wall: took.wall.mul_f64(whole),
            cpu: took.cpu.mul_f64(whole),
        }
    };
    let (ours, theirs) = stock::race(bench.repeats(3), check, reference);
    table.ratio(
        &work,
        ours,
        &format!(
            "agentskills validate, {sample} folders, times {}",
            count / sample
        ),
        theirs,
        100.0,
    );
}

fn name(index: usize) -> String {
    format!("skill-{index:04}")
}

fn skills(dir: &Path, count: usize) {
    let alice = Person::new("alice");
    let mut history = History::create(dir, &Create::default(), "github.com/acme/agent-skills")
        .expect("the target directory is writable");
    let policy = PolicyDraft::solo(&alice).line("profile: strict");
    let govern = |tree: &mut countersign::demo::Tree| {
        tree.put_policy(&policy);
        for index in 0..count {
            let body: String = (0..40)
                .map(|line| format!("{line}. Look at part {line} of skill {index}.\n"))
                .collect();
            tree.put(
                format!("skills/{}/SKILL.md", name(index)),
                skill_text(&name(index), "1.0.0", &body),
            );
        }
    };
    history
        .commit(&alice, "Govern this repository", govern)
        .expect("the target directory is writable");
    history
        .checkout()
        .expect("the target directory is writable");
}
