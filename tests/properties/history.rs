//! Random histories in a small alphabet, written so that a shrunk one can be read.

use std::fmt;

use countersign::model::DecisionKind;

/// Someone. Alice and Bob own things, Carol and Dave administrate, Erin has no role, Mallory is
/// no one in the policy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Person {
    Alice,
    Bob,
    Carol,
    Dave,
    Erin,
    Mallory,
}

/// Everybody.
pub const PEOPLE: [Person; 6] = [
    Person::Alice,
    Person::Bob,
    Person::Carol,
    Person::Dave,
    Person::Erin,
    Person::Mallory,
];

/// A governed thing: `skill/one` takes one approval, `skill/two` two that last two days,
/// `skill/three` two people of different groups and an administrator, `skill/four` has no rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    One,
    Two,
    Three,
    Four,
}

/// Every subject.
pub const SUBJECTS: [Subject; 4] = [Subject::One, Subject::Two, Subject::Three, Subject::Four];

/// Bytes of a package; each declares one version, and `1.0.0` comes in two forms.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bytes {
    V1,
    V1Other,
    V2,
    V3,
    Unversioned,
    UnversionedOther,
}

/// All bytes there are.
pub const BYTES: [Bytes; 6] = [
    Bytes::V1,
    Bytes::V1Other,
    Bytes::V2,
    Bytes::V3,
    Bytes::Unversioned,
    Bytes::UnversionedOther,
];

/// What a record's `answers` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    Nothing,
    /// Every record made before it.
    All,
    /// Every record but the last one that was made before it.
    AllButLast,
}

/// Which signature is beside a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    Own,
    Of(Person),
    None,
}

/// What one item of a decision is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Item {
    Version(Subject, Bytes),
    All(Subject),
}

/// A decision about packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub kind: DecisionKind,
    pub by: Person,
    pub items: Vec<Item>,
    pub answers: Answers,
    pub seal: Seal,
    /// Hours after the landing at which an approval ends.
    pub expires: Option<u8>,
    /// Target of a rollback.
    pub to: Bytes,
}

/// One thing that a landing does.
#[derive(Clone, PartialEq, Eq)]
pub enum Act {
    Put(Subject, Bytes),
    Remove(Subject),
    Decide(Decision),
    /// The record of this number (modulo those there are) is deleted and added again.
    Again(usize),
    Suspend(Person, Person),
    Readmit(Person, Person, Answers),
}

/// One landing after the anchor.
#[derive(Clone, PartialEq, Eq)]
pub struct Step {
    /// Hours since the landing before.
    pub hours: u8,
    pub author: Person,
    /// Who commits, or presses Merge.
    pub committer: Person,
    /// Named by a `Co-authored-by` trailer.
    pub trailer: Option<Person>,
    /// Whether the work comes by a merge commit.
    pub merge: bool,
    pub acts: Vec<Act>,
}

impl Person {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alice => "alice",
            Self::Bob => "bob",
            Self::Carol => "carol",
            Self::Dave => "dave",
            Self::Erin => "erin",
            Self::Mallory => "mallory",
        }
    }
}

impl Subject {
    pub const fn name(self) -> &'static str {
        match self {
            Self::One => "skill/one",
            Self::Two => "skill/two",
            Self::Three => "skill/three",
            Self::Four => "skill/four",
        }
    }
}

impl Bytes {
    /// What the bytes declare; nothing for an unversioned package.
    pub const fn declared(self) -> Option<&'static str> {
        match self {
            Self::V1 | Self::V1Other => Some("1.0.0"),
            Self::V2 => Some("2.0.0-rc.1"),
            Self::V3 => Some("2.0.0"),
            Self::Unversioned | Self::UnversionedOther => None,
        }
    }

    pub const fn text(self) -> &'static str {
        match self {
            Self::V1 => "1.0.0",
            Self::V1Other => "1.0.0'",
            Self::V2 => "2.0.0-rc.1",
            Self::V3 => "2.0.0",
            Self::Unversioned => "unversioned",
            Self::UnversionedOther => "unversioned'",
        }
    }
}

macro_rules! debug_as {
    ($($type:ty => $text:ident),*) => {
        $(impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.$text())
            }
        })*
    };
}

debug_as!(Person => name, Subject => name, Bytes => text);

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(subject, bytes) => write!(f, "{subject:?}@{bytes:?}"),
            Self::All(subject) => write!(f, "{subject:?}@all"),
        }
    }
}

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answering = |answers: &Answers| match answers {
            Answers::Nothing => "",
            Answers::All => " answering all",
            Answers::AllButLast => " answering all but the last",
        };
        match self {
            Self::Put(subject, bytes) => write!(f, "put {subject:?} {bytes:?}"),
            Self::Remove(subject) => write!(f, "remove {subject:?}"),
            Self::Again(record) => write!(f, "record {record} again"),
            Self::Suspend(by, whom) => write!(f, "{by:?} suspends {whom:?}"),
            Self::Readmit(by, whom, answers) => {
                write!(f, "{by:?} readmits {whom:?}{}", answering(answers))
            }
            Self::Decide(decision) => {
                write!(
                    f,
                    "{:?} {} {:?}{}",
                    decision.by,
                    decision.kind,
                    decision.items,
                    answering(&decision.answers)
                )?;
                if decision.kind == DecisionKind::Rollback {
                    write!(f, " to {:?}", decision.to)?;
                }
                if let Some(hours) = decision.expires {
                    write!(f, " for {hours} h")?;
                }
                match decision.seal {
                    Seal::Own => Ok(()),
                    Seal::Of(other) => write!(f, " signed by {other:?}"),
                    Seal::None => f.write_str(" unsigned"),
                }
            }
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}h {:?}", self.hours, self.author)?;
        if self.committer != self.author {
            write!(f, " by {:?}", self.committer)?;
        }
        if let Some(trailer) = self.trailer {
            write!(f, " with {trailer:?}")?;
        }
        write!(
            f,
            "{}: {:?}",
            if self.merge { " (merge)" } else { "" },
            self.acts
        )
    }
}
