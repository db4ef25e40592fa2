//! The page `docs/rules.md`, made from the rules.

use std::fmt::Write as _;

use super::super::template;
use super::{FAMILIES, RULES, Rule};

const OPENING: &str = "\
# Rules

<!-- Generated from `crates/countersign-core/src/check/rules`; a test keeps it current. -->

Every finding of `countersign check` names one of these rules. An *error* makes the verdict `fail`.
*Waiting* means that only approvals are missing; JSON shows it as an error, because it is not a
pass. *Not evaluated* means that there can be no verdict. A *warning* or *info* never changes the
verdict.

Under `baseline: allow`, faults in documents are warnings while the package has the bytes that it
had when governance began. They count in full as soon as it changes, moves, or is copied.

| rule | level | finds |
|---|---|---|
";

/// The whole page: a table in the order in which findings are sorted, then the rules of each
/// family.
pub fn documentation() -> String {
    let mut page = String::from(OPENING);
    for rule in RULES {
        let _ = writeln!(
            page,
            "| [`{id}`](#{id}) | {} | {} |",
            rule.weight.words(),
            rule.summary,
            id = rule.id
        );
    }
    for family in FAMILIES {
        let _ = write!(page, "\n## {}\n", family.title);
        for rule in family.rules {
            section(&mut page, rule);
        }
    }
    page
}

fn section(page: &mut String, rule: &Rule) {
    let help = template::fill(rule.help, &|_| None, &|name| name.to_uppercase());
    let _ = write!(
        page,
        "\n### {id}\n\n{summary}. *{level}*\n\n**Why.** {why}\n\n**How to fix it.** {help}\n\n*Detected in* `{module}`\n",
        id = rule.id,
        summary = rule.summary,
        level = rule.weight.words(),
        why = rule.why,
        module = rule.detected_in,
    );
}
