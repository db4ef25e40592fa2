//! The armor of SSH signatures (OpenSSH's PROTOCOL.sshsig).
//!
//! Stricter than the tools that read it, so that nothing can hide around or inside a block.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// No signature is longer than this, armored.
pub const MAX_SIGNATURE: usize = 64 * 1024;

const SSH_BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const SSH_END: &str = "-----END SSH SIGNATURE-----";
/// Columns at which `ssh-keygen` breaks lines.
const SSH_WIDTH: usize = 70;

/// The bytes in an SSH signature's armor. Only the spelling that `ssh-keygen` writes is accepted:
/// 70 columns, LF, at most one final newline.
pub fn ssh(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    if text.len() > MAX_SIGNATURE {
        return Err("too long for a signature");
    }
    let text = std::str::from_utf8(text).map_err(|_| "not the text that ssh-keygen writes")?;
    if text.contains('\r') {
        return Err("the lines end in CR LF instead of LF");
    }
    let text = text.strip_suffix('\n').unwrap_or(text);
    let body = text
        .strip_prefix(SSH_BEGIN)
        .and_then(|rest| rest.strip_suffix(SSH_END))
        .and_then(|rest| rest.strip_suffix('\n'))
        .ok_or("not exactly one SSH signature")?;
    let lines: Vec<&str> = body.split('\n').collect();
    let (last, full) = lines.split_last().expect("split gives at least one piece");
    if last.is_empty() || last.len() > SSH_WIDTH || full.iter().any(|line| line.len() != SSH_WIDTH)
    {
        return Err("the lines are not broken at 70 columns as ssh-keygen breaks them");
    }
    STANDARD
        .decode(lines.concat())
        .map_err(|_| "the base64 is not canonical")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_ssh_armor_only_as_ssh_keygen_breaks_it() {
        let bytes: Vec<u8> = (0..=200).collect();
        let armored = |width: usize| {
            let body = STANDARD.encode(&bytes);
            let lines: Vec<&str> = body
                .as_bytes()
                .chunks(width)
                .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
                .collect();
            format!("{SSH_BEGIN}{}\n{SSH_END}\n", lines.join("\n"))
        };
        let good = armored(70);
        assert_eq!(ssh(good.as_bytes()), Ok(bytes.clone()));
        assert_eq!(ssh(good.trim_end().as_bytes()), Ok(bytes.clone()));
        for bad in [
            armored(60),
            armored(64),
            armored(76),
            good.replace('\n', "\r\n"),
            format!("{good}\n"),
            format!(" {good}"),
            format!("{good}{good}"),
            good.replace("SSH", "PGP"),
            String::new(),
        ] {
            assert!(ssh(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
