//! The repository that `countersign demo` shows: two months of a small company's agent toolchain,
//! with every kind, every state, both merge styles, a refused self-approval, and one version that
//! still waits for the second of two people.

mod key_files;

use std::fs;
use std::path::{Path, PathBuf};

use key_files::{config, write_keys};

use super::documents::{agent_text, contract_text, prompt_text, server_text, skill_text};
use super::history::{DemoError, History};
use super::merge::Method;
use super::person::Person;
use super::policy::PolicyDraft;
use super::record::DecisionDraft;
use super::tree::Tree;
use countersign_git::write::Create;
use countersign_model::{DecisionKind, ObjectId, Timestamp, Version};

/// What was built, for the command to report.
pub struct Story {
    /// Every landing in order; the first is the anchor.
    pub landings: Vec<Landing>,
    /// Who takes part.
    pub people: Vec<Person>,
    /// The person in whose name the repository's own Git configuration commits and signs.
    pub you: Person,
    /// Their private key, inside the Git directory.
    pub key_file: PathBuf,
    /// The subject and version that still await their approval.
    pub waiting: (String, String),
    /// A file of an approved Skill, to change by one byte.
    pub approved_file: String,
    /// A subject whose history is worth an `explain`.
    pub eventful: String,
    /// The time after the last landing.
    pub end: Timestamp,
}

/// One landing and what it was for.
pub struct Landing {
    /// Its commit.
    pub commit: ObjectId,
    /// One line for people.
    pub summary: String,
}

const DAY: i64 = 86_400;
/// Folder for the demo's keys, inside the Git directory so that it can never be committed.
const KEYS: &str = "countersign-demo-keys";
const ALLOWED_SIGNERS: &str = "allowed_signers";

struct Company {
    history: History,
    alice: Person,
    bob: Person,
    carol: Person,
    landings: Vec<Landing>,
}

/// Builds the demo in `dir` with its work tree checked out. The same commits come out on every
/// machine.
pub fn build(dir: &Path) -> Result<Story, DemoError> {
    let io = |path: &Path| {
        let path = path.display().to_string();
        move |error| DemoError::WorkTree(path, error)
    };
    fs::create_dir_all(dir).map_err(io(dir))?;
    let dir = dir.canonicalize().map_err(io(dir))?;
    let you = Person::new("carol").printed("Carol Ruiz");
    let key_file = dir.join(".git").join(KEYS).join(&you.name);
    let create = Create {
        config: config(&you, &key_file),
        ..Create::default()
    };
    let mut company = Company {
        history: History::create(&dir, &create, "github.com/acme/agent-skills")?,
        alice: Person::new("alice").printed("Alice Ng"),
        bob: Person::new("bob").printed("Bob Okafor"),
        carol: you.clone(),
        landings: Vec::new(),
    };
    company.govern()?;
    company.fill()?;
    company.grow()?;
    company.live()?;
    company.history.checkout()?;
    let people = vec![company.alice, company.bob, company.carol];
    write_keys(&key_file, &people)?;
    Ok(Story {
        landings: company.landings,
        people,
        you,
        key_file,
        waiting: ("skill/payments-refund".to_owned(), "1.1.0".to_owned()),
        approved_file: "skills/pdf-tools/SKILL.md".to_owned(),
        eventful: "skill/pdf-tools".to_owned(),
        end: company.history.now(),
    })
}

impl Company {
    /// The policy and the first Skills.
    fn govern(&mut self) -> Result<(), DemoError> {
        let policy = self.policy();
        self.write("Govern this repository, with the one Skill it has", &self.alice.clone(), |tree| {
            tree.put_policy(&policy);
            tree.put("README.md", "# Agent skills of Acme\n\nGoverned with countersign. Its keys are public: a demo.\n");
            tree.put_skill("pdf-tools", "1.0.0", "Extract text and tables from PDF files with `pdftotext`.");
            tree.put("skills/pdf-tools/LICENSE", "MIT\n");
        })?;
        let bob = self.bob.clone();
        self.decide(&Choice::new(
            &bob,
            DecisionKind::Approve,
            "skill/pdf-tools",
            "1.0.0",
            "Read it whole; calls nothing but pdftotext.",
        ))
    }

