//! Who is asked for which block: the plan of one fetch, without any I/O.

use crate::{transport::Failure, wire::Presence, GET_WITHIN};
use ergon_primitives::BlobId;
use sc_network_types::PeerId;
use std::{
	collections::{HashMap, HashSet},
	time::{Duration, Instant},
};

/// The most peers of one fetch.
const MAX_SOURCES: usize = 64;
/// Peers that are asked at once whether they have the blob.
const MAX_ASKING: usize = 16;
/// Blocks that are asked of one peer at once, once it has shown that it is quick.
const MAX_WINDOW: usize = 6;
/// Blocks that are asked of a peer at once after its first.
const FIRST_WINDOW: usize = 3;
/// Peers at once that are asked for a block and have not given one yet.
const MAX_UNPROVEN: usize = 3;
/// How long a peer may take for its first block; doubled with each failure.
const FIRST_WITHIN: Duration = Duration::from_secs(5);
/// How long a peer may take at least that has given one.
const NEXT_WITHIN: Duration = Duration::from_secs(10);
/// Its usual time for a block, times this, is what it may take.
const PATIENCE: u32 = 8;
/// A block that comes within this time lets its peer be asked for more at once.
const QUICK: Duration = Duration::from_millis(1500);
/// A block that takes this long is asked of another peer too, and its own is asked for less.
const SLOW: Duration = Duration::from_secs(3);
/// After this long a peer that said that it has nothing is asked again; doubled each time.
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// The longest such time.
const ASK_AGAIN_MOST: Duration = Duration::from_secs(16);
/// How long a peer rests that asked for patience.
const BUSY: Duration = Duration::from_millis(500);
/// How long a peer rests that failed once; doubled each time.
const REST: Duration = Duration::from_secs(1);
/// The longest such time.
const REST_MOST: Duration = Duration::from_secs(30);
/// Blocks of which it is remembered for one peer that it does not have them.
const MAX_LACKS: usize = 512;

/// What is known of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Knowledge {
	/// Nothing yet, and nothing was asked.
	Unknown,
	/// It was asked and has not answered.
	Asked,
	/// It has some of the blob, or all.
	Has,
	/// It had nothing.
	HasNot,
}

#[derive(Debug)]
struct Source {
	knowledge: Knowledge,
	/// It holds all of it.
	whole: bool,
	/// It was asked at least once, and has answered at least once.
	answered: bool,
	/// From when on it may be asked for the root again.
	ask_at: Instant,
	/// Times in a row that it had nothing.
	refusals: u32,
	/// From when on it may be asked for blocks.
	ready_at: Instant,
	/// Failures in a row.
	failures: u32,
	window: usize,
	in_flight: usize,
	/// How long a block takes from it, smoothed; 0: not known.
	pace: Duration,
	lacks: HashSet<BlobId>,
	/// It gave at least one block.
	gave: bool,
}

impl Source {
	fn new(now: Instant) -> Self {
		Self {
			knowledge: Knowledge::Unknown,
			whole: false,
			answered: false,
			ask_at: now,
			refusals: 0,
			ready_at: now,
			failures: 0,
			window: 1,
			in_flight: 0,
			pace: Duration::ZERO,
			lacks: HashSet::new(),
			gave: false,
		}
	}

	fn can_give(&self, now: Instant) -> bool {
		self.knowledge == Knowledge::Has && self.ready_at <= now && self.in_flight < self.window
	}

	/// How long it may take for a block.
	fn patience(&self) -> Duration {
		let least = match self.gave {
			true => NEXT_WITHIN.max(self.pace.saturating_mul(PATIENCE)),
			false => FIRST_WITHIN,
		};
		least.saturating_mul(2u32.pow(self.failures.min(4))).min(GET_WITHIN)
	}

	fn rest(&mut self, now: Instant) {
		let times = self.failures.min(5);
		self.failures = self.failures.saturating_add(1);
		self.ready_at = now + (REST * 2u32.pow(times)).min(REST_MOST);
		self.window = 1;
	}
}

/// A block that is missing.
#[derive(Debug)]
struct Want {
	id: BlobId,
	/// Who is asked for it at the moment, and since when.
	asked: Vec<(PeerId, Instant)>,
	/// It came, and the store has not looked at it yet.
	arrived: bool,
}

/// What became of the question for a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
	/// It came.
	Block,
	/// The peer does not have it.
	Nothing,
	/// No answer.
	Failed(Failure),
}

/// A peer as others are told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
	/// Who.
	pub peer: PeerId,
	/// Whether it holds the blob whole, if it has answered.
	pub has: Option<bool>,
	/// Whether it gave blocks.
	pub gave: bool,
}

