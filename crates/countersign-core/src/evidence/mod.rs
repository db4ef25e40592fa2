//! Proofs without policy, and their attribution to principals under one. Trust rules 5 and 8.

pub mod attribute;
pub mod compromised;
pub mod occasion;
mod own_key;
pub mod policy_version;
pub mod record;
pub mod review;
pub mod roster;

pub use attribute::attribute;
pub use compromised::{CompromisedKeys, Fingerprint};
pub use occasion::{Evidence, Occasion, Refusal};
pub use policy_version::PolicyVersion;
pub use record::{Carrier, Record};
pub use roster::Roster;
