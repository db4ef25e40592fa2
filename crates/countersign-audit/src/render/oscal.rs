//! OSCAL 1.2: an assessment plan and the assessment results that refer to it, for the controls of
//! NIST SP 800-53 revision 5.
//!
//! One observation per evidence query. There is a finding only where evidence is against a control:
//! `satisfied` is a judgment that this program never makes. Every UUID is of version 5, made from
//! what it names, so the same report has the same ones.

use countersign_model::quantity::quantity;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::framework::{self, Framework, NIST_SP_800_53, NOTICE};
use crate::report::{AuditReport, EvidenceAnswer};
use countersign_model::Digest;
use countersign_model::digest::HashWriter;
use countersign_model::escape::json_text;
use countersign_model::framework_input::{ControlInput, Strength};

/// The edition of the models.
const OSCAL: &str = "1.2.1";
/// The namespace of our own properties.
const NS: &str = "https://github.com/countersign-dev/countersign/ns/oscal";
/// The identifiers of the controls come from this catalog.
const CATALOG: &str = "https://github.com/usnistgov/oscal-content/blob/main/nist.gov/SP800-53/rev5/json/NIST_SP-800-53_rev5_catalog.json";
/// The name of the plan's file, beside the results.
pub const PLAN_FILE: &str = "oscal-assessment-plan.json";
/// The name of the results.
pub const RESULTS_FILE: &str = "oscal-assessment-results.json";
/// How many packets one observation names; the report has all.
const MOST_PACKETS: usize = 100;

/// Name and text of each document: the plan, then the results.
pub fn documents(report: &AuditReport) -> [(&'static str, String); 2] {
    let framework = framework::by_name(NIST_SP_800_53).expect("it is compiled in");
    let view = View {
        report,
        framework: &framework,
        answers: &report.evidence,
        id: identity(report),
    };
    let plan = json_text(&view.plan());
    let results = json_text(&view.results(&plan));
    [(PLAN_FILE, plan), (RESULTS_FILE, results)]
}

/// The namespace of everything in one pair of documents: their content decides it.
fn identity(report: &AuditReport) -> Uuid {
    let mut hash = HashWriter::default();
    serde_json::to_writer(&mut hash, report).expect("a report is plain data");
    uuid_of(Uuid::NAMESPACE_URL, &format!("{NS}#{}", hash.digest()))
}

fn uuid_of(namespace: Uuid, name: &str) -> Uuid {
    Uuid::new_v5(&namespace, name.as_bytes())
}

struct View<'v> {
    report: &'v AuditReport,
    framework: &'v Framework,
    answers: &'v [EvidenceAnswer],
    id: Uuid,
}

