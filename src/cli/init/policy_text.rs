//! Writes the first policy as text with comments. Pure; what it writes is read back by the policy's
//! own reader before it reaches the disk.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::codeowners::Owner;
use super::entries::Plan;
use super::people::{ForgeIdentity, People, written};
use crate::cli::output::inert;
use crate::document::emit::scalar;
use crate::document::schema;
use crate::model::PrincipalName;

/// The first administrator's key as the policy names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdministratorKey {
    /// Type and base64.
    Ssh(String),
    /// Path of a certificate in the repository.
    OpenPgpFile(String),
}

/// Everything in the first policy.
#[derive(Clone, Debug)]
pub struct FirstPolicy<'a> {
    /// `host/owner/name`, or the folder's name.
    pub repository: &'a str,
    /// The governed branch.
    pub branch: &'a str,
    /// Printed name of the first administrator.
    pub name: Option<&'a str>,
    /// Their address.
    pub email: Option<&'a str>,
    /// Their key.
    pub key: &'a AdministratorKey,
    /// The people and teams.
    pub people: &'a People,
    /// The second administrator.
    pub second: Option<&'a PrincipalName>,
    /// What is governed.
    pub plan: &'a Plan,
    /// Host of the forge that people were looked up on.
    pub forge: &'a str,
    /// More files whose changes are policy changes.
    pub protect: &'a [String],
}

