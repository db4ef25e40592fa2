//! What approvals are still due, in words: "1 of 2: needs one of bob, carol".

use super::logins::Logins;
use crate::lifecycle::ledger::RequirementStatus;
use countersign_model::PrincipalName;

/// What is missing of `requirements`, with the people as `logins` knows them; `None` when nothing
/// is.
pub fn due(requirements: &[RequirementStatus], logins: &Logins) -> Option<String> {
    if requirements.is_empty() {
        return Some("no rule of the policy says who may approve it, so no one can".to_owned());
    }
    let missing: Vec<String> = requirements
        .iter()
        .filter(|requirement| requirement.missing > 0 || requirement.count == 0)
        .map(|requirement| one(requirement, logins))
        .collect();
    (!missing.is_empty()).then(|| missing.join(", and "))
}

/// What is missing of one requirement.
pub fn one(requirement: &RequirementStatus, logins: &Logins) -> String {
    if requirement.count == 0 {
        return format!(
            "the rule at line {} of the policy names no one, so it can never be met",
            requirement.line
        );
    }
    let counted = requirement.count.saturating_sub(requirement.missing);
    let names: Vec<String> = eligible(requirement)
        .map(|name| logins.shown(name))
        .collect();
    let from = requirement.from.join(", ");
    let needs = match (requirement.missing as usize, names.len()) {
        (missing, available) if available < missing => {
            let available = if available == 0 {
                "no one".to_owned()
            } else {
                format!("only {}", names.join(", "))
            };
            let keyless: Vec<&str> = requirement
                .keyless
                .iter()
                .map(PrincipalName::as_str)
                .collect();
            let keyless = match keyless[..] {
                [] => String::new(),
                [one] => format!(" ({one} has no valid key in the policy)"),
                _ => format!(" ({} have no valid key in the policy)", keyless.join(", ")),
            };
            format!(
                "needs {missing} more from {from}, where {available} can still approve{keyless}"
            )
        }
        (1, 1) => format!("needs {}", names[0]),
        (1, _) => format!("needs one of {}", names.join(", ")),
        (missing, available) if missing == available => format!("needs {}", names.join(" and ")),
        (missing, _) => format!("needs {missing} of {}", names.join(", ")),
    };
    format!("{counted} of {}: {needs}", requirement.count)
}

/// Who could still approve, and can.
pub fn eligible(requirement: &RequirementStatus) -> impl Iterator<Item = &PrincipalName> {
    requirement
        .candidates
        .iter()
        .filter(|name| requirement.missing > 0 && !requirement.keyless.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(requirement: &RequirementStatus) -> String {
        super::one(requirement, &Logins::default())
    }

    fn due(requirements: &[RequirementStatus]) -> Option<String> {
        super::due(requirements, &Logins::default())
    }

    fn requirement(count: u32, missing: u32, candidates: &[&str]) -> RequirementStatus {
        RequirementStatus {
            count,
            missing,
            from: vec!["owners".to_owned()],
            candidates: candidates
                .iter()
                .map(|name| name.parse().expect("a name"))
                .collect(),
            line: 31,
            ..RequirementStatus::default()
        }
    }

    #[test]
    fn says_how_many_and_who() {
        assert_eq!(
            one(&requirement(2, 1, &["bob", "carol"])),
            "1 of 2: needs one of bob, carol"
        );
        assert_eq!(one(&requirement(1, 1, &["bob"])), "0 of 1: needs bob");
        assert_eq!(
            one(&requirement(2, 2, &["bob", "carol"])),
            "0 of 2: needs bob and carol"
        );
        assert_eq!(
            one(&requirement(2, 2, &["a", "b", "c"])),
            "0 of 2: needs 2 of a, b, c"
        );
        assert_eq!(
            one(&requirement(2, 2, &["bob"])),
            "0 of 2: needs 2 more from owners, where only bob can still approve"
        );
        assert_eq!(
            one(&requirement(1, 1, &[])),
            "0 of 1: needs 1 more from owners, where no one can still approve"
        );
    }

    #[test]
    fn no_one_without_a_key_is_asked() {
        let keyless = |candidates: &[&str], keyless: &[&str]| RequirementStatus {
            keyless: keyless
                .iter()
                .map(|name| name.parse().expect("a name"))
                .collect(),
            ..requirement(1, 1, candidates)
        };
        assert_eq!(
            one(&keyless(&["bob", "carol"], &["bob"])),
            "0 of 1: needs carol"
        );
        assert_eq!(
            one(&keyless(&["bob", "carol"], &["bob", "carol"])),
            "0 of 1: needs 1 more from owners, where no one can still approve (bob, carol have no valid key in the policy)"
        );
    }

    #[test]
    fn no_rule_and_a_count_of_zero_are_never_met() {
        assert!(due(&[]).is_some());
        assert_eq!(
            due(&[requirement(0, 0, &[])]).as_deref(),
            Some("the rule at line 31 of the policy names no one, so it can never be met")
        );
        assert_eq!(due(&[requirement(1, 0, &[])]), None);
    }
}
