//! Bytes in, proof out: detached and commit signatures by SSH, OpenPGP and minisign keys.
//!
//! **Owns** all cryptographic crates, the strict reading of keys and signatures, and the answer to
//! one question: which key signed which bytes, and if none did, why. The answer is a pure function
//! of the bytes and keys given.
//!
//! **Must not** know a policy, a principal, a repository or a clock. Whose key it is, and whether
//! that counts, is for others to say.
//!
//! **Start reading** at [`prove_detached`] and [`prove_commit`], then at [`VerificationKey`].

mod armor;
mod ed25519;
mod fault;
mod key;
mod key_fault;
mod key_handle;
pub mod log_key;
mod material;
mod minisign;
#[cfg(feature = "openpgp")]
mod openpgp;
#[cfg(not(feature = "openpgp"))]
#[path = "without_openpgp.rs"]
mod openpgp;
mod rsa;
mod ssh_key;
mod sshsig;

#[cfg(any(test, feature = "fixtures"))]
#[allow(
    missing_docs,
    clippy::new_without_default,
    reason = "only tests use it, and names say it"
)]
pub mod fixtures;
#[cfg(all(test, feature = "openpgp"))]
mod hostile_tests;
#[cfg(test)]
mod minisign_tests;
#[cfg(all(test, feature = "openpgp"))]
mod openpgp_tests;
#[cfg(test)]
mod sshsig_tests;

pub use fault::SignatureFault;
pub use key::VerificationKey;
pub use key_fault::KeyFault;
pub use key_handle::KeyHandle;

use serde::{Deserialize, Serialize};

use countersign_model::Timestamp;

/// SSHSIG namespace of detached signatures over records, so that a signature made for something
/// else is never one.
pub const RECORD_NAMESPACE: &str = "countersign";

/// SSHSIG namespace in which Git signs commits.
pub const COMMIT_NAMESPACE: &str = "git";

/// Whether this build verifies OpenPGP. Without it no OpenPGP key can be read and no OpenPGP
/// signature is ever good.
pub const HAS_OPENPGP: bool = cfg!(feature = "openpgp");

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Format {
    /// SSHSIG armor, as `ssh-keygen -Y sign` writes it.
    Ssh,
    /// One armored detached OpenPGP signature.
    OpenPgp,
    /// The four lines of minisign.
    Minisign,
}

impl Format {
    /// Every format, in the order in which a record's signatures are looked for.
    pub const ALL: [Self; 3] = [Self::Ssh, Self::Minisign, Self::OpenPgp];

    /// What the file name of a record's signature adds to the record's: `.sig`, `.minisig` or
    /// `.asc`.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Ssh => ".sig",
            Self::OpenPgp => ".asc",
            Self::Minisign => ".minisig",
        }
    }
}

/// What one signature says about one key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Proof {
    /// How the signature is written.
    pub format: Format,
    /// The key that signed; if there is a fault, only the key that the signature claims.
    pub key: Option<KeyHandle>,
    /// When the signature says it was made; only OpenPGP says so. Signed, but only as reliable as
    /// its signer.
    pub created: Option<Timestamp>,
    /// Why the signature does not count. `None`: these bytes were signed by this key.
    pub fault: Option<SignatureFault>,
}

impl Proof {
    /// Whether the key signed the bytes.
    pub const fn is_good(&self) -> bool {
        self.fault.is_none()
    }

    const fn refused(format: Format, fault: SignatureFault) -> Self {
        Self {
            format,
            key: None,
            created: None,
            fault: Some(fault),
        }
    }
}

/// Verifies a record's detached signature over `message`, once for each of `keys` that may have
/// made it.
///
/// SSH signatures carry their key: it is verified and named whether it is listed or not. The answer
/// is never empty.
pub fn prove_detached(
    format: Format,
    message: &[u8],
    signature: &[u8],
    keys: &[VerificationKey],
) -> Vec<Proof> {
    match format {
        Format::Ssh => vec![sshsig::prove(RECORD_NAMESPACE, message, signature)],
        Format::OpenPgp => openpgp::prove(message, signature, keys),
        Format::Minisign => minisign::prove(message, signature, keys),
    }
}

/// Verifies the signature in a commit's header over `payload`, the raw commit without that header.
/// The answer is never empty.
pub fn prove_commit(payload: &[u8], armor: &[u8], keys: &[VerificationKey]) -> Vec<Proof> {
    let text = armor.trim_ascii_start();
    if text.starts_with(b"-----BEGIN SSH SIGNATURE-----") {
        vec![sshsig::prove(COMMIT_NAMESPACE, payload, armor)]
    } else if text.starts_with(b"-----BEGIN PGP ") {
        openpgp::prove(payload, armor, keys)
    } else {
        vec![Proof::refused(
            Format::OpenPgp,
            SignatureFault::malformed("the header is neither an SSH nor an OpenPGP signature"),
        )]
    }
}
