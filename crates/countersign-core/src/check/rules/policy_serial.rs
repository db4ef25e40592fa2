//! `policy-serial`: a policy change does not raise the serial.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PolicySerial,
    summary: "A policy change does not raise the serial",
    message: "serial {serial} is not above {serial-in-force}, the one in force",
    why: "The serial orders policies for people and for reports. One that goes back or repeats hides a change.",
    help: "Run `countersign policy bump`, which writes `previous` and `serial`, and have the change approved again.",
    weight: Weight::always(Level::Error),
};
