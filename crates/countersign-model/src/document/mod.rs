//! Text with positions to the model. The only reader of user files: strict YAML, frontmatter,
//! schemas, names of paths.
//!
//! Every input is hostile: reading is bounded before anything is parsed, never panics, and reports
//! all faults with their line and column. This layer touches no file system and no Git: it is given
//! bytes.

pub mod attributes;
pub mod capability;
pub mod decision;
mod declaration;
pub mod emit;
pub mod frontmatter;
pub mod frontmatter_fields;
pub mod head;
pub mod hidden_text;
pub mod json;
pub mod lfs;
pub mod mentions;
pub mod paths;
pub mod policy;
pub mod private_key;
pub mod problem;
pub mod references;
pub mod schema;
pub mod spans;
pub mod structured;
pub mod toml;
mod unreadable;
pub mod validate;
pub mod yaml;

pub use problem::Problem;
