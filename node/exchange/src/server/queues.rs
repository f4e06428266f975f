//! Whose wish is served next.

use super::bucket::Bucket;
use sc_network_types::PeerId;
use std::{
	collections::{HashMap, VecDeque},
	time::{Duration, Instant},
};

/// How much is served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
	/// Bytes in a second to one peer; four times as many at once.
	pub rate: f64,
	/// Questions in a second from one peer; four times as many at once.
	pub wants: f64,
	/// Wishes of one peer that wait.
	pub queue: usize,
	/// Blocks in memory at once, for all peers.
	pub slots: usize,
	/// Peers that are known at once; those beyond are sent away.
	pub peers: usize,
}

/// For how many seconds' worth of bytes, and of questions, a peer may burst: a whole blob comes at full speed.
const BURST: f64 = 4.0;
/// How long a peer that is silent and owes nothing is remembered.
const IDLE: Duration = Duration::from_secs(30);

/// The wishes of all peers: a bounded queue for each, served in turn, each at its own rate.
///
/// A slot is what one block in memory takes, from being read until it has left. A peer gets another slot only while more
/// are free than it has: one peer alone gets half of them, and peers that do not read what they asked for can take all
/// but the last few, so that others are still served.
#[derive(Debug)]
pub(crate) struct Queues<J> {
	limits: Limits,
	lines: HashMap<PeerId, Line<J>>,
	/// Peers with wishes, each once, in the order of their turns.
	turns: VecDeque<PeerId>,
	taken: usize,
}

#[derive(Debug)]
struct Line<J> {
	jobs: VecDeque<J>,
	bytes: Bucket,
	wants: Bucket,
	slots: usize,
	seen: Instant,
}

impl<J> Queues<J> {
	pub(crate) fn new(limits: Limits) -> Self {
		Self { limits, lines: HashMap::new(), turns: VecDeque::new(), taken: 0 }
	}

	fn line(&mut self, peer: PeerId, now: Instant) -> Option<&mut Line<J>> {
		if !self.lines.contains_key(&peer) {
			if self.lines.len() >= self.limits.peers {
				self.forget(now);
			}
			if self.lines.len() >= self.limits.peers {
				return None;
			}
			let Limits { rate, wants, .. } = self.limits;
			let line = Line {
				jobs: VecDeque::new(),
				bytes: Bucket::new(rate, rate * BURST, now),
				wants: Bucket::new(wants, wants * BURST, now),
				slots: 0,
				seen: now,
			};
			self.lines.insert(peer, line);
		}
		let line = self.lines.get_mut(&peer)?;
		line.seen = now;
		Some(line)
	}

	/// Whether a peer may ask a question that costs no block.
	pub(crate) fn admit(&mut self, peer: PeerId, now: Instant) -> bool {
		self.line(peer, now).is_some_and(|line| line.wants.try_take(1.0, now))
	}

	/// Takes a wish in; gives it back if the peer asks too much.
	pub(crate) fn push(&mut self, peer: PeerId, job: J, now: Instant) -> Result<(), J> {
		let limit = self.limits.queue;
		let Some(line) = self.line(peer, now) else { return Err(job) };
		if line.jobs.len() >= limit || !line.wants.try_take(1.0, now) {
			return Err(job);
		}
		line.jobs.push_back(job);
		if line.jobs.len() == 1 {
			self.turns.push_back(peer);
		}
		Ok(())
	}

	/// The next wish to be served; it takes a slot until [`Self::done`].
	pub(crate) fn next(&mut self, now: Instant) -> Option<(PeerId, J)> {
		for _ in 0..self.turns.len() {
			let free = self.limits.slots.saturating_sub(self.taken);
			if free == 0 {
				return None;
			}
			let peer = self.turns.pop_front()?;
			let Some(line) = self.lines.get_mut(&peer) else { continue };
			if line.slots < free && line.bytes.is_open(now) {
				let Some(job) = line.jobs.pop_front() else { continue };
				line.slots += 1;
				self.taken += 1;
				if !line.jobs.is_empty() {
					self.turns.push_back(peer);
				}
				return Some((peer, job));
			}
			self.turns.push_back(peer);
		}
		None
	}

