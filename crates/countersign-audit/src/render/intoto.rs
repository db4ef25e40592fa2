//! in-toto attestations about approved versions: JSON Lines of DSSE envelopes, two for each
//! version.
//!
//! One statement has the predicate `simple verification result` of in-toto, for tools that want a
//! yes from a verifier they know; one has our own predicate `approval`, with everyone who decided.
//! `docs/attestations.md` describes both. Signed with a raw Ed25519 key, or with an empty list of
//! signatures, which every verifier refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::identity::PackageIdentity;
use crate::report::{AuditReport, CountedApprover, DecisionMade, InventoryItem, Moment, Packet};
use crate::version_label::VersionLabel;
use countersign_model::{
    DecisionKind, Digest, EvidenceKind, PrincipalName, State, SubjectId, Version,
};
use countersign_signature::log_key::LogKey;

/// The payload type of in-toto statements.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Type of a statement.
const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// in-toto's predicate, edition 0.2.
pub const SVR: &str = "https://in-toto.io/attestation/svr/v0.2";
/// Our predicate.
pub const APPROVAL: &str =
    "https://github.com/countersign-dev/countersign/attestations/approval/v1";
/// Who verified. Changes when what is verified does.
const VERIFIER: &str = "https://github.com/countersign-dev/countersign/verifier/v1";

/// The name of the file: it says whether anyone signed.
pub const fn file_name(signed: bool) -> &'static str {
    if signed {
        "attestations.intoto.jsonl"
    } else {
        "attestations.unsigned.intoto.jsonl"
    }
}

/// Writes one envelope a line, by subject, version, digest and predicate. `identities` are by
/// digest, as `audit::identity` reads them.
pub fn write(
    report: &AuditReport,
    identities: &BTreeMap<Digest, PackageIdentity>,
    key: Option<&LogKey>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for approved in approved(report) {
        for statement in [
            approved.verification(report, identities),
            approved.approval(report, identities),
        ] {
            writeln!(out, "{}", envelope(&statement, key))?;
        }
    }
    Ok(())
}

/// The same as one text.
pub fn lines(
    report: &AuditReport,
    identities: &BTreeMap<Digest, PackageIdentity>,
    key: Option<&LogKey>,
) -> String {
    let mut bytes = Vec::new();
    write(report, identities, key, &mut bytes).expect("a Vec takes every write");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// The digests of the versions that [`write()`] speaks of.
pub fn digests(report: &AuditReport) -> BTreeSet<Digest> {
    approved(report)
        .iter()
        .map(|approved| approved.digest)
        .collect()
}

/// The name of a key in envelopes: SHA-256 over its 32 public bytes, hex.
pub fn key_id(key: &LogKey) -> String {
    Digest::of(&key.public()).hex()
}

/// A version that is approved at the period's end. Its packet is there where it landed in the
/// period.
struct Approved<'r> {
    subject: &'r SubjectId,
    version: &'r Version,
    digest: Digest,
    packet: Option<&'r Packet>,
    item: Option<&'r InventoryItem>,
}

/// In the order of the subject's, the version's and the digest's text.
fn approved(report: &AuditReport) -> Vec<Approved<'_>> {
    let mut approved: BTreeMap<(String, &str, Digest), Approved<'_>> = BTreeMap::new();
    for packet in report
        .changes
        .iter()
        .filter(|packet| packet.state == Some(State::Approved) && packet.granted.is_some())
    {
        // A policy is in force or not; it is not a package that anyone installs.
        let Some(version) = packet.version.as_ref().and_then(VersionLabel::version) else {
            continue;
        };
        let (Some(digest), subject) = (packet.digest, &packet.subject) else {
            continue;
        };
        let key = (subject.to_string(), version.as_str(), digest);
        approved.insert(
            key,
            Approved {
                subject,
                version,
                digest,
                packet: Some(packet),
                item: None,
            },
        );
    }
    for item in report
        .inventory
        .iter()
        .filter(|item| item.state == State::Approved)
    {
        let (Some(version), Some(digest), subject) = (&item.version, item.digest, &item.subject)
        else {
            continue;
        };
        let entry = approved.entry((subject.to_string(), version.as_str(), digest));
        entry
            .or_insert(Approved {
                subject,
                version,
                digest,
                packet: None,
                item: None,
            })
            .item = Some(item);
    }
    approved.into_values().collect()
}

