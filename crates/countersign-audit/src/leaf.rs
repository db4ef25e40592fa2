//! Leaves of the log, `countersign.audit-leaf/v1`: one canonical JSON text for each event.
//!
//! The shape is frozen. A leaf contains what was a fact at its position and stays one: it depends
//! neither on the time of the audit nor on what lands later nor on this program's version. It names
//! no rule, because words for refusals may grow; it says only whether there was an effect. When an
//! effect ends later, that is another event with a leaf of its own.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use serde_json::{Value, json};

use super::canonical;
use super::checkpoint::{self, Checkpoint};
use super::merkle::{self, MerkleTree};
use super::version_label::VersionLabel;
use countersign_core::lifecycle::ledger::{Action, Event};
use countersign_core::replay::Replay;
use countersign_model::digest::to_hex;
use countersign_model::{Digest, EvidenceKind, PrincipalName, SubjectId, Timestamp};

/// Schema of a leaf.
pub const LEAF_SCHEMA: &str = "countersign.audit-leaf/v1";

/// The log of one replay.
#[derive(Clone, Debug)]
pub struct Log {
    /// Its name.
    pub origin: String,
    leaves: Leaves,
    places: BTreeMap<Digest, u64>,
}

/// Leaves and the tree over them, from which proofs are made where they are written: a year's
/// proofs are large.
#[derive(Clone, Debug)]
pub struct Leaves(Arc<(Vec<Box<str>>, MerkleTree)>);

impl Leaves {
    /// The leaves with these canonical texts, in order.
    pub fn new(texts: Vec<Box<str>>) -> Self {
        let tree = MerkleTree::new(
            texts
                .iter()
                .map(|leaf| merkle::leaf_hash(leaf.as_bytes()))
                .collect(),
        );
        Self(Arc::new((texts, tree)))
    }

    /// The text of a leaf.
    pub fn text(&self, index: u64) -> Option<&str> {
        self.0
            .0
            .get(usize::try_from(index).ok()?)
            .map(AsRef::as_ref)
    }

    /// The tree over them.
    pub fn tree(&self) -> &MerkleTree {
        &self.0.1
    }
}

/// An inclusion proof (RFC 9162, section 2.1.3), made when it is written: `index`, `leaf`
/// (canonical JSON, RFC 8785, exactly the bytes that are hashed after a zero byte) and `proof`
/// (hex, from the leaf to the root).
#[derive(Clone, Debug)]
pub struct LeafProof {
    /// Index of the leaf.
    pub index: u64,
    /// The log's leaves, of which it is one.
    pub leaves: Leaves,
}

/// What a [`LeafProof`] is in JSON.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct WrittenProof {
    /// Index of the leaf.
    index: u64,
    /// Its canonical JSON (RFC 8785): exactly the bytes that are hashed after a zero byte.
    leaf: String,
    /// Hashes in hex, from the leaf to the root.
    proof: Vec<String>,
}

impl JsonSchema for LeafProof {
    fn schema_name() -> Cow<'static, str> {
        "LeafProof".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        WrittenProof::json_schema(generator)
    }
}

impl Serialize for LeafProof {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hashes = self.leaves.tree().inclusion(self.index).unwrap_or_default();
        let mut fields = serializer.serialize_struct("LeafProof", 3)?;
        fields.serialize_field("index", &self.index)?;
        fields.serialize_field("leaf", self.leaves.text(self.index).unwrap_or_default())?;
        fields.serialize_field(
            "proof",
            &hashes.iter().map(|hash| to_hex(hash)).collect::<Vec<_>>(),
        )?;
        fields.end()
    }
}

/// The hash of what distinguishes an event from every other within a history.
fn key(event: &Event) -> Digest {
    let identity = (
        event.landing,
        event.action,
        &event.subject,
        VersionLabel::of(event),
        event.digest,
        event.record,
        &event.path,
    );
    Digest::of(&postcard::to_stdvec(&identity).expect("it is plain data"))
}

impl Log {
    /// The log of `replay`, whose anchor landed at `time`, and in which every committer date
    /// counts: see [`Replay::saw_future`].
    pub fn of(replay: &Replay, time: Timestamp) -> Self {
        let mut policies = replay.policy_line();
        let anchor = policies
            .next()
            .map_or_else(|| Arc::clone(&replay.policy), Arc::clone);
        let repository = anchor.policy.repository.clone();
        let mut policy = anchor.digest;
        let mut leaves = vec![text(&json!({
            "schema": LEAF_SCHEMA,
            "source": "git",
            "repository": repository,
            "position": 0,
            "commit": replay.anchor.to_string(),
            "time": time.to_string(),
            "action": "anchor",
            "subject": SubjectId::policy().to_string(),
            "version": anchor.policy.serial.to_string(),
            "digest": policy.to_string(),
            "path": Value::Null,
            "principal": Value::Null,
            "evidence": Value::Null,
            "record": Value::Null,
            "effect": true,
            "policy": policy.to_string(),
        }))];
        leaves.reserve_exact(replay.ledger.events.len());
        let mut places = BTreeMap::new();
        for event in &replay.ledger.events {
            places.entry(key(event)).or_insert(leaves.len() as u64);
            leaves.push(text(&json!({
                "schema": LEAF_SCHEMA,
                "source": "git",
                "repository": repository,
                "position": event.landing.position.0,
                "commit": event.landing.commit.map(|commit| commit.to_string()),
                "time": event.landing.time.map(|time| time.to_string()),
                "action": event.action.as_str(),
                "subject": event.subject.to_string(),
                "version": VersionLabel::of(event),
                "digest": event.digest.map(|digest| digest.to_string()),
                "path": event.path,
                "principal": event.principal.as_ref().map(PrincipalName::as_str),
                "evidence": event.evidence.map(EvidenceKind::as_str),
                "record": event.record.map(|record| record.to_string()),
                "effect": event.accepted,
                "policy": policy.to_string(),
            })));
            if let (Action::PolicyInForce, Some(digest)) = (event.action, event.digest) {
                policy = digest;
            }
        }
        Self {
            origin: checkpoint::origin(&repository),
            leaves: Leaves::new(leaves),
            places,
        }
    }

    /// What it commits to.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            origin: self.origin.clone(),
            size: self.tree().size(),
            root: self.tree().root(),
        }
    }

    /// The tree over its leaves.
    pub fn tree(&self) -> &MerkleTree {
        self.leaves.tree()
    }

    /// Index of an event's leaf.
    pub fn index(&self, event: &Event) -> Option<u64> {
        self.places.get(&key(event)).copied()
    }

    /// A leaf and the proof that it is in the log.
    pub fn proof(&self, index: u64) -> Option<LeafProof> {
        self.leaves.text(index)?;
        Some(LeafProof {
            index,
            leaves: self.leaves.clone(),
        })
    }
}

fn text(leaf: &Value) -> Box<str> {
    canonical::text(leaf)
        .expect("a leaf has no number but its position")
        .into()
}
