use std::path::{Path, PathBuf};

use super::*;
use countersign_model::{Place, PrincipalName, SubjectId, Version};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const BUILT_IN: &[&str] = &[
    "what",
    "subject",
    "version",
    "principal",
    "path",
    "commit",
    "position",
    "risk",
    "digest-start",
];

#[test]
fn every_id_has_its_rule_in_order() {
    assert_eq!(
        RULES.iter().map(|rule| rule.id).collect::<Vec<_>>(),
        RuleId::ALL
    );
}

#[test]
fn every_rule_is_written_for_a_reader() {
    for rule in RULES {
        let id = rule.id;
        assert!(
            rule.summary.len() <= 100
                && !rule.summary.ends_with('.')
                && rule.summary.starts_with(char::is_uppercase),
            "{id}: summary"
        );
        assert!(
            !rule.message.ends_with('.') && !rule.message.starts_with(char::is_uppercase),
            "{id}: message"
        );
        let sentences = rule.why.matches(". ").count() + 1;
        assert!(
            (2..=4).contains(&sentences) && rule.why.ends_with('.'),
            "{id}: why has {sentences} sentences"
        );
        assert!(
            rule.help.ends_with('.') && rule.help.starts_with(char::is_uppercase),
            "{id}: help"
        );
        let verb = rule.help.split(' ').next().unwrap_or_default();
        assert!(
            !["The", "A", "An", "This", "If", "It", "You", "Please"].contains(&verb),
            "{id}: help starts with a verb, not {verb}"
        );
    }
}

/// Families whose rules decide what is approved, by whom, and what an approver sees.
const TRUST_CORE: &[&str] = &[
    "What harnesses load",
    "Versions",
    "Approvals",
    "Records",
    "Decisions",
    "Signatures",
    "Keys",
    "Reviews",
    "Policy",
    "History and forge",
];

#[test]
fn no_policy_may_set_the_level_of_a_rule_of_the_trust_core() {
    for family in FAMILIES {
        for rule in family.rules {
            let leveled = rule.weight.is_leveled();
            assert_eq!(leveled, RuleId::LEVELED.contains(&rule.id), "{}", rule.id);
            let of_documents = rule
                .detected_in
                .starts_with("countersign_model::document::");
            assert!(
                !leveled || of_documents,
                "{} is not about documents",
                rule.id
            );
            assert!(
                !leveled || !TRUST_CORE.contains(&family.title),
                "{}",
                rule.id
            );
        }
    }
    // A document that cannot be read, or that shows people something else than it says, is never
    // excused.
    for rule in [
        RuleId::YamlInvalid,
        RuleId::SchemaInvalid,
        RuleId::HiddenText,
    ] {
        assert!(!Rule::of(rule).weight.is_leveled(), "{rule}");
    }
}

#[test]
fn every_placeholder_has_a_meaning() {
    for rule in RULES {
        for name in template::placeholders(rule.message).chain(template::placeholders(rule.help)) {
            let known = BUILT_IN.contains(&name)
                || Fact::named(name).is_some()
                || Circumstance::named(name).is_some();
            assert!(known, "{}: {{{name}}}", rule.id);
        }
    }
}

#[test]
fn no_fact_is_lost_in_a_message() {
    for rule in RULES {
        let mut observation = Observation::new(rule.id);
        for fact in Fact::ALL {
            observation = observation.with(*fact, format!("<{fact}>"));
        }
        for circumstance in Circumstance::ALL {
            observation = observation.under(*circumstance);
        }
        let message = rule.message(&observation);
        for (fact, value) in &observation.facts {
            let shown = rule.message.contains(&format!("{{{fact}}}"));
            let requested = rule.message.contains(&format!("{{?{fact}}}"));
            let may_be_left_out = !shown && (requested || fact.is_silent());
            assert!(
                may_be_left_out || message.contains(value.as_str()),
                "{}: {fact} is missing in `{message}`",
                rule.id
            );
        }
    }
}

#[test]
fn every_message_reads_as_a_sentence_without_facts() {
    for rule in RULES {
        let message = rule.message(&Observation::new(rule.id));
        assert!(
            !message.contains(['{', '}', '[', ']']) && !message.contains("  "),
            "{}: {message}",
            rule.id
        );
    }
}

/// The file or folder of a module such as `countersign_core::replay::tip`.
fn source_of(module: &str) -> PathBuf {
    let (package, modules) = module.split_once("::").expect("a crate and a module");
    let source = match package {
        "countersign" => Path::new(ROOT).join("src"),
        package => Path::new(ROOT)
            .join("crates")
            .join(package.replace('_', "-"))
            .join("src"),
    };
    let module = source.join(modules.replace("::", "/"));
    if module.is_dir() {
        module
    } else {
        module.with_extension("rs")
    }
}

/// Whether the sources of a module, below it too, name `rule`.
fn names(source: &Path, rule: &str) -> bool {
    if source.is_dir() {
        let with_extension = source.with_extension("rs");
        let mut below = std::fs::read_dir(source).into_iter().flatten().flatten();
        return with_extension.is_file() && names(&with_extension, rule)
            || below.any(|entry| names(&entry.path(), rule));
    }
    std::fs::read_to_string(source).is_ok_and(|text| {
        text.split(|c: char| !c.is_alphanumeric())
            .any(|word| word == rule)
    })
}

#[test]
fn every_rule_is_detected_where_it_says() {
    for rule in RULES {
        let source = source_of(rule.detected_in);
        assert!(
            names(&source, &format!("{:?}", rule.id)),
            "{} is not detected in {}",
            rule.id,
            rule.detected_in
        );
    }
}

#[test]
fn names_subject_version_and_person_in_messages_and_commands() {
    let subject: SubjectId = "skill/pdf-tools".parse().expect("a subject");
    let version = Version::declared("1.1.0").expect("a version");
    let observation = Observation::new(RuleId::VersionRegressed)
        .subject(&subject)
        .version(&version)
        .place(Place::file("skills/pdf-tools"))
        .with(Fact::Current, "1.2.0");
    let rule = Rule::of(RuleId::VersionRegressed);
    assert_eq!(
        rule.message(&observation),
        "skill/pdf-tools 1.1.0 is below the highest approved version (current is 1.2.0), and no rollback names it"
    );
    assert!(
        rule.help(&observation)
            .contains("`countersign rollback skill/pdf-tools --to 1.1.0 --reason …`")
    );
    let alice: PrincipalName = "alice".parse().expect("a name");
    let own = Observation::new(RuleId::SelfApproval)
        .subject(&subject)
        .version(&version)
        .principal(&alice)
        .with(Fact::Role, "author");
    assert_eq!(
        Rule::of(RuleId::SelfApproval).message(&own),
        "the approval by alice does not count: they contributed to skill/pdf-tools 1.1.0 (author)"
    );
}

/// `COUNTERSIGN_WRITE_DOCS=1 cargo test -p countersign-core --lib rules_page` writes the page
/// again.
#[test]
fn the_rules_page_is_current() {
    let path = Path::new(ROOT).join("docs/rules.md");
    let page = documentation();
    if std::env::var_os("COUNTERSIGN_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs/ can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/rules.md is stale: run COUNTERSIGN_WRITE_DOCS=1 cargo test -p countersign-core --lib rules_page"
    );
}
