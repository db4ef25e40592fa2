//! Ages and lead times, counted again from the model's dates.

use serde_json::{Value, json};

use super::{DAY, Model};
use crate::audit::Demo;

#[test]
fn ages_and_lead_times_are_differences_of_the_models_dates() {
    let demo = Demo::build();
    let report = demo.audit(&[]);
    let model = Model::of(&demo);
    let (last, now) = (model.trees.len() - 1, demo.story.end.unix());
    let approved = model
        .granted
        .iter()
        .filter(|(key, _)| model.state(key, last) == "approved");
    let ages: Vec<i64> = approved.map(|(_, at)| now - model.dates[*at]).collect();
    assert!(ages.len() > 5);
    assert_eq!(report["metrics"]["approval_age"], distribution(&ages));
    assert_eq!(report["metrics"]["approval_ages"], spans(&ages));
    // From where the bytes came, each time that they did, unless they had their approval by then.
    let mut leads = Vec::new();
    for at in 0..model.trees.len() {
        for key in model.came(at) {
            if let Some(granted) = model.granted.get(&key).filter(|granted| **granted >= at) {
                leads.push(model.dates[*granted] - model.dates[at]);
            }
        }
    }
    assert_eq!(report["metrics"]["lead_time"], distribution(&leads));
    assert_eq!(report["metrics"]["lead_times"], spans(&leads));
}

/// Order statistics by nearest rank.
fn distribution(values: &[i64]) -> Value {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1];
    json!({"count": sorted.len(), "min": sorted[0], "median": rank(50), "p90": rank(90), "max": sorted.last()})
}

/// How many take less than each of these, and no less than the one before.
fn spans(values: &[i64]) -> Value {
    let bounds = [
        ("under an hour", 3_600),
        ("under a day", DAY),
        ("under a week", 7 * DAY),
        ("under 30 days", 30 * DAY),
        ("under 90 days", 90 * DAY),
    ];
    let mut below = 0;
    let mut counts = Vec::new();
    for (name, bound) in bounds {
        counts.push((
            name,
            values
                .iter()
                .filter(|value| (below..bound).contains(*value))
                .count(),
        ));
        below = bound;
    }
    assert!(
        values.iter().all(|value| *value < below),
        "the demo is younger"
    );
    let (first, last) = (
        counts.iter().position(|one| one.1 > 0),
        counts.iter().rposition(|one| one.1 > 0),
    );
    counts[first.expect("a value")..=last.expect("a value")]
        .iter()
        .map(|(name, count)| json!({"name": name, "count": count}))
        .collect()
}
