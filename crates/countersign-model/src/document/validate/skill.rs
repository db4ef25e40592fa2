//! A Skill against the Agent Skills specification (<https://agentskills.io/specification>),
//! strictly or as real harnesses load it.
//!
//! In the strict profile a deviation breaks the rule of its field. In the lenient one it is a note
//! on portability: some harness loads the Skill as it is and another will not. What no harness
//! loads is an error in both.

use serde_json::Value;

use super::{Context, PackageFile, owner, two_readings, version};
use crate::document::frontmatter_fields::{
    self, FrontmatterFields, FrontmatterFieldsFault, scalar,
};
use crate::document::problem::{MOST_PROBLEMS, Problem, closest, shown};
use crate::document::spans::{Lines, join};
use crate::document::yaml::Tree;
use crate::document::{declaration, head};
use crate::document_input::skill::{
    COMPATIBILITY_LIMIT, DESCRIPTION_LIMIT, NAME_LIMIT, SKILL_KEYS,
};
use crate::{Kind, RuleId};

// Keys that Claude Code reads beyond the specification, from its documentation of Skills.
const CLAUDE_CODE_KEYS: [&str; 12] = [
    "agent",
    "argument-hint",
    "background",
    "context",
    "disable-model-invocation",
    "effort",
    "hooks",
    "model",
    "paths",
    "shell",
    "user-invocable",
    "when_to_use",
];

const DOCUMENT: &str = "SKILL.md";

pub(super) fn check(context: &Context<'_>, problems: &mut Vec<Problem>) {
    let Some(file) = context.main() else {
        problems.push(missing(context));
        return;
    };
    let path = context.path(file);
    match frontmatter_fields::read(&path, file.bytes, context.is_lenient()) {
        Ok(matter) => problems.extend(
            Check {
                context,
                matter: &matter,
                problems: Vec::new(),
            }
            .run(file),
        ),
        Err(FrontmatterFieldsFault::Fence(fault)) => {
            let text = String::from_utf8_lossy(file.bytes);
            let place = Lines::of(&text).place(&path, &text, fault.offset());
            let span = (fault.offset(), fault.offset());
            problems.push(Problem::new(
                RuleId::SkillFrontmatter,
                place,
                span,
                fault.to_string(),
                fault.help(),
            ));
        }
        Err(FrontmatterFieldsFault::Yaml(faults)) => {
            problems.extend(super::under(RuleId::SkillFrontmatter, faults));
        }
    }
}

fn missing(context: &Context<'_>) -> Problem {
    match context.misspelled(DOCUMENT) {
        Some(file) => {
            let message = format!(
                "`{}` is not `{DOCUMENT}`: harnesses do not find it on case-sensitive file systems",
                shown(file.path)
            );
            Problem::of_file(
                RuleId::SkillFileMissing,
                &context.path(file),
                message,
                format!("Rename the file to `{DOCUMENT}`."),
            )
        }
        None => context.problem(
            RuleId::SkillFileMissing,
            format!("no `{DOCUMENT}` in this folder"),
            format!("Add `{DOCUMENT}`."),
        ),
    }
}

struct Check<'c, 'p> {
    context: &'c Context<'p>,
    matter: &'c FrontmatterFields,
    problems: Vec<Problem>,
}

impl Check<'_, '_> {
    fn run(mut self, file: &PackageFile<'_>) -> Vec<Problem> {
        self.fences(file);
        self.encoding(file);
        self.styles();
        self.keys();
        self.name();
        self.description();
        self.compatibility();
        self.plain_text("/license", "license");
        self.metadata();
        self.allowed_tools();
        self.facts();
        self.problems.truncate(MOST_PROBLEMS);
        self.problems
    }

    fn tree(&self) -> &Tree {
        &self.matter.tree
    }

    fn value(&self, pointer: &str) -> Option<&Value> {
        self.tree().value.pointer(pointer)
    }

    // Breaks its rule in the strict profile; a note on portability in the lenient one.
    fn deviates(&mut self, mut problem: Problem) {
        if self.context.is_lenient() {
            problem.rule = RuleId::SkillPortability;
        }
        self.problems.push(problem);
    }

    fn deviates_at(
        &mut self,
        rule: RuleId,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let problem = self.tree().problem(rule, pointer, message, help);
        self.deviates(problem);
    }

    fn fences(&mut self, file: &PackageFile<'_>) {
        if self.matter.frontmatter.byte_order_mark {
            let message = "a byte order mark before the frontmatter: some harnesses then ignore the frontmatter";
            let help = "Save the file as UTF-8 without a byte order mark.";
            let problem = Problem::new(
                RuleId::SkillFrontmatter,
                crate::Place::at(self.context.path(file), 1, 1),
                (0, 3),
                message,
                help,
            );
            self.deviates(problem);
        }
        let path = self.context.path(file);
        let rule = if self.context.is_lenient() {
            RuleId::SkillPortability
        } else {
            RuleId::SkillFrontmatter
        };
        self.problems.extend(two_readings::cuts(
            self.context,
            rule,
            &path,
            file.bytes,
            &self.matter.frontmatter.yaml,
        ));
        self.problems
            .extend(two_readings::ambiguities(&self.matter.tree));
    }

