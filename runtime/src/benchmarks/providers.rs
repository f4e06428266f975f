//! The calls of the providers pallet, among ten thousand providers.

use super::scene::*;
use crate::{Providers, Runtime, RuntimeCall, System, UNIT};
use core::marker::PhantomData;
use ergon_primitives::{provider::Operator, Price, ProviderStatus};
use frame_benchmarking::v2::*;
use frame_support::dispatch::CheckIfFeeless;
use sp_runtime::traits::Dispatchable;

/// Runs them.
pub struct Pallet<T>(PhantomData<T>);

/// For the runtime.
pub trait Config: frame_system::Config {}
impl Config for Runtime {}

#[benchmarks]
mod benches {
	use super::*;

	#[benchmark]
	fn register() -> Result<(), BenchmarkError> {
		begin()?;
		crowd(CROWD, ASK);
		let stash = rich("stash", 0)?;
		#[block]
		{
			Providers::register(signed(&stash), BOND, who("worker", 0), info(2, ASK))?;
		}
		Ok(())
	}

	/// It has no free slot any more: it leaves the index.
	#[benchmark]
	fn update() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::in_front(128, 64)?;
		#[block]
		{
			Providers::update(signed(&machine.stash), info(64, Price(1)))?;
		}
		assert_eq!(pallet_providers::AvailableCount::<Runtime>::get(), CROWD);
		Ok(())
	}

	#[benchmark]
	fn bond_more() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::in_front(128, 64)?;
		#[block]
		{
			Providers::bond_more(signed(&machine.stash), UNIT)?;
		}
		Ok(())
	}

	#[benchmark]
	fn unbond() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::in_front(128, 64)?;
		#[block]
		{
			Providers::unbond(signed(&machine.stash), UNIT)?;
		}
		Ok(())
	}

	#[benchmark]
	fn withdraw() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::in_front(128, 64)?;
		Providers::unbond(signed(&machine.stash), UNIT)?;
		System::set_block_number(100_000_000);
		#[block]
		{
			Providers::withdraw(signed(&machine.stash))?;
		}
		Ok(())
	}

	#[benchmark]
	fn pause() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::in_front(128, 64)?;
		#[block]
		{
			Providers::pause(signed(&machine.stash))?;
		}
		Ok(())
	}

	#[benchmark]
	fn resume() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::in_front(128, 64)?;
		Providers::pause(signed(&machine.stash))?;
		pallet_providers::Providers::<Runtime>::mutate(&machine.stash, |record| {
			record.as_mut().map(|record| record.status = ProviderStatus::Suspended { until: NOW })
		});
		let call = RuntimeCall::from(pallet_providers::Call::resume {});
		let origin = signed(&machine.worker);
		#[block]
		{
			assert!(call.is_feeless(&origin));
			call.dispatch(origin)?;
		}
		Ok(())
	}

	/// With something unbonding, from the front of the index, with a record of payments.
	#[benchmark]
	fn deregister() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::in_front(128, 0)?;
		Providers::unbond(signed(&machine.stash), UNIT)?;
		#[block]
		{
			Providers::deregister(signed(&machine.stash))?;
		}
		Ok(())
	}

	#[benchmark]
	fn set_worker() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::in_front(128, 64)?;
		#[block]
		{
			Providers::set_worker(signed(&machine.stash), who("another worker", 0))?;
		}
		Ok(())
	}

	#[benchmark]
	fn set_operator() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::in_front(128, 64)?;
		#[block]
		{
			Providers::set_operator(signed(&machine.stash), Some(who("operator", 0)))?;
		}
		Ok(())
	}

	#[benchmark]
	fn confirm_operator() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::in_front(128, 64)?;
		Providers::set_operator(signed(&machine.stash), Some(who("operator", 0)))?;
		#[block]
		{
			Providers::confirm_operator(signed(&who("operator", 0)), machine.stash.clone())?;
		}
		let operator =
			pallet_providers::Providers::<Runtime>::get(&machine.stash).map(|record| record.operator);
		assert_eq!(operator, Some(Operator::Of(who("operator", 0))));
		Ok(())
	}
}
