//! Entries of governed paths, and approval rules.

use super::Check;
use super::people::Names;
use crate::document::paths;
use crate::document::problem::closest;
use crate::document::spans::join;
use crate::policy::{ApprovalRule, Approver, Entry, Requirement};
use crate::policy_input::{ApprovalInput, RequireInput, SubjectInput};
use crate::quantity::counted;
use crate::{Glob, Kind, Policy};

impl Check<'_> {
    pub(super) fn glob(&mut self, pointer: &str, text: &str) -> Option<Glob> {
        let help = "Write a glob: `*` is any run without a slash, `**` any run, `\\*` a star, everything else matches itself.";
        Glob::parse(text)
            .map_err(|error| self.fault(pointer, error.to_string(), help))
            .ok()
    }

    pub(super) fn globs(&mut self, pointer: &str, texts: &[String]) -> Option<Vec<Glob>> {
        let globs: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| self.glob(&join(pointer, index), text))
            .collect();
        globs.into_iter().collect()
    }

    /// Globs over `kind/name`.
    pub(super) fn subject_globs(&mut self, pointer: &str, texts: &[String]) -> Option<Vec<Glob>> {
        for (index, text) in texts.iter().enumerate() {
            self.subject_glob(&join(pointer, index), text);
        }
        self.globs(pointer, texts)
    }

    // `skills/*` is a path, not a subject: a scope that can match nothing is a mistake.
    fn subject_glob(&mut self, pointer: &str, text: &str) {
        let (kind, _) = text.split_once('/').unwrap_or((text, ""));
        let kinds = Kind::PACKAGED.map(Kind::as_str);
        if !kind.contains('*') && !kinds.contains(&kind) {
            let message = match closest(kind, kinds.into_iter()) {
                Some(meant) => format!("`{kind}` is not a kind: did you mean `{meant}`?"),
                None => format!("`{kind}` is not a kind"),
            };
            self.fault(
                pointer,
                message,
                format!(
                    "Write a glob over kind/name; the kinds are {}.",
                    kinds.join(", ")
                ),
            );
        } else if !text.contains('/') && !text.contains("**") {
            self.fault(
                pointer,
                format!("`{text}` cannot match a subject"),
                "Write a glob over kind/name, such as skill/*.",
            );
        }
    }

    pub(super) fn entries(
        &mut self,
        names: &mut Names<'_>,
        inputs: &[SubjectInput],
    ) -> Option<Vec<Entry>> {
        let entries: Vec<_> = inputs
            .iter()
            .enumerate()
            .map(|(index, input)| self.entry(names, &join("/subjects", index), input))
            .collect();
        entries.into_iter().collect()
    }

    fn entry(
        &mut self,
        names: &mut Names<'_>,
        pointer: &str,
        input: &SubjectInput,
    ) -> Option<Entry> {
        let path = self.glob(&join(pointer, "path"), &input.path);
        if let Some(path) = &path {
            let first = path.fixed_prefix().split('/').next().unwrap_or_default();
            if first == Policy::APPROVALS
                || path.as_str() == Policy::PATH
                || paths::fold(first) == ".git"
            {
                self.fault(
                    &join(pointer, "path"),
                    format!("packages cannot be under `{first}`"),
                    "Give the folder of the packages.",
                );
            }
            if let Some(template) = &input.name {
                self.template(&join(pointer, "name"), template, path.wildcards());
            }
        }
        let owners = self.members(names, &join(pointer, "owners"), &input.owners);
        let review_every = self.span(&join(pointer, "review_every"), input.review_every.as_ref());
        for (index, file) in input.required_files.iter().enumerate() {
            if let Err(fault) = paths::check_path(file.as_bytes()) {
                self.fault(
                    &join(&join(pointer, "required_files"), index),
                    fault.to_string(),
                    "Write a path relative to the package.",
                );
            }
        }
        Some(Entry {
            kind: input.kind.into(),
            path: path?,
            name: input.name.clone(),
            owners: owners?,
            owners_written: input.owners.clone(),
            risk: input.risk,
            review_every,
            install: input.install.clone(),
            required_files: input.required_files.clone(),
            drafts: input.drafts,
            line: self.tree.line(pointer),
        })
    }

    // Text of a name, with `{1}` to `{n}` for what the wildcards of the path match.
    fn template(&mut self, pointer: &str, template: &str, wildcards: usize) {
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            let Some((number, after)) = rest[at..]
                .strip_prefix('{')
                .and_then(|inner| inner.split_once('}'))
            else {
                self.fault(
                    pointer,
                    "an unmatched brace",
                    "Write wildcards as {1}, {2} and so on.",
                );
                return;
            };
            let plain = !number.is_empty()
                && number.len() <= 2
                && !number.starts_with('0')
                && number.bytes().all(|byte| byte.is_ascii_digit());
            if !plain
                || number
                    .parse::<usize>()
                    .is_ok_and(|number| number > wildcards)
            {
                let message = format!(
                    "`{{{number}}}`, but the path has {}",
                    counted(wildcards, "wildcard")
                );
                self.fault(pointer, message, "Count the wildcards of `path` from 1.");
                return;
            }
            rest = after;
        }
        let text: String = template
            .split('{')
            .flat_map(|part| {
                part.split_once('}')
                    .map_or(part, |(_, after)| after)
                    .chars()
            })
            .collect();
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        {
            self.fault(
                pointer,
                "characters that a name must not have",
                "Use A-Z a-z 0-9 . _ - and wildcards such as {1}.",
            );
        }
    }

    pub(super) fn rules(
        &mut self,
        names: &Names<'_>,
        inputs: &[ApprovalInput],
    ) -> Option<Vec<ApprovalRule>> {
        let rules: Vec<_> = inputs
            .iter()
            .enumerate()
            .map(|(index, input)| self.rule(names, &join("/approvals", index), input))
            .collect();
        rules.into_iter().collect()
    }

    fn rule(
        &mut self,
        names: &Names<'_>,
        pointer: &str,
        input: &ApprovalInput,
    ) -> Option<ApprovalRule> {
        if input.subjects.is_none() && input.risk.is_none() {
            let help = "Add `subjects: [\"*/*\"]` if the rule applies to everything.";
            self.fault(pointer, "a rule without `subjects` and `risk`", help);
        }
        if input.require.is_empty() {
            self.fault(
                &join(pointer, "require"),
                "a rule that requires nothing",
                "Add a requirement, such as {count: 1, from: [owners]}.",
            );
        }
        let subjects = match &input.subjects {
            Some(texts) => self
                .subject_globs(&join(pointer, "subjects"), texts)
                .map(Some),
            None => Some(None),
        };
        let require: Vec<_> = input
            .require
            .iter()
            .enumerate()
            .map(|(index, requirement)| {
                self.requirement(names, &join(&join(pointer, "require"), index), requirement)
            })
            .collect();
        let expire_after = self.span(&join(pointer, "expire_after"), input.expire_after.as_ref());
        Some(ApprovalRule {
            subjects: subjects?,
            risk: input
                .risk
                .as_ref()
                .map(|risks| risks.iter().copied().collect()),
            require: require.into_iter().collect::<Option<_>>()?,
            accept: input.accept.iter().copied().collect(),
            expire_after,
            line: self.tree.line(pointer),
        })
    }

    fn requirement(
        &mut self,
        names: &Names<'_>,
        pointer: &str,
        input: &RequireInput,
    ) -> Option<Requirement> {
        let from: Vec<_> = input
            .from
            .iter()
            .enumerate()
            .map(|(index, text)| self.approver(names, &join(&join(pointer, "from"), index), text))
            .collect();
        Some(Requirement {
            count: input.count,
            from: from.into_iter().collect::<Option<_>>()?,
        })
    }

    fn approver(&mut self, names: &Names<'_>, pointer: &str, text: &str) -> Option<Approver> {
        match text {
            "owners" => return Some(Approver::Owners),
            "administrators" => return Some(Approver::Administrators),
            _ => {}
        }
        if !names.is_known(text) {
            let help = "Use `owners`, `administrators`, a team or a principal.";
            self.unknown(pointer, text, &names.with_words(), help);
            return None;
        }
        let name = text.parse().ok()?;
        Some(if names.team(&name).is_some() {
            Approver::Team(name)
        } else {
            Approver::Person(name)
        })
    }
}
