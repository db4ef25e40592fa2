//! Tests of the people that a policy names: names, teams, accounts, addresses and keys.

use super::{accepted, more, refused, with};

#[test]
fn names_are_well_formed_and_in_one_namespace() {
    refused(
        &with(
            "ann: {keys: [{ssh: k}]}",
            "ann: {keys: [{ssh: k}]}\n  Bob: {}",
        ),
        "Bob",
        "`Bob` is not a principal or team name",
    );
    refused(
        &with(
            "ann: {keys: [{ssh: k}]}",
            "ann: {keys: [{ssh: k}]}\n  owners: {}",
        ),
        "owners",
        "`owners` is a reserved word",
    );
    refused(
        &more("teams: {all: [ann]}"),
        "all",
        "`all` is a reserved word",
    );
    refused(
        &more("teams: {ann: [ann]}"),
        "ann",
        "`ann` is also a principal",
    );
    refused(
        &with(
            "ann: {keys: [{ssh: k}]}",
            &format!("ann: {{}}\n  {}: {{}}", "a".repeat(40)),
        ),
        &"a".repeat(40),
        "is not a principal",
    );
}

#[test]
fn everyone_who_is_named_is_known() {
    refused(
        &more("teams: {t: [ann, anm]}"),
        "anm",
        "`anm` is not a principal or team: did you mean `ann`?",
    );
    refused(&more("teams: {t: [ann], u: [t]}"), "t", "`t` is a team");
    refused(
        &with("owners: [ann]", "owners: [zoe]"),
        "zoe",
        "`zoe` is not a principal or team",
    );
    refused(
        &with("administrators: [ann]", "administrators: [not-listed]"),
        "not-listed",
        "is not a principal or team",
    );
    refused(
        &with("from: [owners]", "from: [owner]"),
        "owner",
        "did you mean `owners`?",
    );
    refused(
        &with(
            "[ann]}",
            "[ann], operators: [{members: [x1], subjects: ['skill/*']}]}",
        ),
        "x1",
        "`x1` is not a principal or team",
    );
    refused(
        &with(
            "[ann]}",
            "[ann], recorders: [{principal: ann, subjects: ['skill/*']}]}",
        ),
        "ann",
        "`ann` is not a machine",
    );
    refused(
        &with(
            "[ann]}",
            "[ann], recorders: [{principal: bot, subjects: ['skill/*']}]}",
        ),
        "bot",
        "`bot` is not a machine",
    );
}

#[test]
fn one_account_or_address_belongs_to_one_person() {
    let two = |first: &str, second: &str| {
        with(
            "ann: {keys: [{ssh: k}]}",
            &format!("ann: {{{first}}}\n  bob: {{{second}}}"),
        )
    };
    refused(
        &two("emails: [a@b.c]", "emails: [A@B.C]"),
        "A@B.C",
        "the address a@b.c also belongs to `ann`",
    );
    let account = |login: &str, id: u32| {
        format!("accounts: [{{forge: GitHub.com, login: {login}, id: {id}}}]")
    };
    refused(
        &two(&account("a", 1), &account("b", 1)),
        "1",
        "the account 1 on github.com also belongs to `ann`",
    );
    refused(
        &two(&account("a", 1), &account("A", 2)),
        "A",
        "the login a on github.com also belongs to `ann`",
    );
    accepted(&two("emails: [a@b.c, A@b.c]", "emails: [b@b.c]"));
    refused(
        &two("emails: [nonsense]", ""),
        "nonsense",
        "is not an e-mail address",
    );
}

#[test]
fn a_key_is_exactly_one_of_three() {
    let key = |key: &str| {
        with(
            "ann: {keys: [{ssh: k}]}",
            &format!("ann: {{keys: [{key}]}}"),
        )
    };
    accepted(&key("{openpgp: keys/ann.asc}"));
    accepted(&key(
        "{openpgp: \"-----BEGIN PGP PUBLIC KEY BLOCK-----\\n\\nmDME\\n-----END PGP PUBLIC KEY BLOCK-----\\n\"}",
    ));
    refused(&key("{}"), "{}", "exactly one of");
    refused(
        &key("{ssh: a, minisign: b}"),
        "{ssh: a, minisign: b}",
        "exactly one of",
    );
    refused(
        &key("{ssh: a, legacy: true}"),
        "true",
        "`legacy` for a key that is not a minisign key",
    );
    refused(
        &key("{ssh: \"a\\nb\"}"),
        "{ssh: \"a\\nb\"}",
        "several lines",
    );
    refused(
        &key("{openpgp: \"-----BEGIN PGP MESSAGE-----\\n\"}"),
        "\"-----BEGIN PGP MESSAGE-----\\n\"",
        "does not contain a public key",
    );
    for (path, message) in [
        ("../ann.asc", "contains `.` or `..`"),
        ("/etc/passwd", "starts or ends with a slash"),
        (".git/config", "some systems read as `.git`"),
        ("approvals/ann.asc", "the path is in `approvals/`"),
        ("countersign.yaml", "the policy protects itself"),
        (
            "skills/pdf/ann.asc",
            "is in a package of the entry at line 8",
        ),
        ("skills/pdf", "is in a package of the entry at line 8"),
    ] {
        refused(&key(&format!("{{openpgp: {path}}}")), path, message);
        refused(&more(&format!("protect: [{path}]")), path, message);
    }
}

#[test]
fn a_fingerprint_that_can_match_no_key_is_refused() {
    let since = "a".repeat(40);
    for good in [
        &format!("SHA256:{}", "A".repeat(43)),
        &"AB".repeat(20),
        &format!("openpgp:{}", "0A".repeat(20)),
        "minisign:E7620F1842B4E81F",
    ] {
        accepted(&more(&format!(
            "compromised: [{{key: \"{good}\", since: {since}}}]"
        )));
    }
    for bad in ["SHA256:AAAA", "MD5:aa", "abc"] {
        refused(
            &more(&format!(
                "compromised: [{{key: \"{bad}\", since: {since}}}]"
            )),
            &format!("\"{bad}\""),
            "is not a fingerprint",
        );
    }
    refused(
        &more(&format!(
            "compromised: [{{key: \"SHA256:{}\", since: abc}}]",
            "A".repeat(43)
        )),
        "abc",
        "an object id is",
    );
}
