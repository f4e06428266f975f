//! What a node keeps, when there is too much of it and when the node dies.

use std::{
	collections::HashMap,
	fs,
	path::Path,
	process::Command,
	sync::{Arc, Mutex},
};

use bytes::Bytes;
use ergon_primitives::BlobId;
use ergon_tests::{eventually, noise, programs, refusal, Gateway, Market, Node, Setup};
use futures::{future::join_all, StreamExt};
use serde_json::Value;

use crate::MIB;

/// How many bytes a node says that it holds.
async fn held(node: &Node) -> u64 {
	let blobs: Value = node.ask("compute_blobs", &[]).await.unwrap();
	blobs["bytes"].as_u64().unwrap()
}

/// Bytes of all files below a folder.
fn on_disk(folder: &Path) -> u64 {
	let Ok(entries) = fs::read_dir(folder) else { return 0 };
	let size = |path: &Path| fs::metadata(path).map_or(0, |data| data.len());
	entries
		.flatten()
		.map(|entry| entry.path())
		.map(|path| if path.is_dir() { on_disk(&path) } else { size(&path) })
		.sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_jobs_blobs_survive_a_strangers_uploads() {
	let flags = ["--blobs-quota", "64M", "--blobs-loose-quota", "48M", "--blobs-grace", "1"];
	let market = Market::at(Node::start_with(Setup::with(&flags)).await).await;
	let gateway = market.node.gateway().await;
	let (program, input) = (Bytes::from(programs::echo()), Bytes::from(noise(10, 8 * MIB)));
	for bytes in [&program, &input] {
		gateway.put(bytes.clone()).await.unwrap();
	}
	// There are no providers, so the job stays open.
	market.submit(market.order(BlobId::of(&program), BlobId::of(&input)).await).await;

	let mut taken = Vec::new();
	for number in 0..24 {
		match gateway.put(noise(100 + number, 8 * MIB)).await {
			Ok(stored) => taken.push(stored.cid),
			Err(error) => assert_eq!(refusal::<()>(Err(error)).status, 507),
		}
		assert!(held(&market.node).await <= 64 * MIB as u64, "the quota holds at all times");
	}
	assert!(taken.len() >= 5, "a stranger may use what is free: {} blobs were taken", taken.len());
	let mut left = 0;
	for cid in &taken {
		left += usize::from(gateway.get_here(cid).await.unwrap().is_some());
	}
	assert!(left * 8 <= 48 + 8, "{left} of the stranger's blobs are here, beyond what is kept of them");
	for bytes in [&program, &input] {
		let here = gateway.get_here(&BlobId::of(bytes).to_string()).await.unwrap();
		assert!(here.as_ref() == Some(bytes), "an open job's blob is gone");
	}
	let disk = on_disk(&Node::blobs_below(&market.node.base()));
	assert!(disk <= 72 * MIB as u64, "{disk} bytes on disk");
}

/// A small file system in memory, gone when dropped.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
	/// Mounts it; none where this user may not mount.
	fn mount(path: &'a Path, size: &str) -> Option<Self> {
		fs::create_dir_all(path).unwrap();
		let options = format!("size={size}");
		let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(path).status();
		mounted.is_ok_and(|status| status.success()).then_some(Self(path))
	}
}

