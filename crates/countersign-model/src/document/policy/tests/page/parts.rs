//! What `docs/policy.md` says around the tables of fields.

/// A section of the page.
pub struct Part {
    pub title: &'static str,
    pub opening: &'static str,
    pub tables: &'static [Table],
    pub example: &'static str,
    pub closing: &'static str,
}

/// Fields of one definition of the schema.
pub struct Table {
    /// A heading; without one, the table belongs to the part.
    pub title: &'static str,
    /// The definition's name in the schema; empty for the policy itself.
    pub definition: &'static str,
    /// Which of its fields; empty for all.
    pub fields: &'static [&'static str],
    pub notes: &'static str,
}

const fn all(title: &'static str, definition: &'static str, notes: &'static str) -> Table {
    Table {
        title,
        definition,
        fields: &[],
        notes,
    }
}

const fn top(fields: &'static [&'static str]) -> Table {
    Table {
        title: "",
        definition: "",
        fields,
        notes: "",
    }
}

pub const OPENING: &str = "\
# The policy

<!-- Generated from the schema of the policy and from
`crates/countersign-model/src/document/policy/tests/page/parts.rs`; a test keeps it current. -->

`countersign.yaml`, in the root of the repository, says who the people are, what is governed, and
what approving needs. `countersign init` writes the first one;
[examples/policies](../examples/policies) has one for a person and one for two teams.

A change of the policy is judged by the policy before it. After an edit, `countersign policy bump`
writes `serial` and `previous`, `countersign policy diff` shows what the change gives and takes, and
`countersign approve policy --reason …` approves it. `countersign check --worktree` reads the file on
disk and reports every fault at its line.

The examples on this page are one policy. A test reads it with the program, and fails if a field is
missing from the page.

- **Globs.** `*` is any run of characters without a slash, `**` any run, `\\*` a star. Everything else
  matches itself. Quote globs: YAML has a meaning of its own for a `*` at the start.
- **Spans** are a whole number and `d`, `w`, `m` or `y`, such as `90d`.
- **YAML** is read strictly: no duplicate keys, no anchors, no tags, no unknown fields.
";

