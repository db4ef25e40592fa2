//! Writes valid inputs of every decoder into `fuzz/corpus/<target>/`, for the fuzzer to begin with.

use std::fs;
use std::path::Path;

#[path = "../../tests/properties/decode.rs"]
#[allow(dead_code, reason = "the property tests use the rest")]
mod decode;

fn main() -> std::io::Result<()> {
    for decoder in decode::DECODERS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(decoder);
        fs::create_dir_all(&folder)?;
        for (number, bytes) in decode::seeds(decoder).iter().enumerate() {
            fs::write(folder.join(format!("seed-{number}")), bytes)?;
        }
    }
    Ok(())
}
