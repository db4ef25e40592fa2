//! What holds for every history and every input: the lifecycle against a reference model, monotonicity, digests, and decoders that never panic.

#[path = "../support/mod.rs"]
mod support;

mod agreement;
mod chance;
mod decode;
mod decoders;
mod driver;
mod evidence;
mod history;
mod manifests;
mod monotone;
mod reference;
