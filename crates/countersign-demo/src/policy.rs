//! Policies as text, for typical teams and for every way of breaking them.

use std::fmt::Write as _;

use super::person::Person;
use super::record::scalar;
use super::tree::Tree;
use countersign_model::{Digest, Policy};

/// A policy before it is written. Lists of raw YAML lines leave room for what a test has to write
/// wrongly.
#[derive(Clone, Debug)]
pub struct PolicyDraft {
    /// Increases with every change.
    pub serial: u64,
    /// Digest of the policy that this one replaces.
    pub previous: Option<Digest>,
    /// What every decision must name.
    pub repository: String,
    /// The governed branch.
    pub branch: String,
    /// People and machines.
    pub principals: Vec<PrincipalDraft>,
    /// Teams and their members.
    pub teams: Vec<(String, Vec<String>)>,
    /// Members of `roles.administrators`.
    pub administrators: Vec<String>,
    /// Further lines below `roles:`, such as `operators: [{members: [bob], subjects:
    /// ["skill/*"]}]`.
    pub roles: Vec<String>,
    /// Entries of `subjects`, each the inside of a list item, such as `{kind: skill, path:
    /// "skills/*", owners: [alice]}`.
    pub entries: Vec<String>,
    /// Entries of `approvals`, likewise.
    pub approvals: Vec<String>,
    /// Administrators that a change needs.
    pub policy_changes: u32,
    /// Further lines at the top level, such as `unapproved: allow`.
    pub more: Vec<String>,
}

/// A principal before it is written.
#[derive(Clone, Debug)]
pub struct PrincipalDraft {
    /// Name in the policy.
    pub name: String,
    /// Printed name.
    pub printed: String,
    /// Addresses.
    pub emails: Vec<String>,
    /// Keys, each the inside of a list item, such as `{ssh: "ssh-ed25519 AAAA…"}`.
    pub keys: Vec<String>,
    /// Further fields, each `name: value`, such as `kind: machine`.
    pub more: Vec<String>,
}

impl PrincipalDraft {
    /// A person with their SSH key.
    pub fn of(person: &Person) -> Self {
        Self {
            name: person.name.clone(),
            printed: person.printed.clone(),
            emails: vec![person.email.clone()],
            keys: vec![ssh_key(person)],
            more: Vec::new(),
        }
    }
}

/// The key of a person as the policy lists it.
pub fn ssh_key(person: &Person) -> String {
    format!("{{ssh: {}}}", scalar(&person.public_line()))
}

/// Governed paths of a company that has every kind, owned by `owners`.
pub fn every_kind(owners: &str) -> Vec<String> {
    let entry = |kind: &str| {
        format!("{{kind: {kind}, path: \"{kind}s/*\", owners: [{owners}], risk: low}}")
    };
    ["skill", "prompt", "server", "agent", "contract", "setup"]
        .map(entry)
        .to_vec()
}

impl PolicyDraft {
    /// One person who owns, approves and administrates everything, without separation of duties.
    pub fn solo(person: &Person) -> Self {
        Self {
            serial: 1,
            previous: None,
            repository: "github.com/acme/agent-skills".to_owned(),
            branch: "main".to_owned(),
            principals: vec![PrincipalDraft::of(person)],
            teams: Vec::new(),
            administrators: vec![person.name.clone()],
            roles: Vec::new(),
            entries: every_kind(&person.name),
            approvals: vec![
                "{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}]}"
                    .to_owned(),
            ],
            policy_changes: 1,
            more: vec!["separation_of_duties: false".to_owned()],
        }
    }

    /// Alice and Bob are the data platform and own everything; Carol is security; Alice and Carol
    /// administrate and both must agree to a change of the policy. One owner or administrator
    /// approves; `skills/payments-*` is of high risk and takes an owner and security.
    pub fn team(alice: &Person, bob: &Person, carol: &Person) -> Self {
        let mut draft = Self::solo(alice);
        draft.principals = [alice, bob, carol].map(PrincipalDraft::of).to_vec();
        draft.teams = vec![
            (
                "data-platform".to_owned(),
                vec![alice.name.clone(), bob.name.clone()],
            ),
            ("security".to_owned(), vec![carol.name.clone()]),
        ];
        draft.administrators = vec![alice.name.clone(), carol.name.clone()];
        draft.entries = every_kind("data-platform");
        draft.entries.push(
            "{kind: skill, path: \"skills/payments-*\", owners: [data-platform], risk: high}"
                .to_owned(),
        );
        draft.approvals.push(
            "{risk: [high, critical], require: [{count: 1, from: [owners]}, {count: 1, from: [security]}], accept: [signature]}".to_owned(),
        );
        draft.policy_changes = 2;
        draft.more.clear();
        draft
    }

    /// The next policy after the one in `tree`.
    #[must_use]
    pub fn successor(&self, tree: &Tree) -> Self {
        Self {
            serial: self.serial + 1,
            previous: Some(tree.policy_digest()),
            ..self.clone()
        }
    }

    /// Changes the draft in any way.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Adds a line at the top level.
    #[must_use]
    pub fn line(mut self, line: &str) -> Self {
        self.more.push(line.to_owned());
        self
    }

    /// Adds a person of no team.
    #[must_use]
    pub fn person(mut self, person: &Person) -> Self {
        self.principals.push(PrincipalDraft::of(person));
        self
    }

    /// The principal called `name`.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn principal(&mut self, name: &str) -> &mut PrincipalDraft {
        self.principals
            .iter_mut()
            .find(|principal| principal.name == name)
            .expect("the principal is in the draft")
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let mut text = format!("schema: countersign.policy/v1\nserial: {}\n", self.serial);
        self.write(&mut text).expect("a string takes any text");
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        if let Some(previous) = &self.previous {
            writeln!(text, "previous: {previous}")?;
        }
        writeln!(
            text,
            "repository: {}\nbranch: {}",
            scalar(&self.repository),
            scalar(&self.branch)
        )?;
        writeln!(text, "principals:")?;
        for principal in &self.principals {
            writeln!(
                text,
                "  {}:\n    name: {}",
                principal.name,
                scalar(&principal.printed)
            )?;
            let emails: Vec<String> = principal.emails.iter().map(|email| scalar(email)).collect();
            writeln!(text, "    emails: [{}]", emails.join(", "))?;
            for line in &principal.more {
                writeln!(text, "    {line}")?;
            }
            list(text, "    ", "keys", &principal.keys)?;
        }
        if !self.teams.is_empty() {
            writeln!(text, "teams:")?;
        }
        for (team, members) in &self.teams {
            writeln!(text, "  {team}: [{}]", members.join(", "))?;
        }
        writeln!(
            text,
            "roles:\n  administrators: [{}]",
            self.administrators.join(", ")
        )?;
        for line in &self.roles {
            writeln!(text, "  {line}")?;
        }
        list(text, "", "subjects", &self.entries)?;
        list(text, "", "approvals", &self.approvals)?;
        writeln!(text, "policy_changes: {{count: {}}}", self.policy_changes)?;
        for line in &self.more {
            writeln!(text, "{line}")?;
        }
        Ok(())
    }
}

fn list(text: &mut String, indent: &str, name: &str, items: &[String]) -> std::fmt::Result {
    if items.is_empty() {
        return writeln!(text, "{indent}{name}: []");
    }
    writeln!(text, "{indent}{name}:")?;
    for item in items {
        writeln!(text, "{indent}  - {item}")?;
    }
    Ok(())
}

impl Tree {
    /// Puts a policy into the tree.
    pub fn put_policy(&mut self, policy: &PolicyDraft) {
        self.put(Policy::PATH, policy.text());
    }
}
