//! What chains start from.

use crate::{
	configs::market::{FinesAccount, TreasuryAccount},
	parameters::defaults,
	AccountId, Balance, BalancesConfig, InitialParametersConfig, RuntimeGenesisConfig, SessionConfig,
	SessionKeys, SudoConfig, EXISTENTIAL_DEPOSIT, UNIT,
};
use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// One validator, Alice, one-second blocks, results kept for 100 blocks: for trying things out.
pub const DEVELOPMENT: &str = sp_genesis_builder::DEV_RUNTIME_PRESET;
/// Four validators, Alice to Dave, at the network's pace: for trying out a network on one machine.
pub const LOCAL: &str = "local";
/// Four validators whose public keys are in `chain-spec/testnet-validators.json`.
pub const TESTNET: &str = "testnet";

/// What each well-known development account is endowed with.
pub const DEVELOPMENT_ENDOWMENT: Balance = 1_000_000 * UNIT;

/// The testnet's validators, superuser and endowments: public keys only, replaced by whoever operates it.
const TESTNET_VALIDATORS: &str = include_str!("../../chain-spec/testnet-validators.json");

/// The pace of a development chain.
const DEVELOPMENT_SLOT_MILLIS: u64 = 1_000;
const DEVELOPMENT_EPOCH_BLOCKS: u64 = 60;
const DEVELOPMENT_RETENTION: u32 = 100;

/// The names of all presets.
pub fn names() -> Vec<PresetId> {
	vec![DEVELOPMENT.into(), LOCAL.into(), TESTNET.into()]
}

/// The preset of that name, as a JSON patch over the default genesis.
pub fn get(name: &PresetId) -> Option<Vec<u8>> {
	let patch = match name.as_str() {
		DEVELOPMENT => development(),
		LOCAL => local(),
		TESTNET => testnet()?,
		_ => return None,
	};
	serde_json::to_vec(&patch).ok()
}

fn development() -> Value {
	well_known(
		&[(Sr25519Keyring::Alice, Ed25519Keyring::Alice)],
		InitialParametersConfig {
			slot_millis: DEVELOPMENT_SLOT_MILLIS,
			epoch_blocks: DEVELOPMENT_EPOCH_BLOCKS,
			retention: DEVELOPMENT_RETENTION,
			..Default::default()
		},
	)
}

fn local() -> Value {
	well_known(
		&[
			(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
			(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
			(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
			(Sr25519Keyring::Dave, Ed25519Keyring::Dave),
		],
		InitialParametersConfig::default(),
	)
}

/// A genesis of well-known keys: everybody can be anybody.
fn well_known(
	validators: &[(Sr25519Keyring, Ed25519Keyring)],
	initial_parameters: InitialParametersConfig,
) -> Value {
	let keys = validators
		.iter()
		.map(|(babe, grandpa)| {
			let account = babe.to_account_id();
			let keys = SessionKeys { babe: babe.public().into(), grandpa: grandpa.public().into() };
			(account.clone(), account, keys)
		})
		.collect();
	let endowed = Sr25519Keyring::well_known().map(|who| (who.to_account_id(), DEVELOPMENT_ENDOWMENT));
	patch(endowed.collect(), keys, Sr25519Keyring::Alice.to_account_id(), initial_parameters)
}

/// `None` if the file of keys is not what it should be; a test makes sure that it is.
fn testnet() -> Option<Value> {
	let file: Value = serde_json::from_str(TESTNET_VALIDATORS).ok()?;
	let keys: Vec<(AccountId, AccountId, SessionKeys)> = file
		.get("validators")?
		.as_array()?
		.iter()
		.map(|validator| {
			let account: AccountId = serde_json::from_value(validator.get("account")?.clone()).ok()?;
			Some((account.clone(), account, serde_json::from_value(validator.get("keys")?.clone()).ok()?))
		})
		.collect::<Option<_>>()?;
	let endowed = file
		.get("endowed")?
		.as_array()?
		.iter()
		.map(|entry| {
			let account: AccountId = serde_json::from_value(entry.get("account")?.clone()).ok()?;
			Some((account, Balance::from(entry.get("units")?.as_u64()?).checked_mul(UNIT)?))
		})
		.collect::<Option<_>>()?;
	let sudo = serde_json::from_value(file.get("sudo")?.clone()).ok()?;
	Some(patch(endowed, keys, sudo, InitialParametersConfig::default()))
}

fn patch(
	mut balances: Vec<(AccountId, Balance)>,
	keys: Vec<(AccountId, AccountId, SessionKeys)>,
	sudo: AccountId,
	initial_parameters: InitialParametersConfig,
) -> Value {
	// An account that does not exist could not take small fees.
	balances.push((TreasuryAccount::get(), UNIT));
	balances.push((FinesAccount::get(), EXISTENTIAL_DEPOSIT));
	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: BalancesConfig { balances },
		session: SessionConfig { keys },
		sudo: SudoConfig { key: Some(sudo) },
		babe: crate::BabeConfig { epoch_config: defaults::EPOCH_CONFIG },
		initial_parameters,
	})
}
