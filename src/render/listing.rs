//! Which findings a report for people lists. What blocks is listed in full; of the rest each rule
//! is counted, with a few places, and with the command that lists all. What the user selects, they
//! get in full. The verdict never depends on it.

use crate::check::Finding;
use crate::check::rules::Level;
use crate::document::paths::with_folders;
use crate::model::RuleId;
use crate::model::glob::Glob;
use crate::model::quantity::{counted, grouped};

/// How much a report lists.
#[derive(Clone, Debug)]
pub struct Listing {
    /// What the user wants to see.
    pub selection: Selection,
    /// Whether everything is listed in full, notes included.
    pub complete: bool,
    /// The command that judged the same, as the user types it; more options may follow.
    pub command: String,
}

impl Default for Listing {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            complete: false,
            command: "countersign check".to_owned(),
        }
    }
}

impl Listing {
    /// Whether findings that do not block may be counted instead of listed.
    pub fn folds(&self) -> bool {
        !self.complete && !self.selection.is_active()
    }

    /// The command that lists all findings of a rule.
    pub fn of_rule(&self, rule: RuleId) -> String {
        format!("{} --rule {rule}", self.command)
    }

    /// The command that lists the notes.
    pub fn of_notes(&self) -> String {
        format!("{} --severity info", self.command)
    }

    /// Says what a selection hides: `2 of 76 findings, selected by --rule x; not shown: 74 warnings`.
    pub fn hidden(&self, findings: &[Finding]) -> Option<String> {
        if !self.selection.is_active() {
            return None;
        }
        let (shown, hidden): (Vec<&Finding>, Vec<&Finding>) = findings
            .iter()
            .partition(|finding| self.selection.admits(finding));
        let kinds = [
            (Level::NotEvaluated, "obstacle"),
            (Level::Error, "error"),
            (Level::Waiting, "missing approval"),
            (Level::Warning, "warning"),
            (Level::Info, "note"),
        ];
        let count = |level| {
            hidden
                .iter()
                .filter(|finding| finding.level == level)
                .count()
        };
        let rest: Vec<String> = kinds
            .iter()
            .map(|(level, noun)| (count(*level), noun))
            .filter(|(count, _)| *count > 0)
            .map(|(count, noun)| counted(grouped(count), noun))
            .collect();
        let rest = if rest.is_empty() {
            String::new()
        } else {
            format!("; not shown: {}", rest.join(", "))
        };
        Some(format!(
            "{} of {}, selected by {}{rest}",
            grouped(shown.len()),
            counted(grouped(findings.len()), "finding"),
            self.selection.words()
        ))
    }
}

/// Conditions on findings. Of one kind, any may apply; of different kinds, all must.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Findings of these rules.
    pub rules: Vec<RuleId>,
    /// Findings about these subjects: globs over `kind/name`.
    pub subjects: Vec<Glob>,
    /// Findings at these files, in these folders, or where these globs match.
    pub paths: Vec<Glob>,
    /// Findings of these levels. What could not be evaluated is among the errors.
    pub levels: Vec<Level>,
}

impl Selection {
    /// Whether anything may be hidden.
    pub fn is_active(&self) -> bool {
        !(self.rules.is_empty()
            && self.subjects.is_empty()
            && self.paths.is_empty()
            && self.levels.is_empty())
    }

    /// Whether a finding is shown.
    pub fn admits(&self, finding: &Finding) -> bool {
        let level = match finding.level {
            Level::NotEvaluated => Level::Error,
            level => level,
        };
        let of_subject = |glob: &Glob| {
            let subject = finding.subject.as_ref();
            subject.is_some_and(|subject| glob.matches(subject.to_string().as_bytes()))
        };
        let at_path = |glob: &Glob| {
            let path = finding.path.as_deref();
            path.is_some_and(|path| is_in(glob, path))
        };
        (self.rules.is_empty() || self.rules.contains(&finding.rule))
            && (self.subjects.is_empty() || self.subjects.iter().any(of_subject))
            && (self.paths.is_empty() || self.paths.iter().any(at_path))
            && (self.levels.is_empty() || self.levels.contains(&level))
    }

