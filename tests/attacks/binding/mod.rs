//! Attacks on what an approval is bound to: bytes, subject, version, repository, and one person's
//! own decision.
//!
//! Each test builds a repository for real, runs the binary, and asserts verdict, state, finding and
//! exit code. Beside the attack stands, where it is cheap, its honest twin, so that no test can
//! pass for another reason than the attack.

mod append_only;
mod batches;
mod cached;
mod changed_work;
mod commit_evidence;
mod conflicting;
mod content;
mod context;
mod counting;
mod early;
mod edited;
mod expired;
mod impersonated;
mod misplaced;
mod moved_goalposts;
mod moved_work;
mod never_approved;
mod other_subjects;
mod replayed;
mod revoked;
mod self_approval;
mod squashed;
mod weaker_paths;
