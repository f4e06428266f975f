//! How fast the store is on this machine, against `cp` and `sha256sum`: `speed FOLDER [BLOBS]`. The folder is used and
//! left as it was; BLOBS is the number of small ones, for which the time and the memory of opening are told as well.

use ergon_blobs::{BlobStore, Hold, Options, MAX_BLOB};
use ergon_primitives::Codec;
use std::{
	fs,
	path::Path,
	process::Command,
	sync::atomic::{AtomicU64, Ordering::Relaxed},
	thread,
	time::Instant,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Bytes that do not repeat.
fn bytes(seed: u64, size: usize) -> Vec<u8> {
	let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
	let mut out = Vec::with_capacity(size + 8);
	while out.len() < size {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		out.extend_from_slice(&state.to_le_bytes());
	}
	out.truncate(size);
	out
}

fn timed<T>(what: &str, action: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
	let start = Instant::now();
	let value = action()?;
	let seconds = start.elapsed().as_secs_f64();
	println!("{what}: {:.1} ms", seconds * 1000.0);
	Ok((seconds, value))
}

/// Kilobytes of memory that the process has.
fn memory() -> u64 {
	let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
	let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
	line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn large(folder: &Path, store: &BlobStore) -> Result<()> {
	let (source, copy) = (folder.join("source"), folder.join("copy"));
	for round in 0..5u64 {
		let content = bytes(round + 1, 60 << 20);
		fs::write(&source, &content)?;
		let (reference, _) = timed("cp + sha256sum", || {
			Command::new("cp").args([&source, &copy]).status()?;
			Ok(Command::new("sha256sum").arg(&copy).output()?)
		})?;
		let (put, id) = timed("put 60 MiB, synced", || {
			let mut writer = store.writer(Hold::Loose)?;
			for piece in content.chunks(64 << 10) {
				writer.write(piece)?;
			}
			Ok(writer.finish()?)
		})?;
		let (get, _) = timed("get 60 MiB, verified", || {
			let mut reader = store.reader(&id)?.ok_or("gone")?;
			let mut at = 0;
			while at < reader.size() {
				at += reader.read(at, usize::MAX)?.len() as u64;
			}
			Ok(())
		})?;
		let other = BlobStore::open(folder.join(format!("other-{round}")), *store.options())?;
		timed("fetch 60 MiB block by block from the store beside", || {
			let partial = other.partial(id, Hold::Loose, MAX_BLOB)?;
			while let Some(wanted) = partial.wanted(1).first() {
				partial.offer(wanted, &store.block(wanted)?.ok_or("gone")?)?;
			}
			Ok(partial.finish()?)
		})?;
		println!("put {:.2} x, get {:.2} x of cp + sha256sum", put / reference, get / reference);
	}
	fs::remove_file(source)?;
	fs::remove_file(copy)?;
	Ok(())
}

fn small(store: &BlobStore, blobs: u64) -> Result<()> {
	let next = AtomicU64::new(0);
	let (seconds, ()) = timed("put small blobs with 50 clients, each synced", || {
		thread::scope(|scope| {
			for _ in 0..50 {
				scope.spawn(|| {
					while let Some(i) = Some(next.fetch_add(1, Relaxed)).filter(|i| *i < blobs) {
						if let Err(error) = store.put(&bytes(1000 + i, 10 << 10), Hold::Loose) {
							eprintln!("{error}");
						}
					}
				});
			}
		});
		Ok(())
	})?;
	println!("{:.0} puts a second", blobs as f64 / seconds);
	let roots: Vec<_> = store.roots().into_iter().filter(|id| id.codec == Codec::Raw).collect();
	let gets = 100_000;
	let (seconds, ()) = timed("get small blobs with one client", || {
		for id in roots.iter().cycle().take(gets) {
			store.get(id)?;
		}
		Ok(())
	})?;
	println!("{:.0} gets a second", gets as f64 / seconds);
	Ok(())
}

fn main() -> Result<()> {
	let mut arguments = std::env::args().skip(1);
	let folder = arguments.next().ok_or("usage: speed FOLDER [BLOBS]")?;
	let folder = Path::new(&folder).join("ergon-blobs-speed");
	let blobs = arguments.next().map_or(Ok(5000), |blobs| blobs.parse())?;
	let options = Options { quota: u64::MAX, ..Default::default() };
	fs::create_dir_all(&folder)?;
	let store = BlobStore::open(folder.join("store"), options)?;
	large(&folder, &store)?;
	small(&store, blobs)?;
	drop(store);
	let before = memory();
	let (_, store) = timed("open", || Ok(BlobStore::open(folder.join("store"), options)?))?;
	println!("{} blobs, {} KiB more memory", store.usage().blobs, memory().saturating_sub(before));
	drop(store);
	fs::remove_dir_all(&folder)?;
	Ok(())
}
