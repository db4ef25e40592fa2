//! `explain`: the five questions about one version, and why it is in its state; also what a policy
//! or a principal is.

use std::mem::ManuallyDrop;

use clap::Args;

use super::error::CommandError;
use super::exit::ExitCode;
use super::forge::ForgeOptions;
use super::landed;
use super::question;
use super::session::Session;
use super::subject_argument::Selector;
use crate::check::governance::{PolicyView, PrincipalView};
use crate::judge::Answer;
use crate::model::{Digest, PrincipalName};
use crate::render::human::Explanation;
use crate::render::{human, json};

/// Explain a version: its owner, approvals, bytes, place and history, and why it is in its state
///
/// Lists each piece of evidence and whether it counts, the policy line that decided, and the
/// commands that would change the state. `policy/countersign` and `principal/NAME` explain a policy
/// and a person.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign explain skill/pdf-tools
  countersign explain skill/pdf-tools@1.2.0
  countersign explain skill/pdf-tools@previous --format json
  countersign explain policy/countersign           who can change the policy, and what a pending one needs
  countersign explain policy/countersign@3         the policy with serial 3, or the one with a digest: @sha256:…
  countersign explain principal/alice              keys, roles and decisions of one person")]
pub struct Explain {
    /// A subject, optionally with a version: a version, head, current, previous, or the start of a
    /// digest
    #[arg(value_name = "SUBJECT[@VERSION]")]
    subject: String,
    #[command(flatten)]
    forge: ForgeOptions,
}

impl Explain {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let repository = session.repository()?;
        // The program exits afterwards, so freeing the memory is not needed.
        let answer = ManuallyDrop::new(question::view(session, &repository, &self.forge)?);
        let replay = &answer.survey.replay;
        if let Some(text) = self.governance(session, &answer)? {
            session.out.result(&text)?;
            return Ok(ExitCode::Pass);
        }
        let argument = landed::argument(&replay.ledger, &self.subject)?;
        let subject = landed::subject(&replay.ledger, &argument)?;
        let version = if argument.version == Selector::Head && !self.subject.contains('@') {
            subject.shown_version()
        } else {
            Some(landed::version_state(subject, &argument)?)
        };
        let explanation = Explanation {
            context: &answer.context,
            ledger: &replay.ledger,
            policy: &replay.policy.policy,
            subject,
            version,
            findings: &answer.survey.findings,
        };
        let text = if session.json() {
            json::text(&json::explain(&explanation))
        } else {
            session
                .out
                .paint()
                .fit(human::explain(&explanation, session.out.paint()))
        };
        session.out.result(&text)?;
        Ok(ExitCode::Pass)
    }

    /// The answer about the policy or a principal, when the subject is one of them.
    fn governance(
        &self,
        session: &Session<'_>,
        answer: &Answer,
    ) -> Result<Option<String>, CommandError> {
        let (replay, findings) = (&answer.survey.replay, &answer.survey.findings);
        let (ledger, paint) = (&replay.ledger, session.out.paint());
        let name = self
            .subject
            .split_once('@')
            .map_or(self.subject.as_str(), |(name, _)| name);
        if matches!(name, "policy" | "policy/countersign") {
            let digest = self.policy(answer)?;
            let versions: Vec<_> = replay.policy_versions().cloned().collect();
            let view = PolicyView::of(ledger, &versions, digest).ok_or_else(|| {
                CommandError::not_evaluated(format!(
                    "the policy {digest} is not in this repository"
                ))
            })?;
            return Ok(Some(if session.json() {
                json::text(&json::explain_policy(&answer.context, &view, findings))
            } else {
                session.out.paint().fit(human::explain_policy(
                    &answer.context,
                    ledger,
                    &view,
                    findings,
                    paint,
                ))
            }));
        }
        let Some(name) = self.subject.strip_prefix("principal/") else {
            return Ok(None);
        };
        let view = name
            .parse()
            .ok()
            .and_then(|name| PrincipalView::of(ledger, &replay.policy, &name))
            .ok_or_else(|| {
                let names: Vec<&str> = replay
                    .policy
                    .policy
                    .principals
                    .keys()
                    .map(PrincipalName::as_str)
                    .collect();
                CommandError::usage(format!("`{name}` is not in the current policy"))
                    .help(format!("Name one of {}.", names.join(", ")))
            })?;
        Ok(Some(if session.json() {
            json::text(&json::explain_principal(
                &answer.context,
                ledger.policy.serial,
                &view,
                findings,
            ))
        } else {
            session.out.paint().fit(human::explain_principal(
                &answer.context,
                ledger,
                &view,
                findings,
                paint,
            ))
        }))
    }
}

impl Explain {
    /// The requested policy: by serial or digest, else the pending one, else the one in
    /// force.
    fn policy(&self, answer: &Answer) -> Result<Digest, CommandError> {
        let replay = &answer.survey.replay;
        let ledger = &replay.ledger;
        let argument = landed::argument(ledger, &self.subject)?;
        if argument.version == Selector::Head {
            let shown = ledger
                .pending
                .as_ref()
                .map(|pending| pending.digest)
                .or(ledger.policy.digest);
            return shown
                .ok_or_else(|| CommandError::usage("no policy is in force in this repository"));
        }
        let in_force = replay
            .policy_line()
            .map(|version| (version.policy.serial, version.digest));
        let waiting = ledger
            .pending
            .iter()
            .map(|pending| (pending.serial, pending.digest));
        let rivals = ledger
            .rivals
            .iter()
            .map(|rival| (rival.serial, rival.digest));
        let known: Vec<(u64, Digest)> = in_force.chain(waiting).chain(rivals).collect();
        // What was only proposed has no standing that could be mistaken for another's.
        let all: Vec<(u64, Digest)> = replay
            .policy_versions()
            .map(|version| (version.policy.serial, version.digest))
            .collect();
        let found = argument
            .version
            .policy(&known)
            .or_else(|why| argument.version.policy(&all).map_err(|_| why));
        found.map(|(_, digest)| digest).map_err(|why| {
            CommandError::usage(why).help("List them with `countersign log policy/countersign`.")
        })
    }
}
