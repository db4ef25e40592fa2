//! What GitHub shows: the job summary, annotations on the lines of a change, and a comment. All
//! text from the change is escaped.

mod annotations;
mod audit;
mod findings;
mod links;
mod summary;

#[cfg(test)]
mod surfaces;
#[cfg(test)]
mod tests;

pub use annotations::annotations;
pub use audit::{audit_summary, audit_title};
pub use links::Links;
pub use summary::{Summary, short_summary, summary, title};
