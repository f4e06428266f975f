use super::chain::Chain;
use crate::{
	parameters::{
		defaults,
		dynamic::{blobs, economics, market, timing},
		MarketTiming, Periods, RuntimeParameters,
	},
	presets, Babe, Jobs, Parameters, RuntimeOrigin, UNIT,
};
use ergon_primitives::{money::Economics, BlobLimits, Ppm};
use frame_support::{assert_noop, assert_ok, traits::Get};
use sp_keyring::Sr25519Keyring;
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn nobody_should_change_the_pace_of_blocks() {
	Chain::new(presets::LOCAL).read(|| {
		let faster = RuntimeParameters::Timing((timing::SlotMillis, 1_000).into());
		assert_noop!(Parameters::set_parameter(RuntimeOrigin::root(), faster.clone()), BadOrigin);
		let alice = RuntimeOrigin::signed(Sr25519Keyring::Alice.to_account_id());
		assert_noop!(Parameters::set_parameter(alice, faster), BadOrigin);
		let longer = RuntimeParameters::Timing((timing::EpochBlocks, 1_000).into());
		assert_noop!(Parameters::set_parameter(RuntimeOrigin::root(), longer), BadOrigin);
		assert_eq!(Babe::slot_duration(), 3_000);
	});
}

#[test]
fn root_alone_should_change_prices() {
	Chain::new(presets::LOCAL).read(|| {
		let costs = Economics { fee: Ppm::percent(7), ..defaults::ECONOMICS };
		let change = RuntimeParameters::Economics((economics::Costs, costs).into());
		let alice = RuntimeOrigin::signed(Sr25519Keyring::Alice.to_account_id());
		assert_noop!(Parameters::set_parameter(alice, change.clone()), BadOrigin);
		assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), change));
		assert_eq!(economics::Costs::get().fee, Ppm::percent(7));

		let bond = RuntimeParameters::Market((market::MinBond, 5 * UNIT).into());
		assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), bond));
		assert_eq!(market::MinBond::get(), 5 * UNIT);

		assert_eq!(blobs::Limits::get(), BlobLimits { max_program: 16 << 20, max_blob: 256 << 20 });
		let limits = BlobLimits { max_blob: 1, ..BlobLimits::default() };
		let change = RuntimeParameters::Blobs((blobs::Limits, limits).into());
		let alice = RuntimeOrigin::signed(Sr25519Keyring::Alice.to_account_id());
		assert_noop!(Parameters::set_parameter(alice, change.clone()), BadOrigin);
		assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), change));
		assert_eq!(Jobs::market(blobs::Limits::get(), 0, 0).blobs, limits);
	});
}

#[test]
fn no_setting_should_let_bonds_go_before_jobs_end() {
	Chain::new(presets::LOCAL).read(|| {
		let hasty = Periods { unbonding: 1, draw_delay: 0, ..defaults::PERIODS };
		let change = RuntimeParameters::Market((market::Steps, hasty).into());
		assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), change));
		let timing = MarketTiming::get();
		assert!(timing.unbonding > timing.max_duration);
		assert_eq!(timing.draw_delay, 2);
	});
}
