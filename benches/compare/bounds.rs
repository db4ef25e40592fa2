//! What a branch or a pack must not be able to make expensive, against `git merge-tree`,
//! `sha256sum` and `git log`.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::replay::shape;
use crate::stock::{self, Took};
use crate::table::{Table, both};
use crate::{Bench, history, ours};

/// The gate of a branch that replaces files by others: no one else touched them, so no two are
/// compared.
pub fn merge(bench: &Bench, table: &mut Table) {
    let count = bench.size(300);
    let dir = bench.input("replaced", |dir| replaced(dir, count));
    let gate = || check(&dir, &["--base", "main"]);
    let merge_tree = || {
        stock::time(
            &mut stock::git_command(&dir, &["merge-tree", "--write-tree", "main", "change"]),
            &[0],
        )
    };
    let (ours, theirs) = stock::race(bench.repeats(5), gate, merge_tree);
    table.ratio(
        &format!("`check --base main` of a branch that replaces {count} files of 20 KB"),
        ours,
        "git merge-tree",
        theirs,
        0.1,
    );
}

/// One large blob, and what is held of it.
pub fn blob(bench: &Bench, table: &mut Table) {
    let mebibytes = bench.size(900);
    let dir = bench.input("large-blob", |dir| large_blob(dir, mebibytes));
    let file = dir.with_extension("bin");
    let zeros =
        std::fs::File::create(&file).and_then(|file| file.set_len((mebibytes as u64) << 20));
    zeros.expect("the target directory is writable");
    let arguments = ["-C", &*dir.to_string_lossy(), "checksum", "large.bin"];
    let sha256sum = || stock::time(Command::new("sha256sum").arg(&file), &[0]);
    let (took, theirs) = stock::race(
        bench.repeats(3),
        || stock::time(&mut ours(&arguments), &[0]),
        sha256sum,
    );
    let peak = stock::peak(&mut ours(&arguments));
    table.row(
        &format!("checksum of a blob of {mebibytes} MiB in Git, its id verified too"),
        format!("{}, {:.0} MB of its own", both(took), peak.own as f64 / 1e6),
        format!("`sha256sum` {}", both(theirs)),
        format!(
            "{:.1}x",
            theirs.wall.as_secs_f64() / took.wall.as_secs_f64()
        ),
        "50 MB".to_owned(),
    );
}

/// Objects that no pack holds, each read once.
pub fn loose(bench: &Bench, table: &mut Table) {
    let landings = bench.size(1_000);
    let dir = bench.input("loose", |dir| {
        history::build(dir, &shape(landings, 20)).expect("the history can be written");
        unpack(dir);
    });
    log(
        bench,
        table,
        &dir,
        &format!("`check` of {landings} landings in loose objects"),
    );
}

/// A folder of many files, which every landing holds another tree of.
pub fn wide(bench: &Bench, table: &mut Table) {
    let (landings, files) = (bench.size(1_200), bench.size(40_000));
    for landings in [landings / 2, landings] {
        let dir = bench.input(&format!("wide-{landings}"), |dir| {
            wide_folder(dir, landings, files);
        });
        log(
            bench,
            table,
            &dir,
            &format!("`check` of {landings} landings in a folder of {files} files"),
        );
    }
}

fn check(dir: &Path, more: &[&str]) -> Took {
    let (repository, now) = (dir.to_string_lossy().into_owned(), history::now());
    stock::time(
        &mut ours(&[&["-C", &repository, "check", "--now", &now], more].concat()),
        &[0, 1],
    )
}

fn log(bench: &Bench, table: &mut Table, dir: &Path, work: &str) {
    let raw = || stock::time(&mut stock::git_command(dir, &["log", "--raw"]), &[0]);
    let (ours, theirs) = stock::race(bench.repeats(3), || check(dir, &[]), raw);
    table.ratio(work, ours, "git log --raw", theirs, 0.5);
}

