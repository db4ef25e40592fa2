//! A real repository in which honest people and Mallory act.

use std::collections::BTreeSet;

use countersign::demo::{Authorship, Person, PolicyDraft, Record, Tree};
use countersign::git::Repository;
use countersign::git::write::Create;
use countersign::judge::Question;
use countersign::model::{DecisionKind, Digest, ObjectId};

use super::verdict::Judged;
use super::{Addition, Change, Edit, End, Honest, SKILLS, VERSIONS};
use countersign_testkit::Repo;

/// Puts a version of a Skill into a tree. No two versions have words in common: where one is like
/// another, its author has a hand in both, and then who wrote what depends on which of them landed.
fn put(tree: &mut Tree, name: &str, version: &str) {
    let words = match version {
        "1.0.0" => "Extract tables, keep their headings, and note every merged cell.",
        "1.1.0" => "Ask which quarter is meant before you draw a single chart.",
        "2.0.0" => "Refuse files larger than five megabytes; tell people why politely.",
        _ => "Sort invoices by vendor, then flag duplicates among them in red.",
    };
    tree.put_skill(name, version, words);
}

/// A history under construction, with everything that can be copied out of it.
pub(super) struct World {
    pub(super) repo: Repo,
    policy: PolicyDraft,
    commits: Vec<ObjectId>,
    records: Vec<Record>,
    /// Blocks of people.
    suspensions: Vec<(String, Record)>,
    /// Versions that no one has merged yet.
    proposed: Vec<(usize, usize, ObjectId)>,
    /// Approved policies that no one has merged yet.
    waiting: Vec<(PolicyDraft, Digest)>,
}

impl World {
    /// A team; where `there_before`, with a Skill from before governance, which passes as it is.
    pub(super) fn new(there_before: bool) -> Self {
        let accept = "{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], accept: [signature, commit]}";
        let change = |policy: PolicyDraft| {
            let policy = policy.with(|policy| accept.clone_into(&mut policy.approvals[0]));
            if there_before {
                policy.line("baseline: allow")
            } else {
                policy
            }
        };
        let repo = Repo::team_as(&Create::default(), change, |tree| {
            if there_before {
                put(tree, SKILLS[0], VERSIONS[0]);
            }
        });
        let policy = change(repo.team_policy());
        let commits = vec![repo.head()];
        Self {
            repo,
            policy,
            commits,
            records: Vec::new(),
            suspensions: Vec::new(),
            proposed: Vec::new(),
            waiting: Vec::new(),
        }
    }

    fn person(&self, number: usize) -> Person {
        self.repo.people()[number % 3].clone()
    }

    /// Lands what `change` makes of the tree, directly or through a branch and a merge.
    pub(super) fn land(
        &mut self,
        by: impl Into<Authorship>,
        message: &str,
        branch: bool,
        change: impl FnOnce(&mut Tree),
    ) {
        let by = by.into();
        let (head, mut tree) = (self.repo.head(), self.repo.tree());
        change(&mut tree);
        let commit = self
            .repo
            .commit_tree(vec![head], tree.clone(), by.clone(), message)
            .expect("a commit is written");
        self.commits.push(commit);
        if branch {
            self.repo.reset(head).expect("the commit before is there");
            let landing = self
                .repo
                .commit_tree(vec![head, commit], tree, by, "Merge a branch")
                .expect("a merge is written");
            self.commits.push(landing);
        }
    }

