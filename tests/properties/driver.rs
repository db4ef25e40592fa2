//! Turns a history into what the lifecycle takes, without Git and without cryptography: proofs are
//! made as the signature layer would.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use countersign::demo;
use countersign::evidence::{PolicyVersion, Record};
use countersign::lifecycle::ledger::LandingRef;
use countersign::lifecycle::{CommitFacts, CommitPeople, Landing, Ledger, Lifecycle, PackageAt};
use countersign::model::key::KeySource;
use countersign::model::{
    Decision, DecisionItem, DecisionKind, Digest, Identity, Meaning, ObjectId, Position,
    PrincipalName, SubjectId, Timestamp, Version, VersionRef,
};
use countersign::signature::{Format, KeyHandle, Proof, VerificationKey};

use super::history::{Act, Answers, Bytes, Item, PEOPLE, Person, Seal, Step, Subject};

/// The policy under which every history runs.
const POLICY: &str = r#"schema: countersign.policy/v1
serial: 1
repository: github.com/acme/agent-skills
branch: main
principals:
PEOPLE
teams: {security: [bob, carol]}
roles:
  administrators: [carol, dave]
  operators: [{members: [bob], subjects: ["skill/four"]}]
subjects:
  - {kind: skill, path: "skills/one", owners: [alice, bob]}
  - {kind: skill, path: "skills/two", owners: [alice]}
  - {kind: skill, path: "skills/three", owners: [alice, bob]}
  - {kind: skill, path: "skills/four", owners: [alice]}
approvals:
  - {subjects: ["skill/one"], require: [{count: 1, from: [owners, administrators]}]}
  - {subjects: ["skill/two"], require: [{count: 2, from: [owners, administrators, bob]}], expire_after: 2d}
  - {subjects: ["skill/three"], require: [{count: 1, from: [owners]}, {count: 1, from: [security]}]}
  - {subjects: ["skill/three"], require: [{count: 1, from: [administrators]}]}
policy_changes: {count: 1}
"#;

/// When the anchor lands.
const BEGINNING: i64 = 1_767_603_600;

static VERSION: LazyLock<Arc<PolicyVersion>> = LazyLock::new(|| {
    let mut people = String::new();
    for person in PEOPLE
        .into_iter()
        .filter(|person| *person != Person::Mallory)
    {
        let name = person.name();
        let key = demo::Person::new(name).public_line();
        people += &format!(
            "  {name}: {{name: {name}, emails: [{name}@acme.example], keys: [{{ssh: \"{key}\"}}]}}\n"
        );
    }
    let bytes: Arc<[u8]> = POLICY.replace("PEOPLE\n", &people).into_bytes().into();
    let files = BTreeMap::from([("countersign.yaml".to_owned(), Arc::clone(&bytes))]);
    let digest = Digest::of(&bytes);
    Arc::new(
        PolicyVersion::read(bytes, &files, digest)
            .unwrap_or_else(|problems| panic!("the policy is sound: {problems:?}")),
    )
});

static KEYS: LazyLock<BTreeMap<Person, KeyHandle>> = LazyLock::new(|| {
    let handle = |person: Person| {
        let source = KeySource::Ssh(demo::Person::new(person.name()).public_line());
        VerificationKey::read(&source, false, None)
            .expect("a demo key is a good key")
            .handle()
    };
    PEOPLE
        .into_iter()
        .map(|person| (person, handle(person)))
        .collect()
});

/// What a record decides about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Version(Subject, Bytes),
    All(Subject),
    Person(Person),
}

/// A record of the history, by number.
#[derive(Clone, Debug)]
pub struct Note {
    pub kind: DecisionKind,
    pub by: Person,
    pub targets: Vec<Target>,
    /// Numbers of the records that it answers.
    pub answers: Vec<usize>,
    pub expires: Option<i64>,
    pub time: i64,
    pub seal: Seal,
    pub to: Bytes,
}

/// A landing with everything resolved.
#[derive(Clone, Debug)]
pub struct Scene {
    pub time: i64,
    pub author: Person,
    pub committer: Person,
    pub trailer: Option<Person>,
    pub merge: bool,
    /// What really changed.
    pub changes: Vec<(Subject, Option<Bytes>)>,
    /// Numbers of the records that land, new or again.
    pub records: Vec<usize>,
}

/// A whole history; the first scene is the anchor.
#[derive(Clone, Debug)]
pub struct Script {
    pub scenes: Vec<Scene>,
    pub notes: Vec<Note>,
    pub now: i64,
}

