//! Landings, proofs and the policy in force become the ledger. Pure: no I/O, no clock.
//!
//! [`Lifecycle::step`] takes one landing after the other; [`Lifecycle::ledger`] says what they amount to. One file per concern: `input` is what
//! comes in, `ledger` what goes out, `state` what is carried; `step` tells the order in which a landing's facts take effect.

mod admit;
mod barred;
mod compact;
mod current;
mod decide;
mod finish;
pub mod input;
mod land;
pub mod ledger;
mod other_line;
mod out_of_order;
mod people;
pub mod policy_authority;
mod policy_change;
mod policy_fork;
mod profile;
mod provenance;
mod requirement;
mod review;
mod revocation;
mod state;
mod step;
mod stolen;
mod suspend;
mod tracked_version;
mod vote;

pub use input::{CommitFacts, CommitPeople, Landing, PackageAt, PolicyTree};
pub use ledger::Ledger;
pub use state::{Lifecycle, Subjects};
