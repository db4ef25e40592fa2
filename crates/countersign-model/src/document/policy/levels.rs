//! The levels that a policy sets for rules about documents.

use super::Check;
use crate::RuleId;
use crate::document::problem::{Problem, closest, shown};
use crate::document::spans::join;
use crate::document::yaml::Tree;
use crate::policy::LevelEntry;
use crate::policy_input::{PolicyInput, RuleInput};

impl Check<'_> {
    pub(super) fn levels(&mut self, inputs: &[RuleInput]) -> Option<Vec<LevelEntry>> {
        let levels: Vec<_> = inputs
            .iter()
            .enumerate()
            .map(|(index, input)| self.level(&join("/rules", index), input))
            .collect();
        levels.into_iter().collect()
    }

    fn level(&mut self, pointer: &str, input: &RuleInput) -> Option<LevelEntry> {
        let rule = self.leveled_rule(&join(pointer, "rule"), &input.rule);
        let paths = self.globs(&join(pointer, "paths"), &input.paths);
        if input.reason.trim().is_empty() {
            self.fault(
                &join(pointer, "reason"),
                "the reason is blank",
                "Give a reason for people who read this later.",
            );
        }
        Some(LevelEntry {
            rule: rule?,
            paths: paths?,
            level: input.level,
            reason: input.reason.clone(),
            line: self.tree.line(pointer),
        })
    }

    // A rule of the trust core has one level everywhere: no one may turn it off.
    fn leveled_rule(&mut self, pointer: &str, text: &str) -> Option<RuleId> {
        let leveled = || RuleId::LEVELED.iter().map(|rule| rule.as_str());
        let list = leveled().collect::<Vec<_>>().join(", ");
        let message = match text.parse::<RuleId>() {
            Ok(rule) if RuleId::LEVELED.contains(&rule) => return Some(rule),
            Ok(_) => format!("the level of `{text}` is the same everywhere"),
            Err(_) => match closest(text, leveled()) {
                Some(meant) => format!("`{}` is not a rule: did you mean `{meant}`?", shown(text)),
                None => format!("`{}` is not a rule", shown(text)),
            },
        };
        self.fault(
            pointer,
            message,
            format!("Remove the entry, or name one of {list}."),
        );
        None
    }
}

/// What YAML 1.1 reads otherwise. `level: off` is not doubtful: no reader takes it for another level.
pub(super) fn ambiguities(tree: &Tree, input: &PolicyInput) -> Vec<Problem> {
    let levels: Vec<_> = (0..input.rules.len())
        .map(|index| tree.span(&join(&join("/rules", index), "level")))
        .collect();
    tree.ambiguities()
        .filter(|problem| !levels.contains(&problem.span))
        .collect()
}
