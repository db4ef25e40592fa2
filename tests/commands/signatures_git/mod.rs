//! Our verdict on signatures against the stock tools': the same, or a named row of
//! `docs/signatures.md`.

mod commits;
mod detached;
mod keyring;
mod matrix;
mod minisign;
mod table;

/// What a test returns: the builder's errors end it.
pub type TestResult = Result<(), Box<dyn std::error::Error>>;
