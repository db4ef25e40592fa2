//! Fuzzes what the replay keeps under the Git directory.
#![no_main]

#[path = "../../tests/properties/cached.rs"]
#[allow(dead_code, reason = "the property tests use the rest")]
mod cached;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for name in cached::NAMES {
        cached::view(name, bytes);
    }
});
