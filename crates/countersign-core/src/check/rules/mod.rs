//! The rules: one file each. A new rule is its id in `model::rule`, its file here and its line in the list below.
//!
//! A rule judges an observation that an earlier layer made; it never looks at the repository itself.

use std::fmt::Write as _;

use super::template;
use countersign_model::policy_input::Profile;
use countersign_model::{Digest, Observation, Position, RuleId, Severity};

macro_rules! rules {
    ($($module:ident,)*) => {
        $(mod $module;)*

        /// Every rule, in the order of [`RuleId::ALL`].
        pub const RULES: &[&Rule] = &[$(&$module::RULE,)*];
    };
}

rules! {
    yaml_invalid,
    yaml_ambiguous,
    schema_invalid,
    schema_unknown,
    skill_frontmatter,
    skill_name,
    skill_field,
    skill_portability,
    skill_file_missing,
    prompt_invalid,
    server_invalid,
    secret_literal,
    agent_invalid,
    agent_dependency,
    contract_invalid,
    contract_mode,
    contract_scope,
    contract_role,
    document_owner,
    package_empty,
    package_shape,
    package_too_large,
    package_nested,
    required_file_missing,
    symlink,
    submodule,
    lfs_pointer,
    file_mode,
    path_name,
    path_collision,
    tree_malformed,
    attributes_alter_bytes,
    hidden_text,
    reference_escapes,
    subject_name,
    subject_ambiguous,
    subject_removed,
    name_collision,
    ungoverned,
    ignored,
    unversioned,
    unapproved_version,
    draft_allowed,
    rejected_version,
    deprecated_version,
    archived_version,
    rolled_back_version,
    blocked_version,
    revoked_content,
    contains_revoked_file,
    revoked_elsewhere,
    version_regressed,
    version_reused,
    stale_approval,
    approval_expired,
    approved_under_earlier_rule,
    baseline_content,
    self_approval,
    self_approval_exempt,
    contributor_unknown,
    record_invalid,
    record_misplaced,
    record_unexpected,
    record_future,
    wrong_repository,
    decision_altered,
    decision_dropped,
    decision_replayed,
    decision_without_effect,
    unanswered,
    not_authorized,
    machine_principal,
    principal_unknown,
    principal_suspended,
    evidence_missing,
    evidence_not_accepted,
    wrong_namespace,
    detached_signature_unreadable,
    signature_invalid,
    key_unknown,
    key_mismatch,
    key_weak,
    key_expired,
    key_revoked,
    key_compromised,
    commit_evidence_refused,
    review_unverified,
    recorder_not_authorized,
    review_stale,
    review_not_counted,
    commit_signature_not_canonical,
    unsigned_landing,
    policy_invalid,
    policy_missing,
    policy_irregular,
    policy_pending,
    policy_previous,
    policy_serial,
    policy_fork,
    key_reassigned,
    administrators_too_few,
    policy_compromised,
    policy_unmatched,
    owner_unknown,
    requirement_unsatisfiable,
    rules_overlap,
    separation_off,
    governance_narrowed,
    policy_restart,
    history_incomplete,
    anchor_not_reached,
    anchor_not_pinned,
    includes_missing,
    history_rewritten,
    base_not_on_branch,
    merge_conflict,
    governance_starts,
    forge_unanswered,
    gate_not_protected,
}

/// How much a finding weighs in the verdict, heaviest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The question could not be answered: the verdict is `not-evaluated`.
    NotEvaluated,
    /// Something must change: the verdict is `fail`.
    Error,
    /// Only approvals are missing: the verdict is `waiting`.
    Waiting,
    /// Somebody should look.
    Warning,
    /// Worth knowing.
    Info,
}

impl Level {
    /// The severity in JSON. What keeps a verdict from being `pass` is an `error` there, so a reader that knows only severities fails closed.
    pub const fn severity(self) -> Severity {
        match self {
            Self::NotEvaluated | Self::Error | Self::Waiting => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
        }
    }

    /// The word shown to people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotEvaluated => "not evaluated",
            Self::Error => "error",
            Self::Waiting => "waiting",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// What some rules weigh differently by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The subject's risk is high or critical.
    HighRisk,
    /// The policy's profile is strict.
    StrictProfile,
    /// A candidate is judged, not the tip.
    Candidate,
    /// It happened at the landing judged last, where it can still be mended.
    LastLanding,
    /// It happened under the policy in force: no later policy change has taken note of it.
    ThisPolicy,
    /// The record lowers authority and therefore holds (`holds` in the observation).
    Holds,
    /// What a harness loads is instructions (`instructions` in the observation).
    Instructions,
    /// A proposed policy could never be changed again (`unchangeable` in the observation).
    Unchangeable,
}

