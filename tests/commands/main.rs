//! What the commands do, on real repositories.

mod action;
mod attributes;
mod audit;
mod audit_exports;
mod branches;
mod cache;
mod cli_checksum;
mod cli_demo;
mod cli_policy;
mod cli_show;
mod completion;
mod decision_output;
mod decisions;
mod demo_builder;
mod eligible;
#[cfg(feature = "github")]
mod forge_github;
mod init;
mod listing;
mod log;
mod one_state;
mod pages;
mod places;
mod preview;
mod remedies;
mod repository_formats;
mod reviews;
mod revisions;
mod rules;
mod signatures_git;
mod skills_ref;
mod staged;
mod suggest;
mod uncommitted;
mod user_keys;
mod verbose;
