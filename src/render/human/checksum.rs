//! Package checksums: digest and path first, like `sha256sum`.

use crate::model::quantity::counted;
use std::fmt::Write as _;

use crate::model::{Manifest, ManifestEntry};
use crate::render::checksum::PathChecksum;
use crate::render::escape;
use crate::render::paint::{Paint, Tone};
use crate::render::table::{Cell, lay_out};

/// One block per path; `brief` prints only digest and path, `files` adds every file.
pub fn checksum(checksums: &[PathChecksum<'_>], brief: bool, files: bool, paint: Paint) -> String {
    let mut text = String::new();
    for one in checksums {
        let manifest = &one.contents.manifest;
        let (digest, dirhash) = rayon::join(
            || manifest.digest().to_string(),
            || {
                if brief {
                    String::new()
                } else {
                    manifest.dirhash()
                }
            },
        );
        let _ = writeln!(
            text,
            "{}  {}",
            paint.paint(Tone::Good, &digest),
            escape::terminal(one.path)
        );
        if !brief {
            let size: u64 = manifest.entries().iter().map(|entry| entry.size).sum();
            let noun = if one.contents.is_folder {
                "git tree"
            } else {
                "git blob"
            };
            let mut rows = vec![fact(
                "files",
                &format!(
                    "{}, {}",
                    counted(manifest.entries().len(), "file"),
                    counted(size, "byte")
                ),
            )];
            rows.push(match (one.head, &one.contents.git_id) {
                (Some(head), Some(id)) => fact(noun, &format!("{id} at {}", head.short())),
                _ => fact("read from", "disk, not from Git"),
            });
            rows.push(fact("dirhash", &dirhash));
            text.push_str(&lay_out(&rows, 2, paint));
        }
        if files {
            text.push_str(&self::files(manifest, 2, paint));
        }
    }
    text
}

/// Every file of a manifest: mode, bytes, SHA-256, path.
pub fn files(manifest: &Manifest, indent: usize, paint: Paint) -> String {
    let width = manifest
        .entries()
        .iter()
        .map(|entry| entry.size.to_string().len())
        .max()
        .unwrap_or(0);
    let row = |entry: &ManifestEntry| {
        vec![
            Cell::new(Tone::Faint, entry.mode.as_str()),
            Cell::plain(&format!("{:>width$}", entry.size)),
            Cell::new(Tone::Faint, &entry.sha256.hex()),
            Cell::plain(&entry.path),
        ]
    };
    lay_out(
        &manifest.entries().iter().map(row).collect::<Vec<_>>(),
        indent,
        paint,
    )
}

fn fact(name: &str, value: &str) -> Vec<Cell> {
    vec![Cell::new(Tone::Faint, name), Cell::plain(value)]
}
