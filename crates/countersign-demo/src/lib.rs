//! Builds governed repositories with real signatures: the ones that `demo` shows and that the tests
//! attack.
//!
//! **Owns** the builder ([`History`]), drafts of policies and decisions, and the story of the demo.
//! Everything is deterministic: keys follow from names, time from a clock that starts at
//! [`history::BEGINNING`] and moves one hour with each commit, so object ids are the same on every
//! machine.
//!
//! **Must not** check what it builds: it can write what no honest tool would. Its keys are known to
//! everyone and protect nothing.
//!
//! **Start reading** at [`story::build`], then at [`History::commit`] and [`History::decide`].

pub mod authorship;
mod checkout;
pub mod documents;
pub mod history;
pub mod merge;
pub mod person;
pub mod policy;
pub mod record;
pub mod story;
pub mod tree;

pub use authorship::Authorship;
pub use history::{DemoError, History};
pub use merge::Method;
pub use person::Person;
pub use policy::PolicyDraft;
pub use record::{DecisionDraft, Record, Seal};
pub use story::{Landing, Story};
pub use tree::Tree;
