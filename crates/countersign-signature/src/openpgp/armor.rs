//! The armor of OpenPGP blocks (RFC 9580, section 6).
//!
//! Stricter than the tools that read it, so that nothing can hide around or inside a block.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The type of an OpenPGP block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Block {
    Signature,
    PublicKey,
}

impl Block {
    const fn label(self) -> &'static str {
        match self {
            Self::Signature => "PGP SIGNATURE",
            Self::PublicKey => "PGP PUBLIC KEY BLOCK",
        }
    }
}

/// Why a text is not the expected OpenPGP block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockFault {
    /// Not armor, or not in its form.
    Form(&'static str),
    /// Text besides the block; the label of a second block may be in it.
    Around,
    /// A well-known other block.
    SecretKey,
    /// A well-known other block.
    SignedText,
    /// A well-known other block.
    Message,
}

/// The bytes in the one OpenPGP block that `text` consists of, apart from white space around it.
pub fn openpgp(text: &[u8], block: Block) -> Result<Vec<u8>, BlockFault> {
    use BlockFault::{Around, Form, Message, SecretKey, SignedText};
    let text = std::str::from_utf8(text).map_err(|_| Form("not text"))?;
    let mut lines = text.trim_ascii().lines();
    let begin = lines.next().unwrap_or_default().trim_end();
    let label = begin
        .strip_prefix("-----BEGIN ")
        .and_then(|rest| rest.strip_suffix("-----"))
        .ok_or(Form("it does not start with an armor line"))?;
    if label != block.label() {
        return Err(match label {
            "PGP PRIVATE KEY BLOCK" => SecretKey,
            "PGP SIGNED MESSAGE" => SignedText,
            "PGP MESSAGE" => Message,
            _ => Form("another kind of block"),
        });
    }
    // Headers such as `Version:` and `Comment:` say nothing that is signed; a blank line ends them.
    loop {
        let line = lines
            .next()
            .ok_or(Form("no blank line after the headers"))?
            .trim_end();
        if line.is_empty() {
            break;
        }
        let name = line
            .split_once(": ")
            .map(|(name, _)| name)
            .or_else(|| line.strip_suffix(':'));
        if !name.is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        }) {
            return Err(Form("a header that is not `Name: value`"));
        }
    }
    let mut base64 = String::with_capacity(text.len());
    let mut checksum = None;
    let end = format!("-----END {}-----", block.label());
    loop {
        let line = lines
            .next()
            .ok_or(Form("the closing armor line is missing"))?
            .trim_end();
        if line == end {
            break;
        }
        if checksum.is_some() || line.is_empty() || line.len() > 76 {
            return Err(Form("a line that is not armor"));
        }
        match line.strip_prefix('=') {
            Some(sum) => {
                checksum = Some(
                    STANDARD
                        .decode(sum)
                        .map_err(|_| Form("the checksum is not base64"))?,
                );
            }
            None => base64.push_str(line),
        }
    }
    if lines.any(|line| !line.trim().is_empty()) {
        return Err(Around);
    }
    let bytes = STANDARD
        .decode(base64)
        .map_err(|_| Form("the base64 is not canonical"))?;
    if checksum.is_some_and(|sum| sum != crc24(&bytes)) {
        return Err(Form("the checksum does not match"));
    }
    Ok(bytes)
}

/// CRC-24 as in RFC 9580, section 6.1.
fn crc24(bytes: &[u8]) -> [u8; 3] {
    let mut crc: u32 = 0x00B7_04CE;
    for byte in bytes {
        crc ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x0100_0000 != 0 {
                crc ^= 0x0186_4CFB;
            }
        }
    }
    let [_, a, b, c] = crc.to_be_bytes();
    [a, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pgp(body: &str) -> String {
        format!("-----BEGIN PGP SIGNATURE-----\n{body}-----END PGP SIGNATURE-----\n")
    }

    fn read(text: &str) -> Result<Vec<u8>, BlockFault> {
        openpgp(text.as_bytes(), Block::Signature)
    }

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        // The check value of CRC-24/OPENPGP in the catalogue of parametrized CRC algorithms.
        assert_eq!(crc24(b"123456789"), [0x21, 0xCF, 0x02]);
    }

    #[test]
    fn accepts_openpgp_armor_with_and_without_headers_and_checksum() {
        let sum = STANDARD.encode(crc24(b"abc"));
        for body in [
            "\nYWJj\n",
            "Version: GnuPG v1\nComment:\n\nYWJj\n",
            &format!("\nYWJj\n={sum}\n"),
            "\nYW\nJj\n",
        ] {
            assert_eq!(read(&pgp(body)), Ok(b"abc".to_vec()), "{body}");
        }
        assert_eq!(
            read(&format!(
                "  \r\n{}\n \n",
                pgp("\nYWJj\n").replace('\n', "\r\n")
            )),
            Ok(b"abc".to_vec())
        );
        assert_eq!(
            read(&pgp("\nYWJj\n=AAAA\n")),
            Err(BlockFault::Form("the checksum does not match"))
        );
    }

    #[test]
    fn refuses_everything_around_an_openpgp_block() {
        let good = pgp("\nYWJj\n");
        assert_eq!(read(&format!("{good}{good}")), Err(BlockFault::Around));
        assert_eq!(read(&format!("{good}x")), Err(BlockFault::Around));
        assert!(read(&format!("x\n{good}")).is_err());
        for (label, fault) in [
            ("PRIVATE KEY BLOCK", BlockFault::SecretKey),
            ("SIGNED MESSAGE", BlockFault::SignedText),
            ("MESSAGE", BlockFault::Message),
        ] {
            assert_eq!(read(&good.replace("SIGNATURE", label)), Err(fault));
        }
        for body in [
            "YWJj\n",
            "\nYW Jj\n",
            "\nYWJj",
            "\nYWJ\n",
            "\nYWJj\n=AAAA\nYWJj\n",
            "Evil\n\nYWJj\n",
            "\nYWJk====\n",
            "\nYWK=\n",
        ] {
            assert!(
                matches!(read(&pgp(body)), Err(BlockFault::Form(_))),
                "{body}"
            );
        }
    }
}
