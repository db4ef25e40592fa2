//! Files of fields, whatever they are written in: JSON, also with comments, YAML and TOML.

use super::yaml::{self, Tree};
use super::{json, toml};

/// The fields of a file, read as its ending says. `None` when it has another ending; an error when
/// it cannot be read.
pub fn read(path: &str, bytes: &[u8]) -> Option<Result<Tree, ()>> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, extension) = name.rsplit_once('.')?;
    let read = match extension.to_ascii_lowercase().as_str() {
        "json" | "jsonc" | "json5" => json::read_commented(path, bytes),
        "yaml" | "yml" => yaml::read(path, bytes),
        "toml" => toml::read(path, bytes),
        _ => return None,
    };
    Some(read.map_err(drop))
}
