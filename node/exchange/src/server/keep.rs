//! Answers `keep`: takes blobs of others into care, for jobs that the chain has, as far as there is room for it.

use super::Bucket;
use crate::{
	client::Exchange,
	wire::{Keep, Kept},
	Network,
};
use codec::{DecodeAll, Encode};
use ergon_blobs::{Hold, References};
use futures::{future::BoxFuture, stream::FuturesUnordered, FutureExt, StreamExt};
use sc_network::request_responses::{IncomingRequest, OutgoingResponse};
use sc_network_types::PeerId;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::Instant;
use tracing::{debug, warn};

/// Blobs that are fetched for others at once.
const AT_ONCE: usize = 4;
/// Wishes that are looked at or wait.
const WAITING: usize = 64;
/// Wishes in a second of one peer.
const WISHES: f64 = 2.0;
/// And at once.
const WISHES_AT_ONCE: f64 = 64.0;
/// How long such a fetch may take.
const WITHIN: Duration = Duration::from_secs(600);
/// How often what the kept blobs need is counted again.
const RECOUNT: Duration = Duration::from_secs(60);
/// Peers whose wishes are counted.
const PEERS: usize = 1024;

/// The room for blobs that others asked to keep, in bytes. It starts empty with the node; what was kept before and is
/// still held is counted by the store's own quota.
#[derive(Debug)]
struct Room {
	limit: u64,
	kept: HashMap<Keep, u64>,
}

impl std::hash::Hash for Keep {
	fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
		(self.job.0, self.blob).hash(state);
	}
}

impl Room {
	fn used(&self) -> u64 {
		self.kept.values().fold(0, |sum, bytes| sum.saturating_add(*bytes))
	}

	/// How many bytes a further blob may have.
	fn free(&self) -> u64 {
		self.limit.saturating_sub(self.used())
	}

	/// Gives a blob room of that many bytes.
	fn take(&mut self, keep: Keep, bytes: u64) -> bool {
		let free = self.free().saturating_add(self.kept.get(&keep).copied().unwrap_or(0));
		// One entry needs at least a page, so that their number is bounded too.
		let bytes = bytes.max(4096);
		let fits = bytes <= free;
		if fits {
			self.kept.insert(keep, bytes);
		}
		fits
	}
}

enum Done {
	/// A wish was looked at; some of them are to be fetched.
	Answered(Option<Keep>),
	Fetched(Keep, Option<u64>),
	Recounted(Vec<Keep>),
}

/// Serves until the network ends. `room`: the bytes that blobs of others may take.
pub(crate) async fn serve_keep(
	exchange: Exchange,
	references: Arc<dyn References>,
	room: u64,
	requests: async_channel_1::Receiver<IncomingRequest>,
) {
	let mut room = Room { limit: room, kept: HashMap::new() };
	let mut wishes: HashMap<PeerId, Bucket> = HashMap::new();
	let mut work: FuturesUnordered<BoxFuture<'static, Done>> = FuturesUnordered::new();
	let mut queue = std::collections::VecDeque::new();
	let mut fetching = 0;
	let mut recount = tokio::time::interval(RECOUNT);
	recount.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
	loop {
		while fetching < AT_ONCE {
			let Some(keep) = queue.pop_front() else { break };
			fetching += 1;
			work.push(fetch(exchange.clone(), keep, room.free()).boxed());
		}
		tokio::select! {
			request = requests.recv() => {
				let Ok(IncomingRequest { peer, payload, pending_response }) = request else { return };
				let asked = Keep::decode_all(&mut payload.as_slice()).ok();
				let room_left = work.len() + queue.len() < WAITING && room.free() > 0;
				let kept = match asked {
					Some(keep) if room_left && may_wish(&mut wishes, peer) => {
						let again = room.kept.contains_key(&keep) || queue.contains(&keep);
						let (exchange, references) = (exchange.clone(), references.clone());
						work.push(async move {
							let kept = look(&exchange, references, keep).await;
							reply(pending_response, kept);
							Done::Answered((kept == Kept::Will && !again).then_some(keep))
						}.boxed());
						continue;
					},
					_ => Kept::No,
				};
				reply(pending_response, kept);
			},
			Some(done) = work.next() => match done {
				Done::Answered(Some(keep)) => queue.push_back(keep),
				Done::Answered(None) => {},
				Done::Fetched(keep, size) => {
					fetching -= 1;
					if size.is_some_and(|size| room.take(keep, size)) {
						exchange.metrics().kept.inc();
					}
				},
				Done::Recounted(gone) => gone.iter().for_each(|keep| { room.kept.remove(keep); }),
			},
			_ = recount.tick() => {
				let keeps: Vec<_> = room.kept.keys().copied().collect();
				work.push(gone(exchange.clone(), references.clone(), keeps).boxed());
			},
		}
	}
}

