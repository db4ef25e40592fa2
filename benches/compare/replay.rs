//! Whole replays, cold and warm, and what they hold in memory.

use std::fs;
use std::path::{Path, PathBuf};

use crate::history::{self, Shape};
use crate::stock::{self, Took};
use crate::table::{Table, both, seconds};
use crate::{Bench, ours};

/// What the governed paths of these histories are.
const GOVERNED: [&str; 3] = ["countersign.yaml", "skills", "approvals"];
/// Landings since the last run in the row about warm runs.
const NEW: usize = 10;

/// A history of `landings` in the proportions of the first row.
pub fn shape(landings: usize, skills: usize) -> Shape {
    let governed = landings * 25_000 / 42_500;
    Shape {
        landings,
        governed,
        approvals: governed / 5,
        merges: landings * 2_500 / 42_500,
        skills,
        files: 5_000,
        step: 60,
    }
}

pub fn made(bench: &Bench, name: &str, shape: &Shape) -> PathBuf {
    bench.input(name, |dir| {
        history::build(dir, shape).expect("the history can be written");
    })
}

fn status(dir: &Path) -> Took {
    let now = history::now();
    stock::time(
        &mut ours(&["-C", &dir.to_string_lossy(), "status", "--now", &now]),
        &[0],
    )
}

fn forget(dir: &Path) {
    let _ = fs::remove_dir_all(dir.join("countersign"));
}

/// Keeps or restores the cache, so that each warm run starts from the same one.
fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).expect("the target directory is writable");
    for file in fs::read_dir(from)
        .expect("the cache was written")
        .map(|file| file.expect("readable"))
    {
        fs::copy(file.path(), to.join(file.file_name())).expect("the target directory is writable");
    }
}

/// Cold against `git log`, then warm against cold.
pub fn replay(bench: &Bench, table: &mut Table) {
    let landings = bench.size(42_500);
    let shape = shape(landings, bench.size(1_000));
    let dir = made(bench, "replay", &shape);
    let log = [
        &[
            "log",
            "--first-parent",
            "--raw",
            "--no-abbrev",
            "--format=%H",
            "--",
        ],
        &GOVERNED[..],
    ]
    .concat();
    let cold = || {
        forget(&dir);
        status(&dir)
    };
    let (cold, git) = stock::race(bench.repeats(5), cold, || {
        stock::time(&mut stock::git_command(&dir, &log), &[0])
    });
    let commits = landings + shape.merges * 3;
    let work = format!(
        "replay {landings} landings, {} of them governed, of {commits} commits: `status`, cold, 2 threads",
        shape.governed
    );
    table.ratio(&work, cold, "git log --first-parent --raw", git, 1.0);

    let (cache, kept) = (dir.join("countersign"), dir.with_extension("cache"));
    stock::git(&dir, &["update-ref", "refs/heads/new", "main"]);
    stock::git(
        &dir,
        &["update-ref", "refs/heads/main", &format!("new~{NEW}")],
    );
    forget(&dir);
    status(&dir);
    copy(&cache, &kept);
    stock::git(&dir, &["update-ref", "refs/heads/main", "new"]);
    let warm = stock::best(bench.repeats(10), || {
        copy(&kept, &cache);
        status(&dir)
    });
    table.ratio(
        &format!("the same with {NEW} new landings since the last run"),
        warm,
        "the cold run",
        cold,
        20.0,
    );
    let size: u64 = fs::read_dir(&cache)
        .expect("the cache was written")
        .filter_map(|file| file.ok()?.metadata().ok())
        .map(|file| file.len())
        .sum();
    eprintln!("the cache has {} KiB", size / 1024);
}

/// The command that people type most.
pub fn status_warm(bench: &Bench, table: &mut Table) {
    let (skills, landings) = (bench.size(1_000), bench.size(5_000));
    let dir = made(bench, "status", &shape(landings, skills));
    forget(&dir);
    status(&dir);
    let warm = stock::best(bench.repeats(20), || status(&dir));
    table.row(
        &format!("`status` of {skills} Skills and {landings} landings, warm"),
        both(warm),
        "–".to_owned(),
        "–".to_owned(),
        "under 50 ms".to_owned(),
    );
}

/// Peak memory and time by length of history.
pub fn memory(bench: &Bench, table: &mut Table) {
    for landings in [5_000, 50_000, 100_000].map(|full| bench.size(full)) {
        let shape = shape(landings, bench.size(1_000));
        let dir = made(bench, &format!("growth-{landings}"), &shape);
        let now = history::now();
        let command = || ours(&["-C", &dir.to_string_lossy(), "status", "--now", &now]);
        forget(&dir);
        let cold = stock::peak(&mut command());
        let warm = stock::peak(&mut command());
        let took = stock::best(bench.repeats(3), || {
            forget(&dir);
            status(&dir)
        });
        let each = took.cpu.as_secs_f64() * 1e6 / shape.governed as f64;
        let mib = |bytes: u64| format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20));
        let wanted = if landings == bench.size(100_000) {
            "under 200 MB"
        } else {
            "linear"
        };
        table.row(
            &format!("{landings} landings, {} governed: time and peak memory, cold", shape.governed),
            format!(
                "{}, {each:.0} µs CPU per governed landing, {} and {} of mapped files (warm {} and {})",
                seconds(took.wall),
                mib(cold.own),
                mib(cold.resident.saturating_sub(cold.own)),
                mib(warm.own),
                mib(warm.resident.saturating_sub(warm.own))
            ),
            "–".to_owned(),
            "–".to_owned(),
            wanted.to_owned(),
        );
    }
}
