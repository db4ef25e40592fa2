//! The audit of a year in every format, against `status` on the same repository.

use std::fs;
use std::path::Path;

use crate::history::{self, Shape};
use crate::stock;
use crate::table::{Table, both};
use crate::{Bench, ours};

/// The largest page that a browser opens with pleasure.
const MOST_PAGE: u64 = 5 << 20;

/// One thousand Skills, fifty thousand commits, ten thousand decisions.
pub fn year(bench: &Bench, table: &mut Table) {
    let (landings, skills) = (bench.size(42_500), bench.size(1_000));
    let shape = Shape {
        landings,
        governed: bench.size(25_000),
        approvals: bench.size(10_000),
        merges: bench.size(2_500),
        skills,
        files: 5_000,
        step: 560,
    };
    let dir = bench.input("audit", |dir| {
        history::build(dir, &shape).expect("the history can be written");
    });
    let out = dir.with_extension("out");
    let now = history::now();
    let repository = dir.to_string_lossy().into_owned();
    let folder = out.to_string_lossy().into_owned();
    let status = || ours(&["-C", &repository, "status", "--now", &now]);
    let audit = || {
        let _ = fs::remove_dir_all(&out);
        ours(&[
            "-C",
            &repository,
            "audit",
            "--framework",
            "all",
            "--now",
            &now,
            "--out",
            &folder,
            "--quiet",
        ])
    };
    let cold = || {
        let _ = fs::remove_dir_all(dir.join("countersign"));
        stock::time(&mut status(), &[0])
    };
    let (took, plain) = stock::race(bench.repeats(3), || stock::time(&mut audit(), &[0]), cold);
    let peak = stock::peak(&mut audit()).resident;
    let page = size(&out.join("audit.html"));
    let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    let decisions = shape.approvals;
    table.row(
        &format!(
            "`audit` of a year in every format: {skills} Skills, {} commits, {decisions} decisions",
            landings + shape.merges * 3
        ),
        format!(
            "{}, {}, page {} of at most {}",
            both(took),
            mib(peak),
            mib(page),
            mib(MOST_PAGE)
        ),
        format!("`status`, cold {}", both(plain)),
        format!(
            "takes {:.1}x as long",
            took.wall.as_secs_f64() / plain.wall.as_secs_f64()
        ),
        "under 3x, 400 MB, 5 MB".to_owned(),
    );
}

fn size(file: &Path) -> u64 {
    fs::metadata(file)
        .map(|file| file.len())
        .expect("the audit was written")
}
