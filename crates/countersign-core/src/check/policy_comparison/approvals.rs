//! Approval rules: what each requires, and whether one is as strict as another.

use countersign_model::quantity::counted;
use std::collections::BTreeSet;

use countersign_model::Policy;
use countersign_model::policy::{ApprovalRule, Approver, Requirement};

use super::{Changes, Effect, globs};

impl Changes {
    /// Every rule that applies must be met: one more requires more, one less requires less. A rule
    /// for the same subjects that is not plainly as strict as before widens.
    pub(super) fn rules(&mut self, before: &Policy, after: &Policy) {
        let texts = |policy: &Policy| policy.rules.iter().map(rule).collect::<BTreeSet<_>>();
        let (known, wanted) = (texts(before), texts(after));
        let mut gone: Vec<&ApprovalRule> = before
            .rules
            .iter()
            .filter(|one| !wanted.contains(&rule(one)))
            .collect();
        for new in after.rules.iter().filter(|one| !known.contains(&rule(one))) {
            match gone.iter().position(|old| scope(old) == scope(new)) {
                Some(at) => {
                    let old = gone.remove(at);
                    let effect = if is_as_strict(new, old) {
                        Effect::Narrows
                    } else {
                        Effect::Widens
                    };
                    self.add(
                        effect,
                        "approvals",
                        format!("{} (it was: {})", rule(new), demands(old)),
                    );
                }
                None => self.add(Effect::Narrows, "approvals", format!("adds: {}", rule(new))),
            }
        }
        for old in gone {
            self.add(
                Effect::Widens,
                "approvals",
                format!("removes: {}", rule(old)),
            );
        }
    }
}

/// Whether `new` requires all that `old` requires: more cannot be said without knowing the people.
pub(super) fn is_as_strict(new: &ApprovalRule, old: &ApprovalRule) -> bool {
    let expiry = |rule: &ApprovalRule| rule.expire_after.map_or(i64::MAX, |span| span.seconds);
    let mut left: Vec<&Requirement> = new.require.iter().collect();
    let covers = |new: &Requirement, old: &Requirement| {
        new.count == 0
            || old.count > 0
                && new.count >= old.count
                && new.from.iter().all(|from| old.from.contains(from))
    };
    let covered =
        old.require
            .iter()
            .all(|old| match left.iter().position(|new| covers(new, old)) {
                Some(at) => {
                    left.remove(at);
                    true
                }
                None => false,
            });
    covered && new.accept.is_subset(old.accept) && expiry(new) <= expiry(old)
}

/// What a rule applies to.
fn scope(rule: &ApprovalRule) -> String {
    let subjects = rule
        .subjects
        .as_ref()
        .map_or_else(|| "every subject".to_owned(), |subjects| globs(subjects));
    let risk = rule.risk.as_ref().map_or_else(String::new, |risks| {
        let risks: Vec<String> = risks.iter().map(ToString::to_string).collect();
        format!(" of {} risk", risks.join(" or "))
    });
    format!("{subjects}{risk}")
}

/// What a rule requires.
fn demands(rule: &ApprovalRule) -> String {
    let from = |one: &Requirement| {
        one.from
            .iter()
            .map(Approver::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let require: Vec<String> = rule
        .require
        .iter()
        .map(|one| format!("{} of {}", one.count, from(one)))
        .collect();
    let accept: Vec<&str> = rule.accept.words().collect();
    let expire = rule
        .expire_after
        .map(|span| format!(", for {}", counted(span.seconds / 86_400, "day")))
        .unwrap_or_default();
    format!(
        "{}, by {}{expire}",
        require.join(" and "),
        accept.join(" or ")
    )
}

/// A rule in words, without its line.
fn rule(rule: &ApprovalRule) -> String {
    format!("{} needs {}", scope(rule), demands(rule))
}
