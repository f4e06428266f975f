//! What the end of a block costs the rewards pallet.

use super::scene::*;
use crate::{Balances, Rewards, Runtime, UNIT};
use core::marker::PhantomData;
use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Balanced, Hooks, OnUnbalanced};

/// Runs them.
pub struct Pallet<T>(PhantomData<T>);

/// For the runtime.
pub trait Config: frame_system::Config {}
impl Config for Runtime {}

#[benchmarks]
mod benches {
	use super::*;

	#[benchmark]
	fn divide() -> Result<(), BenchmarkError> {
		begin()?;
		pallet_rewards::ProtocolFees::<Runtime>::on_unbalanced(Balances::issue(UNIT));
		#[block]
		{
			Rewards::on_finalize(NOW);
		}
		assert!(!pallet_rewards::Pending::<Runtime>::exists());
		Ok(())
	}
}
