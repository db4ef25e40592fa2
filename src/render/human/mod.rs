//! Text for people: what is the matter first, then what to do.

mod check;
mod evidence;
mod explain;
mod findings;
mod log;
mod question;
mod remedy;
mod status;

#[cfg(test)]
mod tests;

pub use check::check;
pub use explain::{Explanation, explain};
pub use log::log;
pub use status::status;

use super::paint::Tone;
use crate::model::State;

const fn tone(state: State) -> Tone {
    match state {
        State::Approved => Tone::Good,
        State::Draft | State::Deprecated | State::Archived => Tone::Wait,
        State::RolledBack | State::Blocked | State::Revoked => Tone::Bad,
    }
}

/// `1 subject`, `2 subjects`.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
