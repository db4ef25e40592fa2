//! The page in a browser that we did not write, judged by axe.

use std::io::Write as _;
use std::path::Path;

use super::{Demo, text};
use countersign_testkit::{path_of, program};

/// Debian's Chromium, and `axe.min.js` of npm's axe-core.
const VARIABLES: [&str; 2] = ["COUNTERSIGN_CHROMIUM", "COUNTERSIGN_AXE"];
const JUDGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judges/page.py");

#[test]
fn a_browser_opens_it_without_a_word_and_axe_finds_nothing() {
    let [chromium, axe] = VARIABLES.map(std::env::var_os);
    let (Some(chromium), Some(axe)) = (chromium, axe) else {
        // Past the harness, which keeps what a passing test prints.
        let _ = writeln!(
            std::io::stderr(),
            "not run: tests/judges/page.py; set {} to Debian's chromium and {} to axe.min.js of `npm install axe-core`",
            VARIABLES[0],
            VARIABLES[1]
        );
        return;
    };
    let python = path_of("python3").expect("python3 runs the judges");
    let demo = Demo::build();
    let page = demo.write(
        "audit.html",
        demo.run(&["audit", "--framework", "all", "--format", "html"])
            .exits(0)
            .stdout,
    );
    let [chromium, axe] = [&chromium, &axe].map(|path| text(Path::new(path)));
    let output = program(
        text(&python),
        demo.home.path(),
        &[JUDGE, chromium, axe, text(&page), text(demo.home.path())],
        b"",
    );
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}\n{err}");
    let passed: u32 = out.trim().parse().expect("how many rules passed");
    assert!(passed > 40, "axe looked at the page: {out}");
}
