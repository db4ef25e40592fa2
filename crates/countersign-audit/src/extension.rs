//! Whether a log continues an earlier one.

use super::checkpoint::Note;
use super::leaf::Log;
use super::report::Extension;
use super::strict_json;
use countersign_model::ObjectId;
use countersign_model::digest::to_hex;
use countersign_model::quantity::counted;

/// What an earlier report or checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// What it commits to, with its signatures.
    pub note: Note,
    /// The last landing that it covered; a checkpoint alone does not name it.
    pub head: Option<ObjectId>,
}

/// The file is neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a report of `countersign audit --format json` nor a checkpoint")]
pub struct EarlierError;

impl Earlier {
    /// Reads a JSON report or a checkpoint.
    pub fn parse(text: &str) -> Result<Self, EarlierError> {
        if let Ok(note) = Note::parse(text) {
            return Ok(Self { note, head: None });
        }
        let report = strict_json::read(text).map_err(|_| EarlierError)?;
        let note = report["log"]["checkpoint"]
            .as_str()
            .and_then(|note| Note::parse(note).ok())
            .ok_or(EarlierError)?;
        let head = report["scope"]["head"]["commit"]
            .as_str()
            .and_then(|commit| commit.parse().ok())
            .ok_or(EarlierError)?;
        Ok(Self {
            note,
            head: Some(head),
        })
    }
}

/// The proof that `log`, over the landings of `line`, continues what was seen `earlier`; else what
/// was lost.
pub fn prove(log: &Log, line: &[ObjectId], earlier: &Earlier) -> Result<Extension, String> {
    let before = &earlier.note.checkpoint;
    if before.origin != log.origin {
        return Err(format!(
            "the earlier log is called {}, this one {}",
            before.origin, log.origin
        ));
    }
    if before.size == 0 {
        return Err("the earlier log is empty, so every log continues it; a real log has at least its anchor".to_owned());
    }
    let Some(root) = log.tree().root_at(before.size) else {
        return Err(format!(
            "the earlier log has {}, this one only {}",
            counted(before.size, "event"),
            log.tree().size()
        ));
    };
    if root != before.root {
        return Err(format!(
            "the log of the first {} differs from the earlier log",
            counted(before.size, "event")
        ));
    }
    if let Some(head) = earlier.head.filter(|head| !line.contains(head)) {
        return Err(format!(
            "the earlier report's head {} is no longer on the first-parent line",
            head.short()
        ));
    }
    let proof = log.tree().consistency(before.size).unwrap_or_default();
    Ok(Extension {
        size: before.size,
        root: to_hex(&root),
        proof: proof.iter().map(|hash| to_hex(hash)).collect(),
    })
}
