//! How each pallet is configured, by theme.

pub mod consensus;
pub mod market;
pub mod money;
pub mod system;
pub mod utility;
