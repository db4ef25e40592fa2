//! `docs/incidents.md`, each section in a fresh copy of the demo.

use std::fs;

use countersign_testkit::{Output, TestResult};

use super::{Block, Reader, page, section};

/// A reader in a fresh copy of the demo, and the blocks under `heading`.
fn incident(heading: &str) -> (Reader, Vec<Block>) {
    let page = page("docs/incidents.md");
    let mut reader = Reader::new();
    reader.follows(section(&page, ""));
    let blocks = section(&page, heading).into_iter().cloned().collect();
    (reader, blocks)
}

/// The state of a version, by what `countersign status` prints at the end.
fn status(reader: &mut Reader, options: &str) -> serde_json::Value {
    let command = format!("countersign status --format json {options}");
    reader.types(&Block::sh(&command)).json()
}

fn state(status: &serde_json::Value, subject: &str) -> String {
    let all = status["subjects"].as_array().expect("a list");
    let found = all.iter().find(|one| one["subject"] == subject);
    found.map_or_else(String::new, |one| {
        format!(
            "{} {}",
            one["version"].as_str().unwrap_or("?"),
            one["state"].as_str().unwrap_or("?")
        )
    })
}

#[test]
fn a_stolen_key_is_stopped_replaced_and_voided() -> TestResult {
    let (mut reader, mut blocks) = incident("A key was stolen");
    let (first, rest) = blocks.split_at_mut(2);
    reader.follows(first.iter());
    let suspended = status(&mut reader, "");
    assert_eq!(suspended["suspended"], serde_json::json!(["bob"]));
    reader.follows([&rest[0]]);
    // The reader pastes the line of the new key.
    let line = fs::read_to_string(reader.place().join("../bob-new.pub"))?;
    for block in rest.iter_mut() {
        block.text = block.text.replace("ssh-ed25519 AAAA… bob", line.trim_end());
    }
    let printed = reader.follows(rest[1..].iter());
    let last: &Output = printed.last().ok_or("it ends with `check`")?;
    assert!(last.stdout.contains("warning key-compromised"), "{last}");
    assert!(!last.stdout.contains("\nerror "), "{last}");
    let after = status(&mut reader, "");
    assert_eq!(after["policy_serial"], 2);
    assert_eq!(after["suspended"], serde_json::json!([]));
    assert_eq!(after["policy"]["pending"], serde_json::Value::Null);
    assert_eq!(state(&after, "skill/payments-refund"), "1.1.0 draft");
    assert_eq!(state(&after, "agent/helper"), "2.0.0 approved");
    Ok(())
}

#[test]
fn a_colleague_who_leaves_decides_nothing_more_and_what_they_approved_stays() -> TestResult {
    let (mut reader, blocks) = incident("A colleague leaves");
    reader.follows(&blocks);
    let after = status(&mut reader, "");
    assert_eq!(after["policy_serial"], 2);
    assert_eq!(state(&after, "agent/helper"), "2.0.0 approved");
    let owners = &after["subjects"][0]["owners"];
    assert_eq!(owners, &serde_json::json!(["alice"]));
    Ok(())
}

#[test]
fn a_wrong_version_is_taken_back_or_stopped() -> TestResult {
    let (mut reader, blocks) = incident("A wrong version is live");
    let before = status(&mut reader, "");
    assert_eq!(state(&before, "agent/helper"), "2.0.0 approved");
    reader.follows(&blocks);
    let after = status(&mut reader, "");
    assert_eq!(state(&after, "agent/helper"), "1.0.0 approved");
    assert_eq!(state(&after, "contract/refunds"), "1.0.0 blocked");
    assert!(!reader.place().join("contracts/refunds.yaml").exists());
    let agent = &after["subjects"].as_array().ok_or("a list")?;
    let agent = agent.iter().find(|one| one["subject"] == "agent/helper");
    let versions = agent.ok_or("it is there")?["versions"].to_string();
    assert!(versions.contains("revoked"), "{versions}");
    Ok(())
}

#[test]
fn governance_starts_again_for_those_who_pin_the_new_anchor() -> TestResult {
    let (mut reader, blocks) = incident("The administrators are lost");
    let printed = reader.follows(&blocks);
    let [old, refused, accepted, removed] = printed.as_slice() else {
        return Err("four blocks are typed".into());
    };
    assert!(
        blocks
            .iter()
            .any(|block| block.text.contains(old.stdout.trim_end())),
        "the page names the last landing of the demo\n{old}"
    );
    assert!(refused.stdout.contains("error policy-restart"), "{refused}");
    assert!(!accepted.stdout.contains("\nerror "), "{accepted}");
    assert_eq!(removed.stdout, "", "the demo removes no record");
    let anchor = accepted.stdout.lines().next().ok_or("the new anchor")?;
    let after = status(&mut reader, &format!("--anchor {anchor}"));
    assert_eq!(after["policy_serial"], 2);
    let before = status(&mut reader, "");
    assert_eq!(before["policy_serial"], 1);
    Ok(())
}
