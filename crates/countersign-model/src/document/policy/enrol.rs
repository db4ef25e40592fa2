//! Adding a person to a policy's own text, with every comment and the layout kept.

use serde_json::{Value, json};

use crate::document::yaml::{self, Tree};
use crate::document::{Problem, private_key};
use crate::{Policy, RuleId};

/// The person to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newcomer<'n> {
    /// Name in the policy.
    pub name: &'n str,
    /// Host of the forge.
    pub forge: &'n str,
    /// The account's login and number there.
    pub account: (&'n str, u64),
    /// Public SSH keys, type and base64.
    pub ssh: &'n [String],
    /// Armored OpenPGP certificates.
    pub openpgp: &'n [String],
    /// The team that they join.
    pub team: Option<&'n str>,
}

/// Adds the person, and adds them to the team, which is created if it does not exist.
///
/// The result is parsed again: an unusual layout can be refused, but never misread.
pub fn enrol(text: &[u8], newcomer: &Newcomer<'_>) -> Result<String, Vec<Problem>> {
    let private = private_key::problems(RuleId::PolicyInvalid, Policy::PATH, text);
    if !private.is_empty() {
        return Err(private);
    }
    let tree = yaml::read(Policy::PATH, text)?;
    let refused = |pointer: &str, message: &str| {
        vec![tree.problem(
            RuleId::PolicyInvalid,
            pointer,
            message,
            "Add the person by hand, then run `countersign policy bump`.",
        )]
    };
    let mut wanted = tree.value.clone();
    let principals = wanted
        .pointer_mut("/principals")
        .and_then(Value::as_object_mut);
    let Some(principals) = principals.filter(|principals| !principals.is_empty()) else {
        return Err(refused("", "`principals` is missing"));
    };
    let pointer = format!("/principals/{}", newcomer.name);
    let known = principals.get_mut(newcomer.name).map(Value::as_object_mut);
    let mut edits = vec![match known {
        None => {
            principals.insert(newcomer.name.to_owned(), newcomer.value());
            let flow = format!("{}: {}", newcomer.name, newcomer.value());
            entry(&tree, "principals", &newcomer.block(), &flow)
        }
        Some(Some(known)) if awaits(&tree, &pointer, known) => {
            let added = newcomer.value();
            let added = added.as_object().into_iter().flatten();
            let mut text = String::new();
            for (field, value) in added {
                known.insert(field.clone(), value.clone());
                text += &format!("{field}: {value}, ");
            }
            (tree.span(&pointer).0 + 1, text)
        }
        Some(_) => return Err(refused(&pointer, "a principal of this name already exists")),
    }];
    if let Some(team) = newcomer.team {
        edits.push(member(&tree, team, newcomer.name));
        let Some(fields) = wanted.as_object_mut() else {
            return Err(refused("", "it is not a mapping"));
        };
        let teams = fields.entry("teams").or_insert_with(|| json!({}));
        let members = teams
            .as_object_mut()
            .map(|teams| teams.entry(team).or_insert_with(|| json!([])));
        match members.and_then(Value::as_array_mut) {
            Some(members) => members.push(json!(newcomer.name)),
            None => return Err(refused("/teams", "the teams are not lists of names")),
        }
    }
    edits.sort();
    let mut edited = tree.text().to_owned();
    for (at, new) in edits.into_iter().rev() {
        edited.insert_str(at, &new);
    }
    match yaml::read(Policy::PATH, edited.as_bytes()) {
        Ok(again) if again.value == wanted => Ok(edited),
        _ => Err(refused(
            "/principals",
            "cannot edit the text around the principals or the team safely",
        )),
    }
}

/// Whether a principal has only a name yet, on one line, as `init` writes those whom CODEOWNERS names.
fn awaits(tree: &Tree, pointer: &str, known: &serde_json::Map<String, Value>) -> bool {
    let flow = tree.text()[tree.span(pointer).0..].starts_with('{');
    flow && !known.is_empty() && known.keys().all(|field| field == "name")
}

impl Newcomer<'_> {
    fn value(&self) -> Value {
        let (login, id) = self.account;
        let ssh = self.ssh.iter().map(|key| json!({"ssh": key}));
        let keys: Vec<Value> = ssh
            .chain(self.openpgp.iter().map(|key| json!({"openpgp": key})))
            .collect();
        let mut value = json!({"accounts": [{"forge": self.forge, "login": login, "id": id}]});
        if !keys.is_empty() {
            value["keys"] = json!(keys);
        }
        value
    }

    /// Lines of a block mapping, without indentation.
    fn block(&self) -> Vec<String> {
        let (login, id) = self.account;
        let mut lines = vec![
            format!("{}:", self.name),
            format!(
                "  accounts: [{{forge: {}, login: {}, id: {id}}}]",
                self.forge,
                json!(login)
            ),
        ];
        if !self.ssh.is_empty() || !self.openpgp.is_empty() {
            lines.push("  keys:".to_owned());
        }
        lines.extend(self.ssh.iter().map(|key| format!("    - ssh: {key}")));
        lines.extend(
            self.openpgp
                .iter()
                .map(|key| format!("    - openpgp: {}", json!(key))),
        );
        lines
    }
}

