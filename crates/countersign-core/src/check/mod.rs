//! Observations become findings, and findings a verdict.
//!
//! `rules` says what each rule means and weighs, `landing` what the state of a version means for
//! the tree that has it, `findings` puts both together, and `gate` decides what counts. Nothing
//! here reads a repository, a clock or a file.

pub mod added;
mod compare_link;
pub mod comparison;
mod consequence;
pub mod due;
pub mod findings;
pub mod gate;
pub mod governance;
pub mod landing;
pub mod levels;
pub mod logins;
pub mod moves;
mod obstacle;
pub mod policy_cautions;
pub mod policy_comparison;
pub mod remedy;
pub mod rules;
pub mod survey;
mod template;
pub mod tip;

#[cfg(any(test, feature = "samples"))]
pub mod sample;

pub use findings::Finding;
pub use gate::Report;
pub use survey::Survey;
