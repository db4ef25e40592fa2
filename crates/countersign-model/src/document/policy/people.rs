//! Principals, their keys, teams and roles.

use std::collections::{BTreeMap, BTreeSet};

use super::Check;
use crate::document::problem::shown;
use crate::document::spans::join;
use crate::identity::RESERVED_NAMES;
use crate::key::KeySource;
use crate::policy::{Compromised, Operator, PolicyKey, Principal, Recorder};
use crate::policy_input::{
    CompromisedInput, KeyInput, OperatorInput, PolicyInput, PrincipalInput, PrincipalKind,
};
use crate::{ObjectId, PrincipalName};

/// The known names, and how many names may still be resolved: a thousand entries owned by a team of
/// ten thousand would otherwise become ten million names.
pub(super) struct Names<'p> {
    known: BTreeSet<&'p str>,
    principals: Option<&'p BTreeMap<PrincipalName, Principal>>,
    teams: Option<&'p BTreeMap<PrincipalName, BTreeSet<PrincipalName>>>,
    machines: BTreeSet<&'p str>,
    left: usize,
}

impl<'p> Names<'p> {
    pub(super) fn new(
        input: &'p PolicyInput,
        principals: Option<&'p BTreeMap<PrincipalName, Principal>>,
        teams: Option<&'p BTreeMap<PrincipalName, BTreeSet<PrincipalName>>>,
    ) -> Self {
        let known = input
            .principals
            .keys()
            .chain(input.teams.keys())
            .map(String::as_str)
            .collect();
        let machine =
            |(_, principal): &(&String, &PrincipalInput)| principal.kind == PrincipalKind::Machine;
        let machines = input
            .principals
            .iter()
            .filter(machine)
            .map(|(name, _)| name.as_str())
            .collect();
        Self {
            known,
            principals,
            teams,
            machines,
            left: 500_000,
        }
    }

    pub(super) fn is_known(&self, name: &str) -> bool {
        self.known.contains(name)
    }

    /// The known names and the words that `from` understands.
    pub(super) fn with_words(&self) -> BTreeSet<&'p str> {
        self.known
            .iter()
            .copied()
            .chain(["owners", "administrators"])
            .collect()
    }

    pub(super) fn team(&self, name: &PrincipalName) -> Option<&BTreeSet<PrincipalName>> {
        self.teams?.get(name)
    }
}

/// Whether the field `openpgp` is a certificate rather than a path.
pub(super) fn is_armor(text: &str) -> bool {
    text.contains("-----BEGIN") || text.contains('\n')
}

