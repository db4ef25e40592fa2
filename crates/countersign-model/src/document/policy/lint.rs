//! Doubts about a valid policy: what may not do what its author meant.
//!
//! Comparing every rule with every entry and every other rule can be made costly by a hostile
//! policy, so a budget bounds the work. What it cuts off are doubts, never faults.

use crate::quantity::counted;
use std::collections::{BTreeMap, BTreeSet};

use crate::document::problem::Problem;
use crate::document::spans::join;
use crate::document::yaml::Tree;
use crate::policy::{ApprovalRule, Approver, Entry};
use crate::policy_input::{PolicyInput, PrincipalKind};
use crate::{EvidenceKind, EvidenceKinds, Policy, PrincipalName, RuleId, Severity};

/// Steps of comparison for one policy: well under a second.
const BUDGET: u64 = 20_000_000;

/// Everything doubtful in `policy`, in the order of the file.
pub(super) fn doubts(tree: &Tree, input: &PolicyInput, policy: &Policy) -> Vec<Problem> {
    let mut lint = Lint {
        tree,
        input,
        policy,
        budget: BUDGET,
        found: Vec::new(),
    };
    lint.unknown_people();
    lint.machines();
    lint.administrators();
    lint.separation();
    lint.rules();
    lint.uncovered_entries();
    lint.overlaps();
    lint.found
        .sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
    lint.found.truncate(crate::document::problem::MOST_PROBLEMS);
    lint.found
}

struct Lint<'p> {
    tree: &'p Tree,
    input: &'p PolicyInput,
    policy: &'p Policy,
    budget: u64,
    found: Vec<Problem>,
}