    /// One subject of each other kind, by different ways of landing.
    fn fill(&mut self) -> Result<(), DemoError> {
        let (alice, bob, carol) = (self.alice.clone(), self.bob.clone(), self.carol.clone());
        self.propose(
            &bob,
            Method::Squash,
            "Add the prompt summarize",
            &[],
            |tree| {
                tree.put(
                    "prompts/summarize.md",
                    prompt_text("1.0.0", "Summarize the text in five plain sentences."),
                );
            },
        )?;
        self.decide(&Choice::new(
            &alice,
            DecisionKind::Approve,
            "prompt/summarize",
            "1.0.0",
            "Plain instructions, no tools.",
        ))?;
        let approvals = [Choice::new(
            &alice,
            DecisionKind::Approve,
            "server/tickets",
            "1.0.0",
            "Our own host, read scope only.",
        )];
        self.propose(
            &bob,
            Method::Merge,
            "Add the MCP server tickets",
            &approvals,
            |tree| {
                tree.put(
                    "servers/tickets/server.json",
                    server_text("tickets", "1.0.0"),
                );
            },
        )?;
        let approvals = [
            Choice::new(
                &bob,
                DecisionKind::Approve,
                "contract/refunds",
                "1.0.0",
                "Drafts only; deleting is blocked.",
            ),
            Choice::new(
                &carol,
                DecisionKind::Approve,
                "contract/refunds",
                "1.0.0",
                "Falls back to observe.",
            ),
        ];
        self.propose(
            &alice,
            Method::Merge,
            "Add the contract refunds",
            &approvals,
            |tree| {
                tree.put(
                    "contracts/refunds.yaml",
                    contract_text("1.0.0", "refunds", "data-platform", "security"),
                );
            },
        )?;
        let approvals = [Choice::new(
            &bob,
            DecisionKind::Approve,
            "agent/helper",
            "1.0.0",
            "Uses only what is approved.",
        )];
        self.propose(
            &alice,
            Method::Merge,
            "Add the agent helper",
            &approvals,
            |tree| {
                let uses = [
                    "skill/pdf-tools@^1",
                    "prompt/summarize@^1",
                    "server/tickets@^1",
                ];
                tree.put(
                    "agents/helper.yaml",
                    agent_text("1.0.0", "data-platform", &uses),
                );
            },
        )?;
        self.propose(
            &carol,
            Method::Rebase,
            "Add the setup for Claude Code",
            &[],
            |tree| {
                tree.put(
                    "setups/claude-code/settings.json",
                    "{\n  \"permissions\": {\"deny\": [\"Bash(curl:*)\"]}\n}\n",
                );
            },
        )?;
        let setup = Version::pseudo(&self.history.tree().digest("setups/claude-code"));
        self.decide(&Choice::new(
            &alice,
            DecisionKind::Approve,
            "setup/claude-code",
            setup.as_str(),
            "Denies more than it allows.",
        ))
    }

    /// A Skill of high risk that takes two people, a refused self-approval, and a new version.
    fn grow(&mut self) -> Result<(), DemoError> {
        let (alice, bob, carol) = (self.alice.clone(), self.bob.clone(), self.carol.clone());
        self.propose(
            &bob,
            Method::Merge,
            "Add the Skill payments-refund",
            &[],
            |tree| {
                tree.put_skill(
                    "payments-refund",
                    "1.0.0",
                    "Draft a refund with `scripts/draft.sh`; never send it.",
                );
                tree.put("skills/payments-refund/LICENSE", "MIT\n");
                tree.put_executable(
                    "skills/payments-refund/scripts/draft.sh",
                    "#!/bin/sh\necho \"draft refund for $1\"\n",
                );
            },
        )?;
        self.decide(&Choice::new(
            &alice,
            DecisionKind::Approve,
            "skill/payments-refund",
            "1.0.0",
            "The script only prints.",
        ))?;
        self.decide(&Choice::new(
            &carol,
            DecisionKind::Approve,
            "skill/payments-refund",
            "1.0.0",
            "No network, no write.",
        ))?;
        self.propose(
            &bob,
            Method::Squash,
            "Add the Skill release-notes",
            &[],
            |tree| {
                tree.put_skill(
                    "release-notes",
                    "1.0.0",
                    "Write release notes from merged pull requests.",
                );
            },
        )?;
        self.decide(&Choice::new(
            &bob,
            DecisionKind::Approve,
            "skill/release-notes",
            "1.0.0",
            "I wrote it, so I know it.",
        ))?;
        let reason = "Read it; authors may not approve their own work.";
        self.decide(&Choice::new(
            &alice,
            DecisionKind::Approve,
            "skill/release-notes",
            "1.0.0",
            reason,
        ))?;
        let approvals = [Choice::new(
            &bob,
            DecisionKind::Approve,
            "skill/pdf-tools",
            "1.1.0",
            "Text only.",
        )];
        self.propose(&alice, Method::Merge, "pdf-tools 1.1.0: find tables that span pages", &approvals, |tree| {
            tree.put_skill("pdf-tools", "1.1.0", "Extract text and tables from PDF files with `pdftotext`, also tables that span pages.");
        })
    }

