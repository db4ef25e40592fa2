//! The files around a report: keys, earlier reports, and the folder that it is written to.

use std::fs;
use std::path::Path;

use super::AttestationContext;
use crate::audit::AuditReport;
use crate::audit::checkpoint::{LogPublicKey, Note};
use crate::audit::extension::Earlier;
use crate::cli::destination;
use crate::cli::error::CommandError;
use crate::cli::files::{Draft, Folder, NewFile};
use crate::cli::options::Format;
use crate::cli::programs::Programs;
use crate::cli::session::Session;
use crate::cli::user_key::UserKey;
use crate::git::Repository;
use crate::render::audit::{csv, intoto, json, markdown, oscal};
use crate::signature::log_key::LogKey;

/// SSHSIG namespace of checkpoint signatures, so that a signature for a decision cannot be used
/// here.
pub const CHECKPOINT_NAMESPACE: &str = "countersign-audit";
/// Every format of a report.
pub const FORMATS: [Format; 6] = [
    Format::Html,
    Format::Markdown,
    Format::Json,
    Format::Csv,
    Format::Oscal,
    Format::Intoto,
];
/// The largest report that is read.
const MOST_REPORT_BYTES: u64 = 1 << 29;
/// The largest key file that is read.
const MOST_KEY_BYTES: u64 = 1 << 12;

/// Reads a file that the user names, unless it is implausibly large.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, CommandError> {
    let io = |error: std::io::Error| CommandError::io(format!("read {}", path.display()), &error);
    if fs::metadata(path).map_err(io)?.len() > most {
        return Err(CommandError::usage(format!(
            "{} is too large",
            path.display()
        )));
    }
    fs::read(path).map_err(io)
}

/// A report as text.
pub fn report(path: &Path) -> Result<String, CommandError> {
    String::from_utf8(read(path, MOST_REPORT_BYTES)?)
        .map_err(|_| CommandError::usage(format!("{} is not UTF-8 text", path.display())))
}

/// The earlier report or checkpoint at `path`.
pub fn earlier(path: &Path) -> Result<Earlier, CommandError> {
    Earlier::parse(&report(path)?)
        .map_err(|error| CommandError::usage(format!("{}: {error}", path.display())))
}

/// A signed log is continued under its own key; otherwise anyone who can write the old report's
/// file could substitute another log.
pub fn same_key(
    session: &Session<'_>,
    earlier: &Earlier,
    key: &LogKey,
) -> Result<(), CommandError> {
    let note = &earlier.note;
    if note.signatures.is_empty() {
        session.out.warning(
            "the earlier log is not signed: only your own storage vouches that it is unchanged",
        );
    } else if !note.verify(&public(key, &note.checkpoint.origin)) {
        return Err(CommandError::usage("the earlier log is signed by a key other than --log-key")
            .help("Pass the key that signed it, or run once without --log-key to compare it, then sign with the new key."));
    }
    Ok(())
}

/// The raw key at `path`.
pub fn log_key(path: &Path) -> Result<LogKey, CommandError> {
    LogKey::read(&read(path, MOST_KEY_BYTES)?)
        .map_err(|error| CommandError::usage(format!("{}: {error}", path.display())))
}

/// The public half in the form that a verifier uses.
pub fn public(key: &LogKey, origin: &str) -> LogPublicKey {
    LogPublicKey {
        name: origin.to_owned(),
        public: key.public(),
    }
}

/// Where a report is written, and how.
pub struct Target<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// The formats of the report.
    pub formats: &'a [Format],
    /// The SSH key that signs the checkpoint beside it.
    pub sign: Option<&'a str>,
}

