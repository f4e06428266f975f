//! `ergon-worker run`.

use super::{
	places::PlacesArgs,
	sandbox::{cache, SandboxArgs},
	KeyArgs, NodeArgs, Place, MAX_SLOTS,
};
use crate::{
	chain::NodeConnector,
	journal::Lock,
	keep::Shelf,
	metrics::Metrics,
	pipeline::StopHandle,
	worker::{Settings, Worker},
};
use anyhow::Context;
use clap::Args;
use ergon_client::account_of;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::signal::unix::{signal, SignalKind};

#[derive(Debug, Args)]
pub(super) struct Run {
	#[command(flatten)]
	node: NodeArgs,
	#[command(flatten)]
	key: KeyArgs,
	#[command(flatten)]
	place: Place,
	/// Shards to run at a time: at least as many as the provider has registered [default: one for each core]
	#[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_SLOTS)))]
	slots: Option<u16>,
	/// Serve Prometheus metrics here, under /metrics
	#[arg(long, value_name = "ADDRESS:PORT")]
	metrics: Option<SocketAddr>,
	/// How long an ordered end may take: no new work is started, and open promises are kept as far as that is possible
	#[arg(long, value_name = "SECONDS", default_value_t = 30, allow_negative_numbers = true)]
	grace: u64,
	/// Leave the provider suspended when its rest after a fault is over, until `ergon provider resume`. Without this the
	/// worker resumes it by itself, free of fee
	#[arg(long)]
	no_auto_resume: bool,
	/// The most MiB of outputs to keep in the data folder, the oldest going first: what the node loses of them while the
	/// chain refers to them is given to it again
	#[arg(long, value_name = "MIB", default_value_t = 1024)]
	outputs: u64,
	#[command(flatten)]
	places: PlacesArgs,
	#[command(flatten)]
	sandbox: SandboxArgs,
}

impl Run {
	pub(super) fn execute(self) -> anyhow::Result<()> {
		let key = self.key.read(&self.place)?;
		let account = account_of(&key);
		let lock = Lock::take(&self.place.journal(&account))?;
		let metrics = Metrics::new()?;
		let mut settings = Settings {
			grace: Duration::from_secs(self.grace),
			auto_resume: !self.no_auto_resume,
			..Settings::default()
		};
		if let Some(slots) = self.slots {
			settings.slots = slots.into();
		}
		// A machine that cannot run anything should say so now, not when a bond depends on it.
		let pool = self.sandbox.pool(settings.slots, Some(cache(&self.place)?))?;
		let shelf = Shelf::open(&lock.folder().join("outputs"), self.outputs.saturating_mul(1 << 20))?;
		let connector = NodeConnector {
			url: self.node.node.clone(),
			blobs: self.node.blobs.clone().unwrap_or_default(),
			key: Arc::new(key),
		};
		let places = Arc::new(self.places.open());
		let worker = Worker::new(connector, pool, account, lock, settings, metrics.clone(), shelf, places);

		let runtime = tokio::runtime::Builder::new_multi_thread()
			.enable_all()
			.build()
			.context("starting the worker's threads")?;
		let result = runtime.block_on(async {
			if let Some(address) = self.metrics {
				metrics.serve(address).with_context(|| format!("serving metrics on {address}"))?;
			}
			let (handle, stop) = StopHandle::new();
			end_on_signals(handle)?;
			tracing::info!(worker = %account, node = %self.node.node, slots = settings.slots, "starting");
			worker.run(stop).await.map_err(anyhow::Error::from)
		});
		// Threads that still run a task are not waited for: their results would be thrown away.
		runtime.shutdown_background();
		result
	}
}

/// The first SIGINT or SIGTERM asks for an ordered end, the second ends the process at once.
fn end_on_signals(handle: StopHandle) -> anyhow::Result<()> {
	let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
	let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
	tokio::spawn(async move {
		let mut next = async || {
			tokio::select! {
				_ = interrupt.recv() => {},
				_ = terminate.recv() => {},
			}
		};
		next().await;
		handle.stop();
		next().await;
		tracing::warn!("told to stop twice: ending at once; the journal is complete");
		std::process::exit(130);
	});
	Ok(())
}