    /// What happens to versions later: rolled back, deprecated, revoked, archived, blocked, and one
    /// that waits.
    fn live(&mut self) -> Result<(), DemoError> {
        let (alice, bob, carol) = (self.alice.clone(), self.bob.clone(), self.carol.clone());
        self.history.wait(30 * DAY);
        let good = self.history.tree();
        let approvals = [Choice::new(
            &alice,
            DecisionKind::Approve,
            "skill/pdf-tools",
            "1.2.0",
            "Tesseract runs locally.",
        )];
        self.propose(
            &bob,
            Method::Merge,
            "pdf-tools 1.2.0: read scanned pages",
            &approvals,
            |tree| {
                tree.put_skill(
                    "pdf-tools",
                    "1.2.0",
                    "Extract text and tables from PDF files; scanned pages go through `tesseract`.",
                );
            },
        )?;
        let back = Choice::new(
            &bob,
            DecisionKind::Rollback,
            "skill/pdf-tools",
            "1.2.0",
            "It loses page numbers.",
        );
        let record = self.draft(&back)?.to("1.1.0").record();
        self.write("Roll pdf-tools back to 1.1.0", &bob, |tree| {
            tree.put(
                "skills/pdf-tools/SKILL.md",
                good.text("skills/pdf-tools/SKILL.md"),
            );
            tree.put_record(&record);
        })?;
        let old = Choice::new(
            &alice,
            DecisionKind::Deprecate,
            "skill/release-notes",
            "1.0.0",
            "The forge writes them now.",
        );
        let record = self
            .draft(&old)?
            .with(|input| input.sunset = Some("2027-01-01T00:00:00Z".to_owned()))
            .record();
        self.write("Deprecate release-notes", &alice, |tree| {
            tree.put_record(&record);
        })?;
        let approvals = [Choice::new(
            &alice,
            DecisionKind::Approve,
            "skill/web-research",
            "1.0.0",
            "Quotes its sources.",
        )];
        self.propose(
            &bob,
            Method::Merge,
            "Add the Skill web-research",
            &approvals,
            |tree| {
                tree.put_skill("web-research", "1.0.0", "Search the web and quote sources.");
            },
        )?;
        self.retire(&Choice::new(
            &carol,
            DecisionKind::Revoke,
            "skill/web-research",
            "1.0.0",
            "It obeyed instructions found in pages.",
        ))?;
        let approvals = [Choice::new(
            &bob,
            DecisionKind::Approve,
            "agent/helper",
            "2.0.0",
            "Uses less than before.",
        )];
        self.propose(
            &alice,
            Method::Merge,
            "helper 2.0.0 needs nothing but pdf-tools",
            &approvals,
            |tree| {
                tree.put(
                    "agents/helper.yaml",
                    agent_text("2.0.0", "data-platform", &["skill/pdf-tools@^1"]),
                );
            },
        )?;
        self.retire(&Choice::new(
            &alice,
            DecisionKind::Archive,
            "prompt/summarize",
            "1.0.0",
            "The agent does without it.",
        ))?;
        self.retire(&Choice::new(
            &carol,
            DecisionKind::Block,
            "server/tickets",
            "1.0.0",
            "Its host is being moved.",
        ))?;
        self.propose(
            &bob,
            Method::Squash,
            "Try a draft in the lab",
            &[],
            |tree| {
                tree.put(
                    "lab/mail-triage/SKILL.md",
                    skill_text("mail-triage", "0.1.0-rc.1", "Sort mail by urgency."),
                );
            },
        )?;
        self.propose(
            &alice,
            Method::Merge,
            "payments-refund 1.1.0: name the reason",
            &[],
            |tree| {
                tree.put_skill(
                    "payments-refund",
                    "1.1.0",
                    "Draft a refund with `scripts/draft.sh` and name the reason; never send it.",
                );
            },
        )?;
        self.decide(&Choice::new(
            &bob,
            DecisionKind::Approve,
            "skill/payments-refund",
            "1.1.0",
            "Only the text changed.",
        ))
    }

