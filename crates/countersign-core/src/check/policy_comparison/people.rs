//! Who is listed: principals with their keys and addresses, and teams.

use std::collections::BTreeSet;

use crate::evidence::PolicyVersion;
use countersign_model::policy_input::PrincipalKind;
use countersign_model::{Policy, PrincipalName};

use super::{Changes, Effect, counted};

impl Changes {
    pub(super) fn people(&mut self, before: &PolicyVersion, after: &PolicyVersion) {
        let (old, new) = (&before.policy.principals, &after.policy.principals);
        let keys = |version: &PolicyVersion, name: &PrincipalName| -> BTreeSet<String> {
            version
                .roster
                .keys_of(name)
                .into_iter()
                .map(|key| key.id.to_string())
                .collect()
        };
        let names: BTreeSet<&PrincipalName> = old.keys().chain(new.keys()).collect();
        for name in names {
            match (old.get(name), new.get(name)) {
                (None, Some(principal)) => {
                    let kind = if principal.kind == PrincipalKind::Machine {
                        "machine"
                    } else {
                        "person"
                    };
                    self.add(
                        Effect::Widens,
                        "principals",
                        format!(
                            "adds the {kind} {name} with {}",
                            counted(keys(after, name).len(), "key")
                        ),
                    );
                }
                (Some(_), None) => {
                    self.add(Effect::Narrows, "principals", format!("removes {name}"));
                }
                (Some(was), Some(is)) => {
                    for key in keys(after, name).difference(&keys(before, name)) {
                        self.add(
                            Effect::Widens,
                            "keys",
                            format!("gives {name} the key {key}"),
                        );
                    }
                    for key in keys(before, name).difference(&keys(after, name)) {
                        self.add(
                            Effect::Narrows,
                            "keys",
                            format!("takes the key {key} from {name}"),
                        );
                    }
                    if was.kind != is.kind {
                        let effect = if is.kind == PrincipalKind::Person {
                            Effect::Widens
                        } else {
                            Effect::Narrows
                        };
                        self.add(
                            effect,
                            "principals",
                            format!(
                                "makes {name} a {}",
                                if is.kind == PrincipalKind::Person {
                                    "person"
                                } else {
                                    "machine"
                                }
                            ),
                        );
                    }
                    // Addresses and accounts only keep contributors from approving.
                    let addresses = |emails: &BTreeSet<String>| {
                        emails
                            .iter()
                            .map(|email| format!("{email} of {name}"))
                            .collect::<BTreeSet<_>>()
                    };
                    self.names(
                        "emails",
                        &addresses(&was.emails),
                        &addresses(&is.emails),
                        Effect::Narrows,
                    );
                    if was.accounts != is.accounts {
                        self.add(
                            Effect::Changes,
                            "accounts",
                            format!("changes the accounts of {name}"),
                        );
                    }
                }
                (None, None) => {}
            }
        }
    }

    pub(super) fn teams(&mut self, before: &Policy, after: &Policy) {
        let names: BTreeSet<&PrincipalName> =
            before.teams.keys().chain(after.teams.keys()).collect();
        for name in names {
            let members = |policy: &Policy| -> BTreeSet<String> {
                policy
                    .teams
                    .get(name)
                    .into_iter()
                    .flatten()
                    .map(|member| format!("{member} in {name}"))
                    .collect()
            };
            self.names("teams", &members(before), &members(after), Effect::Widens);
        }
    }
}
