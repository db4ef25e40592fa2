//! Fuzzes the decoder `settings`.
#![no_main]

#[path = "../../tests/properties/decode.rs"]
#[allow(dead_code, reason = "the property tests use the rest")]
mod decode;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decode::decode("settings", bytes));
