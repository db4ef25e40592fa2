//! Versions: strict SemVer without build metadata, or the pseudo-version of an unversioned package.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use super::digest::Digest;
use super::shared_text::{self, RecentTexts};

const PSEUDO_PREFIX: &str = "0.0.0-sha";
const PSEUDO_DIGITS: usize = 12;

/// The version of a package. Equality is by text, so `1.10.0` and `1.1.0` differ and nothing is
/// normalized.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "String")]
pub struct Version(Arc<Parsed>);

/// Shared: a long history names each version many times.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Parsed {
    text: String,
    semver: semver::Version,
    pseudo: bool,
}

/// Why a text is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Not SemVer 2.0.0.
    #[error("`{0}` is not a semantic version such as 1.2.0")]
    NotSemver(String),
    /// SemVer precedence ignores build metadata, so two versions would rank the same.
    #[error("`{0}` has build metadata (the part after `+`), which has no rank")]
    BuildMetadata(String),
    /// Only this program writes that form.
    #[error("`{0}` is the form of an unversioned package and must not be declared")]
    Reserved(String),
}

impl Version {
    /// A version as an author may declare it.
    pub fn declared(text: &str) -> Result<Self, VersionError> {
        let version = Self::parse(text)?;
        if version.0.pseudo {
            Err(VersionError::Reserved(text.to_owned()))
        } else {
            Ok(version)
        }
    }

    /// Any version, the pseudo form included: what a decision may name.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        thread_local!(static RECENT: RecentTexts<Version> = RefCell::default());
        shared_text::cached(&RECENT, text, Self::read)
    }

    fn read(text: &str) -> Result<Self, VersionError> {
        let semver =
            semver::Version::parse(text).map_err(|_| VersionError::NotSemver(text.to_owned()))?;
        if !semver.build.is_empty() {
            return Err(VersionError::BuildMetadata(text.to_owned()));
        }
        let pseudo = text.strip_prefix(PSEUDO_PREFIX).is_some_and(|rest| {
            rest.len() == PSEUDO_DIGITS
                && rest
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        });
        Ok(Self(Arc::new(Parsed {
            text: text.to_owned(),
            semver,
            pseudo,
        })))
    }

    /// The version of a package that declares none: `0.0.0-sha` and the first 12 hex digits of its
    /// digest.
    pub fn pseudo(digest: &Digest) -> Self {
        let text = format!("{PSEUDO_PREFIX}{}", digest.short(PSEUDO_DIGITS));
        let semver = semver::Version {
            pre: pre_release(&text),
            ..semver::Version::new(0, 0, 0)
        };
        Self(Arc::new(Parsed {
            text,
            semver,
            pseudo: true,
        }))
    }

    /// The text exactly as declared.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The parsed form, for ranges.
    pub fn semver(&self) -> &semver::Version {
        &self.0.semver
    }

    /// Whether the package declared no version.
    pub fn is_pseudo(&self) -> bool {
        self.0.pseudo
    }

    /// Whether this is a declared pre-release (`2.0.0-rc.1`).
    pub fn is_pre_release(&self) -> bool {
        !self.0.pseudo && !self.0.semver.pre.is_empty()
    }

    /// Rank by declaration: every pseudo-version below every declared one; two pseudo-versions are
    /// equal here and ordered by landing.
    pub fn rank(&self, other: &Self) -> Ordering {
        match (self.0.pseudo, other.0.pseudo) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.0.semver.cmp_precedence(&other.0.semver),
        }
    }
}

fn pre_release(text: &str) -> semver::Prerelease {
    semver::Prerelease::new(&text["0.0.0-".len()..])
        .expect("`sha` and hex digits are a pre-release label")
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A total order for stable output: rank first, then text.
impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank(other)
            .then_with(|| self.0.text.cmp(&other.0.text))
    }
}

impl FromStr for Version {
    type Err = VersionError;
    fn from_str(text: &str) -> Result<Self, VersionError> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shared_text::deserialize(deserializer)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.0.text.clone()
    }
}

/// `unversioned (sha 1a2b3c…)` for a pseudo-version would lose the exact text, so this prints the
/// text; people get [`Version::label`].
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl Version {
    /// What a person reads: the text, or `unversioned (sha 1a2b3c4d…)`.
    pub fn label(&self) -> String {
        if self.0.pseudo {
            format!(
                "unversioned (sha {}…)",
                &self.0.text[PSEUDO_PREFIX.len()..PSEUDO_PREFIX.len() + 6]
            )
        } else {
            self.0.text.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_declared_text_and_refuses_what_has_no_rank() {
        assert_eq!(
            Version::declared("1.10.0").map(|v| v.to_string()),
            Ok("1.10.0".to_owned())
        );
        for bad in [
            "1.10",
            "1",
            "v1.0.0",
            "01.0.0",
            "1.0.0+build",
            "",
            "latest",
            "0.0.0-sha1a2b3c4d5e6f",
        ] {
            assert!(Version::declared(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn pseudo_versions_rank_below_declared_ones_and_keep_zeros() {
        let pseudo = Version::pseudo(&Digest::of(b"x"));
        assert!(pseudo.is_pseudo() && !pseudo.is_pre_release());
        assert_eq!(Version::parse(pseudo.as_str()), Ok(pseudo.clone()));
        let least = Version::declared("0.0.0-0").expect("a pre-release");
        assert_eq!(pseudo.rank(&least), Ordering::Less);
        assert_eq!(
            Version::parse("0.0.0-sha000000000000").map(|v| v.is_pseudo()),
            Ok(true)
        );
    }
}