impl FirstPolicy<'_> {
    /// The text of `countersign.yaml`.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text)
            .expect("writing to a string cannot fail");
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "{}", schema::editor_comment("policy"))?;
        writeln!(out, "#")?;
        writeln!(
            out,
            "# Who may approve what in this repository. The policy in force judges every change to itself:"
        )?;
        writeln!(
            out,
            "# edit, run `countersign policy bump`, then `countersign approve policy --reason …`."
        )?;
        writeln!(out, "schema: countersign.policy/v1")?;
        writeln!(out, "serial: 1")?;
        writeln!(
            out,
            "repository: {} # every decision names it, so decisions cannot be replayed elsewhere",
            scalar(self.repository)
        )?;
        writeln!(out, "branch: {}", scalar(self.branch))?;
        if !self.protect.is_empty() {
            let paths: Vec<String> = self.protect.iter().map(|path| scalar(path)).collect();
            writeln!(
                out,
                "protect: [{}] # changes to these files need the approvals that a policy change needs",
                paths.join(", ")
            )?;
        }
        self.principals(out)?;
        self.teams(out)?;
        writeln!(out, "\nroles:")?;
        let administrators: Vec<String> = std::iter::once(&self.people.administrator)
            .chain(self.second)
            .map(|name| scalar(name.as_str()))
            .collect();
        writeln!(out, "  administrators: [{}]", administrators.join(", "))?;
        self.subjects(out)?;
        writeln!(out, "\napprovals:")?;
        writeln!(out, "  - subjects: [\"*/*\"]")?;
        writeln!(
            out,
            "    require: [{{count: 1, from: [owners, administrators]}}]"
        )?;
        writeln!(out, "    accept: [signature, review]")?;
        writeln!(
            out,
            "policy_changes: {{count: 1}} # how many administrators must sign a change to this file"
        )?;
        if self.people.with_keys().next().is_some() {
            writeln!(
                out,
                "separation_of_duties: true # no one's approval of their own work counts"
            )?;
        } else {
            writeln!(
                out,
                "\n# Only one person has a key today, so approving one's own work counts. Set this to true,"
            )?;
            writeln!(
                out,
                "# or delete the line, as soon as a second person has a key."
            )?;
            writeln!(out, "separation_of_duties: false")?;
        }
        writeln!(
            out,
            "baseline: allow # existing content passes until it changes"
        )
    }

    fn principals(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\nprincipals:")?;
        let also = if self.people.also.is_empty() {
            String::new()
        } else {
            format!("; {} in CODEOWNERS", self.people.also.join(", "))
        };
        writeln!(
            out,
            "  {}: # the first administrator{}",
            scalar(self.people.administrator.as_str()),
            comment(&also)
        )?;
        if let Some(name) = self.name {
            writeln!(out, "    name: {}", scalar(name))?;
        }
        if let Some(email) = self.email {
            writeln!(
                out,
                "    emails: [{}] # only used to detect own work; grants nothing",
                scalar(email)
            )?;
        }
        if let Some(identity) = self.people.on_forge.get(&self.people.administrator) {
            writeln!(out, "    accounts: [{}]", self.account(identity))?;
        }
        writeln!(out, "    keys:")?;
        match self.key {
            AdministratorKey::Ssh(line) => writeln!(out, "      - ssh: {}", scalar(line))?,
            AdministratorKey::OpenPgpFile(path) => {
                writeln!(out, "      - openpgp: {}", scalar(path))?;
            }
        }
        if !self.people.others.is_empty() {
            writeln!(
                out,
                "  # Named in CODEOWNERS. Their approvals count once they have a key (`keys: [{{ssh: ssh-ed25519 …}}]`)"
            )?;
            writeln!(
                out,
                "  # or an account for reviews (`accounts: [{{forge: github.com, login: …, id: …}}]`)."
            )?;
        }
        for (name, owner) in &self.people.others {
            let shown = written(owner);
            if let Some(identity) = self.people.on_forge.get(name) {
                writeln!(out, "  {}:", scalar(name.as_str()))?;
                writeln!(out, "    accounts: [{}]", self.account(identity))?;
                Self::keys(out, identity)?;
                continue;
            }
            match owner {
                Owner::Email(address) => writeln!(
                    out,
                    "  {}: {{emails: [{}]}}",
                    scalar(name.as_str()),
                    scalar(address)
                )?,
                _ => writeln!(
                    out,
                    "  {}: {{name: {}}}",
                    scalar(name.as_str()),
                    scalar(&shown)
                )?,
            }
        }
        Ok(())
    }

    fn teams(&self, out: &mut String) -> std::fmt::Result {
        if self.people.teams.is_empty() {
            return Ok(());
        }
        let hint = if self.people.members.is_empty() {
            "Git does not record their members: list principals from above"
        } else {
            "compare the members with the forge"
        };
        writeln!(out, "\nteams: # from CODEOWNERS; {hint}")?;
        for (name, shown) in &self.people.teams {
            let members: Vec<String> = self
                .people
                .members
                .get(name)
                .into_iter()
                .flatten()
                .map(|identity| scalar(identity.as_str()))
                .collect();
            writeln!(
                out,
                "  {}: [{}] # {}",
                scalar(name.as_str()),
                members.join(", "),
                comment(shown)
            )?;
        }
        Ok(())
    }

    fn account(&self, identity: &ForgeIdentity) -> String {
        format!(
            "{{forge: {}, login: {}, id: {}}}",
            scalar(self.forge),
            scalar(&identity.account.login),
            identity.account.id
        )
    }

    fn keys(out: &mut String, identity: &ForgeIdentity) -> std::fmt::Result {
        if identity.keys.is_empty() {
            return Ok(());
        }
        writeln!(out, "    keys:")?;
        for key in &identity.keys.ssh {
            writeln!(out, "      - ssh: {}", scalar(key))?;
        }
        for key in &identity.keys.openpgp {
            let armor = serde_json::Value::from(key.as_str());
            writeln!(out, "      - openpgp: {armor}")?;
        }
        Ok(())
    }

    fn subjects(&self, out: &mut String) -> std::fmt::Result {
        writeln!(
            out,
            "\n# What is governed. If several entries match: owners and name of the last, and the highest risk."
        )?;
        writeln!(out, "subjects:")?;
        for entry in &self.plan.entries {
            let mut fields = vec![
                format!("kind: {}", entry.kind),
                format!("path: {}", scalar(&entry.path)),
            ];
            if let Some(name) = &entry.name {
                fields.push(format!("name: {}", scalar(name)));
            }
            let owners: Vec<String> = self
                .people
                .names(&entry.owners)
                .iter()
                .map(|owner| scalar(owner.as_str()))
                .collect();
            fields.push(format!("owners: [{}]", owners.join(", ")));
            writeln!(out, "  - {{{}}}", fields.join(", "))?;
        }
        if !self.plan.ignore.is_empty() {
            writeln!(out, "ignore:")?;
            for (path, why) in &self.plan.ignore {
                writeln!(out, "  - {} # {}", scalar(path), comment(why))?;
            }
        }
        Ok(())
    }
}

