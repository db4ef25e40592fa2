//! The gate's workflow, from the examples that are checked in CI.

use crate::document::emit::scalar;

/// Its path.
pub const PATH: &str = ".github/workflows/countersign.yml";

const GATE: &str = include_str!("../../../examples/workflows/gate.yml");
const GATE_WITH_QUEUE: &str = include_str!("../../../examples/workflows/gate-with-merge-queue.yml");

/// The workflow for `branch`.
pub fn gate(branch: &str, merge_queue: bool) -> String {
    let text = if merge_queue { GATE_WITH_QUEUE } else { GATE };
    text.replace(
        "branches: [main]",
        &format!("branches: [{}]", scalar(branch)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trigger_is_of_the_governed_branch() {
        for queue in [false, true] {
            let text = gate("release, 2", queue);
            assert!(
                !text.contains("[main]") && text.contains("branches: [\"release, 2\"]"),
                "{text}"
            );
            assert_eq!(text.contains("merge_group"), queue);
        }
    }
}