    pub(super) fn honest(&mut self, act: &Honest) {
        match act {
            Honest::Land {
                skill,
                version,
                by,
                branch,
            } => {
                let (by, name, version) = (self.person(*by), SKILLS[*skill], VERSIONS[*version]);
                self.land(&by, &format!("{name} {version}"), *branch, |tree| {
                    put(tree, name, version);
                });
            }
            Honest::Decide {
                kind,
                skill,
                version,
                by,
                all,
                commit,
                branch,
                ends,
            } => {
                self.decide(
                    *kind,
                    SKILLS[*skill],
                    VERSIONS[*version],
                    &self.person(*by),
                    (*all, *commit, *branch),
                    *ends,
                );
            }
            Honest::Propose { skill, version, by } => {
                let (by, name, version_text) =
                    (self.person(*by), SKILLS[*skill], VERSIONS[*version]);
                let head = self.repo.head();
                self.land(&by, "Propose", false, |tree| {
                    put(tree, name, version_text);
                });
                let proposal = self.repo.head();
                self.repo.reset(head).expect("the commit before is there");
                self.proposed.push((*skill, *version, proposal));
            }
            Honest::Suspend { by, whom } => {
                let (by, whom) = (self.person(*by), self.person(*whom));
                let subject = format!("principal/{}", whom.name);
                let record = self
                    .repo
                    .draft_for(DecisionKind::Block, &by, &subject, "all", None)
                    .record();
                self.suspensions.push((whom.name.clone(), record.clone()));
                self.land_record(&by, record, false);
            }
            Honest::Readmit { by, whom } => {
                let (by, whom) = (self.person(*by), self.person(*whom));
                let blocks: Vec<Record> = self
                    .suspensions
                    .iter()
                    .filter(|(name, _)| *name == whom.name)
                    .map(|(_, record)| record.clone())
                    .collect();
                let record = self
                    .repo
                    .draft_for(
                        DecisionKind::Unblock,
                        &by,
                        &format!("principal/{}", whom.name),
                        "all",
                        None,
                    )
                    .answers(&blocks.iter().collect::<Vec<_>>())
                    .record();
                self.land_record(&by, record, false);
            }
            Honest::Policy { change, end } => self.change_policy(*change, *end),
            Honest::Restore { skill, version } => {
                let (by, name) = (self.person(0), SKILLS[*skill]);
                let version = version.map(|version| VERSIONS[version]);
                self.land(&by, "Restore", false, |tree| match version {
                    Some(version) => put(tree, name, version),
                    None => {
                        tree.remove(format!("skills/{name}/SKILL.md"));
                    }
                });
            }
        }
    }

