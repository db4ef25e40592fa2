//! What users write for a subject: `kind/name`, `kind/name@version`, a glob such as `skill/*`, or
//! `policy`.

use std::str::FromStr;

use super::error::CommandError;
use crate::document::problem::closest;
use crate::lifecycle::ledger::{Subject, VersionKey, VersionState};
use crate::model::{Digest, Glob, Kind, SubjectId, Version};

/// A subject or several, and which version of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectArgument {
    /// Which subjects.
    pub subjects: SubjectPattern,
    /// Which version of them.
    pub version: Selector,
}

/// Which subjects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectPattern {
    /// One.
    One(SubjectId),
    /// All that match, over `kind/name`.
    Matching(Glob),
}

/// Which version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selector {
    /// The one in HEAD's tree.
    #[default]
    Head,
    /// The current one.
    Current,
    /// The one that was current before it.
    Previous,
    /// A version by its text.
    Version(Version),
    /// The bytes whose digest starts so, in hex.
    Digest(String),
    /// The policy with this serial.
    Serial(u64),
    /// Every present and future version, for a block.
    All,
}

/// The text names no subject.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SubjectArgumentError(String);

/// Fewer digits are more a guess than a choice.
const LEAST_DIGITS: usize = 6;

impl FromStr for SubjectArgument {
    type Err = SubjectArgumentError;

    fn from_str(text: &str) -> Result<Self, SubjectArgumentError> {
        let bad = |error: &dyn std::fmt::Display| SubjectArgumentError(error.to_string());
        let (name, version) = text
            .split_once('@')
            .map_or((text, None), |(name, version)| (name, Some(version)));
        let subjects = if name == "policy" {
            SubjectPattern::One(SubjectId::policy())
        } else if name.contains('*') {
            SubjectPattern::Matching(Glob::parse(name).map_err(|error| bad(&error))?)
        } else {
            SubjectPattern::One(
                name.parse()
                    .map_err(|error| SubjectArgumentError(format!("{error}{}", meant(name))))?,
            )
        };
        let of_policy =
            matches!(&subjects, SubjectPattern::One(subject) if subject.kind == Kind::Policy);
        let version = match version {
            Some(version) if of_policy => Selector::of_policy(version)?,
            version => version.map_or(Ok(Selector::default()), str::parse)?,
        };
        let by_text = matches!(version, Selector::Version(_) | Selector::Digest(_));
        match &subjects {
            SubjectPattern::Matching(_) if by_text => Err(SubjectArgumentError(format!(
                "`{text}` names one version of more than one subject"
            ))),
            SubjectPattern::One(subject)
                if subject.kind == Kind::Principal && version != Selector::Head =>
            {
                Err(SubjectArgumentError(format!("`{subject}` has no versions")))
            }
            _ => Ok(Self { subjects, version }),
        }
    }
}

impl FromStr for Selector {
    type Err = SubjectArgumentError;

    fn from_str(text: &str) -> Result<Self, SubjectArgumentError> {
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        let digits = hex.len() >= LEAST_DIGITS
            && hex.len() <= 64
            && hex
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        match text {
            "head" => Ok(Self::Head),
            "current" => Ok(Self::Current),
            "previous" => Ok(Self::Previous),
            "all" => Ok(Self::All),
            _ if digits => Ok(Self::Digest(hex.to_owned())),
            _ => Version::parse(text).map(Self::Version).map_err(|_| {
                SubjectArgumentError(format!(
                    "`{text}` is not a version: write one such as 1.2.0, `head`, `current`, `previous`, or at least {LEAST_DIGITS} digits of a digest"
                ))
            }),
        }
    }
}

impl SubjectArgument {
    /// Whether `subject` is meant.
    pub fn matches(&self, subject: &SubjectId) -> bool {
        match &self.subjects {
            SubjectPattern::One(one) => one == subject,
            SubjectPattern::Matching(glob) => glob.matches(subject.to_string().as_bytes()),
        }
    }
}

impl Selector {
    /// A serial, or the start of a digest. All digits are a serial, but after `sha256:`.
    fn of_policy(text: &str) -> Result<Self, SubjectArgumentError> {
        if let Ok(serial) = text.parse() {
            return Ok(Self::Serial(serial));
        }
        match text.parse() {
            Ok(digest @ Self::Digest(_)) => Ok(digest),
            _ => Err(SubjectArgumentError(format!(
                "`{text}` does not name a policy: write its serial, such as policy/countersign@3, or at least {LEAST_DIGITS} digits of its digest"
            ))),
        }
    }

