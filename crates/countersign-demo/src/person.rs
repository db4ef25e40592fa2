//! People of the demo, each with an SSH key that follows from a seed: anyone can compute it, so it
//! is worthless.

use sha2::{Digest as _, Sha256};
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{HashAlg, LineEnding, PrivateKey};

/// The SSHSIG namespace of decisions.
pub const DECISION_NAMESPACE: &str = "countersign";
/// The SSHSIG namespace of Git commits.
pub const COMMIT_NAMESPACE: &str = "git";

/// Someone who commits and decides.
#[derive(Clone, Debug)]
pub struct Person {
    /// Name in the policy.
    pub name: String,
    /// Printed name, also the name in commits.
    pub printed: String,
    /// Address in commits and in the policy.
    pub email: String,
    key: PrivateKey,
}

impl Person {
    /// A person whose printed name, address (`<name>@acme.example`) and key follow from `name`.
    pub fn new(name: &str) -> Self {
        let mut letters = name.chars();
        let printed = letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default();
        Self {
            name: name.to_owned(),
            printed,
            email: format!("{name}@acme.example"),
            key: key(name, name),
        }
    }

    /// The same person with another printed name.
    #[must_use]
    pub fn printed(mut self, printed: &str) -> Self {
        printed.clone_into(&mut self.printed);
        self
    }

    /// The same person with another address.
    #[must_use]
    pub fn email(mut self, email: &str) -> Self {
        email.clone_into(&mut self.email);
        self
    }

    /// The same person with the key of another seed: a second key, or a stolen one.
    #[must_use]
    pub fn with_key_of(mut self, seed: &str) -> Self {
        self.key = key(seed, &self.name);
        self
    }

    /// `ssh-ed25519 AAAA… comment`, as in the policy.
    pub fn public_line(&self) -> String {
        self.key
            .public_key()
            .to_openssh()
            .expect("an Ed25519 key has a text form")
    }

    /// The unencrypted private key in OpenSSH's format, for `ssh-keygen -Y sign`.
    pub fn private_pem(&self) -> String {
        self.key
            .to_openssh(LineEnding::LF)
            .expect("an Ed25519 key has a text form")
            .to_string()
    }

    /// The line of an `allowed_signers` file by which ssh-keygen and Git know this key, with its
    /// newline.
    pub fn allowed_signer(&self) -> String {
        format!("{} {}\n", self.email, self.public_line())
    }

    /// `SHA256:` and 43 base64 characters.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// An armored SSHSIG over `message`, hashed with SHA-512: the same bytes as `ssh-keygen -Y sign
    /// -n <namespace>` writes.
    pub fn sign(&self, namespace: &str, message: &[u8]) -> String {
        let signature = self
            .key
            .sign(namespace, HashAlg::Sha512, message)
            .expect("namespaces of the demo are not empty");
        let mut armor = signature
            .to_pem(LineEnding::LF)
            .expect("a signature has a text form");
        if !armor.ends_with('\n') {
            armor.push('\n');
        }
        armor
    }
}

fn key(seed: &str, name: &str) -> PrivateKey {
    let seed: [u8; 32] = Sha256::digest(format!("countersign demo key, worthless: {seed}")).into();
    let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed));
    PrivateKey::new(pair, format!("{name} (worthless demo key)"))
        .expect("an unencrypted Ed25519 pair is a key")
}
