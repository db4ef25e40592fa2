//! The GitHub Action: its steps run as a runner runs them, on real repositories.

mod audit;
mod binary;
mod checkout;
mod definition;
mod gate;
mod wrkflw;
