//! What a forge knows besides pull requests: whose token it is, public keys, required workflows.

use serde::{Deserialize, Serialize};

use super::pull::Account;

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// No token.
    Anonymous,
    /// An app, such as the one that a workflow's own token belongs to. The forge does not report
    /// which.
    App,
    /// An account.
    Account(Account),
}

/// Public keys of an account, as the forge has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKeys {
    /// SSH keys for signing, each one line.
    pub ssh: Vec<String>,
    /// OpenPGP keys, each armored.
    pub openpgp: Vec<String>,
    /// How many OpenPGP keys were left out because the forge calls them revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<u64>,
}

/// A workflow that must pass before something can be merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredWorkflow {
    /// The repository that it is in, by the forge's number.
    pub repository: u64,
    /// Its file.
    pub path: String,
    /// The branch or tag it is taken from; `None` when the ruleset does not name one.
    pub reference: Option<String>,
}
