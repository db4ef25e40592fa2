//! Attacks on history: how a change lands, what is missing or forged, and what merges drop or bring
//! back.
//!
//! Each test builds a repository for real, runs the binary, and asserts verdict, state, finding and
//! exit code. Beside the attack stands, where it is cheap, its honest twin, so that no test can
//! pass for another reason than the attack.

mod added;
mod anchors;
mod baseline;
mod baseline_left;
mod brought_back;
mod candidates;
mod counted_there;
mod crafted;
mod crafted_lines;
mod crafted_pull_requests;
mod dates;
mod dropped;
mod dropped_proofs;
mod execution;
mod forged_graph;
mod formats;
mod incomplete;
mod left_behind;
mod malformed;
mod merge_order;
mod merged_branches;
mod merged_lockouts;
mod methods;
mod out_of_order;
mod pinned_ids;
mod refused;
mod regressed;
mod replaced;
mod silenced_lines;
mod swapped;
mod undecided;
mod updated_branches;
mod warm;
mod withdrawn;
mod writing;
