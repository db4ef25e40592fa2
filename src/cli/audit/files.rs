//! The files around a report: keys, earlier reports, and the folder that it is written to.

use std::fs;
use std::path::Path;

use crate::audit::Report;
use crate::audit::checkpoint::{LogPublicKey, Note};
use crate::audit::extension::Earlier;
use crate::cli::error::CommandError;
use crate::cli::files::{Folder, NewFile};
use crate::cli::options::Format;
use crate::cli::programs::{Program, Programs};
use crate::cli::session::Session;
use crate::cli::user_key::UserKey;
use crate::git::Repository;
use crate::signature::log_key::LogKey;

/// SSHSIG namespace of signatures over a checkpoint, so that one made for a decision is none here.
pub const CHECKPOINT_NAMESPACE: &str = "countersign-audit";
/// The largest report that is read.
const MOST_REPORT_BYTES: u64 = 1 << 29;
/// The largest key file that is read.
const MOST_KEY_BYTES: u64 = 1 << 12;

/// Reads a file of the user's, unless it is larger than it can honestly be.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, CommandError> {
    let io = |error: std::io::Error| CommandError::io(format!("read {}", path.display()), &error);
    if fs::metadata(path).map_err(io)?.len() > most {
        return Err(CommandError::usage(format!("{} is too large", path.display())));
    }
    fs::read(path).map_err(io)
}

/// A report as text.
pub fn report(path: &Path) -> Result<String, CommandError> {
    String::from_utf8(read(path, MOST_REPORT_BYTES)?).map_err(|_| CommandError::usage(format!("{} is no text", path.display())))
}

/// The earlier report or checkpoint at `path`.
pub fn earlier(path: &Path) -> Result<Earlier, CommandError> {
    Earlier::parse(&report(path)?).map_err(|error| CommandError::usage(format!("{}: {error}", path.display())))
}

/// The raw key at `path`.
pub fn log_key(path: &Path) -> Result<LogKey, CommandError> {
    LogKey::read(&read(path, MOST_KEY_BYTES)?).map_err(|error| CommandError::usage(format!("{}: {error}", path.display())))
}

/// The public half as a verifier names it.
pub fn public(key: &LogKey, origin: &str) -> LogPublicKey {
    LogPublicKey { name: origin.to_owned(), public: key.public() }
}

/// Writes the report into a folder: in every format, or in the one that was chosen; the checkpoint, and its SSH signature, beside it.
pub fn write(session: &Session<'_>, repository: &Repository, report: &Report, out: &Path, sign: Option<&str>) -> Result<(), CommandError> {
    let formats = [(Format::Html, "audit.html"), (Format::Markdown, "audit.md"), (Format::Json, "audit.json")];
    let chosen = session.options.format;
    let wanted = formats.iter().filter(|(format, _)| chosen == Format::Human || chosen == *format);
    let mut files: Vec<NewFile> = wanted.map(|(format, name)| NewFile::regular(*name, super::text(report, *format))).collect();
    let checkpoint = &report.log.checkpoint;
    files.push(NewFile::regular("checkpoint", checkpoint.as_str()));
    if let Some(key) = sign {
        files.push(NewFile::regular("checkpoint.sig", ssh_signature(repository, key, checkpoint.as_bytes())?));
    }
    fs::create_dir_all(out).map_err(|error| CommandError::io(format!("create the folder {}", out.display()), &error))?;
    Folder::open(out)?.create(&files)?;
    for file in &files {
        session.out.note(&format!("wrote {}", out.join(&file.path).display()));
    }
    if !report.log.signed && sign.is_none() {
        session.out.note("the checkpoint is not signed: name a key with --log-key or --sign to have it signed");
    }
    debug_assert!(Note::parse(checkpoint).is_ok(), "our own checkpoint can be read");
    Ok(())
}

fn ssh_signature(repository: &Repository, key: &str, message: &[u8]) -> Result<Vec<u8>, CommandError> {
    let base = std::env::current_dir().map_err(|error| CommandError::io("find the current folder", &error))?;
    let UserKey::Ssh { public, file } = UserKey::named(key, &base)? else {
        return Err(CommandError::usage("a checkpoint is signed with an SSH key"));
    };
    let work_dir = repository.work_dir().unwrap_or_else(|| repository.git_dir());
    let programs = Programs::new(repository.git_dir(), work_dir);
    let scratch = tempfile::tempdir().map_err(|error| CommandError::io("make a temporary folder", &error))?;
    let public_only = scratch.path().join("key.pub");
    if file.is_none() {
        fs::write(&public_only, format!("{public}\n")).map_err(|error| CommandError::io("write a temporary file", &error))?;
    }
    let key = file.as_ref().unwrap_or(&public_only);
    let args =
        ["-q".as_ref(), "-Y".as_ref(), "sign".as_ref(), "-n".as_ref(), CHECKPOINT_NAMESPACE.as_ref(), "-f".as_ref(), key.as_os_str()];
    programs.sign(Program::SshKeygen, &args, Some(message))
}
