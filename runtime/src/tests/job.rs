//! One whole job, from registration to pruning.

use super::chain::{account, signer, Chain};
use crate::{
	apis, configs::market::FinesAccount, presets, AccountId, Balance, Balances, Jobs, Providers, Runtime,
	RuntimeEvent, System, EXISTENTIAL_DEPOSIT, UNIT,
};
use ergon_primitives::{
	attestation::{commitment, Reveal},
	provider::{ProviderInfo, Region},
	views::{Duty, JobState},
	BlobId, Claim, Fuel, Input, JobId, JobSpec, Limits, Policy, Price, ProviderStatus, Requirements, Verdict,
	PROFILE_1,
};
use frame_support::traits::fungible::Inspect;
use sp_core::sr25519;
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

const BOND: Balance = 1_000 * UNIT;
const ASK: Price = Price(UNIT / 10);
const FUEL: Fuel = Fuel(2_000_000_000);
const SALT: [u8; 32] = [7; 32];

/// A provider's stash and its worker.
pub struct Machine {
	stash: sr25519::Pair,
	worker: sr25519::Pair,
}

impl Machine {
	fn new(name: &str) -> Self {
		Self { stash: signer(&format!("//{name}")), worker: signer(&format!("//{name}//worker")) }
	}

	/// What it has to do.
	fn duties(&self, chain: &mut Chain) -> Vec<Duty<AccountId>> {
		let worker = account(&self.worker);
		chain.read(|| apis::duties(&worker))
	}
}

fn info() -> ProviderInfo {
	ProviderInfo {
		slots: 2,
		ask: ASK,
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
		tasks: 1,
		shard_size: 1,
		limits: Limits { fuel: Fuel(4_000_000_000), memory: 1 << 20, output: 1_024 },
		args: Default::default(),
		policy: Policy { quorum: 2, max_replicas: 3, adaptive: false },
		max_price: Price(UNIT),
		deadline: 300,
		requirements: Requirements { profile: PROFILE_1, min_speed: 1_000, region: None },
		tip: 0,
		known: Default::default(),
		hints: Default::default(),
	}
}

/// What honest machines say.
fn truth() -> Claim {
	Claim::Computed { root: [1; 32], fuel: FUEL, outcomes: BlobId::of(b"outcomes") }
}

/// A chain with three machines, and the job submitted by Eve.
pub fn market() -> (Chain, [Machine; 3], sr25519::Pair) {
	let mut chain = Chain::new(presets::DEVELOPMENT);
	let machines = ["Bob", "Charlie", "Dave"].map(Machine::new);
	for Machine { stash, worker } in &machines {
		let worker = account(worker);
		chain.submit(pallet_providers::Call::register { bond: BOND, worker, info: info() }, stash);
	}
	let client = signer("//Eve");
	chain.submit(pallet_jobs::Call::submit { spec: spec() }, &client);
	(chain, machines, client)
}

fn commit(chain: &mut Chain, machine: &Machine, claim: Claim) -> Vec<RuntimeEvent> {
	let genesis = chain.read(|| System::block_hash(0)).into();
	let commits: Vec<_> = machine
		.duties(chain)
		.into_iter()
		.map(|duty| (duty.key, commitment(&genesis, &duty.key, &duty.provider, &claim, &SALT)))
		.collect();
	chain.submit(pallet_attestation::Call::commit { commits: commits.try_into().unwrap() }, &machine.worker)
}

fn reveal(chain: &mut Chain, machine: &Machine, claim: Claim) -> Vec<RuntimeEvent> {
	let reveals: Vec<_> =
		machine.duties(chain).into_iter().map(|duty| Reveal { key: duty.key, claim, salt: SALT }).collect();
	chain.submit(pallet_attestation::Call::reveal { reveals: reveals.try_into().unwrap() }, &machine.worker)
}

/// Those of the machines that were drawn.
fn drawn<'a>(chain: &mut Chain, machines: &'a [Machine; 3]) -> Vec<&'a Machine> {
	machines.iter().filter(|machine| !machine.duties(chain).is_empty()).collect()
}

