use super::chain::Chain;
use crate::{
	configs::market::{FinesAccount, TreasuryAccount},
	local,
	parameters::{defaults, MarketTiming},
	presets, AccountId, Babe, Balances, Historical, Runtime, Session, EXISTENTIAL_DEPOSIT, UNIT,
};
use frame_support::traits::{Get, KeyOwnerProofSystem};
use sp_keyring::Sr25519Keyring;
use sp_runtime::BuildStorage;

#[test]
fn the_pot_should_exist_from_the_first_block_on() {
	for name in presets::names() {
		let name: &str = name.as_ref();
		Chain::new(name).read(|| {
			assert_eq!(Balances::free_balance(FinesAccount::get()), EXISTENTIAL_DEPOSIT);
			crate::invariants::check_market().unwrap();
		});
	}
}

#[test]
fn every_preset_should_build() {
	for name in presets::names() {
		assert!(local::genesis(&name).unwrap().build_storage().is_ok(), "{name}");
	}
	assert!(presets::get(&"nothing".into()).is_none());
}

#[test]
fn development_should_be_fast_and_alice_alone() {
	Chain::new(presets::DEVELOPMENT).read(|| {
		assert_eq!(Babe::slot_duration(), 1_000);
		assert_eq!(<Runtime as pallet_babe::Config>::EpochDuration::get(), 60);
		assert_eq!(MarketTiming::get().block_millis, 1_000);
		assert_eq!(MarketTiming::get().retention, 100);
		assert_eq!(Session::validators(), [Sr25519Keyring::Alice.to_account_id()]);
		assert_eq!(pallet_sudo::Key::<Runtime>::get(), Some(Sr25519Keyring::Alice.to_account_id()));
		for who in Sr25519Keyring::well_known() {
			assert_eq!(Balances::free_balance(who.to_account_id()), 1_000_000 * UNIT);
		}
		assert!(Balances::free_balance(TreasuryAccount::get()) > 0);
	});
}

#[test]
fn the_networks_should_run_at_the_default_pace() {
	for name in [presets::LOCAL, presets::TESTNET] {
		Chain::new(name).read(|| {
			assert_eq!(Babe::slot_duration(), defaults::SLOT_MILLIS);
			assert_eq!(<Runtime as pallet_babe::Config>::EpochDuration::get(), defaults::EPOCH_BLOCKS);
			assert_eq!(MarketTiming::get().retention, 14_400);
			assert!(MarketTiming::get().unbonding > MarketTiming::get().max_duration);
			assert_eq!(Session::validators().len(), 4);
			assert_eq!(Babe::authorities().len(), 4);
			assert_eq!(pallet_grandpa::Pallet::<Runtime>::grandpa_authorities().len(), 4);
		});
	}
}

#[test]
fn the_testnet_should_have_no_well_known_key() {
	Chain::new(presets::TESTNET).read(|| {
		let known: Vec<AccountId> = Sr25519Keyring::iter().map(|key| key.to_account_id()).collect();
		let sudo = pallet_sudo::Key::<Runtime>::get();
		assert!(sudo.is_some_and(|key| !known.contains(&key)));
		assert!(Session::validators().iter().all(|validator| !known.contains(validator)));
		for (authority, _) in Babe::authorities() {
			assert!(Sr25519Keyring::iter().all(|key| authority != key.public().into()));
		}
	});
}

#[test]
fn validators_should_be_provable_from_the_first_session() {
	Chain::new(presets::LOCAL).read(|| {
		for (authority, _) in Babe::authorities() {
			let key = (sp_consensus_babe::KEY_TYPE, authority);
			let proof = Historical::prove(key.clone()).unwrap();
			let (owner, ()) = Historical::check_proof(key, proof).unwrap();
			assert!(Session::validators().contains(&owner));
		}
		for session in 0..2 {
			assert!(pallet_session::historical::HistoricalSessions::<Runtime>::contains_key(session));
		}
	});
}
