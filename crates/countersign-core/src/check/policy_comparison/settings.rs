//! Settings of the whole policy, such as its profile, its limits and its merge methods.

use countersign_model::quantity::counted;
use std::collections::BTreeSet;
use std::fmt::Debug;

use countersign_model::Policy;
use countersign_model::policy_input::{Baseline, CoAuthors, Profile, SignedCommits, Unapproved};

use super::{Changes, Effect};

impl Changes {
    /// A setting whose values are ordered from the strictest to the laxest.
    pub(super) fn setting<T: PartialEq + Debug + Copy>(
        &mut self,
        part: &'static str,
        before: T,
        after: T,
        strictest_first: &[T],
    ) {
        if before != after {
            let rank = |value: T| strictest_first.iter().position(|one| *one == value);
            let effect = if rank(after) > rank(before) {
                Effect::Widens
            } else {
                Effect::Narrows
            };
            let word = |value: T| format!("{value:?}").to_lowercase();
            self.add(
                effect,
                part,
                format!("{} instead of {}", word(after), word(before)),
            );
        }
    }

    pub(super) fn switches(&mut self, before: &Policy, after: &Policy) {
        self.setting(
            "separation_of_duties",
            before.separation_of_duties,
            after.separation_of_duties,
            &[true, false],
        );
        self.setting(
            "co_authors",
            before.co_authors,
            after.co_authors,
            &[CoAuthors::Strict, CoAuthors::Recorded],
        );
        self.setting(
            "unapproved",
            before.unapproved,
            after.unapproved,
            &[Unapproved::Wait, Unapproved::Allow],
        );
        self.setting(
            "baseline",
            before.baseline,
            after.baseline,
            &[Baseline::Wait, Baseline::Allow],
        );
        let order = [
            SignedCommits::All,
            SignedCommits::Governance,
            SignedCommits::None,
        ];
        self.setting(
            "signed_commits",
            before.signed_commits,
            after.signed_commits,
            &order,
        );
        self.setting(
            "profile",
            before.profile,
            after.profile,
            &[Profile::Strict, Profile::Lenient],
        );
        for (part, was, is) in [
            (
                "limits.package_files",
                before.limits.package_files,
                after.limits.package_files,
            ),
            (
                "limits.package_bytes",
                before.limits.package_bytes,
                after.limits.package_bytes,
            ),
        ] {
            if was != is {
                self.add(
                    if is > was {
                        Effect::Widens
                    } else {
                        Effect::Narrows
                    },
                    part,
                    format!("{is} instead of {was}"),
                );
            }
        }
        let methods = |policy: &Policy| {
            policy
                .merge_methods
                .iter()
                .map(|method| format!("{method:?}").to_lowercase())
                .collect::<BTreeSet<_>>()
        };
        self.names(
            "merge_methods",
            &methods(before),
            &methods(after),
            Effect::Changes,
        );
        for (part, was, is) in [
            ("repository", &before.repository, &after.repository),
            ("branch", &before.branch, &after.branch),
        ] {
            if was != is {
                self.add(Effect::Changes, part, format!("{is} instead of {was}"));
            }
        }
        let retention = |policy: &Policy| {
            policy
                .retention
                .iter()
                .map(|(kind, span)| format!("{kind} for {}", counted(span.seconds / 86_400, "day")))
                .collect::<BTreeSet<_>>()
        };
        self.names(
            "retention",
            &retention(before),
            &retention(after),
            Effect::Changes,
        );
        if let (None, Some((commit, _))) = (&before.restart, &after.restart) {
            self.add(
                Effect::Changes,
                "restart",
                format!("restarts after {}", commit.short()),
            );
        }
    }
}