/// The plan of one fetch.
#[derive(Debug, Default)]
pub(crate) struct Session {
	sources: HashMap<PeerId, Source>,
	banished: HashSet<PeerId>,
	/// In the order in which they are asked for.
	wants: Vec<Want>,
}

impl Session {
	/// Adds peers that may have the blob. Those that were banished stay out.
	pub(crate) fn add(&mut self, peers: impl IntoIterator<Item = PeerId>, now: Instant) {
		for peer in peers {
			if self.sources.len() >= MAX_SOURCES && !self.make_room() {
				return;
			}
			if !self.banished.contains(&peer) {
				self.sources.entry(peer).or_insert_with(|| Source::new(now));
			}
		}
	}

	/// Drops a peer that is of no use. Says whether there is room then.
	fn make_room(&mut self) -> bool {
		let useless = self.sources.iter().find(|(_, source)| {
			source.in_flight == 0 && !source.gave && (source.refusals > 1 || source.failures > 2)
		});
		let Some(peer) = useless.map(|(peer, _)| *peer) else { return false };
		self.sources.remove(&peer).is_some()
	}

	/// Says which blocks are missing, in the order in which they are to be asked for. Questions for others are forgotten;
	/// their answers are still counted.
	pub(crate) fn want(&mut self, ids: impl IntoIterator<Item = BlobId>) {
		let mut before: HashMap<_, _> = self.wants.drain(..).map(|want| (want.id, want)).collect();
		for id in ids {
			let new = Want { id, asked: Vec::new(), arrived: false };
			self.wants.push(before.remove(&id).unwrap_or(new));
		}
	}

	/// A block that came is not what it was to be: it is still missing.
	pub(crate) fn refused(&mut self, id: &BlobId) {
		self.wants.iter_mut().filter(|want| want.id == *id).for_each(|want| want.arrived = false);
	}

	/// The next peer that is to be asked whether it has the blob.
	pub(crate) fn next_have(&mut self, now: Instant) -> Option<PeerId> {
		let asking = self.sources.values().filter(|source| source.knowledge == Knowledge::Asked).count();
		if asking >= MAX_ASKING {
			return None;
		}
		let due = self.sources.iter_mut().filter(|(_, source)| {
			matches!(source.knowledge, Knowledge::Unknown | Knowledge::HasNot) && source.ask_at <= now
		});
		let (peer, source) = due.min_by_key(|(_, source)| (source.refusals, source.failures))?;
		source.knowledge = Knowledge::Asked;
		Some(*peer)
	}

	/// What a peer said to that.
	pub(crate) fn on_have(&mut self, peer: PeerId, answer: Result<Presence, Failure>, now: Instant) {
		let Some(source) = self.sources.get_mut(&peer) else { return };
		match answer {
			Ok(Presence::None) => {
				source.answered = true;
				source.has_nothing(now);
			},
			Ok(presence) => {
				source.answered = true;
				source.knowledge = Knowledge::Has;
				source.whole = presence == Presence::Whole;
				source.refusals = 0;
				source.failures = 0;
				source.ready_at = now;
			},
			Err(Failure::Busy) => {
				source.knowledge = Knowledge::HasNot;
				source.ask_at = now + BUSY;
			},
			Err(_) => {
				source.failures = source.failures.saturating_add(1);
				source.has_nothing(now);
			},
		}
	}

	/// Whether a block could be asked for now.
	pub(crate) fn can_ask(&self, now: Instant) -> bool {
		self.choose(now).is_some()
	}

	/// The next block to ask for, whom, and how long that peer may take.
	pub(crate) fn next_block(&mut self, now: Instant) -> Option<(PeerId, BlobId, Duration)> {
		let (at, peer) = self.choose(now)?;
		let want = self.wants.get_mut(at)?;
		let source = self.sources.get_mut(&peer)?;
		want.asked.push((peer, now));
		source.in_flight += 1;
		Some((peer, want.id, source.patience()))
	}

	/// The first block that nobody is asked for, else one that takes long; and the peer that has least to do.
	fn choose(&self, now: Instant) -> Option<(usize, PeerId)> {
		if !self.sources.values().any(|source| source.can_give(now)) {
			return None;
		}
		let missing = || self.wants.iter().enumerate().filter(|(_, want)| !want.arrived);
		let unasked = missing().filter(|(_, want)| want.asked.is_empty());
		let slow = missing().filter(|(_, want)| match want.asked.as_slice() {
			[(_, since)] => now.saturating_duration_since(*since) >= SLOW,
			_ => false,
		});
		unasked.chain(slow).find_map(|(at, want)| Some((at, self.giver(want, now)?)))
	}

