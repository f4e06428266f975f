//! A chain without a network: real blocks of the real runtime, its hooks in their order, every transaction through every
//! extension. Only signatures are left out: who signs is told.

use codec::Encode;
use ergon_runtime::{
	local, presets, AccountId, Babe, Executive, Hash, Header, Runtime, RuntimeCall, RuntimeEvent, System,
	UncheckedExtrinsic,
};
use frame_support::{
	dispatch::GetDispatchInfo,
	storage::{with_transaction, TransactionOutcome},
};
use sp_io::TestExternalities;
use sp_runtime::{
	generic::{CheckedExtrinsic, ExtrinsicFormat},
	traits::{Applyable, Header as _},
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	BuildStorage, DispatchError,
};

/// Where the first block's slot is; any number but zero.
const FIRST_SLOT: u64 = 1_000;

/// After so many blocks changes are written to the state below: seldom, since reading it costs more than reading changes;
/// often enough, since a block's state root costs the more, the more changes there are.
const COMMIT_EVERY: u32 = 10;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
	/// In the block, and done.
	Done,
	/// In the block, its fee paid, and nothing done.
	Failed(DispatchError),
	/// Not let into the block.
	Refused(TransactionValidityError),
}

impl Fate {
	/// Whether it was done.
	pub fn is_done(&self) -> bool {
		*self == Self::Done
	}

	/// Whether it was kept out since the block was full.
	pub fn is_full(&self) -> bool {
		*self == Self::Refused(TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources))
	}

	/// Whether it was kept out of the block.
	pub fn is_refused(&self) -> bool {
		matches!(self, Self::Refused(_))
	}
}

/// A chain and the block that it is in.
pub struct Chain {
	state: TestExternalities,
	parent: Hash,
	number: u32,
}

impl Chain {
	/// A development chain at its genesis, with more accounts.
	pub fn new(endowed: Vec<(AccountId, u128)>) -> Self {
		let mut config = local::genesis(presets::DEVELOPMENT).expect("the preset is tested");
		config.balances.balances.extend(endowed);
		let storage = config.build_storage().expect("the preset is tested");
		let mut state = TestExternalities::new(storage);
		let parent = state.execute_with(|| System::block_hash(0));
		Self { state, parent, number: 0 }
	}

	/// Looks at the state, or does with it what no transaction can.
	pub fn with<R>(&mut self, act: impl FnOnce() -> R) -> R {
		self.state.execute_with(act)
	}

	/// The number of the block that is made, or was made last.
	pub fn number(&self) -> u32 {
		self.number
	}

	/// Begins a block: the hooks that come first, and the time. Returns what happened.
	pub fn begin(&mut self) -> Vec<RuntimeEvent> {
		self.number += 1;
		let (number, parent) = (self.number, self.parent);
		self.state.execute_with(|| {
			let slot = FIRST_SLOT + u64::from(number);
			let digest = local::digest(number, slot).expect("Alice is the author");
			let header = Header::new(number, Hash::zero(), Hash::zero(), parent, digest);
			Executive::initialize_block(&header);
			let now = slot * Babe::slot_duration() + 1;
			let timestamp = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now });
			Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(timestamp))
				.expect("the time is valid")
				.expect("the time is set");
			events()
		})
	}

	/// Has `who` send a transaction.
	pub fn send(&mut self, who: &AccountId, call: impl Into<RuntimeCall>) -> Fate {
		let call = call.into();
		self.state.execute_with(|| {
			// A transaction that is not let in leaves no trace: block builders see to that.
			with_transaction(|| {
				let fate = apply(who.clone(), call);
				match fate {
					Fate::Refused(_) => TransactionOutcome::Rollback(Ok::<_, DispatchError>(fate)),
					_ => TransactionOutcome::Commit(Ok(fate)),
				}
			})
			.expect("layers are few; qed")
		})
	}

	/// Ends the block: the hooks that come last. Returns what happened in all of it.
	pub fn end(&mut self) -> Vec<RuntimeEvent> {
		let (header, events) = self.state.execute_with(|| (Executive::finalize_block(), events()));
		self.parent = header.hash();
		if self.number.is_multiple_of(COMMIT_EVERY) {
			self.state.commit_all().expect("no block is open");
		}
		events
	}

	/// Makes so many empty blocks.
	pub fn skip(&mut self, blocks: u32) {
		for _ in 0..blocks {
			self.begin();
			self.end();
		}
	}
}

fn events() -> Vec<RuntimeEvent> {
	System::read_events_no_consensus().map(|record| record.event).collect()
}

/// What the executive does with a transaction whose signature is good.
fn apply(who: AccountId, call: RuntimeCall) -> Fate {
	let extension = local::extension(System::account_nonce(&who));
	let encoded = (&who, &call, &extension).encode();
	let length = encoded.len();
	let checked: CheckedExtrinsic<_, _, _> =
		CheckedExtrinsic { format: ExtrinsicFormat::Signed(who, extension), function: call };
	let info = GetDispatchInfo::get_dispatch_info(&checked);
	System::note_extrinsic(encoded);
	match checked.apply::<Runtime>(&info, length) {
		Err(refusal) => Fate::Refused(refusal),
		Ok(result) => {
			System::note_applied_extrinsic(&result, info);
			match result {
				Ok(_) => Fate::Done,
				Err(failure) => Fate::Failed(failure.error),
			}
		},
	}
}