impl Condition {
    const fn words(self) -> &'static str {
        match self {
            Self::HighRisk => "when the risk is high or critical",
            Self::StrictProfile => "in the strict profile",
            Self::Candidate => "in the change that does it",
            Self::LastLanding => "at the last landing",
            Self::ThisPolicy => "until a later policy comes into force",
            Self::Holds => "when the decision lowers authority, which holds all the same",
            Self::Instructions => "for instructions such as AGENTS.md",
            Self::Unchangeable => "for a proposed policy that could never be changed again",
        }
    }
}

/// What is known beside the observation when its weight is found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setting {
    /// The policy's profile.
    pub profile: Profile,
    /// Whether a candidate is judged (`--base`).
    pub candidate: bool,
    /// The last landing judged; `None` when there is none.
    pub last: Option<Position>,
    /// The landing that brought the policy in force; `None` when it is not known.
    pub policy_since: Option<Position>,
}

/// A rule's level, and the one condition under which it differs.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    usual: Level,
    exception: Option<(Condition, Level)>,
}

impl Weight {
    /// The same level every time.
    const fn always(usual: Level) -> Self {
        Self { usual, exception: None }
    }

    /// Another level under one condition.
    const fn except(usual: Level, condition: Condition, level: Level) -> Self {
        Self { usual, exception: Some((condition, level)) }
    }

    /// The level of this observation.
    pub fn level(&self, observation: &Observation, setting: &Setting) -> Level {
        match self.exception {
            Some((condition, level)) if condition.holds(observation, setting) => level,
            _ => self.usual,
        }
    }
}

impl Condition {
    fn holds(self, observation: &Observation, setting: &Setting) -> bool {
        match self {
            // An unknown risk counts as high: whoever forgets to say it gets the stricter answer.
            Self::HighRisk => observation.risk.is_none_or(countersign_model::Risk::is_high),
            Self::StrictProfile => setting.profile == Profile::Strict,
            Self::Candidate => setting.candidate,
            Self::LastLanding => observation.position.is_none() || setting.last.is_none() || observation.position >= setting.last,
            Self::ThisPolicy => {
                observation.position.is_none() || setting.policy_since.is_none() || observation.position >= setting.policy_since
            }
            Self::Holds => observation.data.contains_key("holds"),
            Self::Instructions => observation.data.contains_key("instructions"),
            Self::Unchangeable => observation.data.contains_key("unchangeable"),
        }
    }
}

/// One rule. `message` and `help` are templates of `template`; placeholders are `what` (subject and version), `subject`, `version`,
/// `principal`, `path`, `position`, `commit`, `risk`, or a named fact of the observation.
#[derive(Debug)]
pub struct Rule {
    /// Its stable id.
    pub id: RuleId,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// What is said about one observation.
    pub message: &'static str,
    /// What goes wrong for a user without it.
    pub why: &'static str,
    /// What mends it: begins with a verb.
    pub help: &'static str,
    /// How it weighs.
    pub weight: Weight,
}

impl Rule {
    /// The rule with this id.
    pub fn of(id: RuleId) -> &'static Self {
        RULES.iter().find(|rule| rule.id == id).expect("a test holds that every id has a rule")
    }

    /// The sentence about `observation`. Facts that the template does not use follow in parentheses, so that none is lost.
    pub fn message(&self, observation: &Observation) -> String {
        let mut text = template::fill(self.message, &|name| value(observation, name), &|name| neutral(name).to_owned());
        let used: Vec<&str> = template::placeholders(self.message).collect();
        let left: Vec<String> = observation
            .data
            .iter()
            .filter(|(name, _)| !used.contains(&name.as_str()) && !SILENT.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}", shortened(value)))
            .collect();
        if !left.is_empty() {
            let _ = write!(text, " ({})", left.join(", "));
        }
        text
    }

    /// The action that mends `observation`.
    pub fn help(&self, observation: &Observation) -> String {
        template::fill(self.help, &|name| value(observation, name), &|name| name.to_uppercase())
    }
}

// Facts for machines and for telling findings apart, which would only lengthen a sentence.
const SILENT: &[&str] = &[
    "add",
    "digest",
    "record",
    "content",
    "holds",
    "unchangeable",
    "decision",
    "policy",
    "count",
    "missing",
    "digest-in-force",
    "serial-in-force",
];

