use crate::{mock::*, Call};
use frame_support::dispatch::{GetDispatchInfo, Pays};

#[test]
fn every_call_should_have_a_weight_and_be_paid_for() {
	let calls: [Call<Test>; 11] = [
		Call::register { bond: 1_000, worker: 2, info: info(7) },
		Call::update { info: info(7) },
		Call::bond_more { amount: 1 },
		Call::unbond { amount: 1 },
		Call::withdraw {},
		Call::pause {},
		Call::resume {},
		Call::deregister {},
		Call::set_worker { worker: 2 },
		Call::set_operator { operator: None },
		Call::confirm_operator { stash: 1 },
	];
	for call in calls {
		let dispatch = call.get_dispatch_info();
		assert!(dispatch.call_weight.ref_time() > 0 && dispatch.call_weight.proof_size() > 0, "{call:?}");
		assert_eq!(dispatch.pays_fee, Pays::Yes);
	}
}
