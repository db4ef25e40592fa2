//! `verify` of the folder that `audit --out` wrote.

use std::fs;

use super::{Demo, text};

#[test]
fn a_folder_holds_until_one_of_its_files_shows_another_report() {
    let demo = Demo::build();
    let key = demo.write("log.key", [7; 32]);
    let earlier = demo.write(
        "earlier.json",
        demo.run(&["audit", "--until", "HEAD~3", "--format", "json"])
            .exits(0)
            .stdout,
    );
    let out = demo.home.path().join("q1");
    let options = ["--log-key", text(&key), "--extends", text(&earlier)];
    demo.run_in(
        &demo.path,
        &[
            &["audit", "--framework", "all", "--out", text(&out)],
            &options[..],
        ]
        .concat(),
        false,
    )
    .exits(0);
    let verify = ["verify", text(&out)];
    let holds = demo.run(&verify).exits(0);
    assert_eq!(holds.stdout.lines().last(), Some("holds"), "{holds}");
    assert!(
        holds.stdout.contains("\nnot compared: attestations."),
        "{holds}"
    );
    demo.run(&["verify", text(&out), "--offline"]).exits(3);

    for name in ["audit.html", "audit.md", "csv/decisions.csv", "checkpoint"] {
        let path = out.join(name);
        let before = fs::read_to_string(&path).expect("it was written");
        let other = before.replacen('e', "E", 1);
        fs::write(&path, &other).expect("the folder is writable");
        let output = demo.run(&verify).exits(1);
        assert_eq!(
            output.stdout.lines().last(),
            Some("does not hold"),
            "{output}"
        );
        assert!(output.stderr.contains(name), "{output}");
        fs::write(&path, before).expect("the folder is writable");
    }
    demo.run(&verify).exits(0);
}
