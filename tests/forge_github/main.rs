//! GitHub as the forge layer asks it, against servers on this machine that answer in every good and bad way.
#![cfg(feature = "github")]

mod answers;
mod emulate;
mod emulator;
mod events;
#[allow(dead_code, reason = "each test binary uses its own part of this")]
mod front;
mod hostile;
mod pages;
mod redirections;
mod refusals;
mod scene;
mod writing;