fn value(observation: &Observation, name: &str) -> Option<String> {
    let subject = observation.subject.as_ref().map(ToString::to_string);
    match name {
        "what" => match (subject, &observation.version) {
            (Some(subject), Some(version)) => Some(format!("{subject} {}", version.label())),
            (subject, _) => subject,
        },
        "subject" => subject,
        "version" => observation.version.as_ref().map(ToString::to_string),
        "principal" => observation.principal.as_ref().map(ToString::to_string),
        "path" => observation.data.get("path").cloned().or_else(|| observation.place.as_ref().map(|place| place.path.clone())),
        "position" => observation.position.map(|position| position.to_string()),
        "commit" => observation.commit.map(|commit| commit.short()),
        "risk" => observation.risk.map(|risk| risk.to_string()),
        // As commands take it.
        "digest-start" => {
            let digest: Digest = observation.data.get("digest")?.parse().ok()?;
            Some(format!("sha256:{}", digest.short(12)))
        }
        named => observation.data.get(named).map(|fact| shortened(fact)),
    }
}

/// A full digest is for machines; people compare its beginning.
fn shortened(fact: &str) -> String {
    fact.parse::<Digest>().map_or_else(|_| fact.to_owned(), |digest| format!("sha256:{}…", digest.short(12)))
}

const fn neutral(name: &str) -> &'static str {
    match name.as_bytes() {
        b"what" | b"subject" => "this package",
        b"version" => "this version",
        b"principal" => "somebody",
        b"path" => "this path",
        _ => "something unknown",
    }
}

/// The page `docs/rules.md`.
pub fn documentation() -> String {
    let mut page = String::from(
        "# Rules\n\n\
         <!-- Generated from `crates/countersign-core/src/check/rules`; a test keeps it current. -->\n\n\
         Every finding of `countersign check` names one of these rules. An *error* makes the verdict `fail`; *waiting* means that only\n\
         approvals are missing (JSON shows it as an error, because it is no pass); *not evaluated* that the question could not be answered;\n\
         a *warning* or *info* never changes the verdict.\n\n\
         Under `baseline: allow`, faults in documents are warnings while the package has the bytes that it had when governance began. They\n\
         weigh in full as soon as it changes, moves, or is copied.\n\n\
         | rule | level | finds |\n|---|---|---|\n",
    );
    for rule in RULES {
        let _ = writeln!(
            page,
            "| [`{id}`](#{id}) | {level} | {summary} |",
            id = rule.id,
            level = level_words(rule.weight),
            summary = rule.summary
        );
    }
    for rule in RULES {
        let help = template::fill(rule.help, &|_| None, &|name| name.to_uppercase());
        let _ = write!(
            page,
            "\n## {id}\n\n{summary}. *{level}*\n\n**Why.** {why}\n\n**How to fix it.** {help}\n",
            id = rule.id,
            summary = rule.summary,
            level = level_words(rule.weight),
            why = rule.why,
        );
    }
    page
}

