//! `recorder-not-authorized`: a review was recorded by somebody who may not record it.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::RecorderNotAuthorized,
    summary: "A review was recorded by somebody who may not record it",
    message: "the review recorded here was not recorded by a recorder of {what}[: {why}]",
    why: "Whoever records reviews says what the forge said, and could say anything. So only the machines that the policy lists under \
          `roles.recorders` may, each only for the subjects in its scope.",
    help: "Remove the record and run `countersign reviews record` with the key of a recorder, or change the policy.",
    weight: Weight::always(Level::Error),
};
