//! OpenPGP keys, which gpg has.

use super::UserKey;
use crate::cli::programs::{Program, Programs};
use crate::cli::unusable::Unusable;

/// The key that gpg knows as `id`.
pub fn find(programs: &Programs, id: &str) -> Result<UserKey, Unusable> {
    let id = id.trim();
    let arguments = [
        "--batch",
        "--armor",
        "--export-options",
        "export-minimal",
        "--export",
        "--",
        id,
    ];
    let certificate = programs
        .expect(Program::Gpg, &arguments, None)
        .map_err(Unusable::of)?;
    if certificate.is_empty() {
        return Err(Unusable::new(
            format!("gpg has no key `{id}`"),
            "Choose one that `gpg --list-secret-keys` lists.",
        ));
    }
    Ok(UserKey::OpenPgp {
        id: id.to_owned(),
        certificate,
    })
}

/// A key whose private part gpg lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretKey {
    /// Fingerprint of the primary key, in upper-case hex digits.
    pub fingerprint: String,
    /// `e` for expired, `r` for revoked, as gpg's DETAILS call it.
    validity: String,
    /// Whether the private part of some key that can sign is here or on a card.
    has_private_part: bool,
}

/// The keys whose private parts gpg lists, all or those called `id`; none where there is no gpg.
pub fn secret_keys(programs: &Programs, id: Option<&str>) -> Vec<SecretKey> {
    let list = ["--batch", "--with-colons", "--list-secret-keys"];
    let arguments: Vec<&str> = list
        .into_iter()
        .chain(id.into_iter().flat_map(|id| ["--", id]))
        .collect();
    programs
        .run(Program::Gpg, &arguments, Some(b""))
        .map(|answer| parse(&String::from_utf8_lossy(&answer.stdout)))
        .unwrap_or_default()
}

/// Reads the lines that `--with-colons` prints (GnuPG, doc/DETAILS).
fn parse(text: &str) -> Vec<SecretKey> {
    let mut keys: Vec<SecretKey> = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let field = |number: usize| fields.get(number - 1).copied().unwrap_or_default();
        if field(1) == "sec" {
            keys.push(SecretKey {
                validity: field(2).to_owned(),
                ..SecretKey::default()
            });
        }
        let Some(key) = keys.last_mut() else {
            continue;
        };
        match field(1) {
            "sec" | "ssb" => {
                // Lower case: what this key can do, and not what the whole certificate can.
                key.has_private_part |= field(12).contains('s') && field(15) != "#";
            }
            "fpr" if key.fingerprint.is_empty() => field(10).clone_into(&mut key.fingerprint),
            _ => {}
        }
    }
    keys
}

/// Why gpg did not sign with the key called `id`.
pub fn why_unsigned(programs: &Programs, id: &str) -> Unusable {
    let keys = secret_keys(programs, Some(id));
    let Some(key) = keys.first() else {
        return Unusable::new(
            format!("gpg has no private key for `{id}`"),
            "Import the private key on this machine, or sign with another key.",
        );
    };
    match key.validity.as_str() {
        "e" => Unusable::new(
            format!("the key `{id}` has expired"),
            "Extend it with `gpg --quick-set-expire`, list its new export in the policy, or sign with another key.",
        ),
        "r" => Unusable::new(
            format!("the key `{id}` is revoked"),
            "Sign with another key.",
        ),
        _ if !key.has_private_part => Unusable::new(
            format!("only a stub of the private key `{id}` is on this machine"),
            "Plug in the card that has it, import it, or sign with another key.",
        ),
        _ => Unusable::new(
            format!("gpg has the private key `{id}`, but its agent did not get the passphrase"),
            "Run it in a terminal, after `export GPG_TTY=$(tty)` there, so that gpg's agent can ask for the passphrase.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gpg_lists_is_read_key_by_key() {
        let text = "sec:e:255:22:AAAA:1:2::u:::scESC:::#:::23::0:\nfpr:::::::::F1:\ngrp:::::::::G:\nuid:u::::1::H::Alice::::::::::0:\nssb:u:255:22:BBBB:1::::::s:::+:::23:\nfpr:::::::::F2:\n\
            sec:u:255:22:CCCC:1:::u:::scSC:::#:::23::0:\nfpr:::::::::F3:\nssb:u:255:22:DDDD:1::::::e:::+:::23:\n";
        let keys = parse(text);
        let found: Vec<(&str, &str, bool)> = keys
            .iter()
            .map(|key| {
                (
                    key.fingerprint.as_str(),
                    key.validity.as_str(),
                    key.has_private_part,
                )
            })
            .collect();
        assert_eq!(found, [("F1", "e", true), ("F3", "u", false)]);
        assert_eq!(parse("gpg: nothing\n"), []);
    }
}