/// `text` on one line, fit for a comment.
fn comment(text: &str) -> String {
    inert(&text.replace(['\n', '\t'], " "))
}

/// How many packages of each kind the plan covers, in the words of the summary.
pub fn tally(kinds: impl Iterator<Item = crate::model::Kind>) -> String {
    let mut counts: BTreeMap<crate::model::Kind, usize> = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind).or_default() += 1;
    }
    let words: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{count} {kind}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    if words.is_empty() {
        "nothing to govern yet".to_owned()
    } else {
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::super::codeowners::CodeOwners;
    use super::super::entries;
    use super::super::inventory::tests::{take, tree};
    use super::super::people::CurrentUser;
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO2SDX+h9Yz3kbUkH0JpHnPYNrVVcvSNuWBEVZkWk3lH";

    fn policy(paths: &[&str], codeowners: &str) -> String {
        let inventory = take(&tree(paths));
        let rules = CodeOwners::parse(codeowners);
        let myself = CurrentUser {
            name: Some("Alice Ng".to_owned()),
            email: Some("alice@acme.example".to_owned()),
            requested_name: None,
        };
        let plan = entries::plan(&inventory, &|path| rules.owners(path).to_vec());
        let people = People::new(&myself, plan.entries.iter().flat_map(|entry| &entry.owners));
        let first = FirstPolicy {
            repository: "github.com/acme/agent-skills",
            branch: "main",
            name: myself.name.as_deref(),
            email: myself.email.as_deref(),
            key: &AdministratorKey::Ssh(KEY.to_owned()),
            people: &people,
            second: None,
            plan: &plan,
            forge: "github.com",
            protect: &[],
        };
        let text = first.text();
        let read = crate::document::policy::parse(text.as_bytes()).expect("a valid policy");
        assert_eq!(read.policy.entries.len(), plan.entries.len());
        text
    }

    /// The part of the policy that differs from one repository to the next.
    fn differing(text: &str) -> String {
        let start = text.find("\nprincipals:").expect("principals");
        let end = text.find("\napprovals:").expect("approvals");
        text[start + 1..end].to_owned()
    }

    #[test]
    fn a_plain_folder_of_skills() {
        insta::assert_snapshot!(policy(&["skills/a/SKILL.md", "skills/b/SKILL.md"], ""), @r#"
            # yaml-language-server: $schema=https://raw.githubusercontent.com/countersign-dev/countersign/v1/schemas/policy.schema.json
            #
            # Who may approve what in this repository. The policy in force judges every change to itself:
            # edit, run `countersign policy bump`, then `countersign approve policy --reason …`.
            schema: countersign.policy/v1
            serial: 1
            repository: github.com/acme/agent-skills # every decision names it, so decisions cannot be replayed elsewhere
            branch: main

            principals:
              alice: # the first administrator
                name: Alice Ng
                emails: [alice@acme.example] # only used to detect own work; grants nothing
                keys:
                  - ssh: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO2SDX+h9Yz3kbUkH0JpHnPYNrVVcvSNuWBEVZkWk3lH

            roles:
              administrators: [alice]

            # What is governed. If several entries match: owners and name of the last, and the highest risk.
            subjects:
              - {kind: skill, path: "skills/*", owners: [alice]}

            approvals:
              - subjects: ["*/*"]
                require: [{count: 1, from: [owners, administrators]}]
                accept: [signature, review]
            policy_changes: {count: 1} # how many administrators must sign a change to this file

            # Only one person has a key today, so approving one's own work counts. Set this to true,
            # or delete the line, as soon as a second person has a key.
            separation_of_duties: false
            baseline: allow # existing content passes until it changes
            "#);
    }

    #[test]
    fn skills_of_a_harness_and_its_settings() {
        insta::assert_snapshot!(differing(&policy(&[".claude/skills/a/SKILL.md", ".claude/settings.json", ".mcp.json"], "")), @r#"
            principals:
              alice: # the first administrator
                name: Alice Ng
                emails: [alice@acme.example] # only used to detect own work; grants nothing
                keys:
                  - ssh: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO2SDX+h9Yz3kbUkH0JpHnPYNrVVcvSNuWBEVZkWk3lH

            roles:
              administrators: [alice]

            # What is governed. If several entries match: owners and name of the last, and the highest risk.
            subjects:
              - {kind: skill, path: ".claude/skills/*", owners: [alice]}
              - {kind: setup, path: ".claude/settings.json", name: claude-settings, owners: [alice]}
              - {kind: setup, path: ".mcp.json", name: mcp, owners: [alice]}
            "#);
    }

    #[test]
    fn plugins_with_colliding_names() {
        let paths = [
            "plugins/x/skills/review/SKILL.md=1",
            "plugins/y/skills/review/SKILL.md=2",
            "plugins/y/skills/b/SKILL.md",
        ];
        insta::assert_snapshot!(differing(&policy(&paths, "")), @r#"
            principals:
              alice: # the first administrator
                name: Alice Ng
                emails: [alice@acme.example] # only used to detect own work; grants nothing
                keys:
                  - ssh: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO2SDX+h9Yz3kbUkH0JpHnPYNrVVcvSNuWBEVZkWk3lH

            roles:
              administrators: [alice]

            # What is governed. If several entries match: owners and name of the last, and the highest risk.
            subjects:
              - {kind: skill, path: "plugins/*/skills/*", name: "{1}--{2}", owners: [alice]}
            "#);
    }

    #[test]
    fn owners_from_codeowners() {
        let paths = [
            "skills/a/SKILL.md",
            "skills/b/SKILL.md",
            "skills/pay/SKILL.md",
            "skills/ops/SKILL.md",
        ];
        let codeowners =
            "* @acme/data-platform\n/skills/pay/ @bob carol@acme.example\n/skills/ops/ @alice\n";
        insta::assert_snapshot!(differing(&policy(&paths, codeowners)), @r#"
            principals:
              alice: # the first administrator; @alice in CODEOWNERS
                name: Alice Ng
                emails: [alice@acme.example] # only used to detect own work; grants nothing
                keys:
                  - ssh: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO2SDX+h9Yz3kbUkH0JpHnPYNrVVcvSNuWBEVZkWk3lH
              # Named in CODEOWNERS. Their approvals count once they have a key (`keys: [{ssh: ssh-ed25519 …}]`)
              # or an account for reviews (`accounts: [{forge: github.com, login: …, id: …}]`).
              bob: {name: "@bob"}
              carol: {emails: [carol@acme.example]}

            teams: # from CODEOWNERS; Git does not record their members: list principals from above
              data-platform: [] # @acme/data-platform

            roles:
              administrators: [alice]

            # What is governed. If several entries match: owners and name of the last, and the highest risk.
            subjects:
              - {kind: skill, path: "skills/*", owners: [data-platform]}
              - {kind: skill, path: skills/ops, owners: [alice]}
              - {kind: skill, path: skills/pay, owners: [bob, carol]}
            "#);
    }

    #[test]
    fn hostile_names_stay_inside_their_comment() {
        assert_eq!(
            comment("a\nadministrators: [eve]\u{1b}"),
            "a administrators: [eve]\\u{1b}"
        );
    }

    #[test]
    fn what_is_written_can_be_read_back() {
        let paths = [
            "skills/a\" # {b}: 'c'/SKILL.md",
            "skills/é\u{7f}x/SKILL.md",
            "skills/- x/SKILL.md",
        ];
        let text = policy(&paths, "* @true\n");
        let tree = crate::document::yaml::read("countersign.yaml", text.as_bytes()).expect("YAML");
        let read: Vec<&str> = tree.value["subjects"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|entry| entry["path"].as_str())
            .collect();
        // Invisible characters are not written at all.
        assert_eq!(read, ["skills/- x", "skills/a\" # {b}: 'c'"]);
        assert_eq!(tree.value["principals"]["true"]["name"], "@true");
    }
}
