//! The only accepted form of a signature in a commit.
//!
//! Git passes the content of the header to `gpg` or `ssh-keygen`, which skip much of what they do
//! not know; so one signature has many spellings, each giving another commit id. Here exactly what
//! those programs write is accepted. Sources: RFC 9580 section 6 (PGP armor), `PROTOCOL.sshsig` and
//! `sshsig.c` of OpenSSH (70 characters a line).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const PGP_BEGIN: &[u8] = b"-----BEGIN PGP SIGNATURE-----";
const PGP_END: &[u8] = b"-----END PGP SIGNATURE-----";
const SSH_BEGIN: &[u8] = b"-----BEGIN SSH SIGNATURE-----";
const SSH_END: &[u8] = b"-----END SSH SIGNATURE-----";

/// Whether `armor` (lines ended by a newline, as in a commit after unfolding) is canonical.
///
/// PGP: no armor headers, 64 characters a line, an optional checksum that must be right, and at
/// most one empty line after the end, because GitHub writes one. SSH: 70 characters a line, nothing
/// after the end.
pub fn is_canonical(armor: &[u8]) -> bool {
    let Some(text) = armor.strip_suffix(b"\n") else {
        return false;
    };
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    match lines.as_slice() {
        [begin, body @ .., end] if *begin == SSH_BEGIN && *end == SSH_END => {
            base64_lines(body, 70).is_some()
        }
        [begin, b"", body @ .., end, b""] | [begin, b"", body @ .., end]
            if *begin == PGP_BEGIN && *end == PGP_END =>
        {
            pgp_body(body)
        }
        _ => false,
    }
}

fn pgp_body(body: &[&[u8]]) -> bool {
    let (data, checksum) = match body {
        [data @ .., last] if last.first() == Some(&b'=') => (data, Some(&last[1..])),
        data => (data, None),
    };
    let Some(bytes) = base64_lines(data, 64) else {
        return false;
    };
    checksum.is_none_or(|text| STANDARD.decode(text).is_ok_and(|sum| sum == crc24(&bytes)))
}

/// The bytes of base64 text in lines of exactly `width` characters (the last one may be shorter,
/// not empty), padded, in its only spelling.
fn base64_lines(lines: &[&[u8]], width: usize) -> Option<Vec<u8>> {
    let (last, full) = lines.split_last()?;
    if last.is_empty() || last.len() > width || full.iter().any(|line| line.len() != width) {
        return None;
    }
    // The strict engine refuses foreign characters, inner padding and bits left over.
    STANDARD.decode(lines.concat()).ok()
}

/// The checksum of PGP armor, RFC 9580 section 6.1.1.
fn crc24(bytes: &[u8]) -> [u8; 3] {
    let mut crc: u32 = 0x00b7_04ce;
    for byte in bytes {
        crc ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x0100_0000 != 0 {
                crc ^= 0x0186_4cfb;
            }
        }
    }
    let [_, high, middle, low] = crc.to_be_bytes();
    [high, middle, low]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(
        begin: &[u8],
        blank: bool,
        text: &str,
        width: usize,
        tail: &str,
        end: &[u8],
    ) -> Vec<u8> {
        let mut armor = begin.to_vec();
        armor.push(b'\n');
        if blank {
            armor.push(b'\n');
        }
        for line in text.as_bytes().chunks(width) {
            armor.extend_from_slice(line);
            armor.push(b'\n');
        }
        armor.extend_from_slice(tail.as_bytes());
        armor.extend_from_slice(end);
        armor.push(b'\n');
        armor
    }

    fn text() -> String {
        STANDARD.encode((0..200u8).collect::<Vec<_>>())
    }

    #[test]
    fn accepts_what_ssh_keygen_and_gpg_write() {
        assert!(is_canonical(&wrapped(
            SSH_BEGIN,
            false,
            &text(),
            70,
            "",
            SSH_END
        )));
        assert!(is_canonical(&wrapped(
            PGP_BEGIN,
            true,
            &text(),
            64,
            "",
            PGP_END
        )));
        let sum = format!(
            "={}\n",
            STANDARD.encode(crc24(&(0..200u8).collect::<Vec<_>>()))
        );
        let with_sum = wrapped(PGP_BEGIN, true, &text(), 64, &sum, PGP_END);
        assert!(is_canonical(&with_sum));
        assert!(
            is_canonical(&[with_sum.as_slice(), b"\n"].concat()),
            "GitHub ends its signatures with an empty line"
        );
    }

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        // CRC-24/OPENPGP of "123456789", from the catalogue of parametrized CRC algorithms.
        assert_eq!(crc24(b"123456789"), [0x21, 0xcf, 0x02]);
    }

    #[test]
    fn refuses_every_other_spelling() {
        let good = wrapped(SSH_BEGIN, false, &text(), 70, "", SSH_END);
        let variants = [
            wrapped(SSH_BEGIN, false, &text(), 60, "", SSH_END),
            wrapped(SSH_BEGIN, true, &text(), 70, "", SSH_END),
            wrapped(SSH_BEGIN, false, &text(), 70, "\n", SSH_END),
            wrapped(SSH_BEGIN, false, &text(), 70, "", PGP_END),
            wrapped(PGP_BEGIN, false, &text(), 64, "", PGP_END),
            wrapped(PGP_BEGIN, true, &text(), 60, "", PGP_END),
            wrapped(PGP_BEGIN, true, &text(), 64, "=AAAA\n", PGP_END),
            wrapped(
                b"-----BEGIN PGP SIGNATURE-----\nComment: x",
                true,
                &text(),
                64,
                "",
                PGP_END,
            ),
            wrapped(PGP_BEGIN, true, "", 64, "", PGP_END),
            wrapped(
                b"-----BEGIN PGP MESSAGE-----",
                true,
                &text(),
                64,
                "",
                b"-----END PGP MESSAGE-----",
            ),
            [good.as_slice(), b"x\n"].concat(),
            [good.as_slice(), b"\n"].concat(),
            [good.as_slice(), &good].concat(),
            good[..good.len() - 1].to_vec(),
            good.iter()
                .flat_map(|b| {
                    if *b == b'\n' {
                        b"\r\n".to_vec()
                    } else {
                        vec![*b]
                    }
                })
                .collect(),
            b"\n".to_vec(),
            Vec::new(),
        ];
        for variant in variants {
            assert!(
                !is_canonical(&variant),
                "{}",
                String::from_utf8_lossy(&variant)
            );
        }
    }
}
