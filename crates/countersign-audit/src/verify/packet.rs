//! Whether a packet agrees with its leaves. The checkpoint commits to the leaves, not to the words
//! around them.

use serde_json::{Value, json};

use crate::leaf::LEAF_SCHEMA;

/// Where a packet disagrees with its leaves or has none: id, landing, bytes, decisions, approval.
///
/// Printed names, reasons, files, capabilities and contributors are in no leaf: to check those
/// needs the repository.
pub fn contradictions(packet: &Value) -> Vec<String> {
    let texts = packet["proofs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|proof| proof["leaf"].as_str());
    let leaves: Vec<Value> = texts
        .filter_map(|text| crate::strict_json::read(text).ok())
        .collect();
    let has_leaf = |fields: &[(&str, Value)]| {
        leaves
            .iter()
            .any(|leaf| fields.iter().all(|(name, value)| leaf[*name] == *value))
    };
    let mut contradictions = Vec::new();
    if leaves
        .iter()
        .any(|leaf| leaf["schema"] != LEAF_SCHEMA || leaf["subject"] != packet["subject"])
    {
        contradictions.push("a leaf is about another subject".to_owned());
    }
    let removed = packet["change"] == "removed";
    let action = match packet["change"].as_str() {
        Some("removed") => "removed",
        Some("policy-proposed") => "policy-proposed",
        _ => "landed",
    };
    let mut landing = at(&packet["landed"], action);
    if !removed {
        landing.extend([
            ("version", packet["version"].clone()),
            ("digest", packet["digest"].clone()),
        ]);
    }
    if !has_leaf(&landing) || removed != packet["version"].is_null() {
        contradictions.push("no leaf records this landing".to_owned());
    }
    let subject = packet["subject"]
        .as_str()
        .unwrap_or_default()
        .replace('/', "-");
    let id = format!(
        "{}-{subject}-{}",
        packet["landed"]["position"],
        packet["version"].as_str().unwrap_or("removed")
    );
    if packet["id"] != id {
        contradictions.push("its id does not match its contents".to_owned());
    }
    for made in packet["decisions"].as_array().into_iter().flatten() {
        let mut decision = at(
            &made["landed"],
            made["decision"].as_str().unwrap_or_default(),
        );
        decision.extend([
            ("version", made["version"].clone()),
            ("digest", made["digest"].clone()),
            ("principal", made["by"]["principal"].clone()),
            ("evidence", made["evidence"].clone()),
            ("record", made["record"].clone()),
            ("effect", made["effect"].clone()),
        ]);
        if !has_leaf(&decision) || made["subject"] != packet["subject"] {
            contradictions.push(format!(
                "no leaf records the {} by {}",
                made["decision"], made["by"]["principal"]
            ));
        }
    }
    let is_grant =
        |leaf: &Value| leaf["action"] == "granted" || leaf["action"] == "policy-in-force";
    let granted = &packet["granted"];
    let agrees = if granted.is_null() {
        !leaves.iter().any(is_grant)
    } else {
        let about = |action: &str| {
            [
                at(granted, action),
                vec![
                    ("version", packet["version"].clone()),
                    ("digest", packet["digest"].clone()),
                ],
            ]
            .concat()
        };
        has_leaf(&about("granted")) || has_leaf(&about("policy-in-force"))
    };
    if !agrees {
        contradictions
            .push("its leaves disagree about whether and when it was approved".to_owned());
    }
    if granted.is_null() && packet["state"] == "approved" {
        contradictions.push("its state is approved, but no leaf records an approval".to_owned());
    }
    if packet["baseline"] == true && packet["landed"]["position"] != 0 {
        contradictions
            .push("it is marked as baseline content, but landed after the anchor".to_owned());
    }
    contradictions
}

/// The fields of a leaf for an event with this action at a landing.
fn at(moment: &Value, action: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("action", json!(action)),
        ("position", moment["position"].clone()),
        ("commit", moment["commit"].clone()),
        ("time", moment["time"].clone()),
    ]
}
