//! Isolation: what strangers wrote is compiled and run in child processes that have nothing to lose.
//!
//! A child is this very program, started as `ergon-worker exec`. Before it reads a byte it gives up everything that
//! computing does not need ([`confine`] says what), and then answers requests over its standard input
//! and output ([`wire`]). The worker's key, its journal and the network are the parent's alone. The [`Pool`]
//! keeps children warm, decides who serves what, and is the [`Engine`](ergon_executor_core::Engine) that the pipeline
//! uses; a child that is late, dies or breaks the rules is a [`LocalFault`](ergon_executor_core::LocalFault), never an
//! outcome.
//!
//! | module | what |
//! |---|---|
//! | [`confine`] | what a child gives up |
//! | [`child`] | the child's side |
//! | [`wire`], `frame` | what messages say, and how they travel |
//! | `pipe`, `process` | the parent's side of one child |
//! | `spawner`, `pool`, `verdict` | all children; what is believed of their answers |

mod frame;
mod pipe;
mod pool;
mod process;
mod spawner;
mod verdict;

pub mod child;
pub mod confine;
pub mod wire;

pub use pool::{Pool, Program};
pub use process::Launch;
