//! What moved: bytes that left one place and came to another in the same landing.
//!
//! Only an explanation. Nothing is approved, and no one is a contributor, because of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lifecycle::ledger::{Action, Event, Ledger};
use countersign_model::{Digest, SubjectId};

/// A place of a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackagePlace {
    /// The subject there.
    pub subject: SubjectId,
    /// The path.
    pub path: Arc<str>,
}

impl PackagePlace {
    fn of(event: &Event) -> Option<(Digest, Self)> {
        let place = Self {
            subject: event.subject.clone(),
            path: event.path.clone()?,
        };
        Some((event.digest?, place))
    }

    /// `skills/b`, and what its subject is where that is another than `subject`.
    pub fn beside(&self, subject: &SubjectId) -> String {
        if self.subject == *subject {
            self.path.to_string()
        } else {
            format!("{} ({})", self.path, self.subject)
        }
    }
}

/// The latest move from and to each place.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    from: BTreeMap<(PackagePlace, Digest), PackagePlace>,
    to: BTreeMap<(PackagePlace, Digest), PackagePlace>,
}

/// The packages that left and came in one landing, by their bytes.
#[derive(Default)]
struct Changed {
    left: Vec<PackagePlace>,
    came: Vec<PackagePlace>,
}

impl Moves {
    /// Finds them in the events. Where the same bytes left or came twice, no one can tell which
    /// moved.
    pub fn of(ledger: &Ledger) -> Self {
        let mut moves = Self::default();
        for landing in ledger
            .events
            .chunk_by(|a, b| a.landing.position == b.landing.position)
        {
            if !landing.iter().any(|event| event.action == Action::Removed) {
                continue;
            }
            let mut changed: BTreeMap<Digest, Changed> = BTreeMap::new();
            for event in landing {
                let Some((digest, place)) = PackagePlace::of(event) else {
                    continue;
                };
                let of_digest = changed.entry(digest).or_default();
                match event.action {
                    Action::Removed => of_digest.left.push(place),
                    Action::Landed => of_digest.came.push(place),
                    _ => {}
                }
            }
            for (digest, Changed { left, came }) in changed {
                if let ([left], [came]) = (left.as_slice(), came.as_slice()) {
                    moves.from.insert((came.clone(), digest), left.clone());
                    moves.to.insert((left.clone(), digest), came.clone());
                }
            }
        }
        moves
    }

    /// Where the bytes at a place came from.
    pub fn from(&self, subject: &SubjectId, path: &str, digest: Digest) -> Option<&PackagePlace> {
        self.from.get(&key(subject, path, digest))
    }

    /// Where the bytes that were at a place went.
    pub fn to(&self, subject: &SubjectId, path: &str, digest: Digest) -> Option<&PackagePlace> {
        self.to.get(&key(subject, path, digest))
    }
}

fn key(subject: &SubjectId, path: &str, digest: Digest) -> (PackagePlace, Digest) {
    let place = PackagePlace {
        subject: subject.clone(),
        path: path.into(),
    };
    (place, digest)
}
