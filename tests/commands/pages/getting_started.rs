//! `docs/getting-started.md`, typed by someone on an empty laptop, with a forge and its program
//! `gh` made for this test.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use countersign::demo::Person;
use countersign_testkit::TestResult;
use serde_json::json;

use super::{Reader, page};
use crate::reviews::server::Server;

/// GitHub, on which Ann and Dora have accounts and Dora has a signing key.
fn github() -> Server {
    let server = Server::silent();
    let key = Person::new("dora").public_line();
    let account = |id: u64, login: &str| json!({"id": id, "login": login, "type": "User"});
    server.get("/user", &account(1, "ann"));
    for (id, login, keys) in [
        (1, "ann", json!([])),
        (2, "dora", json!([{"key": key.trim()}])),
    ] {
        server.get(&format!("/users/{login}"), &account(id, login));
        server.get(&format!("/users/{login}/gpg_keys"), &json!([]));
        server.get(&format!("/users/{login}/ssh_signing_keys"), &keys);
    }
    server
}

/// `gh`, as far as the page needs it; what it sets is in the file `variables` in the home.
const GH: &str = r#"#!/bin/sh
case "$1 $2" in
  "auth token") echo worthless ;;
  "variable set") echo "$3 $5" >> "$HOME/variables" ;;
  *) exit 1 ;;
esac
"#;

#[test]
fn leads_from_an_empty_laptop_to_a_required_check() -> TestResult {
    let server = github();
    let mut reader = Reader::new();
    reader.has("GITHUB_API_URL", &server.address());
    for (name, text) in [("gh", GH), ("askpass", "#!/bin/sh\necho a passphrase\n")] {
        let path = reader.program(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    let askpass = reader.program("askpass").display().to_string();
    reader.has("SSH_ASKPASS", &askpass);
    let blocks = page("docs/getting-started.md");
    let printed = reader.follows(&blocks);
    let last = printed.last().ok_or("it ends with a red check")?;
    assert!(last.stdout.contains("needs dora"), "{last}");
    let anchor = fs::read_to_string(reader.home().join("variables"))?;
    let first = printed
        .iter()
        .find(|output| output.stdout.contains("--anchor"));
    let first = first.ok_or("`check` prints where governance starts")?;
    let anchor = anchor
        .trim()
        .strip_prefix("COUNTERSIGN_ANCHOR ")
        .ok_or("set")?;
    assert!(first.stdout.contains(anchor), "{first}");
    Ok(())
}
