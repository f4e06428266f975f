//! The client against simulated peers, by tokio's paused clock: an hour costs nothing.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod fetch;
mod others;
mod world;
