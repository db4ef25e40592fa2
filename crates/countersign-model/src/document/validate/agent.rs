//! An agent: one YAML file that names its model, what it uses and what it may spend.

use std::collections::BTreeSet;

use semver::VersionReq;

use super::{Context, owner, under, version};
use crate::document::head;
use crate::document::problem::{Problem, shown};
use crate::document::schema;
use crate::document::spans::join;
use crate::document::yaml::{self, Tree};
use crate::document_input::AgentInput;
use crate::document_input::agent::{BUDGET_SCHEMA, HANDOFFS_SCHEMA};
use crate::{Kind, RuleId, SubjectId};

pub(super) fn check(context: &Context<'_>, problems: &mut Vec<Problem>) {
    let Some(file) = context.main().filter(|_| !context.package.is_folder) else {
        problems.push(context.problem(
            RuleId::AgentInvalid,
            "an agent is one YAML file, not a folder",
            "Change the policy's entry to match the file.",
        ));
        return;
    };
    let path = context.path(file);
    let mut tree = match yaml::read(&path, file.bytes) {
        Ok(tree) => tree,
        Err(faults) => {
            problems.extend(under(RuleId::AgentInvalid, faults));
            return;
        }
    };
    problems.extend(tree.ambiguities());
    tree.read_as_text("/version");
    let (agent, faults) = schema::AGENT.read::<AgentInput>(&tree);
    let is_other_schema = agent.is_none()
        && faults
            .iter()
            .any(|fault| fault.rule == RuleId::SchemaUnknown);
    problems.extend(under(RuleId::AgentInvalid, faults));
    if is_other_schema {
        return;
    }
    let places = head::pointers(Kind::Agent, context.is_lenient());
    problems.extend(version(&tree, places.version));
    problems.extend(owner::check(context, &tree, places.owner));
    let Some(agent) = agent else { return };
    problems.extend(block_schema(
        &tree,
        "/budget/schema",
        agent.budget.as_ref().map(|budget| budget.schema.as_str()),
        BUDGET_SCHEMA,
    ));
    problems.extend(block_schema(
        &tree,
        "/handoffs/schema",
        agent.handoffs.as_ref().map(|block| block.schema.as_str()),
        HANDOFFS_SCHEMA,
    ));
    let mut seen = BTreeSet::new();
    for (index, written) in agent.uses.iter().enumerate() {
        problems.extend(dependency(
            context,
            &tree,
            &join("/uses", index),
            written,
            &mut seen,
        ));
    }
    let mut seen = BTreeSet::new();
    for (index, handoff) in agent
        .handoffs
        .iter()
        .flat_map(|block| &block.to)
        .enumerate()
    {
        let pointer = format!("/handoffs/to/{index}/agent");
        problems.extend(dependency(
            context,
            &tree,
            &pointer,
            &handoff.agent,
            &mut seen,
        ));
        if parse_use(&handoff.agent).is_ok_and(|(subject, _)| subject.kind != Kind::Agent) {
            problems.push(tree.problem(
                RuleId::AgentInvalid,
                &pointer,
                "a handoff target must be an agent",
                "Write `agent/name@range`.",
            ));
        }
    }
    for (index, tool) in agent.tools.iter().enumerate() {
        if tool.trim().is_empty() {
            problems.push(tree.problem(
                RuleId::AgentInvalid,
                &join("/tools", index),
                "a tool without a name",
                "Remove the entry.",
            ));
        }
    }
}

fn block_schema(tree: &Tree, pointer: &str, written: Option<&str>, known: &str) -> Option<Problem> {
    let written = written.filter(|written| *written != known)?;
    let family = known.rsplit_once("/v").map_or(known, |(family, _)| family);
    let is_version = written
        .strip_prefix(family)
        .is_some_and(|rest| rest.starts_with("/v"));
    Some(if is_version {
        let message = format!(
            "this version of Countersign does not know the schema `{}`",
            shown(written)
        );
        tree.problem(
            RuleId::SchemaUnknown,
            pointer,
            message,
            format!("Upgrade Countersign; this version knows `{known}`."),
        )
    } else {
        tree.problem(
            RuleId::AgentInvalid,
            pointer,
            format!("this is not `{known}`"),
            format!("Write `schema: {known}`."),
        )
    })
}

fn dependency(
    context: &Context<'_>,
    tree: &Tree,
    pointer: &str,
    written: &str,
    seen: &mut BTreeSet<SubjectId>,
) -> Option<Problem> {
    let (message, help) = match parse_use(written) {
        Err(message) => (
            message,
            "Write `kind/name@range` with a Cargo-style range, such as `skill/pdf-tools@^1.2`.",
        ),
        Ok((subject, _)) if subject == *context.package.subject => {
            ("the agent uses itself".to_owned(), "Remove the entry.")
        }
        Ok((subject, _)) if !seen.insert(subject.clone()) => (
            format!("`{subject}` is listed twice"),
            "Keep one entry, with the range that covers both.",
        ),
        Ok(_) => return None,
    };
    Some(tree.problem(RuleId::AgentInvalid, pointer, message, help))
}

fn parse_use(written: &str) -> Result<(SubjectId, VersionReq), String> {
    let (subject, range) = written
        .rsplit_once('@')
        .ok_or_else(|| format!("`{}` has no `@range`", shown(written)))?;
    let subject: SubjectId = subject
        .parse()
        .map_err(|error: crate::name::NameError| shown(&error.to_string()))?;
    if !Kind::PACKAGED.contains(&subject.kind) {
        return Err(format!("an agent cannot use `{subject}`"));
    }
    let range = VersionReq::parse(range).map_err(|_| {
        format!(
            "`{}` is not a range of versions, such as ^1.2",
            shown(range)
        )
    })?;
    Ok((subject, range))
}

/// What an agent uses or hands over to, with the range of versions, sorted by subject. Entries that
/// cannot be read are left out here and faults in [`super::package`]. A bare `*` does not match the
/// pseudo-version of an unversioned package: the caller must allow it.
pub fn agent_uses(bytes: &[u8]) -> Vec<(SubjectId, VersionReq)> {
    let Ok(mut tree) = yaml::read("", bytes) else {
        return Vec::new();
    };
    tree.read_as_text("/version");
    let Some(agent) = schema::AGENT.read::<AgentInput>(&tree).0 else {
        return Vec::new();
    };
    let handoffs = agent
        .handoffs
        .iter()
        .flat_map(|block| &block.to)
        .map(|handoff| &handoff.agent);
    let mut uses: Vec<_> = agent
        .uses
        .iter()
        .chain(handoffs)
        .filter_map(|written| parse_use(written).ok())
        .collect();
    uses.sort_by(|a, b| (&a.0, a.1.to_string()).cmp(&(&b.0, b.1.to_string())));
    uses.dedup();
    uses
}
