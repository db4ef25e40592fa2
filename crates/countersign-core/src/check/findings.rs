//! Findings: observations and faults in documents, judged by their rules.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{Level, Rule, Setting};
use countersign_model::document::problem::Problem;
use countersign_model::{
    Circumstance, Fact, ObjectId, Observation, Position, PrincipalName, Risk, RuleId, Severity,
    SubjectId, Verdict, Version,
};

/// One judged fact, with everything a reader needs to act. Texts may hold what an attacker wrote:
/// `render` escapes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// How it weighs here.
    pub level: Level,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What fixes it: sentences that start with a verb.
    pub help: String,
    /// The subject concerned.
    pub subject: Option<SubjectId>,
    /// The version concerned.
    pub version: Option<Version>,
    /// The one primary place, from the repository's root.
    pub path: Option<String>,
    /// 1-based line.
    pub line: Option<u32>,
    /// 1-based column in characters.
    pub column: Option<u32>,
    /// The landing or other commit.
    pub commit: Option<ObjectId>,
    /// The landing's position.
    pub position: Option<Position>,
    /// The person or machine concerned.
    pub principal: Option<PrincipalName>,
    /// What tells this finding from others of its rule at the same place; see
    /// [`Finding::identity`].
    pub facts: BTreeMap<Fact, String>,
    /// The same of its circumstances.
    pub circumstances: BTreeSet<Circumstance>,
    /// A page of the forge that shows what changed.
    pub compare: Option<String>,
}

/// What a document belongs to, where it belongs to a package.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// The subject.
    pub subject: Option<&'a SubjectId>,
    /// The version in the tree.
    pub version: Option<&'a Version>,
    /// The subject's risk.
    pub risk: Option<Risk>,
}

/// What makes two findings the same, in another tree or at another landing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FindingIdentity<'a> {
    /// The rule.
    pub rule: RuleId,
    /// The subject concerned.
    pub subject: Option<&'a SubjectId>,
    /// The version concerned.
    pub version: Option<&'a Version>,
    /// The primary place.
    pub path: Option<&'a str>,
    /// The person or machine concerned.
    pub principal: Option<&'a PrincipalName>,
    /// Every fact that is not volatile.
    pub facts: &'a BTreeMap<Fact, String>,
    /// Every circumstance.
    pub circumstances: &'a BTreeSet<Circumstance>,
}

impl Finding {
    /// Judges one observation.
    pub fn of(observation: &Observation, setting: &Setting) -> Self {
        let rule = Rule::of(observation.rule);
        let place = observation.place.as_ref();
        let mut facts = observation.facts.clone();
        facts.retain(|fact, _| !fact.is_volatile());
        Self {
            rule: observation.rule,
            level: rule.weight.level(observation, setting),
            message: rule.message(observation),
            help: rule.help(observation),
            subject: observation.subject.clone(),
            version: observation.version.clone(),
            path: place.map(|place| place.path.clone()),
            line: place.map(|place| place.line).filter(|line| *line > 0),
            column: place.map(|place| place.column).filter(|column| *column > 0),
            commit: observation.commit,
            position: observation.position,
            principal: observation.principal.clone(),
            facts,
            circumstances: observation.circumstances.clone(),
            compare: None,
        }
    }

    /// Judges a fault in a document.
    pub fn of_problem(problem: &Problem, about: About<'_>, setting: &Setting) -> Self {
        let mut observation = Observation::new(problem.rule)
            .place(problem.place.clone())
            .with(Fact::Message, &problem.message);
        observation.subject = about.subject.cloned();
        observation.version = about.version.cloned();
        observation.risk = about.risk;
        let judged = Self::of(&observation, setting);
        let level = match problem.severity {
            Some(Severity::Error) => Level::Error,
            Some(Severity::Warning) => Level::Warning,
            Some(Severity::Info) => Level::Info,
            None => judged.level,
        };
        let help = if problem.help.is_empty() {
            judged.help
        } else {
            problem.help.clone()
        };
        Self {
            level,
            message: problem.message.clone(),
            help,
            ..judged
        }
    }

    /// The same about bytes that were there when governance began, under `baseline: allow`: an
    /// error is a warning until they change.
    #[must_use]
    pub fn in_baseline(mut self) -> Self {
        if self.level < Level::Warning {
            self.level = Level::Warning;
            self.help
                .push_str(" It becomes an error as soon as the package changes.");
        }
        self
    }

    /// The severity in JSON.
    pub const fn severity(&self) -> Severity {
        self.level.severity()
    }

    /// Whether only approvals are missing.
    pub fn waiting(&self) -> bool {
        self.level == Level::Waiting
    }

    /// Whether a document's reader worded it, so that its help fits this very place.
    pub fn from_document(&self) -> bool {
        self.facts.contains_key(&Fact::Message)
    }

    /// What makes two findings the same: neither line, landing nor wording.
    pub fn identity(&self) -> FindingIdentity<'_> {
        FindingIdentity {
            rule: self.rule,
            subject: self.subject.as_ref(),
            version: self.version.as_ref(),
            path: self.path.as_deref(),
            principal: self.principal.as_ref(),
            facts: &self.facts,
            circumstances: &self.circumstances,
        }
    }

    fn sort_key(&self) -> impl Ord + '_ {
        (
            (
                self.level,
                self.rule,
                self.subject.as_ref(),
                self.version.as_ref(),
            ),
            (
                self.path.as_deref(),
                self.line,
                self.column,
                self.position,
                self.commit,
            ),
            (
                self.principal.as_ref(),
                &self.message,
                &self.help,
                &self.facts,
                &self.circumstances,
            ),
        )
    }
}

