//! Stakes: what a provider locks for a replica, what misconduct costs of it, when it may work alone, and how long it rests
//! after a fault. Pure functions, each with the reason for its numbers.
//!
//! Throughout, *pay* is what an honest replica earns at most ([`Economics::pay`], and what it can get of the tip), and *value* what
//! one replica costs at most, tips apart ([`Economics::replica_value`]).

use crate::{
	money::{mul_div_ceil, Economics},
	Balance, BlockNumber, Conduct, Fuel, Price,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What a replica is drawn for, as far as its lock depends on it.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Stake {
	/// Nothing of the shard is revealed yet: whoever does not compute has nothing to copy.
	#[default]
	#[codec(index = 0)]
	Ordinary,
	/// Claims are revealed already, or the client's own answer is, and one of them could be repeated unworked.
	#[codec(index = 1)]
	Late,
}

impl Economics {
	/// What is locked for one replica of a shard; `None` where it overflows. The largest of:
	///
	/// - `lock_percent` of the pay (`late_percent` for a late one). A liar gains its pay if it gets through with probability
	///   *p* and loses the lock otherwise, so lying loses money where lock ÷ pay > *p* ÷ (1 − *p*): at 200 %, unless it gets
	///   through two times in three; at 2,000 %, unless twenty times in twenty-one;
	/// - the value, so that whoever makes another replica necessary can always pay for it;
	/// - the least lock, so that dust-priced work has something at stake.
	///
	/// `tip` is the most that the replica can get of the shard's tip. Without it in the pay, a high tip would be worth more than
	/// the lock, and a lie a good bet.
	pub fn lock(
		&self,
		stake: Stake,
		ask: Price,
		ceiling: Price,
		shard_fuel: Fuel,
		tip: Balance,
	) -> Option<Balance> {
		let percent = match stake {
			Stake::Ordinary => self.lock_percent,
			Stake::Late => self.late_percent.max(self.lock_percent),
		};
		let pay = self.pay(ask, shard_fuel)?.checked_add(tip)?;
		let of_pay = mul_div_ceil(pay, Balance::from(percent), 100)?;
		Some(of_pay.max(self.replica_value(ceiling, shard_fuel)?).max(self.min_lock))
	}

	/// What `conduct` costs of a `lock` for a replica of this `value`; never more than the lock.
	///
	/// - Absent: a crash or a lost line, which is nobody's plan. It pays for its replacement; a twentieth of the lock if that is
	///   more.
	///   So is the silence of one that is trusted to work alone: nobody would have looked at its claim.
	/// - Silent: it knew its claim and kept it back, as one does that learns of an audit, or of an answer that the client
	///   knows. As bad as a lie, else it would be the cheaper one.
	/// - Dissented: a lie, since honest replicas agree to the bit.
	/// - Falsely unavailable: it did not work, and cost a replacement; but a real failure of the network can look alike, so
	///   it does not cost the whole lock.
	pub fn loss(&self, conduct: Conduct, lock: Balance, value: Balance) -> Balance {
		let loss = match conduct {
			Conduct::Agreed | Conduct::Released | Conduct::Alone => 0,
			Conduct::Absent => self.loss_absent.of(lock).max(value),
			Conduct::Silent => self.loss_silent.of(lock).max(value),
			Conduct::Dissented => self.loss_dissent.of(lock).max(value),
			Conduct::FalselyUnavailable => self.loss_false_unavailable.of(lock).max(value),
		};
		loss.min(lock)
	}
}

/// Consecutive agreements without which nobody works alone: enough that a new identity, which costs a bond and no more, has to
/// do real work first; few enough that an honest newcomer gets there on its first day.
pub const LEAST_STREAK: u32 = 10;

/// The rarest audit, one in so many. Beyond it the saving is small (2 % of a replica) and the lock, which grows with it,
/// large.
pub const RAREST_AUDIT: u16 = 50;

/// A provider's leave to work alone on a shard.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Trust {
	/// It is audited one time in so many: at least 2.
	pub one_in: u16,
	/// What it locks for the shard instead of the ordinary lock: that lock times `one_in`.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub lock: Balance,
}

/// Whether a provider with this streak and this much free bond may work alone on a shard of this ordinary lock.
///
/// With probability 1 − 1/*N* nobody looks, where *N* is the streak, at most [`RAREST_AUDIT`], and at most as many locks as
/// the free bond covers: it locks *N* times the ordinary lock. Of *N* lies one is found on average. So what lies can cost
/// clients until one is found, *N* values, never exceeds what the lock makes good; and a lie, which gains the pay with
/// probability 1 − 1/*N* and loses *N* locks with probability 1/*N*, loses lock − pay × (1 − 1/*N*) on average: at 200 %, more
/// than the pay. That is where strangers audit. With a share *s* of the draws the liar's friends do, and a quorum of 2 of 3 does
/// not find it out with probability 1 − (1 − *s*)²: lying still loses money below 29 %.
pub fn trust(streak: u32, free_bond: Balance, lock: Balance) -> Option<Trust> {
	if streak < LEAST_STREAK {
		return None;
	}
	let covered = u16::try_from(free_bond.checked_div(lock)?).unwrap_or(u16::MAX);
	let one_in = u16::try_from(streak).unwrap_or(u16::MAX).min(RAREST_AUDIT).min(covered);
	// Cannot overflow: the product is at most the free bond.
	(one_in >= 2).then(|| Trust { one_in, lock: lock.saturating_mul(Balance::from(one_in)) })
}

/// How long a provider rests after the last of so many faults in a row: `base`, doubled by each after the first, at most
/// `most`. One crash costs minutes; a machine that fails again and again is soon out of everybody's way.
pub fn cool_down(base: BlockNumber, most: BlockNumber, faults: u32) -> BlockNumber {
	let doublings = faults.saturating_sub(1).min(BlockNumber::BITS - 1);
	base.saturating_mul(1 << doublings).min(most)
}
