//! Package checksums against `sha256sum` over the same files: many small ones, and one large one.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;

use crate::stock;
use crate::table::Table;
use crate::{Bench, ours};

const FOLDERS: usize = 100;
const LARGE: &str = "large.bin";

/// The two rows. Both programs read files that the system holds in memory: each runs once before it
/// counts.
pub fn checksum(bench: &Bench, table: &mut Table) {
    let count = bench.size(20_000);
    let dir = bench.input("small-files", |dir| small(dir, count));
    let names: Vec<String> = (0..count).map(name).collect();
    row(
        bench,
        table,
        &dir,
        &names,
        &format!("checksum of {count} small files, 2 threads"),
    );
    let mebibytes = bench.size(1_024);
    let dir = bench.input("large-file", |dir| large(dir, mebibytes));
    row(
        bench,
        table,
        &dir,
        &[LARGE.to_owned()],
        &format!("checksum of one file of {mebibytes} MiB"),
    );
}

fn row(bench: &Bench, table: &mut Table, dir: &Path, names: &[String], work: &str) {
    let ours = || {
        stock::time(
            &mut ours(&["checksum", "--disk", &dir.to_string_lossy()]),
            &[0],
        )
    };
    let sha256sum = || stock::time(Command::new("sha256sum").current_dir(dir).args(names), &[0]);
    ours();
    sha256sum();
    let (ours, theirs) = stock::race(bench.repeats(5), ours, sha256sum);
    table.ratio(work, ours, "sha256sum", theirs, 3.0);
}

fn name(index: usize) -> String {
    format!("part-{:02}/file-{index:05}.md", index % FOLDERS)
}

fn small(dir: &Path, count: usize) {
    for folder in 0..FOLDERS {
        fs::create_dir_all(dir.join(format!("part-{folder:02}")))
            .expect("the target directory is writable");
    }
    for index in 0..count {
        let text = format!("line {index} of a small file\n").repeat(8 + index % 64);
        fs::write(dir.join(name(index)), text).expect("the target directory is writable");
    }
}

fn large(dir: &Path, mebibytes: usize) {
    fs::create_dir_all(dir).expect("the target directory is writable");
    let mut file = BufWriter::new(
        fs::File::create(dir.join(LARGE)).expect("the target directory is writable"),
    );
    let mut block = vec![0u8; 1 << 20];
    for number in 0..mebibytes {
        for (index, byte) in block.iter_mut().enumerate() {
            *byte = (index * 31 + number * 7) as u8;
        }
        file.write_all(&block)
            .expect("the target directory is writable");
    }
}
