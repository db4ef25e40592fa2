//! Figures: each is a count of events or subjects, or an order statistic of them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::report::{Distribution, Metrics, Packet, Step, Tally};
use super::AuditContext;
use countersign_core::check::findings::Finding;
use countersign_core::lifecycle::ledger::{Action, Event, VersionKey};
use countersign_model::{
    DecisionKind, EvidenceKind, Policy, Risk, RuleId, State, SubjectId, Timestamp,
};

const DAY: i64 = 86_400;
/// Lengths of a step in days: the first with which the period has no more than [`MOST_STEPS`].
const STEPS: [i64; 5] = [1, 7, 30, 91, 365];
const MOST_STEPS: i64 = 40;

pub fn metrics(context: &AuditContext<'_>, changes: &[Packet]) -> Metrics {
    let now = context.request.now;
    let subjects: Vec<_> = context
        .request
        .replay
        .ledger
        .subjects
        .values()
        .filter(|subject| context.covers_package(&subject.id))
        .collect();
    let present: Vec<_> = subjects
        .iter()
        .filter(|subject| !subject.paths.is_empty())
        .collect();
    let (effective, refused): (Vec<_>, Vec<_>) =
        decisions(context).partition(|(event, _)| event.accepted);
    let approvals = effective
        .iter()
        .filter(|(_, kind)| *kind == DecisionKind::Approve);
    let granted = subjects
        .iter()
        .flat_map(|subject| &subject.versions)
        .filter(|version| version.state == State::Approved)
        .filter_map(|version| version.granted);
    let lead_times: Vec<i64> = changes
        .iter()
        .filter_map(|packet| packet.lead_time)
        .collect();
    let ages: Vec<i64> = granted
        .map(|landing| now.unix() - context.history.time(landing.position.0).unix())
        .collect();
    let states = present.iter().map(|subject| {
        subject
            .head_version()
            .map_or(State::Draft, |version| version.state)
    });
    Metrics {
        lead_times: spans(&lead_times),
        lead_time: distribution(lead_times),
        approval_ages: spans(&ages),
        approval_age: distribution(ages),
        approvals_by_evidence: tally(
            approvals.filter_map(|(event, _)| event.evidence),
            EvidenceKind::as_str,
        ),
        refused_by_rule: tally(
            refused
                .iter()
                .filter_map(|(event, _)| event.refused_because),
            RuleId::as_str,
        ),
        decisions_by_kind: tally(
            effective.iter().map(|(_, kind)| *kind),
            DecisionKind::as_str,
        ),
        subjects_by_state: tally(states, State::as_str),
        subjects_by_risk: tally(present.iter().map(|subject| subject.risk), Risk::as_str),
        series: series(context),
    }
}

/// Decisions of the period that the report covers.
fn decisions<'c>(context: &'c AuditContext<'_>) -> impl Iterator<Item = (&'c Event, DecisionKind)> {
    let events = context
        .events()
        .iter()
        .filter(|event| context.in_period(event) && context.covers(&event.subject));
    events.filter_map(|event| match event.action {
        Action::Decision(kind) => Some((event, kind)),
        _ => None,
    })
}

/// How often each value occurs, in the order of their words.
fn tally<T: Copy>(values: impl Iterator<Item = T>, word: fn(T) -> &'static str) -> Vec<Tally<T>> {
    let mut tallies: BTreeMap<&str, Tally<T>> = BTreeMap::new();
    for name in values {
        tallies
            .entry(word(name))
            .or_insert(Tally { name, count: 0 })
            .count += 1;
    }
    tallies.into_values().collect()
}

/// The names of durations, each with the seconds below which it applies; what takes longer comes
/// last.
const SPANS: [(&str, i64); 6] = [
    ("under an hour", 3_600),
    ("under a day", DAY),
    ("under a week", 7 * DAY),
    ("under 30 days", 30 * DAY),
    ("under 90 days", 90 * DAY),
    ("under a year", 365 * DAY),
];
const LONGER: &str = "a year or more";

/// How many values are within each span, from the shortest that occurs to the longest.
fn spans(values: &[i64]) -> Vec<Tally<&'static str>> {
    let index = |value: &i64| {
        SPANS
            .iter()
            .position(|(_, below)| value < below)
            .unwrap_or(SPANS.len())
    };
    let mut counts = [0; SPANS.len() + 1];
    for value in values {
        counts[index(value)] += 1;
    }
    let names = SPANS.iter().map(|(name, _)| *name).chain([LONGER]);
    let (first, last) = (
        counts.iter().position(|count| *count > 0),
        counts.iter().rposition(|count| *count > 0),
    );
    let shown = first
        .zip(last)
        .map_or(0..0, |(first, last)| first..last + 1);
    names
        .zip(counts)
        .map(|(name, count)| Tally { name, count })
        .skip(shown.start)
        .take(shown.len())
        .collect()
}

