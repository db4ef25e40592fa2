//! Pull-request reviews as evidence: which count, on real repositories and the real binary, with a forge's answers from a file or a server.

#[cfg(feature = "github")]
#[path = "../forge_github/emulator.rs"]
mod emulator;
#[allow(dead_code, reason = "each test binary uses its own part of this")]
#[cfg(feature = "github")]
#[path = "../forge_github/front.rs"]
mod front;
#[allow(dead_code, reason = "each test binary uses its own part of this")]
#[path = "../action/runner.rs"]
mod runner;
#[path = "../support/mod.rs"]
mod support;

#[cfg(feature = "github")]
mod attacks;
mod candidate;
#[cfg(feature = "github")]
mod emulated;
mod landed;
#[cfg(feature = "github")]
mod live;
mod proposed;
#[cfg(feature = "github")]
mod queue;
mod recorded;
#[cfg(feature = "github")]
mod saved;
mod scene;
#[cfg(feature = "github")]
mod server;
