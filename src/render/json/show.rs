//! `countersign.show/v1`.

use schemars::JsonSchema;
use serde::Serialize;

use super::checksum::FileOut;
use super::subject::Landed;
use crate::render::show::ShownVersion;

/// The output of `show`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Show {
    /// `countersign.show/v1`.
    pub schema: &'static str,
    /// `kind/name`.
    pub subject: String,
    /// The version.
    pub version: String,
    /// Its package checksum.
    pub digest: String,
    /// Its state.
    pub state: &'static str,
    /// Path of its files at that landing.
    pub path: String,
    /// The landing that brought it to that path.
    pub landed: Option<Landed>,
    /// Sorted by path bytes.
    pub files: Vec<FileOut>,
}

/// The view of one version's files.
pub fn show(of: &ShownVersion<'_>) -> Show {
    Show {
        schema: "countersign.show/v1",
        subject: of.subject.id.to_string(),
        version: of.version.key.version.to_string(),
        digest: of.version.key.digest.to_string(),
        state: of.version.state.as_str(),
        path: of.path.to_owned(),
        landed: of.version.landed.as_ref().map(Landed::new),
        files: of.manifest.entries().iter().map(FileOut::new).collect(),
    }
}
