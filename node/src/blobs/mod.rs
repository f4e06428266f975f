//! The node's blobs: the store, what the chain has to say about it, and HTTP.

mod market;
mod metrics;
mod references;
#[cfg(test)]
mod tests;

pub use market::{Chain, Questions};
pub use references::Jobs;

use crate::cli::BlobArgs;
use ergon_blobs::{BlobError, BlobStore, Options, MAX_BLOB};
use ergon_exchange::Network;
use ergon_gateway::{Gateway, Limits, Listening, Metrics, Parts};
use sc_service::{error::Error as ServiceError, Configuration};
use std::{io, sync::Arc, time::Duration};
use tracing::{debug, info, warn};

/// How often blobs are removed whose time is over.
const SWEEP: Duration = Duration::from_secs(60);

fn failed(what: impl std::fmt::Display) -> ServiceError {
	ServiceError::Other(what.to_string())
}

/// Opens the store, beside the chain's database.
pub fn open(config: &Configuration, args: &BlobArgs) -> Result<BlobStore, ServiceError> {
	let path = config.base_path.config_dir(config.chain_spec.id()).join("blobs");
	let options = Options {
		quota: args.blobs_quota,
		loose_quota: args.blobs_loose_quota.min(args.blobs_quota),
		grace: Duration::from_secs(args.blobs_grace),
		max_blob: MAX_BLOB,
	};
	let store =
		BlobStore::open(&path, options).map_err(|error| failed(format_args!("the blob store: {error}")))?;
	if let Some(registry) = config.prometheus_registry() {
		metrics::show(&store, registry)?;
	}
	let usage = store.usage();
	debug!(path = %path.display(), blobs = usage.blobs, bytes = usage.bytes, "the blob store is open");
	Ok(store)
}

/// Listens for HTTP, if that is wanted. A taken port is an error where the address was given, and a warning where not.
pub fn listen(args: &BlobArgs) -> Result<Option<Listening>, ServiceError> {
	let Some((address, given)) = args.http() else { return Ok(None) };
	match Listening::bind(address) {
		Ok(listening) => Ok(Some(listening)),
		Err(error) if given => Err(failed(format_args!("--blobs-http {address}: {}", advice(&error)))),
		Err(error) => {
			warn!("No blobs over HTTP: {address}: {}", advice(&error));
			Ok(None)
		},
	}
}

fn advice(error: &io::Error) -> String {
	match error.kind() {
		io::ErrorKind::AddrInUse => "the port is taken; choose one with --blobs-http ADDRESS:PORT (port 0 is any), or --blobs-http off".into(),
		_ => error.to_string(),
	}
}

/// Serves HTTP until the returned value is dropped.
pub fn serve(
	listening: Listening,
	config: &Configuration,
	args: &BlobArgs,
	store: BlobStore,
	network: Arc<dyn Network>,
	chain: Arc<dyn ergon_gateway::Chain>,
) -> Result<Gateway, ServiceError> {
	let address = listening.address();
	let metrics = Metrics::new(config.prometheus_registry())?;
	let (uploads, limits) = (args.blobs_uploads.into(), Limits::default());
	let parts = Parts { store, network, chain, uploads, limits, metrics };
	let gateway = listening.serve(parts, &config.tokio_handle).map_err(failed)?;
	// Scripts read this line.
	info!("Blobs over HTTP: http://{address}");
	Ok(gateway)
}

/// Removes what has no right to stay, now and then, for as long as the node runs.
pub async fn sweep<Q: Questions>(store: BlobStore, jobs: Arc<Jobs<Q>>) {
	let mut turns = tokio::time::interval(SWEEP);
	turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
	loop {
		turns.tick().await;
		let (store, jobs) = (store.clone(), jobs.clone());
		let swept = tokio::task::spawn_blocking(move || {
			jobs.refresh();
			store.sweep()
		});
		match swept.await {
			Ok(Ok(swept)) if swept.blobs > 0 => {
				info!(blobs = swept.blobs, bytes = swept.bytes, "removed blobs whose time was over")
			},
			Ok(Ok(_)) => {},
			// At the start, or while the chain is fetched: nothing is removed on a guess.
			Ok(Err(BlobError::Chain(why))) => debug!(why, "no blobs are removed now"),
			Ok(Err(error)) => warn!(%error, "the blob store could not be swept"),
			Err(error) => warn!(%error, "the sweep of the blob store broke off"),
		}
	}
}
