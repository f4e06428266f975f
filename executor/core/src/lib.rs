//! What running a task means: one definition, and no engine.
//!
//! Replicas are compared by hash, so everything that decides a task's outcome stands here once, `no_std` and free of
//! I/O, and an engine only carries it out:
//! - [`admission`]: which modules are run at all; [`instrument`]: what is written into them;
//! - [`host`]: what a running program sees of the world, WASI preview 1 over a closed room;
//! - [`outcome`]: how a task can end; [`refusal`]: why a module is not run;
//! - [`engine`]: what an engine is asked for, and what it may answer;
//! - [`inspect`]: what a module consists of, for people;
//! - [`manifest`], [`merkle`], [`claim()`]: inputs of many tasks, and one digest over many outcomes.
//!
//! The book's page "Execution" says the rules in prose.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod admission;
pub mod engine;
pub mod host;
pub mod inspect;
pub mod instrument;
pub mod manifest;
pub mod merkle;
pub mod outcome;
pub mod refusal;

mod claim;

pub use admission::{admit, admit_library, Admitted, Rejected};
pub use claim::claim;
pub use engine::{Engine, Execution, LocalFault, Prepared, TaskContext};
pub use inspect::{inspect, Inspection};
pub use manifest::{encode_manifest, manifest_entry};
pub use outcome::{Outcome, TrapKind};
pub use refusal::Refusal;
