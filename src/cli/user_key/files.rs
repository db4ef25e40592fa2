//! Files of SSH keys: the public key in one or beside one, and what is wrong with one.

use std::fs;
use std::path::{Path, PathBuf};

use super::home;
use crate::cli::programs::{Program, Programs};
use crate::cli::typed_command::quoted;
use crate::cli::unusable::Unusable;

/// Larger than any public key, small enough to read without risk.
const MAX_KEY_FILE: u64 = 1 << 16;

/// The public key of the key file at `path`: in it, beside it, or as ssh-keygen gives it where no
/// passphrase protects the private one.
pub fn public_key(path: &Path, programs: &Programs) -> Result<String, Unusable> {
    if let Some(public) = public_of(path) {
        return Ok(public);
    }
    let (shown, beside) = (typed(path), beside(path));
    if !path.exists() {
        return Err(Unusable::new(
            format!("{shown} does not exist"),
            "Correct the path, or put the file back.",
        ));
    }
    if path.is_dir() {
        return Err(Unusable::new(
            format!("{shown} is a folder"),
            "Name the file of a key in it.",
        ));
    }
    let arguments = [
        "-y".as_ref(),
        "-P".as_ref(),
        "".as_ref(),
        "-f".as_ref(),
        path.as_os_str(),
    ];
    let answer = programs
        .run(Program::SshKeygen, &arguments, Some(b""))
        .map_err(Unusable::of)?;
    let line = String::from_utf8_lossy(&answer.stdout);
    if let Some(public) = line.lines().next().and_then(public_line)
        && answer.success
    {
        return Ok(public);
    }
    let reason = answer.stderr.to_lowercase();
    Err(if reason.contains("passphrase") {
        let write = format!("ssh-keygen -y -f {shown} > {}", typed(&beside));
        if beside.exists() {
            Unusable::new(
                format!("{} is not an SSH public key", typed(&beside)),
                format!("Move it away, then write the public key of {shown} there: `{write}`"),
            )
        } else {
            Unusable::new(
                format!("{shown} has no public key next to it"),
                format!("Write it there: `{write}`"),
            )
        }
    } else if reason.contains("permission") {
        Unusable::new(
            format!("{shown} can be read by other users, so ssh-keygen refuses it"),
            format!("Keep it to yourself: `chmod 600 {shown}`"),
        )
    } else {
        Unusable::new(
            format!("{shown} is not an SSH key"),
            "Name the file of an SSH key, private or public; an OpenPGP key is named with --openpgp.",
        )
    })
}

/// Whether other programs on this machine may sign with the private key at `path`: `None` when
/// there is none, else whether it needs a passphrase.
pub fn private_part(path: &Path, programs: &Programs) -> Option<Result<(), Unusable>> {
    let private = private_path(path);
    if !private.is_file() {
        return None;
    }
    let arguments = [
        "-y".as_ref(),
        "-P".as_ref(),
        "".as_ref(),
        "-f".as_ref(),
        private.as_os_str(),
    ];
    let answer = programs
        .run(Program::SshKeygen, &arguments, Some(b""))
        .ok()?;
    let reason = answer.stderr.to_lowercase();
    let shown = typed(&private);
    Some(if answer.success {
        Ok(())
    } else if reason.contains("passphrase") {
        Err(Unusable::new(
            format!("the passphrase of {shown} was wrong or could not be asked for"),
            format!(
                "Run it in a terminal, or give the key to your SSH agent first: `ssh-add {shown}`"
            ),
        ))
    } else if reason.contains("permission") {
        Err(Unusable::new(
            format!("{shown} can be read by other users, so ssh-keygen refuses it"),
            format!("Keep it to yourself: `chmod 600 {shown}`"),
        ))
    } else {
        Err(Unusable::new(
            format!("{shown} is not a private SSH key"),
            "Put the private key back there.",
        ))
    })
}

/// The file of the private key that `path` or its public part belongs to.
pub fn private_path(path: &Path) -> PathBuf {
    match path.extension() {
        Some(ending) if ending == "pub" => path.with_extension(""),
        _ => path.to_owned(),
    }
}

