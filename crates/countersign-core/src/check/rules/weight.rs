//! How much a finding weighs, and under which condition it weighs differently.

use countersign_model::policy_input::Profile;
use countersign_model::{Circumstance, Observation, Position, Risk, Severity};

/// How much a finding weighs in the verdict, heaviest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The question could not be answered: the verdict is `not-evaluated`.
    NotEvaluated,
    /// Something must change: the verdict is `fail`.
    Error,
    /// Only approvals are missing: the verdict is `waiting`.
    Waiting,
    /// Someone should look.
    Warning,
    /// Worth knowing.
    Info,
}

impl Level {
    /// The severity in JSON. What keeps a verdict from being `pass` is an `error` there, so a
    /// reader that knows only severities fails closed.
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

/// What makes some rules weigh differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The subject's risk is high or critical.
    HighRisk,
    /// The policy's profile is strict.
    StrictProfile,
    /// A candidate is judged, not the tip.
    Candidate,
    /// It happened at the landing judged last, where it can still be fixed.
    LastLanding,
    /// It happened under the policy in force: no later policy change has acknowledged it.
    ThisPolicy,
    /// The record lowers authority and therefore applies.
    LowersAuthority,
    /// The decision was accepted before what silences it.
    Earlier,
    /// What a harness loads is instructions.
    Instructions,
    /// A proposed policy could never be changed again.
    Unchangeable,
}

impl Condition {
    const fn words(self) -> &'static str {
        match self {
            Self::HighRisk => "when the risk is high or critical",
            Self::StrictProfile => "in the strict profile",
            Self::Candidate => "in the change that does it",
            Self::LastLanding => "at the last landing",
            Self::ThisPolicy => "until a later policy is in force",
            Self::LowersAuthority => {
                "when the decision lowers authority, which applies all the same"
            }
            Self::Earlier => "for a decision that was accepted before",
            Self::Instructions => "for instructions such as AGENTS.md",
            Self::Unchangeable => "for a proposed policy that could never be changed again",
        }
    }

    fn applies(self, observation: &Observation, setting: &Setting) -> bool {
        match self {
            // An unknown risk counts as high: a policy that does not state it gets the stricter
            // answer.
            Self::HighRisk => observation.risk.is_none_or(Risk::is_high),
            Self::StrictProfile => setting.profile == Profile::Strict,
            Self::Candidate => setting.candidate,
            Self::LastLanding => is_since(observation, setting.last),
            Self::ThisPolicy => is_since(observation, setting.policy_since),
            Self::LowersAuthority => observation
                .circumstances
                .contains(&Circumstance::LowersAuthority),
            Self::Earlier => observation.circumstances.contains(&Circumstance::Earlier),
            Self::Instructions => observation
                .circumstances
                .contains(&Circumstance::Instructions),
            Self::Unchangeable => observation
                .circumstances
                .contains(&Circumstance::Unchangeable),
        }
    }
}

/// Whether it happened at `since` or later. What is not known counts as recent, which is stricter.
fn is_since(observation: &Observation, since: Option<Position>) -> bool {
    observation.position.is_none() || since.is_none() || observation.position >= since
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
    leveled: bool,
    exception: Option<(Condition, Level)>,
}

impl Weight {
    /// The same level every time.
    pub(super) const fn always(usual: Level) -> Self {
        Self {
            usual,
            leveled: false,
            exception: None,
        }
    }

    /// Another level under one condition.
    pub(super) const fn except(usual: Level, condition: Condition, level: Level) -> Self {
        Self {
            usual,
            leveled: false,
            exception: Some((condition, level)),
        }
    }

    /// The same where a policy may set another level for documents at some paths.
    pub(super) const fn leveled(self) -> Self {
        Self {
            leveled: true,
            ..self
        }
    }

    /// Whether a policy may set another level for documents at some paths.
    pub const fn is_leveled(&self) -> bool {
        self.leveled
    }

    /// The level of this observation.
    pub fn level(&self, observation: &Observation, setting: &Setting) -> Level {
        match self.exception {
            Some((condition, level)) if condition.applies(observation, setting) => level,
            _ => self.usual,
        }
    }

    /// The weight in words, for the documentation.
    pub(super) fn words(self) -> String {
        let words = match self.exception {
            None => self.usual.as_str().to_owned(),
            Some((condition, level)) => format!(
                "{}; {} {}",
                self.usual.as_str(),
                level.as_str(),
                condition.words()
            ),
        };
        if self.leveled {
            format!("{words}; the policy may set it")
        } else {
            words
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rule;
    use super::*;
    use countersign_model::RuleId;

    fn level(observation: &Observation, setting: Setting) -> Level {
        Rule::of(observation.rule)
            .weight
            .level(observation, &setting)
    }

    #[test]
    fn weighs_by_risk_profile_and_moment() {
        let setting = Setting::default();
        let unknown = Observation::new(RuleId::ContributorUnknown);
        assert_eq!(
            level(&unknown.clone().risk(Risk::Medium), setting),
            Level::Warning
        );
        assert_eq!(
            level(&unknown.clone().risk(Risk::High), setting),
            Level::Error
        );
        assert_eq!(
            level(&unknown, setting),
            Level::Error,
            "an unknown risk is not a low one"
        );
        let removed = Observation::new(RuleId::SubjectRemoved);
        assert_eq!(level(&removed, setting), Level::Warning);
        assert_eq!(
            level(
                &removed,
                Setting {
                    candidate: true,
                    ..setting
                }
            ),
            Level::Error
        );
        let name = Observation::new(RuleId::SkillName);
        assert_eq!(level(&name, setting), Level::Warning);
        assert_eq!(
            level(
                &name,
                Setting {
                    profile: Profile::Strict,
                    ..setting
                }
            ),
            Level::Error
        );
        let unsigned = Observation::new(RuleId::UnsignedLanding).landing(Position(3), None);
        assert_eq!(
            level(
                &unsigned,
                Setting {
                    policy_since: Some(Position(3)),
                    ..setting
                }
            ),
            Level::Error
        );
        assert_eq!(
            level(
                &unsigned,
                Setting {
                    policy_since: Some(Position(4)),
                    ..setting
                }
            ),
            Level::Warning
        );
    }

    #[test]
    fn weighs_by_circumstance() {
        let setting = Setting::default();
        for (rule, circumstance, usual, under) in [
            (
                RuleId::RecordMisplaced,
                Circumstance::LowersAuthority,
                Level::Error,
                Level::Warning,
            ),
            (
                RuleId::Ungoverned,
                Circumstance::Instructions,
                Level::Error,
                Level::Warning,
            ),
            (
                RuleId::AdministratorsTooFew,
                Circumstance::Unchangeable,
                Level::Warning,
                Level::Error,
            ),
        ] {
            assert_eq!(level(&Observation::new(rule), setting), usual, "{rule}");
            assert_eq!(
                level(&Observation::new(rule).under(circumstance), setting),
                under,
                "{rule}"
            );
        }
    }
}