	/// A wish was served with that many bytes, and its slot is free.
	pub(crate) fn done(&mut self, peer: PeerId, bytes: usize, now: Instant) {
		self.taken = self.taken.saturating_sub(1);
		if let Some(line) = self.lines.get_mut(&peer) {
			line.slots = line.slots.saturating_sub(1);
			line.bytes.take(bytes as f64, now);
			line.seen = now;
		}
	}

	/// When a peer that waits for its rate can be served; `None` if none waits for that.
	pub(crate) fn wakeup(&self) -> Option<Instant> {
		if self.taken >= self.limits.slots {
			return None;
		}
		let waiting = self.turns.iter().filter_map(|peer| self.lines.get(peer));
		waiting.map(|line| line.bytes.opens_at()).min()
	}

	/// Forgets peers that are silent and owe nothing.
	fn forget(&mut self, now: Instant) {
		self.lines.retain(|_, line| {
			!(line.jobs.is_empty()
				&& line.slots == 0
				&& now.saturating_duration_since(line.seen) >= IDLE
				&& line.bytes.is_full(now)
				&& line.wants.is_full(now))
		});
	}

	/// Wishes that wait, of all peers.
	#[cfg(test)]
	fn waiting(&self) -> usize {
		self.lines.values().map(|line| line.jobs.len()).sum()
	}
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
	use super::*;

	const LIMITS: Limits = Limits { rate: 1e6, wants: 10.0, queue: 16, slots: 8, peers: 4 };

	#[test]
	fn a_million_wants_are_cut_and_others_are_served() {
		let now = Instant::now();
		let mut queues = Queues::new(LIMITS);
		let (flood, other) = (PeerId::random(), PeerId::random());
		let refused = (0..1_000_000).filter(|i| queues.push(flood, *i, now).is_err()).count();
		assert_eq!(refused, 1_000_000 - 16);
		assert_eq!(queues.waiting(), 16);
		queues.push(other, 7, now).unwrap();
		let served: Vec<_> = std::iter::from_fn(|| queues.next(now)).collect();
		assert!(served[..2].iter().any(|(peer, _)| *peer == other), "the other has its turn at once");
	}

	#[test]
	fn one_peer_gets_half_of_the_slots_and_stalled_ones_never_all() {
		let now = Instant::now();
		let mut queues = Queues::new(Limits { wants: 1000.0, ..LIMITS });
		let peers: Vec<_> = (0..4).map(|_| PeerId::random()).collect();
		let mut taken = Vec::new();
		for peer in &peers {
			(0..16).for_each(|i| queues.push(*peer, i, now).unwrap());
			taken.push(std::iter::from_fn(|| queues.next(now)).count());
		}
		assert_eq!(taken[0], 4);
		assert!(taken.iter().all(|slots| *slots > 0), "{taken:?}");
		assert!(taken.iter().sum::<usize>() <= LIMITS.slots);
	}

	#[test]
	fn a_peer_gets_no_more_bytes_than_its_rate() {
		let start = Instant::now();
		let mut now = start;
		let mut queues = Queues::new(Limits { wants: 1e6, ..LIMITS });
		let peer = PeerId::random();
		let mut bytes = 0;
		while now < start + Duration::from_secs(10) {
			while queues.push(peer, (), now).is_ok() {}
			match queues.next(now) {
				Some(_) => {
					bytes += 250_000;
					queues.done(peer, 250_000, now);
				},
				None => now = queues.wakeup().unwrap(),
			}
		}
		assert!((13_000_000..=14_500_000).contains(&bytes), "{bytes}");
	}

	#[test]
	fn peers_beyond_the_bound_wait_until_others_are_forgotten() {
		let now = Instant::now();
		let mut queues = Queues::<()>::new(LIMITS);
		(0..4).for_each(|_| assert!(queues.admit(PeerId::random(), now)));
		assert!(!queues.admit(PeerId::random(), now));
		assert!(queues.admit(PeerId::random(), now + IDLE + Duration::from_secs(1)));
	}

	#[test]
	fn an_empty_queue_needs_no_wakeup() {
		let now = Instant::now();
		let mut queues = Queues::new(LIMITS);
		assert_eq!(queues.wakeup(), None);
		queues.push(PeerId::random(), (), now).unwrap();
		queues.next(now).unwrap();
		assert_eq!(queues.wakeup(), None);
	}
}
