//! The rules, one file for each family: what a finding says, why the rule exists, how to fix it,
//! and how much it weighs.
//!
//! A rule judges an observation that an earlier layer made; it never looks at the repository
//! itself. Ids are listed in [`countersign_model::rule`]; an id without its rule here, or with two,
//! does not compile.

mod agent;
mod approval;
mod decision;
mod document;
mod evidence;
mod file;
mod history;
mod key;
mod loaded;
mod package;
mod page;
mod policy;
mod record;
mod review;
mod skill;
mod version;
mod weight;

use std::fmt::Write as _;

use super::template;
use countersign_model::{Circumstance, Digest, Fact, Observation, RuleId};

pub use self::page::documentation;
pub use self::weight::{Condition, Level, Setting, Weight};

/// Rules about one matter.
struct Family {
    title: &'static str,
    rules: &'static [Rule],
    /// Whether they are about what is in a tree, whatever versions it declares.
    about_content: bool,
}

/// Every family, in the order of the documentation.
const FAMILIES: &[Family] = &[
    Family {
        title: "Documents",
        rules: document::RULES,
        about_content: true,
    },
    Family {
        title: "Skills",
        rules: skill::RULES,
        about_content: true,
    },
    Family {
        title: "Agents and contracts",
        rules: agent::RULES,
        about_content: true,
    },
    Family {
        title: "Packages and subjects",
        rules: package::RULES,
        about_content: true,
    },
    Family {
        title: "Files",
        rules: file::RULES,
        about_content: true,
    },
    Family {
        title: "What harnesses load",
        rules: loaded::RULES,
        about_content: true,
    },
    Family {
        title: "Versions",
        rules: version::RULES,
        about_content: false,
    },
    Family {
        title: "Approvals",
        rules: approval::RULES,
        about_content: false,
    },
    Family {
        title: "Records",
        rules: record::RULES,
        about_content: false,
    },
    Family {
        title: "Decisions",
        rules: decision::RULES,
        about_content: false,
    },
    Family {
        title: "Signatures",
        rules: evidence::RULES,
        about_content: false,
    },
    Family {
        title: "Keys",
        rules: key::RULES,
        about_content: false,
    },
    Family {
        title: "Reviews",
        rules: review::RULES,
        about_content: false,
    },
    Family {
        title: "Policy",
        rules: policy::RULES,
        about_content: false,
    },
    Family {
        title: "History and forge",
        rules: history::RULES,
        about_content: false,
    },
];

const COUNT: usize = RuleId::ALL.len();

/// Every rule, in the order of [`RuleId::ALL`].
pub static RULES: [&Rule; COUNT] = by_id();

/// Looks each id up when this crate is compiled, so that no id is without its rule.
const fn by_id() -> [&'static Rule; COUNT] {
    let mut rules = [&FAMILIES[0].rules[0]; COUNT];
    let mut is_found = [false; COUNT];
    let mut family = 0;
    while family < FAMILIES.len() {
        let of_family = FAMILIES[family].rules;
        let mut index = 0;
        while index < of_family.len() {
            let id = of_family[index].id as usize;
            assert!(!is_found[id], "a rule is in `check/rules` twice");
            is_found[id] = true;
            rules[id] = &of_family[index];
            index += 1;
        }
        family += 1;
    }
    let mut id = 0;
    while id < COUNT {
        assert!(
            is_found[id],
            "a rule id of `countersign_model::rule` has no rule in `check/rules`"
        );
        id += 1;
    }
    rules
}

/// Whether a rule is about what is in a tree, so that its findings stay the same when only a version
/// changes.
pub fn is_about_content(id: RuleId) -> bool {
    FAMILIES
        .iter()
        .any(|family| family.about_content && family.rules.iter().any(|rule| rule.id == id))
}

/// One rule. `message` and `help` are templates of `template`; a placeholder is `what` (subject and
/// version), `subject`, `version`, `principal`, `path`, `position`, `commit`, `risk`,
/// `digest-start`, or the name of a [`Fact`] or [`Circumstance`].
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
    /// What fixes it: begins with a verb.
    pub help: &'static str,
    /// The module that makes the observation.
    pub detected_in: &'static str,
    /// How it weighs.
    pub weight: Weight,
}

impl Rule {
    /// The rule with this id.
    pub fn of(id: RuleId) -> &'static Self {
        RULES[id as usize]
    }

    /// The sentence about `observation`. Facts that the template does not use follow in
    /// parentheses, so that none is lost.
    pub fn message(&self, observation: &Observation) -> String {
        let mut text = template::fill(self.message, &|name| value(observation, name), &|name| {
            unknown(name).to_owned()
        });
        let used: Vec<&str> = template::placeholders(self.message).collect();
        let left: Vec<String> = observation
            .facts
            .iter()
            .filter(|(fact, _)| !used.contains(&fact.as_str()) && !fact.is_silent())
            .map(|(fact, text)| format!("{fact}: {}", shortened(text)))
            .collect();
        if !left.is_empty() {
            let _ = write!(text, " ({})", left.join(", "));
        }
        text
    }

    /// The action that fixes `observation`, or what has to be done before it.
    pub fn help(&self, observation: &Observation) -> String {
        if let Some(first) = observation.facts.get(&Fact::First) {
            return first.clone();
        }
        template::fill(self.help, &|name| value(observation, name), &|name| {
            name.to_uppercase()
        })
    }
}

/// What the placeholder `name` stands for.
fn value(observation: &Observation, name: &str) -> Option<String> {
    let subject = observation.subject.as_ref().map(ToString::to_string);
    let fact = |fact: Fact| observation.facts.get(&fact);
    match name {
        "what" => match (subject, &observation.version) {
            (Some(subject), Some(version)) => Some(format!("{subject} {}", version.label())),
            (subject, _) => subject,
        },
        "subject" => subject,
        "version" => observation.version.as_ref().map(ToString::to_string),
        "principal" => observation.principal.as_ref().map(ToString::to_string),
        "path" => fact(Fact::Path)
            .cloned()
            .or_else(|| observation.place.as_ref().map(|place| place.path.clone())),
        "position" => observation.position.map(|position| position.to_string()),
        "commit" => observation.commit.map(|commit| commit.short()),
        "risk" => observation.risk.map(|risk| risk.to_string()),
        // As commands take it.
        "digest-start" => {
            let digest: Digest = fact(Fact::Digest)?.parse().ok()?;
            Some(format!("sha256:{}", digest.short(12)))
        }
        _ => match (Fact::named(name), Circumstance::named(name)) {
            (Some(named), _) => fact(named).map(|text| shortened(text)),
            (None, Some(circumstance)) => observation
                .circumstances
                .contains(&circumstance)
                .then(String::new),
            (None, None) => None,
        },
    }
}

/// A full digest is for machines; people compare its beginning.
fn shortened(fact: &str) -> String {
    fact.parse::<Digest>().map_or_else(
        |_| fact.to_owned(),
        |digest| format!("sha256:{}…", digest.short(12)),
    )
}

/// What a message says where a value is not known.
const fn unknown(name: &str) -> &'static str {
    match name.as_bytes() {
        b"what" | b"subject" => "this package",
        b"version" => "this version",
        b"principal" => "someone",
        b"path" => "this path",
        _ => "something unknown",
    }
}

#[cfg(test)]
mod tests;
