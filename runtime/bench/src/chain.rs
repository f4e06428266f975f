//! A chain in this process: makes real blocks of signed transactions, and has the runtime's WebAssembly execute them.

use anyhow::{anyhow, Result};
use codec::Encode;
use ergon_runtime::{
	local, AccountId, Babe, Block, Executive, Hash, Header, RuntimeCall, SignedPayload, System,
	UncheckedExtrinsic,
};
use frame_support::storage::{with_transaction, TransactionOutcome};
use sp_core::{sr25519, Pair};
use sp_runtime::{
	traits::{BlakeTwo256, Header as _, IdentifyAccount},
	DispatchError, MultiSigner,
};
use sp_state_machine::TestExternalities;
use std::time::{Duration, Instant};

use crate::runtime::Runtime;

/// Where the first block's slot is; any number but zero.
const FIRST_SLOT: u64 = 1_000;

/// A chain and the block that it is at.
pub struct Chain {
	state: TestExternalities<BlakeTwo256>,
	parent: Hash,
	number: u32,
}

/// A block that was made.
pub struct Made {
	/// It.
	pub block: Block,
	/// What it weighs as it counts itself: hooks, transactions, refunds.
	pub weight: u64,
	/// How many of the transactions it took.
	pub taken: usize,
}

impl Chain {
	/// A development chain at its genesis.
	pub fn new(runtime: &Runtime) -> Result<Self> {
		let mut state = TestExternalities::new(runtime.genesis(ergon_runtime::presets::DEVELOPMENT)?);
		let parent = state.execute_with(|| System::block_hash(0));
		Ok(Self { state, parent, number: 0 })
	}

	/// Looks at the state, or does with it what no transaction can.
	pub fn with<R>(&mut self, act: impl FnOnce() -> R) -> R {
		self.state.execute_with(act)
	}

	/// The number of the last block.
	pub fn number(&self) -> u32 {
		self.number
	}

	/// Bytes of state, keys and values, under these prefixes.
	pub fn bytes_under(&mut self, pallets: &[&str]) -> Result<u64> {
		self.state.commit_all().map_err(anyhow::Error::msg)?;
		let prefixes: Vec<_> =
			pallets.iter().map(|pallet| sp_io::hashing::twox_128(pallet.as_bytes())).collect();
		self.state.execute_with(|| {
			let mut bytes = 0;
			for prefix in prefixes {
				let mut key = prefix.to_vec();
				while let Some(next) = sp_io::storage::next_key(&key).filter(|next| next.starts_with(&prefix))
				{
					let value = sp_io::storage::get(&next).map_or(0, |value| value.len());
					bytes += (next.len() + value) as u64;
					key = next;
				}
			}
			Ok(bytes)
		})
	}

	/// Makes a block of as many of these transactions, in their order, as it has room for.
	pub fn block(&mut self, transactions: Vec<UncheckedExtrinsic>) -> Result<Made> {
		self.number += 1;
		let (number, parent) = (self.number, self.parent);
		let made = self.state.execute_with(|| {
			let slot = FIRST_SLOT + u64::from(number);
			let digest = local::digest(number, slot).ok_or_else(|| anyhow!("Alice is no author"))?;
			let header = Header::new(number, Hash::zero(), Hash::zero(), parent, digest);
			Executive::initialize_block(&header);
			let now = slot * Babe::slot_duration() + 1;
			let time = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now });
			let mut extrinsics = vec![UncheckedExtrinsic::new_bare(time)];
			apply(&extrinsics[0])?;
			for transaction in transactions {
				if apply(&transaction).is_err() {
					break;
				}
				extrinsics.push(transaction);
			}
			let header = Executive::finalize_block();
			let weight = System::block_weight().total().ref_time();
			let taken = extrinsics.len() - 1;
			anyhow::Ok(Made { block: Block { header, extrinsics }, weight, taken })
		})?;
		self.parent = made.block.header.hash();
		Ok(made)
	}

	/// Makes so many empty blocks; what they weigh.
	pub fn skip(&mut self, blocks: u32) -> Result<u64> {
		(0..blocks).map(|_| Ok(self.block(Vec::new())?.weight)).sum()
	}

	/// Makes a block, and has the WebAssembly execute it a few times on the state before it; the least time that took.
	pub fn timed(
		&mut self,
		runtime: &Runtime,
		transactions: Vec<UncheckedExtrinsic>,
	) -> Result<(Made, Duration)> {
		self.state.commit_all().map_err(anyhow::Error::msg)?;
		let before = self.state.as_backend();
		let made = self.block(transactions)?;
		let encoded = made.block.encode();
		let mut least = Duration::MAX;
		// Others' work on the machine only ever adds.
		for _ in 0..10 {
			let begun = Instant::now();
			runtime.call::<_, ()>(&before, &mut Default::default(), "Core_execute_block", &encoded)?;
			least = least.min(begun.elapsed());
		}
		Ok((made, least))
	}

	/// Signs a call as wallets do, with the signer's next nonce.
	pub fn sign(
		&mut self,
		signer: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
	) -> Result<UncheckedExtrinsic> {
		self.sign_after(signer, 0, call)
	}

	/// The same, with so many of the signer's transactions before it in the same block.
	pub fn sign_after(
		&mut self,
		signer: &sr25519::Pair,
		before: u32,
		call: impl Into<RuntimeCall>,
	) -> Result<UncheckedExtrinsic> {
		let (who, call) = (account(signer), call.into());
		self.state.execute_with(|| {
			let extension = local::extension(System::account_nonce(&who) + before);
			let payload = SignedPayload::new(call, extension).map_err(|error| anyhow!("{error:?}"))?;
			let signature = payload.using_encoded(|bytes| signer.sign(bytes));
			let (call, extension, _) = payload.deconstruct();
			Ok(UncheckedExtrinsic::new_signed(call, who.into(), signature.into(), extension))
		})
	}
}

/// Applies a transaction as block builders do: one that is not let in leaves no trace.
fn apply(transaction: &UncheckedExtrinsic) -> Result<()> {
	let applied = with_transaction(|| match Executive::apply_extrinsic(transaction.clone()) {
		Err(refusal) => TransactionOutcome::Rollback(Ok::<_, DispatchError>(Err(anyhow!("{refusal:?}")))),
		Ok(Err(failure)) => TransactionOutcome::Commit(Ok(Err(anyhow!("{failure:?}")))),
		Ok(Ok(())) => TransactionOutcome::Commit(Ok(Ok(()))),
	});
	applied.map_err(|error| anyhow!("{error:?}"))?
}

/// The account of a signer.
pub fn account(signer: &sr25519::Pair) -> AccountId {
	MultiSigner::from(signer.public()).into_account()
}

/// A signer of a role.
pub fn signer(role: &str, index: u32) -> sr25519::Pair {
	sr25519::Pair::from_seed(&sp_io::hashing::blake2_256(&(role, index).encode()))
}
