//! Later.
use crate::Bench;
use crate::table::Table;
pub fn checksum(_bench: &Bench, _table: &mut Table) {}
