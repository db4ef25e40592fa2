//! Raw commits, read strictly, by a parser of our own.
//!
//! Git and its libraries disagree on what a signature covers when headers are doubled or foreign
//! ones are added, so everything that has more than one reading is a fault, and a commit with a
//! fault has no usable signature. It still has a tree and parents, because a replay must go on.
//! Source: Git's `commit.c` and `gitformat-signature`.

use super::armor;
use super::error::GitError;
use super::object::{CommitNode, ObjectFormat, Parents};
use countersign_model::{Identity, ObjectId, Timestamp};

/// Who wrote or committed, as the commit claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Claimed name and address.
    pub identity: Identity,
    /// Claimed instant, clamped; the epoch when it cannot be read.
    pub time: Timestamp,
    /// Claimed offset from UTC in minutes; 0 when it cannot be read.
    pub offset_minutes: i32,
}

/// A signature and the bytes that it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitSignature {
    /// The armor with its continuation spaces removed; ends with a newline.
    pub armor: Vec<u8>,
    /// The raw commit without the signature header.
    pub payload: Vec<u8>,
}

/// Why a commit has more than one reading.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum CommitFault {
    /// `tree`, `parent`, `author`, `committer` are not first and in this order.
    #[error("the header `{0}` is out of order")]
    HeaderOrder(String),
    /// A header that is allowed once is repeated.
    #[error("the header `{0}` is repeated")]
    HeaderRepeated(String),
    /// A required header is missing.
    #[error("the header `{0}` is missing")]
    HeaderMissing(&'static str),
    /// A line of the headers is not a header.
    #[error("a header line lacks a name or a value")]
    HeaderMalformed,
    /// A header whose name starts with `gpgsig` and is not the one of this repository's object
    /// format.
    #[error("the header `{0}` is not the signature header of this repository")]
    ForeignSignatureHeader(String),
    /// The signature is not spelled as the signing programs spell it.
    #[error("the signature's armor is not canonical")]
    Armor,
    /// A NUL byte, at which Git's own tools stop reading.
    #[error("it contains a NUL byte")]
    Nul,
    /// No empty line ends the headers.
    #[error("no empty line separates the headers from the message")]
    NoSeparator,
    /// A parent is repeated.
    #[error("the parent {0} is repeated")]
    ParentRepeated(ObjectId),
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// Its root tree.
    pub tree: ObjectId,
    /// Its parents in order.
    pub parents: Parents,
    /// The claimed author.
    pub author: Signer,
    /// The claimed committer.
    pub committer: Signer,
    /// The message's bytes.
    pub message: Vec<u8>,
    /// Everything that allows a second reading, sorted.
    pub faults: Vec<CommitFault>,
    signature: Option<CommitSignature>,
    claims_signature: bool,
}

impl Commit {
    /// The signature to verify; `Ok(None)` when the commit is unsigned, the faults when it claims
    /// one that must not be used.
    pub fn signature(&self) -> Result<Option<&CommitSignature>, &[CommitFault]> {
        if !self.claims_signature {
            Ok(None)
        } else if self.faults.is_empty() {
            Ok(self.signature.as_ref())
        } else {
            Err(&self.faults)
        }
    }

    /// Everyone named by a `Co-authored-by` line anywhere in the message, sorted, without
    /// duplicates.
    ///
    /// Generous on purpose: these names only ever exclude people.
    pub fn co_authors(&self) -> Vec<Identity> {
        let mut found = Vec::new();
        for line in self.message.split(|byte| *byte == b'\n' || *byte == b'\r') {
            let line = line.trim_ascii_start();
            let name = b"co-authored-by";
            if line.len() < name.len() || !line[..name.len()].eq_ignore_ascii_case(name) {
                continue;
            }
            let Some(value) = line[name.len()..].trim_ascii_start().strip_prefix(b":") else {
                continue;
            };
            found.extend(identities(value));
        }
        found.sort();
        found.dedup();
        found
    }
}

/// All `Name <address>` in `value`; text without brackets is an address when it has an `@`, else a
/// name.
fn identities(value: &[u8]) -> Vec<Identity> {
    let text = String::from_utf8_lossy(value);
    let mut found = Vec::new();
    let mut rest = text.as_ref();
    while let Some((name, after)) = rest.split_once('<') {
        let (email, after) = after.split_once('>').unwrap_or((after, ""));
        found.push(Identity::new(
            name.trim_start_matches([',', ';', ' ']),
            email,
        ));
        rest = after;
    }
    if found.is_empty() && !rest.trim().is_empty() {
        found.push(if rest.contains('@') {
            Identity::new("", rest)
        } else {
            Identity::new(rest, "")
        });
    }
    found
}

