//! Views of an audit's report, one format a file. Each is a pure function: the same report, the same bytes.

pub mod html;
pub mod human;
pub mod json;
pub mod markdown;
mod words;
