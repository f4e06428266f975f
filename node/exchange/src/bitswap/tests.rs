//! Our end of Bitswap against a bare litep2p over loopback.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use super::*;
use ergon_blobs::{dag, Hold, Options};
use litep2p::{
	config::ConfigBuilder, protocol::libp2p::bitswap::Config, transport::tcp::config::Config as TcpConfig,
	Litep2p,
};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

type Charges = Arc<Mutex<Vec<(PeerId, Offence)>>>;

/// Our end: where to ask, its store, what it charged, and its name.
struct Ours {
	asks: mpsc::Sender<Ask>,
	store: BlobStore,
	charges: Charges,
	peer: PeerId,
	_folder: TempDir,
}

fn network() -> (Litep2p, BitswapHandle) {
	let (config, handle) = Config::new();
	let tcp =
		TcpConfig { listen_addresses: vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()], ..Default::default() };
	let config = ConfigBuilder::new().with_tcp(tcp).with_libp2p_bitswap(config).build();
	(Litep2p::new(config).unwrap(), handle)
}

/// Our end, connected with a bare one.
async fn pair() -> (Ours, BitswapHandle, PeerId) {
	let ((mut ours, handle), (mut theirs, bare)) = (network(), network());
	let (peer, their) = (*ours.local_peer_id(), *theirs.local_peer_id());
	let address = ours.listen_addresses().next().unwrap().clone();
	theirs.dial_address(address).await.unwrap();
	tokio::spawn(async move { while ours.next_event().await.is_some() {} });
	tokio::spawn(async move { while theirs.next_event().await.is_some() {} });
	tokio::time::sleep(Duration::from_millis(300)).await;
	let folder = TempDir::new().unwrap();
	let store = BlobStore::open(folder.path(), Options::default()).unwrap();
	let (asks, asked) = mpsc::channel(8);
	let charges = Charges::default();
	let charged = charges.clone();
	let charge = Box::new(move |peer, offence| charged.lock().unwrap().push((peer, offence)));
	let metrics = Metrics::new(None).unwrap();
	tokio::spawn(run(handle, store.clone(), metrics, 64 << 20, asked, charge));
	(Ours { asks, store, charges, peer: peer.into(), _folder: folder }, bare, their.into())
}

