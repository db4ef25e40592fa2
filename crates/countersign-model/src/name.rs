//! Kinds, names and subject ids: `kind/name`.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::shared_text::{self, RecentTexts};

/// What sort of thing a subject is. The last two are only decided about, never packaged.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An Agent Skill: a folder with SKILL.md.
    Skill,
    /// A Markdown file, or a folder with PROMPT.md.
    Prompt,
    /// An MCP server: server.json of the MCP registry.
    Server,
    /// An agent definition: one YAML file.
    Agent,
    /// A tool-governance contract: one YAML file.
    Contract,
    /// Opaque files: harness settings, hooks, permissions, recipes.
    Setup,
    /// The policy itself; the only name is `countersign`.
    Policy,
    /// A person or machine in the policy.
    Principal,
}

impl Kind {
    /// The kinds that are packaged, in the order in which they are listed everywhere.
    pub const PACKAGED: [Self; 6] = [
        Self::Skill,
        Self::Prompt,
        Self::Server,
        Self::Agent,
        Self::Contract,
        Self::Setup,
    ];

    /// Whether subjects of this kind are files under governed paths: everything but the policy and
    /// its principals.
    pub const fn is_package(self) -> bool {
        !matches!(self, Self::Policy | Self::Principal)
    }

    /// The word used in `kind/name`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skill => "skill",
            Self::Prompt => "prompt",
            Self::Server => "server",
            Self::Agent => "agent",
            Self::Contract => "contract",
            Self::Setup => "setup",
            Self::Policy => "policy",
            Self::Principal => "principal",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A kind that a policy entry may govern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the variants are those of `Kind`")]
pub enum PackagedKind {
    Skill,
    Prompt,
    Server,
    Agent,
    Contract,
    Setup,
}

impl From<PackagedKind> for Kind {
    fn from(kind: PackagedKind) -> Self {
        match kind {
            PackagedKind::Skill => Self::Skill,
            PackagedKind::Prompt => Self::Prompt,
            PackagedKind::Server => Self::Server,
            PackagedKind::Agent => Self::Agent,
            PackagedKind::Contract => Self::Contract,
            PackagedKind::Setup => Self::Setup,
        }
    }
}

/// Why a text is not a kind, name or subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Outside `[A-Za-z0-9._-]{1,64}`, or only dots.
    #[error("`{0}` is not a name: 1 to 64 of A-Z a-z 0-9 . _ -, and not only dots")]
    BadName(String),
    /// Not one of the kinds.
    #[error(
        "`{0}` is not a kind: skill, prompt, server, agent, contract, setup, policy or principal"
    )]
    BadKind(String),
    /// Not `kind/name`.
    #[error("`{0}` is not a subject: write kind/name, such as skill/pdf-tools")]
    BadSubject(String),
}

impl FromStr for Kind {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::PACKAGED
            .into_iter()
            .chain([Self::Policy, Self::Principal])
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| NameError::BadKind(text.to_owned()))
    }
}

/// A subject's name: 1 to 64 of `[A-Za-z0-9._-]`, and not only dots (those are path steps).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct Name(Arc<str>);

impl Name {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        thread_local!(static RECENT: RecentTexts<Name> = RefCell::default());
        shared_text::cached(&RECENT, text, |text| {
            let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
            if (1..=64).contains(&text.len())
                && text.bytes().all(allowed)
                && !text.bytes().all(|b| b == b'.')
            {
                Ok(Self(text.into()))
            } else {
                Err(NameError::BadName(text.to_owned()))
            }
        })
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shared_text::deserialize(deserializer)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0.as_ref().to_owned()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `kind/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct SubjectId {
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub name: Name,
}

impl SubjectId {
    /// A subject from its parts.
    pub const fn new(kind: Kind, name: Name) -> Self {
        Self { kind, name }
    }

    /// `policy/countersign`, the policy as the subject of a decision.
    pub fn policy() -> Self {
        Self {
            kind: Kind::Policy,
            name: Name("countersign".into()),
        }
    }
}

impl FromStr for SubjectId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (kind, name) = text
            .split_once('/')
            .ok_or_else(|| NameError::BadSubject(text.to_owned()))?;
        let subject = Self {
            kind: kind.parse()?,
            name: name.parse()?,
        };
        if subject.kind == Kind::Policy && subject.name.as_str() != "countersign" {
            return Err(NameError::BadSubject(text.to_owned()));
        }
        Ok(subject)
    }
}

impl<'de> Deserialize<'de> for SubjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shared_text::deserialize(deserializer)
    }
}

impl From<SubjectId> for String {
    fn from(subject: SubjectId) -> Self {
        subject.to_string()
    }
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}
