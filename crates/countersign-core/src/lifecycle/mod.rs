//! Landings, proofs and the policy in force become the ledger. Pure: no I/O, no clock.
//!
//! **How a vote becomes a grant.** Bob signs a record that approves `skill/pdf` 1.0.0 with the
//! digest of its bytes, and the record lands:
//!
//! 1. [`Lifecycle::step`] takes the landing. It notes which bytes lie where (`land`), who had a
//!    hand in them (`provenance`), and whether the landing completes a policy change
//!    (`policy_change`). Whatever lowers is applied before whatever raises.
//! 2. `admit` asks `evidence` whose record it is, under the policy in force. Nothing proved,
//!    nothing counts: the record is kept as refused, with the reason.
//! 3. `decide` applies the decision to the version that it names, by digest. An approval becomes a
//!    *vote*, kept with the version whether or not it is enough, and whether or not its bytes are
//!    in the tree.
//! 4. `vote` counts. A vote counts if a rule of the policy asks for this person at this path
//!    (`profile`), with evidence that the rule accepts; if the person is not a contributor of the
//!    bytes (`people`) and not suspended; and if its key is neither compromised nor used before by
//!    someone else. `requirement` says whether the people who count are enough, at every path where
//!    the bytes lie.
//! 5. When they are, `judge_version` makes the *grant*: the landing, the policy and the votes on
//!    which it rests. From here on the version is approved, until a decision lowers it, the grant
//!    expires, or the key of a vote turns out to be stolen (`stolen`).
//! 6. `current` says which granted version is the current one, and `finish` what all of it amounts
//!    to at the head: [`Lifecycle::ledger`].
//!
//! A merge can make other lines reachable, on which the same decisions came in another order.
//! `other_line` compares them: where two lines differ, the answer that gives less authority
//! applies.
//!
//! One file per concern: `input` is what comes in, `ledger` what goes out, `state` what is carried
//! from landing to landing. The rules that all of this implements, and why, are in
//! `docs/trust-model.md`. Start reading at `step`, then `decide`, `judge_version` and `vote`.

mod admit;
mod barred;
mod compact;
mod conflict;
mod current;
mod decide;
mod decision_order;
mod elsewhere;
mod exclusion;
mod finish;
pub mod input;
mod judge_version;
mod land;
pub mod ledger;
mod left_baseline;
mod left_behind;
mod lowered_elsewhere;
mod observe;
mod observe_version;
mod other_line;
mod out_of_order;
mod people;
pub mod policy_authority;
mod policy_change;
mod policy_elsewhere;
mod policy_fork;
mod profile;
mod provenance;
mod requirement;
mod review;
mod revocation;
mod rollback;
mod state;
mod step;
mod stolen;
mod suspend;
mod took_together;
mod tracked_version;
mod uncounted;
mod vote;
mod weighing;

pub use decision_order::KnownPositions;
pub use input::{CommitFacts, CommitPeople, Landing, PackageAt, PolicyTree};
pub use ledger::Ledger;
pub use state::{Lifecycle, Subjects};
