//! What the neighbours and the workers would notice, one file for each call, hook and door.
#![allow(clippy::unwrap_used)] // A test that cannot go on should stop.

mod adversary;
mod agenda;
mod alone;
mod check_duty;
mod commit;
mod copying;
mod count;
mod door;
mod invariants;
mod machine;
mod referee;
mod reveal;
mod stakes;
mod weight;
mod world;
