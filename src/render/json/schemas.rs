//! JSON Schemas (2020-12) of the outputs, generated from the types of this module.
//!
//! They say which fields there are, and allow more: `v1` grows by fields.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::{
    Check, Checksums, DecisionReport, Demo, Diff, EventLine, Explain, ExplainPolicy,
    ExplainPrincipal, Init, InitWorkflow, InventoryOut, Log, PolicyDiffOut, ReportVerified,
    ReviewsRecorded, ReviewsVerified, Show, Status, Suggest,
};
use crate::audit::report::AuditReport;
use crate::document::schema::address;
use crate::render::audit::json::Sample;

/// The schema of one output.
pub struct OutputSchema {
    /// Its name, as in `schemas/<name>.schema.json`.
    pub name: &'static str,
    /// What the output says in its field `schema`.
    pub id: &'static str,
    /// The commands that print it.
    pub commands: &'static str,
    generate: fn() -> Value,
}

fn generated<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

macro_rules! output {
    ($name:literal, $id:literal, $commands:literal, $type:ty) => {
        OutputSchema {
            name: $name,
            id: $id,
            commands: $commands,
            generate: generated::<$type>,
        }
    };
}

/// Every output, by name.
pub static OUTPUTS: &[OutputSchema] = &[
    output!(
        "output-audit",
        "countersign.audit/v1",
        "`audit`",
        AuditReport
    ),
    output!(
        "output-audit-sample",
        "countersign.audit-sample/v1",
        "`audit sample`",
        Sample<'static>
    ),
    output!("output-check", "countersign.check/v1", "`check`", Check),
    output!(
        "output-checksum",
        "countersign.checksum/v1",
        "`checksum`",
        Checksums
    ),
    output!(
        "output-decision-report",
        "countersign.decision-report/v1",
        "`approve`, `reject`, `deprecate`, `block`, `unblock`, `revoke`, `archive`, `rollback`",
        DecisionReport
    ),
    output!("output-demo", "countersign.demo/v1", "`demo`", Demo),
    output!("output-diff", "countersign.diff/v1", "`diff`", Diff),
    output!(
        "output-event",
        "countersign.event/v1",
        "`log --format ndjson`, one object on each line",
        EventLine
    ),
    output!(
        "output-explain",
        "countersign.explain/v1",
        "`explain`",
        Explain
    ),
    output!(
        "output-explain-policy",
        "countersign.explain-policy/v1",
        "`explain policy`",
        ExplainPolicy
    ),
    output!(
        "output-explain-principal",
        "countersign.explain-principal/v1",
        "`explain principal/NAME`",
        ExplainPrincipal
    ),
    output!("output-init", "countersign.init/v1", "`init`", Init),
    output!(
        "output-init-workflow",
        "countersign.init-workflow/v1",
        "`init --workflow`",
        InitWorkflow
    ),
    output!(
        "output-inventory",
        "countersign.inventory/v1",
        "`inventory`",
        InventoryOut
    ),
    output!("output-log", "countersign.log/v1", "`log`", Log),
    output!(
        "output-policy-diff",
        "countersign.policy-diff/v1",
        "`policy diff`",
        PolicyDiffOut
    ),
    output!(
        "output-reviews-recorded",
        "countersign.reviews-recorded/v1",
        "`reviews record`",
        ReviewsRecorded
    ),
    output!(
        "output-reviews-verified",
        "countersign.reviews-verified/v1",
        "`reviews verify`",
        ReviewsVerified
    ),
    output!("output-show", "countersign.show/v1", "`show`", Show),
    output!("output-status", "countersign.status/v1", "`status`", Status),
    output!(
        "output-suggest",
        "countersign.suggest/v1",
        "`suggest`",
        Suggest
    ),
    output!(
        "output-verify",
        "countersign.verify/v1",
        "`verify`",
        ReportVerified
    ),
];

impl OutputSchema {
    /// The schema.
    pub fn value(&self) -> Value {
        let mut schema = (self.generate)();
        tidy(&mut schema, self.id);
        let mut generated = schema
            .as_object_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        generated.insert("$id".to_owned(), address(self.name).into());
        generated.insert("title".to_owned(), self.id.into());
        let mut fields = Map::new();
        for key in ["$schema", "$id", "title", "description"] {
            fields.extend(generated.shift_remove_entry(key));
        }
        fields.extend(generated);
        Value::Object(fields)
    }

    /// The text of the schema as it is in `schemas/`.
    pub fn text(&self) -> String {
        format!("{:#}\n", self.value())
    }
}

/// The schema of the output that says `id` in its field `schema`.
pub fn of(id: &str) -> Option<&'static OutputSchema> {
    OUTPUTS.iter().find(|output| output.id == id)
}

/// Says what the field `schema` holds, and names no type of Rust.
fn tidy(schema: &mut Value, id: &str) {
    match schema {
        Value::Object(fields) => {
            let integer = |format: &str| format.starts_with("uint") || format.starts_with("int");
            if fields
                .get("format")
                .and_then(Value::as_str)
                .is_some_and(integer)
            {
                fields.shift_remove("format");
            }
            if let Some(Value::Object(properties)) = fields.get_mut("properties")
                && let Some(Value::Object(own)) = properties.get_mut("schema")
            {
                own.insert("const".to_owned(), Value::String(id.to_owned()));
            }
            if let Some(Value::Object(definitions)) = fields.get_mut("$defs") {
                *definitions = std::mem::take(definitions)
                    .into_iter()
                    .map(|(name, value)| (plain(&name).to_owned(), value))
                    .collect();
            }
            if let Some(Value::String(text)) = fields.get_mut("description") {
                // Links of the source lead nowhere.
                *text = text.replace("[`", "`").replace("`]", "`");
            }
            if let Some(Value::String(target)) = fields.get_mut("$ref") {
                *target = plain(target).to_owned();
            }
            fields.values_mut().for_each(|inner| tidy(inner, id));
        }
        Value::Array(values) => values.iter_mut().for_each(|inner| tidy(inner, id)),
        _ => {}
    }
}

/// A type's name without what only the source needs.
fn plain(name: &str) -> &str {
    let shorter = name.strip_suffix("Out");
    shorter
        .filter(|_| !name.ends_with("LeftOut"))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn outputs_are_sorted_and_each_has_a_valid_schema() {
        assert!(OUTPUTS.is_sorted_by_key(|output| output.name));
        for output in OUTPUTS {
            let schema = output.value();
            let validator = jsonschema::draft202012::new(&schema).expect("a valid schema");
            assert!(
                !validator.is_valid(&serde_json::json!({})),
                "{}",
                output.name
            );
        }
    }

    /// Run with `UPDATE_SCHEMAS=1` to write them.
    #[test]
    fn the_checked_in_schemas_of_outputs_are_current() {
        for output in OUTPUTS {
            let path = format!(
                "{}/schemas/{}.schema.json",
                env!("CARGO_MANIFEST_DIR"),
                output.name
            );
            let current = output.text();
            if std::env::var_os("UPDATE_SCHEMAS").is_some() {
                fs::write(&path, &current).expect("the folder is writable");
            }
            assert!(
                fs::read_to_string(&path).is_ok_and(|file| file == current),
                "{path} is out of date: UPDATE_SCHEMAS=1 cargo test --lib schemas_of_outputs"
            );
        }
    }
}
