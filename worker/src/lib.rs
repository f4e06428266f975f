//! The provider's worker: follows its assignments from the chain's state, fetches, runs, uploads, commits, reveals.
//!
//! | module | what |
//! |---|---|
//! | [`chain`] | the chain as the worker needs it, and the one behind a node |
//! | [`plan`] | what is to be done now: a pure function of state, journal and running work |
//! | [`keep`] | where results are kept, before their reveal and after it |
//! | [`journal`] | what was promised, on disk before it is promised |
//! | [`pipeline`] | from a duty to a claim: fetch, execute, upload |
//! | [`sandbox`] | child processes in which programs are compiled and run |
//! | [`rest`] | when a suspended provider takes work again |
//! | [`worker`] | the loop that ties them together |
//! | [`random`], [`metrics`], [`benchmark`], [`cli`] | salts, what can be watched, this machine's speed, the command line |
//!
//! A result is committed to only when it, and the salt that hides it, are in the journal. So `kill -9` at any moment
//! followed by a restart neither loses a shard nor commits to two different things: the next look at the state and the
//! journal tells the next step.

#![cfg_attr(test, allow(clippy::unwrap_used))] // A failed step is a failed test.

pub mod backoff;
pub mod benchmark;
pub mod chain;
pub mod cli;
pub mod duty;
pub mod journal;
pub mod keep;
pub mod metrics;
pub mod pipeline;
pub mod plan;
pub mod random;
pub mod rest;
pub mod sandbox;
pub mod worker;
