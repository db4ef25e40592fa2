//! Events as the Open Cybersecurity Schema Framework 1.8 has them: class Entity Management (3004),
//! one object a line.
//!
//! The subject is the managed entity, the principal the actor. Words that the class has no place
//! for stand in `unmapped`.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use countersign_core::Context;
use countersign_core::lifecycle::ledger::{Action, Event};
use countersign_model::escape::json_line;
use countersign_model::{DecisionKind, Kind};

/// The edition of the schema.
const VERSION: &str = "1.8.0";
/// Identity & Access Management.
const CATEGORY: u32 = 3;
/// Entity Management.
const CLASS: u32 = 3004;
/// An activity that the class has no number for.
const OTHER: u32 = 99;

/// One event on one line. `sequence` is its place in the complete log.
pub fn line(context: &Context, sequence: u64, event: &Event) -> String {
    json_line(&object(context, sequence, event))
}

fn object(context: &Context, sequence: u64, event: &Event) -> Value {
    let (activity, activity_name) = activity(event.action);
    let (severity, severity_name) = severity(event);
    let action = event.action.as_str();
    let version = event
        .version
        .as_ref()
        .map(ToString::to_string)
        .or_else(|| event.serial.map(|serial| serial.to_string()));
    let about = version.as_ref().map_or_else(
        || event.subject.to_string(),
        |version| format!("{}@{version}", event.subject),
    );
    let mut object = json!({
        "activity_id": activity,
        "activity_name": activity_name,
        "category_uid": CATEGORY,
        "category_name": "Identity & Access Management",
        "class_uid": CLASS,
        "class_name": "Entity Management",
        "type_uid": CLASS * 100 + activity,
        "type_name": format!("Entity Management: {}", if activity == OTHER { "Other" } else { activity_name }),
        // A candidate without a commit has no date of its own.
        "time": event.landing.time.unwrap_or(context.now).unix() * 1000,
        "severity_id": severity,
        "severity": severity_name,
        "status_id": if event.accepted { 1 } else { 2 },
        "status": if event.accepted { "Success" } else { "Failure" },
        "message": format!("{action} {about}"),
        "metadata": metadata(context, sequence, event),
        "entity": entity(event, version.as_deref()),
        "unmapped": unmapped(event),
    });
    let fields = object.as_object_mut().expect("it was made as an object");
    let mut add = |name: &str, value: Option<Value>| {
        fields.extend(value.map(|value| (name.to_owned(), value)));
    };
    add(
        "status_detail",
        event.refused_because.map(|rule| json!(rule.as_str())),
    );
    add("comment", event.reason.as_ref().map(|reason| json!(reason)));
    add(
        "actor",
        event.principal.as_ref().map(|principal| json!({"user": {"name": principal.to_string(), "type_id": 0, "type": "Unknown"}})),
    );
    object
}

/// The class's own word where it has one; `Other` takes the name that the source gives.
const fn activity(action: Action) -> (u32, &'static str) {
    match action {
        Action::Landed | Action::PolicyProposed => (3, "Update"),
        Action::Removed => (4, "Delete"),
        Action::Granted | Action::PolicyInForce => (10, "Activate"),
        Action::Decision(DecisionKind::Block) => (12, "Suspend"),
        Action::Decision(DecisionKind::Unblock) => (13, "Resume"),
        Action::Decision(DecisionKind::Revoke) => (9, "Disable"),
        Action::Decision(DecisionKind::Archive | DecisionKind::Rollback) => (11, "Deactivate"),
        Action::Decision(
            DecisionKind::Approve | DecisionKind::Reject | DecisionKind::Deprecate,
        )
        | Action::Voided => (OTHER, action.as_str()),
    }
}

const fn severity(event: &Event) -> (u32, &'static str) {
    match event.action {
        Action::Voided => (4, "High"),
        Action::Decision(DecisionKind::Block | DecisionKind::Revoke) if event.accepted => {
            (4, "High")
        }
        _ if !event.accepted => (3, "Medium"),
        _ => (1, "Informational"),
    }
}

fn metadata(context: &Context, sequence: u64, event: &Event) -> Value {
    let repository = context.repository.as_deref().unwrap_or_default();
    let anchor = context
        .anchor
        .map(|anchor| anchor.to_string())
        .unwrap_or_default();
    let commit = event
        .landing
        .commit
        .map(|commit| commit.to_string())
        .unwrap_or_default();
    let name = format!("countersign event {repository} {anchor} {sequence} {commit}");
    json!({
        "version": VERSION,
        "profiles": ["host"],
        "product": {"name": "countersign", "vendor_name": "countersign", "version": env!("CARGO_PKG_VERSION")},
        "log_name": repository,
        "sequence": sequence,
        "uid": Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).to_string(),
    })
}

fn entity(event: &Event, version: Option<&str>) -> Value {
    let subject = &event.subject;
    let (type_id, kind, own) = match subject.kind {
        Kind::Policy => (
            5,
            "Policy".to_owned(),
            Some((
                "policy",
                json!({"name": subject.to_string(), "uid": subject.to_string()}),
            )),
        ),
        Kind::Principal => (
            2,
            "User".to_owned(),
            Some((
                "user",
                json!({"name": subject.name.to_string(), "uid": subject.to_string()}),
            )),
        ),
        other => (99, other.to_string(), None),
    };
    let mut entity = Map::new();
    entity.insert("name".to_owned(), json!(subject.name.to_string()));
    entity.insert("uid".to_owned(), json!(subject.to_string()));
    entity.insert("type_id".to_owned(), json!(type_id));
    entity.insert("type".to_owned(), json!(kind));
    entity.extend(version.map(|version| ("version".to_owned(), json!(version))));
    entity.extend(own.map(|(name, object)| (name.to_owned(), object)));
    Value::Object(entity)
}

fn unmapped(event: &Event) -> Value {
    let text = |value: Option<String>| value.map_or(Value::Null, Value::String);
    let fields = [
        ("action", json!(event.action.as_str())),
        ("position", json!(event.landing.position.0)),
        (
            "commit",
            text(event.landing.commit.map(|commit| commit.to_string())),
        ),
        (
            "digest",
            text(event.digest.map(|digest| digest.to_string())),
        ),
        (
            "evidence",
            text(event.evidence.map(|evidence| evidence.as_str().to_owned())),
        ),
        (
            "record",
            text(event.record.map(|record| record.to_string())),
        ),
        ("path", text(event.path.as_deref().map(str::to_owned))),
    ];
    Value::Object(
        fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}
