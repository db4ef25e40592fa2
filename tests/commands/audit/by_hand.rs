//! What the documentation says about verifying by hand, done.

use std::fmt::Write as _;

use super::{Demo, list};
use countersign_testkit::{path_of, program};

/// The shell functions of the documentation.
fn functions() -> String {
    let page = include_str!("../../../docs/audit.md");
    page.split("```bash\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

#[test]
fn the_shell_functions_of_the_documentation_verify_a_report() {
    let bash = path_of("bash")
        .expect("bash runs the functions of the documentation; the README names what tests need");
    let demo = Demo::build();
    let report = demo.audit(&[]);
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let mut script = format!(
        "set -eu\ncd {}\n{}",
        quoted(super::text(&demo.path)),
        functions()
    );
    let mut wanted = String::new();
    for packet in list(&report["changes"]).iter().skip(5).take(4) {
        for proof in list(&packet["proofs"]) {
            let hashes: Vec<&str> = list(&proof["proof"])
                .iter()
                .filter_map(|hash| hash.as_str())
                .collect();
            let leaf = quoted(proof["leaf"].as_str().expect("a leaf"));
            let _ = writeln!(
                script,
                "root {} {} {leaf} {}",
                proof["index"],
                report["log"]["size"],
                hashes.join(" ")
            );
            let _ = writeln!(
                wanted,
                "{}",
                report["log"]["root"].as_str().expect("a root")
            );
        }
    }
    for item in list(&report["inventory"]) {
        let (Some(path), Some(digest)) = (item["paths"][0].as_str(), item["digest"].as_str())
        else {
            continue;
        };
        if !demo.git(&["ls-tree", "HEAD", path]).is_empty() {
            let _ = writeln!(script, "digest HEAD {}", quoted(path));
            let _ = writeln!(wanted, "{}", digest.trim_start_matches("sha256:"));
        }
    }
    let output = program(super::text(&bash), demo.home.path(), &["-c", &script], b"");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout), wanted);
    let text = demo.git(&["show", "HEAD:countersign.yaml"]);
    assert!(!text.is_empty());
    // The record of each decision is the file that the leaf names.
    for packet in list(&report["changes"]) {
        for made in list(&packet["decisions"]) {
            let (commit, path) = (
                made["landed"]["commit"].as_str().expect("a commit"),
                made["path"].as_str().expect("a path"),
            );
            let bytes = demo.git(&["show", &format!("{commit}:{path}")]);
            assert_eq!(
                countersign::model::Digest::of(bytes.as_bytes()).to_string(),
                made["record"].as_str().expect("a record")
            );
        }
    }
}