impl View<'_> {
    fn uuid(&self, what: &str) -> String {
        uuid_of(self.id, what).to_string()
    }

    fn plan(&self) -> Value {
        let activities: Vec<Value> = self
            .relevant_answers()
            .map(|answer| self.activity(answer))
            .collect();
        json!({"assessment-plan": {
            "uuid": self.uuid("plan"),
            "metadata": self.metadata("Plan of an audit from Git history"),
            "import-ssp": {"href": format!("#{}", self.uuid("ssp"))},
            "local-definitions": {"activities": activities},
            "reviewed-controls": self.reviewed_controls(),
            "assessment-subjects": [{
                "type": "component",
                "description": "The governed repository, and every subject in it.",
                "include-all": {},
            }],
            "assessment-assets": self.assets(),
            "back-matter": {"resources": [
                {
                    "uuid": self.uuid("ssp"),
                    "title": "System security plan",
                    "description": "The organization's own, which is not in Git. Replace this resource with a link to it.",
                },
                self.catalog(),
            ]},
        }})
    }

    fn results(&self, plan: &str) -> Value {
        let report = self.report;
        let observations: Vec<Value> = self
            .relevant_answers()
            .map(|answer| self.observation(answer))
            .collect();
        let findings: Vec<Value> = self
            .flagged()
            .map(|(control, open_points)| self.finding(control, open_points))
            .collect();
        let mut result = json!({
            "uuid": self.uuid("result"),
            "title": format!("Positions {} to {}", report.period.since.landing.position, report.period.until.landing.position),
            "description": NOTICE,
            "start": report.period.since.landing.time,
            "end": report.period.until.landing.time,
            "props": self.properties(),
            "local-definitions": {"components": [self.repository()], "assessment-assets": self.assets()},
            "reviewed-controls": self.reviewed_controls(),
            "observations": observations,
        });
        let fields = result.as_object_mut().expect("it was made as an object");
        // A list in OSCAL has at least one entry.
        if !findings.is_empty() {
            fields.insert("findings".to_owned(), Value::Array(findings));
        }
        if !report.scope.not_evaluated.is_empty() {
            fields.insert(
                "remarks".to_owned(),
                json!(format!(
                    "Not evaluated: {}",
                    report.scope.not_evaluated.join(" ")
                )),
            );
        }
        json!({"assessment-results": {
            "uuid": self.uuid("results"),
            "metadata": self.metadata("Results of an audit from Git history"),
            "import-ap": {"href": format!("#{}", self.uuid("plan-file"))},
            "results": [result],
            "back-matter": {"resources": [
                {
                    "uuid": self.uuid("plan-file"),
                    "title": "The assessment plan of these results",
                    "rlinks": [{
                        "href": PLAN_FILE,
                        "media-type": "application/oscal+json",
                        "hashes": [{"algorithm": "SHA-256", "value": Digest::of(plan.as_bytes()).hex()}],
                    }],
                },
                {
                    "uuid": self.uuid("report"),
                    "title": "The report with every packet",
                    "description": format!(
                        "`countersign audit --format json` on the same repository, anchor, period and instant writes it; its schema is {}.",
                        report.schema
                    ),
                },
                self.catalog(),
            ]},
        }})
    }

    fn metadata(&self, title: &str) -> Value {
        let scope = &self.report.scope;
        json!({
            "title": format!("{title}: {}", one_line(&scope.repository)),
            "last-modified": scope.now,
            "version": scope.head.commit,
            "oscal-version": OSCAL,
        })
    }

    fn properties(&self) -> Vec<Value> {
        let scope = &self.report.scope;
        let mut properties = vec![
            property("repository", &scope.repository),
            property("branch", &scope.branch),
            property("anchor", &scope.anchor.commit.to_string()),
            property(
                "anchor-pinned",
                if scope.anchor_pinned { "yes" } else { "no" },
            ),
            property("head", &scope.head.commit.to_string()),
            property("policy-serial", &scope.policy.serial.to_string()),
            property("policy-digest", &scope.policy.digest.to_string()),
            property("tool-version", self.report.tool.version),
        ];
        // A report that nothing was logged for has no tree.
        if !self.report.log.root.is_empty() {
            properties.push(property("log-size", &self.report.log.size.to_string()));
            properties.push(property("log-root", &self.report.log.root));
        }
        properties
    }

    fn catalog(&self) -> Value {
        json!({
            "uuid": self.uuid("catalog"),
            "title": self.framework.title,
            "description": "The catalog whose control identifiers are used.",
            "rlinks": [{"href": CATALOG, "media-type": "application/oscal+json"}],
        })
    }

    fn repository(&self) -> Value {
        json!({
            "uuid": self.uuid("repository"),
            "type": "software",
            "title": one_line(&self.report.scope.repository),
            "description": "The governed repository.",
            "status": {"state": "operational"},
        })
    }

    fn assets(&self) -> Value {
        json!({
            "components": [{
                "uuid": self.uuid("tool"),
                "type": "software",
                "title": self.report.tool.name,
                "description": "Replays the history of a Git repository and reports what it proves.",
                "props": [{"name": "version", "value": self.report.tool.version}],
                "status": {"state": "operational"},
            }],
            "assessment-platforms": [{
                "uuid": self.uuid("platform"),
                "title": "Any machine with a clone of the repository",
                "uses-components": [{"component-uuid": self.uuid("tool")}],
            }],
        })
    }

    fn reviewed_controls(&self) -> Value {
        let controls: Vec<Value> = self
            .framework
            .controls
            .iter()
            .map(|control| json!({"control-id": control.id}))
            .collect();
        json!({
            "description": "Controls that evidence from this repository is relevant to. For each, something remains that Git cannot show.",
            "control-selections": [{"include-controls": controls}],
        })
    }

    // Answers to queries that some control refers to.
    fn relevant_answers(&self) -> impl Iterator<Item = &EvidenceAnswer> {
        self.answers
            .iter()
            .filter(|answer| self.controls_of(answer).next().is_some())
    }

    fn controls_of(&self, answer: &EvidenceAnswer) -> impl Iterator<Item = &str> {
        let query = answer.query;
        let refers = move |control: &&ControlInput| control.evidence.contains(&query);
        self.framework
            .controls
            .iter()
            .filter(refers)
            .map(|control| control.id.as_str())
    }

    fn answers_of(&self, control: &str) -> impl Iterator<Item = &EvidenceAnswer> {
        self.answers
            .iter()
            .filter(move |answer| self.controls_of(answer).any(|id| id == control))
    }

    // Controls that evidence speaks against, and how often. What is only context proves nothing,
    // for or against.
    fn flagged(&self) -> impl Iterator<Item = (&str, u32)> {
        let controls = self
            .framework
            .controls
            .iter()
            .filter(|control| control.strength != Strength::Context);
        controls
            .map(|control| {
                (
                    control.id.as_str(),
                    self.answers_of(&control.id)
                        .map(|answer| answer.open_points)
                        .sum(),
                )
            })
            .filter(|(_, open_points)| *open_points > 0)
    }

    fn activity(&self, answer: &EvidenceAnswer) -> Value {
        json!({
            "uuid": self.uuid(&format!("activity:{}", answer.query.as_str())),
            "title": answer.question,
            "description": format!("The query `{}` over the replayed history.", answer.query.as_str()),
            "props": [{"name": "method", "value": "EXAMINE"}],
            "related-controls": {
                "control-selections": [{
                    "include-controls": self.controls_of(answer).map(|id| json!({"control-id": id})).collect::<Vec<_>>(),
                }],
            },
        })
    }

    fn observation(&self, answer: &EvidenceAnswer) -> Value {
        let links: Vec<Value> = self
            .flagged()
            .filter(|(control, _)| self.answers_of(control).any(|other| other.query == answer.query))
            .map(|(control, _)| json!({"href": format!("#{}", self.finding_uuid(control)), "rel": "finding"}))
            .collect();
        let mut properties = vec![
            property("query", answer.query.as_str()),
            property("open-points", &answer.open_points.to_string()),
        ];
        properties.push(property("packets", &answer.packets.len().to_string()));
        let report = format!("#{}", self.uuid("report"));
        let mut evidence = vec![json!({"href": report, "description": "The report."})];
        let shown = answer.packets.iter().take(MOST_PACKETS);
        evidence
            .extend(shown.map(|packet| json!({"href": report, "description": "A packet of it.", "props": [property("packet", packet)]})));
        let mut observation = json!({
            "uuid": self.observation_uuid(answer),
            "title": answer.question,
            "description": answer.answer,
            "props": properties,
            "methods": ["EXAMINE"],
            "types": ["control-objective"],
            "origins": [{"actors": [{"type": "tool", "actor-uuid": self.uuid("tool")}]}],
            "subjects": [{"subject-uuid": self.uuid("repository"), "type": "component"}],
            "relevant-evidence": evidence,
            "collected": self.report.scope.now,
        });
        if !links.is_empty() {
            observation
                .as_object_mut()
                .expect("it was made as an object")
                .insert("links".to_owned(), Value::Array(links));
        }
        observation
    }

    fn observation_uuid(&self, answer: &EvidenceAnswer) -> String {
        self.uuid(&format!("observation:{}", answer.query.as_str()))
    }

    fn finding_uuid(&self, control: &str) -> String {
        self.uuid(&format!("finding:{control}"))
    }

    fn finding(&self, id: &str, open_points: u32) -> Value {
        let control = self
            .framework
            .controls
            .iter()
            .find(|control| control.id == id)
            .expect("it was taken from there");
        let related: Vec<Value> = self
            .answers_of(id)
            .map(|answer| json!({"observation-uuid": self.observation_uuid(answer)}))
            .collect();
        json!({
            "uuid": self.finding_uuid(id),
            "title": format!("{}: {}", id.to_uppercase(), quantity(open_points, "open point", "open points")),
            "description": format!("{} The observations name {open_points} against it.", control.requirement),
            "props": [property("strength", control.strength.as_str())],
            "origins": [{"actors": [{"type": "tool", "actor-uuid": self.uuid("tool")}]}],
            "target": {
                "type": "statement-id",
                "target-id": format!("{id}_smt"),
                "description": format!("Git cannot show: {}", control.git_cannot_show),
                "status": {"state": "not-satisfied", "reason": "other", "remarks": "There is evidence against it; people judge."},
            },
            "related-observations": related,
        })
    }
}

fn property(name: &str, value: &str) -> Value {
    json!({"name": name, "ns": NS, "value": one_line(value)})
}

// A string in OSCAL has no line breaks and neither begins nor ends with a space.
fn one_line(text: &str) -> String {
    let line = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    if line.is_empty() {
        "-".to_owned()
    } else {
        line
    }
}

#[cfg(test)]
#[path = "oscal_tests.rs"]
mod tests;
