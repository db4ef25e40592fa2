//! The name of a repository on a forge.

use std::fmt;
use std::str::FromStr;

/// `host/owner/name`, as a policy writes it. Every part is safe in a URL unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryName {
    host: String,
    owner: String,
    name: String,
}

/// The text names no repository on a forge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a repository on a forge: write host/owner/name, such as github.com/acme/tools"
)]
pub struct RepositoryNameError(pub String);

/// More than any forge allows for one part.
const LONGEST_PART: usize = 253;

impl RepositoryName {
    /// The forge's host, in lower case, such as `github.com`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The person or organization.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The repository's own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of a repository that the forge itself calls `owner/name`, in this name's spelling
    /// when it is the same one.
    pub fn beside(&self, full_name: &str) -> Option<Self> {
        let found: Self = format!("{}/{full_name}", self.host).parse().ok()?;
        let same = found.owner.eq_ignore_ascii_case(&self.owner)
            && found.name.eq_ignore_ascii_case(&self.name);
        Some(if same { self.clone() } else { found })
    }
}

/// Whether `text` is safe unescaped in a URL path or as a host name.
pub(super) fn is_plain(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=LONGEST_PART).contains(&text.len())
        && text.bytes().all(allowed)
        && text != "."
        && text != ".."
}

impl FromStr for RepositoryName {
    type Err = RepositoryNameError;

    fn from_str(text: &str) -> Result<Self, RepositoryNameError> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts[..] {
            [host, owner, name] if parts.iter().all(|part| is_plain(part)) => Ok(Self {
                host: host.to_ascii_lowercase(),
                owner: owner.to_owned(),
                name: name.to_owned(),
            }),
            _ => Err(RepositoryNameError(text.to_owned())),
        }
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.owner, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_three_parts_that_are_safe_in_a_url() {
        let name: RepositoryName = "GitHub.com/acme/agent.tools".parse().expect("a name");
        assert_eq!(name.to_string(), "github.com/acme/agent.tools");
        for bad in [
            "",
            "acme/x",
            "github.com/acme",
            "github.com/acme/x/y",
            "github.com/../x",
            "github.com/a b/x",
            "h/o/n?x",
            "h/o/é",
            "h//n",
        ] {
            assert!(bad.parse::<RepositoryName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn another_spelling_of_the_same_repository_becomes_this_one() {
        let name: RepositoryName = "github.com/acme/tools".parse().expect("a name");
        assert_eq!(name.beside("Acme/Tools"), Some(name.clone()));
        assert_eq!(
            name.beside("acme/fork").map(|other| other.to_string()),
            Some("github.com/acme/fork".to_owned())
        );
        assert_eq!(name.beside("acme"), None);
    }
}
