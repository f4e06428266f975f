//! What is waited for, and what was sent a moment ago.

use super::Ask;
use crate::wire::Presence;
use bytes::Bytes;
use ergon_primitives::BlobId;
use sc_network_types::PeerId;
use std::{
	collections::HashMap,
	time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// For how long a block that is waited for no longer may still come without harm.
const LATE: Duration = Duration::from_secs(120);
/// For how long a block that was sent is not sent again to the same peer.
const AGAIN: Duration = Duration::from_secs(5);
/// The most entries of either list; beyond it the oldest are forgotten, all at once.
const MOST: usize = 4096;

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
	/// Somebody waits for it, or for another block of that peer, and will see that it is another.
	Wanted,
	/// Somebody waited for it.
	Late,
	/// Nobody ever did.
	Unasked,
}

#[derive(Debug, Default)]
struct Waiting {
	haves: Vec<oneshot::Sender<Presence>>,
	blocks: Vec<oneshot::Sender<Option<Bytes>>>,
}

/// What the client waits for, by peer and block.
#[derive(Debug, Default)]
pub(super) struct Wants {
	waiting: HashMap<(PeerId, BlobId), Waiting>,
	late: HashMap<(PeerId, BlobId), Instant>,
}

impl Wants {
	/// Somebody waits. Those that have given up are moved away.
	pub(super) fn add(&mut self, ask: Ask, now: Instant) {
		self.tidy(now);
		match ask {
			Ask::Have(peer, id, answer) => self.waiting.entry((peer, id)).or_default().haves.push(answer),
			Ask::Block(peer, id, answer) => self.waiting.entry((peer, id)).or_default().blocks.push(answer),
		}
	}

	fn tidy(&mut self, now: Instant) {
		self.late.retain(|_, since| now.saturating_duration_since(*since) < LATE);
		if self.late.len() >= MOST {
			self.late.clear();
		}
		let late = &mut self.late;
		self.waiting.retain(|key, waiting| {
			waiting.haves.retain(|answer| !answer.is_closed());
			let before = waiting.blocks.len();
			waiting.blocks.retain(|answer| !answer.is_closed());
			if waiting.blocks.len() < before {
				late.insert(*key, now);
			}
			!(waiting.haves.is_empty() && waiting.blocks.is_empty())
		});
	}

	/// A peer says that it has a block, or has not.
	pub(super) fn on_presence(&mut self, peer: PeerId, id: BlobId, has: bool) {
		let Some(waiting) = self.waiting.get_mut(&(peer, id)) else { return };
		// Bitswap says nothing about the rest of the blob; who has the root nearly always has it all.
		let presence = if has { Presence::Whole } else { Presence::None };
		for answer in waiting.haves.drain(..) {
			let _ = answer.send(presence);
		}
		if !has {
			for answer in waiting.blocks.drain(..) {
				let _ = answer.send(None);
			}
		}
		if waiting.blocks.is_empty() {
			self.waiting.remove(&(peer, id));
		}
	}

	/// A peer sends a block of that name; `None`: of a name that no blob has.
	///
	/// If it is not what somebody waits for, but somebody waits for another block of that peer, it is given as that one:
	/// the store will see that it is not, and the peer is not asked again.
	pub(super) fn on_block(
		&mut self,
		peer: PeerId,
		id: Option<BlobId>,
		block: Vec<u8>,
		now: Instant,
	) -> Arrival {
		self.tidy(now);
		if let Some(waiting) = id.and_then(|id| self.waiting.remove(&(peer, id))) {
			let block = Bytes::from(block);
			for answer in waiting.blocks {
				let _ = answer.send(Some(block.clone()));
			}
			for answer in waiting.haves {
				let _ = answer.send(Presence::Whole);
			}
			return Arrival::Wanted;
		}
		if id.is_some_and(|id| self.late.remove(&(peer, id)).is_some()) {
			return Arrival::Late;
		}
		let other =
			self.waiting.iter_mut().find(|((of, _), waiting)| *of == peer && !waiting.blocks.is_empty());
		let Some(answer) = other.and_then(|(_, waiting)| waiting.blocks.pop()) else {
			return Arrival::Unasked;
		};
		let _ = answer.send(Some(Bytes::from(block)));
		Arrival::Wanted
	}
}

