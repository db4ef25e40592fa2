//! Blobs of any size are read piece by piece, wherever they are stored.

use std::fs;

use super::stream::PIECE;
use super::testing::Scratch;
use super::*;
use countersign_model::ObjectId;

/// Larger than what is read whole.
const LARGE: usize = 3 << 20;

/// The largest piece, and all of them.
fn streamed(repository: &Repository, id: ObjectId) -> Result<(usize, Vec<u8>), GitError> {
    let (mut largest, mut all) = (0, Vec::new());
    let length = repository.stream_blob(id, &mut |piece| {
        largest = largest.max(piece.len());
        all.extend_from_slice(piece);
    })?;
    assert_eq!(length, all.len() as u64);
    Ok((largest, all))
}

fn content(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from(at * at % 251).expect("below 251"))
        .collect()
}

fn add(scratch: &Scratch, bytes: &[u8], settings: &[&str]) -> ObjectId {
    fs::write(scratch.path().join("file"), bytes).expect("writable");
    let args = [settings, &["hash-object", "-w", "file"]].concat();
    scratch.git(&args).trim().parse().expect("git prints an id")
}

#[test]
fn no_more_than_a_piece_of_a_large_blob_is_held_loose_or_packed() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let scratch = Scratch::with_format(format);
        let bytes = content(LARGE);
        let loose = add(&scratch, &bytes, &[]);
        // Git writes what is above the threshold into a pack, whole.
        let packed = add(
            &scratch,
            &[&bytes[..], b"packed"].concat(),
            &["-c", "core.bigFileThreshold=1m"],
        );
        assert!(
            fs::read_dir(scratch.path().join(".git/objects/pack"))
                .expect("a folder")
                .count()
                >= 2,
            "one is in a pack"
        );
        let repository = scratch.open();
        assert_eq!(streamed(&repository, loose), Ok((PIECE, bytes.clone())));
        assert_eq!(
            streamed(&repository, packed),
            Ok((PIECE, [&bytes[..], b"packed"].concat()))
        );
        // From an alternate too.
        scratch.git(&["clone", "-q", "--shared", "--bare", ".", "shared.git"]);
        let shared = Repository::open(&scratch.path().join("shared.git")).expect("a repository");
        assert_eq!(
            streamed(&shared, packed).map(|(largest, _)| largest),
            Ok(PIECE)
        );
    }
}

#[test]
fn blobs_that_are_small_empty_or_deltas_are_read_too() {
    let scratch = Scratch::new();
    let (one, other) = (content(LARGE), [content(LARGE), b"more".to_vec()].concat());
    scratch.write("small", "x\n");
    scratch.write("empty", "");
    fs::write(scratch.path().join("one"), &one).expect("writable");
    fs::write(scratch.path().join("other"), &other).expect("writable");
    scratch.commit("all");
    let blob = |path: &str| scratch.id(&format!("HEAD:{path}"));
    for packed in [false, true] {
        if packed {
            scratch.git(&["gc", "-q"]);
        }
        let repository = scratch.open();
        assert_eq!(
            streamed(&repository, blob("small")).map(|(_, bytes)| bytes),
            Ok(b"x\n".to_vec())
        );
        assert_eq!(
            streamed(&repository, blob("empty")).map(|(_, bytes)| bytes),
            Ok(Vec::new())
        );
        assert_eq!(
            streamed(&repository, blob("one")).map(|(_, bytes)| bytes),
            Ok(one.clone())
        );
        assert_eq!(
            streamed(&repository, blob("other")).map(|(_, bytes)| bytes),
            Ok(other.clone())
        );
        assert!(
            matches!(
                streamed(&repository, scratch.id("HEAD")),
                Err(GitError::Corrupt { .. })
            ),
            "a commit is not a blob"
        );
    }
}

#[test]
fn a_blob_whose_bytes_or_length_are_not_what_its_name_says_is_corrupt() {
    use std::io::Write as _;

    let scratch = Scratch::new();
    let id = add(&scratch, &content(LARGE), &[]);
    let name = id.to_string();
    let file = scratch
        .path()
        .join(".git/objects")
        .join(&name[..2])
        .join(&name[2..]);
    let forge = |bytes: &[u8]| {
        let _ = fs::remove_file(&file);
        let out = fs::File::create(&file).expect("writable");
        let mut deflate =
            gix::zlib::stream::deflate::Write::new(out, gix::zlib::Compression::default());
        deflate
            .write_all(bytes)
            .and_then(|()| deflate.flush())
            .expect("writable");
    };
    let whole = content(LARGE);
    let header = format!("blob {LARGE}\0").into_bytes();
    let cases: [Vec<u8>; 7] = [
        [&header[..], &whole[1..], b"x"].concat(),
        [&header[..], &whole[..LARGE - 1]].concat(),
        [&header[..], &whole, b"x"].concat(),
        [b"blob 99999999999999999999999\0", &whole[..]].concat(),
        [b"tree 5\0", &whole[..]].concat(),
        b"blob 5".to_vec(),
        Vec::new(),
    ];
    for case in cases {
        forge(&case);
        assert!(
            matches!(streamed(&scratch.open(), id), Err(GitError::Corrupt { .. })),
            "{} bytes",
            case.len()
        );
    }
    forge(&[&header[..], &whole].concat());
    assert_eq!(
        streamed(&scratch.open(), id).map(|(_, bytes)| bytes == whole),
        Ok(true)
    );
    fs::write(&file, b"not zlib").expect("writable");
    assert!(matches!(
        streamed(&scratch.open(), id),
        Err(GitError::Corrupt { .. })
    ));
}