fn level_words(weight: Weight) -> String {
    match weight.exception {
        None => weight.usual.as_str().to_owned(),
        Some((condition, level)) => format!("{}; {} {}", weight.usual.as_str(), level.as_str(), condition.words()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_model::{Place, PrincipalName, Risk, SubjectId, Version};

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");

    #[test]
    fn every_id_has_its_rule_in_order() {
        assert_eq!(RULES.iter().map(|rule| rule.id).collect::<Vec<_>>(), RuleId::ALL);
    }

    #[test]
    fn every_rule_is_written_for_a_reader() {
        for rule in RULES {
            let id = rule.id;
            assert!(
                rule.summary.len() <= 100 && !rule.summary.ends_with('.') && rule.summary.starts_with(char::is_uppercase),
                "{id}: summary"
            );
            assert!(!rule.message.ends_with('.') && !rule.message.starts_with(char::is_uppercase), "{id}: message");
            let sentences = rule.why.matches(". ").count() + 1;
            assert!((2..=4).contains(&sentences) && rule.why.ends_with('.'), "{id}: why has {sentences} sentences");
            assert!(rule.help.ends_with('.') && rule.help.starts_with(char::is_uppercase), "{id}: help");
            let verb = rule.help.split(' ').next().unwrap_or_default();
            assert!(!["The", "A", "An", "This", "If", "It", "You", "Please"].contains(&verb), "{id}: help starts with a verb, not {verb}");
        }
    }

    #[test]
    fn no_fact_is_lost_in_a_message() {
        for rule in RULES {
            let mut observation = Observation::new(rule.id).with("why", "the-why").with("surplus", "the-surplus");
            for name in template::placeholders(rule.message) {
                observation = observation.with(name, format!("<{name}>"));
            }
            let message = rule.message(&observation);
            for (name, value) in &observation.data {
                let builtin = ["what", "subject", "version", "principal", "path", "commit", "position", "risk"].contains(&name.as_str());
                let asked_only = rule.message.contains(&format!("{{?{name}}}")) && !rule.message.contains(&format!("{{{name}}}"));
                assert!(builtin || asked_only || message.contains(value.as_str()), "{}: {name} is missing in `{message}`", rule.id);
            }
        }
    }

    #[test]
    fn every_message_reads_as_a_sentence_without_facts() {
        for rule in RULES {
            let message = rule.message(&Observation::new(rule.id));
            assert!(!message.contains(['{', '}', '[', ']']) && !message.contains("  "), "{}: {message}", rule.id);
        }
    }

    #[test]
    fn weighs_by_risk_profile_and_moment() {
        let level = |id: RuleId, observation: &Observation, setting: &Setting| Rule::of(id).weight.level(observation, setting);
        let setting = Setting::default();
        let unknown = Observation::new(RuleId::ContributorUnknown);
        assert_eq!(level(RuleId::ContributorUnknown, &unknown.clone().risk(Risk::Medium), &setting), Level::Warning);
        assert_eq!(level(RuleId::ContributorUnknown, &unknown.clone().risk(Risk::High), &setting), Level::Error);
        assert_eq!(level(RuleId::ContributorUnknown, &unknown, &setting), Level::Error, "an unknown risk is not a low one");
        let removed = Observation::new(RuleId::SubjectRemoved);
        assert_eq!(level(RuleId::SubjectRemoved, &removed, &setting), Level::Warning);
        assert_eq!(level(RuleId::SubjectRemoved, &removed, &Setting { candidate: true, ..setting }), Level::Error);
        let name = Observation::new(RuleId::SkillName);
        assert_eq!(level(RuleId::SkillName, &name, &setting), Level::Warning);
        assert_eq!(level(RuleId::SkillName, &name, &Setting { profile: Profile::Strict, ..setting }), Level::Error);
        let unsigned = Observation::new(RuleId::UnsignedLanding).landing(Position(3), None);
        assert_eq!(level(RuleId::UnsignedLanding, &unsigned, &Setting { policy_since: Some(Position(3)), ..setting }), Level::Error);
        assert_eq!(level(RuleId::UnsignedLanding, &unsigned, &Setting { policy_since: Some(Position(4)), ..setting }), Level::Warning);
        let misplaced = Observation::new(RuleId::RecordMisplaced);
        assert_eq!(level(RuleId::RecordMisplaced, &misplaced, &setting), Level::Error);
        assert_eq!(level(RuleId::RecordMisplaced, &misplaced.with("holds", "yes"), &setting), Level::Warning);
    }

    #[test]
    fn names_subject_version_and_person_in_messages_and_commands() {
        let subject: SubjectId = "skill/pdf-tools".parse().expect("a subject");
        let version = Version::declared("1.1.0").expect("a version");
        let observation = Observation::new(RuleId::VersionRegressed)
            .subject(&subject)
            .version(&version)
            .place(Place::file("skills/pdf-tools"))
            .with("current", "1.2.0");
        let rule = Rule::of(RuleId::VersionRegressed);
        assert_eq!(
            rule.message(&observation),
            "skill/pdf-tools 1.1.0 is below the highest approved version (current is 1.2.0), and no rollback names it"
        );
        assert!(rule.help(&observation).contains("`countersign rollback skill/pdf-tools --to 1.1.0 --reason …`"));
        let alice: PrincipalName = "alice".parse().expect("a name");
        let own = Observation::new(RuleId::SelfApproval).subject(&subject).version(&version).principal(&alice).with("role", "author");
        assert_eq!(
            Rule::of(RuleId::SelfApproval).message(&own),
            "the approval by alice does not count: they contributed to skill/pdf-tools 1.1.0 (author)"
        );
    }

    /// `COUNTERSIGN_WRITE_DOCS=1 cargo test -p countersign-core --lib rules_page` writes the page anew.
    #[test]
    fn the_rules_page_is_current() {
        let page = documentation();
        if std::env::var_os("COUNTERSIGN_WRITE_DOCS").is_some() {
            std::fs::write(PAGE, &page).expect("docs/ can be written");
        }
        let written = std::fs::read_to_string(PAGE).unwrap_or_default();
        assert!(written == page, "docs/rules.md is stale: run COUNTERSIGN_WRITE_DOCS=1 cargo test -p countersign-core --lib rules_page");
    }
}
