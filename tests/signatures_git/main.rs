//! Our verdict on signatures against the stock tools': the same, or a named row of `docs/signatures.md`.

mod commits;
mod detached;
#[path = "../attacks_keys/gpg.rs"]
mod gpg;
mod keyring;
mod matrix;
mod minisign;
#[path = "../attacks_keys/ssh_keys.rs"]
mod ssh_keys;
mod table;

/// What a test returns: the builder's errors end it.
pub type TestResult = Result<(), Box<dyn std::error::Error>>;
