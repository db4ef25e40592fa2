//! The GitHub Action: its steps run as a runner runs them, on real repositories.

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod binary;
mod checkout;
mod gate;
mod runner;
mod wrkflw;
