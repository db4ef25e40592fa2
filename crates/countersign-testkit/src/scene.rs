//! What many attacks start from, and what they look at beside the verdict.

use countersign::demo::{DemoError, Person, PolicyDraft, Record, Tree};
use countersign::model::DecisionKind;
use serde_json::Value;

use super::Repo;

impl Repo {
    /// Alice, Bob and Carol, to be borrowed beside the repository.
    pub fn people(&self) -> [Person; 3] {
        [self.alice.clone(), self.bob.clone(), self.carol.clone()]
    }

    /// Like [`Repo::approved_skill`], but returns Bob's approval.
    pub fn granted_skill(&mut self, name: &str, version: &str) -> Result<Record, DemoError> {
        self.drafted_skill(name, version)?;
        let bob = self.bob.clone();
        self.history.decide(
            &bob,
            DecisionKind::Approve,
            &format!("skill/{name}"),
            version,
        )
    }

    /// Skill `skills/<name>` at `version` by Alice, approved by no one yet.
    pub fn drafted_skill(&mut self, name: &str, version: &str) -> Result<(), DemoError> {
        let alice = self.alice.clone();
        let body = format!("Do it well, as of {version}.");
        self.history
            .commit(&alice, &format!("Add {name} {version}"), |tree| {
                tree.put_skill(name, version, &body);
            })?;
        Ok(())
    }

    /// Approves a Skill's version with the bytes that the tree has.
    pub fn approve(&mut self, by: &Person, name: &str, version: &str) -> Result<Record, DemoError> {
        self.history
            .decide(by, DecisionKind::Approve, &format!("skill/{name}"), version)
    }

    /// Lands the policy that follows `in_force` with a change, approved by both administrators of
    /// the team.
    pub fn change_policy(
        &mut self,
        in_force: &PolicyDraft,
        change: impl FnOnce(&mut PolicyDraft),
    ) -> Result<PolicyDraft, DemoError> {
        let next = in_force.successor(&self.tree()).with(change);
        let [alice, _, carol] = self.people();
        self.history
            .commit(&alice, &format!("Policy {}", next.serial), |tree| {
                tree.put_policy(&next);
            })?;
        for by in [&alice, &carol] {
            self.history.decide(
                by,
                DecisionKind::Approve,
                "policy/countersign",
                &next.serial.to_string(),
            )?;
        }
        Ok(next)
    }

    /// Everything that `log --format json` prints.
    pub fn events(&self) -> Vec<Value> {
        let output = self.run(&["log", "--format", "json"]).exits(0);
        output.json()["events"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    /// The events of one action by one person, in order.
    pub fn events_of(&self, action: &str, principal: &str) -> Vec<Value> {
        self.events()
            .into_iter()
            .filter(|event| event["action"] == action && event["principal"] == principal)
            .collect()
    }

    /// Why the last record of this kind by this person has no effect; `None` when it has one.
    #[track_caller]
    pub fn refusal(&self, action: &str, principal: &str) -> Option<String> {
        let event = self
            .events_of(action, principal)
            .pop()
            .unwrap_or_else(|| panic!("there is {action} by {principal}: {:#?}", self.events()));
        let why = event["refused_because"].as_str().map(str::to_owned);
        assert_eq!(
            event["accepted"].as_bool(),
            Some(why.is_none()),
            "{event:#}"
        );
        why
    }

    /// Who counts toward the requirements of a subject's version in the tree, sorted, one name per
    /// requirement met.
    pub fn counted(&self, subject: &str) -> Vec<String> {
        let subject = self.subject(subject);
        let requirements = subject["requirements"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let have = requirements.iter().flat_map(|requirement| {
            requirement["approvals"]
                .as_array()
                .cloned()
                .unwrap_or_default()
        });
        let mut names: Vec<String> = have
            .filter_map(|one| one["principal"].as_str().map(str::to_owned))
            .collect();
        names.sort();
        names
    }

    /// How many people are still missing for a subject's version in the tree.
    pub fn missing(&self, subject: &str) -> u64 {
        let subject = self.subject(subject);
        subject["requirements"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|requirement| requirement["missing"].as_u64())
            .sum()
    }

    /// Contributors of a subject's version in the tree, as the policy calls them.
    pub fn contributors(&self, subject: &str) -> Vec<String> {
        let subject = self.subject(subject);
        let all = subject["contributors"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        all.iter()
            .map(|one| {
                one.as_str()
                    .or_else(|| one["principal"].as_str())
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect()
    }
}

/// A policy under which two people approve everything.
pub fn any_two_members(policy: PolicyDraft) -> PolicyDraft {
    policy.with(|policy| policy.approvals = vec![rule("count: 2, from: [owners, administrators]")])
}

/// A policy under which a signed commit is evidence, too.
pub fn commits_count(policy: PolicyDraft) -> PolicyDraft {
    policy.with(|policy| {
        let rule = "{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], accept: [signature, commit]}";
        rule.clone_into(&mut policy.approvals[0]);
    })
}

/// An entry of `approvals` for every subject with one requirement.
pub fn rule(requirement: &str) -> String {
    format!("{{subjects: [\"*/*\"], require: [{{{requirement}}}]}}")
}

/// A tree with one Skill and nothing else, for digests of what has not landed.
pub fn skill_tree(name: &str, version: &str, body: &str) -> Tree {
    let mut tree = Tree::default();
    tree.put_skill(name, version, body);
    tree
}
