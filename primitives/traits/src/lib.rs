//! The doors between the pallets of the market. No pallet names another; each asks for one of these traits in its
//! configuration, and the runtime says who stands behind it. Every trait has an implementation for `()` that does
//! nothing, for a runtime or a mock without that room.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod attestation;
mod providers;
mod referee;
mod rewards;
mod shards;

pub use attestation::{Attestation, Decision};
pub use providers::{Discharge, Ended, Offer, Providers};
pub use referee::Referee;
pub use rewards::Payouts;
pub use shards::{Closing, Payee, Shards};
