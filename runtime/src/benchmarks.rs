//! Which pallets `ergon-node benchmark` and `scripts/weights.sh` measure.
//!
//! The market's benchmarks are here and not in its pallets, because a weight is of all that happens behind a call: only the
//! runtime knows who that is, and no pallet may name another.

use crate::{AllPalletsWithSystem, Runtime};
use alloc::{string::String, vec::Vec};
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{StorageInfo, StorageInfoTrait, TrackedStorageKey, WhitelistedStorageKeys};
use frame_system_benchmarking::{extensions::Pallet as SystemExtensionsBench, Pallet as SystemBench};

mod attestation;
mod jobs;
mod providers;
mod rewards;
mod scene;

frame_benchmarking::define_benchmarks!(
	[pallet_providers, ProvidersBench::<Runtime>]
	[pallet_jobs, JobsBench::<Runtime>]
	[pallet_attestation, AttestationBench::<Runtime>]
	[pallet_rewards, RewardsBench::<Runtime>]
	[frame_benchmarking, BaselineBench::<Runtime>]
	[frame_system, SystemBench::<Runtime>]
	[frame_system_extensions, SystemExtensionsBench::<Runtime>]
	[pallet_timestamp, crate::Timestamp]
	[pallet_balances, crate::Balances]
	[pallet_transaction_payment, crate::TransactionPayment]
	[pallet_utility, crate::Utility]
	[pallet_multisig, crate::Multisig]
	[pallet_proxy, crate::Proxy]
	[pallet_sudo, crate::Sudo]
	[pallet_parameters, crate::Parameters]
);

use attestation::Pallet as AttestationBench;
use frame_benchmarking::baseline::Pallet as BaselineBench;
use jobs::Pallet as JobsBench;
use providers::Pallet as ProvidersBench;
use rewards::Pallet as RewardsBench;

impl frame_system_benchmarking::Config for Runtime {}
impl frame_benchmarking::baseline::Config for Runtime {}
impl pallet_transaction_payment::BenchmarkConfig for Runtime {}

/// The benchmarks there are.
pub fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
	use frame_benchmarking::BenchmarkList;
	let mut list = Vec::<BenchmarkList>::new();
	list_benchmarks!(list, extra);
	(list, AllPalletsWithSystem::storage_info())
}

/// Runs one.
pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
	let whitelist: Vec<TrackedStorageKey> = AllPalletsWithSystem::whitelisted_storage_keys();
	let mut batches = Vec::<BenchmarkBatch>::new();
	let params = (&config, &whitelist);
	add_benchmarks!(params, batches);
	Ok(batches)
}
