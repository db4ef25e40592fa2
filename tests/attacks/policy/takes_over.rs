//! From which landing on a policy governs, however the landings are read.

use countersign::demo::documents::skill_text;

use countersign_testkit::{Repo, TestResult};

#[test]
fn a_policy_whose_approvals_land_after_it_governs_the_very_next_landing() -> TestResult {
    let mut repo = Repo::team();
    let (alice, first) = (repo.alice.clone(), repo.team_policy());
    repo.commit(&alice, "Add an ungoverned tool", |tree| {
        tree.put(
            "tools/early/SKILL.md",
            skill_text("early", "1.0.0", "Do it."),
        );
    })?;
    repo.change_policy(&first, |policy| {
        policy
            .entries
            .push("{kind: skill, path: \"tools/*\", owners: [data-platform]}".to_owned());
    })?;
    // Read in one go with the approvals that bring the policy into force.
    repo.commit(&alice, "Add a tool", |tree| {
        tree.put("tools/late/SKILL.md", skill_text("late", "1.0.0", "Do it."));
    })?;
    repo.commit(&alice, "Say something", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    for subject in ["skill/early", "skill/late"] {
        assert_eq!(repo.state(subject), "draft");
    }
    let landed = |name: &str| {
        repo.events()
            .iter()
            .find(|event| event["action"] == "landed" && event["subject"] == name)
            .cloned()
    };
    let positions = ["skill/early", "skill/late"]
        .map(|name| landed(name).map(|event| event["position"].clone()));
    assert_eq!(positions, [Some(4.into()), Some(5.into())]);
    Ok(())
}
