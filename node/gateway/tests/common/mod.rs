//! A gateway on a real socket over a real store, with a chain and a neighbour that answer from tables.

#![allow(dead_code, reason = "each test file uses a part of it")]

mod chain;
mod network;
pub mod raw;

pub use chain::FakeChain;
pub use network::Neighbour;

use ergon_blobs::{BlobStore, Options};
use ergon_gateway::{Gateway, Limits, Listening, Metrics, Parts, Uploads};
use reqwest::{Body, Client, Method, RequestBuilder};
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::runtime::Handle;

/// All that a test may look at.
pub struct World {
	pub gateway: Option<Gateway>,
	pub address: SocketAddr,
	pub store: BlobStore,
	pub chain: Arc<FakeChain>,
	pub neighbour: Arc<Neighbour>,
	pub folder: TempDir,
	pub http: Client,
}

/// What a test may choose.
pub struct Choice {
	pub limits: Limits,
	pub uploads: Uploads,
	pub max_blob: u64,
	pub options: Options,
}

pub fn world() -> World {
	world_with(|_| ())
}

pub fn world_with(choose: impl FnOnce(&mut Choice)) -> World {
	// Plain HTTP needs none, but the client does not start without.
	let _ = rustls::crypto::ring::default_provider().install_default();
	let limits = Limits { patience: Duration::from_millis(300), ..Limits::default() };
	let options = Options { quota: 1 << 30, ..Options::default() };
	let mut choice = Choice { limits, uploads: Uploads::Loopback, max_blob: 64 << 20, options };
	choose(&mut choice);
	let folder = tempfile::tempdir().unwrap();
	let store = BlobStore::open(folder.path(), choice.options).unwrap();
	let chain = Arc::new(FakeChain::new(choice.max_blob));
	let neighbour = Arc::new(Neighbour::new(store.clone()));
	let parts = Parts {
		store: store.clone(),
		network: neighbour.clone(),
		chain: chain.clone(),
		uploads: choice.uploads,
		limits: choice.limits,
		metrics: Metrics::new(None).unwrap(),
	};
	let listening = Listening::bind(([127, 0, 0, 1], 0).into()).unwrap();
	let address = listening.address();
	let gateway = Some(listening.serve(parts, &Handle::current()).unwrap());
	let http = Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
	World { gateway, address, store, chain, neighbour, folder, http }
}

impl World {
	pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
		self.http.request(method, format!("http://{}{path}", self.address))
	}

	pub fn get(&self, path: &str) -> RequestBuilder {
		self.request(Method::GET, path)
	}

	pub fn put(&self, path: &str, body: impl Into<Body>) -> RequestBuilder {
		self.request(Method::PUT, path).body(body)
	}

	/// No blob, and no file that could become one.
	pub fn assert_nothing_stored(&self) {
		assert_eq!(self.store.usage().blobs, 0);
		assert_eq!(self.store.usage().bytes, 0);
		assert_eq!(block_files(self.folder.path()), Vec::<String>::new());
	}
}

/// Files that hold bytes of blobs: those on their way in, and those that are named by a CID.
pub fn block_files(folder: &Path) -> Vec<String> {
	let mut found = Vec::new();
	for entry in std::fs::read_dir(folder).unwrap() {
		let path = entry.unwrap().path();
		if path.is_dir() {
			found.extend(block_files(&path));
		} else {
			let name = path.file_name().unwrap().to_string_lossy().into_owned();
			let parent = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
			if parent == "tmp" || name.starts_with("baf") {
				found.push(name);
			}
		}
	}
	found
}

/// Bytes that no two places have alike.
pub fn bytes(size: usize) -> Vec<u8> {
	let mut state = 0x9e37_79b9_7f4a_7c15u64 ^ size as u64;
	(0..size)
		.map(|_| {
			state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
			(state >> 56) as u8
		})
		.collect()
}