    fn decide(
        &mut self,
        kind: DecisionKind,
        name: &str,
        version: &str,
        by: &Person,
        (all, commit, branch): (bool, bool, bool),
        ends: Option<bool>,
    ) {
        let all = all && matches!(kind, DecisionKind::Block | DecisionKind::Unblock);
        let mut bytes = Tree::default();
        put(&mut bytes, name, version);
        let digest = (!all).then(|| bytes.digest(&format!("skills/{name}")));
        let mut draft = self.repo.draft_for(
            kind,
            by,
            &format!("skill/{name}"),
            if all { "all" } else { version },
            digest,
        );
        if kind == DecisionKind::Rollback {
            draft = draft.to(VERSIONS[0]);
        }
        if matches!(kind, DecisionKind::Unblock | DecisionKind::Approve) {
            let known: Vec<Record> = self.records.clone();
            draft = draft.answers(&known.iter().rev().take(6).collect::<Vec<_>>());
        }
        if let Some(soon) = ends.filter(|_| kind == DecisionKind::Approve) {
            let seconds = if soon { 3_600 } else { 400 * 86_400 };
            let end = self.repo.now().plus(seconds).to_string();
            draft = draft.with(|input| input.expires = Some(end));
        }
        let record = if commit {
            draft.unsigned().record()
        } else {
            draft.record()
        };
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

    fn change_policy(&mut self, change: Change, end: End) {
        let other = self.repo.head().to_string();
        let toggle = |names: &mut Vec<String>| {
            if names.iter().any(|name| name == "bob") {
                names.retain(|name| name != "bob");
            } else {
                names.push("bob".to_owned());
            }
        };
        let next = self
            .policy
            .successor(&self.repo.tree())
            .with(|policy| match change {
                Change::Team => toggle(&mut policy.teams[0].1),
                Change::Administrator => toggle(&mut policy.administrators),
                Change::Count => {
                    let rule = &mut policy.approvals[0];
                    *rule = if rule.contains("count: 1") {
                        rule.replace("count: 1", "count: 2")
                    } else {
                        rule.replace("count: 2", "count: 1")
                    };
                }
                Change::Other => policy.principal("carol").printed = format!("Carol {other}"),
            });
        let mut approved = self.repo.tree();
        approved.put_policy(&next);
        let digest = Some(approved.policy_digest());
        let [alice, _, carol] = self.repo.people();
        let head = self.repo.head();
        self.land(&alice, "Change the policy", false, |tree| {
            tree.put_policy(&next);
        });
        if end == End::Proposed {
            self.repo.reset(head).expect("the commit before is there");
        }
        let decide = |world: &mut Self, kind: DecisionKind, by: &Person| {
            let serial = next.serial.to_string();
            let record = world
                .repo
                .draft_for(kind, by, "policy/countersign", &serial, digest)
                .record();
            world.land_record(by, record, false);
        };
        if end == End::Rejected {
            decide(self, DecisionKind::Reject, &carol);
            decide(self, DecisionKind::Approve, &self.repo.people()[1].clone());
        } else if end != End::Waits {
            decide(self, DecisionKind::Approve, &carol);
        }
        decide(self, DecisionKind::Approve, &alice);
        match end {
            End::Lands => self.policy = next,
            End::Proposed => self.waiting.push((next, approved.policy_digest())),
            End::Waits | End::Rejected => {}
        }
    }

    /// A landing that changes nothing that is governed.
    pub(super) fn anything(&mut self) {
        self.land(&Person::new("mallory"), "Anything", false, |tree| {
            tree.put("docs/anything.md", "Anything.\n");
        });
    }

    /// What the honest history comes to, also once someone lands what is approved already: a
    /// version or a policy that was only proposed.
    pub(super) fn before(&mut self) -> Judged {
        let (honest, commits) = (self.repo.head(), self.commits.len());
        let mut judged = self.judge(honest);
        let mut ends = vec![honest];
        for (policy, digest) in self.waiting.clone() {
            judged.proposed.insert(digest);
            self.repo.reset(honest).expect("it is there");
            self.land(&Person::new("mallory"), "Land the policy", false, |tree| {
                tree.put_policy(&policy);
            });
            self.anything();
            ends.push(self.repo.head());
        }
        for end in ends {
            judged.allow(&self.judge(end));
            for (skill, version, _) in self.proposed.clone() {
                self.repo.reset(end).expect("it is there");
                let (name, version) = (SKILLS[skill], VERSIONS[version]);
                self.land(&Person::new("mallory"), "Land it", false, |tree| {
                    put(tree, name, version);
                });
                judged.allow(&self.judge(self.repo.head()));
            }
        }
        // Who contributed to a proposal may be known better later. On its own branch it is worth what
        // it was when it was made.
        for (skill, version, proposal) in self.proposed.clone() {
            let mut bytes = Tree::default();
            put(&mut bytes, SKILLS[skill], VERSIONS[version]);
            let digest = bytes.digest(&format!("skills/{}", SKILLS[skill]));
            let own = self.judge(proposal);
            judged.allow_version(&own, SKILLS[skill], digest);
        }
        self.commits.truncate(commits);
        self.repo.reset(honest).expect("it is there");
        judged
    }

    /// The tree of `commit`, committed on top of `honest` by Mallory.
    pub(super) fn plain(&mut self, honest: ObjectId, commit: ObjectId) -> ObjectId {
        let tree = self.repo.tree_of(commit);
        self.repo
            .commit_tree(vec![honest], tree, &Person::new("mallory"), "Plain")
            .expect("a commit is written")
    }

    /// The tip of the honest history, before anything is added.
    pub(super) fn tip(&self) -> ObjectId {
        self.repo.head()
    }

    fn commit_at(&self, number: usize) -> ObjectId {
        self.commits[number % self.commits.len()]
    }

    fn edit(&self, tree: &mut Tree, edit: &Edit) {
        let mallory = Person::new("mallory");
        let record = |number: usize| {
            (!self.records.is_empty()).then(|| &self.records[number % self.records.len()])
        };
        let package = |name: &str| format!("skills/{name}/SKILL.md");
        match edit {
            Edit::Copy {
                record: number,
                signature,
                mode,
                path,
            } => {
                let Some(record) = record(*number) else {
                    return;
                };
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
                for record in self
                    .records
                    .iter()
                    .filter(|record| from.bytes(&record.path).is_some())
                {
                    tree.put_record(record);
                }
            }
            Edit::Delete {
                record: number,
                signature_only,
            } => {
                let Some(record) = record(*number) else {
                    return;
                };
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
            Edit::Junk {
                record: number,
                extension,
            } => {
                let Some(record) = record(*number) else {
                    return;
                };
                tree.put(
                    format!("{}.{}", record.path, ["sig", "asc", "minisig"][*extension]),
                    "junk\n",
                );
            }
            Edit::Resign { record: number } => {
                let Some(record) = record(*number) else {
                    return;
                };
                tree.put(
                    format!("{}.sig", record.path),
                    mallory.sign("countersign", &record.bytes),
                );
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

    /// Mallory's additions, on top of which the tip of the honest history is made reachable; its
    /// new tip.
    pub(super) fn add(&mut self, additions: &[Addition], swap: bool) -> ObjectId {
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
                        let commit = self
                            .repo
                            .commit_tree(vec![head], tree, &mallory, "Copy")
                            .expect("a commit is written");
                        self.commits.push(commit);
                    }
                }
                Addition::Swap { ours } => {
                    let head = self.repo.head();
                    self.merge(vec![head, honest], usize::from(!ours), &[], &mallory);
                }
                Addition::Pad(times) => {
                    for _ in 0..*times {
                        let (head, tree) = (self.repo.head(), self.repo.tree());
                        self.repo
                            .commit_tree(vec![head], tree, &mallory, "Pad")
                            .expect("a commit is written");
                    }
                }
                Addition::Commit {
                    edits,
                    pose,
                    signed,
                    co_author,
                } => {
                    let (head, mut tree) = (self.repo.head(), self.repo.tree());
                    for edit in edits {
                        self.edit(&mut tree, edit);
                    }
                    let author = if *pose < 3 {
                        self.person(*pose)
                    } else {
                        mallory.clone()
                    };
                    let by = Authorship::from(&author);
                    let by = if *signed { by.signed_by(&mallory) } else { by };
                    let message = co_author.map_or("Work".to_owned(), |number| {
                        format!(
                            "Work\n\nCo-authored-by: {}\n",
                            self.person(number).identity()
                        )
                    });
                    let commit = self
                        .repo
                        .commit_tree(vec![head], tree, by, &message)
                        .expect("a commit is written");
                    self.commits.push(commit);
                }
                Addition::Merge {
                    parents,
                    tree,
                    edits,
                } => {
                    let mut all = vec![self.repo.head()];
                    all.extend(parents.iter().map(|number| self.commit_at(*number)));
                    all.rotate_left(tree % 2);
                    self.merge(all, *tree, edits, &mallory);
                }
            }
        }
        let head = self.repo.head();
        if head != honest {
            let parents = if swap {
                vec![head, honest]
            } else {
                vec![honest, head]
            };
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
        let commit = self
            .repo
            .commit_tree(parents, tree, by, "Merge")
            .expect("a merge is written");
        self.commits.push(commit);
    }

    pub(super) fn judge(&self, head: ObjectId) -> Judged {
        let repository = Repository::open(&self.repo.path()).expect("it is a repository");
        // A month later, when what ends soon has ended.
        let now = self.repo.now().plus(30 * 86_400);
        let question = Question {
            head: Some(head),
            ..Question::about_head(now)
        };
        let answer = question
            .judge(&repository)
            .unwrap_or_else(|error| panic!("the history can be judged: {error}"));
        Judged::of(&answer.survey)
    }
}
