//! wip
mod codeowners;
mod entries;
mod inventory;
mod people;
mod policy_text;
mod remote;