impl Approved<'_> {
    fn statement(
        &self,
        identities: &BTreeMap<Digest, PackageIdentity>,
        predicate_type: &str,
        predicate: Value,
    ) -> Value {
        let mut digest = serde_json::Map::new();
        digest.insert("sha256".to_owned(), json!(self.digest.hex()));
        if let Some(identity) = identities.get(&self.digest) {
            let kind = if identity.is_folder {
                "gitTree"
            } else {
                "gitBlob"
            };
            digest.insert(kind.to_owned(), json!(identity.git));
            digest.insert("dirHash1".to_owned(), json!(identity.dir_hash));
        }
        json!({
            "_type": STATEMENT,
            "subject": [{"name": format!("{}@{}", self.subject, self.version), "digest": digest}],
            "predicateType": predicate_type,
            "predicate": predicate,
        })
    }

    fn verification(
        &self,
        report: &AuditReport,
        identities: &BTreeMap<Digest, PackageIdentity>,
    ) -> Value {
        let scope = &report.scope;
        let mut properties = vec!["COUNTERSIGN_APPROVED"];
        let evidence = self.evidence();
        if !evidence.is_empty() && evidence.iter().all(|kind| *kind == EvidenceKind::Signature) {
            properties.push("COUNTERSIGN_APPROVED_BY_SIGNATURE");
        }
        if scope.anchor_pinned {
            properties.push("COUNTERSIGN_ANCHOR_PINNED");
        }
        let policy = json!({
            "uri": format!("git+https://{}@{}#countersign.yaml", scope.repository, scope.policy.since.commit),
            "digest": {"sha256": scope.policy.digest.hex()},
        });
        let predicate = json!({
            "verifier": {"id": VERIFIER, "policies": [policy]},
            "timeCreated": scope.now,
            "properties": properties,
        });
        self.statement(identities, SVR, predicate)
    }

    fn approval(
        &self,
        report: &AuditReport,
        identities: &BTreeMap<Digest, PackageIdentity>,
    ) -> Value {
        let scope = &report.scope;
        let landed = self
            .packet
            .map(|packet| &packet.landed)
            .or(self.item.and_then(|item| item.landed.as_ref()));
        let granted = self
            .packet
            .and_then(|packet| packet.granted.as_ref())
            .or(self.item.and_then(|item| item.granted.as_ref()));
        let predicate = json!({
            "repository": scope.repository,
            "branch": scope.branch,
            "anchor": {"gitCommit": scope.anchor.commit, "pinned": scope.anchor_pinned},
            "head": {"gitCommit": scope.head.commit},
            "judgedAt": scope.now,
            "policy": {"serial": scope.policy.serial, "digest": {"sha256": scope.policy.digest.hex()}},
            "subject": self.subject,
            "version": self.version,
            "risk": self.packet.map(|packet| packet.risk).or(self.item.map(|item| item.risk)),
            "landed": landed.map(moment),
            "granted": granted.map(moment),
            "expires": self.item.and_then(|item| item.expires),
            "approvers": self.approvers(),
            "log": {"size": report.log.size, "root": {"sha256": report.log.root}},
        });
        self.statement(identities, APPROVAL, predicate)
    }

    // How each approval that counts is proved.
    fn evidence(&self) -> Vec<EvidenceKind> {
        match (self.packet, self.item) {
            (Some(packet), _) => packet
                .requirements
                .iter()
                .flat_map(|met| &met.approvals)
                .map(|who| who.evidence)
                .collect(),
            (None, Some(item)) => item.approvers.iter().map(|who| who.evidence).collect(),
            (None, None) => Vec::new(),
        }
    }

    // Everyone who counts, with the decision where its record is part of the report.
    fn approvers(&self) -> Vec<Value> {
        let approvers: Vec<&CountedApprover> = match (self.packet, self.item) {
            (Some(packet), _) => packet
                .requirements
                .iter()
                .flat_map(|met| &met.approvals)
                .collect(),
            (None, item) => item.into_iter().flat_map(|item| &item.approvers).collect(),
        };
        let counted: BTreeMap<(&PrincipalName, &str, &str), &CountedApprover> = approvers
            .into_iter()
            .map(|who| {
                (
                    (&who.principal, who.name.as_str(), who.evidence.as_str()),
                    who,
                )
            })
            .collect();
        counted
            .into_values()
            .map(|approver| self.approver(approver))
            .collect()
    }

    fn approver(&self, approver: &CountedApprover) -> Value {
        let own = |made: &&DecisionMade| {
            made.effect
                && made.decision == DecisionKind::Approve
                && made.by.principal == approver.principal
        };
        // The latest record of a person is the one that counts.
        let decision = self
            .packet
            .and_then(|packet| packet.decisions.iter().rev().find(own));
        json!({
            "principal": approver.principal,
            "name": approver.name,
            "evidence": approver.evidence,
            "meaning": decision.and_then(|made| made.meaning),
            "reason": decision.and_then(|made| made.reason.as_deref()),
            "signed": decision.and_then(|made| made.signed),
            "landed": decision.map(|made| moment(&made.landed)),
            "key": decision.and_then(|made| made.key.as_deref()),
            "record": decision.map(|made| json!({"path": made.path, "digest": {"sha256": made.record.hex()}})),
        })
    }
}

