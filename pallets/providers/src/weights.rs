//! What the calls cost.

use frame_support::weights::Weight;

/// What the calls cost: each with everything that happens behind it, in other pallets, too.
pub trait WeightInfo {
	/// `register`
	fn register() -> Weight;
	/// `update`
	fn update() -> Weight;
	/// `bond_more`
	fn bond_more() -> Weight;
	/// `unbond`
	fn unbond() -> Weight;
	/// `withdraw`
	fn withdraw() -> Weight;
	/// `pause`
	fn pause() -> Weight;
	/// `resume`, by a worker and with the look whether it is free
	fn resume() -> Weight;
	/// `deregister`
	fn deregister() -> Weight;
	/// `set_worker`
	fn set_worker() -> Weight;
	/// `set_operator`
	fn set_operator() -> Weight;
	/// `confirm_operator`
	fn confirm_operator() -> Weight;
}