impl Script {
    /// Resolves `steps`; the verifier looks `later` hours after the last landing.
    pub fn new(steps: &[Step], later: u8) -> Self {
        let anchor = Scene {
            time: BEGINNING,
            author: Person::Alice,
            committer: Person::Alice,
            trailer: None,
            merge: false,
            changes: Vec::new(),
            records: Vec::new(),
        };
        let mut script = Self {
            scenes: vec![anchor],
            notes: Vec::new(),
            now: BEGINNING,
        };
        let mut tree: BTreeMap<Subject, Bytes> = BTreeMap::new();
        for step in steps {
            script.now += i64::from(step.hours) * 3600;
            let mut after = tree.clone();
            let mut records = Vec::new();
            for act in &step.acts {
                script.act(act, &mut after, &mut records);
            }
            let changed = |subject: &Subject| tree.get(subject) != after.get(subject);
            let changes = super::history::SUBJECTS
                .into_iter()
                .filter(changed)
                .map(|subject| (subject, after.get(&subject).copied()))
                .collect();
            tree = after;
            script.scenes.push(Scene {
                time: script.now,
                author: step.author,
                committer: step.committer,
                trailer: step.trailer,
                merge: step.merge,
                changes,
                records,
            });
        }
        script.now += i64::from(later) * 3600;
        script
    }

    fn act(&mut self, act: &Act, tree: &mut BTreeMap<Subject, Bytes>, records: &mut Vec<usize>) {
        let number = self.notes.len();
        let answers = |answers: Answers| match answers {
            Answers::Nothing => Vec::new(),
            Answers::All => (0..number).collect(),
            Answers::AllButLast => (0..number.saturating_sub(1)).collect(),
        };
        let time = self.now - 3600 + number as i64;
        let plain = |kind, by, target, answers| Note {
            kind,
            by,
            targets: vec![target],
            answers,
            expires: None,
            time,
            seal: Seal::Own,
            to: Bytes::V1,
        };
        let note = match act {
            Act::Put(subject, bytes) => {
                tree.insert(*subject, *bytes);
                return;
            }
            Act::Remove(subject) => {
                tree.remove(subject);
                return;
            }
            Act::Again(_) if number == 0 => return,
            Act::Again(record) => {
                let record = record % number;
                if !records.contains(&record) {
                    records.push(record);
                }
                return;
            }
            Act::Suspend(by, whom) => {
                plain(DecisionKind::Block, *by, Target::Person(*whom), Vec::new())
            }
            Act::Readmit(by, whom, which) => plain(
                DecisionKind::Unblock,
                *by,
                Target::Person(*whom),
                answers(*which),
            ),
            Act::Decide(decision) => Note {
                kind: decision.kind,
                by: decision.by,
                targets: decision.items.iter().map(|item| target(*item)).collect(),
                answers: answers(decision.answers),
                expires: decision
                    .expires
                    .map(|hours| self.now + i64::from(hours) * 3600),
                time,
                seal: decision.seal,
                to: decision.to,
            },
        };
        self.notes.push(note);
        records.push(number);
    }

    /// What the lifecycle says after each of the first `count` landings.
    pub fn ledgers(&self) -> Vec<Ledger> {
        let mut lifecycle = self.lifecycle();
        (0..self.scenes.len())
            .map(|position| {
                lifecycle.step(self.landing(position));
                lifecycle.ledger()
            })
            .collect()
    }

    /// What it says at the end, with each landing changed on its way in.
    pub fn last_ledger(&self, change: impl Fn(usize, &mut Landing)) -> Ledger {
        let mut lifecycle = self.lifecycle();
        for position in 0..self.scenes.len() {
            let mut landing = self.landing(position);
            change(position, &mut landing);
            lifecycle.step(landing);
        }
        lifecycle.ledger()
    }

    pub fn lifecycle(&self) -> Lifecycle {
        Lifecycle::new(Arc::clone(&VERSION), Timestamp::from_unix(self.now))
    }

    pub fn landing(&self, position: usize) -> Landing {
        let scene = &self.scenes[position];
        let packages = scene
            .changes
            .iter()
            .map(|(subject, bytes)| (path(*subject), bytes.map(|bytes| package(*subject, bytes))))
            .collect();
        Landing {
            at: LandingRef {
                position: Position(position as u32),
                commit: Some(commit(position, 0)),
                time: Some(Timestamp::from_unix(scene.time)),
            },
            packages,
            records: scene
                .records
                .iter()
                .map(|number| self.record(*number))
                .collect(),
            commits: if position == 0 {
                Vec::new()
            } else {
                commits(position, scene)
            },
            governance: !scene.records.is_empty(),
            ..Landing::default()
        }
    }

