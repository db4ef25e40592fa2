//! A company's history of any length, fed to `git fast-import`: Skills that change, signed
//! approvals, other work, and merges.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use countersign::demo::documents::skill_text;
use countersign::demo::{DecisionDraft, Person, PolicyDraft};
use countersign::model::{DecisionKind, Digest, FileMode, Manifest, ManifestEntry, Timestamp};

use crate::stock;

/// How long a history is and what is in it.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Landings, the anchor included.
    pub landings: usize,
    /// How many of them touch governed paths.
    pub governed: usize,
    /// How many of these are approvals; the others are new versions.
    pub approvals: usize,
    /// How many of them are merges, each of a branch of three commits.
    pub merges: usize,
    /// Skills that are there from the anchor on.
    pub skills: usize,
    /// Files that nothing governs.
    pub files: usize,
    /// Seconds from one commit to the next.
    pub step: i64,
}

const SIDE: usize = 3;
const REPOSITORY: &str = "github.com/acme/agent-skills";
/// 2026-01-05T09:00:00Z.
const BEGINNING: i64 = 1_767_603_600;

type Files = Vec<(String, Vec<u8>)>;

struct Skill {
    name: String,
    version: usize,
    author: usize,
    approved: bool,
}

struct Builder<W: Write> {
    out: W,
    mark: usize,
    clock: i64,
    step: i64,
    random: u64,
    people: [Person; 3],
    skills: Vec<Skill>,
    files: usize,
}

/// Makes the repository in `dir`, bare and packed as `git gc` packs it; its branch is `main`.
pub fn build(dir: &Path, shape: &Shape) -> std::io::Result<()> {
    stock::git(
        dir.parent().expect("a folder in another"),
        &[
            "init",
            "--quiet",
            "--bare",
            "--initial-branch=main",
            &dir.to_string_lossy(),
        ],
    );
    let mut import = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()?;
    let people = ["alice", "bob", "carol"].map(Person::new);
    let skills = (0..shape.skills).map(|index| Skill {
        name: format!("skill-{index:04}"),
        version: 0,
        author: 0,
        approved: false,
    });
    let out = BufWriter::new(import.stdin.take().expect("piped above"));
    let mut builder = Builder {
        out,
        mark: 0,
        clock: BEGINNING,
        step: shape.step,
        random: 1,
        people,
        skills: skills.collect(),
        files: shape.files,
    };
    builder.history(shape)?;
    drop(builder);
    assert!(import.wait()?.success(), "git fast-import succeeds");
    stock::git(dir, &["update-ref", "-d", "refs/heads/side"]);
    stock::git(dir, &["gc", "--quiet"]);
    Ok(())
}

/// After the last commit of any history here.
pub fn now() -> String {
    "2026-12-01T00:00:00Z".to_owned()
}

impl<W: Write> Builder<W> {
    fn history(&mut self, shape: &Shape) -> std::io::Result<()> {
        let mut main = self.anchor()?;
        let due = |index: usize, count: usize| {
            index * count / shape.landings > (index - 1) * count / shape.landings
        };
        let mut governed = 0usize;
        for index in 1..shape.landings {
            let (author, change) = if due(index, shape.governed) {
                governed += 1;
                if governed * shape.approvals / shape.governed
                    > (governed - 1) * shape.approvals / shape.governed
                {
                    self.approval()
                } else {
                    self.edit()
                }
            } else {
                self.work()
            };
            if due(index, shape.merges) {
                let mut files = Files::new();
                let mut tip = None;
                for _ in 1..SIDE {
                    let (author, change) = self.work();
                    files.extend(change.iter().cloned());
                    tip = Some(self.commit(
                        "side",
                        author,
                        "Work on a branch",
                        tip.is_none().then_some(main),
                        None,
                        &change,
                    )?);
                }
                files.extend(change.iter().cloned());
                let side = self.commit(
                    "side",
                    author,
                    "Change what is governed",
                    None,
                    None,
                    &change,
                )?;
                main = self.commit(
                    "main",
                    2,
                    "Merge the branch",
                    Some(main),
                    Some(side),
                    &files,
                )?;
            } else {
                main = self.commit(
                    "main",
                    author,
                    "Change something",
                    Some(main),
                    None,
                    &change,
                )?;
            }
        }
        writeln!(self.out, "done")?;
        self.out.flush()
    }

    fn anchor(&mut self) -> std::io::Result<usize> {
        let [alice, bob, carol] = &self.people;
        let mut policy = PolicyDraft::team(alice, bob, carol);
        policy.entries = vec![
            "{kind: skill, path: \"skills/*/*\", owners: [data-platform], risk: low}".to_owned(),
        ];
        policy.more = vec!["baseline: allow".to_owned()];
        let mut files: Files = vec![("countersign.yaml".to_owned(), policy.text().into_bytes())];
        for index in 0..self.skills.len() {
            files.extend(self.skill_files(index));
        }
        for index in 0..self.files {
            files.push((source_path(index), Self::source(index)));
        }
        self.commit("main", 0, "Govern this repository", None, None, &files)
    }

