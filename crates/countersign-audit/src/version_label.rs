//! What a report calls a version.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use countersign_core::lifecycle::ledger::{Action, Event};
use countersign_model::Version;
use countersign_model::escape::markup::{Dialect, Markup, ToMarkup};

/// The version of a package, a policy's serial, or all versions of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionLabel {
    /// Every version, of which a decision can be about.
    All,
    /// One version.
    Version(Version),
    /// A policy.
    Serial(u64),
}

impl VersionLabel {
    /// What an event is about; `None` where files landed or left that have no version.
    pub fn of(event: &Event) -> Option<Self> {
        match (&event.version, event.serial) {
            (Some(version), _) => Some(Self::Version(version.clone())),
            (None, Some(serial)) => Some(Self::Serial(serial)),
            (None, None) => matches!(event.action, Action::Decision(_)).then_some(Self::All),
        }
    }

    /// The version, where it is one of a package.
    pub const fn version(&self) -> Option<&Version> {
        match self {
            Self::Version(version) => Some(version),
            Self::All | Self::Serial(_) => None,
        }
    }
}

/// As in files and paths: `all`, the version as declared, or the bare serial.
impl fmt::Display for VersionLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Version(version) => version.fmt(f),
            Self::Serial(serial) => serial.fmt(f),
        }
    }
}

impl JsonSchema for VersionLabel {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "VersionLabel".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

impl Serialize for VersionLabel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<D: Dialect> ToMarkup<D> for VersionLabel {
    fn append_to(&self, markup: &mut Markup<D>) {
        markup.push(self.to_string());
    }
}
