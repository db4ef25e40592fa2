//! Figures: each is a count of events or subjects, or an order statistic of them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::report::{Distribution, Metrics, Packet, Step, Tally};
use super::Scene;
use countersign_core::lifecycle::ledger::{Action, Event, VersionKey};
use countersign_model::{DecisionKind, Policy, State, SubjectId, Timestamp};

const DAY: i64 = 86_400;
/// Lengths of a step in days: the first with which the period has no more than [`MOST_STEPS`].
const STEPS: [i64; 5] = [1, 7, 30, 91, 365];
const MOST_STEPS: i64 = 40;

pub fn of(scene: &Scene<'_>, changes: &[Packet]) -> Metrics {
    let now = scene.question.now;
    let subjects: Vec<_> = scene.question.replay.ledger.subjects.values().filter(|subject| scene.governed(&subject.id)).collect();
    let present: Vec<_> = subjects.iter().filter(|subject| !subject.paths.is_empty()).collect();
    let decided = || {
        let of_decision = scene.events().iter().filter(|event| scene.in_period(event) && scene.wanted(&event.subject));
        of_decision.filter_map(|event| match event.action {
            Action::Decision(kind) => Some((event, kind)),
            _ => None,
        })
    };
    let approvals = decided().filter(|(event, kind)| event.accepted && *kind == DecisionKind::Approve);
    let granted =
        subjects.iter().flat_map(|subject| &subject.versions).filter(|row| row.state == State::Approved).filter_map(|row| row.granted);
    let lead_times: Vec<i64> = changes.iter().filter_map(|packet| packet.lead_time).collect();
    let ages: Vec<i64> = granted.map(|landing| now.unix() - scene.history.time(landing.position.0).unix()).collect();
    Metrics {
        lead_times: spans(&lead_times),
        lead_time: distribution(lead_times),
        approval_ages: spans(&ages),
        approval_age: distribution(ages),
        approvals_by_evidence: tally(approvals.filter_map(|(event, _)| event.evidence.map(|kind| kind.as_str().to_owned()))),
        refused_by_rule: tally(
            decided().filter(|(event, _)| !event.accepted).filter_map(|(event, _)| event.refused_because.map(|rule| rule.to_string())),
        ),
        decisions_by_kind: tally(decided().filter(|(event, _)| event.accepted).map(|(_, kind)| kind.as_str().to_owned())),
        subjects_by_state: tally(
            present.iter().map(|subject| subject.head_version().map_or(State::Draft, |row| row.state).as_str().to_owned()),
        ),
        subjects_by_risk: tally(present.iter().map(|subject| subject.risk.as_str().to_owned())),
        series: series(scene),
    }
}

fn tally(words: impl Iterator<Item = String>) -> Vec<Tally> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts.into_iter().map(|(name, count)| Tally { name, count }).collect()
}

/// How long something may take to be counted under each name, in seconds; what takes longer comes last.
const SPANS: [(&str, i64); 6] = [
    ("under an hour", 3_600),
    ("under a day", DAY),
    ("under a week", 7 * DAY),
    ("under 30 days", 30 * DAY),
    ("under 90 days", 90 * DAY),
    ("under a year", 365 * DAY),
];
const LONGER: &str = "a year or more";

/// How many values there are of each span, from the shortest that there is to the longest.
fn spans(values: &[i64]) -> Vec<Tally> {
    let index = |value: &i64| SPANS.iter().position(|(_, below)| value < below).unwrap_or(SPANS.len());
    let mut counts = [0; SPANS.len() + 1];
    for value in values {
        counts[index(value)] += 1;
    }
    let names = SPANS.iter().map(|(name, _)| *name).chain([LONGER]);
    let (first, last) = (counts.iter().position(|count| *count > 0), counts.iter().rposition(|count| *count > 0));
    let shown = first.zip(last).map_or(0..0, |(first, last)| first..last + 1);
    names.zip(counts).map(|(name, count)| Tally { name: name.to_owned(), count }).skip(shown.start).take(shown.len()).collect()
}

