//! The section "Keys" of the attacks: whose key it was, at which position, and whether the signature counts at all.

mod collision;
mod compromised;
mod dates;
mod minisign;
mod openpgp;
mod platform;
mod private;
mod removed;
mod ssh;
mod taken_away;
