//! What a report proves by itself, without its repository: that its packets are in the log that its
//! checkpoint commits to.

mod packet;

use serde_json::Value;

use super::checkpoint::{LogPublicKey, Note};
use super::merkle::{self, Hash};
use super::report::SCHEMA;
use super::strict_json;
use countersign_model::digest::{from_hex, to_hex};

/// What was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportChecks {
    /// Valid inclusion proofs.
    pub proofs: usize,
    /// Whether there is a consistency proof, and it is valid.
    pub extends: bool,
    /// Whether the checkpoint was verified with a key.
    pub signed: bool,
    /// What is wrong, one sentence each; empty when everything is valid.
    pub faults: Vec<String>,
}

/// The text is not a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not JSON, or other JSON.
    #[error("not a report of `countersign audit --format json`")]
    NotAReport,
    /// A later schema.
    #[error("its schema {0} is unknown to this version")]
    Unknown(String),
    /// It has no such packet.
    #[error("no packet {0} in it")]
    NoPacket(String),
}

/// Reads a report.
pub fn parse(text: &str) -> Result<Value, VerifyError> {
    let report = strict_json::read(text).map_err(|_| VerifyError::NotAReport)?;
    match report["schema"].as_str() {
        Some(SCHEMA) => Ok(report),
        Some(other) if other.starts_with("countersign.audit/") => {
            Err(VerifyError::Unknown(other.to_owned()))
        }
        _ => Err(VerifyError::NotAReport),
    }
}

/// Checks the proofs of every packet, or of one.
pub fn offline(
    report: &Value,
    packet: Option<&str>,
    key: Option<&LogPublicKey>,
) -> Result<ReportChecks, VerifyError> {
    let log = &report["log"];
    let note = log["checkpoint"]
        .as_str()
        .and_then(|text| Note::parse(text).ok())
        .ok_or(VerifyError::NotAReport)?;
    let mut checked = ReportChecks::default();
    let checkpoint = &note.checkpoint;
    if log["size"].as_u64() != Some(checkpoint.size)
        || log["root"].as_str() != Some(&to_hex(&checkpoint.root))
    {
        checked
            .faults
            .push("the log's size or root differs from the checkpoint".to_owned());
    }
    if log["signed"] != Value::Bool(!note.signatures.is_empty()) {
        checked
            .faults
            .push("the report is wrong about whether the checkpoint is signed".to_owned());
    }
    // The only field that a recomputation does not compare.
    let version = report["tool"]["version"].as_str().unwrap_or_default();
    if version.is_empty()
        || version.len() > 64
        || !version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".+-".contains(&b))
    {
        checked
            .faults
            .push("the tool's version is not a version".to_owned());
    }
    if let Some(key) = key {
        checked.signed = note.verify(key);
        if !checked.signed {
            checked.faults.push(format!(
                "the checkpoint has no valid signature by {}",
                key.name
            ));
        }
    }
    let changes = report["changes"]
        .as_array()
        .ok_or(VerifyError::NotAReport)?;
    if report["summary"]["changes"].as_u64() != Some(changes.len() as u64) {
        checked
            .faults
            .push("the summary's count of changes differs from the packets".to_owned());
    }
    let wanted: Vec<&Value> = changes
        .iter()
        .filter(|change| packet.is_none_or(|id| change["id"].as_str() == Some(id)))
        .collect();
    if let Some(id) = packet.filter(|_| wanted.is_empty()) {
        return Err(VerifyError::NoPacket(id.to_owned()));
    }
    for change in wanted {
        let proofs = change["proofs"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if proofs.is_empty() {
            checked
                .faults
                .push(format!("packet {} has no proof", change["id"]));
        }
        for proof in proofs {
            if included(proof, checkpoint.size, &checkpoint.root) {
                checked.proofs += 1;
            } else {
                checked.faults.push(format!(
                    "packet {}: the leaf {} is not in the log",
                    change["id"], proof["index"]
                ));
            }
        }
        checked.faults.extend(
            packet::contradictions(change)
                .into_iter()
                .map(|what| format!("packet {}: {what}", change["id"])),
        );
    }
    if !log["extends"].is_null() {
        checked.extends = extends(&log["extends"], checkpoint.size, &checkpoint.root);
        if !checked.extends {
            checked
                .faults
                .push("the log does not continue the earlier log that it names".to_owned());
        }
    }
    Ok(checked)
}

fn hash(value: &Value) -> Option<Hash> {
    from_hex(value.as_str()?)?.try_into().ok()
}

fn hashes(value: &Value) -> Option<Vec<Hash>> {
    value.as_array()?.iter().map(hash).collect()
}

fn included(proof: &Value, size: u64, root: &Hash) -> bool {
    let read = || {
        Some((
            proof["index"].as_u64()?,
            proof["leaf"].as_str()?,
            hashes(&proof["proof"])?,
        ))
    };
    read().is_some_and(|(index, leaf, path)| {
        merkle::verify_inclusion(
            &merkle::leaf_hash(leaf.as_bytes()),
            index,
            size,
            &path,
            root,
        )
    })
}

fn extends(extension: &Value, size: u64, root: &Hash) -> bool {
    // No recomputation compares it, so it may hold nothing else.
    if extension.as_object().is_none_or(|fields| fields.len() != 3) {
        return false;
    }
    let read = || {
        Some((
            extension["size"].as_u64()?,
            hash(&extension["root"])?,
            hashes(&extension["proof"])?,
        ))
    };
    read().is_some_and(|(old, old_root, proof)| {
        merkle::verify_consistency(old, &old_root, size, root, &proof)
    })
}

/// Where two reports differ first, as a JSON pointer; `None` when they are the same.
///
/// What a signature or an earlier report adds to the log is not compared, nor the version of the
/// program that wrote it.
pub fn difference(report: &Value, again: &Value) -> Option<String> {
    let mut sides = [report.clone(), again.clone()];
    for side in &mut sides {
        let text = side["log"]["checkpoint"]
            .as_str()
            .and_then(|text| Note::parse(text).ok())
            .map(|note| note.text);
        side["log"]["checkpoint"] = text.into();
        side["log"]["signed"] = Value::Null;
        side["log"]["extends"] = Value::Null;
        side["tool"]["version"] = Value::Null;
    }
    let [one, other] = &sides;
    first(one, other, "")
}

fn first(one: &Value, other: &Value, at: &str) -> Option<String> {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            names
                .into_iter()
                .find_map(|name| match (a.get(name), b.get(name)) {
                    (Some(a), Some(b)) => first(a, b, &format!("{at}/{name}")),
                    _ => Some(format!("{at}/{name}")),
                })
        }
        (Value::Array(a), Value::Array(b)) => {
            let differs = a
                .iter()
                .zip(b)
                .enumerate()
                .find_map(|(index, (a, b))| first(a, b, &format!("{at}/{index}")));
            differs
                .or_else(|| (a.len() != b.len()).then(|| format!("{at}/{}", a.len().min(b.len()))))
        }
        _ => (one != other).then(|| at.to_owned()),
    }
}
