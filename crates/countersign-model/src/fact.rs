//! What an observation says beside its subject and place: named facts, and circumstances that
//! change its weight.
//!
//! A fact is text for a message or a machine and decides nothing. What decides a severity is a
//! [`Circumstance`].

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! facts {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// The name of a fact, in the order of the names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Fact {
            $($(#[$doc])* $variant,)*
        }

        impl Fact {
            /// Every fact, in the order of the names.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name that templates use.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

facts! {
    /// The line that would govern something, for `subjects` in the policy.
    Add "add",
    /// The anchor.
    Anchor "anchor",
    /// The digest that was approved.
    Approved "approved",
    /// The version that was approved.
    ApprovedVersion "approved-version",
    /// As what a harness loads something.
    As "as",
    /// A Git attribute.
    Attribute "attribute",
    /// How many there are.
    Available "available",
    /// The base of a change.
    Base "base",
    /// Why the policy allows something.
    Because "because",
    /// The Git object that a harness loads.
    Blob "blob",
    /// What a block names, as `unblock` takes it.
    Blocked "blocked",
    /// The governed branch.
    Branch "branch",
    /// Who decided.
    By "by",
    /// The digest of what is at the place.
    Content "content",
    /// How many are needed, or how many there are.
    Count "count",
    /// The current version.
    Current "current",
    /// The kind of a decision.
    Decision "decision",
    /// A digest.
    Digest "digest",
    /// The digest of the policy in force.
    DigestInForce "digest-in-force",
    /// The approvals that are missing, in words.
    Due "due",
    /// What became of a decision.
    Effect "effect",
    /// An entry of the policy.
    Entry "entry",
    /// Where or what something should be.
    Expected "expected",
    /// When an approval expired.
    Expires "expires",
    /// A file of the package.
    File "file",
    /// What has to be done before what a rule advises: it takes the place of the rule's help.
    First "first",
    /// The digest that is there now.
    Found "found",
    /// Who held a key before.
    From "from",
    /// What happened to something.
    How "how",
    /// A commit that the history must have.
    Includes "includes",
    /// A key.
    Key "key",
    /// What the reader of a document says about a fault in it.
    Message "message",
    /// How many approvals are missing.
    Missing "missing",
    /// Where the same bytes came from in the same landing.
    MovedFrom "moved-from",
    /// Where the same bytes went in the same landing.
    MovedTo "moved-to",
    /// The other of two.
    Other "other",
    /// The outer of two packages.
    Outer "outer",
    /// The path concerned, where the place is another one.
    Path "path",
    /// Several paths, or the digest of their list.
    Paths "paths",
    /// The pattern of an attribute.
    Pattern "pattern",
    /// The policy under which something was approved.
    Policy "policy",
    /// A pull request.
    Pull "pull",
    /// Why someone decided.
    Reason "reason",
    /// The digest of a record.
    Record "record",
    /// What was revoked.
    Revoked "revoked",
    /// How someone contributed.
    Role "role",
    /// The serial of a policy.
    Serial "serial",
    /// The serial of the policy in force.
    SerialInForce "serial-in-force",
    /// The signature concerned.
    Signature "signature",
    /// The bytes that another line approved as the version in the tree.
    Taken "taken",
    /// What leads a harness to something.
    Through "through",
    /// What an agent uses.
    Uses "uses",
    /// Where something is, relative to what is governed.
    Where "where",
    /// Whom it is about, when that is not a principal.
    Who "who",
    /// The cause.
    Why "why",
    /// What something collides with.
    With "with",
    /// A workflow.
    Workflow "workflow",
}

impl Fact {
    /// The fact with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fact| fact.as_str() == name)
    }

    /// Whether it only distinguishes findings, or serves machines, and would lengthen a sentence.
    pub const fn is_silent(self) -> bool {
        matches!(
            self,
            Self::Add
                | Self::Blob
                | Self::Blocked
                | Self::Content
                | Self::Count
                | Self::Decision
                | Self::Digest
                | Self::DigestInForce
                | Self::First
                | Self::Taken
                | Self::Missing
                | Self::Policy
                | Self::Record
                | Self::SerialInForce
        )
    }

    /// Whether it may change while the finding stays the same, such as how many approvals are still
    /// due.
    pub const fn is_volatile(self) -> bool {
        matches!(
            self,
            Self::Blocked
                | Self::Count
                | Self::Due
                | Self::First
                | Self::Taken
                | Self::Missing
                | Self::MovedFrom
                | Self::MovedTo
        )
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What changes the weight or the advice of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Circumstance {
    /// The record lowers authority and therefore applies.
    LowersAuthority,
    /// The decision was accepted before what silences it.
    Earlier,
    /// `ignore` of the policy could cover it.
    Ignorable,
    /// `ignore` of the policy lists it.
    Ignored,
    /// What a harness loads is instructions.
    Instructions,
    /// A proposed policy could never be changed again.
    Unchangeable,
}

impl Circumstance {
    /// Every circumstance.
    pub const ALL: &[Self] = &[
        Self::LowersAuthority,
        Self::Earlier,
        Self::Ignorable,
        Self::Ignored,
        Self::Instructions,
        Self::Unchangeable,
    ];

    /// The name that templates use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LowersAuthority => "lowers-authority",
            Self::Earlier => "earlier",
            Self::Ignorable => "ignorable",
            Self::Ignored => "ignored",
            Self::Instructions => "instructions",
            Self::Unchangeable => "unchangeable",
        }
    }

    /// The circumstance with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|circumstance| circumstance.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_none_twice() {
        for fact in Fact::ALL {
            assert_eq!(Fact::named(fact.as_str()), Some(*fact));
            assert_eq!(Circumstance::named(fact.as_str()), None, "{fact}");
        }
        for circumstance in Circumstance::ALL {
            assert_eq!(
                Circumstance::named(circumstance.as_str()),
                Some(*circumstance)
            );
        }
    }

    #[test]
    fn facts_are_in_the_order_of_their_names() {
        assert!(Fact::ALL.is_sorted_by_key(|fact| fact.as_str()));
    }
}