/// Writes the report into a folder, in some formats; the checkpoint, and its SSH signature, beside
/// it.
pub fn write(
    session: &Session<'_>,
    context: &AttestationContext<'_>,
    report: &AuditReport,
    target: &Target<'_>,
) -> Result<(), CommandError> {
    let checkpoint = &report.log.checkpoint;
    let mut beside = vec![NewFile::regular("checkpoint", checkpoint.as_str())];
    if let Some(key) = target.sign {
        beside.push(NewFile::regular(
            "checkpoint.sig",
            ssh_signature(context.repository, key, checkpoint.as_bytes())?,
        ));
    }
    // One format after the other: a year's JSON is large, and no two need to be in memory.
    let formats =
        target
            .formats
            .iter()
            .flat_map(|format| match of_format(report, *format, context) {
                Ok(files) => files.into_iter().map(Ok).collect::<Vec<_>>(),
                Err(error) => vec![Err(error)],
            });
    let paths = create(
        session,
        target.folder,
        formats.chain(beside.into_iter().map(|file| Ok(file.into()))),
    )?;
    if !report.log.signed && target.sign.is_none() {
        session
            .out
            .note("the checkpoint is not signed: pass --log-key or --sign to sign it");
    }
    if context.key.is_none() && paths.iter().any(|path| path == intoto::file_name(false)) {
        session.out.note("the attestations are not signed, so verifiers reject them: pass --attestation-key to sign them");
    }
    debug_assert!(
        Note::parse(checkpoint).is_ok(),
        "our own checkpoint can be read"
    );
    Ok(())
}

/// Writes a sample into a folder: as a whole, and each packet by itself as Markdown and JSON.
pub fn write_sample(
    session: &Session<'_>,
    report: &AuditReport,
    seed: &str,
    population: usize,
    out: &Path,
) -> Result<(), CommandError> {
    let mut files = vec![
        NewFile::regular("sample.md", markdown::sample(report, seed, population)),
        NewFile::regular(
            "sample.json",
            crate::render::json::text(&json::sample(report, seed, population)),
        ),
        NewFile::regular("checkpoint", report.log.checkpoint.as_str()),
    ];
    for packet in &report.changes {
        files.push(NewFile::regular(
            format!("packets/{}.md", packet.id),
            markdown::packet(report, packet),
        ));
        files.push(NewFile::regular(
            format!("packets/{}.json", packet.id),
            crate::render::json::text(packet),
        ));
    }
    create(session, out, files.into_iter().map(|file| Ok(file.into()))).map(drop)
}

/// Creates the files, and prints the path of each.
fn create<'a>(
    session: &Session<'_>,
    out: &Path,
    files: impl Iterator<Item = Result<Draft<'a>, CommandError>>,
) -> Result<Vec<String>, CommandError> {
    let paths = Folder::open(&destination::folder(out)?)?.create_each(files)?;
    for path in &paths {
        session
            .out
            .note(&format!("wrote {}", out.join(path).display()));
    }
    Ok(paths)
}

/// The files of one format.
fn of_format<'a>(
    report: &'a AuditReport,
    format: Format,
    context: &AttestationContext<'a>,
) -> Result<Vec<Draft<'a>>, CommandError> {
    let one = |name: &str, text: String| vec![NewFile::regular(name, text).into()];
    Ok(match format {
        Format::Csv => {
            let table = |(name, make): (&str, fn(&AuditReport) -> String)| {
                Draft::regular(format!("csv/{name}"), move |out| {
                    out.write_all(make(report).as_bytes())
                })
            };
            csv::TABLES.into_iter().map(table).collect()
        }
        Format::Oscal => oscal::documents(report)
            .into_iter()
            .map(|(name, text)| NewFile::regular(name, text).into())
            .collect(),
        Format::Intoto => {
            let (identities, key) = (context.identities()?, context.key);
            vec![Draft::regular(
                intoto::file_name(key.is_some()),
                move |out| intoto::write(report, &identities, key, out),
            )]
        }
        Format::Html => one("audit.html", super::text(report, format, context)?),
        Format::Markdown => one("audit.md", super::text(report, format, context)?),
        _ => vec![Draft::regular("audit.json", move |out| {
            crate::render::json::write(report, out)
        })],
    })
}

fn ssh_signature(
    repository: &Repository,
    key: &str,
    message: &[u8],
) -> Result<Vec<u8>, CommandError> {
    let base = std::env::current_dir()
        .map_err(|error| CommandError::io("find the current folder", &error))?;
    let work_dir = repository
        .work_dir()
        .unwrap_or_else(|| repository.git_dir());
    let programs = Programs::new(repository.git_dir(), work_dir);
    UserKey::named(key, &base, &programs)?.sign(&programs, CHECKPOINT_NAMESPACE, message)
}
