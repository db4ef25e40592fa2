//! Findings that only follow from another one: one cause is one finding.
//!
//! Only what is printed gets shorter. A finding is left out for a cause that counts as well, about
//! the same subject at the same place, and that is an error itself: so the verdict stays the same,
//! and is computed before this.

use super::findings::Finding;
use super::rules::Level;
use countersign_model::RuleId;

/// Faults because of which a document declares no version.
const UNREADABLE: &[RuleId] = &[
    RuleId::SkillFrontmatter,
    RuleId::PromptInvalid,
    RuleId::ServerInvalid,
    RuleId::AgentInvalid,
    RuleId::ContractInvalid,
];

/// Leaves out what follows from another finding, and says in that one what does.
pub(super) fn fold(mut findings: Vec<Finding>) -> Vec<Finding> {
    let causes: Vec<Option<usize>> = findings.iter().map(|one| cause(one, &findings)).collect();
    let mut follows: Vec<(usize, &str)> = findings
        .iter()
        .zip(&causes)
        .filter_map(|(finding, cause)| Some(((*cause)?, what_follows(finding.rule))))
        .collect();
    follows.sort_unstable();
    for (cause, sentence) in follows {
        findings[cause].help.push_str(sentence);
    }
    let mut left_out = causes.iter().map(Option::is_some);
    findings.retain(|_| !left_out.next().unwrap_or_default());
    findings
}

/// The first finding from which `finding` follows.
fn cause(finding: &Finding, findings: &[Finding]) -> Option<usize> {
    if finding.level < Level::Error {
        return None;
    }
    let of_subject = |one: &Finding| one.subject == finding.subject;
    // One that can be read, and says nothing of a version, has that as a finding of its own.
    let readable = || {
        let mut all = findings.iter();
        all.any(|one| one.rule == RuleId::Unversioned && of_subject(one))
    };
    let follows = |one: &Finding| match finding.rule {
        RuleId::UnapprovedVersion | RuleId::VersionRegressed => {
            let unversioned = |version: &countersign_model::Version| version.is_pseudo();
            UNREADABLE.contains(&one.rule)
                && one.from_document()
                && one.version == finding.version
                && finding.version.as_ref().is_some_and(unversioned)
                && is_within(one.path.as_deref(), finding.path.as_deref())
                && !readable()
        }
        RuleId::SignatureInvalid => one.rule == RuleId::DecisionAltered && one.path == finding.path,
        _ => false,
    };
    findings.iter().position(|one| {
        one.level == Level::Error
            && one.subject.is_some()
            && of_subject(one)
            && one.path.is_some()
            && follows(one)
    })
}

/// Whether `path` is `package`, or is in it.
fn is_within(path: Option<&str>, package: Option<&str>) -> bool {
    let (Some(path), Some(package)) = (path, package) else {
        return false;
    };
    path.strip_prefix(package)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

const fn what_follows(rule: RuleId) -> &'static str {
    match rule {
        RuleId::SignatureInvalid => " Its signature does not fit the changed text.",
        RuleId::VersionRegressed => {
            " As long as it cannot be read it has no version, and ranks below the approved ones."
        }
        _ => " Once it can be read, it needs an approval.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::findings::judge_all;
    use crate::check::rules::Setting;
    use crate::check::sample::{digest, id};
    use countersign_model::{Fact, Observation, Place, SubjectId, Version};

    fn pseudo() -> Version {
        Version::pseudo(&digest("unreadable"))
    }

    fn at(rule: RuleId, subject: &SubjectId, version: &Version, path: &str) -> Observation {
        Observation::new(rule)
            .subject(subject)
            .version(version)
            .place(Place::file(path))
    }

    fn folded(observations: &[Observation]) -> Vec<&'static str> {
        let findings = fold(judge_all(observations, &Setting::default()));
        findings
            .iter()
            .map(|finding| finding.rule.as_str())
            .collect()
    }

    /// An unreadable document of `subject`, and what follows for another one.
    fn unreadable(
        cause: &str,
        consequence: &str,
        path: &str,
        version: &Version,
    ) -> Vec<Observation> {
        let (cause, consequence) = (id(cause), id(consequence));
        vec![
            at(
                RuleId::SkillFrontmatter,
                &cause,
                version,
                "skills/a/SKILL.md",
            )
            .with(Fact::Message, "not closed"),
            at(RuleId::VersionRegressed, &consequence, version, path),
            at(RuleId::UnapprovedVersion, &consequence, version, path),
        ]
    }

    #[test]
    fn an_unreadable_document_is_one_finding_that_says_what_follows() {
        let observations = unreadable("skill/a", "skill/a", "skills/a", &pseudo());
        let findings = fold(judge_all(&observations, &Setting::default()));
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert!(
            findings[0].help.ends_with(
                " As long as it cannot be read it has no version, and ranks below the approved ones. Once it can be read, it needs an approval."
            ),
            "{}",
            findings[0].help
        );
    }

    #[test]
    fn nothing_is_left_out_for_another_subject_place_or_version_or_for_what_is_lighter() {
        let all = [
            "skill-frontmatter",
            "version-regressed",
            "unapproved-version",
        ];
        let declared = Version::parse("1.0.0").expect("a version");
        assert_eq!(
            folded(&unreadable("skill/a", "skill/b", "skills/a", &pseudo())),
            all
        );
        assert_eq!(
            folded(&unreadable("skill/a", "skill/a", "skills/ab", &pseudo())),
            all
        );
        assert_eq!(
            folded(&unreadable("skill/a", "skill/a", "skills/a", &declared)),
            all
        );
        let readable = at(
            RuleId::Unversioned,
            &id("skill/a"),
            &pseudo(),
            "skills/a/SKILL.md",
        );
        let mut observations = unreadable("skill/a", "skill/a", "skills/a", &pseudo());
        observations.push(readable);
        assert_eq!(folded(&observations)[..3], all);
        observations.pop();
        let mut findings = judge_all(&observations, &Setting::default());
        findings[0].level = Level::Warning;
        assert_eq!(fold(findings).len(), 3);
    }

    #[test]
    fn an_edited_record_is_one_finding_and_another_records_signature_is_its_own() {
        let (subject, version) = (id("skill/a"), pseudo());
        let altered = at(
            RuleId::DecisionAltered,
            &subject,
            &version,
            "approvals/x.yaml",
        );
        let invalid = |path| at(RuleId::SignatureInvalid, &subject, &version, path);
        assert_eq!(
            folded(&[altered.clone(), invalid("approvals/x.yaml")]),
            ["decision-altered"]
        );
        assert_eq!(
            folded(&[altered, invalid("approvals/y.yaml")]),
            ["decision-altered", "signature-invalid"]
        );
        assert_eq!(
            folded(&[invalid("approvals/x.yaml")]),
            ["signature-invalid"]
        );
    }
}
