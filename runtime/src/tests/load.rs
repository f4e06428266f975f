//! Ten thousand open shards: however many deadlines fall together, no block exceeds its weight, and all are served.

use super::chain::{account, signer, Chain};
use crate::{
	configs::{market::MaxHookWeight, system::RuntimeBlockWeights},
	presets, AccountId, Attestation, Balances, Jobs, Providers, Runtime, RuntimeEvent, RuntimeOrigin, System,
	UNIT,
};
use ergon_primitives::{
	provider::{Region, MAX_SLOTS},
	BlobId, Fuel, Input, JobSpec, Limits, Policy, Price, ProviderInfo, Requirements, Verdict, PROFILE_1,
};
use frame_support::{
	traits::{fungible::Mutate, Hooks},
	weights::Weight,
};

/// All of them.
const SHARDS: u32 = 10_000;
/// In so many jobs.
const JOBS: u32 = 4;
/// Two replicas each, and somebody left to replace.
const PROVIDERS: u32 = 2 * SHARDS / MAX_SLOTS as u32 + 20;
/// When all jobs end.
const DEADLINE: u32 = 160;

fn info() -> ProviderInfo {
	ProviderInfo {
		slots: MAX_SLOTS,
		ask: Price(UNIT / 10),
		memory: 1_024,
		profiles: vec![PROFILE_1].try_into().unwrap(),
		speed: 1_000,
		region: Region::UNSAID,
		addresses: Default::default(),
	}
}

fn spec() -> JobSpec {
	JobSpec {
		program: BlobId::of(b"program"),
		input: Input::Single(BlobId::of(b"input")),
		tasks: SHARDS / JOBS,
		shard_size: 1,
		limits: Limits { fuel: Fuel(1_000_000), memory: 1 << 20, output: 1_024 },
		args: Default::default(),
		policy: Policy { quorum: 2, max_replicas: 7, adaptive: false },
		max_price: Price(UNIT),
		deadline: DEADLINE,
		requirements: Requirements { profile: PROFILE_1, min_speed: 1_000, region: None },
		tip: 0,
		known: Default::default(),
		hints: Default::default(),
	}
}

fn stash(index: u32) -> AccountId {
	let mut bytes = [1; 32];
	bytes[..4].copy_from_slice(&index.to_le_bytes());
	AccountId::new(bytes)
}

/// Has all shards drawn in one block, as if its hook had been given as much weight as that takes.
fn draw_all() {
	let now = System::block_number();
	for _ in 0..SHARDS {
		if pallet_attestation::Shards::<Runtime>::iter_keys().count() as u32 >= SHARDS {
			return;
		}
		Jobs::on_initialize(now);
	}
	panic!("only {} shards are open", pallet_attestation::Shards::<Runtime>::iter_keys().count());
}

/// The hooks of the market in the coming block stay within their share; undone afterwards.
fn hooks_of_the_next_block() -> Weight {
	frame_support::storage::with_transaction(|| {
		System::set_block_number(System::block_number() + 1);
		let now = System::block_number();
		let weights =
			[Providers::on_initialize(now), Jobs::on_initialize(now), Attestation::on_initialize(now)];
		let most = MaxHookWeight::get();
		assert!(weights.iter().all(|weight| weight.all_lte(most)), "{weights:?} of {most}");
		let sum = weights.iter().fold(Weight::zero(), |sum, weight| sum.saturating_add(*weight));
		frame_support::storage::TransactionOutcome::Rollback(Ok::<_, sp_runtime::DispatchError>(sum))
	})
	.unwrap()
}

#[test]
fn no_block_should_exceed_its_weight_with_ten_thousand_open_shards() {
	let mut chain = Chain::new(presets::DEVELOPMENT);
	chain.read(|| {
		for index in 0..PROVIDERS {
			Balances::mint_into(&stash(index), 10_000 * UNIT).unwrap();
			let origin = RuntimeOrigin::signed(stash(index));
			Providers::register(origin, 9_000 * UNIT, stash(index + PROVIDERS), info()).unwrap();
		}
	});
	for _ in 0..JOBS {
		chain.submit(pallet_jobs::Call::submit { spec: spec() }, &signer("//Eve"));
	}
	chain.skip(2);
	chain.read(draw_all);
	let opened = chain.read(System::block_number);

	// Nobody commits: all deadlines fall into one block.
	let most = RuntimeBlockWeights::get().max_block;
	let (mut closed, mut busiest, mut late) = (0, Weight::zero(), 0);
	let mut served_by = None;
	for _ in opened..DEADLINE + 400 {
		busiest = busiest.max(chain.read(hooks_of_the_next_block));
		let events = chain.skip_unchecked(1);
		let mut weight = chain.read(|| System::block_weight().total());
		if events
			.iter()
			.any(|event| matches!(event, RuntimeEvent::Session(pallet_session::Event::NewSession { .. })))
		{
			// The session pallet says of a rotation that it fills a block, so that nobody sends anything in it.
			weight =
				Weight::from_parts(weight.ref_time().saturating_sub(most.ref_time()), weight.proof_size());
		}
		assert!(weight.all_lte(most), "a block weighs {weight} of {most}");
		let (mut missed, mut ended) = (0, 0);
		for event in &events {
			match event {
				RuntimeEvent::Attestation(pallet_attestation::Event::Missed { .. }) => missed += 1,
				RuntimeEvent::Jobs(pallet_jobs::Event::Closed { verdict: Verdict::Expired, .. }) => {
					ended += 1
				},
				_ => {},
			}
		}
		late += missed;
		closed += ended;
		if closed == SHARDS {
			served_by = Some(chain.read(System::block_number));
			break;
		}
	}
	let served_by = served_by.unwrap_or_else(|| panic!("{closed} of {SHARDS} shards are closed"));
	println!(
		"{SHARDS} shards opened in block {opened}: {late} replicas missed, all shards closed by block {served_by}; the busiest \
		 block's hooks took {:.1} % of a block",
		100.0 * busiest.ref_time() as f64 / most.ref_time() as f64
	);
	assert!(late >= 2 * SHARDS);
	chain.read(|| crate::invariants::check_market().unwrap());
	assert_eq!(chain.read(|| pallet_attestation::Shards::<Runtime>::iter_keys().count()), 0);
	let client = account(&signer("//Eve"));
	let budget = chain.read(|| {
		pallet_jobs::Jobs::<Runtime>::iter()
			.filter(|(_, job)| job.owner == client)
			.map(|(id, _)| pallet_jobs::Standings::<Runtime>::get(id).unwrap().progress.held)
			.sum::<u128>()
	});
	assert_eq!(budget, 0);
}
