//! Ours against the stock tools, on the same work in the same run: `cargo bench --bench compare`.
//!
//! Inputs are made here, are the same everywhere, and are kept under `target/tmp/compare` for the
//! next run. Whole commands are timed as programs; each figure is the best of some runs, taken in
//! turn. `COMPARE_QUICK=1` makes everything a twentieth of its size, to see that the benchmark
//! works; `COMPARE_ONLY=replay,memory` takes only some of the rows.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints; that is what it is for"
)]

mod audit;
mod bounds;
mod content;
mod gate;
mod history;
mod replay;
mod signed;
mod skills;
mod staged;
mod stock;
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;

use table::Table;

/// Where inputs lie and how large they are.
pub struct Bench {
    dir: PathBuf,
    quick: bool,
    only: Option<Vec<String>>,
}

impl Bench {
    fn new() -> Self {
        let quick = std::env::var_os("COMPARE_QUICK").is_some();
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("compare")
            .join(if quick { "quick" } else { "full" });
        std::fs::create_dir_all(&dir).expect("the target directory is writable");
        let only = std::env::var("COMPARE_ONLY")
            .ok()
            .map(|rows| rows.split(',').map(str::to_owned).collect());
        Self { dir, quick, only }
    }

    fn wants(&self, row: &str) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| only.iter().any(|wanted| wanted == row))
    }

    /// A size, or a twentieth of it.
    pub fn size(&self, full: usize) -> usize {
        if self.quick { full.div_ceil(20) } else { full }
    }

    /// How often to run each, of which the best counts.
    pub fn repeats(&self, full: usize) -> usize {
        if self.quick { 1 } else { full }
    }

    /// The input called `name`, made when it is not there yet.
    pub fn input(&self, name: &str, make: impl FnOnce(&Path)) -> PathBuf {
        let dir = self.dir.join(name);
        let done = self.dir.join(format!("{name}.done"));
        if !done.exists() {
            eprintln!("making {name} …");
            let _ = std::fs::remove_dir_all(&dir);
            make(&dir);
            std::fs::write(&done, "").expect("the target directory is writable");
        }
        dir
    }
}

/// Our program with two threads, outside continuous integration so that it may use its cache.
pub fn ours(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command
        .args(arguments)
        .env_remove("CI")
        .env("RAYON_NUM_THREADS", "2");
    command
}

/// A name, and what measures it.
type Row = (&'static str, fn(&Bench, &mut Table));

fn main() {
    let bench = Bench::new();
    let mut table = Table::new();
    let rows: [Row; 14] = [
        ("replay", replay::replay),
        ("verify", signed::verify),
        ("checksum", content::checksum),
        ("validate", skills::validate),
        ("status", replay::status_warm),
        ("gate", gate::live),
        ("staged", staged::staged),
        ("action", gate::steps),
        ("memory", replay::memory),
        ("audit", audit::year),
        ("merge", bounds::merge),
        ("blob", bounds::blob),
        ("loose", bounds::loose),
        ("wide", bounds::wide),
    ];
    for (name, row) in rows {
        if bench.wants(name) {
            row(&bench, &mut table);
        }
    }
    println!("{}", table.text(bench.quick));
}