    /// The options that made it, for people.
    pub fn words(&self) -> String {
        let rules = self.rules.iter().map(|rule| format!("--rule {rule}"));
        let globs = |option: &'static str, globs: &[Glob]| -> Vec<String> {
            globs
                .iter()
                .map(|glob| format!("{option} {}", glob.as_str()))
                .collect()
        };
        let levels = self
            .levels
            .iter()
            .map(|level| format!("--severity {}", level.as_str()));
        rules
            .chain(globs("--subject", &self.subjects))
            .chain(globs("--path", &self.paths))
            .chain(levels)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Whether a glob matches a path or one of the folders that it is in.
fn is_in(glob: &Glob, path: &str) -> bool {
    with_folders(path).any(|folder| glob.matches(folder.as_bytes()))
}

/// Findings of one rule that weigh the same.
pub(super) type Group<'f> = Vec<&'f Finding>;

/// `findings`, which are sorted, by weight and rule.
pub(super) fn groups<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Vec<Group<'f>> {
    let mut groups: Vec<Group<'f>> = Vec::new();
    for finding in findings {
        match groups.last_mut() {
            Some(group) if (group[0].level, group[0].rule) == (finding.level, finding.rule) => {
                group.push(finding);
            }
            _ => groups.push(vec![finding]),
        }
    }
    groups
}

/// Whether a finding of this level keeps a verdict from being `pass`, so that it is listed in full.
pub(super) const fn blocks(level: Level) -> bool {
    matches!(level, Level::NotEvaluated | Level::Error | Level::Waiting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::findings::judge_all;
    use crate::check::rules::Setting;
    use crate::model::{Observation, Place};

    fn findings() -> Vec<Finding> {
        let at = |rule, path| Observation::new(rule).place(Place::file(path));
        judge_all(
            &[
                at(RuleId::Symlink, "skills/a/link"),
                at(RuleId::Unversioned, "skills/a/SKILL.md"),
                at(RuleId::Unversioned, "skills/ab/SKILL.md"),
                Observation::new(RuleId::AnchorNotPinned),
            ],
            &Setting::default(),
        )
    }

    fn shown(selection: Selection) -> (usize, Option<String>) {
        let findings = findings();
        let count = findings.iter().filter(|one| selection.admits(one)).count();
        let listing = Listing {
            selection,
            ..Listing::default()
        };
        (count, listing.hidden(&findings))
    }

    #[test]
    fn a_selection_says_what_it_hides_and_none_says_nothing() {
        assert_eq!(shown(Selection::default()), (4, None));
        let of_rule = Selection {
            rules: vec![RuleId::Unversioned],
            ..Selection::default()
        };
        let said = "2 of 4 findings, selected by --rule unversioned; not shown: 1 error, 1 note";
        assert_eq!(shown(of_rule), (2, Some(said.to_owned())));
    }

    #[test]
    fn a_path_selects_a_file_a_folder_or_what_a_glob_matches() {
        let at = |path: &str| {
            let selection = Selection {
                paths: vec![Glob::parse(path).expect("it is a glob")],
                ..Selection::default()
            };
            shown(selection).0
        };
        assert_eq!(at("skills/a"), 2);
        assert_eq!(at("skills/a/SKILL.md"), 1);
        assert_eq!(at("skills/*/SKILL.md"), 2);
        assert_eq!(at("skills"), 3);
        assert_eq!(at("kill"), 0);
    }

    #[test]
    fn of_different_kinds_all_must_apply() {
        let selection = Selection {
            rules: vec![RuleId::Unversioned, RuleId::Symlink],
            levels: vec![Level::Error],
            ..Selection::default()
        };
        assert_eq!(shown(selection).0, 1);
    }
}
