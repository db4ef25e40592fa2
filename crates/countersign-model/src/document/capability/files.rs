//! What a file is, as far as its name and its bytes say, and its text in whatever encoding.

use std::borrow::Cow;

use crate::document::hidden_text::is_text;

/// Extensions of files that are programs or are run by one.
const SCRIPTS: [&str; 92] = [
    "ahk",
    "applescript",
    "asm",
    "au3",
    "awk",
    "bash",
    "bat",
    "bats",
    "c",
    "cc",
    "cjs",
    "clj",
    "cljs",
    "cmake",
    "cmd",
    "coffee",
    "cpp",
    "cr",
    "cs",
    "csh",
    "cts",
    "cu",
    "cxx",
    "d",
    "dart",
    "el",
    "elm",
    "erl",
    "ex",
    "exs",
    "f90",
    "fish",
    "fs",
    "fsx",
    "gd",
    "go",
    "gradle",
    "groovy",
    "gvy",
    "hs",
    "hta",
    "ipynb",
    "java",
    "jl",
    "js",
    "jsx",
    "ksh",
    "kt",
    "kts",
    "lisp",
    "lua",
    "m",
    "mjs",
    "mk",
    "ml",
    "mm",
    "mts",
    "nim",
    "nix",
    "nu",
    "pas",
    "php",
    "pl",
    "pm",
    "ps1",
    "psd1",
    "psm1",
    "py",
    "pyi",
    "pyw",
    "pyx",
    "r",
    "rb",
    "reg",
    "rkt",
    "rs",
    "s",
    "scala",
    "scpt",
    "scm",
    "sh",
    "sol",
    "sql",
    "svelte",
    "swift",
    "tcl",
    "tf",
    "ts",
    "tsx",
    "vbs",
    "zig",
    "zsh",
];

/// Names of such files that have no extension.
const SCRIPT_NAMES: [&str; 9] = [
    "brewfile",
    "containerfile",
    "dockerfile",
    "jenkinsfile",
    "justfile",
    "makefile",
    "rakefile",
    "vagrantfile",
    "taskfile.yml",
];

/// Files that say what is installed or built.
const DEPENDENCIES: [&str; 38] = [
    "build.gradle",
    "build.gradle.kts",
    "build.rs",
    "bun.lock",
    "bun.lockb",
    "cargo.lock",
    "cargo.toml",
    "composer.json",
    "composer.lock",
    "conda.yml",
    "constraints.txt",
    "deno.json",
    "deno.lock",
    "environment.yml",
    "flake.lock",
    "flake.nix",
    "gemfile",
    "gemfile.lock",
    "go.mod",
    "go.sum",
    "mix.exs",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.json",
    "package.swift",
    "pdm.lock",
    "pipfile",
    "pipfile.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pom.xml",
    "pubspec.yaml",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "uv.lock",
    "yarn.lock",
];

/// First bytes of files that are not text, and what they are.
const MAGIC: [(&[u8], &str); 27] = [
    (b"\x7fELF", "a native library or program"),
    (b"MZ", "a native library or program"),
    (b"\xfe\xed\xfa\xce", "a native library or program"),
    (b"\xfe\xed\xfa\xcf", "a native library or program"),
    (b"\xce\xfa\xed\xfe", "a native library or program"),
    (b"\xcf\xfa\xed\xfe", "a native library or program"),
    (b"\xca\xfe\xba\xbe", "a native library or program"),
    (b"\0asm", "a WebAssembly module"),
    (b"!<arch>", "a native library"),
    (b"PK\x03\x04", "an archive"),
    (b"\x1f\x8b", "an archive"),
    (b"BZh", "an archive"),
    (b"\xfd7zXZ", "an archive"),
    (b"\x28\xb5\x2f\xfd", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"Rar!", "an archive"),
    (b"SQLite format 3", "a database"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "an image or sound"),
    (b"\0\0\x01\0", "an image"),
    (b"OTTO", "a font"),
    (b"\0\x01\0\0", "a font"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
];

/// The name of the file without its folders.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The extension, lower-cased; empty when there is none.
pub(super) fn extension(path: &str) -> String {
    name(path)
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase())
        .unwrap_or_default()
}

/// Whether an interpreter or compiler takes the file by its name.
pub(super) fn is_script(path: &str) -> bool {
    SCRIPTS.contains(&extension(path).as_str())
        || SCRIPT_NAMES.contains(&name(path).to_ascii_lowercase().as_str())
}

/// Whether the file says what is installed or built.
pub(super) fn is_dependencies(path: &str) -> bool {
    let name = name(path).to_ascii_lowercase();
    DEPENDENCIES.contains(&name.as_str())
        || name.starts_with("requirements") && matches!(extension(path).as_str(), "txt" | "in")
}

/// The text of a file as far as there is one, and why it could not be read as it is.
pub(super) fn read(bytes: &[u8]) -> (Option<Cow<'_, str>>, Option<&'static str>) {
    let utf_16 = |decode: fn([u8; 2]) -> u16| {
        let units = bytes[2..]
            .chunks_exact(2)
            .map(|pair| decode([pair[0], pair[1]]));
        char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
    };
    match bytes {
        [0xff, 0xfe, ..] => {
            return (
                Some(utf_16(u16::from_le_bytes).into()),
                Some("text in UTF-16"),
            );
        }
        [0xfe, 0xff, ..] => {
            return (
                Some(utf_16(u16::from_be_bytes).into()),
                Some("text in UTF-16"),
            );
        }
        _ => {}
    }
    let is_binary = !is_text(bytes) || std::str::from_utf8(bytes).is_err();
    if is_binary && let Some((_, what)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return (None, Some(what));
    }
    if !is_text(bytes) {
        // Without them, text in UTF-16 or UTF-32 of plain letters is text.
        return (
            Some(String::from_utf8_lossy(bytes).replace('\0', "").into()),
            Some("bytes that are not text"),
        );
    }
    let text = String::from_utf8_lossy(bytes);
    let why = matches!(text, Cow::Owned(_)).then_some("text that is not UTF-8");
    (Some(text), why)
}