impl Check<'_> {
    pub(super) fn principals(
        &mut self,
        input: &PolicyInput,
    ) -> Option<BTreeMap<PrincipalName, Principal>> {
        self.unique_identities(input);
        let read = |(name, principal): (&String, &PrincipalInput)| self.principal(name, principal);
        let principals: Vec<_> = input.principals.iter().map(read).collect();
        principals.into_iter().collect()
    }

    fn principal(
        &mut self,
        name: &str,
        input: &PrincipalInput,
    ) -> Option<(PrincipalName, Principal)> {
        let pointer = join("/principals", name);
        let key = self.name(&pointer, name);
        let keys = self.keys(&join(&pointer, "keys"), &input.keys);
        if let Some(printed) = &input.name
            && (printed.trim().is_empty() || printed.contains(char::is_control))
        {
            self.fault(
                &join(&pointer, "name"),
                "the printed name is blank or has control characters",
                "Write the name as people know it.",
            );
        }
        for (index, email) in input.emails.iter().enumerate() {
            if !email.contains('@') || email.contains(|c: char| c.is_whitespace() || c.is_control())
            {
                self.fault(
                    &join(&join(&pointer, "emails"), index),
                    format!("`{}` is not an e-mail address", shown(email)),
                    "Write one address.",
                );
            }
        }
        let principal = Principal {
            printed: input.name.clone().unwrap_or_else(|| name.to_owned()),
            kind: input.kind,
            accounts: input.accounts.clone(),
            emails: input
                .emails
                .iter()
                .map(|email| email.trim().to_lowercase())
                .collect(),
            keys: keys?,
            line: self.tree.line(&pointer),
        };
        Some((key?, principal))
    }

    // One account or address under two people would make one person count as two, or as another.
    fn unique_identities(&mut self, input: &PolicyInput) {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (name, principal) in &input.principals {
            let pointer = join("/principals", name);
            let accounts = principal
                .accounts
                .iter()
                .enumerate()
                .flat_map(|(index, account)| {
                    let (forge, at) = (
                        account.forge.to_lowercase(),
                        join(&join(&pointer, "accounts"), index),
                    );
                    [
                        (
                            format!("the account {} on {forge}", account.id),
                            join(&at, "id"),
                        ),
                        (
                            format!("the login {} on {forge}", account.login.to_lowercase()),
                            join(&at, "login"),
                        ),
                    ]
                });
            let emails = principal.emails.iter().enumerate();
            let emails = emails.map(|(index, email)| {
                (
                    format!("the address {}", email.trim().to_lowercase()),
                    join(&join(&pointer, "emails"), index),
                )
            });
            for (identity, at) in accounts.chain(emails) {
                match seen.get(&identity) {
                    Some(other) if *other != name => {
                        let message = format!("{} also belongs to `{other}`", shown(&identity));
                        self.fault(&at, message, "Keep it only with the person it belongs to.");
                    }
                    Some(_) => {}
                    None => {
                        seen.insert(identity, name);
                    }
                }
            }
        }
    }

    // A new name: well-formed and not a reserved word.
    fn name(&mut self, pointer: &str, name: &str) -> Option<PrincipalName> {
        if RESERVED_NAMES.contains(&name) {
            self.key_fault(
                pointer,
                format!("`{name}` is a reserved word"),
                "Choose another name.",
            );
            return None;
        }
        let parsed = name.parse::<PrincipalName>();
        parsed
            .map_err(|error| {
                self.key_fault(
                    pointer,
                    error.to_string(),
                    "Use lower-case letters, digits and hyphens.",
                );
            })
            .ok()
    }

    pub(super) fn keys(&mut self, pointer: &str, keys: &[KeyInput]) -> Option<Vec<PolicyKey>> {
        let keys: Vec<_> = keys
            .iter()
            .enumerate()
            .map(|(index, key)| self.key(&join(pointer, index), key))
            .collect();
        keys.into_iter().collect()
    }

    fn key(&mut self, pointer: &str, key: &KeyInput) -> Option<PolicyKey> {
        if key.legacy && key.minisign.is_none() {
            self.fault(
                &join(pointer, "legacy"),
                "`legacy` for a key that is not a minisign key",
                "Remove the field.",
            );
        }
        let one_line = |text: &str| !text.trim().is_empty() && !text.contains(char::is_control);
        let source = match (&key.ssh, &key.openpgp, &key.minisign) {
            (Some(line), None, None) if one_line(line) => KeySource::Ssh(line.clone()),
            (None, Some(armor), None) if is_armor(armor) => {
                if !armor
                    .trim_start()
                    .starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----")
                {
                    let help = "Paste the output of `gpg --armor --export`, or write the path of a file with it.";
                    self.fault(
                        &join(pointer, "openpgp"),
                        "the armor does not contain a public key",
                        help,
                    );
                    return None;
                }
                KeySource::OpenPgpArmor(armor.clone())
            }
            (None, Some(path), None) => {
                KeySource::OpenPgpFile(self.file(&join(pointer, "openpgp"), path)?)
            }
            (None, None, Some(line)) if one_line(line) => KeySource::Minisign(line.clone()),
            (Some(_), None, None) | (None, None, Some(_)) => {
                self.fault(
                    pointer,
                    "the key is blank or has several lines",
                    "Paste the public key on one line.",
                );
                return None;
            }
            // An unknown field in its place has been reported with the field that was meant.
            (None, None, None) if self.has_unknown_field(pointer) => return None,
            _ => {
                self.fault(
                    pointer,
                    "a key needs exactly one of `ssh`, `openpgp`, `minisign`",
                    "Write each key as a separate entry.",
                );
                return None;
            }
        };
        Some(PolicyKey {
            source,
            legacy: key.legacy,
            line: self.tree.line(pointer),
        })
    }

    fn has_unknown_field(&self, pointer: &str) -> bool {
        const KNOWN: [&str; 4] = ["ssh", "openpgp", "minisign", "legacy"];
        let key = self.tree.value.pointer(pointer);
        key.and_then(serde_json::Value::as_object)
            .is_some_and(|fields| fields.keys().any(|field| !KNOWN.contains(&field.as_str())))
    }

    pub(super) fn teams(
        &mut self,
        input: &PolicyInput,
    ) -> Option<BTreeMap<PrincipalName, BTreeSet<PrincipalName>>> {
        let known: BTreeSet<&str> = input.principals.keys().map(String::as_str).collect();
        let mut teams = BTreeMap::new();
        let mut whole = true;
        for (team, members) in &input.teams {
            let pointer = join("/teams", team);
            let name = self.name(&pointer, team);
            if known.contains(team.as_str()) {
                self.key_fault(
                    &pointer,
                    format!("`{team}` is also a principal"),
                    "Rename one of the two: they share one namespace.",
                );
            }
            let mut people = BTreeSet::new();
            for (index, member) in members.iter().enumerate() {
                let at = join(&pointer, index);
                if !known.contains(member.as_str()) && input.teams.contains_key(member) {
                    self.fault(
                        &at,
                        format!("`{member}` is a team"),
                        "List its people instead: teams cannot be nested.",
                    );
                } else if !known.contains(member.as_str()) {
                    self.unknown(
                        &at,
                        member,
                        &known,
                        "Correct the name, or add the principal.",
                    );
                } else if let Ok(member) = member.parse() {
                    people.insert(member);
                }
            }
            match name {
                Some(name) => drop(teams.insert(name, people)),
                None => whole = false,
            }
        }
        whole.then_some(teams)
    }

    /// Principals and teams, resolved to principals.
    pub(super) fn members(
        &mut self,
        names: &mut Names<'_>,
        pointer: &str,
        list: &[String],
    ) -> Option<BTreeSet<PrincipalName>> {
        let mut found = BTreeSet::new();
        let mut whole = true;
        for (index, text) in list.iter().enumerate() {
            if !names.is_known(text) {
                self.unknown(
                    &join(pointer, index),
                    text,
                    &names.known,
                    "Correct the name, or add the principal.",
                );
                whole = false;
                continue;
            }
            let Ok(name) = text.parse::<PrincipalName>() else {
                whole = false;
                continue;
            };
            match names.team(&name) {
                Some(team)
                    if names
                        .principals
                        .is_some_and(|known| !known.contains_key(&name)) =>
                {
                    let Some(left) = names.left.checked_sub(team.len()) else {
                        self.fault(
                            pointer,
                            "the policy's lists name too many people in total",
                            "Name fewer teams in fewer places.",
                        );
                        return None;
                    };
                    found.extend(team.iter().cloned());
                    names.left = left;
                }
                _ => drop(found.insert(name)),
            }
        }
        whole.then_some(found)
    }

    /// Well-formed names that need not be known.
    pub(super) fn names(
        &mut self,
        pointer: &str,
        list: &[String],
    ) -> Option<BTreeSet<PrincipalName>> {
        let read = |(index, text): (usize, &String)| {
            self.parsed::<PrincipalName>(
                &join(pointer, index),
                text,
                "Use lower-case letters, digits and hyphens.",
            )
        };
        let names: Vec<_> = list.iter().enumerate().map(read).collect();
        names.into_iter().collect()
    }

    pub(super) fn operators(
        &mut self,
        names: &mut Names<'_>,
        operators: &[OperatorInput],
    ) -> Option<Vec<Operator>> {
        let read = |(index, operator): (usize, &OperatorInput)| {
            let pointer = join("/roles/operators", index);
            let members = self.members(names, &join(&pointer, "members"), &operator.members);
            let subjects = self.subject_globs(&join(&pointer, "subjects"), &operator.subjects);
            Some(Operator {
                members: members?,
                subjects: subjects?,
            })
        };
        let operators: Vec<_> = operators.iter().enumerate().map(read).collect();
        operators.into_iter().collect()
    }

    pub(super) fn recorders(
        &mut self,
        names: &Names<'_>,
        input: &PolicyInput,
    ) -> Option<Vec<Recorder>> {
        let mut recorders = Vec::new();
        let mut whole = true;
        for (index, recorder) in input.roles.recorders.iter().enumerate() {
            let pointer = join("/roles/recorders", index);
            let at = join(&pointer, "principal");
            if !names.machines.contains(recorder.principal.as_str()) {
                let message = format!("`{}` is not a machine", shown(&recorder.principal));
                self.fault(
                    &at,
                    message,
                    "Name a principal with `kind: machine`: people sign for themselves.",
                );
            }
            let subjects = self.subject_globs(&join(&pointer, "subjects"), &recorder.subjects);
            match (recorder.principal.parse(), subjects) {
                (Ok(principal), Some(subjects)) => recorders.push(Recorder {
                    principal,
                    subjects,
                }),
                _ => whole = false,
            }
        }
        whole.then_some(recorders)
    }

    pub(super) fn compromised(&mut self, list: &[CompromisedInput]) -> Option<Vec<Compromised>> {
        let read = |(index, input): (usize, &CompromisedInput)| {
            let pointer = join("/compromised", index);
            if !is_fingerprint(&input.key) {
                let help = "Write it as `countersign people` prints it: SHA256:… for SSH, 40 or 64 hex digits for OpenPGP, 16 for minisign.";
                self.fault(
                    &join(&pointer, "key"),
                    format!("`{}` is not a fingerprint", shown(&input.key)),
                    help,
                );
            }
            let since: Option<ObjectId> = self.parsed(
                &join(&pointer, "since"),
                &input.since,
                "Write the landing's full commit id.",
            );
            Some(Compromised {
                key: input.key.clone(),
                since: since?,
                line: self.tree.line(&pointer),
            })
        };
        let list: Vec<_> = list.iter().enumerate().map(read).collect();
        list.into_iter().collect()
    }
}

// A fingerprint that can match no key would leave a stolen one in force without a word.
fn is_fingerprint(text: &str) -> bool {
    let hex = |digits: &str, lengths: &[usize]| {
        lengths.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let base64 = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/');
    if let Some(digest) = text.strip_prefix("SHA256:") {
        return digest.len() == 43 && digest.bytes().all(base64);
    }
    match text.split_once(':') {
        Some(("openpgp", digits)) => hex(digits, &[40, 64]),
        Some(("minisign", digits)) => hex(digits, &[16]),
        Some(_) => false,
        None => hex(text, &[16, 40, 64]),
    }
}