fn beside(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.pub", path.display()))
}

/// A path as the user would type it, `~/` for their home folder.
pub fn typed(path: &Path) -> String {
    let below = home().and_then(|home| {
        let rest = path.strip_prefix(home).ok()?.to_str()?.to_owned();
        (quoted(&rest) == rest).then(|| format!("~/{rest}"))
    });
    below.unwrap_or_else(|| quoted(&path.display().to_string()))
}

/// `text` as a path: `~/` is the home folder, anything else is below `base` unless it is absolute.
pub fn expand(text: &str, base: &Path) -> PathBuf {
    match (text.strip_prefix("~/"), home()) {
        (Some(rest), Some(home)) => home.join(rest),
        // An absolute path replaces the base; it never starts with a dash, so it cannot be taken
        // for an option.
        _ => base.join(text),
    }
}

/// The first of the names under which a new key takes no file's place, and its path.
pub fn free_path(folder: &Path) -> PathBuf {
    let usual = ["id_ed25519", "id_ed25519_countersign"].map(str::to_owned);
    let numbered = (2..).map(|number| format!("id_ed25519_countersign_{number}"));
    usual
        .into_iter()
        .chain(numbered)
        .map(|name| folder.join(name))
        .find(|path| {
            fs::symlink_metadata(path).is_err() && fs::symlink_metadata(beside(path)).is_err()
        })
        .expect("some number is free")
}

/// The public key in `key::ssh-ed25519 AAAA…` or, as older versions of Git allow, without the
/// prefix.
pub fn literal(text: &str) -> Option<String> {
    match text.strip_prefix("key::") {
        Some(key) => public_line(key),
        None if text.starts_with("ssh-")
            || text.starts_with("ecdsa-")
            || text.starts_with("sk-") =>
        {
            public_line(text)
        }
        None => None,
    }
}

/// The public key in `path`, or in the file beside it that ends in `.pub`.
fn public_of(path: &Path) -> Option<String> {
    [path.to_owned(), beside(path)].iter().find_map(|path| {
        let small = path
            .metadata()
            .is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_KEY_FILE);
        let text = if small {
            fs::read_to_string(path).ok()?
        } else {
            return None;
        };
        public_line(text.lines().next()?)
    })
}

/// Type and base64 of a public key line, without its comment; `None` when it is something else.
pub fn public_line(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let (kind, base64) = (words.next()?, words.next()?);
    let known = [
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-",
        "sk-ssh-ed25519",
        "sk-ecdsa-sha2-",
    ]
    .iter()
    .any(|prefix| kind.starts_with(prefix));
    let plain = base64
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
        && base64.starts_with("AAAA");
    (known && plain && !kind.contains("-cert-")).then(|| format!("{kind} {base64}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlXPmwVqdPgYaVGoYHyQqJWHbCIvdIo";

    #[test]
    fn a_public_key_is_taken_without_its_comment() {
        assert_eq!(
            public_line(&format!("{KEY} alice@laptop")).as_deref(),
            Some(KEY)
        );
        assert_eq!(literal(&format!("key::{KEY} x")).as_deref(), Some(KEY));
        assert_eq!(literal(KEY).as_deref(), Some(KEY));
        for bad in [
            "",
            "ssh-ed25519",
            "ssh-dss AAAAB3",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "ssh-ed25519-cert-v01@openssh.com AAAA",
            "ssh-rsa BBBB",
        ] {
            assert_eq!(public_line(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_new_key_takes_the_place_of_no_file() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let name = || {
            let path = free_path(dir.path());
            let name = path.file_name().expect("a name").to_owned();
            name.into_string().expect("UTF-8")
        };
        for expected in [
            "id_ed25519",
            "id_ed25519_countersign",
            "id_ed25519_countersign_2",
            "id_ed25519_countersign_3",
        ] {
            assert_eq!(name(), expected);
            let public_only = expected.ends_with('2');
            let ending = if public_only { ".pub" } else { "" };
            fs::write(dir.path().join(format!("{expected}{ending}")), "x").expect("a file");
        }
    }
}
