//! Lets a genesis preset decide parameters.
//!
//! `pallet-parameters` has no genesis configuration of its own. This one has nothing else: no storage, no calls. It is
//! how the same WebAssembly runs one-second blocks on a development chain and three-second blocks elsewhere.

pub use pallet::*;

#[frame_support::pallet]
pub mod pallet {
	use crate::parameters::{
		defaults,
		dynamic::{market, timing},
		Periods, RuntimeParameters,
	};
	use ergon_primitives::BlockNumber;
	use frame_support::{pallet_prelude::*, traits::dynamic_params::AggregatedKeyValue};

	#[pallet::config]
	pub trait Config:
		frame_system::Config + pallet_parameters::Config<RuntimeParameters = RuntimeParameters>
	{
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// What a preset may decide; whatever it leaves out is as in [`defaults`].
	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// Milliseconds between blocks; even, and at least 100. Cannot be changed later.
		pub slot_millis: u64,
		/// Blocks in an epoch. Cannot be changed later.
		pub epoch_blocks: u64,
		/// How long a finished job's results stay in state, in blocks.
		pub retention: BlockNumber,
		#[serde(skip)]
		#[doc(hidden)]
		pub _config: PhantomData<T>,
	}

	impl<T: Config> Default for GenesisConfig<T> {
		fn default() -> Self {
			Self {
				slot_millis: defaults::SLOT_MILLIS,
				epoch_blocks: defaults::EPOCH_BLOCKS,
				retention: defaults::PERIODS.retention,
				_config: PhantomData,
			}
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			assert!(
				self.slot_millis >= 100 && self.slot_millis.is_multiple_of(2),
				"initialParameters.slotMillis must be even and at least 100"
			);
			assert!(self.epoch_blocks >= 10, "initialParameters.epochBlocks must be at least 10");
			let periods = Periods { retention: self.retention, ..defaults::PERIODS };
			let parameters: [RuntimeParameters; 3] = [
				RuntimeParameters::Timing((timing::SlotMillis, self.slot_millis).into()),
				RuntimeParameters::Timing((timing::EpochBlocks, self.epoch_blocks).into()),
				RuntimeParameters::Market((market::Steps, periods).into()),
			];
			for parameter in parameters {
				let (key, value) = parameter.into_parts();
				pallet_parameters::Parameters::<T>::set(key, value);
			}
		}
	}
}
