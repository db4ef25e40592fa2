//! Agent tooling on a machine: what is there, and what a ledger says about its bytes.
//!
//! **Owns** the inventory: the search through the places of the catalog in `countersign-harness`,
//! the items that it finds there, and their standing in the ledger of a governed repository.
//!
//! **Must not** start a program, open a connection, follow a link, or read the clock or the
//! environment: the caller says where the home folder is and which variables move it. It only
//! reads; files are opened only where they are regular, and read up to a limit.
//!
//! **Start reading** at [`inventory::take`].

pub mod inventory;
