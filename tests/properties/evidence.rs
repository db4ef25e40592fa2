//! Anyone who can push may delete files: taking evidence away never turns fail or waiting into
//! pass.

use countersign::demo::{Person, Tree};
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult};

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// A repository with two Skills and a handful of decisions about them, some of which no one may
/// make.
fn random(seed: u64) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut dice = Dice(seed);
    let mut repo = Repo::team();
    let people = [
        repo.alice.clone(),
        repo.bob.clone(),
        repo.carol.clone(),
        Person::new("mallory"),
    ];
    let skills = ["pdf", "payments-refund"];
    for (skill, author) in skills.iter().zip(&people) {
        repo.commit(author, "Add a Skill", |tree| {
            tree.put_skill(skill, "1.0.0", "Do it.");
        })?;
    }
    for _ in 0..6 {
        let skill = skills[dice.roll(2)];
        if dice.roll(4) == 0 {
            let version = format!("1.{}.0", dice.roll(3));
            repo.commit(&people[dice.roll(3)], "Change it", |tree| {
                tree.put_skill(skill, &version, "Do it well.");
            })?;
        }
        let text = repo.tree().text(format!("skills/{skill}/SKILL.md"));
        let version = text
            .split("version: \"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_default()
            .to_owned();
        let kinds = [
            DecisionKind::Approve,
            DecisionKind::Approve,
            DecisionKind::Approve,
            DecisionKind::Block,
            DecisionKind::Reject,
            DecisionKind::Deprecate,
        ];
        let kind = kinds[dice.roll(kinds.len())];
        repo.decide(
            &people[dice.roll(4)],
            kind,
            &format!("skill/{skill}"),
            &version,
        )?;
    }
    Ok(repo)
}

#[test]
fn deleting_records_and_signatures_never_makes_anything_pass() -> TestResult {
    for seed in 0..8 {
        let mut repo = random(seed)?;
        let before = repo.check();
        let (head, tree) = (repo.head(), repo.tree());
        let files: Vec<String> = tree
            .files()
            .keys()
            .filter_map(|path| String::from_utf8(path.clone()).ok())
            .filter(|path| path.starts_with("approvals/"))
            .collect();
        let all = |tree: &mut Tree| assert!(tree.remove("approvals"));
        let mallory = Person::new("mallory");
        for file in &files {
            repo.commit(&mallory, "Tidy up", |tree| assert!(tree.remove(file)))?;
            let after = repo.check();
            assert!(
                before.verdict() == "pass" || after.verdict() != "pass",
                "seed {seed} without {file}\n{before}\n{after}"
            );
            repo.reset(head)?;
        }
        repo.commit(&mallory, "Tidy up", all)?;
        let after = repo.check();
        assert!(
            before.verdict() == "pass" || after.verdict() != "pass",
            "seed {seed} without any record\n{before}\n{after}"
        );
    }
    Ok(())
}

#[test]
fn a_history_whose_records_never_had_signatures_never_passes_where_the_signed_one_does_not()
-> TestResult {
    for seed in 0..8 {
        let signed = random(seed)?.check();
        let mut repo = random(seed)?;
        let mallory = Person::new("mallory");
        // The same bytes with every signature gone, as a new history that begins with them.
        let mut tree = repo.tree();
        let signatures: Vec<Vec<u8>> = tree
            .files()
            .keys()
            .filter(|path| path.ends_with(b".sig"))
            .cloned()
            .collect();
        for signature in signatures {
            tree.remove(signature);
        }
        repo.switch("main")?;
        repo.commit_tree(Vec::new(), tree, &mallory, "Begin anew")?;
        let unsigned = repo.check();
        assert!(
            signed.verdict() == "pass" || unsigned.verdict() != "pass",
            "seed {seed}\n{signed}\n{unsigned}"
        );
    }
    Ok(())
}
