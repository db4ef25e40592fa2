//! Views of an audit's report, one format a file. Each is a pure function: the same report, the
//! same bytes.

pub mod csv;
pub mod html;
pub mod human;
pub mod intoto;
pub mod json;
pub mod markdown;
pub mod oscal;
#[cfg(any(test, feature = "samples"))]
pub mod sample;
mod scope;
mod words;