/// Order statistics by nearest rank.
fn distribution(mut values: Vec<i64>) -> Distribution {
    values.sort_unstable();
    let rank = |percent: usize| {
        values
            .get((values.len() * percent).div_ceil(100).max(1) - 1)
            .copied()
    };
    Distribution {
        count: values.len() as u32,
        min: values.first().copied(),
        median: rank(50),
        p90: rank(90),
        max: values.last().copied(),
    }
}

/// A version of a subject; `None` where what is in the tree is not a valid package.
type SubjectVersion<'e> = (&'e SubjectId, Option<VersionKey>);

/// What is in the tree while the events are walked.
#[derive(Default)]
struct TreeState<'e> {
    present: BTreeMap<(&'e SubjectId, &'e str), Option<VersionKey>>,
    granted: BTreeSet<(&'e SubjectId, VersionKey)>,
    stopped: BTreeSet<(&'e SubjectId, VersionKey)>,
}

/// What counts in the tree at one point.
struct Census<'e> {
    subjects: BTreeSet<&'e SubjectId>,
    /// Those whose bytes are not granted or were stopped.
    unapproved: BTreeSet<&'e SubjectId>,
    awaiting: BTreeSet<SubjectVersion<'e>>,
}

impl<'e> TreeState<'e> {
    fn census(&self) -> Census<'e> {
        let mut census = Census {
            subjects: BTreeSet::new(),
            unapproved: BTreeSet::new(),
            awaiting: BTreeSet::new(),
        };
        for ((subject, _), key) in &self.present {
            census.subjects.insert(*subject);
            let version = (*subject, key.clone());
            if self.awaits(&version) {
                census.unapproved.insert(*subject);
                census.awaiting.insert(version);
            } else if key
                .clone()
                .is_some_and(|key| self.stopped.contains(&(subject, key)))
            {
                census.unapproved.insert(*subject);
            }
        }
        census
    }

    /// Subjects in the tree that `policy` gives an owner.
    fn owned(&self, policy: &Policy) -> BTreeSet<&'e SubjectId> {
        let is_owned = |path: &str| {
            policy
                .entries_for(path.as_bytes())
                .last()
                .is_some_and(|entry| !entry.owners.is_empty())
        };
        self.present
            .keys()
            .filter(|(_, path)| is_owned(path))
            .map(|(subject, _)| *subject)
            .collect()
    }

    /// Whether a version is neither granted nor stopped.
    fn awaits(&self, (subject, key): &SubjectVersion<'e>) -> bool {
        key.clone().is_none_or(|key| {
            let version = (*subject, key);
            !self.granted.contains(&version) && !self.stopped.contains(&version)
        })
    }

    fn apply(&mut self, event: &'e Event) {
        let key = event
            .version
            .clone()
            .zip(event.digest)
            .map(|(version, digest)| VersionKey { version, digest });
        let path = event.path.as_deref().unwrap_or_default();
        match (event.action, key) {
            (Action::Landed, key) => drop(self.present.insert((&event.subject, path), key)),
            (Action::Removed, _) => drop(self.present.remove(&(&event.subject, path))),
            (Action::Granted, Some(key)) => {
                self.stopped.remove(&(&event.subject, key.clone()));
                self.granted.insert((&event.subject, key));
            }
            (
                Action::Decision(
                    DecisionKind::Block | DecisionKind::Revoke | DecisionKind::Rollback,
                ),
                Some(key),
            ) if event.accepted => {
                self.stopped.insert((&event.subject, key));
            }
            (Action::Decision(DecisionKind::Unblock), Some(key)) if event.accepted => {
                self.stopped.remove(&(&event.subject, key));
            }
            _ => {}
        }
    }
}

/// How often things happened in one step.
#[derive(Default)]
struct StepCounts {
    landed: u32,
    granted: u32,
    refused: u32,
    stopped: u32,
}

impl StepCounts {
    const fn add(&mut self, event: &Event) {
        match event.action {
            Action::Landed => self.landed += 1,
            Action::Granted => self.granted += 1,
            Action::Decision(_) if !event.accepted => self.refused += 1,
            Action::Decision(DecisionKind::Block | DecisionKind::Revoke) => self.stopped += 1,
            _ => {}
        }
    }
}

