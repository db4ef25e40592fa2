//! Pull-request reviews as evidence: which count, on real repositories and the real binary, with a
//! forge's answers from a file or a server.

#[cfg(feature = "github")]
mod attacks;
mod candidate;
#[cfg(feature = "github")]
mod emulated;
mod landed;
#[cfg(feature = "github")]
mod live;
#[cfg(feature = "github")]
mod logged;
mod proposed;
#[cfg(feature = "github")]
mod queue;
mod recorded;
#[cfg(feature = "github")]
mod saved;
#[cfg(feature = "github")]
pub mod server;
