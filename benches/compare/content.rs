//! Later.
use crate::table::Table;
use crate::Bench;
pub fn checksum(_bench: &Bench, _table: &mut Table) {}