    fn policy(&self) -> PolicyDraft {
        PolicyDraft::team(&self.alice, &self.bob, &self.carol).with(|policy| {
            policy.entries.push(
                "{kind: contract, path: \"contracts/*\", owners: [data-platform], risk: high}"
                    .to_owned(),
            );
            policy.entries.push(
                "{kind: skill, path: \"lab/*\", owners: [data-platform], risk: low, drafts: true}"
                    .to_owned(),
            );
        })
    }

    /// A direct push.
    fn write(
        &mut self,
        summary: &str,
        by: &Person,
        change: impl FnOnce(&mut Tree),
    ) -> Result<(), DemoError> {
        let commit = self.history.commit(by.signed(), summary, change)?;
        self.landings.push(Landing {
            commit,
            summary: summary.to_owned(),
        });
        Ok(())
    }

    /// A branch with one change and the decisions about it, landed by its author.
    fn propose(
        &mut self,
        by: &Person,
        method: Method,
        summary: &str,
        decisions: &[Choice],
        change: impl FnOnce(&mut Tree),
    ) -> Result<(), DemoError> {
        self.history.branch("change")?;
        self.history.commit(by.signed(), summary, change)?;
        for choice in decisions {
            let record = self.draft(choice)?.record();
            self.history.land(choice.by.signed(), &record)?;
        }
        self.history.switch("main")?;
        let commit = self.history.merge("change", method, by.signed())?;
        self.history.delete_branch("change")?;
        self.landings.push(Landing {
            commit,
            summary: summary.to_owned(),
        });
        Ok(())
    }

    /// A decision, pushed directly.
    fn decide(&mut self, choice: &Choice) -> Result<(), DemoError> {
        let record = self.draft(choice)?.record();
        let summary = format!(
            "{} {} {} by {}",
            choice.kind, choice.subject, choice.version, choice.by.name
        );
        self.write(&summary, choice.by, |tree| tree.put_record(&record))
    }

    /// A decision whose landing also takes the files away.
    fn retire(&mut self, choice: &Choice) -> Result<(), DemoError> {
        let record = self.draft(choice)?.record();
        let path = self
            .history
            .tree()
            .package_path(choice.subject)
            .ok_or_else(|| DemoError::NoSubject(choice.subject.to_owned()))?;
        let summary = format!(
            "{} {} {} and remove it",
            choice.kind, choice.subject, choice.version
        );
        self.write(&summary, choice.by, |tree| {
            tree.remove(&path);
            tree.put_record(&record);
        })
    }

    fn draft(&self, choice: &Choice) -> Result<DecisionDraft, DemoError> {
        Ok(self
            .history
            .draft(choice.kind, choice.by, choice.subject, choice.version)?
            .reason(choice.reason))
    }
}

/// A decision about a version, with the digest that the tree has for it.
struct Choice<'a> {
    by: &'a Person,
    kind: DecisionKind,
    subject: &'a str,
    version: &'a str,
    reason: &'a str,
}

impl<'a> Choice<'a> {
    const fn new(
        by: &'a Person,
        kind: DecisionKind,
        subject: &'a str,
        version: &'a str,
        reason: &'a str,
    ) -> Self {
        Self {
            by,
            kind,
            subject,
            version,
            reason,
        }
    }
}
