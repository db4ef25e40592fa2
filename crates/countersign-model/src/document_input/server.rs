//! An MCP server: server.json of the MCP registry, as JSON or YAML.
//!
//! The shapes, limits and required fields are those of the registry's schema of 2025-12-11
//! (<https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json>), written here
//! from its field list. As there, fields that the schema does not name are allowed; validation
//! warns about them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::state::Risk;

/// The `$schema` of the only supported version.
pub const SERVER_SCHEMA: &str =
    "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json";

/// A description of an MCP server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MCP server description (server.json, 2025-12-11)")]
pub struct ServerInput {
    /// Address of the schema of 2025-12-11.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Reverse-DNS name with one slash, such as `io.github.user/weather`.
    #[schemars(
        length(min = 3, max = 200),
        regex(pattern = r"^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$")
    )]
    pub name: String,
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub title: Option<String>,
    /// What it does, 1 to 100 characters.
    #[schemars(length(min = 1, max = 100))]
    pub description: String,
    /// A version, never a range or `latest`.
    #[schemars(length(max = 255))]
    pub version: String,
    /// Where to read about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website_url: Option<String>,
    /// Where its source is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<RepositoryInput>,
    /// Pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<IconInput>,
    /// Ways to run it locally.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackageInput>,
    /// Addresses where it is already running.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remotes: Vec<TransportInput>,
    /// Extensions, keyed by reverse-DNS names.
    #[serde(rename = "_meta", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub meta: BTreeMap<String, serde_json::Value>,
    /// Countersign's own: a principal or team that the policy lists as owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Countersign's own: may only raise the risk that the policy sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
}

/// Where the source is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RepositoryInput {
    /// For browsing and cloning.
    #[schemars(url)]
    pub url: String,
    /// The forge, such as `github`.
    pub source: String,
    /// The forge's id of the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Path of the server in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subfolder: Option<String>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IconInput {
    /// An HTTPS address.
    #[schemars(length(max = 255), url)]
    pub src: String,
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^image/(png|jpeg|jpg|svg\+xml|webp)$"))]
    pub mime_type: Option<String>,
    /// `WxH` or `any`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(regex(pattern = r"^(\d+x\d+|any)$")))]
    pub sizes: Vec<String>,
    /// `light` or `dark`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^(light|dark)$"))]
    pub theme: Option<String>,
}

/// A way to run the server locally.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PackageInput {
    /// `npm`, `pypi`, `cargo`, `oci`, `nuget`, `mcpb`, …
    pub registry_type: String,
    /// Base address of the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(url)]
    pub registry_base_url: Option<String>,
    /// Name in the registry, image reference, or address.
    pub identifier: String,
    /// A version, never a range or `latest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub version: Option<String>,
    /// SHA-256 of the package file; required for `mcpb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-f0-9]{64}$"))]
    pub file_sha256: Option<String>,
    /// The program that runs it, such as `npx`, `uvx` or `docker`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_hint: Option<String>,
    /// How a client talks to it.
    pub transport: TransportInput,
    /// Arguments of the runtime.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runtime_arguments: Vec<ArgumentInput>,
    /// Arguments of the package.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub package_arguments: Vec<ArgumentInput>,
    /// Its environment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment_variables: Vec<KeyValueInput>,
}

/// How a client talks to the server. `url` is needed for HTTP; `variables` are described beside
/// remotes only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransportInput {
    /// The protocol.
    #[serde(rename = "type")]
    pub kind: TransportKind,
    /// Address, with `{variables}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^https?://\S+$"))]
    pub url: Option<String>,
    /// Headers sent with each request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<KeyValueInput>,
    /// The variables of a remote's address.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, ValueInput>,
}

/// The protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TransportKind {
    /// Standard input and output; not for remotes.
    Stdio,
    /// Streamable HTTP.
    StreamableHttp,
    /// Server-sent events.
    Sse,
}

/// A value that a person may have to provide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueInput {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it is required.
    #[serde(default)]
    pub is_required: bool,
    /// Whether it is a secret.
    #[serde(default)]
    pub is_secret: bool,
    /// `string`, `number`, `boolean` or `filepath`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^(string|number|boolean|filepath)$"))]
    pub format: Option<String>,
    /// A fixed value, with `{variables}`; never a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The value when none is given; never a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// An example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// The values to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// An environment variable or a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyValueInput {
    /// Its name.
    pub name: String,
    /// Its value.
    #[serde(flatten)]
    pub value: ValueInput,
    /// The variables in the value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, ValueInput>,
}

/// One argument on a command line: `name` is needed for a named one, `value` or `valueHint` for a
/// positional one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArgumentInput {
    /// Which of the two.
    #[serde(rename = "type")]
    pub kind: ArgumentKind,
    /// The flag with its dashes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What to call a positional value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_hint: Option<String>,
    /// Whether it may be repeated.
    #[serde(default)]
    pub is_repeated: bool,
    /// The value.
    #[serde(flatten)]
    pub value: ValueInput,
    /// The variables in the value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, ValueInput>,
}

/// The two sorts of arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ArgumentKind {
    /// A bare value.
    Positional,
    /// `--name=value`.
    Named,
}
