//! The key of the first administrator. One that the user names or configures is used, or the reason
//! is given; only without one is another looked for.

use crate::cli::error::CommandError;
use crate::cli::programs::Programs;
use crate::cli::session::Session;
use crate::cli::user_key::{
    Candidates, Configured, UserKey, free_path, home, refuse_expired, typed,
};

/// A key before its place in the policy is known.
pub enum Key {
    /// Type and base64.
    Ssh(String),
    /// An armored certificate.
    OpenPgp(Vec<u8>),
}

/// The key, and the words for it in the summary.
pub fn find(
    session: &Session,
    programs: &Programs,
    ssh: Option<&str>,
    openpgp: Option<&str>,
) -> Result<(Key, String), CommandError> {
    let named = match (ssh, openpgp) {
        (Some(key), _) => Some(UserKey::named(key, &session.directory(), programs)?),
        (_, Some(id)) => Some(UserKey::openpgp(programs, id)?),
        _ => None,
    };
    if let Some(key) = named {
        return usable(session, key);
    }
    let candidates = Candidates::find(programs)?;
    match candidates.configured {
        Configured::Key(key) => return usable(session, key),
        Configured::Unusable(fault) => return Err(fault.error()),
        Configured::Unset => {}
    }
    for key in candidates.others {
        match usable(session, key) {
            Ok(found) => return Ok(found),
            Err(error) => session
                .out
                .warning(&format!("skipped one of your keys: {}", error.message)),
        }
    }
    let create = create();
    if candidates.unusable.is_empty() {
        return Err(
            CommandError::usage("you have no key for signing decisions").help(format!(
                "Create one, then run `countersign init` again{create}"
            )),
        );
    }
    let mut error = CommandError::usage("none of your keys can sign decisions");
    for fault in candidates.unusable {
        error = error.help(fault.line());
    }
    Err(error.help(format!(
        "Or create a key, then run `countersign init` again{create}"
    )))
}

/// The key, unless no policy should begin to list it.
fn usable(session: &Session, key: UserKey) -> Result<(Key, String), CommandError> {
    let read = key.verification_key().map_err(|fault| {
        CommandError::usage(format!("cannot use the key: {fault}")).help(fault.help())
    })?;
    refuse_expired(&read, session.now).map_err(|fault| fault.error())?;
    let found = match key {
        UserKey::Ssh { public, .. } => Key::Ssh(public),
        UserKey::OpenPgp { certificate, .. } => Key::OpenPgp(certificate),
    };
    Ok((found, read.id().to_string()))
}

/// How to make a key where no file is in its place: the rest of a sentence, and a command.
fn create() -> String {
    let Some(folder) = home().map(|home| home.join(".ssh")) else {
        return ", with --key and its file:\nssh-keygen -t ed25519".to_owned();
    };
    // ssh-keygen makes this folder only where the system's account database says that it belongs.
    let make = if folder.is_dir() {
        ""
    } else {
        "mkdir -p -m 700 ~/.ssh && "
    };
    let path = free_path(&folder);
    let shown = typed(&path);
    let option = if path.ends_with("id_ed25519") {
        String::new()
    } else {
        format!(" with `--key {shown}`")
    };
    format!("{option}:\n{make}ssh-keygen -t ed25519 -f {shown}")
}
