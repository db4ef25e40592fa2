//! Nothing added raises: real repositories with real signatures, and someone without authority who adds whatever they like.
//!
//! A random honest history is built and judged. Then Mallory, who has no key in the policy but may push, adds commits on any line, copies of
//! records with other modes and junk signatures beside them, deletions, old packages and policies, and merges with any parents in any order, the
//! old tip somewhere among them. However it ends: no version is in a higher state, no other policy is in force, no one who was suspended is
//! back, and what was wrong with a package whose bytes are the same is still wrong.
//!
//! `COUNTERSIGN_ADDITIONS=3600 cargo test --release --test properties additions` looks for an hour.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write;
use std::time::{Duration, Instant};

use countersign::check::Survey;
use countersign::demo::{Authorship, Person, PolicyDraft, Record, Tree};
use countersign::git::Repository;
use countersign::git::write::Create;
use countersign::judge::Question;
use countersign::lifecycle::ledger::{Action, VersionKey};
use countersign::model::{DecisionKind, Digest, ObjectId, PrincipalName, RuleId, Severity, State, SubjectId};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use countersign_testkit::Repo;

const SKILLS: [&str; 2] = ["pdf", "csv"];
const VERSIONS: [&str; 4] = ["1.0.0", "1.1.0", "2.0.0", "2.1.0"];
const KINDS: [DecisionKind; 9] = [
    DecisionKind::Approve,
    DecisionKind::Approve,
    DecisionKind::Reject,
    DecisionKind::Deprecate,
    DecisionKind::Archive,
    DecisionKind::Block,
    DecisionKind::Unblock,
    DecisionKind::Revoke,
    DecisionKind::Rollback,
];

/// What honest people do.
#[derive(Clone, Debug)]
enum Honest {
    /// Someone lands a version of a Skill.
    Land { skill: usize, version: usize, by: usize, branch: bool },
    /// Someone decides about a version that landed, by a detached signature or a signed commit.
    Decide { kind: DecisionKind, skill: usize, version: usize, by: usize, all: bool, commit: bool, branch: bool },
    /// Someone suspends someone.
    Suspend { by: usize, whom: usize },
    /// The administrators change the policy: Bob leaves the team, or comes back.
    Policy { approve: bool },
    /// The files of a version are put back, or taken away.
    Restore { skill: usize, version: Option<usize> },
}

/// What Mallory does.
#[derive(Clone, Debug)]
enum Addition {
    /// Goes on from some commit.
    From(usize),
    /// Goes back to some commit, and lands signed records one by one, in this order.
    Reorder { from: usize, records: Vec<usize> },
    /// Commits edits of the tree.
    Commit { edits: Vec<Edit>, pose: usize, signed: bool },
    /// Merges commits, in this order, with the tree of one of them and edits.
    Merge { parents: Vec<usize>, tree: usize, edits: Vec<Edit> },
}

/// A change of the tree.
#[derive(Clone, Debug)]
enum Edit {
    /// A record of the history, with or without its signature, perhaps under another name and in another mode.
    Copy { record: usize, signature: bool, mode: u32, path: usize },
    /// Every record of some commit, as it was there.
    CopyAll(usize),
    /// A record or only its signature goes.
    Delete { record: usize, signature_only: bool },
    /// Every record goes.
    DeleteAll,
    /// Something that is no signature, beside a record.
    Junk { record: usize, extension: usize },
    /// Mallory's own signature beside a record.
    Resign { record: usize },
    /// The files of a Skill as some commit has them.
    Package { skill: usize, from: usize },
    /// A Skill goes.
    Remove(usize),
    /// The policy as some commit has it.
    Policy(usize),
    /// Files that mean nothing.
    Noise(usize),
}

