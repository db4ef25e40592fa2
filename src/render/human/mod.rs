//! Text for people: what is wrong first, then what to do.

mod check;
mod checksum;
mod diff;
pub(in crate::render) mod evidence;
pub(in crate::render) mod explain;
mod findings;
mod fold;
pub(in crate::render) mod governance;
mod group;
mod inventory;
mod log;
mod policy;
mod question;
mod remedy;
mod reviews;
mod show;
mod status;
mod suggest;
mod worktree;

#[cfg(test)]
mod tests;

pub use check::check;
pub use checksum::checksum;
pub use diff::diff;
pub use explain::{Explanation, explain};
pub use governance::{explain_policy, explain_principal};
pub use inventory::inventory;
pub use log::log;
pub use policy::policy_diff;
pub use reviews::reviews_verified;
pub use show::show;
pub use status::status;
pub use suggest::suggest;
pub use worktree::{Worktree, worktree};

use super::paint::Tone;
use crate::model::State;

const fn tone(state: State) -> Tone {
    match state {
        State::Approved => Tone::Good,
        State::Draft | State::Deprecated | State::Archived => Tone::Wait,
        State::RolledBack | State::Blocked | State::Revoked => Tone::Bad,
    }
}
