//! A node as a process: the first of a development chain, or one that joins it.

use std::{
	fs,
	net::SocketAddr,
	path::{Path, PathBuf},
	process::Command,
	time::Duration,
};

use ergon_client::Client;
use jsonrpsee::{
	core::{client::ClientT, params::ArrayParams},
	ws_client::WsClientBuilder,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
	eventually,
	process::{binary, free_port, Managed},
	Gateway,
};

/// What distinguishes one node from another.
#[derive(Clone, Debug, Default)]
pub struct Setup {
	/// The address of the only node that it is told of; without one it is the first of its chain and makes the blocks.
	pub bootnode: Option<String>,
	/// Where it keeps everything; without, in a folder that goes with it.
	pub base: Option<PathBuf>,
	/// What else it is told on its command line.
	pub flags: Vec<String>,
}

impl Setup {
	/// The first node, with these further words on its command line.
	pub fn with(flags: &[&str]) -> Self {
		Self { flags: flags.iter().map(|flag| (*flag).into()).collect(), ..Self::default() }
	}
}

/// A node of a development chain. Its ports and its base path stay the same through its restarts.
pub struct Node {
	process: Option<Managed>,
	folder: TempDir,
	setup: Setup,
	rpc_port: u16,
	p2p_port: u16,
}

impl Node {
	/// Starts a development chain and waits until it makes blocks.
	pub async fn start() -> Self {
		Self::start_with(Setup::default()).await
	}

	/// Starts a node that is told of `first` and of nobody else, and waits until it follows the chain.
	pub async fn join(first: &Node, flags: &[&str]) -> Self {
		let bootnode = Some(first.address().await);
		Self::start_with(Setup { bootnode, ..Setup::with(flags) }).await
	}

	/// Starts a node and waits until it makes or follows blocks.
	pub async fn start_with(setup: Setup) -> Self {
		let folder = tempfile::tempdir().expect("a temporary folder can be made");
		let mut node = Self { process: None, folder, setup, rpc_port: free_port(), p2p_port: free_port() };
		node.resume().await;
		node
	}

	/// Starts the process (again) on the same base path and ports, and waits for its next block.
	pub async fn resume(&mut self) {
		let mut command = Command::new(binary("ergon-node"));
		match &self.setup.bootnode {
			None => command.arg("--dev"),
			Some(address) => command.args(["--chain", "dev", "--bootnodes", address]),
		};
		command.arg("--base-path").arg(self.base());
		command.args(["--rpc-port", &self.rpc_port.to_string()]);
		command.args(["--no-prometheus", "--no-telemetry", "--no-mdns"]);
		if !self.setup.flags.iter().any(|flag| flag == "--blobs-http") {
			command.args(["--blobs-http", "127.0.0.1:0"]);
		}
		command.args(["--listen-addr", &format!("/ip4/127.0.0.1/tcp/{}", self.p2p_port)]);
		command.args(&self.setup.flags);
		self.process = Some(Managed::spawn(&mut command, &self.folder.path().join("node.log")));
		let client = self.client().await;
		let first = client.best_block().await.expect("a connected node has a best block").0;
		eventually("the node's next block", || async {
			Ok(Some(client.best_block().await?.0).filter(|now| *now > first.max(1)))
		})
		.await;
	}

	/// Kills the process with -9; the base path stays.
	pub fn kill(&mut self) {
		self.process = None;
	}

	/// Asks the process to end and waits until it has.
	pub async fn stop(&mut self) {
		let Some(mut process) = self.process.take() else { return };
		process.signal("-TERM");
		for _ in 0..1200 {
			if process.has_ended() {
				return;
			}
			tokio::time::sleep(Duration::from_millis(50)).await;
		}
		panic!("the node did not end within a minute of SIGTERM");
	}

	/// Waits for two more blocks: it lives, and follows or makes its chain.
	pub async fn assert_lives(&self) {
		let client = self.client().await;
		let now = client.best_block().await.expect("a living node has a best block").0;
		eventually("two more blocks of the node", || async {
			Ok((client.best_block().await?.0 >= now + 2).then_some(()))
		})
		.await;
	}

	/// Its base path.
	pub fn base(&self) -> PathBuf {
		self.setup.base.clone().unwrap_or_else(|| self.folder.path().join("base"))
	}

	/// Where a node with this base path keeps blobs.
	pub fn blobs_below(base: &Path) -> PathBuf {
		base.join("chains/ergon-dev/blobs")
	}

	/// All that it has said.
	pub fn log(&self) -> String {
		fs::read_to_string(self.folder.path().join("node.log")).unwrap_or_default()
	}

	/// Where it answers JSON-RPC.
	pub fn url(&self) -> String {
		format!("ws://127.0.0.1:{}", self.rpc_port)
	}

	/// A new connection, once there is one to be had.
	pub async fn client(&self) -> Client {
		let url = self.url();
		eventually("a connection to the node", || async { Ok(Some(Client::connect(&url).await?)) }).await
	}

	/// The answer to one JSON-RPC call with these parameters, on a connection of its own.
	pub async fn ask<T: DeserializeOwned>(&self, method: &str, parameters: &[Value]) -> anyhow::Result<T> {
		let mut array = ArrayParams::new();
		for parameter in parameters {
			array.insert(parameter)?;
		}
		let client = WsClientBuilder::default().build(self.url()).await?;
		Ok(client.request(method, array).await?)
	}

	/// The address under which other nodes reach it.
	pub async fn address(&self) -> String {
		let peer: String = self.ask("system_localPeerId", &[]).await.expect("a started node has an identity");
		format!("/ip4/127.0.0.1/tcp/{}/p2p/{peer}", self.p2p_port)
	}

	/// Its blobs over HTTP. The port is another one after each start.
	pub async fn gateway(&self) -> Gateway {
		let blobs: Value = self.ask("compute_blobs", &[]).await.expect("a started node tells of its blobs");
		let address = blobs["http"].as_str().map(|address| address.trim_start_matches("http://"));
		let address = address.and_then(|address| address.parse().ok());
		let address: SocketAddr = address.unwrap_or_else(|| panic!("the node has no gateway: {blobs}"));
		// One that listens on every address is asked on this machine's own.
		Gateway::at(SocketAddr::from(([127, 0, 0, 1], address.port())))
	}

	/// What it uses of memory now, in bytes.
	pub fn memory(&self) -> u64 {
		self.running().memory("VmRSS")
	}

	/// The most memory that it has used since [`Node::forget_peak`], in bytes.
	pub fn peak_memory(&self) -> u64 {
		self.running().memory("VmHWM")
	}

	/// Makes the most that it ever used what it uses now.
	pub fn forget_peak(&self) {
		self.running().forget_peak();
	}

	fn running(&self) -> &Managed {
		self.process.as_ref().expect("the node was started")
	}
}
