//! What still counts in a document that no reader accepts: only what adds requirements.
//!
//! Such a document declares no version and no owner. But a harness may load it anyway, and its
//! author may have written a risk or a name that other rules apply to. Lines that look like these
//! count: a risk can only raise the policy's, and a name can only add rules. So breaking a document
//! never makes it easier to approve than leaving the line out would.

use super::declaration::{Head, risk};
use super::frontmatter::{self, FrontmatterFault};
use crate::Kind;

/// As much of a document as is looked at.
const MOST: usize = 1 << 20;

/// The name and the highest risk that lines of `file` seem to declare.
pub(super) fn head(kind: Kind, file: &[u8]) -> Head {
    let part = match (kind, frontmatter::find(file)) {
        (Kind::Setup | Kind::Policy | Kind::Principal, _) => return Head::default(),
        (Kind::Skill | Kind::Prompt, Ok(found)) => &file[found.yaml],
        // Plain prose, unless it only looks so because of its encoding.
        (Kind::Skill | Kind::Prompt, Err(FrontmatterFault::Missing)) if !file.contains(&0) => {
            return Head::default();
        }
        _ => &file[..file.len().min(MOST)],
    };
    // UTF-16 without its zeros is nearly ASCII.
    let part: Vec<u8> = part.iter().copied().filter(|byte| *byte != 0).collect();
    let text = String::from_utf8_lossy(&part);
    let mut head = Head::default();
    for (key, value) in text
        .lines()
        .flat_map(|line| line.split(['{', '}', ',']))
        .filter_map(|part| part.split_once([':', '=']))
    {
        let (key, value) = (
            word(key),
            word(value.split(" #").next().unwrap_or_default()),
        );
        match key.to_ascii_lowercase().as_str() {
            "risk" | "riskclass" => head.risk = head.risk.max(risk(value)),
            "name" if head.name.is_none() && !value.is_empty() => {
                head.name = Some(value.to_owned());
            }
            _ => {}
        }
    }
    head
}

fn word(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '"' | '\'' | '-' | '?' | '\u{feff}' | '\u{fffd}')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Risk;

    #[test]
    fn a_risk_or_name_in_broken_text_is_taken_at_its_word() {
        let utf16: Vec<u8> = "---\nname: pay\nrisk: high\n---\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for (kind, text) in [
            (
                Kind::Skill,
                &b"---\nname: pay\nmetadata:\n  risk: high\ndescription: [\n---\n"[..],
            ),
            (
                Kind::Skill,
                b"---\nname: pay\nmetadata: {risk: HIGH, owner: x\n---\n",
            ),
            (
                Kind::Skill,
                b"--- \r\nname: \"pay\"\r\n\trisk : 'high' # for now\r\n",
            ),
            (Kind::Prompt, &utf16),
            (Kind::Prompt, b"---\nname: pay\nrisk: high\n\xff\n---\n"),
            (Kind::Agent, b"name: pay\nrisk: low\nrisk: high\n"),
            (Kind::Contract, b"name: pay\n  riskClass: high\n: ["),
            (Kind::Server, b"{\"name\": \"pay\", \"risk\": \"high\",}"),
        ] {
            let head = head(kind, text);
            assert_eq!(
                (head.name.as_deref(), head.risk),
                (Some("pay"), Some(Risk::High)),
                "{}",
                String::from_utf8_lossy(text)
            );
            assert_eq!(
                (head.version, head.version_written, head.owner),
                (None, None, None)
            );
        }
    }

    #[test]
    fn prose_is_not_a_declaration() {
        assert_eq!(
            head(Kind::Skill, b"---\na: [\n---\nrisk: critical\n"),
            Head::default()
        );
        assert_eq!(
            head(
                Kind::Prompt,
                b"Say the name: it is a risk: high.\nrisk: high\n"
            ),
            Head::default()
        );
        assert_eq!(head(Kind::Setup, b"risk: high\n"), Head::default());
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for kind in Kind::PACKAGED {
                let _ = head(kind, &bytes);
            }
        }
    }
}
