//! A prompt: a Markdown file, or a folder with PROMPT.md. Its frontmatter has a version and may
//! hold an owner and a risk.

use serde_json::Value;

use super::{Context, has_extension, owner, two_readings, under, version};
use crate::document::frontmatter::FrontmatterFault;
use crate::document::frontmatter_fields::{self, FrontmatterFieldsFault, scalar};
use crate::document::problem::{Problem, closest, shown};
use crate::document::spans::{Lines, join};
use crate::document::{declaration, head};
use crate::document_input::prompt::{HARNESS_KEYS, PROMPT_KEYS};
use crate::{Kind, RuleId, Severity};

const DOCUMENT: &str = "PROMPT.md";
const UNVERSIONED_HELP: &str =
    "Start the file with `---`, `version: 1.0.0` and `---`, each on its own line.";

pub(super) fn check(context: &Context<'_>, problems: &mut Vec<Problem>) {
    let document = if context.package.is_folder {
        context.file(DOCUMENT)
    } else {
        context.main()
    };
    let Some(file) = document else {
        problems.push(match context.misspelled(DOCUMENT) {
            Some(file) => {
                let message = format!("`{}` is not `{DOCUMENT}`", shown(file.path));
                Problem::of_file(
                    RuleId::PromptInvalid,
                    &context.path(file),
                    message,
                    format!("Rename the file to `{DOCUMENT}`."),
                )
            }
            None => context.problem(
                RuleId::PromptInvalid,
                format!("no `{DOCUMENT}` in this folder"),
                format!("Add `{DOCUMENT}`."),
            ),
        });
        return;
    };
    let path = context.path(file);
    if !has_extension(file.path, &["md", "markdown", "mdc"]) {
        let message = format!("`{}` is not a Markdown file", shown(file.path));
        problems.push(Problem::of_file(
            RuleId::PromptInvalid,
            &path,
            message,
            "Rename the file so that it ends in `.md`.",
        ));
    }
    let matter = match frontmatter_fields::read(&path, file.bytes, context.is_lenient()) {
        Ok(matter) => matter,
        Err(FrontmatterFieldsFault::Fence(FrontmatterFault::Missing)) => {
            let message = "no frontmatter, so this counts as unversioned";
            problems.push(Problem::of_file(
                RuleId::Unversioned,
                &path,
                message,
                UNVERSIONED_HELP,
            ));
            return;
        }
        Err(FrontmatterFieldsFault::Fence(fault)) => {
            let text = String::from_utf8_lossy(file.bytes);
            let place = Lines::of(&text).place(&path, &text, fault.offset());
            let span = (fault.offset(), fault.offset());
            problems.push(Problem::new(
                RuleId::PromptInvalid,
                place,
                span,
                fault.to_string(),
                fault.help(),
            ));
            return;
        }
        Err(FrontmatterFieldsFault::Yaml(faults)) => {
            problems.extend(under(RuleId::PromptInvalid, faults));
            return;
        }
    };
    problems.extend(two_readings::cuts(
        context,
        RuleId::PromptInvalid,
        &path,
        file.bytes,
        &matter.frontmatter.yaml,
    ));
    let tree = &matter.tree;
    problems.extend(two_readings::ambiguities(tree));
    for key in &matter.quoted {
        let message = format!("the value of `{}` is not YAML without quotes", shown(key));
        let problem = tree.problem(
            RuleId::PromptInvalid,
            &join("", key),
            message,
            "Put the whole value in double quotes.",
        );
        problems.push(problem.review_context(Severity::Warning));
    }
    for (key, value) in tree.value.as_object().into_iter().flatten() {
        let pointer = join("", key);
        let is_known = PROMPT_KEYS.contains(&key.as_str()) || HARNESS_KEYS.contains(&key.as_str());
        if !is_known {
            let message = match closest(key, PROMPT_KEYS.into_iter()) {
                Some(meant) => format!("unknown field `{}`: did you mean `{meant}`?", shown(key)),
                None => format!("unknown field `{}`", shown(key)),
            };
            let problem = tree.key_problem(
                RuleId::PromptInvalid,
                &pointer,
                message,
                "Remove the field if nothing reads it.",
            );
            problems.push(problem.review_context(Severity::Warning));
        }
        if matches!(key.as_str(), "name" | "description" | "owner" | "risk")
            && !matches!(value, Value::String(_))
        {
            problems.push(tree.problem(
                RuleId::PromptInvalid,
                &pointer,
                format!("`{key}` is not text"),
                "Write text, in quotes if necessary.",
            ));
        }
    }
    let places = head::pointers(Kind::Prompt, context.is_lenient());
    if tree.value.get("version").is_none_or(Value::is_null) {
        let message = "the field `version` is missing, so this counts as unversioned";
        problems.push(tree.problem(
            RuleId::Unversioned,
            "",
            message,
            "Add a line such as `version: 1.0.0`.",
        ));
    }
    problems.extend(version(tree, places.version));
    problems.extend(owner::check(context, tree, places.owner));
    if let Some(risk) = scalar(tree, "/risk").filter(|risk| declaration::risk(risk).is_none()) {
        let message = format!("`{}` is not a risk", shown(&risk));
        problems.push(tree.problem(
            RuleId::PromptInvalid,
            "/risk",
            message,
            "Write low, medium, high or critical.",
        ));
    }
}
