//! `yaml-ambiguous`: a value that readers of YAML 1.1 read otherwise.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::YamlAmbiguous,
    summary: "A value that readers of YAML 1.1 read otherwise",
    message: "this value has two readings[: {why}]",
    why: "Countersign reads YAML 1.2. Many harnesses and editors read YAML 1.1, where `off` and `yes` are truth values, `010` is eight and \
          `1:30` is ninety. Where such a value decides something, the approver and the machine see different documents.",
    help: "Put text in quotes, write truth values as true or false, and numbers in plain decimal digits.",
    weight: Weight::always(Level::Warning),
};
