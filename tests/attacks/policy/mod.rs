//! The section "Policy" of the attacks: the policy before the change judges the change, and
//! authority only grows by its full requirement.

mod aimed;
mod authors;
mod change;
mod evidence;
mod file;
mod fork;
mod fork_merges;
mod lint;
mod malformed;
mod narrowed;
mod restart;
mod roles;
mod suspended;
mod suspended_back;
mod takes_over;
mod threshold;
mod two_readings;
