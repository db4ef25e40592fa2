//! `examples/audit` shows every format: what the program writes about the demo, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Demo, text};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/audit");
/// Two subjects and one framework: enough to see each format, and not too long to read.
const WHAT: [&str; 6] = [
    "--subject",
    "skill/pdf-tools",
    "--subject",
    "skill/payments-refund",
    "--framework",
    "21-cfr-part-11",
];

/// Every file below a folder by its path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![PathBuf::new()];
    while let Some(below) = open.pop() {
        for entry in fs::read_dir(folder.join(&below)).into_iter().flatten() {
            let entry = entry.expect("the folder can be read");
            let path = below.join(entry.file_name());
            if entry.path().is_dir() {
                open.push(path);
            } else {
                found.insert(
                    text(&path).to_owned(),
                    fs::read(entry.path()).expect("the file can be read"),
                );
            }
        }
    }
    found
}

#[test]
fn examples_are_what_the_program_writes() {
    let demo = Demo::build();
    let key = demo.write("worthless.key", [7; 32]);
    let out = demo.home.path().join("out");
    let anchor = &demo.line()[0];
    let signed = [
        "--anchor",
        anchor,
        "--log-key",
        text(&key),
        "--attestation-key",
        text(&key),
        "--out",
        text(&out),
    ];
    demo.run_in(
        &demo.path,
        &[&["audit"], &WHAT[..], &signed].concat(),
        false,
    )
    .exits(0);
    let mut wanted = files(&out);
    let drawn = [
        "audit",
        "sample",
        "--n",
        "2",
        "--seed",
        "dice 4 2 6",
        "--anchor",
        anchor,
    ];
    wanted.insert(
        "sample.md".to_owned(),
        demo.run(&drawn).exits(0).stdout.into_bytes(),
    );
    let now = demo.story.end.to_string();
    for (name, format) in [("events.ndjson", "ndjson"), ("events.ocsf.ndjson", "ocsf")] {
        let log = [
            "log",
            "skill/pdf-tools",
            "--format",
            format,
            "--anchor",
            anchor,
            "--now",
            &now,
        ];
        wanted.insert(name.to_owned(), demo.run(&log).exits(0).stdout.into_bytes());
    }
    let folder = Path::new(FOLDER);
    if std::env::var_os("COUNTERSIGN_WRITE_DOCS").is_some() {
        for (path, bytes) in &wanted {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("it is in the folder"))
                .expect("the folder can be made");
            fs::write(path, bytes).expect("the file can be written");
        }
    }
    let mut found = files(folder);
    let readme = String::from_utf8(
        found
            .remove("README.md")
            .expect("it says what each file is"),
    )
    .expect("text");
    for path in found.keys().filter(|path| !path.starts_with("csv/")) {
        assert!(
            readme.contains(&format!("[{path}]({path})")),
            "{path} stands in examples/audit/README.md"
        );
    }
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        wanted.keys().collect::<Vec<_>>()
    );
    for (path, bytes) in &wanted {
        assert!(
            found[path] == *bytes,
            "examples/audit/{path} is stale: run COUNTERSIGN_WRITE_DOCS=1 cargo test --test commands samples"
        );
    }
}
