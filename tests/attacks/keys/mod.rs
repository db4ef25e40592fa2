//! The section "Keys" of the attacks: whose key it was, at which position, and whether the
//! signature counts at all.

mod collision;
mod compromised;
mod dates;
mod minisign;
#[cfg(feature = "openpgp")]
mod openpgp;
mod platform;
mod private;
mod removed;
mod ssh;
#[cfg(feature = "openpgp")]
mod taken_away;
#[cfg(not(feature = "openpgp"))]
mod without_openpgp;
