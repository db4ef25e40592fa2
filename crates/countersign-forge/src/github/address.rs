//! Where the API is, and what else is the same place. A token is sent to this place and to no
//! other.

use http::Uri;
use http::uri::{Authority, Scheme};

use crate::{ForgeError, RepositoryName};

/// The API of github.com.
const GITHUB: &str = "https://api.github.com";

/// A checked address of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    scheme: Scheme,
    authority: Authority,
    /// Before every path of the REST API: empty on github.com, `/api/v3` on an own server.
    prefix: String,
}

impl Address {
    /// Reads the address of the API of `repository`'s forge; without one, github.com's.
    ///
    /// Only https, and http to this machine itself. The host must be the repository's forge or its
    /// `api.`, or answers of another forge would be taken for its own; this machine itself is
    /// excepted, for tests.
    pub fn parse(text: Option<&str>, repository: &RepositoryName) -> Result<Self, ForgeError> {
        let text = text.unwrap_or(GITHUB);
        let refused = |reason: &str| ForgeError::Address {
            address: text.chars().take(200).collect(),
            reason: reason.to_owned(),
        };
        let uri: Uri = text.parse().map_err(|_| refused("it is not a URL"))?;
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(refused("it is not a URL"));
        };
        if authority.as_str().contains('@') {
            return Err(refused("it contains a user name"));
        }
        let path = parts.path_and_query.as_ref();
        if path.is_some_and(|path| path.query().is_some()) || text.contains('#') {
            return Err(refused("it has a query"));
        }
        let host = authority.host().to_ascii_lowercase();
        if !is_this_machine(&host) {
            if scheme != Scheme::HTTPS {
                return Err(refused("it is not https"));
            }
            let forge = repository.host();
            let is_api = host == format!("api.{forge}") || (host == forge && forge != "github.com");
            if !is_api {
                return Err(refused(&format!(
                    "it is not at {forge}, the forge of {repository}"
                )));
            }
        } else if scheme != Scheme::HTTPS && scheme != Scheme::HTTP {
            return Err(refused("it is neither https nor http"));
        }
        let prefix = path
            .map_or("", |path| path.path())
            .trim_end_matches('/')
            .to_owned();
        Ok(Self {
            scheme,
            authority,
            prefix,
        })
    }

    /// Whether it is on this machine, where no proxy is in between.
    pub fn is_this_machine(&self) -> bool {
        is_this_machine(self.authority.host())
    }

    /// Scheme, host and port, without a path.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// The path of a REST endpoint, which begins with `/`.
    pub fn rest(&self, endpoint: &str) -> String {
        format!("{}{endpoint}", self.prefix)
    }

    /// The path of the GraphQL API: beside `v3`, not below it, on an own server.
    pub fn graphql(&self) -> String {
        format!(
            "{}/graphql",
            self.prefix.strip_suffix("/v3").unwrap_or(&self.prefix)
        )
    }

    /// Path and query of a URL that an answer names, if it is of this place.
    pub fn local(&self, url: &str) -> Option<String> {
        let parts = url.parse::<Uri>().ok()?.into_parts();
        let path = parts.path_and_query?;
        let is_here = match (&parts.scheme, &parts.authority) {
            (None, None) => url.starts_with('/') && !url.starts_with("//"),
            (Some(scheme), Some(authority)) => {
                *scheme == self.scheme && *authority == self.authority
            }
            _ => false,
        };
        is_here.then(|| path.to_string())
    }
}

fn is_this_machine(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|own| host.eq_ignore_ascii_case(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str, repository: &str) -> Result<Address, ForgeError> {
        Address::parse(Some(address), &repository.parse().expect("a repository"))
    }

    #[test]
    fn the_api_is_reached_by_tls_and_is_of_the_repositorys_forge() {
        for (address, repository) in [
            ("https://api.github.com", "github.com/a/b"),
            ("https://api.github.com/", "github.com/a/b"),
            ("https://git.acme.com/api/v3", "git.acme.com/a/b"),
            ("https://api.acme.ghe.com", "acme.ghe.com/a/b"),
            ("http://127.0.0.1:4801", "github.com/a/b"),
            ("http://[::1]:80", "github.com/a/b"),
        ] {
            assert!(at(address, repository).is_ok(), "{address}");
        }
        for (address, repository) in [
            ("http://api.github.com", "github.com/a/b"),
            ("https://api.github.com.evil.com", "github.com/a/b"),
            ("https://github.com", "github.com/a/b"),
            ("https://evil.com/api.github.com", "github.com/a/b"),
            ("https://api.github.com@evil.com", "github.com/a/b"),
            ("https://api.github.com:x@127.0.0.1", "github.com/a/b"),
            ("https://git.acme.com/api/v3", "github.com/a/b"),
            ("https://api.github.com", "git.acme.com/a/b"),
            ("https://api.github.com?x=1", "github.com/a/b"),
            ("http://127.0.0.1.evil.com", "github.com/a/b"),
            ("ftp://127.0.0.1", "github.com/a/b"),
            ("api.github.com", "github.com/a/b"),
            ("", "github.com/a/b"),
        ] {
            assert!(
                matches!(at(address, repository), Err(ForgeError::Address { .. })),
                "{address}"
            );
        }
    }

    #[test]
    fn a_self_hosted_server_has_graphql_next_to_v3() {
        let own = at("https://git.acme.com/api/v3/", "git.acme.com/a/b").expect("an address");
        assert_eq!(
            (own.origin().as_str(), own.rest("/user").as_str()),
            ("https://git.acme.com", "/api/v3/user")
        );
        assert_eq!(own.graphql(), "/api/graphql");
        let public = at("https://api.github.com", "github.com/a/b").expect("an address");
        assert_eq!(
            (public.rest("/user").as_str(), public.graphql().as_str()),
            ("/user", "/graphql")
        );
    }

    #[test]
    fn only_urls_of_the_same_place_are_local() {
        let here = at("https://api.github.com", "github.com/a/b").expect("an address");
        assert_eq!(
            here.local("https://api.github.com/x?page=2").as_deref(),
            Some("/x?page=2")
        );
        assert_eq!(here.local("/x").as_deref(), Some("/x"));
        for elsewhere in [
            "http://api.github.com/x",
            "https://api.github.com:444/x",
            "https://evil.com/x",
            "//evil.com/x",
            "https://a@api.github.com/x",
            "x",
        ] {
            assert_eq!(here.local(elsewhere), None, "{elsewhere}");
        }
    }
}
