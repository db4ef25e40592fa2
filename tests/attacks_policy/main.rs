//! The section "Policy" of the attacks: the policy before the change judges the change, and authority only grows by its full requirement.

mod aimed;
mod authors;
mod change;
mod evidence;
mod file;
mod fork;
mod fork_merges;
#[path = "../attacks_keys/gpg.rs"]
mod gpg;
mod lint;
mod malformed;
mod narrowed;
mod restart;
mod roles;
#[path = "../attacks_keys/scene.rs"]
mod scene;
#[path = "../support/mod.rs"]
mod support;
mod suspended;
mod suspended_back;
mod takes_over;
mod threshold;
mod two_readings;
#[path = "../attacks_keys/views.rs"]
mod views;
