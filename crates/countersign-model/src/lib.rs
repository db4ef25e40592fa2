//! The vocabulary: every noun of `docs/concepts.md` as a type that cannot hold a wrong value.
//!
//! **Owns** names, digests, versions, policies, decisions and rules as types; the input types
//! (`*_input`) that describe what users write and from which the JSON Schemas come; [`document`],
//! which reads text into both, every fault with its line and column; and [`escape`], which makes
//! hostile text safe to show.
//!
//! **Must not** do I/O, know Git, a clock or a forge, or panic on any input.
//!
//! **Start reading** at [`Policy`] and [`Decision`], then at [`document::policy::parse`], which
//! makes one from the other's text.

pub mod decision;
pub mod decision_input;
pub mod digest;
pub mod document;
pub mod document_input;
pub mod escape;
pub mod evidence_kinds;
pub mod fact;
pub mod framework_input;
pub mod glob;
pub mod identity;
pub mod key;
pub mod name;
pub mod noreply;
pub mod object_id;
pub mod observation;
pub mod package;
pub mod policy;
pub mod policy_input;
pub mod quantity;
pub mod review;
pub mod rule;
#[cfg(any(test, feature = "samples"))]
pub mod sample;
pub mod shared_text;
pub mod state;
mod text_schema;
pub mod time;
pub mod unsafe_char;
pub mod version;

pub use decision::{Decision, DecisionItem, DecisionKind, Meaning, VersionRef};
pub use digest::Digest;
pub use evidence_kinds::EvidenceKinds;
pub use fact::{Circumstance, Fact};
pub use glob::Glob;
pub use identity::{ForgeAccount, Identity, PrincipalName};
pub use key::KeyId;
pub use name::{Kind, Name, SubjectId};
pub use noreply::Noreply;
pub use object_id::ObjectId;
pub use observation::{Observation, Place};
pub use package::{FileMode, Manifest, ManifestEntry};
pub use policy::Policy;
pub use review::{ReviewProof, ReviewRef, SeenEvent, SeenKind};
pub use rule::{RuleId, Severity};
pub use state::{EvidenceKind, Position, Risk, State, Verdict};
pub use time::Timestamp;
pub use unsafe_char::UnsafeChar;
pub use version::Version;
