//! What it takes to make blocks in a process without a node, as tests, the simulation and measurements do: the state before the
//! first block, a block's digest, what a transaction carries besides its call.

use crate::{presets, Babe, Runtime, RuntimeGenesisConfig, TxExtension};
use codec::Encode;
use frame_support::traits::Get;
use serde_json::Value;
use sp_consensus_babe::{
	digests::{PreDigest, SecondaryVRFPreDigest},
	make_vrf_transcript, BABE_ENGINE_ID,
};
use sp_core::crypto::VrfSecret;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{generic::Era, Digest, DigestItem};

/// What wallets let a transaction carry: valid for ever, without a tip, `nonce` being how many its signer has sent before.
pub fn extension(nonce: crate::Nonce) -> TxExtension {
	(
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(Era::Immortal),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		pallet_attestation::CheckDuty::new(
			pallet_transaction_payment::ChargeTransactionPayment::from(0).into(),
		),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	)
}

/// The digest of a block of Alice's in that slot, with a true VRF output: BABE's pallet checks it in debug builds. Reads the
/// state before the block; `None` where Alice is no author.
pub fn digest(number: crate::BlockNumber, slot: u64) -> Option<Digest> {
	let ended = slot >= *Babe::current_epoch_start() + <Runtime as pallet_babe::Config>::EpochDuration::get();
	let epoch = if number > 1 && ended { Babe::next_epoch() } else { Babe::current_epoch() };
	let alice = Sr25519Keyring::Alice.public().into();
	let authority_index = epoch.authorities.iter().position(|(id, _)| *id == alice)? as u32;
	let transcript = make_vrf_transcript(&epoch.randomness, slot.into(), epoch.epoch_index);
	let vrf_signature = Sr25519Keyring::Alice.pair().vrf_sign(&transcript.into_sign_data());
	let pre_digest =
		PreDigest::SecondaryVRF(SecondaryVRFPreDigest { authority_index, slot: slot.into(), vrf_signature });
	Some(Digest { logs: vec![DigestItem::PreRuntime(BABE_ENGINE_ID, pre_digest.encode())] })
}

/// A preset's genesis, merged with the defaults as a node does it; `None` where there is no such preset.
pub fn genesis(preset: &str) -> Option<RuntimeGenesisConfig> {
	let patch = serde_json::from_slice(&presets::get(&preset.into())?).ok()?;
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).ok()?;
	merge(&mut config, patch);
	serde_json::from_value(config).ok()
}

fn merge(into: &mut Value, patch: Value) {
	match (into, patch) {
		(Value::Object(into), Value::Object(patch)) => {
			patch.into_iter().for_each(|(key, value)| merge(into.entry(key).or_insert(Value::Null), value));
		},
		(into, patch) => *into = patch,
	}
}