    pub fn record(&self, number: usize) -> Record {
        let note = &self.notes[number];
        let items = note
            .targets
            .iter()
            .map(|target| item(*target))
            .collect::<Vec<_>>();
        let decision = Decision {
            kind: note.kind,
            batch: items.len() > 1,
            items,
            repository: "github.com/acme/agent-skills".to_owned(),
            principal: name(note.by),
            meaning: Meaning::default(),
            reason: "because".to_owned(),
            time: Timestamp::from_unix(note.time),
            answers: note
                .answers
                .iter()
                .map(|number| record_digest(*number))
                .collect(),
            expires: note.expires.map(Timestamp::from_unix),
            replacement: None,
            sunset: None,
            to: (note.kind == DecisionKind::Rollback).then(|| version(note.to)),
            refs: Vec::new(),
            recorded_by: None,
            review: None,
        };
        let signer = match note.seal {
            Seal::Own => Some(note.by),
            Seal::Of(other) => Some(other),
            Seal::None => None,
        };
        let proof = |signer: Person| Proof {
            format: Format::Ssh,
            key: Some(KEYS[&signer].clone()),
            created: None,
            fault: None,
        };
        Record {
            digest: record_digest(number),
            path: decision.path().into(),
            decision: Ok(Arc::new(decision)),
            signature_files: Vec::new(),
            signatures: signer.into_iter().map(proof).collect(),
            carriers: Vec::new(),
            mode_fault: None,
            openers: Vec::new(),
        }
    }
}

fn target(item: Item) -> Target {
    match item {
        Item::Version(subject, bytes) => Target::Version(subject, bytes),
        Item::All(subject) => Target::All(subject),
    }
}

fn item(target: Target) -> DecisionItem {
    match target {
        Target::Version(subject, bytes) => DecisionItem {
            subject: id(subject),
            version: VersionRef::One(version(bytes), digest(bytes)),
        },
        Target::All(subject) => DecisionItem {
            subject: id(subject),
            version: VersionRef::All,
        },
        Target::Person(person) => {
            let subject = format!("principal/{}", person.name())
                .parse()
                .expect("a principal is a subject");
            DecisionItem {
                subject,
                version: VersionRef::All,
            }
        }
    }
}

fn commits(position: usize, scene: &Scene) -> Vec<CommitFacts> {
    let introduced = scene.changes.iter().map(|(subject, bytes)| {
        let file = format!("{}/SKILL.md", path(*subject));
        (file.into_bytes().into_boxed_slice(), bytes.map(blob))
    });
    let people =
        |author: Person, committer: Person, number: u8, single_parent_landing: bool| CommitPeople {
            commit: Some(commit(position, number)),
            author: Some(identity(author)),
            committer: Some(identity(committer)),
            co_authors: Vec::new(),
            signer: None,
            single_parent_landing,
            opener: None,
        };
    let trailers: Vec<Identity> = scene.trailer.into_iter().map(identity).collect();
    let facts = |people: CommitPeople| CommitFacts {
        people,
        ..CommitFacts::default()
    };
    if scene.merge {
        let side = CommitPeople {
            co_authors: trailers,
            ..people(scene.author, scene.author, 1, false)
        };
        let side = CommitFacts {
            introduced: introduced.collect(),
            ..facts(side)
        };
        vec![
            side,
            facts(people(scene.committer, scene.committer, 0, false)),
        ]
    } else {
        let own = CommitPeople {
            co_authors: trailers,
            ..people(scene.author, scene.committer, 0, true)
        };
        vec![CommitFacts {
            introduced: introduced.collect(),
            ..facts(own)
        }]
    }
}

fn identity(person: Person) -> Identity {
    Identity::new(person.name(), &format!("{}@acme.example", person.name()))
}

fn commit(position: usize, number: u8) -> ObjectId {
    let digest = Digest::of(format!("commit {position} {number}").as_bytes());
    ObjectId::from_bytes(&digest.as_bytes()[..20]).expect("20 bytes")
}

fn blob(bytes: Bytes) -> ObjectId {
    ObjectId::from_bytes(&digest(bytes).as_bytes()[..20]).expect("20 bytes")
}

fn path(subject: Subject) -> String {
    subject.name().replace("skill/", "skills/")
}

fn package(subject: Subject, bytes: Bytes) -> PackageAt {
    PackageAt {
        subject: id(subject),
        declared_name: None,
        digest: Some(digest(bytes)),
        version: version(bytes),
        risk: None,
        files: Arc::from([digest(bytes)]),
        one_file: false,
        baseline: false,
        git_id: None,
    }
}

pub fn id(subject: Subject) -> SubjectId {
    subject
        .name()
        .parse()
        .expect("subjects of the alphabet are well-formed")
}

pub fn name(person: Person) -> PrincipalName {
    person
        .name()
        .parse()
        .expect("people of the alphabet have good names")
}

pub fn digest(bytes: Bytes) -> Digest {
    Digest::of(bytes.text().as_bytes())
}

pub fn version(bytes: Bytes) -> Version {
    bytes.declared().map_or_else(
        || Version::pseudo(&digest(bytes)),
        |text| Version::declared(text).expect("the alphabet declares versions"),
    )
}

pub fn record_digest(number: usize) -> Digest {
    Digest::of(format!("record {number}").as_bytes())
}
