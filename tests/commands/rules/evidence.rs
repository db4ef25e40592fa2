//! Rules about signatures, keys, and commits as evidence.

use countersign::demo::policy::ssh_key;
use countersign::demo::{DecisionDraft, Person, PolicyDraft, Record};
use countersign::model::{DecisionKind, ObjectId, RuleId};

use crate::rules::{Case, Scene, approval, check};
use countersign_testkit::adoption::{adopt_by_both, approve_signed, set_keys, waiting_for_bob};
use countersign_testkit::gpg::{BIRTH, Gpg, at};
use countersign_testkit::{Repo, commits_count};

pub const CASES: &[Case] = &[
    (RuleId::EvidenceMissing, evidence_missing),
    (RuleId::EvidenceNotAccepted, evidence_not_accepted),
    (RuleId::WrongNamespace, wrong_namespace),
    (
        RuleId::DetachedSignatureUnreadable,
        detached_signature_unreadable,
    ),
    (RuleId::SignatureInvalid, signature_invalid),
    (RuleId::KeyUnknown, key_unknown),
    (RuleId::KeyMismatch, key_mismatch),
    (RuleId::KeyWeak, key_weak),
    (RuleId::KeyExpired, key_expired),
    (RuleId::KeyRevoked, key_revoked),
    (RuleId::KeyCompromised, key_compromised),
    (RuleId::CommitEvidenceRefused, commit_evidence_refused),
    (
        RuleId::CommitSignatureNotCanonical,
        commit_signature_not_canonical,
    ),
    (RuleId::UnsignedLanding, unsigned_landing),
];

fn evidence_missing(broken: bool) -> Scene {
    approval(broken, DecisionDraft::unsigned)
}

fn wrong_namespace(broken: bool) -> Scene {
    approval(broken, |draft| draft.signed_in(&Person::new("bob"), "git"))
}

fn detached_signature_unreadable(broken: bool) -> Scene {
    approval(broken, |draft| draft.sealed("sig", b"Bob, by hand\n"))
}

fn signature_invalid(broken: bool) -> Scene {
    let of_other_bytes = Person::new("bob").sign("countersign", b"other bytes");
    approval(broken, |draft| {
        draft.sealed("sig", of_other_bytes.as_bytes())
    })
}

fn key_unknown(broken: bool) -> Scene {
    approval(broken, |draft| draft.signed_by(&Person::new("mallory")))
}

fn key_mismatch(broken: bool) -> Scene {
    approval(broken, |draft| draft.signed_by(&Person::new("carol")))
}

/// `skill/pdf` 1.0.0, and Bob's unsigned approval of it in a signed commit that may do something
/// else, too.
fn by_commit(policy: impl FnOnce(PolicyDraft) -> PolicyDraft, also: bool) -> Scene {
    let mut repo = Repo::team_with(policy, |_| ());
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .unsigned()
        .record();
    repo.commit(bob.signed(), "Approve", |tree| {
        tree.put_record(&record);
        if also {
            tree.put("docs/guide.md", "Guide\n");
        }
    })?;
    check(&repo)
}

fn evidence_not_accepted(broken: bool) -> Scene {
    by_commit(
        |policy| {
            if broken {
                policy
            } else {
                commits_count(policy)
            }
        },
        false,
    )
}

fn commit_evidence_refused(broken: bool) -> Scene {
    by_commit(commits_count, broken)
}

const USER: &str = "bob@acme.example";
const CERTIFICATE: &str = "keys/bob.asc";

/// `skill/pdf` 1.0.0 waiting for Bob, whose certificate is this one.
fn waiting(certificate: &[u8]) -> Result<Repo, countersign::demo::DemoError> {
    waiting_for_bob(&[format!("{{openpgp: {CERTIFICATE}}}")], |tree| {
        tree.put(CERTIFICATE, certificate);
    })
}

fn key_weak(broken: bool) -> Scene {
    let gpg = Gpg::new();
    gpg.generate(USER, "rsa2048", "sign", "0", BIRTH);
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    let hash = if broken { "SHA1" } else { "SHA256" };
    approve_signed(&mut repo, "asc", |repo, message| {
        gpg.sign(USER, &at(repo.now()), &["--digest-algo", hash], message)
    })?;
    check(&repo)
}

fn key_expired(broken: bool) -> Scene {
    let gpg = Gpg::new();
    // It ends before the history begins, or with the year; Bob extends his own copy to sign all
    // the same.
    let fingerprint = gpg.generate(
        USER,
        "ed25519",
        "sign",
        if broken {
            "20260103T000000"
        } else {
            "20261231T000000"
        },
        BIRTH,
    );
    let certificate = gpg.export_minimal(USER);
    gpg.expire(&fingerprint, "5y", "20260102T000000!");
    let mut repo = waiting(&certificate)?;
    approve_signed(&mut repo, "asc", |repo, message| {
        gpg.sign(USER, &at(repo.now()), &[], message)
    })?;
    check(&repo)
}

fn key_revoked(broken: bool) -> Scene {
    let gpg = Gpg::new();
    let fingerprint = gpg.signing_key(USER);
    // What is signed does not depend on the certificate, which is revoked afterwards.
    let mut dry_run = waiting(&gpg.export_minimal(USER))?;
    let time = at(dry_run.now());
    let (record, _): (Record, ObjectId) =
        approve_signed(&mut dry_run, "asc", |_, message| message.to_vec())?;
    let signature = gpg.sign(USER, &time, &[], &record.bytes);
    if broken {
        gpg.revoke(&fingerprint, 1, "20260301T000000!");
    }
    let mut repo = waiting(&gpg.export_minimal(USER))?;
    approve_signed(&mut repo, "asc", |_, _| signature)?;
    check(&repo)
}

fn key_compromised(broken: bool) -> Scene {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let approved = repo.head();
    let later = repo.commit(&alice, "Write a page", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    let since = if broken { approved } else { later };
    let next = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|next| {
            set_keys(
                next,
                "bob",
                &[ssh_key(&bob.clone().with_key_of("bob at home"))],
            );
        })
        .line(&format!(
            "compromised: [{{key: \"{}\", since: {since}}}]",
            bob.fingerprint()
        ));
    adopt_by_both(&mut repo, &next)?;
    check(&repo)
}

/// A landing under a policy that asks for signed commits, by Alice: signed, unsigned, or with one
/// header more.
fn signed_commits(signed: bool, header: bool) -> Scene {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    let policy = repo.team_policy().line("signed_commits: all");
    repo.commit(alice.signed(), "Govern this repository", |tree| {
        tree.put_policy(&policy);
    })?;
    let by = if signed {
        alice.signed()
    } else {
        (&alice).into()
    };
    let by = if header {
        by.header("gpgsig-other", "x")
    } else {
        by
    };
    repo.commit(by, "Write a page", |tree| tree.put("README.md", "Hello.\n"))?;
    check(&repo)
}

fn commit_signature_not_canonical(broken: bool) -> Scene {
    signed_commits(true, broken)
}

fn unsigned_landing(broken: bool) -> Scene {
    signed_commits(!broken, false)
}
