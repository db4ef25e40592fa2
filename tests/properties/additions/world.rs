//! A real repository in which honest people and Mallory act.

use std::collections::BTreeSet;

use countersign::demo::{Authorship, Person, PolicyDraft, Record, Tree};
use countersign::git::Repository;
use countersign::git::write::Create;
use countersign::judge::Question;
use countersign::model::{DecisionKind, ObjectId};

use super::verdict::Judged;
use super::{Addition, Edit, Honest, SKILLS, VERSIONS};
use countersign_testkit::Repo;

/// A history under construction, with everything that can be copied out of it.
pub(super) struct World {
    pub(super) repo: Repo,
    policy: PolicyDraft,
    commits: Vec<ObjectId>,
    records: Vec<Record>,
}

impl World {
    pub(super) fn new() -> Self {
        let accept = "{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], accept: [signature, commit]}";
        let change =
            |policy: PolicyDraft| policy.with(|policy| accept.clone_into(&mut policy.approvals[0]));
        let repo = Repo::team_as(&Create::default(), change, |_| ());
        let policy = change(repo.team_policy());
        let commits = vec![repo.head()];
        Self {
            repo,
            policy,
            commits,
            records: Vec::new(),
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
                    tree.put_skill(name, version, "Do it well.");
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
            } => {
                self.decide(
                    *kind,
                    SKILLS[*skill],
                    VERSIONS[*version],
                    &self.person(*by),
                    (*all, *commit, *branch),
                );
            }
            Honest::Suspend { by, whom } => {
                let (by, whom) = (self.person(*by), self.person(*whom));
                let subject = format!("principal/{}", whom.name);
                let record = self
                    .repo
                    .draft_for(DecisionKind::Block, &by, &subject, "all", None)
                    .record();
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

    fn decide(
        &mut self,
        kind: DecisionKind,
        name: &str,
        version: &str,
        by: &Person,
        (all, commit, branch): (bool, bool, bool),
    ) {
        let all = all && matches!(kind, DecisionKind::Block | DecisionKind::Unblock);
        let mut bytes = Tree::default();
        bytes.put_skill(name, version, "Do it well.");
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

    fn change_policy(&mut self, approve: bool) {
        let next = self.policy.successor(&self.repo.tree()).with(|policy| {
            let team = &mut policy.teams[0].1;
            if team.iter().any(|name| name == "bob") {
                team.retain(|name| name != "bob");
            } else {
                team.push("bob".to_owned());
            }
        });
        let [alice, _, carol] = self.repo.people();
        self.land(&alice, "Change the policy", false, |tree| {
            tree.put_policy(&next);
        });
        let digest = Some(self.repo.tree().policy_digest());
        for by in [&alice, &carol]
            .into_iter()
            .take(if approve { 2 } else { 1 })
        {
            let record = self
                .repo
                .draft_for(
                    DecisionKind::Approve,
                    by,
                    "policy/countersign",
                    &next.serial.to_string(),
                    digest,
                )
                .record();
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
                Addition::Commit {
                    edits,
                    pose,
                    signed,
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
                    let commit = self
                        .repo
                        .commit_tree(vec![head], tree, by, "Work")
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
        let question = Question {
            head: Some(head),
            ..Question::about_head(self.repo.now())
        };
        let answer = question
            .judge(&repository)
            .unwrap_or_else(|error| panic!("the history can be judged: {error}"));
        Judged::of(&answer.survey)
    }
}
