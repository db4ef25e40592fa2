//! The section "Keys" of the attacks: whose key it was, at which position, and whether the signature counts at all.

mod compromised;
mod dates;
mod gpg;
mod minisign;
mod openpgp;
mod platform;
mod private;
mod removed;
mod scene;
mod ssh;
mod ssh_keys;
#[path = "../support/mod.rs"]
mod support;
mod taken_away;
mod views;
