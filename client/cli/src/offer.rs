//! A provider's offer, standing and record, as text and as JSON.

use crate::show;
use anyhow::Result;
use ergon_client::AccountId;
use ergon_primitives::{
	stake::{LEAST_STREAK, RAREST_AUDIT},
	views::{Market, ProviderView},
	BlockNumber, Operator, ProviderStatus,
};
use serde_json::{json, Value};

/// A provider in a list.
pub fn line(view: &ProviderView<AccountId>) -> String {
	format!(
		"{}  {}  asks {}  {}/{} slots busy  {} Mfuel/s  {} MiB  bond {}  earned {}",
		view.stash,
		status(view.status),
		show::amount(view.info.ask.0),
		view.busy,
		view.info.slots,
		view.info.speed,
		view.info.memory,
		show::amount(view.bond),
		show::amount(view.earned),
	)
}

fn status(status: ProviderStatus) -> &'static str {
	match status {
		ProviderStatus::Online => "online",
		ProviderStatus::Paused => "paused",
		ProviderStatus::Suspended { .. } => "suspended",
	}
}

/// The rest that a suspended provider has left, in blocks.
fn rest(view: &ProviderView<AccountId>, market: &Market) -> Option<BlockNumber> {
	match view.status {
		ProviderStatus::Suspended { until } => Some(until.saturating_sub(market.block)),
		ProviderStatus::Online | ProviderStatus::Paused => None,
	}
}

/// Why it takes no work, and until when.
fn standstill(view: &ProviderView<AccountId>, market: &Market) -> String {
	match rest(view, market) {
		None => String::new(),
		Some(0) => " after a fault: the rest is over, `ergon provider resume` ends it".to_owned(),
		Some(left) => {
			format!(" after a fault: rests another {}", show::blocks(left, market.timing.block_millis))
		},
	}
}

fn operator(operator: &Operator<AccountId>) -> String {
	match operator {
		Operator::Itself => "itself".to_owned(),
		Operator::Claimed(account) => format!("{account}, which has not confirmed it"),
		Operator::Of(account) => account.to_string(),
	}
}

/// How far it is from working alone, or how it does.
fn trust(view: &ProviderView<AccountId>) -> String {
	match view.reputation.streak {
		streak if streak < LEAST_STREAK => {
			format!("{streak} of the {LEAST_STREAK} agreements in a row after which it may work alone on adaptive jobs")
		},
		streak => format!(
			"{streak} agreements in a row: may work alone on adaptive jobs, audited 1 time in {} at most, as far as its free bond goes",
			streak.min(RAREST_AUDIT.into())
		),
	}
}

/// A provider, as JSON.
pub fn json(view: &ProviderView<AccountId>, market: &Market) -> Result<Value> {
	let mut json = serde_json::to_value(view)?;
	json["rest_blocks"] = json!(rest(view, market));
	Ok(json)
}

/// A provider, for people.
pub fn describe(view: &ProviderView<AccountId>, market: &Market) -> String {
	let record = &view.reputation;
	let mut lines = vec![
		format!("stash       {}", view.stash),
		format!("worker      {}", view.worker),
		format!("operator    {}", operator(&view.operator)),
		format!(
			"status      {}{}, {} of {} slots busy",
			status(view.status),
			standstill(view, market),
			view.busy,
			view.info.slots
		),
		format!("asks        {} a Gfuel", show::both(view.info.ask.0)),
		format!(
			"offers      {} MiB a task, {} Mfuel/s, region {}",
			view.info.memory,
			view.info.speed,
			String::from_utf8_lossy(&view.info.region.0)
		),
		format!("bond        {}, of which {} locked", show::both(view.bond), show::amount(view.locked)),
	];
	if let Some(out) = &view.unbonding {
		lines.push(format!("unbonding   {} from block {}", show::both(out.amount), out.at));
	}
	lines.push(format!("earned      {}", show::both(view.earned)));
	lines.push(format!(
		"record      {} agreed, {} alone, {} absent, {} silent, {} dissented, slashed {}",
		record.agreed,
		record.alone,
		record.absent,
		record.silent,
		record.dissented,
		show::amount(record.slashed)
	));
	lines.push(format!("streak      {}", trust(view)));
	lines.join("\n")
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;
	use ergon_primitives::{
		provider::{ProviderInfo, Reputation},
		samples::{ECONOMICS, TIMING},
		Price, Region,
	};

	fn market(block: BlockNumber) -> Market {
		let (economics, timing) = (ECONOMICS, TIMING);
		Market { block, economics, timing, blobs: Default::default(), min_bond: 1, available: 0, jobs: 0 }
	}

	fn provider(status: ProviderStatus, streak: u32) -> ProviderView<AccountId> {
		ProviderView {
			stash: AccountId::from([1; 32]),
			worker: AccountId::from([2; 32]),
			operator: Operator::Claimed(AccountId::from([3; 32])),
			info: ProviderInfo {
				slots: 1,
				ask: Price(1),
				memory: 1,
				profiles: Default::default(),
				speed: 1,
				region: Region::UNSAID,
				addresses: Default::default(),
			},
			status,
			bond: 1,
			locked: 0,
			unbonding: None,
			busy: 0,
			reputation: Reputation { streak, ..Default::default() },
			earned: 0,
		}
	}

	#[test]
	fn a_suspension_should_be_told_with_what_is_left_of_it() {
		let view = provider(ProviderStatus::Suspended { until: 60 }, 0);
		let said = describe(&view, &market(40));
		assert!(said.contains("suspended after a fault: rests another 20 blocks (about 60 s)"), "{said}");
		assert!(said.contains("has not confirmed it") && said.contains("0 of the 10"), "{said}");
		assert_eq!(json(&view, &market(40)).unwrap()["rest_blocks"], 20);
		assert!(describe(&view, &market(60)).contains("the rest is over"));
		let online = provider(ProviderStatus::Online, 80);
		assert!(json(&online, &market(40)).unwrap()["rest_blocks"].is_null());
		assert!(describe(&online, &market(40)).contains("1 time in 50"));
	}
}
