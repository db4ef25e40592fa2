//! SSHSIG (OpenSSH's PROTOCOL.sshsig): one armored signature that carries its key.
//!
//! The container is read here, because `ssh-key` skips reserved bytes, accepts version 0, maps
//! unknown algorithms to "other" and fails on certificates without saying so. The signature itself
//! is verified by `ssh-key`.

use ssh_key::{Algorithm, EcdsaCurve, HashAlg, Signature, SshSig};

use super::ssh_key::{SshKey, Wire};
use super::{Format, KeyFault, Proof, SignatureFault, armor};

const MAGIC: &[u8] = b"SSHSIG";
/// FIDO flag: the user touched the device.
const USER_PRESENT: u8 = 0x01;
const TRUNCATED: SignatureFault = SignatureFault::malformed("it is truncated");

/// Verifies one armored SSHSIG in `namespace`.
pub fn prove(namespace: &'static str, message: &[u8], armored: &[u8]) -> Proof {
    let mut proof = Proof {
        format: Format::Ssh,
        key: None,
        created: None,
        fault: None,
    };
    proof.fault = verify(namespace, message, armored, &mut proof).err();
    proof
}

fn verify(
    namespace: &'static str,
    message: &[u8],
    armored: &[u8],
    proof: &mut Proof,
) -> Result<(), SignatureFault> {
    let bytes = armor::ssh(armored).map_err(SignatureFault::malformed)?;
    let container = Container::read(&bytes)?;
    let key = SshKey::from_wire(container.key).map_err(signer_fault)?;
    proof.key = Some(key.handle.clone());
    if container.namespace != namespace.as_bytes() {
        return Err(SignatureFault::wrong_namespace(
            namespace,
            container.namespace,
        ));
    }
    let hash = match container.hash {
        b"sha256" => HashAlg::Sha256,
        b"sha512" => HashAlg::Sha512,
        _ => {
            return Err(SignatureFault::malformed(
                "the hash is neither sha256 nor sha512",
            ));
        }
    };
    let signature = read_signature(container.signature, &key)?;
    let container = SshSig::new(key.public.key_data().clone(), namespace, hash, signature)
        .map_err(|_| SignatureFault::malformed("the signature's fields are malformed"))?;
    key.public
        .verify(namespace, message, &container)
        .map_err(|_| SignatureFault::invalid("the signature does not match these bytes"))
}

/// The fields of the container, undecoded.
struct Container<'a> {
    key: &'a [u8],
    namespace: &'a [u8],
    hash: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Container<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, SignatureFault> {
        let mut wire = Wire(bytes);
        if wire.take(MAGIC.len()) != Some(MAGIC) {
            return Err(SignatureFault::malformed("it does not start with SSHSIG"));
        }
        if wire.number().ok_or(TRUNCATED)? != 1 {
            return Err(SignatureFault::malformed("its version is not 1"));
        }
        let key = wire.string().ok_or(TRUNCATED)?;
        let namespace = wire.string().ok_or(TRUNCATED)?;
        let reserved = wire.string().ok_or(TRUNCATED)?;
        let hash = wire.string().ok_or(TRUNCATED)?;
        let signature = wire.string().ok_or(TRUNCATED)?;
        if !reserved.is_empty() {
            return Err(SignatureFault::malformed("the reserved field is not empty"));
        }
        if !wire.is_empty() {
            return Err(SignatureFault::malformed(
                "there are bytes after the signature",
            ));
        }
        Ok(Self {
            key,
            namespace,
            hash,
            signature,
        })
    }
}

fn signer_fault(fault: KeyFault) -> SignatureFault {
    match fault {
        KeyFault::Certificate => SignatureFault::malformed(
            "it was made with a certificate; certificates are not supported yet",
        ),
        KeyFault::Weak(detail) => SignatureFault::KeyWeak(detail),
        other => SignatureFault::Malformed(other.to_string().into()),
    }
}

fn read_signature(bytes: &[u8], key: &SshKey) -> Result<Signature, SignatureFault> {
    let mut wire = Wire(bytes);
    let algorithm = match (wire.string().ok_or(TRUNCATED)?, key.kind) {
        (b"ssh-ed25519", "ssh-ed25519") => Algorithm::Ed25519,
        (b"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256") => Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP256,
        },
        (b"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384") => Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP384,
        },
        (b"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521") => Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP521,
        },
        (b"rsa-sha2-256", "ssh-rsa") => Algorithm::Rsa {
            hash: Some(HashAlg::Sha256),
        },
        (b"rsa-sha2-512", "ssh-rsa") => Algorithm::Rsa {
            hash: Some(HashAlg::Sha512),
        },
        (b"sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com") => Algorithm::SkEd25519,
        (b"sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com") => {
            Algorithm::SkEcdsaSha2NistP256
        }
        (b"ssh-rsa", "ssh-rsa") => {
            return Err(SignatureFault::weak(
                "the RSA signature uses SHA-1 (ssh-rsa), which does not count",
            ));
        }
        (b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com", _) => {
            return Err(SignatureFault::malformed(
                "signatures made by a browser (webauthn) are not supported",
            ));
        }
        _ => {
            return Err(SignatureFault::mismatch(
                "the signature's algorithm does not match its key's type",
            ));
        }
    };
    let mut data = wire.string().ok_or(TRUNCATED)?.to_vec();
    if matches!(
        algorithm,
        Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256
    ) {
        let flags_and_counter = wire.take(5).ok_or(TRUNCATED)?;
        if flags_and_counter[0] & USER_PRESENT == 0 {
            return Err(SignatureFault::invalid(
                "the security key signed without being touched",
            ));
        }
        data.extend(flags_and_counter);
    }
    if !wire.is_empty() {
        return Err(SignatureFault::malformed(
            "there are bytes after the signature",
        ));
    }
    Signature::new(algorithm, data)
        .map_err(|_| SignatureFault::malformed("the signature's numbers are malformed"))
}