	fn giver(&self, want: &Want, now: Instant) -> Option<PeerId> {
		let unproven = self.sources.values().filter(|source| !source.gave && source.in_flight > 0).count();
		let able = self.sources.iter().filter(|(peer, source)| {
			source.can_give(now)
				&& (source.gave || unproven < MAX_UNPROVEN)
				&& !source.lacks.contains(&want.id)
				&& want.asked.iter().all(|(asked, _)| asked != *peer)
		});
		let (peer, _) = able.min_by_key(|(_, source)| {
			let load = u32::try_from(source.in_flight).unwrap_or(u32::MAX).saturating_add(1);
			(source.failures, source.pace.saturating_mul(load), source.in_flight, !source.whole)
		})?;
		Some(*peer)
	}

	/// What a peer said when it was asked for a block. Says whether a block that came is to be looked at: it may be here
	/// already, or have come from another.
	pub(crate) fn on_block(&mut self, peer: PeerId, id: &BlobId, given: Given, now: Instant) -> bool {
		let mut since = None;
		let mut needed = false;
		if let Some(want) = self.wants.iter_mut().find(|want| want.id == *id) {
			if let Some(at) = want.asked.iter().position(|(asked, _)| *asked == peer) {
				since = Some(want.asked.swap_remove(at).1);
			}
			if given == Given::Block {
				needed = !want.arrived;
				want.arrived = true;
			}
		}
		self.rate(peer, id, given, since, now);
		needed
	}

	/// What that says about the peer.
	fn rate(&mut self, peer: PeerId, id: &BlobId, given: Given, since: Option<Instant>, now: Instant) {
		let Some(source) = self.sources.get_mut(&peer) else { return };
		source.in_flight = source.in_flight.saturating_sub(1);
		match given {
			Given::Block => {
				source.failures = 0;
				if !source.gave {
					source.gave = true;
					source.window = FIRST_WINDOW;
				}
				if let Some(took) = since.map(|since| now.saturating_duration_since(since)) {
					source.pace = if source.pace.is_zero() { took } else { (source.pace * 3 + took) / 4 };
					if took <= QUICK {
						source.window = (source.window + 1).min(MAX_WINDOW);
					} else if took >= SLOW {
						source.window = (source.window / 2).max(1);
					}
				}
			},
			Given::Nothing => {
				source.whole = false;
				if source.lacks.len() >= MAX_LACKS {
					source.lacks.clear();
				}
				source.lacks.insert(*id);
				// Of what is missing it has nothing. It may have more by the time it is asked again.
				if self.wants.iter().all(|want| source.lacks.contains(&want.id)) {
					source.has_nothing(now);
				}
			},
			Given::Failed(Failure::Busy) => source.ready_at = now + BUSY,
			Given::Failed(_) => source.rest(now),
		}
	}

	/// A peer lied: it is asked no more.
	pub(crate) fn banish(&mut self, peer: PeerId) {
		if self.banished.len() < MAX_SOURCES * 4 {
			self.banished.insert(peer);
		}
		self.sources.remove(&peer);
		for want in &mut self.wants {
			want.asked.retain(|(asked, _)| *asked != peer);
		}
	}

	/// When time alone makes something possible that was not: later than `now`.
	pub(crate) fn wakeup(&self, now: Instant) -> Option<Instant> {
		let sources = self.sources.values().filter_map(|source| match source.knowledge {
			Knowledge::Asked => None,
			Knowledge::Has => Some(source.ready_at),
			Knowledge::Unknown | Knowledge::HasNot => Some(source.ask_at),
		});
		let slow = self.wants.iter().filter_map(|want| match want.asked.as_slice() {
			[(_, since)] if !want.arrived => Some(*since + SLOW),
			_ => None,
		});
		sources.chain(slow).filter(|at| *at > now).min()
	}

	/// All peers of the fetch.
	pub(crate) fn known(&self) -> Vec<Known> {
		let known = self.sources.iter().filter(|(_, source)| source.knowledge != Knowledge::Unknown);
		known
			.map(|(peer, source)| Known {
				peer: *peer,
				has: source.answered.then_some(source.whole),
				gave: source.gave,
			})
			.collect()
	}
}

impl Source {
	fn has_nothing(&mut self, now: Instant) {
		let times = self.refusals.min(4);
		self.refusals = self.refusals.saturating_add(1);
		self.knowledge = Knowledge::HasNot;
		self.whole = false;
		self.ask_at = now + (ASK_AGAIN * 2u32.pow(times)).min(ASK_AGAIN_MOST);
		self.lacks.clear();
	}
}
