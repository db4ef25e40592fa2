//! What a writing command reports: what it wrote, what that does once it lands, and the next
//! commands.

use crate::check::remedy::Remedy;
use crate::cli::error::CommandError;
use crate::cli::exit::ExitCode;
use crate::model::{DecisionItem, SubjectId};
use crate::render::json;

use super::outlook::{Outlook, skipped};
use super::steps::Steps;
use super::{DecisionContext, Done};

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
        let decision = outlook.decision;
        let item = |item: &DecisionItem| json::DecidedItem {
            subject: item.subject.to_string(),
            version: item.version.to_string(),
            digest: item.version.digest().map(ToString::to_string),
            state: outlook.state_of(item).map(crate::model::State::as_str),
        };
        let left = |(subject, reason): &(SubjectId, String)| json::LeftOut {
            subject: subject.to_string(),
            reason: reason.clone(),
        };
        let view = json::DecisionReport {
            decision: Some(decision.kind.as_str()),
            principal: Some(decision.principal.to_string()),
            record: Some(decision.path()),
            items: decision.items.iter().map(item).collect(),
            left_out: left_out.iter().map(left).collect(),
            ..view(done, steps, &follow_ups)
        };
        context.session.out.result(&json::text(&view))?;
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
    lines.extend(next_steps(&steps, &follow_ups));
    print(context, lines)
}

/// Reports files that were restored or removed.
pub fn changed(context: &DecisionContext<'_>, done: &Done<'_>) -> Result<ExitCode, CommandError> {
    let steps = next(context, done)?;
    if context.session.json() {
        context
            .session
            .out
            .result(&json::text(&view(done, steps, &[])))?;
        return Ok(ExitCode::Pass);
    }
    let mut lines = vec!["This needs no decision, so none was written.".to_owned()];
    lines.extend(written(done));
    lines.extend(next_steps(&steps, &[]));
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

/// The files, by what was done with them.
fn written(done: &Done<'_>) -> Vec<String> {
    let added: Vec<&str> = done
        .change
        .added
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    let restored: Vec<&str> = done
        .change
        .restored
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    let removed: Vec<&str> = done.change.removed.iter().map(String::as_str).collect();
    let mut lines = Vec::new();
    for (word, paths) in [
        ("Wrote", added),
        ("Restored", restored),
        ("Removed", removed),
    ] {
        const MOST: usize = 12;
        let more = paths.len().saturating_sub(MOST);
        lines.extend(
            paths
                .iter()
                .take(MOST)
                .enumerate()
                .map(|(index, path)| format!("{:<8} {path}", if index == 0 { word } else { "" })),
        );
        lines.extend((more > 0).then(|| format!("{:<8} … and {more} more", "")));
    }
    lines.extend(
        done.commit
            .map(|commit| format!("Committed as {}.", commit.short())),
    );
    lines
}

fn next_steps(steps: &Steps, follow_ups: &[Remedy]) -> Vec<String> {
    let end = if steps.commands.is_empty() { "." } else { ":" };
    let mut lines = vec![String::new(), format!("Next: {}{end}", steps.lead)];
    lines.extend(steps.commands.iter().map(|command| format!("  {command}")));
    let commands: Vec<String> = follow_ups
        .iter()
        .filter_map(|remedy| remedy.command.clone())
        .collect();
    if !commands.is_empty() {
        lines.push(
            "Its files are still in the tree, so `check` fails. Fix that with one of:".to_owned(),
        );
        lines.extend(commands.iter().map(|command| format!("  {command}")));
    }
    lines
}

fn view(done: &Done<'_>, steps: Steps, follow_ups: &[Remedy]) -> json::DecisionReport {
    let paths = |files: &[crate::cli::files::NewFile]| {
        files
            .iter()
            .map(|file| file.path.clone())
            .collect::<Vec<_>>()
    };
    let mut written = [paths(&done.change.added), paths(&done.change.restored)].concat();
    written.sort();
    json::DecisionReport {
        schema: json::DecisionReport::SCHEMA,
        decision: None,
        principal: None,
        record: None,
        items: Vec::new(),
        left_out: Vec::new(),
        written,
        removed: done.change.removed.clone(),
        committed: done.commit.map(|commit| commit.to_string()),
        next: steps.commands,
        follow_ups: follow_ups
            .iter()
            .filter_map(|remedy| remedy.command.clone())
            .collect(),
    }
}
