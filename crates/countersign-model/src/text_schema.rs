//! The JSON Schemas of types that are one text in JSON.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::decision_input::{SUBJECT, TIME};
use crate::policy_input::{DIGEST, OBJECT_ID, PRINCIPAL};
use crate::{Digest, ObjectId, PrincipalName, RuleId, SubjectId, Timestamp, Version};

macro_rules! text {
    ($type:ty, $name:literal, $schema:tt) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

text!(Digest, "Digest", {"type": "string", "pattern": DIGEST});
text!(ObjectId, "ObjectId", {"type": "string", "pattern": OBJECT_ID});
text!(PrincipalName, "PrincipalName", {"type": "string", "pattern": PRINCIPAL});
text!(RuleId, "RuleId", {"type": "string"});
text!(SubjectId, "SubjectId", {"type": "string", "pattern": SUBJECT});
text!(Timestamp, "Timestamp", {"type": "string", "pattern": TIME});
text!(Version, "Version", {"type": "string"});
