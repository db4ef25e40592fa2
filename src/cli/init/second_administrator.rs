//! Asks for a second administrator: once a single one is gone, no one can change the policy.

use super::people::{ForgeIdentity, People};
use super::{Draft, Init, Setting};
use crate::cli::error::CommandError;
use crate::cli::terminal;
use crate::cli::typed_command::{Place, quoted};
use crate::model::PrincipalName;

/// Candidates that are named.
const MOST: usize = 6;

/// The person that the user names or answers; `None` when there is no candidate, no terminal, or
/// they want none.
pub fn choose(
    people: Option<&People>,
    named: Option<&PrincipalName>,
) -> Result<Option<PrincipalName>, CommandError> {
    let candidates: Vec<(&PrincipalName, &ForgeIdentity)> =
        people.into_iter().flat_map(People::with_keys).collect();
    let wanted = match named {
        Some(name) => name.to_string(),
        None if candidates.is_empty() => return Ok(None),
        None => {
            let question = format!(
                "With one administrator, no one can change the policy once they are gone.\nWith a key: {}\nSecond administrator [none]: ",
                listed(&candidates)
            );
            match terminal::answer(&question) {
                None => return Ok(None),
                Some(answer) if answer.is_empty() || answer == "none" => return Ok(None),
                Some(answer) => answer,
            }
        }
    };
    let login = wanted.strip_prefix('@');
    let found = candidates.iter().find(|(name, identity)| {
        login.map_or(name.as_str() == wanted, |login| {
            identity.account.login.eq_ignore_ascii_case(login)
        })
    });
    let Some((name, _)) = found else {
        let error = CommandError::usage(format!(
            "`{wanted}` cannot be the second administrator: no one of that name has a key that this policy can list"
        ));
        return Err(if candidates.is_empty() {
            error.help("Leave out --administrator; add someone with `countersign people add` later. Nothing was written.")
        } else {
            error.help(format!(
                "Choose one of {}. Nothing was written.",
                listed(&candidates)
            ))
        });
    };
    Ok(Some((*name).clone()))
}

fn listed(candidates: &[(&PrincipalName, &ForgeIdentity)]) -> String {
    let mut names: Vec<String> = candidates
        .iter()
        .take(MOST)
        .map(|(name, identity)| format!("{name} (@{})", identity.account.login))
        .collect();
    if candidates.len() > MOST {
        names.push(format!("{} more", candidates.len() - MOST));
    }
    names.join(", ")
}

/// One line for a policy with a single administrator: who could be the second, and what to type.
/// `None` where there are two, or no one else has a key.
pub(super) fn advice(
    setting: &Setting,
    draft: &Draft,
    place: &Place,
    options: &Init,
) -> Option<String> {
    let candidates: Vec<_> = draft.people.with_keys().collect();
    let (first, _) = candidates.first()?;
    if setting.second.is_some() {
        return None;
    }
    // What was just written is in no commit yet.
    let paths: Vec<String> = draft
        .files
        .iter()
        .map(|file| place.path(&file.path))
        .collect();
    let again = format!(
        "{} && {}{} --administrator {first}",
        place.git(&format!("clean -fq -- {}", paths.join(" "))),
        place.countersign("init --github"),
        typed_options(options)
    );
    Some(format!(
        "{} is the only administrator: once they are gone, no one can change the policy. {} could be the second: {again}",
        draft.people.administrator,
        listed(&candidates)
    ))
}

/// The options that shaped the policy, as typed.
fn typed_options(options: &Init) -> String {
    let mut typed = String::new();
    for (option, value) in [
        ("--as", options.principal.as_ref().map(ToString::to_string)),
        ("--key", options.key.clone()),
        ("--openpgp", options.openpgp.clone()),
        ("--repository", options.repository.clone()),
        ("--branch", options.branch.clone()),
    ] {
        if let Some(value) = value {
            typed.push_str(&format!(" {option} {}", quoted(&value)));
        }
    }
    if options.merge_queue {
        typed.push_str(" --merge-queue");
    }
    typed
}
