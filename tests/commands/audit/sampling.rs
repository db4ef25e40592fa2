//! The draw is the same for everyone, and anyone can repeat it.

use sha2::{Digest as _, Sha256};

use serde_json::Value;

use super::{Demo, list, text};

#[test]
fn a_sample_is_drawn_as_documented() {
    let demo = Demo::build();
    let report = demo.audit(&[]);
    let ids: Vec<&str> = list(&report["changes"])
        .iter()
        .filter_map(|packet| packet["id"].as_str())
        .collect();
    for seed in ["dice 4 2 6", "", "=1+1"] {
        let mut wanted = ids.clone();
        wanted.sort_by_key(|id| Sha256::digest(format!("{seed}\0{id}")).to_vec());
        let sample = demo
            .run(&[
                "audit", "sample", "--n", "5", "--seed", seed, "--format", "json",
            ])
            .exits(0)
            .json();
        let drawn: Vec<&str> = list(&sample["packets"])
            .iter()
            .filter_map(|packet| packet["id"].as_str())
            .collect();
        assert_eq!(drawn, wanted[..5], "{seed}");
        assert_eq!(sample["population"], ids.len());
        for packet in list(&sample["packets"]) {
            assert!(
                list(&report["changes"]).contains(packet),
                "a full packet, as in the report"
            );
        }
    }
    let all = demo
        .run(&[
            "audit", "sample", "--n", "1000", "--seed", "x", "--format", "json",
        ])
        .exits(0)
        .json();
    assert_eq!(list(&all["packets"]).len(), ids.len());
    let out = demo.home.path().join("drawn");
    demo.run_in(
        &demo.path,
        &[
            "audit",
            "sample",
            "--n",
            "3",
            "--seed",
            "x",
            "--out",
            text(&out),
        ],
        false,
    )
    .exits(0);
    let drawn: Value =
        serde_json::from_slice(&std::fs::read(out.join("sample.json")).expect("it was written"))
            .expect("JSON");
    assert_eq!(list(&drawn["packets"]).len(), 3);
    for packet in list(&drawn["packets"]) {
        let id = packet["id"].as_str().unwrap_or_default();
        let alone =
            std::fs::read(out.join(format!("packets/{id}.json"))).expect("a file of its own");
        assert_eq!(
            *packet,
            serde_json::from_slice::<Value>(&alone).expect("JSON")
        );
        let page = std::fs::read_to_string(out.join(format!("packets/{id}.md")))
            .expect("a page of its own");
        assert!(
            page.contains("# Audit of") && page.contains("\n### ") && page.contains("\n## Log\n"),
            "{page}"
        );
    }
    let shown = demo
        .run(&["audit", "sample", "--n", "2", "--seed", "x"])
        .exits(0)
        .stdout;
    assert_eq!(shown.matches("\n### ").count(), 2);
}
