//! The tables of `docs/signatures.md`, and the differences that were observed: one must be the
//! other.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One case: what another tool said, and what we say.
pub struct Observed {
    /// Name of the case; that of a row where we differ.
    pub case: String,
    /// What else was varied. Where only some variants differ, the row is called `<case>-<variant>`.
    pub variant: &'static str,
    /// Whether the other tool accepts.
    pub other: bool,
    /// Whether we accept, or why not.
    pub ours: Result<(), String>,
}

/// Verdicts of a row: the other tool's and ours.
type Verdicts = (bool, bool);

/// The rows below `## <heading>`: first cell in backticks, then two verdicts, then the reason.
fn rows(heading: &str) -> BTreeMap<String, Verdicts> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/signatures.md");
    let text = std::fs::read_to_string(path).expect("the page is part of the repository");
    let (_, section) = text
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("the page has `## {heading}`"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut rows = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, other, ours, reason] = cells[..] else {
            panic!("four cells: {line}")
        };
        assert!(reason.len() > 20, "each difference has its reason: {line}");
        let verdict = |cell: &str| match cell {
            "accepts" => true,
            "refuses" => false,
            other => panic!("`{other}` is a verdict: {line}"),
        };
        let before = rows.insert(
            name.trim_matches('`').to_owned(),
            (verdict(other), verdict(ours)),
        );
        assert!(before.is_none(), "{name} has one row");
    }
    rows
}

/// Asserts that we differ from the other tool in exactly the rows below `heading`, and always in
/// the same way.
#[track_caller]
pub fn differs_as_documented(heading: &str, observed: &[Observed]) {
    let mut differences: BTreeMap<String, Verdicts> = BTreeMap::new();
    let mut details = String::new();
    for one in observed.iter().filter(|one| one.other != one.ours.is_ok()) {
        let same = |other: &&Observed| other.case == one.case;
        let everywhere = observed
            .iter()
            .filter(same)
            .all(|other| other.other != other.ours.is_ok());
        let row = if everywhere {
            one.case.clone()
        } else {
            format!("{}-{}", one.case, one.variant)
        };
        let exactly = |other: &&Observed| other.case == one.case && other.variant == one.variant;
        for other in observed.iter().filter(exactly) {
            assert_eq!(
                (other.other, other.ours.is_ok()),
                (one.other, one.ours.is_ok()),
                "{row} always differs in the same way"
            );
        }
        writeln!(details, "{row}: they {}, we {:?}", one.other, one.ours)
            .expect("a string takes any text");
        let verdicts = (one.other, one.ours.is_ok());
        let before = differences.insert(row, verdicts);
        assert!(
            before.is_none_or(|before| before == verdicts),
            "{} differs in one way only",
            one.case
        );
    }
    assert_eq!(
        differences,
        rows(heading),
        "the differences are those of the table\n{details}"
    );
}