pub const PARTS: &[Part] = &[
    Part {
        title: "The repository",
        opening: "",
        tables: &[top(&[
            "schema",
            "serial",
            "previous",
            "repository",
            "branch",
            "merge_methods",
        ])],
        example: "\
schema: countersign.policy/v1
serial: 7
previous: sha256:899d3df7425b4baec72405f6d830d15c209d6d1e7b1b9b8dcbd1619f5eee1585
repository: github.com/acme/agent-skills
branch: main
merge_methods: [merge, squash]
",
        closing: "\
Commit evidence counts on a pull request only under `merge_methods: [merge]`: a squash or a rebase
makes new commits, without the signatures of the old ones.
",
    },
    Part {
        title: "People, machines and keys",
        opening: "\
A key counts while the policy in force lists it. A name or an e-mail address never grants anything.
Names of people, machines and teams share one namespace: lower-case letters, digits and hyphens.
",
        tables: &[
            top(&["principals", "teams", "platform_keys", "compromised"]),
            all("A principal", "PrincipalInput", ""),
            all("An account", "AccountInput", "\
`countersign people add @LOGIN` fills in an account with its number and its signing keys. A login can
be given to someone else, a number cannot."),
            all("A key", "KeyInput", "\
- **SSH**: the line in `~/.ssh/id_ed25519.pub`. Ed25519, ECDSA, RSA from 2048 bits, and the `sk-`
  types of hardware keys.
- **OpenPGP**: `gpg --armor --export FINGERPRINT > keys/alice.asc`, and the path. The file is part of
  the policy: changing it is a policy change. Export again after you extend the key: `check` warns at
  its line once a certificate has expired or is revoked.
- **minisign**: the second line of `minisign.pub`.

Git signs commits with an SSH or an OpenPGP key; minisign signs records only.
[signatures.md](signatures.md) says which signatures count. The same key under two people is an
error, whatever its format."),
            all("A stolen key", "CompromisedInput", "\
[incidents.md](incidents.md#a-key-was-stolen) has the steps. `countersign explain principal/NAME`
prints a person's fingerprints."),
        ],
        example: "\
principals:
  alice:
    name: Alice Ng
    kind: person
    accounts: [{forge: github.com, login: alice-ng, id: 583231}]
    emails: [alice@acme.example]
    keys:
      - ssh: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMO9lxnX+nXetOcb4FnTYWgRv1jyhs7oylJnmw/doPiZ
  bob:
    emails: [bob@acme.example]
    keys:
      - openpgp: keys/bob.asc
  carol:
    emails: [carol@acme.example]
    keys:
      - minisign: RWQJ9AHciGebiihu1VX+LURTjHeFRJsfS39qPZfsZVyPwI9U1aMmR6De
        legacy: false
  dave: # an auditor: needs no key
    name: Dave Park
  ci-recorder:
    kind: machine
    keys:
      - ssh: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAh31Q0iOV/Z0UUxTRgBzJRU1bu2e5TWNr6l5xXAAYMP
teams:
  data-platform: [alice, bob]
  security: [carol]
platform_keys:
  - openpgp: keys/github-web-flow.asc
compromised:
  - {key: \"SHA256:vxAvQ7rOTLh4M42Br4QP2LtKL1/pZztUN5/5igFEp7M\", since: 0df91c57a23fbc85a1ac94e9124641c34572b87d}
",
        closing: "",
    },
    Part {
        title: "Roles and scopes",
        opening: "\
Owners come from [the governed paths](#what-is-governed). Roles are for everything else. A scope is a
list of globs over `kind/name`, such as `skill/*`, `*/*` or `skill/payments-*`.
",
        tables: &[
            top(&["roles"]),
            all("The roles", "RolesInput", "\
Administrators, owners, and operators in their scope may lower: block, revoke, deprecate, archive and
roll back. Only administrators change the policy and suspend a person. Whose approval counts is up to
[the approval rules](#what-approving-needs)."),
            all("An operator", "OperatorInput", ""),
            all("A recorder", "RecorderInput", ""),
        ],
        example: "\
roles:
  administrators: [alice, carol]
  operators:
    - {members: [data-platform], subjects: [\"skill/*\", \"prompt/*\"]}
  recorders:
    - {principal: ci-recorder, subjects: [\"skill/*\"]}
  viewers: [dave]
",
        closing: "",
    },
    Part {
        title: "What is governed",
        opening: "\
Each path that an entry matches is one package. Everything that an agent harness would load and no
entry matches is reported as `ungoverned`.
",
        tables: &[
            top(&["subjects", "ignore", "protect", "profile", "limits"]),
            all("An entry", "SubjectInput", "\
If several entries match a path, the owners come from the last, as in CODEOWNERS, and the risk is the
highest of them: `low`, `medium`, `high`, `critical`. A document may raise its own risk, never lower
it. At `high` and `critical`, only `signature` evidence counts, an unknown contributor is an error,
and no exception for co-authors applies.

`drafts: true` lets a SemVer pre-release, such as `0.2.0-rc.1`, be on the branch without approval, at
a path that no approved version ever had and no harness loads."),
            all("Where to install", "InstallInput", ""),
            all("The limits", "LimitsInput", ""),
        ],
        example: "\
subjects:
  - kind: skill
    path: \"skills/*\"
    owners: [data-platform]
    risk: low
    review_every: 90d
    install: {harnesses: [claude-code, codex], scope: project}
  - {kind: skill, path: \"skills/payments-*\", owners: [data-platform], risk: high, required_files: [LICENSE]}
  - {kind: skill, path: \"lab/*\", owners: [data-platform], drafts: true}
  - {kind: skill, path: \"plugins/*/skills/*\", name: \"{1}--{2}\", owners: [bob]}
  - {kind: prompt, path: \"prompts/*.md\", owners: [data-platform]}
  - {kind: setup, path: .claude/settings.json, owners: [data-platform], risk: high}
ignore: [\"tests/fixtures/**\"]
protect: [.github/workflows/countersign.yml]
profile: lenient
limits: {package_files: 2000, package_bytes: 52428800}
",
        closing: "",
    },
    Part {
        title: "What approving needs",
        opening: "\
Every rule that matches a subject must be met. Inside one rule each requirement needs different
people; across rules, one approval serves each. A subject that no rule matches is never approved.
",
        tables: &[
            top(&[
                "approvals",
                "policy_changes",
                "separation_of_duties",
                "co_authors",
                "unapproved",
                "baseline",
                "signed_commits",
            ]),
            all("A rule", "ApprovalInput", "\
If several rules match, evidence must be accepted by all of them, and the shortest expiry applies. An
expired approval makes the version a draft again (`approval-expired`); approve it again before that."),
            all("A requirement", "RequireInput", ""),
            all("A policy change", "PolicyChangesInput", "\
A policy that its administrators could no longer change is reported before it lands
(`administrators-too-few`)."),
        ],
        example: "\
approvals:
  - {subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], accept: [signature, review]}
  - risk: [high, critical]
    require: [{count: 1, from: [owners]}, {count: 1, from: [security]}]
    accept: [signature]
    expire_after: 180d
policy_changes: {count: 2}
separation_of_duties: true
co_authors: recorded
unapproved: wait
baseline: allow
signed_commits: none
",
        closing: "\
What `unapproved` and `baseline` allow shows as a draft. `co_authors: strict` excludes everyone whom a
trailer or a committer line names; [trust rule 5](trust-model.md#5-identity-is-the-key) has the two
exceptions that `recorded` makes.
",
    },
    Part {
        title: "What findings in documents count as",
        opening: "\
A rule about the form of documents can have another level at some paths: because a Skill is for one
harness only, or because a token in it is an example.
",
        tables: &[top(&["rules"]), all("A level", "RuleInput", "\
Where several entries match, the last one applies. `off` leaves the finding out; every entry that
changes something is counted, with its reason, as the note `level-set`, in `check` and in the audit.")],
        example: "\
rules:
  - rule: skill-portability
    paths: [\"lab/**\"]
    level: off
    reason: Only Claude Code loads these.
  - {rule: unversioned, paths: [\"skills/**\"], level: error, reason: Every Skill here declares a version.}
",
        closing: "\
Only the policy in force sets levels: a change is judged at the levels before it. Nothing is lowered
in a package of high or critical risk. Rules that decide who approved which bytes, what a harness
loads, or what an approver can see have one level everywhere, and a policy that names one of them is
not valid.
",
    },
    Part {
        title: "Keeping, and starting again",
        opening: "",
        tables: &[top(&["retention", "restart"]), all("A restart", "RestartInput", "\
[incidents.md](incidents.md#the-administrators-are-lost) has the steps.")],
        example: "\
retention: {decisions: 7y}
restart:
  previous: a662fd5d1686276b43cc5bab809e6cd23fcf9769
  reason: Alice left and the key is gone.
",
        closing: "\
Countersign deletes nothing. `retention` only makes the audit say which `decisions` are missing and
how many are older than that.
",
    },
];
