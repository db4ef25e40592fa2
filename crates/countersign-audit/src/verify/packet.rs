//! Whether a packet says what its leaves say. Leaves are committed to by the checkpoint; the words around them are not.

use serde_json::{Value, json};

use crate::leaf::LEAF_SCHEMA;

/// What a packet says otherwise than its leaves do, or without one: name, landing, bytes, decisions, approval.
///
/// Printed names, reasons, files, capabilities and contributors are in no leaf: for those it takes the repository.
pub fn contradictions(packet: &Value) -> Vec<String> {
    let texts = packet["proofs"].as_array().into_iter().flatten().filter_map(|proof| proof["leaf"].as_str());
    let leaves: Vec<Value> = texts.filter_map(|text| crate::strict_json::read(text).ok()).collect();
    let told = |wanted: &[(&str, Value)]| leaves.iter().any(|leaf| wanted.iter().all(|(name, value)| leaf[*name] == *value));
    let mut found = Vec::new();
    if leaves.iter().any(|leaf| leaf["schema"] != LEAF_SCHEMA || leaf["subject"] != packet["subject"]) {
        found.push("a leaf is about something else".to_owned());
    }
    let removed = packet["change"] == "removed";
    let action = match packet["change"].as_str() {
        Some("removed") => "removed",
        Some("policy-proposed") => "policy-proposed",
        _ => "landed",
    };
    let mut landing = at(&packet["landed"], action);
    if !removed {
        landing.extend([("version", packet["version"].clone()), ("digest", packet["digest"].clone())]);
    }
    if !told(&landing) || removed != packet["version"].is_null() {
        found.push("no leaf tells of this landing".to_owned());
    }
    let subject = packet["subject"].as_str().unwrap_or_default().replace('/', "-");
    let id = format!("{}-{subject}-{}", packet["landed"]["position"], packet["version"].as_str().unwrap_or("removed"));
    if packet["id"] != id {
        found.push("its name is not made of what it is about".to_owned());
    }
    for made in packet["decisions"].as_array().into_iter().flatten() {
        let mut decision = at(&made["landed"], made["decision"].as_str().unwrap_or_default());
        decision.extend([
            ("version", made["version"].clone()),
            ("digest", made["digest"].clone()),
            ("principal", made["by"]["principal"].clone()),
            ("evidence", made["evidence"].clone()),
            ("record", made["record"].clone()),
            ("effect", made["effect"].clone()),
        ]);
        if !told(&decision) || made["subject"] != packet["subject"] {
            found.push(format!("no leaf tells of the {} by {}", made["decision"], made["by"]["principal"]));
        }
    }
    let is_grant = |leaf: &Value| leaf["action"] == "granted" || leaf["action"] == "policy-in-force";
    let granted = &packet["granted"];
    let kept = if granted.is_null() {
        !leaves.iter().any(is_grant)
    } else {
        let about = |action: &str| {
            [at(granted, action), vec![("version", packet["version"].clone()), ("digest", packet["digest"].clone())]].concat()
        };
        told(&about("granted")) || told(&about("policy-in-force"))
    };
    if !kept {
        found.push("its leaves tell otherwise whether it was approved, and when".to_owned());
    }
    if granted.is_null() && packet["state"] == "approved" {
        found.push("it is called approved, and no leaf tells of an approval".to_owned());
    }
    if packet["baseline"] == true && packet["landed"]["position"] != 0 {
        found.push("it came after the anchor, and is said to have been there".to_owned());
    }
    found
}

/// What a leaf says of an event with this action at a landing.
fn at(moment: &Value, action: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("action", json!(action)),
        ("position", moment["position"].clone()),
        ("commit", moment["commit"].clone()),
        ("time", moment["time"].clone()),
    ]
}
