//! A gateway without a node: serves the blob store in a folder, takes uploads of this machine's programs, and asks neither
//! network nor chain. For measuring, and for trying a client out: `serve FOLDER [ADDRESS:PORT]`.

use ergon_blobs::{BlobStore, Options};
use ergon_exchange::Offline;
use ergon_gateway::{Chain, Limits, Listening, Metrics, Parts, Standing, Uploads};
use ergon_primitives::{JobId, MAX_BLOB};
use sp_core::crypto::AccountId32;
use std::{env, error::Error, sync::Arc};

/// No jobs, and nobody in the market.
struct Nobody;

impl Chain for Nobody {
	fn genesis(&self) -> [u8; 32] {
		[0; 32]
	}

	fn max_blob(&self) -> u64 {
		MAX_BLOB
	}

	fn owner(&self, _: JobId) -> Result<Option<AccountId32>, String> {
		Ok(None)
	}

	fn standing(&self, _: &AccountId32) -> Result<Standing, String> {
		Ok(Standing::Stranger)
	}
}

fn main() -> Result<(), Box<dyn Error>> {
	let mut words = env::args().skip(1);
	let folder = words.next().ok_or("which folder?")?;
	let address = words.next().unwrap_or_else(|| "127.0.0.1:9955".into()).parse()?;
	let runtime = tokio::runtime::Runtime::new()?;
	let parts = Parts {
		store: BlobStore::open(folder, Options::default())?,
		network: Arc::new(Offline),
		chain: Arc::new(Nobody),
		uploads: Uploads::Loopback,
		limits: Limits::default(),
		metrics: Metrics::new(None)?,
	};
	let gateway = Listening::bind(address)?.serve(parts, runtime.handle())?;
	println!("Blobs over HTTP: http://{}", gateway.address());
	loop {
		std::thread::park();
	}
}