    fn encoding(&mut self, file: &PackageFile<'_>) {
        let Err(error) = std::str::from_utf8(file.bytes) else {
            return;
        };
        let at = error.valid_up_to();
        let place = super::line_only(&self.context.path(file), &file.bytes[..at]);
        let message = "a byte that is not UTF-8: the reference implementation fails on it";
        self.deviates(Problem::new(
            RuleId::SkillFrontmatter,
            place,
            (at, at + 1),
            message,
            "Save the file as UTF-8.",
        ));
    }

    fn styles(&mut self) {
        for key in self.matter.quoted.clone() {
            let pointer = join("", &key);
            let message = format!("the value of `{key}` is not YAML without quotes");
            self.deviates_at(
                RuleId::SkillFrontmatter,
                &pointer,
                message,
                "Put the whole value in double quotes.",
            );
        }
        let mut flows = Vec::new();
        collect_flows(self.tree(), &self.tree().value, "", &mut flows);
        for pointer in flows {
            let help = "Write one entry per line: the reference implementation refuses brackets and braces.";
            self.deviates_at(
                RuleId::SkillFrontmatter,
                &pointer,
                "a value in flow style",
                help,
            );
        }
    }

    fn keys(&mut self) {
        let Some(fields) = self.tree().value.as_object() else {
            return;
        };
        let unknown: Vec<_> = fields
            .keys()
            .filter(|key| !SKILL_KEYS.contains(&key.as_str()))
            .cloned()
            .collect();
        for key in unknown {
            let mut message = format!(
                "`{}` is not one of the six fields of the specification",
                shown(&key)
            );
            if CLAUDE_CODE_KEYS.contains(&key.as_str()) {
                message.push_str("; only Claude Code reads it");
            } else if let Some(meant) = closest(&key, SKILL_KEYS.into_iter()) {
                message = format!("{message}: did you mean `{meant}`?");
            }
            let problem = self.tree().key_problem(
                RuleId::SkillField,
                &join("", &key),
                message,
                "Move it under `metadata`, or remove it.",
            );
            self.deviates(problem);
        }
    }

