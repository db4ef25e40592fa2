use super::approvals::is_as_strict;
use super::*;
use countersign_model::EvidenceKind;
use countersign_model::policy::{ApprovalRule, Approver, Requirement};
use countersign_model::policy_input::{Profile, Unapproved};

fn rule_of(count: u32, from: &[&str], accept: &[EvidenceKind]) -> ApprovalRule {
    let from = from
        .iter()
        .map(|name| Approver::Team(name.parse().expect("a name")))
        .collect();
    ApprovalRule {
        subjects: None,
        risk: None,
        require: vec![Requirement { count, from }],
        accept: accept.iter().copied().collect(),
        expire_after: None,
        line: 1,
    }
}

#[test]
fn a_rule_is_as_strict_only_if_it_requires_everything_the_other_does() {
    use EvidenceKind::{Review, Signature};
    let two = rule_of(2, &["a", "b"], &[Signature]);
    assert!(is_as_strict(&two, &two));
    assert!(is_as_strict(&rule_of(3, &["a"], &[Signature]), &two));
    assert!(
        !is_as_strict(&rule_of(1, &["a", "b"], &[Signature]), &two),
        "fewer people"
    );
    assert!(
        !is_as_strict(&rule_of(2, &["a", "c"], &[Signature]), &two),
        "other people"
    );
    assert!(
        !is_as_strict(&rule_of(2, &["a", "b"], &[Signature, Review]), &two),
        "weaker evidence"
    );
    let none = ApprovalRule {
        require: Vec::new(),
        ..two.clone()
    };
    assert!(!is_as_strict(&none, &two));
    assert!(
        is_as_strict(&rule_of(0, &[], &[Signature]), &two),
        "no one can ever meet zero"
    );
    assert!(!is_as_strict(&two, &rule_of(0, &[], &[Signature])));
}

#[test]
fn every_setting_has_a_side_that_widens() {
    let mut found = Changes(Vec::new());
    found.setting("separation_of_duties", true, false, &[true, false]);
    found.setting(
        "unapproved",
        Unapproved::Allow,
        Unapproved::Wait,
        &[Unapproved::Wait, Unapproved::Allow],
    );
    found.setting(
        "profile",
        Profile::Strict,
        Profile::Strict,
        &[Profile::Strict, Profile::Lenient],
    );
    let reported: Vec<(Effect, &str)> = found
        .0
        .iter()
        .map(|change| (change.effect, change.what.as_str()))
        .collect();
    assert_eq!(
        reported,
        [
            (Effect::Widens, "false instead of true"),
            (Effect::Narrows, "wait instead of allow")
        ]
    );
}
