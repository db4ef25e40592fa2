//! The levels that a policy sets for rules about documents, applied to findings.
//!
//! Only faults in the documents of packages come here: neither the policy's own, nor a record's, nor
//! anything about history. What is lowered or left out is counted, and the count is a finding.

use std::collections::BTreeMap;

use super::findings::Finding;
use super::rules::{Level, Setting};
use countersign_model::policy::LevelEntry;
use countersign_model::policy_input::RuleLevel;
use countersign_model::{Fact, Observation, Place, Policy, Risk, RuleId};

/// The entries in force, and what they were applied to.
#[derive(Debug)]
pub struct Levels<'p> {
    entries: &'p [LevelEntry],
    applied: BTreeMap<usize, usize>,
}

impl<'p> Levels<'p> {
    /// The levels of a policy in force.
    pub fn new(entries: &'p [LevelEntry]) -> Self {
        Self {
            entries,
            applied: BTreeMap::new(),
        }
    }

    /// The finding at its level here; `None` where it is off. Nothing is lowered for a package whose
    /// risk is high or critical, or not known.
    pub fn apply(&mut self, finding: Finding, risk: Option<Risk>) -> Option<Finding> {
        let path = finding.path.as_deref().unwrap_or_default();
        let matching = self
            .entries
            .iter()
            .enumerate()
            .rfind(|(_, entry)| entry.applies(finding.rule, path));
        let Some((index, entry)) = matching.filter(|_| RuleId::LEVELED.contains(&finding.rule))
        else {
            return Some(finding);
        };
        let level = level(entry.level);
        let lowers = level.is_none_or(|level| level > finding.level);
        if level == Some(finding.level) || lowers && risk.is_none_or(Risk::is_high) {
            return Some(finding);
        }
        *self.applied.entry(index).or_default() += 1;
        level.map(|level| Finding { level, ..finding })
    }

    /// One note for each entry that changed something.
    pub fn notes(&self, setting: &Setting) -> Vec<Finding> {
        let note = |(index, count): (&usize, &usize)| {
            let entry = &self.entries[*index];
            let observation = Observation::new(RuleId::LevelSet)
                .place(Place::at(Policy::PATH, entry.line, 1))
                .with(Fact::Entry, described(entry))
                .with(Fact::Count, count)
                .with(Fact::Reason, &entry.reason);
            Finding::of(&observation, setting)
        };
        self.applied.iter().map(note).collect()
    }
}

/// An entry in words: `skill-portability to off in skills/lab/**`.
pub fn described(entry: &LevelEntry) -> String {
    let paths: Vec<&str> = entry
        .paths
        .iter()
        .map(countersign_model::Glob::as_str)
        .collect();
    format!(
        "{} to {} in {}",
        entry.rule,
        entry.level.as_str(),
        paths.join(", ")
    )
}

const fn level(level: RuleLevel) -> Option<Level> {
    match level {
        RuleLevel::Off => None,
        RuleLevel::Info => Some(Level::Info),
        RuleLevel::Warning => Some(Level::Warning),
        RuleLevel::Error => Some(Level::Error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_model::Glob;

    fn entry(rule: RuleId, path: &str, level: RuleLevel) -> LevelEntry {
        LevelEntry {
            rule,
            paths: vec![Glob::parse(path).expect("it is a glob")],
            level,
            reason: "We only use one harness.".to_owned(),
            line: 40,
        }
    }

    fn finding(rule: RuleId) -> Finding {
        let observation = Observation::new(rule)
            .place(Place::file("skills/lab/x/SKILL.md"))
            .risk(Risk::Medium);
        Finding::of(&observation, &Setting::default())
    }

    /// The level of a finding of `rule` under these entries.
    fn leveled(entries: &[LevelEntry], rule: RuleId, risk: Option<Risk>) -> Option<Level> {
        Levels::new(entries)
            .apply(finding(rule), risk)
            .map(|finding| finding.level)
    }

    #[test]
    fn the_last_entry_that_matches_applies() {
        let portability = RuleId::SkillPortability;
        let entries = [
            entry(portability, "skills/**", RuleLevel::Error),
            entry(portability, "skills/lab/**", RuleLevel::Off),
            entry(portability, "prompts/**", RuleLevel::Error),
        ];
        assert_eq!(leveled(&entries, portability, Some(Risk::Low)), None);
        assert_eq!(
            leveled(&entries[..1], portability, Some(Risk::Low)),
            Some(Level::Error)
        );
        assert_eq!(
            leveled(&entries[2..], portability, Some(Risk::Low)),
            Some(Level::Warning)
        );
        assert_eq!(
            leveled(&entries, RuleId::SkillName, Some(Risk::Low)),
            Some(Level::Warning)
        );
    }

    #[test]
    fn nothing_is_lowered_where_the_risk_is_high_or_not_known() {
        let portability = RuleId::SkillPortability;
        for (level, allowed) in [(RuleLevel::Off, false), (RuleLevel::Error, true)] {
            let entries = [entry(portability, "skills/**", level)];
            let changed = |risk| leveled(&entries, portability, risk) != Some(Level::Warning);
            assert!(changed(Some(Risk::Medium)));
            for risk in [Some(Risk::High), Some(Risk::Critical), None] {
                assert_eq!(changed(risk), allowed, "{risk:?}");
            }
        }
    }

    #[test]
    fn no_entry_changes_a_rule_of_the_trust_core() {
        let core = RuleId::ALL
            .iter()
            .filter(|rule| !RuleId::LEVELED.contains(rule));
        for rule in core {
            let entries = [entry(*rule, "**", RuleLevel::Off)];
            assert_eq!(
                leveled(&entries, *rule, Some(Risk::Low)),
                Some(finding(*rule).level),
                "{rule}"
            );
        }
    }

    #[test]
    fn what_an_entry_changes_is_counted_with_its_reason() {
        let entries = [entry(RuleId::Unversioned, "skills/**", RuleLevel::Off)];
        let mut levels = Levels::new(&entries);
        assert!(levels.notes(&Setting::default()).is_empty());
        for _ in 0..2 {
            assert_eq!(
                levels.apply(finding(RuleId::Unversioned), Some(Risk::Low)),
                None
            );
        }
        let notes = levels.notes(&Setting::default());
        assert_eq!(
            notes
                .iter()
                .map(|note| note.message.as_str())
                .collect::<Vec<_>>(),
            [
                "the policy sets unversioned to off in skills/**, which changes 2 findings: We only use one harness."
            ]
        );
        assert_eq!((notes[0].level, notes[0].line), (Level::Info, Some(40)));
    }
}
