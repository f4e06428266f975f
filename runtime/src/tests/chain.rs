//! A chain in a test: makes blocks as a node does, one a slot, Alice being their author.

use crate::{
	presets, AccountId, Babe, Executive, Hash, Header, Runtime, RuntimeCall, RuntimeEvent,
	RuntimeGenesisConfig, SignedPayload, System, TxExtension, UncheckedExtrinsic,
};
use codec::Encode;
use frame_support::traits::Get;
use serde_json::Value;
use sp_consensus_babe::{
	digests::{PreDigest, SecondaryVRFPreDigest},
	make_vrf_transcript, BABE_ENGINE_ID,
};
use sp_core::{crypto::VrfSecret, sr25519, Pair};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	generic::Era,
	traits::{Header as _, IdentifyAccount},
	ApplyExtrinsicResult, BuildStorage, Digest, DigestItem, MultiSigner,
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
		let storage = genesis(preset).build_storage().unwrap();
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
			let mut header = Header::new(number, Hash::zero(), Hash::zero(), parent, digest(number, slot));
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
			let extension: TxExtension = (
				frame_system::CheckNonZeroSender::new(),
				frame_system::CheckSpecVersion::new(),
				frame_system::CheckTxVersion::new(),
				frame_system::CheckGenesis::new(),
				frame_system::CheckEra::from(Era::Immortal),
				frame_system::CheckNonce::from(System::account_nonce(&who)),
				frame_system::CheckWeight::new(),
				pallet_transaction_payment::ChargeTransactionPayment::from(0).into(),
				frame_metadata_hash_extension::CheckMetadataHash::new(false),
				pallet_attestation::CheckDuty::new(),
				frame_system::WeightReclaim::new(),
			);
			let payload = SignedPayload::new(call, extension).unwrap();
			let signature = payload.using_encoded(|bytes| signer.sign(bytes));
			let (call, extension, _) = payload.deconstruct();
			UncheckedExtrinsic::new_signed(call, who.into(), signature.into(), extension)
		})
	}
}

/// The digest of a block of Alice's, with a true VRF output: BABE's pallet checks it in debug builds.
fn digest(number: u32, slot: u64) -> Digest {
	let epoch = if number > 1
		&& slot >= *Babe::current_epoch_start() + <Runtime as pallet_babe::Config>::EpochDuration::get()
	{
		Babe::next_epoch()
	} else {
		Babe::current_epoch()
	};
	let alice = Sr25519Keyring::Alice.public().into();
	let authority_index = epoch.authorities.iter().position(|(id, _)| *id == alice).unwrap() as u32;
	let transcript = make_vrf_transcript(&epoch.randomness, slot.into(), epoch.epoch_index);
	let vrf_signature = Sr25519Keyring::Alice.pair().vrf_sign(&transcript.into_sign_data());
	let pre_digest =
		PreDigest::SecondaryVRF(SecondaryVRFPreDigest { authority_index, slot: slot.into(), vrf_signature });
	Digest { logs: vec![DigestItem::PreRuntime(BABE_ENGINE_ID, pre_digest.encode())] }
}

/// A preset's genesis, merged with the defaults as a node does it.
pub fn genesis(preset: &str) -> RuntimeGenesisConfig {
	let patch: Value = serde_json::from_slice(&presets::get(&preset.into()).unwrap()).unwrap();
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
	merge(&mut config, patch);
	serde_json::from_value(config).unwrap()
}

fn merge(into: &mut Value, patch: Value) {
	match (into, patch) {
		(Value::Object(into), Value::Object(patch)) => {
			patch.into_iter().for_each(|(key, value)| merge(into.entry(key).or_insert(Value::Null), value));
		},
		(into, patch) => *into = patch,
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