impl Lint<'_> {
    fn doubt(&mut self, rule: RuleId, pointer: &str, message: String, help: &str) {
        self.found
            .push(self.tree.problem(rule, pointer, message, help));
    }

    fn review_context(&mut self, severity: Severity) {
        if let Some(last) = self.found.last_mut() {
            last.severity = Some(severity);
        }
    }

    // Whether `steps` more may be taken.
    fn spend(&mut self, steps: usize) -> bool {
        self.budget = self.budget.saturating_sub(steps as u64);
        self.budget > 0
    }

    fn has_person(&self, members: &BTreeSet<PrincipalName>) -> bool {
        members.iter().any(|name| self.policy.is_person(name))
    }

    // One doubt for each team, whatever it owns, and one for each entry that no empty team
    // explains.
    fn unknown_people(&mut self) {
        let policy = self.policy;
        let empty: BTreeSet<&str> = policy
            .teams
            .iter()
            .filter(|(_, members)| !self.has_person(members))
            .map(|(team, _)| team.as_str())
            .collect();
        let mut orphans: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, entry) in policy.entries.iter().enumerate() {
            if self.has_person(&entry.owners) {
                continue;
            }
            let mut teams = entry
                .owners_written
                .iter()
                .map(String::as_str)
                .filter(|owner| empty.contains(owner))
                .peekable();
            if teams.peek().is_some() {
                teams.for_each(|team| *orphans.entry(team).or_default() += 1);
                continue;
            }
            let pointer = join("/subjects", index);
            let pointer = if entry.owners_written.is_empty() {
                pointer
            } else {
                join(&pointer, "owners")
            };
            let message = format!("`{}` has no person as owner", entry.path);
            self.doubt(
                RuleId::OwnerUnknown,
                &pointer,
                message,
                "Name people as owners, or a team with people in it.",
            );
        }
        for team in empty {
            let owns = match orphans.get(team) {
                None => String::new(),
                Some(1) => ", and 1 entry has no person as owner".to_owned(),
                Some(count) => format!(", and {count} entries have no person as owner"),
            };
            let message = format!(
                "the team `{team}` has no person in it{owns}: write `{team}: [NAME, …]` here"
            );
            self.doubt(
                RuleId::OwnerUnknown,
                &join("/teams", team),
                message,
                "Put names from `principals` between the brackets.",
            );
        }
    }

    fn machines(&mut self) {
        let input = self.input;
        let entries = input.subjects.iter().enumerate().map(|(index, entry)| {
            (
                join(&join("/subjects", index), "owners"),
                &entry.owners,
                "an owner",
            )
        });
        let lists = entries.chain([(
            "/roles/administrators".to_owned(),
            &input.roles.administrators,
            "an administrator",
        )]);
        for (pointer, names, role) in lists.collect::<Vec<_>>() {
            for (index, name) in names.iter().enumerate() {
                if self
                    .input
                    .principals
                    .get(name)
                    .is_some_and(|principal| principal.kind == PrincipalKind::Machine)
                {
                    let message = format!("the machine `{name}` is named as {role}");
                    self.doubt(
                        RuleId::MachinePrincipal,
                        &join(&pointer, index),
                        message,
                        "Name a person: a machine never counts as an approver.",
                    );
                    self.review_context(Severity::Warning);
                }
            }
        }
    }

    fn administrators(&mut self) {
        let signature: EvidenceKinds = [EvidenceKind::Signature].into_iter().collect();
        let able = |name: &&PrincipalName| {
            self.policy.is_person(name) && self.policy.has_means(name, signature)
        };
        let people = self.policy.administrators.iter().filter(able).count();
        let count = self.policy.policy_changes;
        let message = match count {
            0 => "a count of zero cannot be met: this policy could never change again".to_owned(),
            _ if (count as usize) > people => {
                format!(
                    "a policy change needs {}, but only {people} can sign: this policy could never change again",
                    counted(count, "administrator")
                )
            }
            _ => return,
        };
        let help =
            "Lower `policy_changes`, or name more administrators, before this policy takes effect.";
        self.doubt(
            RuleId::RequirementUnsatisfiable,
            "/policy_changes/count",
            message,
            help,
        );
        self.review_context(Severity::Error);
    }

    fn separation(&mut self) {
        if !self.policy.separation_of_duties {
            let help = "Set it to true as soon as two people have a key.";
            let message = "authors may approve their own versions".to_owned();
            self.doubt(
                RuleId::SeparationOff,
                "/separation_of_duties",
                message,
                help,
            );
        }
    }

    fn rules(&mut self) {
        let policy = self.policy;
        for (index, rule) in policy.rules.iter().enumerate() {
            let pointer = join("/approvals", index);
            let mut never = false;
            for (at, requirement) in rule.require.iter().enumerate() {
                if requirement.count == 0 || requirement.from.is_empty() {
                    let message = "no one can meet this requirement: what it applies to can never be approved".to_owned();
                    let help =
                        "Set a count of at least 1 and name people in `from`, or remove the rule.";
                    self.doubt(
                        RuleId::RequirementUnsatisfiable,
                        &join(&join(&pointer, "require"), at),
                        message,
                        help,
                    );
                    never = true;
                }
            }
            if never {
                continue;
            }
            let by_owners = rule
                .require
                .iter()
                .any(|requirement| requirement.from.contains(&Approver::Owners));
            if !by_owners {
                if self.lacks_people(rule, &BTreeSet::new()) == Some(true) {
                    let message = "fewer people can approve than this rule needs: what it applies to can never be approved".to_owned();
                    self.doubt(
                        RuleId::RequirementUnsatisfiable,
                        &join(&pointer, "require"),
                        message,
                        "Lower the counts, name more people, or give the named people a key.",
                    );
                }
                continue;
            }
            for entry in &policy.entries {
                let lacks = match self.may_apply(rule, entry) {
                    Some(true) => self.lacks_people(rule, &entry.owners),
                    answer => answer,
                };
                // Out of budget, and so it would be for every entry to come.
                let Some(lacks) = lacks else { break };
                if lacks {
                    let message = format!(
                        "fewer people can approve than this rule needs for `{}` (line {})",
                        entry.path, entry.line
                    );
                    let help = "Lower the counts, name more people, or give the named people a key: each requirement of a rule needs different people.";
                    self.doubt(
                        RuleId::RequirementUnsatisfiable,
                        &join(&pointer, "require"),
                        message,
                        help,
                    );
                    break;
                }
            }
        }
    }

    fn uncovered_entries(&mut self) {
        let policy = self.policy;
        for (index, entry) in policy.entries.iter().enumerate() {
            let answers: Vec<_> = policy
                .rules
                .iter()
                .map(|rule| self.may_apply(rule, entry))
                .collect();
            if answers.iter().all(|answer| *answer == Some(false)) {
                let message = format!(
                    "no approval rule applies to `{}`: nothing in it can be approved",
                    entry.path
                );
                self.doubt(
                    RuleId::RequirementUnsatisfiable,
                    &join("/subjects", index),
                    message,
                    "Add a rule under `approvals` that covers it.",
                );
            }
        }
    }

    // Whether the people of a rule are too few. Each requirement takes different people, so (Hall's
    // theorem) every set of requirements needs as many people in the union of its members as the
    // sum of its counts. `None`: out of budget.
    fn lacks_people(
        &mut self,
        rule: &ApprovalRule,
        owners: &BTreeSet<PrincipalName>,
    ) -> Option<bool> {
        let mut may_meet: BTreeMap<&PrincipalName, usize> = BTreeMap::new();
        for (at, requirement) in rule.require.iter().enumerate() {
            for approver in &requirement.from {
                // Machines cost as much as people: both are looked at.
                if !self.spend((1 + self.policy.count_named(approver, owners)) * 20) {
                    return None;
                }
                for name in self
                    .policy
                    .people(approver, owners)
                    .filter(|name| self.policy.has_means(name, rule.accept))
                {
                    *may_meet.entry(name).or_default() |= 1 << at;
                }
            }
        }
        let mut by_mask = vec![0_u64; 1 << rule.require.len()];
        for mask in may_meet.into_values() {
            by_mask[mask] += 1;
        }
        if !self.spend(by_mask.len() * by_mask.len()) {
            return None;
        }
        Some((1..by_mask.len()).any(|set| {
            let needed: u64 = (0..rule.require.len())
                .filter(|at| set & (1 << at) != 0)
                .map(|at| u64::from(rule.require[at].count))
                .sum();
            let there: u64 = (1..by_mask.len())
                .filter(|mask| mask & set != 0)
                .map(|mask| by_mask[mask])
                .sum();
            there < needed
        }))
    }

    // Whether a rule can apply to a subject of an entry at the entry's own risk. `None`: out of
    // budget.
    fn may_apply(&mut self, rule: &ApprovalRule, entry: &Entry) -> Option<bool> {
        if rule
            .risk
            .as_ref()
            .is_some_and(|risks| !risks.contains(&entry.risk.unwrap_or_default()))
        {
            return Some(false);
        }
        let Some(globs) = &rule.subjects else {
            return Some(true);
        };
        let subjects = format!("{}/{}", entry.kind, name_pattern(entry));
        for glob in globs {
            if !self.spend(glob.as_str().len() * subjects.len()) {
                return None;
            }
            if intersect(glob.as_str(), &subjects) {
                return Some(true);
            }
        }
        Some(false)
    }

    fn overlaps(&mut self) {
        let policy = self.policy;
        for (later, rule) in policy.rules.iter().enumerate() {
            for earlier in &policy.rules[..later] {
                match self.may_meet(earlier, rule) {
                    None => return,
                    Some(false) => {}
                    Some(true) => {
                        let message = format!(
                            "this rule and the one at line {} can apply to the same subject, which must meet both",
                            earlier.line
                        );
                        let help = "Read both together: both must accept the evidence, and the shortest expiry applies.";
                        self.doubt(
                            RuleId::RulesOverlap,
                            &join("/approvals", later),
                            message,
                            help,
                        );
                        break;
                    }
                }
            }
        }
    }

    fn may_meet(&mut self, a: &ApprovalRule, b: &ApprovalRule) -> Option<bool> {
        let risks = match (&a.risk, &b.risk) {
            (Some(a), Some(b)) => !a.is_disjoint(b),
            _ => true,
        };
        let (Some(left), Some(right)) = (&a.subjects, &b.subjects) else {
            return Some(risks);
        };
        if !risks {
            return Some(false);
        }
        for (one, other) in left
            .iter()
            .flat_map(|one| right.iter().map(move |other| (one, other)))
        {
            if !self.spend(one.as_str().len() * other.as_str().len()) {
                return None;
            }
            if intersect(one.as_str(), other.as_str()) {
                return Some(true);
            }
        }
        Some(false)
    }
}

