//! What the repository is called: the address of its remote as Git uses it, after `insteadOf`, and
//! what the user should know about the name taken from it.

use super::remote::Address;
use super::ssh_hosts::{self, Destination};
use crate::cli::environment::variable;
use crate::cli::error::CommandError;
use crate::cli::programs::Programs;
use crate::cli::user_key::home;

/// The name of a repository, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryName {
    /// `host/owner/name`, or the folder's name.
    pub name: String,
    /// Where it comes from, for the summary.
    pub source: String,
    /// What may be wrong with it.
    pub warnings: Vec<String>,
}

/// How to choose another name, the end of every warning.
const CHOOSE: &str = "If that is not its name, run `init` again with --repository HOST/OWNER/NAME: decisions made under one name do not apply under another";

/// The remote whose address names the repository.
const ORIGIN: &str = "origin";

/// The name that the remotes give, else the folder's.
pub fn name(programs: &Programs, folder: &str) -> Result<RepositoryName, CommandError> {
    let remotes = remotes(programs)?;
    // A clone made with `--origin` has one remote under another name.
    let chosen = remotes
        .iter()
        .find(|remote| remote.name == ORIGIN)
        .or(match remotes.as_slice() {
            [only] => Some(only),
            _ => None,
        });
    let Some(Remote { name, url }) = chosen else {
        return Ok(unnamed(folder, "there is no remote `origin`"));
    };
    let Some(written) = Address::parse(url) else {
        let why = format!("the address of the remote `{name}` has no host and plain path");
        return Ok(unnamed(folder, &why));
    };
    let mut warnings = Vec::new();
    let address = known_to_others(&written, &mut warnings);
    let found = address.name();
    if let Some(other) = address.may_stand_for() {
        warnings.push(format!(
            "the remote `{name}` is on `{}`, so the policy calls this repository `{found}`; people may know it on `{other}`. {CHOOSE}",
            address.host
        ));
    }
    if let Some((upstream, there)) = upstream(&remotes, name, &found) {
        warnings.push(format!(
            "`{name}` looks like a fork: the policy calls this repository `{found}`, and the remote `{upstream}` is `{there}`. {CHOOSE}"
        ));
    }
    Ok(RepositoryName {
        name: found,
        source: format!("the remote `{name}`"),
        warnings,
    })
}

struct Remote {
    name: String,
    url: String,
}

/// Every remote with the address that Git fetches from.
fn remotes(programs: &Programs) -> Result<Vec<Remote>, CommandError> {
    let names = programs.git(&["remote"], None)?;
    let mut remotes = Vec::new();
    for name in String::from_utf8_lossy(&names.stdout).lines() {
        let answer = programs.git(&["remote", "get-url", "--", name], None)?;
        let url = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
        if answer.success && !url.is_empty() {
            remotes.push(Remote {
                name: name.to_owned(),
                url,
            });
        }
    }
    Ok(remotes)
}

fn unnamed(folder: &str, why: &str) -> RepositoryName {
    RepositoryName {
        name: folder.to_owned(),
        source: "its folder".to_owned(),
        warnings: vec![format!(
            "{why}, so the policy calls this repository `{folder}`; edit `repository` before you commit, \
             because decisions made under one name do not apply under another"
        )],
    }
}

/// The address with a host that other machines know, where the user's SSH configuration says which.
fn known_to_others(written: &Address, warnings: &mut Vec<String>) -> Address {
    if !written.is_ssh {
        return written.clone();
    }
    let local_user = variable("LOGNAME").or_else(|| variable("USER"));
    let destination = Destination {
        host: &written.host,
        user: written.user.as_deref(),
        local_user: local_user.as_deref(),
    };
    let meant = home().and_then(|home| ssh_hosts::host_name(&home, destination));
    let meant = meant.map(|host| written.at(&host));
    let host = &written.host;
    match meant {
        Some(meant) if meant.name() == written.name() && !written.is_local_name() => {
            written.clone()
        }
        Some(meant) if written.is_local_name() && !meant.is_local_name() => {
            warnings.push(format!(
                "`{host}` is a name for `{}` in your SSH configuration, so the policy calls this repository `{}`. {CHOOSE}",
                meant.host,
                meant.name()
            ));
            meant
        }
        Some(meant) => {
            warnings.push(format!(
                "your SSH configuration sends `{host}` to `{}`; the policy calls this repository `{}`. {CHOOSE}",
                meant.host,
                written.name()
            ));
            written.clone()
        }
        None if written.is_local_name() => {
            warnings.push(format!(
                "`{host}` is not a host that other machines know; the policy calls this repository `{}`. {CHOOSE}",
                written.name()
            ));
            written.clone()
        }
        None => written.clone(),
    }
}

/// The remote that `name` looks like a fork of, and its repository: the one called `upstream`, or
/// another owner's repository of the same name on the same host.
fn upstream<'r>(remotes: &'r [Remote], name: &str, found: &str) -> Option<(&'r str, String)> {
    let parts = |repository: &str| {
        let (host, path) = repository.split_once('/')?;
        let last = path.rsplit('/').next()?;
        Some((host.to_owned(), last.to_owned()))
    };
    let mut others = remotes
        .iter()
        .filter(|remote| remote.name != name)
        .filter_map(|remote| {
            let there = Address::parse(&remote.url)?.name();
            (!there.eq_ignore_ascii_case(found)).then_some((remote.name.as_str(), there))
        });
    others.find(|(other, there)| *other == "upstream" || parts(there) == parts(found))
}
