//! Pull-request reviews as evidence: which count, on real repositories and the real binary, with a forge's answers from a file.

#[path = "../support/mod.rs"]
mod support;

mod candidate;
mod landed;
mod recorded;
mod scene;
