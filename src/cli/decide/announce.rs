//! What a writing command reports: what it wrote, what that does once it lands, and the next
//! commands.

use crate::check::remedy::Remedy;
use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::model::{Decision, DecisionItem, ObjectId, State, SubjectId};
use crate::render::json;

use super::outlook::{Outlook, skipped};
use super::steps::Steps;
use super::{Change, DecisionContext, Done};

/// Reports a decision.
pub fn decided(
    context: &DecisionContext<'_>,
    done: &Done<'_>,
    outlook: &Outlook<'_>,
    left_out: &[(SubjectId, String)],
) -> Result<ExitCode, CommandError> {
    let steps = next(context, done)?;
    let follow_ups = if done.change.removed.is_empty() {
        outlook.follow_ups()
    } else {
        Vec::new()
    };
    if context.session.json() {
        let report = view(done.change, done.commit, steps, &follow_ups);
        let report = describe(report, outlook.decision, left_out, |item| {
            outlook.state_of(item).map(State::as_str)
        });
        context.session.out.result(&json::text(&report))?;
        return Ok(ExitCode::Pass);
    }
    let mut lines = skipped(left_out);
    lines.extend(written(done));
    let effect = outlook.lines();
    let lands_here =
        done.commit.is_some() && context.history.head.branch.as_deref() == Some(context.governed());
    if lands_here {
        lines.extend([String::new()].into_iter().chain(effect));
    } else {
        let when = if done.commit.is_some() {
            "Once this has"
        } else {
            "Nothing is in force yet. Once this is committed and has"
        };
        lines.extend([
            String::new(),
            format!("{when} landed on `{}`:", context.governed()),
        ]);
        lines.extend(effect.iter().map(|line| format!("  {line}")));
    }
    let several = outlook.decision.items.len() > 1;
    lines.extend(next_steps(&steps, &follow_ups, several));
    print(context, lines)
}

/// Reports files that were restored or removed.
pub fn changed(
    context: &DecisionContext<'_>,
    done: &Done<'_>,
    why: &str,
) -> Result<ExitCode, CommandError> {
    let steps = next(context, done)?;
    if context.session.json() {
        context
            .session
            .out
            .result(&json::text(&view(done.change, done.commit, steps, &[])))?;
        return Ok(ExitCode::Pass);
    }
    let mut lines = vec![format!(
        "This needs no decision, so none was written: {why}."
    )];
    lines.push(match done.commit {
        Some(_) => "Your reason is in the message of the commit, and in no record.".to_owned(),
        None => "Your reason will be in the message of the commit, and in no record.".to_owned(),
    });
    lines.extend(written(done));
    lines.extend(next_steps(&steps, &[], false));
    print(context, lines)
}

/// Reports what would be written: for a decision with its record, and what it leaves out.
pub fn dry_run(
    context: &DecisionContext<'_>,
    change: &Change,
    about: Option<(&Decision, &[(SubjectId, String)])>,
) -> Result<ExitCode, CommandError> {
    let left_out = about.map(|(_, left_out)| left_out).unwrap_or_default();
    if context.session.json() {
        let none = Steps::default();
        let mut report = json::DecisionReport {
            dry_run: true,
            ..view(change, None, none, &[])
        };
        if let Some((decision, left_out)) = about {
            report = describe(report, decision, left_out, |_| None);
        }
        context.session.out.result(&json::text(&report))?;
        return Ok(ExitCode::Pass);
    }
    let mut lines = skipped(left_out);
    lines.extend(files(
        change,
        ["Would write", "Would restore", "Would remove"],
    ));
    lines.push("Nothing was signed, written or removed (--dry-run).".to_owned());
    print(context, lines)
}

fn print(context: &DecisionContext<'_>, lines: Vec<String>) -> Result<ExitCode, CommandError> {
    if !context.session.options.quiet {
        context.session.out.lines(lines)?;
    }
    Ok(ExitCode::Pass)
}

fn next(context: &DecisionContext<'_>, done: &Done<'_>) -> Result<Steps, CommandError> {
    match (done.branch, done.commit) {
        (Some(branch), _) => Ok(Steps::propose(context, branch)),
        (None, Some(_)) => Steps::push(context),
        (None, None) => Steps::commit(context, done.change, done.message, done.signing),
    }
}