/// `Name <address> seconds ±hhmm`, as far as it can be read.
fn signer(value: &[u8]) -> Signer {
    let text = String::from_utf8_lossy(value);
    let (name, rest) = text.split_once('<').unwrap_or((text.as_ref(), ""));
    let (email, _) = rest.split_once('>').unwrap_or((rest, ""));
    let (time, offset_minutes) = date(rest);
    Signer {
        identity: Identity::new(name, email),
        time,
        offset_minutes,
    }
}

/// When, by the same header: what follows the last `>` after the first `<`.
fn date(after_name: &str) -> (Timestamp, i32) {
    let date = after_name.rsplit_once('>').map_or("", |(_, date)| date);
    let mut words = date.split_ascii_whitespace();
    let time = words.next().and_then(seconds).unwrap_or(0);
    (
        Timestamp::from_unix(time),
        words.next().and_then(offset).unwrap_or(0),
    )
}

/// Decimal seconds, however many digits they have: a value beyond 64 bits becomes the nearest
/// limit.
fn seconds(text: &str) -> Option<i64> {
    let (negative, digits) = text
        .strip_prefix('-')
        .map_or((false, text), |digits| (true, digits));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.bytes().fold(0i64, |sum, byte| {
        sum.saturating_mul(10)
            .saturating_add(i64::from(byte - b'0'))
    });
    Some(if negative { -magnitude } else { magnitude })
}

fn offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes() {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    if digits.len() != 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |pair: &[u8]| i32::from(pair[0] - b'0') * 10 + i32::from(pair[1] - b'0');
    Some(sign * (number(&digits[..2]) * 60 + number(&digits[2..])))
}

fn hex_id(value: &[u8], format: ObjectFormat) -> Option<ObjectId> {
    let id = ObjectId::from_hex(value)?;
    (id.as_bytes().len() == format.id_len()).then_some(id)
}

/// The tree in the first line: without it, there is no commit.
fn first_tree(id: ObjectId, bytes: &[u8], format: ObjectFormat) -> Result<ObjectId, GitError> {
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let tree = line
        .strip_prefix(b"tree ")
        .and_then(|hex| hex_id(hex, format));
    tree.ok_or_else(|| GitError::Corrupt {
        id,
        reason: "the commit does not start with a tree".to_owned(),
    })
}

/// One header: its name, its value without continuation spaces, and its place in the commit.
struct Header<'a> {
    name: &'a [u8],
    value: &'a [u8],
    /// Continuation lines, with their newline, unfolded.
    folded: Vec<u8>,
    start: usize,
    end: usize,
}

/// Splits the headers; the last value is where the message starts, `None` without a separator.
fn headers<'a>(bytes: &'a [u8], faults: &mut Vec<CommitFault>) -> (Vec<Header<'a>>, Option<usize>) {
    let mut headers: Vec<Header<'a>> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let Some(length) = bytes[at..].iter().position(|byte| *byte == b'\n') else {
            // The last line has no newline: neither a whole header nor a message.
            faults.push(CommitFault::HeaderMalformed);
            return (headers, None);
        };
        let line = &bytes[at..at + length];
        let end = at + length + 1;
        if line.is_empty() {
            return (headers, Some(end));
        }
        if line[0] == b' ' {
            match headers.last_mut() {
                Some(header) => {
                    header.folded.extend_from_slice(&line[1..]);
                    header.folded.push(b'\n');
                    header.end = end;
                }
                None => faults.push(CommitFault::HeaderMalformed),
            }
        } else {
            let space = line.iter().position(|byte| *byte == b' ');
            if space.is_none() {
                faults.push(CommitFault::HeaderMalformed);
            }
            let (name, value) = space.map_or((line, &b""[..]), |space| {
                (&line[..space], &line[space + 1..])
            });
            headers.push(Header {
                name,
                value,
                folded: Vec::new(),
                start: at,
                end,
            });
        }
        at = end;
    }
    (headers, None)
}

