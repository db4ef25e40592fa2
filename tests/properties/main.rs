//! What holds for every history and every input: the lifecycle against a reference model, monotonicity, digests, and decoders that never panic.

mod agreement;
mod chance;
mod decoders;
mod driver;
mod history;
mod manifests;
mod monotone;
mod reference;
mod repeats;
