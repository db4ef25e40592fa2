//! wip
mod codeowners;
mod entries;
mod inventory;
mod remote;