fn honest() -> impl Strategy<Value = Honest> {
    let (skill, version) = (0..SKILLS.len(), 0..VERSIONS.len());
    let weighted = prop::bool::weighted;
    prop_oneof![
        5 => (skill.clone(), version.clone(), 0..3_usize, weighted(0.3))
            .prop_map(|(skill, version, by, branch)| Honest::Land { skill, version, by, branch }),
        9 => ((select(&KINDS[..]), skill.clone(), version.clone(), 0..3_usize), (weighted(0.1), weighted(0.3), weighted(0.3)))
            .prop_map(|((kind, skill, version, by), (all, commit, branch))| Honest::Decide { kind, skill, version, by, all, commit, branch }),
        1 => (0..3_usize, 0..3_usize).prop_map(|(by, whom)| Honest::Suspend { by, whom }),
        1 => weighted(0.8).prop_map(|approve| Honest::Policy { approve }),
        1 => (skill, prop::option::of(version)).prop_map(|(skill, version)| Honest::Restore { skill, version }),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    let index = || 0..40_usize;
    let modes = select(&[0o100_644_u32, 0o100_644, 0o100_644, 0o100_755, 0o120_000][..]);
    prop_oneof![
        6 => (index(), any::<bool>(), modes, prop_oneof![3 => Just(0_usize), 1 => 1..4_usize])
            .prop_map(|(record, signature, mode, path)| Edit::Copy { record, signature, mode, path }),
        2 => index().prop_map(Edit::CopyAll),
        3 => (index(), any::<bool>()).prop_map(|(record, signature_only)| Edit::Delete { record, signature_only }),
        1 => Just(Edit::DeleteAll),
        2 => (index(), 0..3_usize).prop_map(|(record, extension)| Edit::Junk { record, extension }),
        1 => index().prop_map(|record| Edit::Resign { record }),
        4 => (0..SKILLS.len(), index()).prop_map(|(skill, from)| Edit::Package { skill, from }),
        1 => (0..SKILLS.len()).prop_map(Edit::Remove),
        2 => index().prop_map(Edit::Policy),
        1 => index().prop_map(Edit::Noise),
    ]
}

fn addition() -> impl Strategy<Value = Addition> {
    let edits = || vec(edit(), 1..5);
    prop_oneof![
        2 => (0..40_usize).prop_map(Addition::From),
        2 => (0..40_usize, vec(0..40_usize, 1..4)).prop_map(|(from, records)| Addition::Reorder { from, records }),
        4 => (edits(), 0..5_usize, any::<bool>()).prop_map(|(edits, pose, signed)| Addition::Commit { edits, pose, signed }),
        3 => (vec(0..40_usize, 1..4), 0..4_usize, vec(edit(), 0..3))
            .prop_map(|(parents, tree, edits)| Addition::Merge { parents, tree, edits }),
    ]
}

/// The whole case.
fn case() -> impl Strategy<Value = (Vec<Honest>, Vec<Addition>, bool)> {
    (vec(honest(), 2..14), vec(addition(), 1..9), any::<bool>())
}

/// A history under construction, with everything that can be copied out of it.
struct World {
    repo: Repo,
    policy: PolicyDraft,
    commits: Vec<ObjectId>,
    records: Vec<Record>,
}

impl World {
    fn new() -> Self {
        let accept = "{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], accept: [signature, commit]}";
        let change = |policy: PolicyDraft| policy.with(|policy| accept.clone_into(&mut policy.approvals[0]));
        let repo = Repo::team_as(&Create::default(), change, |_| ());
        let policy = change(repo.team_policy());
        let commits = vec![repo.head()];
        Self { repo, policy, commits, records: Vec::new() }
    }

    fn person(&self, number: usize) -> Person {
        self.repo.people()[number % 3].clone()
    }

    /// Lands what `change` makes of the tree, directly or through a branch and a merge.
    fn land(&mut self, by: impl Into<Authorship>, message: &str, branch: bool, change: impl FnOnce(&mut Tree)) {
        let by = by.into();
        let (head, mut tree) = (self.repo.head(), self.repo.tree());
        change(&mut tree);
        let commit = self.repo.commit_tree(vec![head], tree.clone(), by.clone(), message).expect("a commit is written");
        self.commits.push(commit);
        if branch {
            self.repo.reset(head).expect("the commit before is there");
            let landing = self.repo.commit_tree(vec![head, commit], tree, by, "Merge a branch").expect("a merge is written");
            self.commits.push(landing);
        }
    }

    fn honest(&mut self, act: &Honest) {
        match act {
            Honest::Land { skill, version, by, branch } => {
                let (by, name, version) = (self.person(*by), SKILLS[*skill], VERSIONS[*version]);
                self.land(&by, &format!("{name} {version}"), *branch, |tree| tree.put_skill(name, version, "Do it well."));
            }
            Honest::Decide { kind, skill, version, by, all, commit, branch } => {
                self.decide(*kind, SKILLS[*skill], VERSIONS[*version], &self.person(*by), (*all, *commit, *branch));
            }
            Honest::Suspend { by, whom } => {
                let (by, whom) = (self.person(*by), self.person(*whom));
                let subject = format!("principal/{}", whom.name);
                let record = self.repo.draft_for(DecisionKind::Block, &by, &subject, "all", None).record();
                self.land_record(&by, record, false);
            }
            Honest::Policy { approve } => self.change_policy(*approve),
            Honest::Restore { skill, version } => {
                let (by, name) = (self.person(0), SKILLS[*skill]);
                let version = version.map(|version| VERSIONS[version]);
                self.land(&by, "Restore", false, |tree| match version {
                    Some(version) => tree.put_skill(name, version, "Do it well."),
                    None => {
                        tree.remove(format!("skills/{name}/SKILL.md"));
                    }
                });
            }
        }
    }

    fn decide(&mut self, kind: DecisionKind, name: &str, version: &str, by: &Person, (all, commit, branch): (bool, bool, bool)) {
        let all = all && matches!(kind, DecisionKind::Block | DecisionKind::Unblock);
        let mut bytes = Tree::default();
        bytes.put_skill(name, version, "Do it well.");
        let digest = (!all).then(|| bytes.digest(&format!("skills/{name}")));
        let mut draft = self.repo.draft_for(kind, by, &format!("skill/{name}"), if all { "all" } else { version }, digest);
        if kind == DecisionKind::Rollback {
            draft = draft.to(VERSIONS[0]);
        }
        if matches!(kind, DecisionKind::Unblock | DecisionKind::Approve) {
            let known: Vec<Record> = self.records.clone();
            draft = draft.answers(&known.iter().rev().take(6).collect::<Vec<_>>());
        }
        let record = if commit { draft.unsigned().record() } else { draft.record() };
        if commit {
            let by: Authorship = by.signed();
            self.land_record(by, record, branch);
        } else {
            self.land_record(by, record, branch);
        }
    }

    fn land_record(&mut self, by: impl Into<Authorship>, record: Record, branch: bool) {
        self.land(by, "Decide", branch, |tree| tree.put_record(&record));
        self.records.push(record);
    }

    fn change_policy(&mut self, approve: bool) {
        let next = self.policy.successor(&self.repo.tree()).with(|policy| {
            let team = &mut policy.teams[0].1;
            if team.iter().any(|name| name == "bob") { team.retain(|name| name != "bob") } else { team.push("bob".to_owned()) }
        });
        let [alice, _, carol] = self.repo.people();
        self.land(&alice, "Change the policy", false, |tree| tree.put_policy(&next));
        let digest = Some(self.repo.tree().policy_digest());
        for by in [&alice, &carol].into_iter().take(if approve { 2 } else { 1 }) {
            let record = self.repo.draft_for(DecisionKind::Approve, by, "policy/countersign", &next.serial.to_string(), digest).record();
            self.land_record(by, record, false);
        }
        if approve {
            self.policy = next;
        }
    }

    fn commit_at(&self, number: usize) -> ObjectId {
        self.commits[number % self.commits.len()]
    }

    fn edit(&self, tree: &mut Tree, edit: &Edit) {
        let mallory = Person::new("mallory");
        let record = |number: usize| (!self.records.is_empty()).then(|| &self.records[number % self.records.len()]);
        let package = |name: &str| format!("skills/{name}/SKILL.md");
        match edit {
            Edit::Copy { record: number, signature, mode, path } => {
                let Some(record) = record(*number) else { return };
                let place = match path {
                    0 => record.path.clone(),
                    1 => format!("approvals/copies/{number}.yaml"),
                    2 => record.path.replace("/pdf/", "/csv/"),
                    _ => format!("docs/{number}.yaml"),
                };
                tree.put_mode(&place, *mode, &record.bytes);
                for (path, bytes) in record.signatures.iter().filter(|_| *signature) {
                    tree.put(path.replace(&record.path, &place), bytes);
                }
            }
            Edit::CopyAll(from) => {
                let from = self.repo.tree_of(self.commit_at(*from));
                for record in self.records.iter().filter(|record| from.bytes(&record.path).is_some()) {
                    tree.put_record(record);
                }
            }
            Edit::Delete { record: number, signature_only } => {
                let Some(record) = record(*number) else { return };
                for (path, _) in &record.signatures {
                    tree.remove(path);
                }
                if !signature_only {
                    tree.remove(&record.path);
                }
            }
            Edit::DeleteAll => {
                for record in &self.records {
                    tree.remove(&record.path);
                    record.signatures.iter().for_each(|(path, _)| {
                        tree.remove(path);
                    });
                }
            }
            Edit::Junk { record: number, extension } => {
                let Some(record) = record(*number) else { return };
                tree.put(format!("{}.{}", record.path, ["sig", "asc", "minisig"][*extension]), "junk\n");
            }
            Edit::Resign { record: number } => {
                let Some(record) = record(*number) else { return };
                tree.put(format!("{}.sig", record.path), mallory.sign("countersign", &record.bytes));
            }
            Edit::Package { skill, from } => {
                let path = package(SKILLS[*skill]);
                match self.repo.tree_of(self.commit_at(*from)).bytes(&path) {
                    Some(bytes) => tree.put(&path, bytes),
                    None => {
                        tree.remove(&path);
                    }
                }
            }
            Edit::Remove(skill) => {
                tree.remove(package(SKILLS[*skill]));
            }
            Edit::Policy(from) => {
                let from = self.repo.tree_of(self.commit_at(*from));
                tree.put("countersign.yaml", from.text("countersign.yaml"));
            }
            Edit::Noise(number) => tree.put(format!("docs/{number}.md"), format!("{number}\n")),
        }
    }

    /// Mallory's additions, on top of which the tip of the honest history is made reachable; its new tip.
    fn add(&mut self, additions: &[Addition], swap: bool) -> ObjectId {
        let honest = self.repo.head();
        let mallory = Person::new("mallory");
        for addition in additions {
            match addition {
                Addition::From(number) => {
                    let commit = self.commit_at(*number);
                    self.repo.reset(commit).expect("it is there");
                }
                Addition::Reorder { from, records } => {
                    let commit = self.commit_at(*from);
                    self.repo.reset(commit).expect("it is there");
                    for number in records.iter().filter(|_| !self.records.is_empty()) {
                        let (head, mut tree) = (self.repo.head(), self.repo.tree());
                        tree.put_record(&self.records[number % self.records.len()]);
                        let commit = self.repo.commit_tree(vec![head], tree, &mallory, "Copy").expect("a commit is written");
                        self.commits.push(commit);
                    }
                }
                Addition::Commit { edits, pose, signed } => {
                    let (head, mut tree) = (self.repo.head(), self.repo.tree());
                    for edit in edits {
                        self.edit(&mut tree, edit);
                    }
                    let author = if *pose < 3 { self.person(*pose) } else { mallory.clone() };
                    let by = Authorship::from(&author);
                    let by = if *signed { by.signed_by(&mallory) } else { by };
                    let commit = self.repo.commit_tree(vec![head], tree, by, "Work").expect("a commit is written");
                    self.commits.push(commit);
                }
                Addition::Merge { parents, tree, edits } => {
                    let mut all = vec![self.repo.head()];
                    all.extend(parents.iter().map(|number| self.commit_at(*number)));
                    all.rotate_left(tree % 2);
                    self.merge(all, *tree, edits, &mallory);
                }
            }
        }
        let head = self.repo.head();
        if head != honest {
            let parents = if swap { vec![head, honest] } else { vec![honest, head] };
            self.merge(parents, usize::from(!swap), &[], &mallory);
        }
        self.repo.head()
    }

    fn merge(&mut self, mut parents: Vec<ObjectId>, tree: usize, edits: &[Edit], by: &Person) {
        let mut seen = BTreeSet::new();
        parents.retain(|parent| seen.insert(*parent));
        let mut tree = self.repo.tree_of(parents[tree % parents.len()]);
        for edit in edits {
            self.edit(&mut tree, edit);
        }
        let commit = self.repo.commit_tree(parents, tree, by, "Merge").expect("a merge is written");
        self.commits.push(commit);
    }

    fn judge(&self, head: ObjectId) -> Judged {
        let repository = Repository::open(&self.repo.path()).expect("it is a repository");
        let question = Question { head: Some(head), ..Question::about_head(self.repo.now()) };
        let answer = question.judge(&repository).unwrap_or_else(|error| panic!("the history can be judged: {error}"));
        Judged::of(&answer.survey)
    }
}

/// What matters of a verdict.
#[derive(Debug)]
struct Judged {
    states: BTreeMap<(SubjectId, VersionKey), State>,
    /// Subjects of which every version is blocked.
    blocked: BTreeSet<SubjectId>,
    heads: BTreeMap<SubjectId, Option<VersionKey>>,
    /// Subjects with an error.
    failing: BTreeMap<SubjectId, BTreeSet<&'static str>>,
    /// Subjects of which a decision of another line is missing here.
    dropped: BTreeSet<SubjectId>,
    fails: bool,
    policy: Option<Digest>,
    policies: BTreeSet<Digest>,
    suspended: BTreeSet<PrincipalName>,
}

impl Judged {
    fn of(survey: &Survey) -> Self {
        let ledger = &survey.replay.ledger;
        let errors = || survey.findings.iter().filter(|finding| finding.severity() == Severity::Error);
        let mut failing: BTreeMap<SubjectId, BTreeSet<&'static str>> = BTreeMap::new();
        for finding in errors() {
            if let Some(subject) = finding.subject.as_ref().filter(|_| is_about_bytes(finding.rule)) {
                failing.entry(subject.clone()).or_default().insert(finding.rule.as_str());
            }
        }
        let rows = ledger.subjects.values().flat_map(|subject| subject.versions.iter().map(move |row| (subject, row)));
        let in_force = ledger.events.iter().filter(|event| event.action == Action::PolicyInForce);
        Self {
            states: rows.map(|(subject, row)| ((subject.id.clone(), row.key.clone()), row.state)).collect(),
            blocked: ledger.subjects.values().filter(|subject| !subject.blocked_all.is_empty()).map(|subject| subject.id.clone()).collect(),
            heads: ledger.subjects.values().map(|subject| (subject.id.clone(), subject.head.clone())).collect(),
            failing,
            dropped: errors()
                .filter(|finding| finding.rule == RuleId::DecisionDropped)
                .filter_map(|finding| finding.subject.clone())
                .collect(),
            fails: errors().next().is_some(),
            policy: ledger.policy.digest,
            policies: in_force.filter_map(|event| event.digest).collect(),
            suspended: ledger.suspended.clone(),
        }
    }

    /// What `after` has that it may not have; empty when nothing was raised.
    fn raised(&self, after: &Self) -> String {
        let mut raised = String::new();
        for ((subject, key), state) in &after.states {
            let before = self.states.get(&(subject.clone(), key.clone())).copied().unwrap_or(State::Draft);
            if rank(*state) > rank(before) {
                let _ = writeln!(raised, "{subject} {}: {before} became {state}", key.version);
            }
        }
        for ((subject, key), state) in self.states.iter().filter(|(_, state)| rank(**state) < rank(State::Draft)) {
            let whole = *state == State::Blocked && after.blocked.contains(subject);
            if !whole && !after.states.contains_key(&(subject.clone(), key.clone())) {
                let _ = writeln!(raised, "{subject} {} was {state} and is forgotten", key.version);
            }
        }
        if after.policy.is_some_and(|policy| !self.policies.contains(&policy)) {
            let _ = writeln!(raised, "a policy is in force that never was: {:?}", after.policy);
        }
        for name in self.suspended.difference(&after.suspended) {
            let _ = writeln!(raised, "{name} is back");
        }
        for (subject, rules) in &self.failing {
            let same = self.heads.get(subject).is_some_and(|head| head.is_some() && after.heads.get(subject) == Some(head));
            // Without its approval the newer version is not the newest any more. That the approval is missing is the error then.
            let missed = after.dropped.contains(subject) && rules.iter().all(|rule| *rule == RuleId::VersionRegressed.as_str());
            if same && !missed && !after.failing.contains_key(subject) {
                let _ = writeln!(raised, "{subject} was wrong ({rules:?}) and is not any more");
            }
        }
        if after.policy != self.policy && !after.fails {
            let _ = writeln!(raised, "another policy is in force and nothing says so");
        }
        raised
    }
}

/// Whether a rule is about a version's bytes and their state. What is wrong with a record's file ends when the file is gone.
fn is_about_bytes(rule: RuleId) -> bool {
    matches!(
        rule,
        RuleId::UnapprovedVersion
            | RuleId::RejectedVersion
            | RuleId::RolledBackVersion
            | RuleId::BlockedVersion
            | RuleId::RevokedContent
            | RuleId::ContainsRevokedFile
            | RuleId::VersionRegressed
            | RuleId::VersionReused
    )
}

/// How far a state may be trusted. A draft may be used by no one, so it is below what was approved once.
const fn rank(state: State) -> u8 {
    match state {
        State::Revoked => 0,
        State::Blocked => 1,
        State::Draft => 2,
        State::RolledBack => 3,
        State::Archived => 4,
        State::Deprecated => 5,
        State::Approved => 6,
    }
}

/// What the additions of a case raise.
fn raised((honest, additions, swap): &(Vec<Honest>, Vec<Addition>, bool)) -> String {
    let mut world = World::new();
    for act in honest {
        world.honest(act);
    }
    // A policy judges the landings after the one that brought it into force, the first of which may be anyone's.
    if matches!(honest.last(), Some(Honest::Policy { approve: true })) {
        world.land(&Person::new("mallory"), "Anything", false, |tree| tree.put("docs/anything.md", "Anything.\n"));
    }
    let before = world.judge(world.repo.head());
    let tip = world.add(additions, *swap);
    before.raised(&world.judge(tip))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_someone_without_authority_adds_raises_anything(case in case()) {
        prop_assert_eq!(raised(&case), "");
    }
}

/// Looks for as many seconds as `COUNTERSIGN_ADDITIONS` says, with cases that are new each time; in CI the property above draws a fixed number.
#[test]
fn additions_are_searched_for_as_long_as_one_likes() {
    let Some(seconds) = std::env::var("COUNTERSIGN_ADDITIONS").ok().and_then(|text| text.parse().ok()) else { return };
    let mut runner = TestRunner::new(ProptestConfig::default());
    let (begin, mut count) = (Instant::now(), 0_u64);
    while begin.elapsed() < Duration::from_secs(seconds) {
        let mut tree = case().new_tree(&mut runner).expect("a case can be drawn");
        count += 1;
        let mut found = raised(&tree.current());
        if found.is_empty() {
            continue;
        }
        // The smallest case that still raises something.
        let mut smaller = tree.simplify();
        let mut tries = 0;
        while smaller && tries < 400 {
            tries += 1;
            let now = raised(&tree.current());
            if now.is_empty() {
                smaller = tree.complicate();
            } else {
                found = now;
                smaller = tree.simplify();
            }
        }
        panic!("after {count} cases:\n{found}{:#?}", tree.current());
    }
    writeln!(std::io::stderr(), "{count} cases raised nothing").expect("standard error takes a line");
}
