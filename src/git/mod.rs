//! The only user of gix: objects, trees, landings, commit bytes, and writes for the demo.

pub mod write;