fn moment(moment: &Moment) -> Value {
    json!({"position": moment.position, "gitCommit": moment.commit, "time": moment.time})
}

/// The envelope around a statement: DSSE protocol 1.0.
fn envelope(statement: &Value, key: Option<&LogKey>) -> String {
    let payload = serde_json::to_vec(statement).expect("a JSON value has a text");
    let signatures: Vec<Value> = key
        .map(|key| json!({"keyid": key_id(key), "sig": STANDARD.encode(key.sign(&pre_authentication(PAYLOAD_TYPE, &payload)))}))
        .into_iter()
        .collect();
    json!({"payloadType": PAYLOAD_TYPE, "payload": STANDARD.encode(&payload), "signatures": signatures}).to_string()
}

/// What is signed: `PAE(type, payload)` of DSSE.
fn pre_authentication(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::{HOSTILE, report};
    use countersign_signature::log_key;

    fn key() -> LogKey {
        LogKey::read(&[7; 32]).expect("32 bytes are a key")
    }

    fn identities() -> BTreeMap<Digest, PackageIdentity> {
        let identity = PackageIdentity {
            is_folder: true,
            git: "a1".repeat(20),
            dir_hash: "b2".repeat(32),
        };
        BTreeMap::from([(countersign_core::check::sample::digest("1.2.0"), identity)])
    }

    fn statements(text: &str) -> Vec<Value> {
        let payload = |line: &str| {
            let envelope: Value = serde_json::from_str(line).expect("JSON");
            let payload = STANDARD
                .decode(envelope["payload"].as_str().expect("text"))
                .expect("base64");
            serde_json::from_slice(&payload).expect("JSON")
        };
        text.lines().map(payload).collect()
    }

    #[test]
    fn pre_authentication_is_that_of_the_protocol() {
        // The test vector of the DSSE specification.
        let bytes = pre_authentication("http://example.com/HelloWorld", b"hello world");
        assert_eq!(
            String::from_utf8(bytes).as_deref(),
            Ok("DSSEv1 29 http://example.com/HelloWorld 11 hello world")
        );
    }

    #[test]
    fn an_approved_version_has_two_statements_about_the_same_bytes() {
        let found = statements(&lines(&report(), &identities(), None));
        assert_eq!(
            found
                .iter()
                .map(|statement| statement["predicateType"].as_str())
                .collect::<Vec<_>>(),
            [Some(SVR), Some(APPROVAL)]
        );
        for statement in &found {
            let digest = &statement["subject"][0]["digest"];
            assert_eq!(statement["subject"][0]["name"], "skill/pdf-tools@1.2.0");
            assert_eq!(
                digest["sha256"],
                countersign_core::check::sample::digest("1.2.0").hex()
            );
            assert_eq!(digest["gitTree"], "a1".repeat(20));
            assert_eq!(digest["dirHash1"], "b2".repeat(32));
        }
        assert_eq!(
            found[0]["predicate"]["properties"],
            json!(["COUNTERSIGN_APPROVED", "COUNTERSIGN_APPROVED_BY_SIGNATURE"])
        );
        assert_eq!(
            found[0]["predicate"]["verifier"]["policies"][0]["digest"]["sha256"],
            countersign_core::check::sample::digest("policy 7").hex()
        );
        let approver = &found[1]["predicate"]["approvers"][0];
        assert_eq!(
            (approver["principal"].as_str(), approver["reason"].as_str()),
            (Some("bob"), Some(HOSTILE))
        );
    }

    #[test]
    fn what_waits_is_blocked_or_is_a_policy_has_no_statement() {
        for state in [
            State::Draft,
            State::Blocked,
            State::Revoked,
            State::Deprecated,
        ] {
            let mut report = report();
            report.changes[0].state = Some(state);
            report.inventory[0].state = state;
            assert_eq!(lines(&report, &identities(), None), "", "{state}");
        }
        let mut report = report();
        report.inventory.clear();
        report.changes[0].subject = SubjectId::policy();
        report.changes[0].version = Some(VersionLabel::Serial(8));
        assert!(digests(&report).is_empty());
    }

    #[test]
    fn a_version_from_before_the_period_is_attested_from_the_inventory() {
        let mut report = report();
        report.changes.clear();
        let found = statements(&lines(&report, &BTreeMap::new(), None));
        assert_eq!(found.len(), 2);
        assert_eq!(found[1]["predicate"]["approvers"][0]["principal"], "bob");
        assert!(found[1]["predicate"]["approvers"][0]["record"].is_null());
        assert!(
            found[0]["subject"][0]["digest"].get("gitTree").is_none(),
            "what was not read is not claimed"
        );
    }

    #[test]
    fn every_envelope_is_signed_over_its_type_and_payload() {
        let text = lines(&report(), &identities(), Some(&key()));
        assert_eq!(text.lines().count(), 2);
        for line in text.lines() {
            let envelope: Value = serde_json::from_str(line).expect("JSON");
            let payload = STANDARD
                .decode(envelope["payload"].as_str().expect("text"))
                .expect("base64");
            let signature = STANDARD
                .decode(envelope["signatures"][0]["sig"].as_str().expect("text"))
                .expect("base64");
            let signature: [u8; 64] = signature.try_into().expect("64 bytes");
            assert!(log_key::verify(
                &key().public(),
                &pre_authentication(PAYLOAD_TYPE, &payload),
                &signature
            ));
            assert!(!log_key::verify(
                &key().public(),
                &pre_authentication("text/plain", &payload),
                &signature
            ));
            assert_eq!(
                envelope["signatures"][0]["keyid"],
                Digest::of(&key().public()).hex()
            );
        }
        assert_eq!(text, lines(&report(), &identities(), Some(&key())));
    }

    #[test]
    fn without_a_key_nothing_looks_signed() {
        let text = lines(&report(), &identities(), None);
        assert!(
            text.lines()
                .all(|line| line.ends_with("\"signatures\":[]}"))
        );
        assert_ne!(file_name(true), file_name(false));
    }
}