    /// The matching one of `policies`, or why there is none: a lower-case fragment.
    pub fn policy(&self, policies: &[(u64, Digest)]) -> Result<(u64, Digest), String> {
        let (meant, what): (Vec<&(u64, Digest)>, String) = match self {
            Self::Serial(wanted) => (
                policies
                    .iter()
                    .filter(|(serial, _)| serial == wanted)
                    .collect(),
                format!("the serial {wanted}"),
            ),
            Self::Digest(prefix) => {
                let starts = |(_, digest): &&(u64, Digest)| digest.hex().starts_with(prefix);
                (
                    policies.iter().filter(starts).collect(),
                    format!("a digest that starts with {prefix}"),
                )
            }
            _ => return Err("a policy is named by its serial or its digest".to_owned()),
        };
        match meant.as_slice() {
            [one] => Ok(**one),
            [] => Err(format!("no policy in this repository has {what}")),
            several => {
                let digests: Vec<String> =
                    several.iter().map(|(_, digest)| digest.short(12)).collect();
                Err(format!(
                    "{} policies have {what}; name one by its digest: {}",
                    several.len(),
                    digests.join(", ")
                ))
            }
        }
    }

    /// The matching version of `subject`, or why there is none: a lower-case fragment.
    pub fn find<'s>(&self, subject: &'s Subject) -> Result<&'s VersionState, String> {
        let id = &subject.id;
        match self {
            Self::Head => subject
                .head_version()
                .ok_or_else(|| match subject.paths.len() {
                    0 => format!(
                        "{id} is not in the tree; name a version, such as {id}@{}",
                        example(subject)
                    ),
                    _ => format!(
                        "{id} is at several paths with different bytes: {}",
                        subject.paths.join(", ")
                    ),
                }),
            Self::Serial(serial) => Err(format!(
                "`{serial}` is a policy serial, but {id} has versions"
            )),
            Self::All => Err(format!(
                "`@all` is for block and unblock; name one version, such as {id}@{}",
                example(subject)
            )),
            Self::Current => subject
                .current_version()
                .ok_or_else(|| format!("{id} has no current version")),
            Self::Previous => by_key(subject, subject.previous.as_ref())
                .ok_or_else(|| format!("{id} has no version before the current one")),
            Self::Version(version) => {
                let matching: Vec<&VersionState> = subject
                    .versions
                    .iter()
                    .filter(|found| found.key.version == *version)
                    .collect();
                let present: Vec<&VersionState> = matching
                    .iter()
                    .filter(|version| version.present)
                    .copied()
                    .collect();
                match (matching.as_slice(), present.as_slice()) {
                    ([version], _) | (_, [version]) => Ok(version),
                    ([], _) => Err(format!("{id} never had the version {version}")),
                    _ => Err(format!(
                        "{id} has {} different packages called {version}; name one by its digest: {}",
                        matching.len(),
                        digests(&matching)
                    )),
                }
            }
            Self::Digest(prefix) => {
                let matching: Vec<&VersionState> = subject
                    .versions
                    .iter()
                    .filter(|version| version.key.digest.hex().starts_with(prefix))
                    .collect();
                match matching.as_slice() {
                    [version] => Ok(version),
                    [] => Err(format!(
                        "no version of {id} has a digest that starts with {prefix}"
                    )),
                    [first, ..]
                        if matching
                            .iter()
                            .all(|version| version.key.digest == first.key.digest) =>
                    {
                        // The same bytes under several versions: the one that is there, else the
                        // latest.
                        Ok(matching
                            .iter()
                            .find(|version| version.present)
                            .or(matching.last())
                            .copied()
                            .unwrap_or(first))
                    }
                    _ => Err(format!(
                        "several digests of {id} start with {prefix}: {}",
                        digests(&matching)
                    )),
                }
            }
        }
    }
}

/// A suggestion for a subject with an unknown kind.
fn meant(name: &str) -> String {
    let Some((kind, rest)) = name
        .split_once('/')
        .filter(|(kind, _)| kind.parse::<Kind>().is_err())
    else {
        return String::new();
    };
    let near = closest(kind, Kind::PACKAGED.iter().map(|kind| kind.as_str()));
    near.map(|kind| format!("; did you mean {kind}/{rest}?"))
        .unwrap_or_default()
}

