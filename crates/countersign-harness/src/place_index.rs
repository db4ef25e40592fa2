//! The places of the catalog, in the form for lookups.

use std::borrow::Cow;
use std::collections::BTreeMap;

use countersign_model::document::paths;

use super::short_name::is_name;
use super::{HARNESSES, Harness, HarnessPlace, Loads};

/// A place in the form for lookups: its steps in lower case.
pub(super) struct ParsedPlace {
    pub steps: Vec<String>,
    pub place: &'static HarnessPlace,
    pub harness: &'static Harness,
}

impl ParsedPlace {
    /// Steps before the first wildcard; 0 where there is none.
    pub fn folder(&self) -> usize {
        self.steps
            .iter()
            .position(|step| step.contains('*'))
            .unwrap_or(0)
    }

    /// Whether everything in the folder of the first step belongs to a harness.
    pub fn owns_first(&self) -> bool {
        self.steps.len() > 1
            && self.steps[0].starts_with('.')
            && !SHARED.contains(&self.steps[0].as_str())
    }
}

/// Folders that are not only for harnesses.
const SHARED: [&str; 4] = [".aws", ".config", ".github", ".vscode"];

/// Places by their first step; instructions last, otherwise in the order of the catalog.
pub(super) struct PlaceIndex(BTreeMap<String, Vec<ParsedPlace>>);

impl PlaceIndex {
    /// The places that are `listed`.
    pub fn of(listed: impl Fn(&HarnessPlace) -> bool) -> Self {
        let mut index: BTreeMap<String, Vec<ParsedPlace>> = BTreeMap::new();
        let places = HARNESSES
            .iter()
            .flat_map(|harness| harness.places.iter().map(move |place| (*harness, place)));
        for (harness, place) in places.filter(|(_, place)| listed(place)) {
            let steps: Vec<String> = place
                .pattern
                .split('/')
                .map(str::to_ascii_lowercase)
                .collect();
            let known = ParsedPlace {
                steps,
                place,
                harness,
            };
            index.entry(known.steps[0].clone()).or_default().push(known);
        }
        for known in index.values_mut() {
            known.sort_by_key(|known| known.place.loads == Loads::Instructions);
        }
        Self(index)
    }

    /// The places whose first step may be `step`.
    pub fn candidates<'i>(&'i self, step: &str) -> Vec<&'i ParsedPlace> {
        if step.contains('~') {
            let all = self.0.iter();
            return all
                .filter(|(first, _)| is_name(first, step))
                .flat_map(|(_, known)| known)
                .collect();
        }
        self.0.get(step).into_iter().flatten().collect()
    }
}

pub(super) struct Step<'p> {
    pub start: usize,
    pub end: usize,
    pub name: Cow<'p, str>,
}

pub(super) fn steps(path: &str) -> Vec<Step<'_>> {
    let mut start = 0;
    let step = |text: &'_ str| {
        let step = (start, start + text.len());
        start += text.len() + 1;
        step
    };
    let bounds: Vec<(usize, usize)> = path.split('/').map(step).collect();
    bounds
        .into_iter()
        .map(|(start, end)| Step {
            start,
            end,
            name: paths::name_on_disk(&path[start..end]),
        })
        .collect()
}

pub(super) fn matches(pattern: &[String], steps: &[Step<'_>]) -> bool {
    match pattern.split_first() {
        None => steps.is_empty(),
        Some((any, rest)) if any == "**" => {
            (0..=steps.len()).any(|skipped| matches(rest, &steps[skipped..]))
        }
        Some((first, rest)) => steps
            .split_first()
            .is_some_and(|(step, more)| is_step(first, &step.name) && matches(rest, more)),
    }
}

/// Whether a match for `pattern` may be at or below a path of these `steps`.
pub(super) fn reaches(pattern: &[String], steps: &[Step<'_>]) -> bool {
    match (pattern.split_first(), steps.split_first()) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some((any, _)), Some(_)) if any == "**" => true,
        (Some((first, rest)), Some((step, more))) => {
            is_step(first, &step.name) && reaches(rest, more)
        }
    }
}

/// Whether one step of a pattern matches `name`; it has at most one `*`, for any run.
pub(super) fn is_step(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => is_name(pattern, name),
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}