/// Order statistics by nearest rank.
fn distribution(mut values: Vec<i64>) -> Distribution {
    values.sort_unstable();
    let rank = |percent: usize| values.get((values.len() * percent).div_ceil(100).max(1) - 1).copied();
    Distribution { count: values.len() as u32, min: values.first().copied(), median: rank(50), p90: rank(90), max: values.last().copied() }
}

/// A version in the tree; `None` where what lies there is no valid package.
type Lying<'e> = (&'e SubjectId, Option<VersionKey>);

/// What is in the tree while the events are walked.
#[derive(Default)]
struct Walk<'e> {
    lying: BTreeMap<(&'e SubjectId, &'e str), Option<VersionKey>>,
    granted: BTreeSet<(&'e SubjectId, VersionKey)>,
    stopped: BTreeSet<(&'e SubjectId, VersionKey)>,
}

impl<'e> Walk<'e> {
    /// Subjects in the tree, those of them whose bytes are not granted or were stopped, and the versions that wait.
    fn standing(&self) -> (BTreeSet<&'e SubjectId>, BTreeSet<&'e SubjectId>, BTreeSet<Lying<'e>>) {
        let (mut there, mut unapproved, mut waiting) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for ((subject, _), key) in &self.lying {
            there.insert(*subject);
            let row = (*subject, key.clone());
            if self.waits(&row) {
                unapproved.insert(*subject);
                waiting.insert(row);
            } else if key.clone().is_some_and(|key| self.stopped.contains(&(subject, key))) {
                unapproved.insert(*subject);
            }
        }
        (there, unapproved, waiting)
    }

    /// Subjects in the tree that `policy` gives an owner.
    fn owned(&self, policy: &Policy) -> BTreeSet<&'e SubjectId> {
        let owned = |path: &str| policy.entries_for(path.as_bytes()).last().is_some_and(|entry| !entry.owners.is_empty());
        self.lying.keys().filter(|(_, path)| owned(path)).map(|(subject, _)| *subject).collect()
    }

    /// Whether a version is neither granted nor stopped.
    fn waits(&self, (subject, key): &Lying<'e>) -> bool {
        key.clone().is_none_or(|key| {
            let row = (*subject, key);
            !self.granted.contains(&row) && !self.stopped.contains(&row)
        })
    }

    fn take(&mut self, event: &'e Event) {
        let key = event.version.clone().zip(event.digest).map(|(version, digest)| VersionKey { version, digest });
        let path = event.path.as_deref().unwrap_or_default();
        match (event.action, key) {
            (Action::Landed, key) => drop(self.lying.insert((&event.subject, path), key)),
            (Action::Removed, _) => drop(self.lying.remove(&(&event.subject, path))),
            (Action::Granted, Some(key)) => {
                self.stopped.remove(&(&event.subject, key.clone()));
                self.granted.insert((&event.subject, key));
            }
            (Action::Decision(DecisionKind::Block | DecisionKind::Revoke | DecisionKind::Rollback), Some(key)) if event.accepted => {
                self.stopped.insert((&event.subject, key));
            }
            (Action::Decision(DecisionKind::Unblock), Some(key)) if event.accepted => {
                self.stopped.remove(&(&event.subject, key));
            }
            _ => {}
        }
    }
}

