//! Who has a blob, and who shall.

use super::Inner;
use crate::{
	transport::Failure,
	wire::{Kept, Presence},
	Holder, Spread,
};
use ergon_primitives::{BlobId, JobId};
use futures::{stream, stream::FuturesUnordered, StreamExt};
use sc_network_types::PeerId;
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::time::{timeout_at, Instant};

/// The most peers that are asked.
const MAX_ASKED: usize = 64;
/// Peers that are asked at once.
const AT_ONCE: usize = 16;
/// How many others are asked to keep a blob.
const KEEPERS: usize = 3;
/// How long one of them may think about it.
const KEEP_WITHIN: Duration = Duration::from_secs(5);
/// How long a peer may take to say whether it has a blob.
const HAVE_WITHIN: Duration = Duration::from_secs(3);
/// How often those that said that they will are asked whether they have.
const POLL: Duration = Duration::from_millis(300);

/// Who has the blob, among the connected full nodes and those whom the network's table names.
pub(super) async fn find(inner: Arc<Inner>, id: BlobId, within: Duration) -> Vec<Holder> {
	let until = Instant::now() + within;
	let mut asked = HashSet::new();
	let mut holders = Vec::new();
	let connected = timeout_at(until, inner.transport.peers()).await.unwrap_or_default();
	let table = inner.transport.providers(id);
	let connected = ask(&inner, id, fresh(&mut asked, connected), until);
	let (connected, table) = tokio::join!(connected, timeout_at(until, table));
	holders.extend(connected);
	let others = fresh(&mut asked, table.unwrap_or_default());
	holders.extend(ask(&inner, id, others, until).await);
	let holder = |(peer, has): (PeerId, Option<Presence>)| Holder {
		peer: peer.to_base58(),
		has: has.map(|presence| presence == Presence::Whole),
	};
	holders.into_iter().map(holder).collect()
}

/// Those that were not asked yet.
fn fresh(asked: &mut HashSet<PeerId>, peers: Vec<PeerId>) -> Vec<PeerId> {
	peers.into_iter().take(MAX_ASKED).filter(|peer| asked.insert(*peer)).collect()
}

/// Asks peers for what they have of a blob; `None` for those that do not answer.
async fn ask(
	inner: &Arc<Inner>,
	id: BlobId,
	peers: Vec<PeerId>,
	until: Instant,
) -> Vec<(PeerId, Option<Presence>)> {
	let until = until.min(Instant::now() + HAVE_WITHIN);
	let answers = stream::iter(peers).map(|peer| async move {
		let answer = timeout_at(until, inner.transport.have(peer, id)).await;
		(peer, answer.ok().and_then(Result::ok))
	});
	answers.buffer_unordered(AT_ONCE).collect().await
}

/// Makes others hold the blob for the job.
pub(super) async fn spread(inner: Arc<Inner>, id: BlobId, job: JobId, within: Duration) -> Spread {
	let until = Instant::now() + within;
	// It may be known from now on. A full queue means that it will be found by asking, not by the table.
	let _ = inner.spread.try_send(id);
	let peers = timeout_at(until, inner.transport.peers()).await.unwrap_or_default();
	let peers: Vec<_> = peers.into_iter().take(MAX_ASKED).collect();
	let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
	let known = ask(&inner, id, peers.clone(), until).await;
	let is_whole = |has: &Option<Presence>| *has == Some(Presence::Whole);
	let mut whole: HashSet<PeerId> =
		known.iter().filter(|(_, has)| is_whole(has)).map(|(peer, _)| *peer).collect();

	// Those first that have it: they need only promise to keep it.
	let mut order = known;
	order.sort_by_key(|(_, has)| (!is_whole(has), has.is_none()));
	let mut candidates = order.into_iter().map(|(peer, _)| peer);
	let mut asking = FuturesUnordered::new();
	let mut pending = Vec::new();
	let mut keepers = 0;
	loop {
		while keepers + asking.len() < KEEPERS {
			let Some(peer) = candidates.next() else { break };
			let inner = inner.clone();
			let end = until.min(Instant::now() + KEEP_WITHIN);
			asking.push(async move {
				let answer = timeout_at(end, inner.transport.keep(peer, id, job)).await;
				(peer, answer.unwrap_or(Err(Failure::Silent)))
			});
		}
		match asking.next().await {
			Some((peer, Ok(Kept::Held))) => {
				keepers += 1;
				whole.insert(peer);
			},
			Some((peer, Ok(Kept::Will))) => {
				keepers += 1;
				pending.push(peer);
			},
			Some((_, Ok(Kept::No) | Err(_))) => {},
			None => break,
		}
	}
	while whole.is_empty() && !pending.is_empty() && Instant::now() + POLL < until {
		tokio::time::sleep(POLL).await;
		let answers = ask(&inner, id, pending.clone(), until).await;
		whole.extend(answers.iter().filter(|(_, has)| is_whole(has)).map(|(peer, _)| *peer));
	}
	Spread { peers: count(peers.len()), others: count(whole.len()) }
}
