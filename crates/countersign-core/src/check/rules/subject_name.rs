//! `subject-name`: a package's name may not be a subject's name.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SubjectName,
    summary: "A package's name may not be a subject's name",
    message: "the name `{name}` cannot name a subject[: {why}]",
    why: "Names stand in paths of records, in commands and in reports. Characters outside `A-Z a-z 0-9 . _ -`, or upper case in the \
          strict profile, make two readers mean different things.",
    help: "Rename the folder or file, or build the name from the wildcards with `name` in the entry of countersign.yaml.",
    weight: Weight::always(Level::Error),
};