fn series(scene: &Scene<'_>) -> Vec<Step> {
    let history = &scene.history;
    let last = history.last();
    if scene.from > last {
        return Vec::new();
    }
    let begin = history.time(scene.from).unix().div_euclid(DAY) * DAY;
    let end = history.time(last).unix();
    let length = STEPS.iter().map(|days| days * DAY).find(|length| (end - begin) / length < MOST_STEPS);
    let length = length.unwrap_or((end - begin) / MOST_STEPS + 1);
    let mut walk = Walk::default();
    let mut events = scene.events().iter().filter(|event| scene.governed(&event.subject)).peekable();
    while let Some(event) = events.next_if(|event| !scene.in_period(event)) {
        walk.take(event);
    }
    let mut steps = Vec::new();
    let mut waited = walk.standing().2;
    for from in (begin..=end).step_by(usize::try_from(length).unwrap_or(usize::MAX)) {
        let to = from.saturating_add(length);
        let reached = history.times.partition_point(|time| time.unix() < to) as u32;
        let mut step = Step {
            from: Timestamp::from_unix(from).to_string(),
            to: Timestamp::from_unix(to).to_string(),
            position: reached.checked_sub(1),
            landed: 0,
            granted: 0,
            refused: 0,
            stopped: 0,
            subjects: 0,
            approved: 0,
            owned: 0,
            awaiting_opened: 0,
            awaiting_closed: 0,
            awaiting: 0,
            findings_began: 0,
        };
        let mut opened = BTreeSet::new();
        while let Some(first) = events.next_if(|event| event.landing.position.0 < reached) {
            let landing = first.landing;
            let mut arrived = BTreeSet::new();
            let mut event = Some(first);
            while let Some(one) = event {
                count(&mut step, one);
                walk.take(one);
                if one.action == Action::Landed {
                    arrived.insert((&one.subject, one.path.as_deref().unwrap_or_default()));
                }
                event = events.next_if(|next| next.landing == landing);
            }
            // Judged after the landing as a whole: a version that lands together with its approvals never waits.
            let rows = arrived.into_iter().filter_map(|place| Some((place.0, walk.lying.get(&place)?.clone())));
            opened.extend(rows.filter(|row| walk.waits(row) && !waited.contains(row)));
        }
        let (there, unapproved, rows) = walk.standing();
        step.subjects = there.len() as u32;
        step.approved = (there.len() - unapproved.len()) as u32;
        step.owned = walk.owned(policy_after(scene, reached)).len() as u32;
        step.awaiting_opened = opened.len() as u32;
        step.awaiting_closed = waited.union(&opened).filter(|row| !rows.contains(row)).count() as u32;
        step.awaiting = rows.len() as u32;
        let began = |finding: &&countersign_core::check::findings::Finding| {
            finding.position.is_some_and(|position| (scene.from..reached).contains(&position.0) && history.time(position.0).unix() >= from)
        };
        step.findings_began = scene.question.findings.iter().filter(began).count() as u32;
        waited = rows;
        steps.push(step);
    }
    steps
}

/// The policy in force once the first `reached` landings were there.
fn policy_after<'s>(scene: &'s Scene<'_>, reached: u32) -> &'s Policy {
    let eras = &scene.history.eras;
    let era = eras.iter().skip(1).rfind(|era| era.since < reached).or_else(|| eras.first());
    era.map_or(&scene.question.replay.policy.policy, |era| &era.policy.policy)
}

fn count(step: &mut Step, event: &Event) {
    match event.action {
        Action::Landed => step.landed += 1,
        Action::Granted => step.granted += 1,
        Action::Decision(_) if !event.accepted => step.refused += 1,
        Action::Decision(DecisionKind::Block | DecisionKind::Revoke) => step.stopped += 1,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_counted_from_the_shortest_to_the_longest_with_what_lies_between() {
        assert_eq!(spans(&[]), []);
        let told: Vec<(String, u32)> =
            spans(&[DAY, 3_599, 365 * DAY - 1, 3_600]).into_iter().map(|tally| (tally.name, tally.count)).collect();
        let wanted = [
            ("under an hour", 1),
            ("under a day", 1),
            ("under a week", 1),
            ("under 30 days", 0),
            ("under 90 days", 0),
            ("under a year", 1),
        ];
        assert_eq!(told, wanted.map(|(name, count)| (name.to_owned(), count)));
        assert_eq!(spans(&[400 * DAY])[0].name, LONGER);
    }

    #[test]
    fn order_statistics_are_values_that_occurred() {
        assert_eq!(distribution(Vec::new()), Distribution::default());
        let ten = distribution((1..=10).rev().collect());
        assert_eq!((ten.count, ten.min, ten.median, ten.p90, ten.max), (10, Some(1), Some(5), Some(9), Some(10)));
        let one = distribution(vec![7]);
        assert_eq!((one.min, one.median, one.p90, one.max), (Some(7), Some(7), Some(7), Some(7)));
    }
}