/// What is about to be sent, or was a moment ago.
#[derive(Debug, Default)]
pub(super) struct Sent {
	at: HashMap<(PeerId, BlobId), Instant>,
}

impl Sent {
	/// Says whether the block is to be sent to that peer: not if it was just now, or is about to be.
	pub(super) fn begin(&mut self, peer: PeerId, id: BlobId, now: Instant) -> bool {
		if self.at.len() >= MOST {
			self.at.retain(|_, at| now.saturating_duration_since(*at) < AGAIN);
		}
		if self.at.len() >= MOST {
			self.at.clear();
		}
		let again = self.at.get(&(peer, id)).is_some_and(|at| now.saturating_duration_since(*at) < AGAIN);
		if !again {
			self.at.insert((peer, id), now);
		}
		!again
	}

	/// It was not sent.
	pub(super) fn forget(&mut self, peer: PeerId, id: &BlobId) {
		self.at.remove(&(peer, *id));
	}
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
	use super::*;

	#[test]
	fn answers_reach_those_who_asked_and_nobody_else() {
		let now = Instant::now();
		let (a, b) = (PeerId::random(), PeerId::random());
		let id = BlobId::of(b"x");
		let mut wants = Wants::default();
		let (send, mut block) = oneshot::channel();
		wants.add(Ask::Block(a, id, send), now);
		assert_eq!(wants.on_block(b, Some(id), b"x".to_vec(), now), Arrival::Unasked);
		assert_eq!(wants.on_block(a, Some(id), b"x".to_vec(), now), Arrival::Wanted);
		assert_eq!(block.try_recv().unwrap().unwrap(), b"x".as_slice());
		assert_eq!(wants.on_block(a, Some(id), b"x".to_vec(), now), Arrival::Unasked);
	}

	#[test]
	fn another_block_than_the_one_asked_for_is_given_to_be_refused() {
		let now = Instant::now();
		let a = PeerId::random();
		let mut wants = Wants::default();
		let (send, mut block) = oneshot::channel();
		wants.add(Ask::Block(a, BlobId::of(b"x"), send), now);
		assert_eq!(wants.on_block(a, Some(BlobId::of(b"y")), b"y".to_vec(), now), Arrival::Wanted);
		assert_eq!(block.try_recv().unwrap().unwrap(), b"y".as_slice());
	}

	#[test]
	fn a_late_block_costs_nothing_once() {
		let now = Instant::now();
		let a = PeerId::random();
		let id = BlobId::of(b"x");
		let mut wants = Wants::default();
		let (send, block) = oneshot::channel();
		wants.add(Ask::Block(a, id, send), now);
		drop(block);
		assert_eq!(wants.on_block(a, Some(id), b"x".to_vec(), now), Arrival::Late);
		assert_eq!(wants.on_block(a, Some(id), b"x".to_vec(), now), Arrival::Unasked);
	}

	#[test]
	fn a_peer_without_the_block_says_so_to_all() {
		let now = Instant::now();
		let a = PeerId::random();
		let id = BlobId::of(b"x");
		let mut wants = Wants::default();
		let (send, mut have) = oneshot::channel();
		wants.add(Ask::Have(a, id, send), now);
		let (send, mut block) = oneshot::channel();
		wants.add(Ask::Block(a, id, send), now);
		wants.on_presence(a, id, false);
		assert_eq!(have.try_recv().unwrap(), Presence::None);
		assert_eq!(block.try_recv().unwrap(), None);
	}

	#[test]
	fn what_was_sent_is_not_sent_again_at_once() {
		let now = Instant::now();
		let (a, id) = (PeerId::random(), BlobId::of(b"x"));
		let mut sent = Sent::default();
		assert!(sent.begin(a, id, now));
		assert!(!sent.begin(a, id, now));
		assert!(sent.begin(PeerId::random(), id, now));
		assert!(sent.begin(a, id, now + AGAIN));
		sent.forget(a, &id);
		assert!(sent.begin(a, id, now + AGAIN));
	}
}