/// Reads a whole commit.
///
/// [`GitError::Corrupt`] only where Git itself finds no commit: no tree in the first line, or a
/// parent line after it without a parent.
pub fn parse(id: ObjectId, bytes: &[u8], format: ObjectFormat) -> Result<Commit, GitError> {
    let CommitNode { tree, parents, .. } = parse_node(id, bytes, format)?;
    let mut faults = Vec::new();
    if bytes.contains(&0) {
        faults.push(CommitFault::Nul);
    }
    let (headers, message_start) = headers(bytes, &mut faults);
    if message_start.is_none() {
        faults.push(CommitFault::NoSeparator);
    }
    check_order(&headers, &mut faults);
    let mut sorted = parents.to_vec();
    sorted.sort_unstable();
    faults.extend(
        sorted
            .windows(2)
            .filter(|pair| pair[0] == pair[1])
            .map(|pair| CommitFault::ParentRepeated(pair[0])),
    );
    let named = |name: &[u8]| {
        headers
            .iter()
            .find(|header| header.name == name)
            .map_or(&b""[..], |header| header.value)
    };
    let (author, committer) = (signer(named(b"author")), signer(named(b"committer")));
    let claims_signature = headers
        .iter()
        .any(|header| header.name.starts_with(b"gpgsig"));
    let signature = headers
        .iter()
        .find(|header| header.name == format.signature_header().as_bytes())
        .map(|header| {
            let armor = [header.value, b"\n", &header.folded].concat();
            let payload = [&bytes[..header.start], &bytes[header.end..]].concat();
            CommitSignature { armor, payload }
        });
    check_signature_headers(&headers, format, &mut faults);
    if signature
        .as_ref()
        .is_some_and(|signature| !armor::is_canonical(&signature.armor))
    {
        faults.push(CommitFault::Armor);
    }
    faults.sort();
    faults.dedup();
    let message = message_start.map_or_else(Vec::new, |start| bytes[start..].to_vec());
    Ok(Commit {
        id,
        tree,
        parents,
        author,
        committer,
        message,
        faults,
        signature,
        claims_signature,
    })
}

fn check_order(headers: &[Header<'_>], faults: &mut Vec<CommitFault>) {
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let rank = |name: &[u8]| match name {
        b"tree" => 0,
        b"parent" => 1,
        b"author" => 2,
        b"committer" => 3,
        _ => 4,
    };
    let mut highest = 0;
    for header in headers {
        let rank = rank(header.name);
        if rank < highest {
            faults.push(CommitFault::HeaderOrder(text(header.name)));
        }
        highest = highest.max(rank);
        if rank < 4 && !header.folded.is_empty() {
            faults.push(CommitFault::HeaderMalformed);
        }
    }
    for name in ["tree", "author", "committer", "encoding"] {
        let count = headers
            .iter()
            .filter(|header| header.name == name.as_bytes())
            .count();
        if count > 1 {
            faults.push(CommitFault::HeaderRepeated(name.to_owned()));
        }
        if count == 0 && name != "encoding" {
            faults.push(CommitFault::HeaderMissing(name));
        }
    }
}

fn check_signature_headers(
    headers: &[Header<'_>],
    format: ObjectFormat,
    faults: &mut Vec<CommitFault>,
) {
    let ours = format.signature_header().as_bytes();
    for header in headers
        .iter()
        .filter(|header| header.name.starts_with(b"gpgsig") && header.name != ours)
    {
        faults.push(CommitFault::ForeignSignatureHeader(
            String::from_utf8_lossy(header.name).into_owned(),
        ));
    }
    if headers.iter().filter(|header| header.name == ours).count() > 1 {
        faults.push(CommitFault::HeaderRepeated(
            format.signature_header().to_owned(),
        ));
    }
}

/// Reads what a walk needs: the first tree, the parents that directly follow it (as Git does), and
/// the committer's time.
pub(super) fn parse_node(
    id: ObjectId,
    bytes: &[u8],
    format: ObjectFormat,
) -> Result<CommitNode, GitError> {
    let tree = first_tree(id, bytes, format)?;
    let mut parents = Parents::default();
    let mut lines = bytes.split(|byte| *byte == b'\n').skip(1).peekable();
    while let Some(value) = lines.peek().and_then(|line| line.strip_prefix(b"parent ")) {
        let parent = hex_id(value, format);
        parents.push(parent.ok_or_else(|| GitError::Corrupt {
            id,
            reason: "a parent is not an object id".to_owned(),
        })?);
        lines.next();
    }
    let claim = lines
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix(b"committer "));
    let committed = claim.map_or(Timestamp::from_unix(0), |value| {
        let text = String::from_utf8_lossy(value);
        date(text.split_once('<').map_or("", |(_, rest)| rest)).0
    });
    Ok(CommitNode {
        id,
        tree,
        parents,
        committed,
    })
}
