//! Machines for hire: what a provider says of itself and what the market knows of it.

use crate::{job::Requirements, Balance, Price, Profile};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// ISO 3166-1 alpha-2 code of a country in upper-case ASCII, or `ZZ` for "not said".
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Region(#[cfg_attr(feature = "serde", serde(with = "crate::text::region"))] pub [u8; 2]);

impl Region {
	/// The code of a provider that does not say where it is.
	pub const UNSAID: Self = Self(*b"ZZ");

	/// Two upper-case letters.
	pub fn is_valid(&self) -> bool {
		self.0.iter().all(u8::is_ascii_uppercase)
	}
}

/// The most slots a provider may offer.
pub const MAX_SLOTS: u16 = 256;
/// The most execution profiles a provider may name.
pub const MAX_PROFILES: u32 = 8;
/// The most addresses a provider may give, and the most bytes in each.
pub const MAX_ADDRESSES: u32 = 4;
/// See [`MAX_ADDRESSES`].
pub const MAX_ADDRESS_BYTES: u32 = 128;

/// Where a provider can be reached.
pub type Addresses = BoundedVec<BoundedVec<u8, ConstU32<MAX_ADDRESS_BYTES>>, ConstU32<MAX_ADDRESSES>>;

/// What a provider offers; all of it can be changed later.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProviderInfo {
	/// Shards it can work on at a time, 1 to [`MAX_SLOTS`].
	pub slots: u16,
	/// Its price.
	pub ask: Price,
	/// Memory that it can give to one task, in MiB.
	pub memory: u32,
	/// The execution profiles that it runs.
	pub profiles: BoundedVec<Profile, ConstU32<MAX_PROFILES>>,
	/// Its measured speed in Mfuel (10^6 fuel) a second on one slot (`ergon-worker benchmark`).
	pub speed: u32,
	/// Where it says it is.
	pub region: Region,
	/// Where it can be reached (multiaddresses or URLs, UTF-8); informative.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::addresses"))]
	pub addresses: Addresses,
}

/// Which field of a [`ProviderInfo`] cannot be accepted, and what would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InfoError {
	/// `slots` must be 1 to [`MAX_SLOTS`].
	Slots,
	/// `ask` must be above zero.
	Ask,
	/// `memory` must be at least 1 MiB.
	Memory,
	/// `profiles` must name at least one.
	Profiles,
	/// `speed` must be at least 1 Mfuel/s.
	Speed,
	/// `region` must be two upper-case letters.
	Region,
}

impl ProviderInfo {
	/// Checks every field.
	pub fn check(&self) -> Result<(), InfoError> {
		let ensure = |ok, error| if ok { Ok(()) } else { Err(error) };
		ensure((1..=MAX_SLOTS).contains(&self.slots), InfoError::Slots)?;
		ensure(self.ask.0 > 0, InfoError::Ask)?;
		ensure(self.memory > 0, InfoError::Memory)?;
		ensure(!self.profiles.is_empty(), InfoError::Profiles)?;
		ensure(self.speed > 0, InfoError::Speed)?;
		ensure(self.region.is_valid(), InfoError::Region)
	}

	/// Whether this machine can do what is asked for at or below the price ceiling; `Err` names the first reason
	/// against it.
	pub fn fits(&self, wanted: &Wanted) -> Result<(), Misfit> {
		let ensure = |ok, misfit| if ok { Ok(()) } else { Err(misfit) };
		let needs = &wanted.requirements;
		ensure(self.ask <= wanted.ceiling, Misfit::Price)?;
		ensure(self.memory >= wanted.memory, Misfit::Memory)?;
		ensure(self.profiles.contains(&needs.profile), Misfit::Profile)?;
		ensure(self.speed >= needs.min_speed, Misfit::Speed)?;
		ensure(needs.region.is_none_or(|region| region == self.region), Misfit::Region)
	}
}

/// What a draw looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
	/// The client's price ceiling.
	pub ceiling: Price,
	/// Memory for one task in MiB, rounded up.
	pub memory: u32,
	/// The client's requirements.
	pub requirements: Requirements,
	/// The fuel that the shard may use at most: what the lock is computed from.
	pub shard_fuel: crate::Fuel,
	/// The most that the replica can get of the shard's tip ([`JobSpec::tip_share`](crate::JobSpec::tip_share)): what the lock is
	/// computed from, too.
	pub tip: Balance,
	/// What the replica is for: what the lock is computed from, too.
	pub stake: crate::stake::Stake,
}

/// Why a provider does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
	/// Asks for more than the ceiling.
	Price,
	/// Too little memory.
	Memory,
	/// Does not run the profile.
	Profile,
	/// Too slow.
	Speed,
	/// Elsewhere.
	Region,
}

/// Whether a provider takes work.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum ProviderStatus {
	/// In the index that draws are made from, as long as a slot is free. Left by `pause` and by `deregister`.
	#[codec(index = 0)]
	Online,
	/// Takes no new work; open duties stay due. Left by `resume` and by `deregister`; a fault leads to `Suspended`.
	#[codec(index = 1)]
	Paused,
	/// Rests after a fault: takes no new work; open duties stay due. Left by `resume`, which the worker can call too, once
	/// the rest is over, and by `deregister`.
	#[codec(index = 2)]
	Suspended {
		/// From this block on `resume` ends it.
		until: crate::BlockNumber,
	},
}

/// Who runs a provider's machine, as far as it matters that one operator's providers do not check each other.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Operator<AccountId> {
	/// Its stash.
	#[default]
	#[codec(index = 0)]
	Itself,
	/// The stash says that it is this account, which has not agreed: counts for nothing. To `Of` by that account.
	#[codec(index = 1)]
	Claimed(AccountId),
	/// This account: nobody else of it is drawn for the same shard.
	#[codec(index = 2)]
	Of(AccountId),
}

/// A provider's record of conduct: counts, never reset but by deregistration.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reputation {
	/// Replicas that agreed with the quorum.
	pub agreed: u32,
	/// Agreed since the last fault.
	pub streak: u32,
	/// Replicas that worked alone and were not audited.
	pub alone: u32,
	/// Faults since it last agreed.
	pub faults: u32,
	/// Never committed.
	pub absent: u32,
	/// Committed, never revealed.
	pub silent: u32,
	/// Disagreed with the quorum, or falsely said `Unavailable`.
	pub dissented: u32,
	/// All that was ever slashed from its bond.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub slashed: Balance,
}

impl Reputation {
	/// The record after one more replica; counts stay at their largest.
	pub fn after(mut self, conduct: crate::Conduct, slashed: Balance) -> Self {
		use crate::Conduct::*;
		let count = match conduct {
			Released => return self,
			Agreed => {
				self.streak = self.streak.saturating_add(1);
				self.faults = 0;
				&mut self.agreed
			},
			// Neither for it nor against it: nobody has looked.
			Alone => &mut self.alone,
			Absent => &mut self.absent,
			Silent => &mut self.silent,
			Dissented | FalselyUnavailable => &mut self.dissented,
		};
		*count = count.saturating_add(1);
		if conduct.is_fault() {
			self.streak = 0;
			self.faults = self.faults.saturating_add(1);
		}
		self.slashed = self.slashed.saturating_add(slashed);
		self
	}
}
