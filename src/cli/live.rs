//! The forge over the network: the token and the address from the environment, and a line for every
//! pause. Nothing else reads them.
//!
//! `GITHUB_API_URL` (GitHub Enterprise, and the runner's own), and the token in `GITHUB_TOKEN`,
//! else `GH_TOKEN`; `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` (also in lower case), `SSL_CERT_FILE` and
//! `SSL_CERT_DIR`.

use super::environment::variable;
use super::output::Output;
use crate::forge::{Forge, ForgeError, ForgeWriter};
use crate::model::Policy;

/// The token, if there is one.
pub fn token() -> Option<String> {
    ["GITHUB_TOKEN", "GH_TOKEN"]
        .iter()
        .find_map(|name| variable(name))
}

/// The forge of the repository that a policy governs.
pub fn forge(policy: &Policy, out: Output) -> Result<Box<dyn Forge>, ForgeError> {
    forge_of(&policy.repository, out)
}

/// The forge of a repository, `host/owner/name`.
#[cfg(feature = "github")]
pub fn forge_of(repository: &str, out: Output) -> Result<Box<dyn Forge>, ForgeError> {
    let (api, token) = (variable("GITHUB_API_URL"), token());
    Ok(Box::new(crate::forge::github::GitHub::new(connection(
        repository,
        out,
        api.as_deref(),
        token.as_deref(),
    )?)?))
}

/// The same, to be written to.
#[cfg(feature = "github")]
pub fn writer(policy: &Policy, out: Output) -> Result<Box<dyn ForgeWriter>, ForgeError> {
    let (api, token) = (variable("GITHUB_API_URL"), token());
    Ok(Box::new(crate::forge::github::GitHubWriter::new(
        connection(&policy.repository, out, api.as_deref(), token.as_deref())?,
    )?))
}

#[cfg(feature = "github")]
fn connection<'a>(
    repository: &str,
    out: Output,
    api: Option<&'a str>,
    token: Option<&'a str>,
) -> Result<crate::forge::github::GitHubOptions<'a>, ForgeError> {
    use crate::forge::github::{GitHubOptions, Patience, Waiting};
    let repository = repository
        .parse()
        .map_err(|_| ForgeError::Name(repository.to_owned()))?;
    let progress = Box::new(move |waiting: &Waiting| {
        out.note(&format!(
            "waiting {} s before querying {} again",
            waiting.seconds, waiting.endpoint
        ));
    });
    Ok(GitHubOptions {
        repository,
        api,
        token,
        network: network(),
        patience: Patience::default(),
        progress,
    })
}

/// The settings of this machine's network. As with curl, the lower-case name comes first.
#[cfg(feature = "github")]
fn network() -> crate::forge::github::Network {
    let first = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| Some(((*name).to_owned(), variable(name)?)))
    };
    crate::forge::github::Network {
        proxy: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
        no_proxy: first(&["no_proxy", "NO_PROXY"]).map(|(_, hosts)| hosts),
        certificate_file: variable("SSL_CERT_FILE").map(Into::into),
        certificate_folder: variable("SSL_CERT_DIR").map(Into::into),
    }
}

/// A build that opens no connection.
#[cfg(not(feature = "github"))]
pub fn forge_of(_: &str, _: Output) -> Result<Box<dyn Forge>, ForgeError> {
    Err(ForgeError::NotBuiltIn)
}

/// A build that opens no connection.
#[cfg(not(feature = "github"))]
pub fn writer(_: &Policy, _: Output) -> Result<Box<dyn ForgeWriter>, ForgeError> {
    Err(ForgeError::NotBuiltIn)
}