fn reply(to: futures::channel::oneshot::Sender<OutgoingResponse>, kept: Kept) {
	let result = Ok(kept.encode());
	// The peer may have gone meanwhile.
	let _ = to.send(OutgoingResponse { result, reputation_changes: Vec::new(), sent_feedback: None });
}

fn may_wish(wishes: &mut HashMap<PeerId, Bucket>, peer: PeerId) -> bool {
	let now = Instant::now().into_std();
	if wishes.len() >= PEERS && !wishes.contains_key(&peer) {
		wishes.retain(|_, bucket| !bucket.is_full(now));
		if wishes.len() >= PEERS {
			return false;
		}
	}
	wishes.entry(peer).or_insert_with(|| Bucket::new(WISHES, WISHES_AT_ONCE, now)).try_take(1.0, now)
}

/// Whether the chain has the job, and whether the blob is here.
async fn look(exchange: &Exchange, references: Arc<dyn References>, keep: Keep) -> Kept {
	let store = exchange.store().clone();
	let looked = exchange.blocking(move || {
		match references.job_exists(keep.job) {
			Ok(true) => {},
			Ok(false) => return Kept::No,
			Err(error) => {
				warn!(job = keep.job.0, error, "could not see whether the chain has a job");
				return Kept::No;
			},
		}
		if !store.has(&keep.blob) {
			return Kept::Will;
		}
		match store.hold(&keep.blob, Hold::Job(keep.job)) {
			Ok(true) => Kept::Held,
			Ok(false) => Kept::Will,
			Err(error) => {
				warn!(blob = %keep.blob, %error, "could not keep a blob for a job");
				Kept::No
			},
		}
	});
	looked.await.unwrap_or(Kept::No)
}

async fn fetch(exchange: Exchange, keep: Keep, room: u64) -> Done {
	let max = room.min(exchange.store().options().max_blob);
	match exchange.fetch(keep.blob, Hold::Job(keep.job), WITHIN, max).await {
		Ok(fetched) => Done::Fetched(keep, Some(fetched.size)),
		Err(error) => {
			debug!(blob = %keep.blob, job = keep.job.0, %error, "could not fetch what another node asked to keep");
			Done::Fetched(keep, None)
		},
	}
}

/// Those whose job has gone.
async fn gone(exchange: Exchange, references: Arc<dyn References>, keeps: Vec<Keep>) -> Done {
	let looked = exchange.blocking(move || {
		keeps.into_iter().filter(|keep| references.job_exists(keep.job) == Ok(false)).collect()
	});
	Done::Recounted(looked.await.unwrap_or_default())
}

#[cfg(test)]
mod tests {
	use super::*;
	use ergon_primitives::{BlobId, JobId};

	#[test]
	fn room_is_bounded_in_bytes_and_in_number() {
		let mut room = Room { limit: 100 << 20, kept: HashMap::new() };
		let keep = |i: u32| Keep { job: JobId(1), blob: BlobId::of(&i.to_le_bytes()) };
		assert!(room.take(keep(0), 60 << 20));
		assert!(!room.take(keep(1), 60 << 20));
		assert!(room.take(keep(0), 60 << 20), "the same blob is counted once");
		let small = (2..1_000_000).take_while(|i| room.take(keep(*i), 0)).count();
		assert_eq!(small, (40 << 20) / 4096);
	}
}
