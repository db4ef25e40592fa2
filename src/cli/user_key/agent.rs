//! The user's SSH agent: which keys it has, or why it cannot be asked.

#[cfg(unix)]
use super::files::public_line;

/// What the agent answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code, reason = "no agent is asked there"))]
pub enum Agent {
    /// `SSH_AUTH_SOCK` is not set, so there is none.
    Absent,
    /// Nothing answers there.
    Silent,
    /// It has these public keys, as lines.
    Keys(Vec<String>),
}

impl Agent {
    /// Its keys; none when there is no agent.
    pub fn into_keys(self) -> Vec<String> {
        match self {
            Self::Keys(keys) => keys,
            Self::Absent | Self::Silent => Vec::new(),
        }
    }

    /// Asks the agent of this machine.
    #[cfg(unix)]
    pub fn ask() -> Self {
        use std::env;
        use std::io::{Read, Write};
        use std::os::unix::net::UnixStream;
        use std::time::Duration;

        // draft-miller-ssh-agent, section 4.4: SSH_AGENTC_REQUEST_IDENTITIES is 11.
        const REQUEST_IDENTITIES: [u8; 5] = [0, 0, 0, 1, 11];
        const MAX_ANSWER: usize = 1 << 18;
        let Some(socket) = env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty()) else {
            return Self::Absent;
        };
        let ask = || -> Option<Vec<u8>> {
            let mut agent = UnixStream::connect(socket).ok()?;
            agent.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
            agent.write_all(&REQUEST_IDENTITIES).ok()?;
            let mut length = [0; 4];
            agent.read_exact(&mut length).ok()?;
            let length = usize::try_from(u32::from_be_bytes(length))
                .ok()
                .filter(|length| *length <= MAX_ANSWER)?;
            let mut answer = vec![0; length];
            agent.read_exact(&mut answer).ok()?;
            Some(answer)
        };
        ask().map_or(Self::Silent, |answer| Self::Keys(identities(&answer)))
    }

    /// Only agents behind a Unix socket are asked.
    #[cfg(not(unix))]
    pub fn ask() -> Self {
        Self::Absent
    }
}

/// The public keys in an agent's answer, as lines.
#[cfg(unix)]
fn identities(answer: &[u8]) -> Vec<String> {
    use base64::Engine as _;

    const IDENTITIES_ANSWER: u8 = 12;
    fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (value, after) =
            after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        *rest = after;
        Some(value)
    }
    let mut keys = Vec::new();
    let Some(([IDENTITIES_ANSWER, _, _, _, _], mut rest)) = answer.split_first_chunk::<5>() else {
        return keys;
    };
    while let (Some(blob), Some(_comment)) = (string(&mut rest), string(&mut rest)) {
        let mut inner = blob;
        let kind = string(&mut inner).and_then(|kind| std::str::from_utf8(kind).ok());
        let encoded = base64::engine::general_purpose::STANDARD.encode(blob);
        keys.extend(kind.and_then(|kind| public_line(&format!("{kind} {encoded}"))));
    }
    keys
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use super::*;

    #[cfg(unix)]
    #[test]
    fn an_agents_answer_is_read_and_nonsense_is_not() {
        let string = |bytes: &[u8]| {
            [
                &u32::try_from(bytes.len()).expect("short").to_be_bytes()[..],
                bytes,
            ]
            .concat()
        };
        let blob = [string(b"ssh-ed25519"), string(&[7; 32])].concat();
        let answer = [&[12, 0, 0, 0, 1][..], &string(&blob), &string(b"comment")].concat();
        let keys = identities(&answer);
        assert!(
            keys.len() == 1 && keys[0].starts_with("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"),
            "{keys:?}"
        );
        for end in 0..answer.len() {
            assert!(identities(&answer[..end]).is_empty(), "{end}");
        }
    }
}