fn series(context: &AuditContext<'_>) -> Vec<Step> {
    let history = &context.history;
    let last = history.last();
    if context.from > last {
        return Vec::new();
    }
    let begin = history.time(context.from).unix().div_euclid(DAY) * DAY;
    let end = history.time(last).unix();
    let length = STEPS
        .iter()
        .map(|days| days * DAY)
        .find(|length| (end - begin) / length < MOST_STEPS);
    let length = length.unwrap_or((end - begin) / MOST_STEPS + 1);
    let mut tree = TreeState::default();
    let mut events = context
        .events()
        .iter()
        .filter(|event| context.covers_package(&event.subject))
        .peekable();
    while let Some(event) = events.next_if(|event| !context.in_period(event)) {
        tree.apply(event);
    }
    let mut steps = Vec::new();
    let mut awaiting = tree.census().awaiting;
    for from in (begin..=end).step_by(usize::try_from(length).unwrap_or(usize::MAX)) {
        let to = from.saturating_add(length);
        let reached = history.times.partition_point(|time| time.unix() < to) as u32;
        let mut counts = StepCounts::default();
        let mut opened = BTreeSet::new();
        while let Some(first) = events.next_if(|event| event.landing.position.0 < reached) {
            let mut landing = vec![first];
            landing.extend(std::iter::from_fn(|| {
                events.next_if(|next| next.landing == first.landing)
            }));
            for event in &landing {
                counts.add(event);
                tree.apply(event);
            }
            // Judged after the landing as a whole: a version that lands together with its approvals
            // never waits.
            let landed = landing
                .iter()
                .filter(|event| event.action == Action::Landed);
            let places =
                landed.map(|event| (&event.subject, event.path.as_deref().unwrap_or_default()));
            let versions =
                places.filter_map(|place| Some((place.0, tree.present.get(&place)?.clone())));
            opened.extend(
                versions.filter(|version| tree.awaits(version) && !awaiting.contains(version)),
            );
        }
        let census = tree.census();
        let began = |finding: &&Finding| {
            finding.position.is_some_and(|position| {
                (context.from..reached).contains(&position.0)
                    && history.time(position.0).unix() >= from
            })
        };
        steps.push(Step {
            from: Timestamp::from_unix(from),
            to: Timestamp::from_unix(to),
            position: reached.checked_sub(1),
            landed: counts.landed,
            granted: counts.granted,
            refused: counts.refused,
            stopped: counts.stopped,
            subjects: census.subjects.len() as u32,
            approved: (census.subjects.len() - census.unapproved.len()) as u32,
            owned: tree.owned(policy_after(context, reached)).len() as u32,
            awaiting_opened: opened.len() as u32,
            awaiting_closed: awaiting
                .union(&opened)
                .filter(|version| !census.awaiting.contains(version))
                .count() as u32,
            awaiting: census.awaiting.len() as u32,
            findings_began: context.request.findings.iter().filter(began).count() as u32,
        });
        awaiting = census.awaiting;
    }
    steps
}

/// The policy in force after the first `reached` landings.
fn policy_after<'c>(context: &'c AuditContext<'_>, reached: u32) -> &'c Policy {
    let eras = &context.history.eras;
    let era = eras
        .iter()
        .skip(1)
        .rfind(|era| era.since < reached)
        .or_else(|| eras.first());
    era.map_or(&context.request.replay.policy.policy, |era| {
        &era.policy.policy
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_counted_from_the_shortest_to_the_longest_with_what_is_between() {
        assert_eq!(spans(&[]), []);
        let tallies: Vec<(&str, u32)> = spans(&[DAY, 3_599, 365 * DAY - 1, 3_600])
            .into_iter()
            .map(|tally| (tally.name, tally.count))
            .collect();
        let expected = [
            ("under an hour", 1),
            ("under a day", 1),
            ("under a week", 1),
            ("under 30 days", 0),
            ("under 90 days", 0),
            ("under a year", 1),
        ];
        assert_eq!(tallies, expected);
        assert_eq!(spans(&[400 * DAY])[0].name, LONGER);
    }

    #[test]
    fn order_statistics_are_values_that_occurred() {
        assert_eq!(distribution(Vec::new()), Distribution::default());
        let ten = distribution((1..=10).rev().collect());
        assert_eq!(
            (ten.count, ten.min, ten.median, ten.p90, ten.max),
            (10, Some(1), Some(5), Some(9), Some(10))
        );
        let one = distribution(vec![7]);
        assert_eq!(
            (one.min, one.median, one.p90, one.max),
            (Some(7), Some(7), Some(7), Some(7))
        );
    }
}