/// Where an entry goes first in the mapping of the field `name`, and its text there.
fn entry(tree: &Tree, name: &str, block: &[String], flow: &str) -> (usize, String) {
    let text = tree.text();
    let pointer = format!("/{name}");
    let start = tree.span(&pointer).0;
    if text[start..].starts_with('{') {
        let empty = tree
            .value
            .pointer(&pointer)
            .and_then(Value::as_object)
            .is_none_or(serde_json::Map::is_empty);
        return (
            start + 1,
            format!("{flow}{}", if empty { "" } else { ", " }),
        );
    }
    let key = tree.key_span(&pointer).0;
    let (at, ending) = line_end(text, key);
    let first = tree
        .value
        .pointer(&pointer)
        .and_then(Value::as_object)
        .and_then(|fields| fields.keys().next());
    let indent = first.map_or(2, |first| {
        column(text, tree.key_span(&format!("{pointer}/{first}")).0)
    });
    (
        at,
        block
            .iter()
            .map(|line| format!("{}{line}{ending}", " ".repeat(indent)))
            .collect(),
    )
}

/// Where a new member of `team` goes, and the text there.
fn member(tree: &Tree, team: &str, name: &str) -> (usize, String) {
    let text = tree.text();
    let pointer = format!("/teams/{team}");
    if !tree.has("/teams") {
        let (at, ending) = line_end(text, text.len());
        let before = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            ending
        };
        return (
            at,
            format!("{before}teams:{ending}  {team}: [{name}]{ending}"),
        );
    }
    if !tree.has(&pointer) {
        return entry(
            tree,
            "teams",
            &[format!("{team}: [{name}]")],
            &format!("{team}: [{name}]"),
        );
    }
    let members = tree
        .value
        .pointer(&pointer)
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    let start = tree.span(&pointer).0;
    let last = tree.span(&format!("{pointer}/{}", members.saturating_sub(1)));
    if text[start..].starts_with('[') {
        return if members == 0 {
            (start + 1, name.to_owned())
        } else {
            (last.1, format!(", {name}"))
        };
    }
    let last = last.0;
    let (at, ending) = line_end(text, last);
    let line = &text[text[..last].rfind('\n').map_or(0, |at| at + 1)..last];
    (at, format!("{line}{name}{ending}"))
}

/// The place after the line of `at`, and how lines end there.
fn line_end(text: &str, at: usize) -> (usize, &'static str) {
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    (
        text[at..].find('\n').map_or(text.len(), |end| at + end + 1),
        ending,
    )
}

fn column(text: &str, at: usize) -> usize {
    at - text[..at].rfind('\n').map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dora(team: Option<&'static str>) -> Newcomer<'static> {
        Newcomer {
            name: "dora",
            forge: "github.com",
            account: ("Dora-X", 44),
            ssh: &[],
            openpgp: &[],
            team,
        }
    }

    #[test]
    fn comments_and_layout_stay() {
        let text = "serial: 7\nprincipals: # people\n    # Alice.\n    alice:\n        name: Alice\nteams:\n  all: [alice] # everyone\n";
        let key = ["ssh-ed25519 AAAA".to_owned()];
        let edited = enrol(
            text.as_bytes(),
            &Newcomer {
                ssh: &key,
                ..dora(Some("all"))
            },
        )
        .expect("a plain policy");
        assert_eq!(
            edited,
            "serial: 7\nprincipals: # people\n    dora:\n      accounts: [{forge: github.com, login: \"Dora-X\", id: 44}]\n      keys:\n        - ssh: ssh-ed25519 AAAA\n    # Alice.\n    alice:\n        name: Alice\nteams:\n  all: [alice, dora] # everyone\n"
        );
    }

    #[test]
    fn whom_codeowners_named_gets_an_account_and_keys() {
        let text = "principals:\n  dora: {name: \"@dora\"} # from CODEOWNERS\n";
        let key = ["ssh-ed25519 AAAA".to_owned()];
        let ssh = &key;
        let edited = enrol(text.as_bytes(), &Newcomer { ssh, ..dora(None) });
        assert_eq!(
            edited.expect("a plain policy"),
            "principals:\n  dora: {accounts: [{\"forge\":\"github.com\",\"login\":\"Dora-X\",\"id\":44}], keys: [{\"ssh\":\"ssh-ed25519 AAAA\"}], name: \"@dora\"} # from CODEOWNERS\n"
        );
    }

    #[test]
    fn every_layout_is_edited_to_its_meaning_or_refused() {
        for text in [
            "principals: {alice: {name: A}}\nteams: {}\n",
            "principals:\n  alice: {name: A}",
            "principals:\r\n  alice: {name: A}\r\nteams:\r\n  all:\r\n    - alice\r\n",
            "{principals: {alice: {name: A}}, teams: {all: [alice]}}",
            "teams:\n  all:\n  - alice # first\n  other: []\nprincipals:\n  alice: {name: A}\n",
        ] {
            match enrol(text.as_bytes(), &dora(Some("all"))) {
                Ok(edited) => {
                    let read = yaml::read("p", edited.as_bytes())
                        .expect("it can be read")
                        .value;
                    assert_eq!(
                        read["principals"]["dora"]["accounts"][0]["id"], 44,
                        "{edited}"
                    );
                    assert!(
                        read["teams"]["all"]
                            .as_array()
                            .is_some_and(|all| all.contains(&json!("dora"))),
                        "{edited}"
                    );
                }
                Err(problems) => assert!(!problems.is_empty()),
            }
        }
        for known in [
            "{accounts: []}",
            "{name: D, keys: []}",
            "{}",
            "\n    name: D",
        ] {
            let text = format!("principals:\n  dora: {known}\n");
            let edited = enrol(text.as_bytes(), &dora(None));
            assert!(edited.is_err(), "no one is replaced: {known}");
        }
        assert!(enrol(b"principals: {}\n", &dora(None)).is_err());
    }
}
