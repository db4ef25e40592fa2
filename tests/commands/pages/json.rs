//! `docs/json.md`.

use countersign::render::json::schemas::OUTPUTS;
use countersign_testkit::TestResult;

use super::{Block, Reader, page};

#[test]
fn its_example_and_every_output_of_the_demo_have_the_form_that_it_says() -> TestResult {
    let mut reader = Reader::new();
    reader.follows(&page("docs/json.md"));
    let commands = [
        "approve skill/payments-refund --reason x --yes",
        "audit",
        "audit sample --n 2 --seed 'dice 4 2 6'",
        "check",
        "checksum skills/pdf-tools --files",
        "demo another",
        "diff skill/payments-refund",
        "explain policy",
        "explain principal/bob",
        "explain skill/pdf-tools",
        "log",
        "policy diff",
        "show skill/pdf-tools",
        "status",
        "suggest",
        "verify audit/audit.json",
        "init --workflow",
        "inventory --source .",
    ];
    let mut seen = Vec::new();
    for command in commands {
        // What has another exit code prints its report all the same.
        let typed = format!("countersign {command} --format json || test $? = 1");
        let output = reader.types(&Block::sh(&typed)).json();
        seen.extend(output["schema"].as_str().map(str::to_owned));
    }
    // These need a forge or a repository that is not governed yet; the other one is in lines.
    let elsewhere = [
        "countersign.event/v1",
        "countersign.init/v1",
        "countersign.reviews-recorded/v1",
        "countersign.reviews-verified/v1",
    ];
    for output in OUTPUTS {
        let is_seen = seen.iter().any(|id| id == output.id);
        assert_ne!(is_seen, elsewhere.contains(&output.id), "{}", output.id);
    }
    Ok(())
}
