//! The gate's workflow, from the examples that are checked in CI.

use crate::document::emit::scalar;

/// Its path.
pub const PATH: &str = ".github/workflows/countersign.yml";

const GATE: &str = include_str!("../../../examples/workflows/gate.yml");
const GATE_WITH_QUEUE: &str = include_str!("../../../examples/workflows/gate-with-merge-queue.yml");

/// What the example says to those who copy it themselves.
const TO_COPY: &str = "# Copy this file to .github/workflows/countersign.yml.\n";

/// The workflow for `branch`, to be written where it belongs.
pub fn gate(branch: &str, merge_queue: bool) -> String {
    let text = if merge_queue { GATE_WITH_QUEUE } else { GATE };
    text.replace(TO_COPY, "").replace(
        "branches: [main]",
        &format!("branches: [{}]", scalar(branch)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workflow_that_is_written_in_place_does_not_say_where_to_copy_it() {
        assert!(GATE.contains(TO_COPY));
        for queue in [false, true] {
            let text = gate("main", queue);
            assert!(!text.to_lowercase().contains("copy"), "{text}");
            assert!(text.starts_with("# The gate"), "{text}");
        }
    }

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
