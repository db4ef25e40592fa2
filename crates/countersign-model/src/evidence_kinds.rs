//! Sets of kinds of evidence: there are three, and every vote is compared with one.

use std::fmt;

use super::state::EvidenceKind;

/// Some kinds of evidence.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceKinds(u8);

impl EvidenceKinds {
    const EVERY: [EvidenceKind; 3] = [
        EvidenceKind::Signature,
        EvidenceKind::Commit,
        EvidenceKind::Review,
    ];

    /// All of them.
    pub fn all() -> Self {
        Self::EVERY.into_iter().collect()
    }

    /// Whether `kind` is among them.
    pub const fn contains(self, kind: EvidenceKind) -> bool {
        self.0 & Self::bit(kind) != 0
    }

    /// Those that are also in `other`.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether `other` has all of them.
    pub const fn is_subset(self, other: Self) -> bool {
        self.0 & other.0 == self.0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// In the order of [`EvidenceKind`].
    pub fn iter(self) -> impl Iterator<Item = EvidenceKind> {
        Self::EVERY
            .into_iter()
            .filter(move |kind| self.contains(*kind))
    }

    /// The words shown to people and in JSON, in the same order.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        self.iter().map(EvidenceKind::as_str)
    }

    const fn bit(kind: EvidenceKind) -> u8 {
        match kind {
            EvidenceKind::Signature => 1,
            EvidenceKind::Commit => 2,
            EvidenceKind::Review => 4,
        }
    }
}

impl FromIterator<EvidenceKind> for EvidenceKinds {
    fn from_iter<I: IntoIterator<Item = EvidenceKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |set, kind| set | Self::bit(kind)))
    }
}

impl fmt::Debug for EvidenceKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn it_is_a_set() {
        let set = |bits: u8| -> BTreeSet<EvidenceKind> {
            EvidenceKinds::EVERY
                .into_iter()
                .enumerate()
                .filter(|(index, _)| bits & (1 << index) != 0)
                .map(|(_, kind)| kind)
                .collect()
        };
        for a in 0..8 {
            let kinds: EvidenceKinds = set(a).into_iter().collect();
            assert_eq!(
                kinds.iter().collect::<Vec<_>>(),
                set(a).into_iter().collect::<Vec<_>>()
            );
            assert_eq!(kinds.is_empty(), set(a).is_empty());
            for b in 0..8 {
                let other: EvidenceKinds = set(b).into_iter().collect();
                assert_eq!(kinds.is_subset(other), set(a).is_subset(&set(b)));
                assert_eq!(
                    kinds.and(other),
                    set(a).intersection(&set(b)).copied().collect()
                );
            }
        }
        assert_eq!(EvidenceKinds::all(), set(7).into_iter().collect());
    }
}
