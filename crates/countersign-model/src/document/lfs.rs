//! Pointers that stand in for content kept outside the repository: Git LFS and git-annex.
//!
//! A checksum over a pointer says nothing about the bytes a harness will load, so a governed file
//! may not be one.

/// The kind of a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// Git LFS, <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.
    Lfs,
    /// git-annex, <https://git-annex.branchable.com/internals/pointer_file/>.
    Annex,
}

impl Pointer {
    /// The tool's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lfs => "Git LFS",
            Self::Annex => "git-annex",
        }
    }
}

// Both specifications bound the size of a pointer; the larger of the two, because a longer file is
// content for both tools.
const LONGEST: usize = 32 * 1024;

/// Whether `bytes` are a pointer. Only the first line and the presence of an object id are looked
/// at: a pointer that a client would refuse as malformed is still no content.
pub fn pointer(bytes: &[u8]) -> Option<Pointer> {
    if bytes.len() > LONGEST {
        return None;
    }
    let first = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let first = first.strip_suffix(b"\r").unwrap_or(first);
    let lfs = [
        &b"version https://git-lfs.github.com/spec/"[..],
        b"version https://hawser.github.com/spec/",
    ];
    if lfs.iter().any(|prefix| first.starts_with(prefix))
        && bytes.windows(5).any(|window| window == b"\noid ")
    {
        return Some(Pointer::Lfs);
    }
    let is_annex =
        first.starts_with(b"/annex/objects/") || first.starts_with(b"\\annex\\objects\\");
    is_annex.then_some(Pointer::Annex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_pointers_of_the_two_tools() {
        let lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
        assert_eq!(pointer(lfs.as_bytes()), Some(Pointer::Lfs));
        assert_eq!(
            pointer(lfs.replace('\n', "\r\n").as_bytes()),
            Some(Pointer::Lfs)
        );
        assert_eq!(
            pointer(lfs.replace("git-lfs", "hawser").as_bytes()),
            Some(Pointer::Lfs)
        );
        assert_eq!(
            pointer(
                lfs.replace("\noid", "\next-0-foo sha256:00\noid")
                    .as_bytes()
            ),
            Some(Pointer::Lfs)
        );
        assert_eq!(
            pointer(b"/annex/objects/SHA256E-s31390--f50d\n"),
            Some(Pointer::Annex)
        );
    }

    #[test]
    fn text_about_pointers_is_not_a_pointer() {
        for text in [
            "",
            "version 1",
            "The first line is\nversion https://git-lfs.github.com/spec/v1\noid sha256:00",
            "version https://git-lfs.github.com/spec/v1",
        ] {
            assert_eq!(pointer(text.as_bytes()), None, "{text}");
        }
    }
}
