//! The list of attacks, one module for each of its sections.

mod binding;
mod content;
mod history;
mod keys;
mod output;
mod policy;