/// An error for an unknown subject, with a suggestion if one is spelled similarly.
pub fn unknown_subject<'s>(text: &str, known: impl Iterator<Item = &'s SubjectId>) -> CommandError {
    let names: Vec<String> = known.map(ToString::to_string).collect();
    let last = |name: &str| {
        name.rsplit_once('/')
            .map_or_else(|| name.to_owned(), |(_, last)| last.to_owned())
    };
    let of_another_kind = || {
        names
            .iter()
            .map(String::as_str)
            .find(|name| last(name) == last(text))
    };
    let lasts: Vec<String> = names.iter().map(|name| last(name)).collect();
    let by_last = || {
        closest(&last(text), lasts.iter().map(String::as_str)).and_then(|near| {
            names
                .iter()
                .map(String::as_str)
                .find(|name| last(name) == near)
        })
    };
    let near = of_another_kind().or_else(|| {
        if text.contains('/') {
            closest(text, names.iter().map(String::as_str))
        } else {
            by_last()
        }
    });
    let error = CommandError::usage(format!("{text} is not in this repository"));
    match near {
        Some(near) => error.help(format!("Did you mean {near}?")),
        None => error.help("List all subjects with `countersign status`."),
    }
}

fn by_key<'s>(subject: &'s Subject, key: Option<&VersionKey>) -> Option<&'s VersionState> {
    key.and_then(|key| subject.version(key))
}

fn example(subject: &Subject) -> String {
    subject
        .current
        .as_ref()
        .or_else(|| subject.versions.last().map(|version| &version.key))
        .map_or_else(|| "1.0.0".to_owned(), |key| key.version.to_string())
}

fn digests(matching: &[&VersionState]) -> String {
    let digests: Vec<String> = matching
        .iter()
        .map(|version| version.key.digest.short(12))
        .collect();
    digests.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SubjectArgument, String> {
        text.parse()
            .map_err(|error: SubjectArgumentError| error.to_string())
    }

    #[test]
    fn a_subject_is_written_with_or_without_a_version() {
        let one = |text: &str| SubjectPattern::One(text.parse().expect("a subject"));
        assert_eq!(
            parse("skill/pdf").map(|a| (a.subjects, a.version)),
            Ok((one("skill/pdf"), Selector::Head))
        );
        assert_eq!(
            parse("skill/pdf@previous").map(|a| a.version),
            Ok(Selector::Previous)
        );
        assert_eq!(
            parse("skill/pdf@1.2.0").map(|a| a.version),
            Ok(Selector::Version(
                Version::parse("1.2.0").expect("a version")
            ))
        );
        assert_eq!(
            parse("skill/pdf@9f2c00ab").map(|a| a.version),
            Ok(Selector::Digest("9f2c00ab".to_owned()))
        );
        assert_eq!(
            parse("skill/pdf@sha256:9f2c00").map(|a| a.version),
            Ok(Selector::Digest("9f2c00".to_owned()))
        );
        assert_eq!(
            parse("policy").map(|a| a.subjects),
            Ok(SubjectPattern::One(SubjectId::policy()))
        );
        assert_eq!(
            parse("policy/countersign@7").map(|a| a.version),
            Ok(Selector::Serial(7))
        );
        assert_eq!(
            parse("policy@sha256:123456").map(|a| a.version),
            Ok(Selector::Digest("123456".to_owned()))
        );
        assert!(matches!(
            parse("skill/*@current"),
            Ok(SubjectArgument {
                subjects: SubjectPattern::Matching(_),
                version: Selector::Current
            })
        ));
    }

    #[test]
    fn refuses_what_names_nothing() {
        for bad in [
            "pdf",
            "skil/pdf",
            "skill/",
            "skill/a b",
            "skill/x@",
            "skill/x@9f2c",
            "skill/*@1.0.0",
            "policy@head",
            "policy@1.0.0",
            "principal/bob@head",
            "skill/x@1.0.0@2",
        ] {
            let accepted = parse(bad);
            assert!(
                accepted.is_err() || bad == "principal/bob@head",
                "{bad}: {accepted:?}"
            );
        }
    }
}
