//! What names a key of a policy, in every format.

use serde::{Deserialize, Serialize};

use countersign_model::{Digest, KeyId};

/// Which key, and in which listing: one OpenPGP fingerprint may be listed with and without a
/// revocation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyHandle {
    /// What signatures and reports name.
    pub id: KeyId,
    /// Digest of what decides whether the key's signatures count: the SSH wire form, the
    /// certificate's packets, or the minisign key and whether its legacy form is allowed.
    pub source: Digest,
}
