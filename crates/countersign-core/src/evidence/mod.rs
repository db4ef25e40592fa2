//! Proofs without policy, and their attribution to principals under one. Trust rules 5 and 8.

pub mod attribute;
pub mod compromised;
pub mod policy_version;
pub mod record;
pub mod review;
pub mod roster;

pub use attribute::{Evidence, Occasion, Refusal, attribute};
pub use compromised::{CompromisedKeys, Fingerprint};
pub use policy_version::PolicyVersion;
pub use record::{Carrier, Record};
pub use roster::Roster;
