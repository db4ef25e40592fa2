//! A cache that was changed on purpose, its digest made to fit, never stops a view. `fuzz/` does
//! the same for longer.

use proptest::collection::vec;
use proptest::prelude::*;

use super::cached::{NAMES, kept, view};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_cache_never_stops_a_view(
        name in prop::sample::select(&NAMES[..]),
        edits in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..4),
    ) {
        let mut bytes = kept(name);
        for (at, byte, how) in edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                _ => bytes[at] ^= 1 << (byte % 8),
            }
        }
        view(name, &bytes);
    }
}

#[test]
fn what_the_tool_keeps_is_what_it_finds_anew() {
    for name in NAMES {
        let cold = view(name, b"");
        assert_eq!(view(name, &kept(name)), cold);
        let grown = [kept(name), vec![0]].concat();
        assert_eq!(
            view(name, &grown),
            cold,
            "with something after it, it is no cache"
        );
    }
}

#[test]
fn a_cache_cut_anywhere_is_none() {
    for name in NAMES {
        let (kept, cold) = (kept(name), view(name, b""));
        for length in (0..kept.len()).step_by(kept.len() / 97) {
            assert_eq!(view(name, &kept[..length]), cold, "cut to {length}");
        }
    }
}

/// Objects are named by a length byte and twenty more.
#[test]
fn a_cache_that_names_objects_which_are_not_there_never_stops_a_view() {
    for name in NAMES {
        let kept = kept(name);
        for at in (0..kept.len().saturating_sub(20)).filter(|at| kept[*at] == 20) {
            let mut bytes = kept.clone();
            bytes[at + 1..at + 21].fill(0x11);
            view(name, &bytes);
            // The last package at another risk, so that its documents are read again.
            let risk = bytes.len() - 3;
            bytes[risk] ^= 1;
            view(name, &bytes);
        }
    }
}
