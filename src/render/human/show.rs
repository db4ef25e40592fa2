//! The files of one version.

use super::{checksum, tone};
use crate::render::escape;
use crate::render::paint::{Paint, Tone};
use crate::render::show::ShownVersion;

/// One line about the version, then every file: mode, bytes, SHA-256, path.
pub fn show(of: &ShownVersion<'_>, paint: Paint) -> String {
    let commit = of
        .commit
        .map(|commit| format!(" at {}", commit.short()))
        .unwrap_or_default();
    let aside = format!(
        "[{}, {}{commit}]",
        of.version.key.digest,
        escape::terminal(of.path)
    );
    format!(
        "{} {}: {} {}\n{}",
        paint.paint(Tone::Strong, &of.subject.id.to_string()),
        of.version.key.version.label(),
        paint.paint(tone(of.version.state), of.version.state.as_str()),
        paint.paint(Tone::Faint, &aside),
        checksum::files(of.manifest, 2, paint)
    )
}