    fn name(&mut self) {
        let folder = self
            .context
            .package
            .path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let help = format!("Write `name: {}`.", shown(&folder));
        let Some(value) = self.value("/name").cloned() else {
            self.deviates_at(
                RuleId::SkillName,
                "",
                "the field `name` is missing; harnesses that load it anyway use the folder name",
                help,
            );
            return;
        };
        let Some(name) = self.text(RuleId::SkillName, "/name", "name", &value) else {
            return;
        };
        let mut faults = Vec::new();
        if name.is_empty() {
            faults.push("the name is empty".to_owned());
        } else {
            let length = name.chars().count();
            if length > NAME_LIMIT {
                faults.push(format!(
                    "the name has {length} characters, but only {NAME_LIMIT} are allowed"
                ));
            }
            if !name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            {
                faults.push(format!(
                    "the name `{}` has characters other than a-z, 0-9 and -",
                    shown(&name)
                ));
            }
            if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
                faults.push(format!(
                    "the name `{}` starts or ends with a hyphen, or has two in a row",
                    shown(&name)
                ));
            }
            if name != folder {
                faults.push(format!(
                    "the name `{}` differs from the folder name, `{}`",
                    shown(&name),
                    shown(&folder)
                ));
            }
        }
        for fault in faults {
            self.deviates_at(
                RuleId::SkillName,
                "/name",
                fault,
                "Give the folder and the field `name` the same name, of a-z, 0-9 and single hyphens.",
            );
        }
    }

    // The text of a field. Another scalar is a deviation that harnesses read as text; anything else
    // is broken.
    fn text(&mut self, rule: RuleId, pointer: &str, field: &str, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => {
                let message =
                    format!("`{field}` is not text: YAML readers see a number or a boolean");
                self.deviates_at(rule, pointer, message, "Put the value in quotes.");
                scalar(self.tree(), pointer)
            }
            Value::Null | Value::Array(_) | Value::Object(_) => {
                let problem = self.tree().problem(
                    rule,
                    pointer,
                    format!("`{field}` is not text"),
                    "Write one line of text.",
                );
                self.problems.push(problem);
                None
            }
        }
    }

    fn description(&mut self) {
        let help = "Describe in a sentence or two what the Skill does and when to use it.";
        let Some(value) = self.value("/description").cloned() else {
            let problem = self.tree().problem(
                RuleId::SkillField,
                "",
                "the field `description` is missing, so harnesses skip the Skill",
                help,
            );
            self.problems.push(problem);
            return;
        };
        let Some(text) = self.text(RuleId::SkillField, "/description", "description", &value)
        else {
            return;
        };
        if text.trim().is_empty() {
            let problem = self.tree().problem(
                RuleId::SkillField,
                "/description",
                "the description is empty, so harnesses skip the Skill",
                help,
            );
            self.problems.push(problem);
        }
        self.limit("/description", "description", &text, DESCRIPTION_LIMIT);
    }

    fn limit(&mut self, pointer: &str, field: &str, text: &str, most: usize) {
        let length = text.chars().count();
        if length > most {
            let message = format!("`{field}` has {length} characters, but only {most} are allowed");
            self.deviates_at(
                RuleId::SkillField,
                pointer,
                message,
                "Shorten it; details belong in the body.",
            );
        }
    }

    fn compatibility(&mut self) {
        let Some(text) = self.plain_text("/compatibility", "compatibility") else {
            return;
        };
        if text.is_empty() {
            self.deviates_at(
                RuleId::SkillField,
                "/compatibility",
                "`compatibility` is empty",
                "Remove the field, or describe what is needed.",
            );
        }
        self.limit(
            "/compatibility",
            "compatibility",
            &text,
            COMPATIBILITY_LIMIT,
        );
    }

    // An optional field that is text.
    fn plain_text(&mut self, pointer: &str, field: &str) -> Option<String> {
        if let Value::String(text) = self.value(pointer)? {
            return Some(text.clone());
        }
        let help = "Write one line of text, in quotes if necessary.";
        self.deviates_at(
            RuleId::SkillField,
            pointer,
            format!("`{field}` is not text"),
            help,
        );
        None
    }

    fn metadata(&mut self) {
        let Some(value) = self.value("/metadata") else {
            return;
        };
        let Some(fields) = value.as_object() else {
            self.deviates_at(
                RuleId::SkillField,
                "/metadata",
                "`metadata` is not a set of fields",
                "Write `key: value` lines below it.",
            );
            return;
        };
        let odd: Vec<_> = fields
            .iter()
            .filter(|(_, value)| !value.is_string())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        for (key, value) in odd {
            let help = if value.is_array() || value.is_object() {
                "Write it as text."
            } else {
                "Put the value in quotes."
            };
            let message = format!("`metadata.{}` is not text", shown(&key));
            let problem = self.tree().key_problem(
                RuleId::SkillField,
                &join("/metadata", &key),
                message,
                help,
            );
            self.deviates(problem);
        }
    }

    fn allowed_tools(&mut self) {
        if self.value("/allowed-tools").is_some_and(Value::is_array) {
            let message = "`allowed-tools` is a list, but the specification requires one text";
            let help = "Write the tools on one line, separated by spaces.";
            let problem =
                self.tree()
                    .key_problem(RuleId::SkillField, "/allowed-tools", message, help);
            self.deviates(problem);
        } else {
            self.plain_text("/allowed-tools", "allowed-tools");
        }
    }

    fn facts(&mut self) {
        let places = head::pointers(Kind::Skill, self.context.is_lenient());
        let problem = version(self.tree(), places.version);
        self.problems.extend(problem);
        let (inner, outer) = (
            scalar(self.tree(), "/metadata/version"),
            scalar(self.tree(), "/version"),
        );
        if self.context.is_lenient()
            && let (Some(inner), Some(outer)) = (inner, outer)
            && inner != outer
        {
            let message = format!(
                "`version` is `{}` here, but `{}` under `metadata`, which counts",
                shown(&outer),
                shown(&inner)
            );
            self.deviates_at(
                RuleId::SkillField,
                "/version",
                message,
                "Keep only `metadata.version`.",
            );
        }
        let problem = owner::check(self.context, self.tree(), places.owner);
        self.problems.extend(problem);
        let risk = scalar(self.tree(), "/metadata/risk");
        if let Some(risk) = risk.filter(|risk| declaration::risk(risk).is_none()) {
            let message = format!(
                "`{}` is not a known risk, so it has no effect",
                shown(&risk)
            );
            self.deviates_at(
                RuleId::SkillField,
                "/metadata/risk",
                message,
                "Write low, medium, high or critical.",
            );
        }
    }
}

// Pointers of every collection written with brackets or braces.
fn collect_flows(tree: &Tree, value: &Value, pointer: &str, found: &mut Vec<String>) {
    if found.len() >= MOST_PROBLEMS || !matches!(value, Value::Array(_) | Value::Object(_)) {
        return;
    }
    let opens = |text: &str| text.starts_with(['[', '{']);
    let text = tree.text();
    let (start, _) = tree.span(pointer);
    let key = tree.key_span(pointer);
    let after_key = text
        .get(key.1..)
        .unwrap_or_default()
        .trim_start()
        .trim_start_matches(':')
        .trim_start();
    let is_flow = text.get(start..).is_some_and(opens) || (key.0 == start && opens(after_key));
    if is_flow {
        // What is inside is in the same style.
        found.push(pointer.to_owned());
        return;
    }
    match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| collect_flows(tree, item, &join(pointer, index), found)),
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, item)| collect_flows(tree, item, &join(pointer, key), found)),
        _ => {}
    }
}
