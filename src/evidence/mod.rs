//! Proofs without policy, and their attribution to principals under one.

pub mod roster;