    fn skill_files(&self, index: usize) -> Files {
        let skill = &self.skills[index];
        let folder = format!("skills/team-{:02}/{}", index % 20, skill.name);
        let version = version(skill);
        let body: String = (0..24)
            .map(|line| {
                format!(
                    "{line}. Look at part {line} as it was in version {} of this text.\n",
                    skill.version.min(line * 7)
                )
            })
            .collect();
        let script = format!(
            "#!/usr/bin/env python3\n\"\"\"What {} runs.\"\"\"\nprint({index})\n",
            skill.name
        );
        vec![
            (
                format!("{folder}/SKILL.md"),
                skill_text(&skill.name, &version, &body).into_bytes(),
            ),
            (format!("{folder}/scripts/run.py"), script.into_bytes()),
        ]
    }

    fn digest(&self, index: usize) -> Digest {
        let files = self.skill_files(index);
        let entry = |(path, bytes): &(String, Vec<u8>)| {
            let path = path
                .splitn(4, '/')
                .last()
                .expect("a path in a Skill")
                .to_owned();
            ManifestEntry {
                path,
                mode: FileMode::Regular,
                sha256: Digest::of(bytes),
                size: bytes.len() as u64,
            }
        };
        Manifest::new(files.iter().map(entry).collect()).digest()
    }

    /// A new version of some Skill by one of its owners.
    fn edit(&mut self) -> (usize, Files) {
        let index = self.random(self.skills.len());
        let author = self.random(2);
        let skill = &mut self.skills[index];
        (skill.version, skill.author, skill.approved) = (skill.version + 1, author, false);
        (author, self.skill_files(index)[..1].to_vec())
    }

    /// The approval of a Skill's newest version by someone else.
    fn approval(&mut self) -> (usize, Files) {
        let mut index = self.random(self.skills.len());
        while self.skills[index].approved {
            index = (index + 1) % self.skills.len();
        }
        let by = if self.random(4) == 0 {
            2
        } else {
            1 - self.skills[index].author
        };
        let digest = self.digest(index);
        let skill = &mut self.skills[index];
        skill.approved = true;
        let (subject, version) = (format!("skill/{}", skill.name), version(skill));
        let time = Timestamp::from_unix(self.clock);
        let record = DecisionDraft::new(
            DecisionKind::Approve,
            &self.people[by],
            &subject,
            &version,
            Some(digest),
            REPOSITORY,
            time,
        )
        .record();
        let mut files = vec![(record.path, record.bytes)];
        files.extend(record.signatures);
        (by, files)
    }

    /// Something that nothing governs.
    fn work(&mut self) -> (usize, Files) {
        let index = self.random(self.files);
        (
            self.random(3),
            vec![(source_path(index), Self::source(self.mark))],
        )
    }

    fn source(seed: usize) -> Vec<u8> {
        (0..40)
            .map(|line| {
                format!(
                    "line {line} holds {}\n",
                    if line == seed % 40 { seed } else { line }
                )
            })
            .collect::<String>()
            .into_bytes()
    }

    fn commit(
        &mut self,
        branch: &str,
        by: usize,
        message: &str,
        from: Option<usize>,
        merge: Option<usize>,
        files: &Files,
    ) -> std::io::Result<usize> {
        self.mark += 1;
        self.clock += self.step;
        let who = self.people[by].identity();
        let out = &mut self.out;
        writeln!(out, "commit refs/heads/{branch}\nmark :{}", self.mark)?;
        writeln!(
            out,
            "author {who} {0} +0000\ncommitter {who} {0} +0000\ndata {1}\n{message}",
            self.clock,
            message.len()
        )?;
        if let Some(from) = from {
            writeln!(out, "from :{from}")?;
        }
        if let Some(merge) = merge {
            writeln!(out, "merge :{merge}")?;
        }
        for (path, bytes) in files {
            writeln!(out, "M 100644 inline {path}\ndata {}", bytes.len())?;
            out.write_all(bytes)?;
            writeln!(out)?;
        }
        Ok(self.mark)
    }

    /// `SplitMix64`: the same numbers everywhere.
    fn random(&mut self, below: usize) -> usize {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below as u64) as usize
    }
}

fn version(skill: &Skill) -> String {
    format!("1.{}.0", skill.version)
}

fn source_path(index: usize) -> String {
    format!("src/part-{:02}/module-{index:04}.rs", index % 100)
}
