//! Histories by chance, cut anywhere, are the same warm and cold.

use countersign::demo::documents::skill_text;
use countersign::demo::{DemoError, Method, Person, PolicyDraft};
use countersign::model::DecisionKind;
use countersign_testkit::{Repo, TestResult};

use super::{forget, same, views};

/// A history by chance: `SplitMix64`, so that each seed is the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

struct Company {
    repo: Repo,
    chance: Chance,
    policy: PolicyDraft,
    /// Minor version of each Skill; the first is `pdf`.
    versions: [u32; 2],
    landings: usize,
}

const SKILLS: [&str; 2] = ["pdf", "csv"];

impl Company {
    fn new(seed: u64) -> Result<Self, DemoError> {
        let mut repo = Repo::team();
        let policy = repo.team_policy();
        for skill in SKILLS {
            repo.granted_skill(skill, "1.0.0")?;
        }
        Ok(Self {
            repo,
            chance: Chance(seed),
            policy,
            versions: [0; 2],
            landings: 0,
        })
    }

    fn someone(&mut self) -> Person {
        let people = self.repo.people();
        people[self.chance.below(3)].clone()
    }

    /// Something lands: work, a decision, a policy, a merge that drops a decision, a record that is
    /// changed.
    fn land(&mut self) -> Result<(), DemoError> {
        self.landings += 1;
        let (by, which) = (self.someone(), self.chance.below(SKILLS.len()));
        let (name, subject) = (SKILLS[which], format!("skill/{}", SKILLS[which]));
        let version = format!("1.{}.0", self.versions[which]);
        match self.chance.below(12) {
            0..=2 => {
                self.versions[which] += 1;
                let text = skill_text(
                    name,
                    &format!("1.{}.0", self.versions[which]),
                    &format!("As of landing {}.", self.landings),
                );
                self.repo.commit(&by, "New version", |tree| {
                    tree.put(format!("skills/{name}/SKILL.md"), text);
                })?;
            }
            3..=5 => drop(
                self.repo
                    .decide(&by, DecisionKind::Approve, &subject, &version)?,
            ),
            6 => drop(
                self.repo
                    .decide(&by, DecisionKind::Deprecate, &subject, &version)?,
            ),
            7 => {
                let [alice, ..] = self.repo.people();
                let branch = format!("work-{}", self.landings);
                self.repo.branch(&branch)?;
                self.repo
                    .decide(&by, DecisionKind::Block, &subject, "all")?;
                self.repo.commit(&by, "Work", |tree| {
                    tree.put(format!("docs/{branch}.md"), "x");
                })?;
                self.repo.switch("main")?;
                let method = [Method::Merge, Method::Squash, Method::Ours][self.chance.below(3)];
                self.repo.merge(&branch, method, &alice)?;
            }
            8 => {
                let email = format!("landing-{}@acme.example", self.landings);
                let next = self.policy.clone();
                self.policy = self
                    .repo
                    .change_policy(&next, |policy| policy.principal("bob").emails.push(email))?;
            }
            9 => {
                let text = format!("As of landing {}.\n", self.landings);
                self.repo
                    .commit(&by, "Other work", |tree| tree.put("docs/notes.md", text))?;
            }
            10 => {
                self.repo
                    .commit(&by, "Forget a subject's records", |tree| {
                        tree.remove(format!("approvals/{subject}"));
                    })?;
            }
            _ => {
                self.repo
                    .commit(&by, "Old bytes under the version of today", |tree| {
                        tree.put(
                            format!("skills/{name}/SKILL.md"),
                            skill_text(name, &version, "Other bytes."),
                        );
                    })?;
            }
        }
        Ok(())
    }
}

/// Lands at random, looks now and then, and sometimes takes the last landings back.
fn is_the_same_at_random_cuts(seed: u64) -> TestResult {
    let mut company = Company::new(seed)?;
    views(&company.repo, &[]);
    for cut in 0..5 {
        if company.chance.below(4) == 0 {
            let back = company.repo.git(&[
                "rev-parse",
                &format!("HEAD~{}", 1 + company.chance.below(3)),
            ]);
            company.repo.reset(back.trim().parse()?)?;
            company.policy = company
                .repo
                .team_policy()
                .with(|policy| policy.serial = 100 * (cut + 1));
        }
        for _ in 0..=company.chance.below(4) {
            company.land()?;
        }
        same(&company.repo, &[], &format!("seed {seed}, cut {cut}"));
        if company.chance.below(2) == 0 {
            forget(&company.repo);
            views(&company.repo, &[]);
        }
    }
    Ok(())
}

#[test]
fn random_histories_are_the_same_warm_and_cold_wherever_they_are_cut() -> TestResult {
    is_the_same_at_random_cuts(1)?;
    is_the_same_at_random_cuts(2)
}

#[test]
fn more_random_histories_are_the_same_warm_and_cold_wherever_they_are_cut() -> TestResult {
    is_the_same_at_random_cuts(3)?;
    is_the_same_at_random_cuts(4)
}
