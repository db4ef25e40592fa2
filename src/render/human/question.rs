//! One line that says what was judged.

use crate::lifecycle::Ledger;
use crate::render::{Context, escape};

/// The judged commit and its place: `main at 1a2b3c4d5e`, or `1a2b3c4d5e onto 5e4d3c2b1a` for a
/// candidate, `what is staged onto 5e4d3c2b1a` for one that no commit has.
pub(super) fn place(context: &Context) -> String {
    let branch =
        || escape::terminal(context.branch.as_deref().unwrap_or("this branch")).into_owned();
    match (context.head, context.base) {
        (Some(head), Some(base)) => format!("{} onto {}", head.short(), base.short()),
        (None, Some(base)) => format!("what is staged onto {}", base.short()),
        (Some(head), None) => format!("{} at {}", branch(), head.short()),
        (None, None) => branch(),
    }
}

/// Policy and anchor: `policy 7, anchor 0a1b2c3d4e not pinned`.
pub(super) fn footing(context: &Context, ledger: Option<&Ledger>) -> String {
    let policy = ledger.map(|ledger| format!("policy {}", ledger.policy.serial));
    let pinned = if context.anchor_pinned {
        "pinned"
    } else {
        "not pinned"
    };
    let anchor = context
        .anchor
        .map(|anchor| format!("anchor {} {pinned}", anchor.short()));
    policy
        .into_iter()
        .chain(anchor)
        .collect::<Vec<_>>()
        .join(", ")
}
