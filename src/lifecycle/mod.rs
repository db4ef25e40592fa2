//! Landings, proofs and the policy in force become the ledger. Pure: no I/O, no clock.

pub mod ledger;

pub use ledger::Ledger;
