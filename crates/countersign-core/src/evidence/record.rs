//! A record and everything that could prove who made it, before any policy is asked.

use std::sync::Arc;

use countersign_model::{Decision, Digest, ForgeAccount, ObjectId, PrincipalName};
use countersign_signature::Proof;

/// A decision file as it came into the history, with its proofs.
#[derive(Clone, Debug)]
pub struct Record {
    /// SHA-256 of its bytes: what makes two files the same record.
    pub digest: Digest,
    /// Where it is.
    pub path: Arc<str>,
    /// Its content, or why it could not be read (place and reason, for people).
    pub decision: Result<Arc<Decision>, String>,
    /// Why its tree entry is not a regular file. Such a record raises nothing; one that lowers
    /// keeps its effect.
    pub mode_fault: Option<&'static str>,
    /// Paths and blobs of the signature files beside it, where several copies are known: beside the
    /// first with a good signature.
    pub signature_files: Vec<(String, ObjectId)>,
    /// Proofs of the detached signatures beside it; empty when there is none. For a record that
    /// lowers: beside every copy of it.
    pub signatures: Vec<Proof>,
    /// The commits that introduced exactly this path and blob; for a record that raises, only where
    /// no signature is beside it.
    pub carriers: Vec<Carrier>,
    /// The accounts that opened a pull request which did nothing but add this record; empty unless
    /// a forge was asked.
    pub openers: Vec<ForgeAccount>,
}

impl Record {
    /// Whether it could be read and takes trust away.
    pub fn lowers(&self) -> bool {
        self.decision
            .as_ref()
            .is_ok_and(|decision| !decision.kind.raises())
    }

    /// Whether it could be read and gives trust.
    pub fn raises(&self) -> bool {
        self.decision
            .as_ref()
            .is_ok_and(|decision| decision.kind.raises())
    }

    /// Whether any signature over it is good, no matter who made it. Without one no policy accepts
    /// it.
    pub fn is_signed(&self) -> bool {
        self.signatures
            .iter()
            .chain(self.carriers.iter().flat_map(|carrier| &carrier.proofs))
            .any(Proof::is_good)
    }

    /// Adds the proofs of another copy of the same record. The signature files stay those of the
    /// first copy that has a good one.
    pub fn add_copy(&mut self, copy: &Self) {
        if !self.signatures.iter().any(Proof::is_good) && copy.signatures.iter().any(Proof::is_good)
        {
            self.signature_files.clone_from(&copy.signature_files);
        }
        for proof in &copy.signatures {
            if !self.signatures.contains(proof) {
                self.signatures.push(proof.clone());
            }
        }
        for carrier in &copy.carriers {
            if !self
                .carriers
                .iter()
                .any(|known| known.commit == carrier.commit)
            {
                self.carriers.push(carrier.clone());
            }
        }
        self.openers.extend(
            copy.openers
                .iter()
                .filter(|opener| !self.openers.contains(opener))
                .cloned()
                .collect::<Vec<_>>(),
        );
    }
}

/// A commit that introduced a record.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// The commit.
    pub commit: ObjectId,
    /// Whether it has exactly one parent.
    pub single_parent: bool,
    /// The one principal whose records are all that the commit adds; `None` when it does anything
    /// else.
    pub only_records_of: Option<PrincipalName>,
    /// Proofs of the commit's own signature; empty when unsigned.
    pub proofs: Vec<Proof>,
    /// Why the commit's signature may not be used, when it has more than one reading.
    pub malformed: Option<String>,
}