impl Drop for SmallDisk<'_> {
	fn drop(&mut self) {
		// Lazily: a node that is being killed may still have files open on it.
		let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_a_clear_error_and_nothing_is_half_written() {
	let folder = tempfile::tempdir().unwrap();
	let blobs = Node::blobs_below(folder.path());
	let Some(_disk) = SmallDisk::mount(&blobs, "40m") else {
		eprintln!("skipped: only root may mount a small disk");
		return;
	};
	let node = Node::start_with(Setup { base: Some(folder.path().into()), ..Setup::default() }).await;
	let gateway = node.gateway().await;
	let fits = Bytes::from(noise(20, 20 * MIB));
	let stored = gateway.put(fits.clone()).await.unwrap();
	let before = on_disk(&blobs);

	for seed in [21, 22] {
		let refused = refusal(gateway.put(noise(seed, 60 * MIB)).await);
		assert_eq!(refused.status, 507, "{refused}");
		assert_eq!(refused.said["reason"], "disk", "{refused}");
	}
	assert!(on_disk(&blobs) <= before + 64 * 1024, "what was refused is still on the disk");
	// What is not half there leaves room for what fits.
	let small = Bytes::from(noise(23, 10 * MIB));
	let second = gateway.put(small.clone()).await.unwrap();
	for (cid, bytes) in [(&stored.cid, &fits), (&second.cid, &small)] {
		assert!(gateway.get_here(cid).await.unwrap().as_ref() == Some(bytes), "{cid} is not whole");
	}
	node.assert_lives().await;
	drop(node);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_clients_put_and_get_a_thousand_small_blobs() {
	const CLIENTS: u64 = 50;
	const EACH: u64 = 20;
	let node = Node::start().await;
	let blob = |number: u64| Bytes::from(noise(1_000 + number, 10 * 1024));
	let address = node.gateway().await.address;
	let work = (0..CLIENTS).map(|client| async move {
		// A connection of its own.
		let gateway = Gateway::at(address);
		for number in client * EACH..(client + 1) * EACH {
			let bytes = blob(number);
			let stored = gateway.put(bytes.clone()).await.unwrap();
			assert_eq!(stored.cid, BlobId::of(&bytes).to_string());
			assert!(gateway.get(&stored.cid).await.unwrap() == bytes);
		}
		// And those of the next client, as soon as they are there.
		for number in (client + 1) % CLIENTS * EACH..((client + 1) % CLIENTS + 1) * EACH {
			let bytes = blob(number);
			let cid = BlobId::of(&bytes).to_string();
			let had = eventually("a neighbour's blob", || async { gateway.get_here(&cid).await }).await;
			assert!(had == bytes);
		}
	});
	join_all(work).await;
	let blobs: Value = node.ask("compute_blobs", &[]).await.unwrap();
	assert_eq!(blobs["blobs"], CLIENTS * EACH);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_kill_9_is_there_after_and_nothing_is_half_there() {
	const UPLOADS: u64 = 100;
	let mut node = Node::start().await;
	// From 16 KiB to 6 MiB: of one block and of several.
	let blob = |number: u64| Bytes::from(noise(2_000 + number, (16 << 10) + (number as usize % 7) * MIB));
	let blobs: HashMap<_, _> =
		(0..UPLOADS).map(|number| (BlobId::of(&blob(number)).to_string(), number)).collect();
	let acknowledged = Arc::new(Mutex::new(Vec::new()));
	let gateway = node.gateway().await;
	let uploads = futures::stream::iter(0..UPLOADS).for_each_concurrent(10, |number| {
		let (gateway, acknowledged) = (gateway.clone(), acknowledged.clone());
		async move {
			// After the kill, refused connections: that is what this test is about.
			if let Ok(stored) = gateway.put(blob(number)).await {
				acknowledged.lock().unwrap().push(stored.cid);
			}
		}
	});
	let kill = async {
		eventually("some of the uploads", || async {
			Ok((acknowledged.lock().unwrap().len() >= 30).then_some(()))
		})
		.await;
		node.kill();
	};
	futures::join!(uploads, kill);
	let acknowledged: Vec<_> = acknowledged.lock().unwrap().clone();
	assert!(acknowledged.len() < UPLOADS as usize, "the node was killed in the middle");

	node.resume().await;
	let gateway = node.gateway().await;
	let (mut blobs_there, mut bytes_there) = (0, 0);
	for (cid, number) in &blobs {
		match gateway.get_here(cid).await.unwrap() {
			Some(had) => {
				assert!(had == blob(*number), "blob {number} is not what was put");
				blobs_there += 1;
				bytes_there += had.len() as u64;
			},
			None => assert!(!acknowledged.contains(cid), "blob {number} was acknowledged and is gone"),
		}
	}
	// Files fill whole pages of the disk, and a large blob has a node above its leaves: a few pages each. Half a blob
	// would be a MiB at least.
	let most = bytes_there + blobs_there * (16 << 10);
	let (held, disk) = (held(&node).await, on_disk(&Node::blobs_below(&node.base())));
	assert!((bytes_there..most).contains(&held), "the node holds {held} bytes for {bytes_there} of blobs");
	assert!(disk < most, "{disk} bytes on disk for {bytes_there} of blobs");
}
