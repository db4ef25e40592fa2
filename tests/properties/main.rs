//! What holds for every history and every input: the lifecycle against a reference model,
//! monotonicity, digests, and decoders that never panic.

#![allow(
    clippy::items_after_statements,
    reason = "the reference model keeps its words beside their one use"
)]

mod additions;
mod agreement;
mod cached;
mod caches;
mod chance;
mod decode;
mod decoders;
mod driver;
mod evidence;
mod history;
mod manifests;
mod monotone;
mod reference;
mod seating;
