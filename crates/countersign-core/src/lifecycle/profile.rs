//! What the policy says about one package: owners, risk, and the rules that an approval must meet.

use std::collections::BTreeSet;

use smallvec::{SmallVec, smallvec};

use countersign_model::policy::{ApprovalRule, Requirement};
use countersign_model::{
    EvidenceKind, EvidenceKinds, Name, Policy, PrincipalName, Risk, SubjectId, Timestamp,
};

/// What applies to a package at one path. Two profiles that are equal ask for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectProfile<'p> {
    /// Owners, from the last entry that matches.
    pub owners: &'p BTreeSet<PrincipalName>,
    /// Owners as that entry writes them.
    pub owners_written: &'p [String],
    /// The highest of all entries and of the document itself.
    pub risk: Risk,
    /// Indices of the policy's entries that match, in file order.
    pub entries: Indices,
    /// Indices of the policy's rules that apply, in file order; none is never approved.
    pub rules: Indices,
}

/// Mostly very few, and made for every vote that is counted.
pub type Indices = SmallVec<[usize; 4]>;

impl<'p> SubjectProfile<'p> {
    /// The profile of a package of `kind` at `path`, known as `subject` and perhaps under the
    /// document's own name.
    ///
    /// An entry or rule applies when it matches either name, so that neither renaming the folder
    /// nor the document escapes one.
    pub fn of(
        policy: &'p Policy,
        subject: &SubjectId,
        path: &str,
        declared: Option<&Name>,
        declared_risk: Option<Risk>,
    ) -> Self {
        static NOBODY: BTreeSet<PrincipalName> = BTreeSet::new();
        let folder = file_name(path).parse::<Name>().ok();
        // Mostly all three names are the same.
        let mut names: SmallVec<[&Name; 3]> = smallvec![&subject.name];
        for name in declared.into_iter().chain(&folder) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let alias = declared
            .map(|name| renamed(path, name))
            .filter(|alias| alias != path);
        let (mut entries, mut last) = (Indices::new(), None);
        for (index, entry) in policy.entries.iter().enumerate() {
            // Owners come from the entries that match the real path: a document's name may add
            // duties, never other owners.
            let real = entry.path.matches(path.as_bytes());
            if real {
                last = Some(entry);
            }
            if real
                || alias
                    .as_ref()
                    .is_some_and(|alias| entry.path.matches(alias.as_bytes()))
            {
                entries.push(index);
            }
        }
        let risk = entries
            .iter()
            .filter_map(|index| policy.entries[*index].risk)
            .chain(declared_risk)
            .max()
            .unwrap_or_default();
        // A document may only raise its risk: without an entry's word the floor is medium.
        let floor = entries
            .iter()
            .filter_map(|index| policy.entries[*index].risk)
            .max()
            .unwrap_or_default();
        let risk = risk.max(floor);
        let subjects: SmallVec<[String; 3]> = names
            .into_iter()
            .map(|name| format!("{}/{name}", subject.kind))
            .collect();
        let applies = |rule: &ApprovalRule| rule.applies(&subjects, risk);
        let rules = policy
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| applies(rule))
            .map(|(index, _)| index)
            .collect();
        Self {
            owners: last.map_or(&NOBODY, |entry| &entry.owners),
            owners_written: last.map_or(&[], |entry| &entry.owners_written),
            risk,
            entries,
            rules,
        }
    }

    /// Evidence that counts here: what every rule accepts, and only a signature when the risk is
    /// high.
    pub fn accept(&self, policy: &Policy) -> EvidenceKinds {
        let high = if self.risk.is_high() {
            [EvidenceKind::Signature].into_iter().collect()
        } else {
            EvidenceKinds::all()
        };
        self.rules.iter().fold(high, |common, index| {
            common.and(policy.rules[*index].accept)
        })
    }

    /// Whether some rule asks for `name`.
    pub fn asks(&self, policy: &Policy, name: &PrincipalName) -> bool {
        let mut required = self
            .rules
            .iter()
            .flat_map(|rule| &policy.rules[*rule].require);
        required.any(|requirement| asks(policy, self, requirement, name))
    }

    /// When an approval of `time` ends that itself ends at `expires`.
    pub fn end_of(
        &self,
        policy: &Policy,
        expires: Option<Timestamp>,
        time: Timestamp,
    ) -> Option<Timestamp> {
        let after = self.expire_after(policy).map(|seconds| time.plus(seconds));
        earliest(expires, after)
    }

    /// The shortest expiry that any rule sets, in seconds.
    pub fn expire_after(&self, policy: &Policy) -> Option<i64> {
        self.rules
            .iter()
            .filter_map(|index| policy.rules[*index].expire_after)
            .map(|span| span.seconds)
            .min()
    }
}

/// Whether one requirement of a rule of `profile` asks for `name`.
pub fn asks(
    policy: &Policy,
    profile: &SubjectProfile<'_>,
    requirement: &Requirement,
    name: &PrincipalName,
) -> bool {
    requirement
        .from
        .iter()
        .any(|approver| policy.asks(approver, profile.owners, name))
}

/// Who may lower a subject: its owners, operators whose scope covers it, administrators.
pub fn may_lower(
    policy: &Policy,
    subject: &SubjectId,
    owners: &BTreeSet<PrincipalName>,
    who: &PrincipalName,
) -> bool {
    let text = subject.to_string();
    policy.is_person(who)
        && (owners.contains(who)
            || policy.administrators.contains(who)
            || policy.operators.iter().any(|operator| {
                operator.members.contains(who)
                    && subject.kind.is_package()
                    && operator
                        .subjects
                        .iter()
                        .any(|glob| glob.matches(text.as_bytes()))
            }))
}

/// The earlier of two ends, where `None` is never.
pub(super) fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `path` with its last step replaced by the document's own name; a one-file package keeps its
/// ending.
fn renamed(path: &str, name: &Name) -> String {
    let (folder, last) = path
        .rsplit_once('/')
        .map_or(("", path), |(folder, last)| (folder, last));
    let ending = last
        .rfind('.')
        .filter(|dot| *dot > 0)
        .map_or("", |dot| &last[dot..]);
    let ending = if matches!(ending, ".md" | ".yaml" | ".yml" | ".json") {
        ending
    } else {
        ""
    };
    if folder.is_empty() {
        format!("{name}{ending}")
    } else {
        format!("{folder}/{name}{ending}")
    }
}
