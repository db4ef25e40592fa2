//! Tests of what a policy governs and requires: its entries and its approval rules.

use super::{accepted, refused, with};

#[test]
fn entries_have_globs_and_templates_that_fit() {
    let entry = |entry: &str| {
        with(
            "{kind: skill, path: \"skills/*\", owners: [ann]}",
            &format!("{{kind: skill, owners: [ann], {entry}}}"),
        )
    };
    accepted(&entry("path: '*', name: '{1}'"));
    refused(
        &entry("path: /skills/*"),
        "/skills/*",
        "cannot match a path",
    );
    refused(&entry("path: '***'"), "'***'", "three stars");
    refused(
        &entry("path: approvals/*"),
        "approvals/*",
        "packages cannot be under `approvals`",
    );
    refused(
        &entry("path: countersign.yaml"),
        "countersign.yaml",
        "packages cannot be under",
    );
    refused(&entry("path: .GIT/*"), ".GIT/*", "packages cannot be under");
    refused(
        &entry("path: 'a/*', name: 'x-{2}'"),
        "'x-{2}'",
        "`{2}`, but the path has 1 wildcard",
    );
    refused(
        &entry("path: 'a/*', name: '{0}'"),
        "'{0}'",
        "`{0}`, but the path",
    );
    refused(
        &entry("path: 'a/*', name: '{1'"),
        "'{1'",
        "an unmatched brace",
    );
    refused(
        &entry("path: 'a/*', name: '1}'"),
        "'1}'",
        "an unmatched brace",
    );
    refused(
        &entry("path: 'a/*', name: 'ü-{1}'"),
        "'ü-{1}'",
        "characters that a name must not have",
    );
    refused(
        &entry("path: 'a/*', required_files: [../x]"),
        "../x",
        "contains `.` or `..`",
    );
    refused(
        &entry("path: 'a/*', review_every: 90"),
        "90",
        "a number instead of text",
    );
    refused(
        &entry("path: 'a/*', review_every: 0d"),
        "0d",
        "is not a span",
    );
    refused(
        &entry("path: 'a/*', risk: severe"),
        "severe",
        "is not one of",
    );
    refused(
        &entry("path: 'a/*', install: {scope: global}"),
        "global",
        "is not one of `project`, `user`",
    );
    refused(
        &with("kind: skill", "kind: skills"),
        "skills",
        "did you mean `skill`?",
    );
}

#[test]
fn rules_say_what_they_apply_to_and_require_something() {
    let rule = |rule: &str| {
        with(
            "{subjects: [\"*/*\"], require: [{count: 1, from: [owners]}]}",
            rule,
        )
    };
    accepted(&rule(
        "{risk: [high], require: [{count: 1, from: [owners]}], accept: [review, commit, signature]}",
    ));
    refused(
        &rule("{require: [{count: 1, from: [owners]}]}"),
        "{require: [{count: 1, from: [owners]}]}",
        "a rule without `subjects` and `risk`",
    );
    refused(
        &rule("{subjects: ['*/*'], require: []}"),
        "[]",
        "a rule that requires nothing",
    );
    refused(
        &rule("{subjects: [], require: [{count: 1, from: [owners]}]}"),
        "[]",
        "fewer than 1 entry",
    );
    refused(
        &rule("{risk: [high], require: [{count: 1, from: [owners]}], accept: []}"),
        "[]",
        "fewer than 1 entry",
    );
    refused(
        &rule("{subjects: ['skills/*'], require: [{count: 1, from: [owners]}]}"),
        "'skills/*'",
        "`skills` is not a kind: did you mean `skill`?",
    );
    refused(
        &rule("{subjects: ['*'], require: [{count: 1, from: [owners]}]}"),
        "'*'",
        "`*` cannot match a subject",
    );
    refused(
        &rule("{risk: [high], require: [{count: -1, from: [owners]}]}"),
        "-1",
        "-1 is less than 0",
    );
    refused(
        &rule("{risk: [high], require: [{count: 1, from: [owners]}], expire_after: soon}"),
        "soon",
        "is not a span",
    );
}