#[test]
fn a_job_should_be_drawn_worked_settled_and_pruned() {
	let (mut chain, machines, client) = market();
	let eve = account(&client);
	let (issuance, free) = chain.read(|| (Balances::total_issuance(), Balances::free_balance(&eve)));
	let quoted = chain.read(|| Jobs::view(JobId(0)).unwrap());
	assert_eq!(quoted.state, JobState::Queued);
	assert!(quoted.progress.held > 0 && quoted.deposit > 0);
	assert_eq!(chain.read(|| Balances::reserved_balance(&eve)), quoted.progress.held + quoted.deposit,);

	chain.skip(2);
	let workers = drawn(&mut chain, &machines);
	assert_eq!(workers.len(), 2);

	for machine in &workers {
		let worker = account(&machine.worker);
		assert_eq!(chain.read(|| Balances::total_balance(&worker)), 0);
		let events = commit(&mut chain, machine, truth());
		// It goes past the extension that charges, and past the one that skips it.
		assert!(!events.iter().any(|event| matches!(event, RuntimeEvent::SkipFeelessPayment(_))));
		assert!(!events.iter().any(|event| matches!(event, RuntimeEvent::TransactionPayment(_))));
	}
	let mut last = Vec::new();
	for machine in &workers {
		last = reveal(&mut chain, machine, truth());
		assert_eq!(chain.read(|| Balances::total_balance(&account(&machine.worker))), 0);
	}

	// The verdict's own block has settled everything.
	assert!(last.iter().any(|event| matches!(
		event,
		RuntimeEvent::Jobs(pallet_jobs::Event::Closed { verdict: Verdict::Agreed { .. }, .. })
	)));
	let job = chain.read(|| Jobs::view(JobId(0)).unwrap());
	let pay = ASK.of(FUEL).unwrap();
	assert_eq!(job.progress.paid, 2 * pay);
	assert_eq!(job.progress.fees, 2 * pay / 20);
	assert_eq!(job.progress.held, 0);
	assert_eq!(job.progress.refunded, quoted.progress.held - job.progress.paid - job.progress.fees);
	assert_eq!(chain.read(|| Balances::free_balance(&eve)), free + job.progress.refunded,);
	for machine in &workers {
		let stash = account(&machine.stash);
		let view = chain.read(|| Providers::view(stash).unwrap());
		assert_eq!((view.earned, view.locked, view.busy, view.bond), (pay, 0, 0, BOND));
		assert_eq!(view.reputation.agreed, 1);
	}
	// Half of the fee is burnt, and nothing else.
	assert_eq!(chain.read(Balances::total_issuance), issuance - job.progress.fees / 2);

	let JobState::Finished { prune_at } = job.state else { panic!("not finished: {:?}", job.state) };
	let now = chain.read(System::block_number);
	assert_eq!(prune_at, now + 100);
	chain.skip(101);
	assert!(chain.read(|| Jobs::view(JobId(0))).is_none());
	assert_eq!(chain.read(|| Balances::reserved_balance(&eve)), 0);
	assert_eq!(chain.read(|| Balances::free_balance(&eve)), free + job.progress.refunded + job.deposit,);
	assert_eq!(chain.read(|| pallet_jobs::Shards::<Runtime>::iter().count()), 0);
}

#[test]
fn a_liar_should_pay_its_replacement_and_the_treasury() {
	let (mut chain, machines, _) = market();
	chain.skip(2);
	let workers = drawn(&mut chain, &machines);
	let lie = Claim::Computed { root: [9; 32], fuel: FUEL, outcomes: BlobId::of(b"lies") };
	commit(&mut chain, workers[0], truth());
	commit(&mut chain, workers[1], lie);
	reveal(&mut chain, workers[0], truth());
	reveal(&mut chain, workers[1], lie);

	// Nobody is right yet: a third decides, once it is drawn.
	chain.skip(3);
	let third =
		machines.iter().find(|machine| workers.iter().all(|w| account(&w.stash) != account(&machine.stash)));
	let third = third.unwrap();
	assert_eq!(third.duties(&mut chain).len(), 1);
	commit(&mut chain, third, truth());
	reveal(&mut chain, third, truth());

	let liar = chain.read(|| Providers::view(account(&workers[1].stash)).unwrap());
	assert!(liar.reputation.slashed > 0);
	assert_eq!(liar.bond, BOND - liar.reputation.slashed);
	assert_eq!((liar.earned, liar.locked, liar.reputation.dissented), (0, 0, 1));
	// At least what a replica can cost at the client's ceiling, and the fee on it.
	let value = Price(UNIT).of(spec().limits.fuel).unwrap() * 105 / 100;
	assert_eq!(liar.reputation.slashed, value);
	assert!(matches!(liar.status, ProviderStatus::Suspended { .. }));
	let pay = ASK.of(FUEL).unwrap();
	for honest in [workers[0], third] {
		let view = chain.read(|| Providers::view(account(&honest.stash)).unwrap());
		assert_eq!((view.earned, view.bond), (pay, BOND));
	}
	// The client pays for a quorum less the replacement, which the liar pays; the rest of its fine is the treasury's.
	let progress = chain.read(|| Jobs::view(JobId(0)).unwrap()).progress;
	assert_eq!((progress.paid, progress.fees), (pay, pay / 20));
	assert_eq!(chain.read(pallet_rewards::Slashed::<Runtime>::get), value - pay - pay / 20);
	assert_eq!(chain.read(|| Balances::free_balance(FinesAccount::get())), EXISTENTIAL_DEPOSIT);
}

#[test]
fn only_the_drawn_worker_should_be_let_into_a_block() {
	let (mut chain, machines, client) = market();
	chain.skip(2);
	let workers = drawn(&mut chain, &machines);
	let duty = workers[0].duties(&mut chain).remove(0);
	let commits: pallet_attestation::Commits = vec![(duty.key, [1; 32])].try_into().unwrap();

	// A client with money, and a worker that was not drawn: refused before they are in a block.
	let idle = machines.iter().find(|machine| machine.duties(&mut chain).is_empty()).unwrap();
	for outsider in [&client, &idle.worker] {
		let call = pallet_attestation::Call::commit { commits: commits.clone() };
		let transaction = chain.sign(call, outsider);
		let (results, _) = chain.block(vec![transaction]);
		let Err(TransactionValidityError::Invalid(refusal)) = results[0] else { panic!("{results:?}") };
		// The worker could not pay a fee either, and only what would succeed is free.
		assert!(matches!(refusal, InvalidTransaction::Custom(100..=112) | InvalidTransaction::Payment));
	}
	// A key that nobody knows cannot even have a nonce.
	let stranger = signer("//Stranger");
	let transaction = chain.sign(pallet_attestation::Call::commit { commits }, &stranger);
	let (results, _) = chain.block(vec![transaction]);
	assert!(matches!(results[0], Err(TransactionValidityError::Invalid(_))));
	assert_eq!(workers[0].duties(&mut chain).len(), 1);
}