/// The files, by what was done with them, and the commit.
fn written(done: &Done<'_>) -> Vec<String> {
    let mut lines = files(done.change, ["Wrote", "Restored", "Removed"]);
    lines.extend(
        done.commit
            .map(|commit| format!("Committed as {}.", commit.short())),
    );
    lines
}

/// The files that a change adds, restores and removes, each after its word.
fn files(change: &Change, words: [&str; 3]) -> Vec<String> {
    const MOST: usize = 12;
    let added: Vec<&str> = change.added.iter().map(|file| file.path.as_str()).collect();
    let restored: Vec<&str> = change
        .restored
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    let removed: Vec<&str> = change.removed.iter().map(String::as_str).collect();
    let width = words
        .iter()
        .map(|word| word.len())
        .max()
        .unwrap_or_default();
    let mut lines = Vec::new();
    for (word, paths) in words.into_iter().zip([added, restored, removed]) {
        let more = paths.len().saturating_sub(MOST);
        lines.extend(
            paths.iter().take(MOST).enumerate().map(|(index, path)| {
                format!("{:<width$} {path}", if index == 0 { word } else { "" })
            }),
        );
        lines.extend((more > 0).then(|| format!("{:<width$} … and {more} more", "")));
    }
    lines
}

fn next_steps(steps: &Steps, follow_ups: &[Remedy], several: bool) -> Vec<String> {
    let end = if steps.commands.is_empty() { "." } else { ":" };
    let mut lines = vec![String::new(), format!("Next: {}{end}", steps.lead)];
    lines.extend(steps.commands.iter().map(|command| format!("  {command}")));
    let commands: Vec<String> = follow_ups
        .iter()
        .filter_map(|remedy| remedy.command.clone())
        .collect();
    if !commands.is_empty() {
        let what = if several {
            "Their files are still in the tree, so `check` fails. Fix that for each, with one of its commands:"
        } else {
            "Its files are still in the tree, so `check` fails. Fix that with one of:"
        };
        lines.push(what.to_owned());
        lines.extend(commands.iter().map(|command| format!("  {command}")));
    }
    lines
}

/// The report with the decision itself in it. `state_of` gives the state of an item afterwards.
fn describe(
    report: json::DecisionReport,
    decision: &Decision,
    left_out: &[(SubjectId, String)],
    state_of: impl Fn(&DecisionItem) -> Option<&'static str>,
) -> json::DecisionReport {
    let item = |item: &DecisionItem| json::DecidedItem {
        subject: item.subject.to_string(),
        version: item.version.to_string(),
        digest: item.version.digest().map(ToString::to_string),
        state: state_of(item),
    };
    let left = |(subject, reason): &(SubjectId, String)| json::LeftOut {
        subject: subject.to_string(),
        reason: reason.clone(),
    };
    json::DecisionReport {
        decision: Some(decision.kind.as_str()),
        principal: Some(decision.principal.to_string()),
        record: Some(decision.path()),
        items: decision.items.iter().map(item).collect(),
        left_out: left_out.iter().map(left).collect(),
        ..report
    }
}

fn view(
    change: &Change,
    commit: Option<ObjectId>,
    steps: Steps,
    follow_ups: &[Remedy],
) -> json::DecisionReport {
    let paths = |files: &[crate::cli::files::NewFile]| {
        files
            .iter()
            .map(|file| file.path.clone())
            .collect::<Vec<_>>()
    };
    let mut written = [paths(&change.added), paths(&change.restored)].concat();
    written.sort();
    json::DecisionReport {
        schema: json::DecisionReport::SCHEMA,
        dry_run: false,
        decision: None,
        principal: None,
        record: None,
        items: Vec::new(),
        left_out: Vec::new(),
        written,
        removed: change.removed.clone(),
        committed: commit.map(|commit| commit.to_string()),
        next: steps.commands,
        follow_ups: follow_ups
            .iter()
            .filter_map(|remedy| remedy.command.clone())
            .collect(),
    }
}