// The names that packages of an entry can have, as a glob. A document may give itself another name;
// this is about the usual case.
fn name_pattern(entry: &Entry) -> String {
    if let Some(template) = &entry.name {
        let mut parts = template.split('{');
        let first = parts.next().unwrap_or_default().to_owned();
        return parts.fold(first, |name, part| {
            format!(
                "{name}*{}",
                part.split_once('}').map_or("", |(_, after)| after)
            )
        });
    }
    let last = entry.path.as_str().rsplit('/').next().unwrap_or_default();
    // The stem of a file is its name.
    if entry.takes_files() && last.contains('.') {
        "*".to_owned()
    } else {
        last.to_owned()
    }
}

// Whether some text matches both globs: a table over the characters of both, where a star matches
// nothing more or the other's character.
fn intersect(a: &str, b: &str) -> bool {
    #[derive(Clone, Copy, PartialEq)]
    enum Step {
        Byte(u8),
        Segment,
        Any,
    }
    let steps = |glob: &str| {
        let mut steps: Vec<Step> = Vec::new();
        for byte in glob.bytes() {
            match (byte, steps.last_mut()) {
                (b'*', Some(last @ (Step::Segment | Step::Any))) => *last = Step::Any,
                (b'*', _) => steps.push(Step::Segment),
                _ => steps.push(Step::Byte(byte)),
            }
        }
        steps
    };
    let (a, b) = (steps(a), steps(b));
    let takes = |star: Step, byte: u8| star == Step::Any || byte != b'/';
    let mut below = vec![false; b.len() + 1];
    for i in (0..=a.len()).rev() {
        let mut row = vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            row[j] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (Some(Step::Byte(x)), Some(Step::Byte(y))) => x == y && below[j + 1],
                (Some(Step::Byte(x)), Some(star)) => row[j + 1] || takes(*star, *x) && below[j],
                (Some(star), Some(Step::Byte(y))) => below[j] || takes(*star, *y) && row[j + 1],
                (Some(_), Some(_)) => below[j] || row[j + 1],
                (Some(step), None) => !matches!(step, Step::Byte(_)) && below[j],
                (None, Some(step)) => !matches!(step, Step::Byte(_)) && row[j + 1],
            };
        }
        below = row;
    }
    below[0]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Glob;

    #[test]
    fn globs_intersect_where_some_text_matches_both() {
        for (a, b, both) in [
            ("*/*", "skill/a", true),
            ("skill/*", "prompt/*", false),
            ("skill/pay-*", "skill/*-eu", true),
            ("skill/a*", "skill/b*", false),
            ("**", "skill/x", true),
            ("*", "skill/x", false),
            ("skill/**x", "skill/a*b", false),
            ("s**l/*", "*/q", true),
        ] {
            assert_eq!((intersect(a, b), intersect(b, a)), (both, both), "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn an_intersection_is_never_missed(a in "[ab/]{0,2}\\*{0,2}[ab/]{0,2}\\*?[ab]{1,2}", b in "[ab/]{0,2}\\*{0,2}[ab/]{0,2}\\*?[ab]{1,2}", text in "[ab/]{0,5}") {
            if let (Ok(one), Ok(other)) = (Glob::parse(&a), Glob::parse(&b))
                && one.matches(text.as_bytes()) && other.matches(text.as_bytes())
            {
                prop_assert!(intersect(&a, &b));
            }
        }
    }
}