async fn next(bare: &mut BitswapHandle) -> BitswapEvent {
	tokio::time::timeout(Duration::from_secs(10), bare.next()).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn others_get_a_whole_blob_by_bitswap() {
	let (ours, mut bare, _) = pair().await;
	let bytes: Vec<u8> = (0..6 << 20).map(|i: u32| (i * 7 / 3) as u8 ^ (i >> 13) as u8).collect();
	let id = ours.store.put(&bytes, Hold::Loose).unwrap();
	let links = dag::decode(&ours.store.block(&id).unwrap().unwrap()).unwrap().links;
	let mut names: Vec<_> = links.iter().map(|link| link.id).collect();
	names.push(id);
	let missing = BlobId::of(b"missing");
	let wants = |names: &[BlobId], want| names.iter().map(|id| (cid(id).unwrap(), want)).collect::<Vec<_>>();
	bare.send_request(ours.peer.into(), wants(&[id, missing], WantType::Have)).await;
	let BitswapEvent::Response { responses, .. } = next(&mut bare).await else { panic!("a request") };
	let has = |response: &ResponseType| {
		matches!(response, ResponseType::Presence { presence: BlockPresenceType::Have, .. })
	};
	assert_eq!(responses.iter().map(has).collect::<Vec<_>>(), [true, false]);

	let distinct: std::collections::HashSet<_> = names.iter().copied().collect();
	let mut left = distinct.clone();
	// All at once, as clients do; then each that came is cancelled, which litep2p shows as one more want.
	bare.send_request(ours.peer.into(), wants(&names, WantType::Block)).await;
	while !left.is_empty() {
		let BitswapEvent::Response { responses, .. } = next(&mut bare).await else { panic!("a request") };
		for response in responses {
			let ResponseType::Block { cid: name, block } = response else { panic!("no block") };
			let id = blob(&name).unwrap();
			assert!(left.remove(&id), "sent twice");
			assert_eq!(ours.store.block(&id).unwrap().unwrap(), block);
			bare.send_request(ours.peer.into(), wants(&[id], WantType::Block)).await;
		}
	}
	assert!(
		tokio::time::timeout(Duration::from_millis(500), bare.next()).await.is_err(),
		"more than asked for"
	);
	assert!(ours.charges.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_wants_are_cut_and_charged() {
	let (ours, mut bare, their) = pair().await;
	let id = ours.store.put(b"here", Hold::Loose).unwrap();
	// As many as a message of 4 MiB holds.
	let wants: Vec<_> =
		(0..80_000u32).map(|i| (cid(&BlobId::of(&i.to_le_bytes())).unwrap(), WantType::Have)).collect();
	for _ in 0..12 {
		bare.send_request(ours.peer.into(), wants.clone()).await;
	}
	let mut answers = 0;
	while let Ok(Some(BitswapEvent::Response { responses, .. })) =
		tokio::time::timeout(Duration::from_secs(3), bare.next()).await
	{
		answers += responses.len();
	}
	assert!(answers > 0 && answers <= 12 * MAX_WANTS, "{answers}");
	assert!(ours.charges.lock().unwrap().contains(&(their, Offence::Flood)));
	// It is still served, when its bucket has filled again.
	tokio::time::sleep(Duration::from_secs(1)).await;
	bare.send_request(ours.peer.into(), vec![(cid(&id).unwrap(), WantType::Block)]).await;
	assert!(matches!(next(&mut bare).await, BitswapEvent::Response { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_come_from_peers_that_speak_bitswap_only() {
	let (ours, mut bare, their) = pair().await;
	let id = BlobId::of(b"their block");
	let (send, have) = oneshot::channel();
	assert!(ours.asks.send(Ask::Have(their, id, send)).await.is_ok());
	let BitswapEvent::Request { peer, cids } = next(&mut bare).await else { panic!("a response") };
	assert_eq!(cids, [(cid(&id).unwrap(), WantType::Have)]);
	let answer = ResponseType::Presence { cid: cids[0].0, presence: BlockPresenceType::Have };
	bare.send_response(peer, vec![answer]).await;
	assert_eq!(have.await.unwrap(), Presence::Whole);

	let (send, block) = oneshot::channel();
	assert!(ours.asks.send(Ask::Block(their, id, send)).await.is_ok());
	let BitswapEvent::Request { peer, cids } = next(&mut bare).await else { panic!("a response") };
	bare.send_response(peer, vec![ResponseType::Block { cid: cids[0].0, block: b"their block".to_vec() }])
		.await;
	assert_eq!(block.await.unwrap().unwrap(), b"their block".as_slice());

	// A block that nobody asked for.
	let other = cid(&BlobId::of(b"spam")).unwrap();
	bare.send_response(peer, vec![ResponseType::Block { cid: other, block: b"spam".to_vec() }]).await;
	tokio::time::sleep(Duration::from_millis(500)).await;
	assert_eq!(*ours.charges.lock().unwrap(), [(their, Offence::Unasked)]);
	assert!(!ours.store.has_block(&BlobId::of(b"spam")));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_than_asked_for_reach_the_one_who_will_refuse_them() {
	let (ours, mut bare, their) = pair().await;
	let (send, block) = oneshot::channel();
	assert!(ours.asks.send(Ask::Block(their, BlobId::of(b"asked for"), send)).await.is_ok());
	let BitswapEvent::Request { peer, cids } = next(&mut bare).await else { panic!("a response") };
	// Under the name that was asked for; litep2p computes its real one.
	bare.send_response(peer, vec![ResponseType::Block { cid: cids[0].0, block: b"other".to_vec() }]).await;
	assert_eq!(block.await.unwrap().unwrap(), b"other".as_slice());
}

#[test]
fn names_are_the_same_in_both_worlds() {
	for id in [BlobId::of(b"x"), BlobId::of(&vec![7; 3 << 20])] {
		let cid = cid(&id).unwrap();
		assert_eq!(cid.to_string(), id.to_string());
		assert_eq!(blob(&cid), Some(id));
	}
}

#[test]
fn version_0_names_nodes_and_other_hashes_name_nothing() {
	let id = BlobId::of(&vec![7; 3 << 20]);
	let v1 = cid(&id).unwrap();
	assert_eq!(blob(&Cid::new_v0(*v1.hash()).unwrap()), Some(id));
	let other = cid::multihash::Multihash::<64>::wrap(0x1e, &[1; 32]).unwrap();
	assert_eq!(blob(&Cid::new_v1(RAW, other)), None);
	let short = cid::multihash::Multihash::<64>::wrap(SHA2_256, &[1; 31]).unwrap();
	assert_eq!(blob(&Cid::new_v1(RAW, short)), None);
	assert_eq!(blob(&Cid::new_v1(0x71, *v1.hash())), None);
}
