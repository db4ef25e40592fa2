//! What a layer observed: a rule id and facts, no prose. `check` turns it into a finding.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::fact::{Circumstance, Fact};
use super::identity::PrincipalName;
use super::name::SubjectId;
use super::object_id::ObjectId;
use super::rule::RuleId;
use super::state::{Position, Risk};
use super::version::Version;

/// A place in a file of the judged tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Path from the repository's root; bytes that are not UTF-8 are replaced.
    pub path: String,
    /// 1-based line, 0 when the whole file is meant.
    pub line: u32,
    /// 1-based column in characters, 0 when the whole line is meant.
    pub column: u32,
}

impl Place {
    /// A whole file.
    pub fn file(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line: 0,
            column: 0,
        }
    }

    /// A line and column.
    pub fn at(path: impl Into<String>, line: u32, column: u32) -> Self {
        Self {
            path: path.into(),
            line,
            column,
        }
    }
}

/// One fact. Everything except `rule` is set only when it is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Observation {
    /// Which rule judges it.
    pub rule: RuleId,
    /// The subject concerned.
    pub subject: Option<SubjectId>,
    /// The version concerned.
    pub version: Option<Version>,
    /// The one primary place.
    pub place: Option<Place>,
    /// The landing or other commit at which it happened.
    pub commit: Option<ObjectId>,
    /// The landing's position.
    pub position: Option<Position>,
    /// The person or machine concerned.
    pub principal: Option<PrincipalName>,
    /// Risk of the subject, where severity depends on it.
    pub risk: Option<Risk>,
    /// What changes its weight or the advice.
    pub circumstances: BTreeSet<Circumstance>,
    /// Facts for the message and for machines. Hostile text: escaped where it is printed.
    pub facts: BTreeMap<Fact, String>,
}

impl Observation {
    /// An observation of `rule` with nothing else known yet.
    pub const fn new(rule: RuleId) -> Self {
        Self {
            rule,
            subject: None,
            version: None,
            place: None,
            commit: None,
            position: None,
            principal: None,
            risk: None,
            circumstances: BTreeSet::new(),
            facts: BTreeMap::new(),
        }
    }

    /// Adds the subject.
    #[must_use]
    pub fn subject(mut self, subject: &SubjectId) -> Self {
        self.subject = Some(subject.clone());
        self
    }

    /// Adds the version.
    #[must_use]
    pub fn version(mut self, version: &Version) -> Self {
        self.version = Some(version.clone());
        self
    }

    /// Adds the place.
    #[must_use]
    pub fn place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Adds the landing.
    #[must_use]
    pub const fn landing(mut self, position: Position, commit: Option<ObjectId>) -> Self {
        self.position = Some(position);
        self.commit = commit;
        self
    }

    /// Adds the person.
    #[must_use]
    pub fn principal(mut self, principal: &PrincipalName) -> Self {
        self.principal = Some(principal.clone());
        self
    }

    /// Adds the risk that severity depends on.
    #[must_use]
    pub const fn risk(mut self, risk: Risk) -> Self {
        self.risk = Some(risk);
        self
    }

    /// Adds a circumstance.
    #[must_use]
    pub fn under(mut self, circumstance: Circumstance) -> Self {
        self.circumstances.insert(circumstance);
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, fact: Fact, value: impl ToString) -> Self {
        self.facts.insert(fact, value.to_string());
        self
    }
}
