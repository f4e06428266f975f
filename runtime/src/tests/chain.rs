//! A chain in a test: makes blocks as a node does, one a slot, Alice being their author.

use crate::{
	local, AccountId, Babe, Executive, Hash, Header, RuntimeCall, RuntimeEvent, SignedPayload, System,
	UncheckedExtrinsic,
};
use codec::Encode;
use sp_core::{sr25519, Pair};
use sp_io::TestExternalities;
use sp_runtime::{
	traits::{Header as _, IdentifyAccount},
	ApplyExtrinsicResult, BuildStorage, MultiSigner,
};

/// Where the first block's slot is; any number but zero.
const FIRST_SLOT: u64 = 1_000;

/// A chain and the block that it is at.
pub struct Chain {
	ext: TestExternalities,
	parent: Hash,
	number: u32,
}

impl Chain {
	/// A chain at the genesis of a preset.
	pub fn new(preset: &str) -> Self {
		let storage = local::genesis(preset).unwrap().build_storage().unwrap();
		let mut ext = TestExternalities::new(storage);
		let parent = ext.execute_with(|| System::block_hash(0));
		Self { ext, parent, number: 0 }
	}

	/// Looks at the state.
	pub fn read<R>(&mut self, look: impl FnOnce() -> R) -> R {
		self.ext.execute_with(look)
	}

	/// Makes a block with these transactions, and returns what became of each and what happened. Every invariant holds after it.
	pub fn block(
		&mut self,
		transactions: Vec<UncheckedExtrinsic>,
	) -> (Vec<ApplyExtrinsicResult>, Vec<RuntimeEvent>) {
		let made = self.block_unchecked(transactions);
		self.read(|| crate::invariants::check_market().unwrap());
		made
	}

	/// The same without the checks, which take their time where there is much in state.
	pub fn block_unchecked(
		&mut self,
		transactions: Vec<UncheckedExtrinsic>,
	) -> (Vec<ApplyExtrinsicResult>, Vec<RuntimeEvent>) {
		self.number += 1;
		let (number, parent) = (self.number, self.parent);
		let (header, results, events) = self.ext.execute_with(|| {
			let slot = FIRST_SLOT + u64::from(number);
			let digest = local::digest(number, slot).unwrap();
			let mut header = Header::new(number, Hash::zero(), Hash::zero(), parent, digest);
			Executive::initialize_block(&header);
			let now = slot * Babe::slot_duration() + 1;
			let timestamp = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now });
			Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(timestamp)).unwrap().unwrap();
			let results = transactions.into_iter().map(Executive::apply_extrinsic).collect();
			header = Executive::finalize_block();
			(header, results, System::read_events_no_consensus().map(|record| record.event).collect())
		});
		self.parent = header.hash();
		(results, events)
	}

	/// Makes a block with one transaction, which must succeed, and returns what happened.
	pub fn submit(&mut self, call: impl Into<RuntimeCall>, signer: &sr25519::Pair) -> Vec<RuntimeEvent> {
		let transaction = self.sign(call, signer);
		let (results, events) = self.block(vec![transaction]);
		results.into_iter().for_each(|result| result.unwrap().unwrap());
		events
	}

	/// Makes so many empty blocks, and returns what happened in them.
	pub fn skip(&mut self, blocks: u32) -> Vec<RuntimeEvent> {
		(0..blocks).flat_map(|_| self.block(Vec::new()).1).collect()
	}

	/// The same without checks, writing each block to the state below.
	pub fn skip_unchecked(&mut self, blocks: u32) -> Vec<RuntimeEvent> {
		(0..blocks)
			.flat_map(|_| {
				self.ext.commit_all().unwrap();
				self.block_unchecked(Vec::new()).1
			})
			.collect()
	}

	/// Signs a call as wallets do, with the signer's next nonce.
	pub fn sign(&mut self, call: impl Into<RuntimeCall>, signer: &sr25519::Pair) -> UncheckedExtrinsic {
		let call = call.into();
		let who = account(signer);
		self.ext.execute_with(|| {
			let extension = local::extension(System::account_nonce(&who));
			let payload = SignedPayload::new(call, extension).unwrap();
			let signature = payload.using_encoded(|bytes| signer.sign(bytes));
			let (call, extension, _) = payload.deconstruct();
			UncheckedExtrinsic::new_signed(call, who.into(), signature.into(), extension)
		})
	}
}

/// A signer made from a secret phrase.
pub fn signer(suri: &str) -> sr25519::Pair {
	sr25519::Pair::from_string(suri, None).unwrap()
}

/// The account of a signer.
pub fn account(signer: &sr25519::Pair) -> AccountId {
	MultiSigner::from(signer.public()).into_account()
}