/// Runs a script of `git fast-import` in `dir`.
fn import(dir: &Path, script: &str) {
    let mut import = Command::new("git");
    import
        .arg("-C")
        .arg(dir)
        .args(["fast-import", "--quiet", "--force"])
        .stdin(Stdio::piped());
    let mut import = import.spawn().expect("git is installed");
    import
        .stdin
        .take()
        .expect("piped above")
        .write_all(script.as_bytes())
        .expect("it reads");
    assert!(import.wait().expect("it ends").success());
}

/// The head of a commit in such a script.
fn commit(branch: &str, from: &str, landing: usize) -> String {
    let time = 1_790_000_000 + landing * 60;
    format!(
        "commit refs/heads/{branch}\ncommitter Alice <alice@acme.example> {time} +0000\ndata 1\nx\n{from}"
    )
}

fn governed(dir: &Path) {
    history::build(dir, &shape(20, 5)).expect("the history can be written");
}

fn replaced(dir: &Path, count: usize) {
    governed(dir);
    let file = |seed: usize| {
        (0..1_600)
            .map(|line| {
                format!(
                    "{:x}\n",
                    (seed * 100_003 + line).wrapping_mul(2_654_435_761)
                )
            })
            .collect::<String>()
    };
    let put = |path: &str, seed: usize| {
        let text = file(seed);
        format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len())
    };
    let mut script = commit("main", "from refs/heads/main^0\n", 0);
    script.extend((0..count).map(|index| put(&format!("data/o{index}"), index)));
    script += &commit("change", "from refs/heads/main\n", 1);
    script += "D data\n";
    script.extend((0..count).map(|index| put(&format!("new/n{index}"), 1_000_000 + index)));
    script += &commit("main", "", 2);
    script += "M 100644 inline z\ndata 1\nz\n";
    import(dir, &script);
    stock::git(dir, &["symbolic-ref", "HEAD", "refs/heads/change"]);
}

fn large_blob(dir: &Path, mebibytes: usize) {
    governed(dir);
    let mut zeros = Command::new("head")
        .args(["-c", &format!("{mebibytes}M"), "/dev/zero"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("head");
    let mut add = stock::git_command(dir, &["hash-object", "-w", "--stdin"]);
    let added = add
        .stdin(zeros.stdout.take().expect("piped above"))
        .output()
        .expect("git is installed");
    assert!(zeros.wait().expect("it ends").success() && added.status.success());
    let id = String::from_utf8(added.stdout).expect("ASCII");
    import(
        dir,
        &format!(
            "{}M 100644 {} large.bin\n",
            commit("main", "from refs/heads/main^0\n", 0),
            id.trim()
        ),
    );
}

/// Takes the objects out of their packs.
fn unpack(dir: &Path) {
    let packs = dir.join("objects/pack");
    let files = std::fs::read_dir(&packs)
        .expect("it was written above")
        .flatten()
        .map(|entry| entry.path());
    for pack in files.filter(|path| path.extension().is_some_and(|ext| ext == "pack")) {
        let away = dir.join("away.pack");
        std::fs::rename(&pack, &away).expect("the target directory is writable");
        std::fs::remove_file(pack.with_extension("idx")).expect("beside it");
        let mut unpack = stock::git_command(dir, &["unpack-objects", "-q"]);
        let status = unpack
            .stdin(std::fs::File::open(&away).expect("just renamed"))
            .status()
            .expect("git is installed");
        assert!(status.success());
        std::fs::remove_file(&away).expect("just renamed");
    }
}

fn wide_folder(dir: &Path, landings: usize, files: usize) {
    governed(dir);
    let mut script = "blob\nmark :1\ndata 1\nx\n".to_owned();
    script += &commit("main", "from refs/heads/main^0\n", 0);
    script.extend((0..files).map(|index| format!("M 100644 :1 wide/f{index:06}\n")));
    for landing in 1..landings {
        script += &commit("main", "", landing);
        let text = landing.to_string();
        script += &format!(
            "M 100644 inline wide/f{:06}\ndata {}\n{text}\n",
            landing * 7_919 % files,
            text.len()
        );
    }
    import(dir, &script);
    stock::git(dir, &["gc", "--quiet"]);
}
