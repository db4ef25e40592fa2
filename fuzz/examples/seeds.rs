//! Writes valid inputs of every decoder into `fuzz/corpus/<target>/`, for the fuzzer to begin with.

use std::fs;
use std::path::Path;

#[path = "../../tests/properties/decode.rs"]
#[allow(dead_code, reason = "the property tests use the rest")]
mod decode;

#[path = "../../tests/properties/cached.rs"]
#[allow(dead_code, reason = "the property tests use the rest")]
mod cached;

fn main() -> std::io::Result<()> {
    for decoder in decode::DECODERS {
        write(decoder, &decode::seeds(decoder))?;
    }
    write("cache", &cached::NAMES.map(cached::kept))
}

fn write(target: &str, seeds: &[Vec<u8>]) -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    for (number, bytes) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number}")), bytes)?;
    }
    Ok(())
}