/// Judges every observation; sorted and without doubles.
pub fn judge_all<'o>(
    observations: impl IntoIterator<Item = &'o Observation>,
    setting: &Setting,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = observations
        .into_iter()
        .map(|observation| Finding::of(observation, setting))
        .collect();
    sort(&mut findings);
    findings
}

/// Sorts by level, rule (in the order of the ids), subject, version, path, line, column, position,
/// commit, principal and message, and removes doubles.
pub fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    findings.dedup();
}

/// The verdict over findings that count. `complete` says whether everything could be looked at;
/// when not, nothing is a pass or a fail.
pub fn verdict(findings: &[Finding], complete: bool) -> Verdict {
    let heaviest = findings.iter().map(|finding| finding.level).min();
    match heaviest {
        _ if !complete => Verdict::NotEvaluated,
        Some(Level::NotEvaluated) => Verdict::NotEvaluated,
        Some(Level::Error) => Verdict::Fail,
        Some(Level::Waiting) => Verdict::Waiting,
        Some(Level::Warning | Level::Info) | None => Verdict::Pass,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_model::Place;

    fn findings(rules: &[RuleId]) -> Vec<Finding> {
        let observations: Vec<Observation> =
            rules.iter().map(|rule| Observation::new(*rule)).collect();
        judge_all(&observations, &Setting::default())
    }

    #[test]
    fn the_heaviest_finding_decides() {
        use RuleId::{
            AnchorNotPinned, BlockedVersion, DeprecatedVersion, HistoryIncomplete,
            UnapprovedVersion,
        };
        assert_eq!(verdict(&[], true), Verdict::Pass);
        assert_eq!(
            verdict(&findings(&[AnchorNotPinned, DeprecatedVersion]), true),
            Verdict::Pass
        );
        assert_eq!(
            verdict(&findings(&[DeprecatedVersion, UnapprovedVersion]), true),
            Verdict::Waiting
        );
        assert_eq!(
            verdict(&findings(&[UnapprovedVersion, BlockedVersion]), true),
            Verdict::Fail
        );
        assert_eq!(
            verdict(&findings(&[BlockedVersion, HistoryIncomplete]), true),
            Verdict::NotEvaluated
        );
    }

    #[test]
    fn what_could_not_be_looked_at_is_never_a_pass() {
        assert_eq!(verdict(&[], false), Verdict::NotEvaluated);
        assert_eq!(
            verdict(&findings(&[RuleId::BlockedVersion]), false),
            Verdict::NotEvaluated
        );
    }

    #[test]
    fn waiting_is_an_error_to_a_reader_who_knows_only_severities() {
        let waiting = &findings(&[RuleId::UnapprovedVersion])[0];
        assert!(waiting.waiting());
        assert_eq!(waiting.severity(), Severity::Error);
    }

    #[test]
    fn the_order_of_observations_does_not_matter_and_doubles_go() {
        let first = Observation::new(RuleId::Symlink).place(Place::file("a"));
        let second = Observation::new(RuleId::Symlink).place(Place::file("b"));
        let third = Observation::new(RuleId::AnchorNotPinned);
        let setting = Setting::default();
        let one = judge_all([&first, &second, &third, &first], &setting);
        assert_eq!(one, judge_all([&third, &first, &second], &setting));
        assert_eq!(
            one.iter()
                .map(|finding| finding.rule.as_str())
                .collect::<Vec<_>>(),
            ["symlink", "symlink", "anchor-not-pinned"]
        );
    }

    #[test]
    fn a_fault_in_a_document_keeps_its_words_and_gets_the_rules_weight() {
        let setting = Setting::default();
        let fault = Problem::new(
            RuleId::ReferenceEscapes,
            Place::at("skills/x/SKILL.md", 4, 2),
            (30, 35),
            "`../y` leaves",
            "Copy it.",
        );
        let high = Finding::of_problem(
            &fault,
            About {
                risk: Some(Risk::High),
                ..About::default()
            },
            &setting,
        );
        assert_eq!(
            (high.level, high.message.as_str(), high.help.as_str()),
            (Level::Error, "`../y` leaves", "Copy it.")
        );
        let low = Finding::of_problem(
            &fault,
            About {
                risk: Some(Risk::Low),
                ..About::default()
            },
            &setting,
        );
        assert_eq!(
            (low.level, low.line, low.column),
            (Level::Warning, Some(4), Some(2))
        );
        assert_eq!(
            Finding::of_problem(
                &fault.review_context(Severity::Info),
                About::default(),
                &setting
            )
            .level,
            Level::Info
        );
    }

    #[test]
    fn identity_ignores_place_in_the_file_landing_and_what_is_still_due() {
        let setting = Setting::default();
        let at = |line, due: &str| {
            let observation = Observation::new(RuleId::UnapprovedVersion)
                .place(Place::at("x", line, 1))
                .with(Fact::Due, due)
                .with(Fact::Digest, "d");
            Finding::of(&observation.landing(Position(line), None), &setting)
        };
        assert_eq!(at(1, "1 of 2").identity(), at(9, "2 of 2").identity());
        let other = Observation::new(RuleId::UnapprovedVersion)
            .place(Place::at("x", 1, 1))
            .with(Fact::Digest, "e");
        assert_ne!(
            at(1, "").identity(),
            Finding::of(&other, &setting).identity()
        );
    }
}
