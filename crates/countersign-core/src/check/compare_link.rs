//! Where people can see what changed since a review: the forge's page that compares two commits.
//!
//! Only a forge that answered about the review is linked to, at an address that is built here from
//! the policy's own name for the repository.

use countersign_model::{Fact, ObjectId, RuleId};

use super::Finding;
use crate::evidence::review::ReviewFault;
use crate::lifecycle::ledger::ReviewStanding;
use crate::replay::Replay;

/// The link for `finding`, where it is about a review of other bytes.
pub(super) fn of(finding: &Finding, replay: &Replay) -> Option<String> {
    if finding.rule != RuleId::ReviewStale {
        return None;
    }
    let repository = &replay.policy.policy.repository;
    let pull = finding.facts.get(&Fact::Pull)?;
    let is_meant = |standing: &&ReviewStanding| {
        let subject = standing.about.as_ref().map(|(subject, _)| subject);
        standing.at.is_in(repository)
            && standing.at.pull.to_string() == *pull
            && standing.principal == finding.principal
            && subject == finding.subject.as_ref()
    };
    let reviewed = replay
        .ledger
        .reviews
        .iter()
        .filter(is_meant)
        .find_map(|standing| match &standing.outcome {
            Err(ReviewFault::Stale { commit, .. }) => Some(*commit),
            _ => None,
        })?;
    let candidate = || replay.candidate.then_some(replay.head);
    address(repository, reviewed, finding.commit.or_else(candidate)?)
}

/// The page of a repository, `host/owner/name`, that shows what `to` has and `from` has not.
fn address(repository: &str, from: ObjectId, to: ObjectId) -> Option<String> {
    let mut parts = repository.split('/');
    let (host, owner, name) = (parts.next()?, parts.next()?, parts.next()?);
    let is_host = host.contains('.')
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let is_step = |step: &str| !matches!(step, "" | "." | "..");
    if parts.next().is_some() || !is_host || !is_step(owner) || !is_step(name) {
        return None;
    }
    let (owner, name) = (encoded(owner), encoded(name));
    Some(format!(
        "https://{host}/{owner}/{name}/compare/{from}..{to}"
    ))
}

/// One step of a path with everything encoded that RFC 3986 does not call unreserved.
fn encoded(step: &str) -> String {
    let mut out = String::new();
    for byte in step.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_built_only_from_plain_parts() {
        let id = |digit: &str| digit.repeat(40).parse().expect("an id");
        let link = |repository: &str| address(repository, id("a"), id("b"));
        assert_eq!(
            link("github.com/acme/skills").as_deref(),
            Some(
                "https://github.com/acme/skills/compare/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa..bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
            )
        );
        assert!(link("ghe.acme.example/a b/c%20#?d").is_some_and(|link| {
            link.starts_with("https://ghe.acme.example/a%20b/c%2520%23%3Fd/compare/")
        }));
        for refused in [
            "skills",
            "github.com/acme",
            "github.com/acme/../x",
            "github.com/acme/..",
            "github.com//x",
            "github.com:8443/a/b",
            "user@github.com/a/b",
            "localhost/a/b",
            "gitlab.com/a/b/c",
        ] {
            assert_eq!(link(refused), None, "{refused}");
        }
    }
}
