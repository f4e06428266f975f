//! Nodes, workers and commands as processes.

use std::{
	env, fs,
	net::TcpListener,
	path::{Path, PathBuf},
	process::{Child, Command, Output, Stdio},
};

use ergon_client::Client;
use tempfile::TempDir;

use crate::eventually;

/// The folder of the built binaries: `ERGON_BIN`, or the one above the running test's.
pub fn binary(name: &str) -> PathBuf {
	let folder = env::var_os("ERGON_BIN").map(PathBuf::from).unwrap_or_else(|| {
		let test = env::current_exe().expect("a running test has a path; qed");
		test.ancestors().nth(2).expect("tests run from target/<profile>/deps; qed").to_owned()
	});
	let path = folder.join(name);
	assert!(
		path.exists(),
		"{} is not built: run scripts/test.sh, or cargo build --workspace",
		path.display()
	);
	path
}

/// A TCP port that was free a moment ago.
pub fn free_port() -> u16 {
	let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
	listener.local_addr().expect("a bound socket has an address; qed").port()
}

/// A child process that writes to a log file and dies with this value.
struct Managed {
	child: Child,
	log: PathBuf,
}

impl Managed {
	fn spawn(command: &mut Command, log: &Path) -> Self {
		let file =
			fs::OpenOptions::new().create(true).append(true).open(log).expect("the log can be written");
		let stdout = file.try_clone().expect("a file handle can be doubled");
		let child = command.stdin(Stdio::null()).stdout(stdout).stderr(file).spawn();
		let child = child.unwrap_or_else(|error| panic!("{command:?} could not be started: {error}"));
		Self { child, log: log.to_owned() }
	}

	fn signal(&self, signal: &str) {
		let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
		assert!(sent.is_ok_and(|status| status.success()), "kill {signal} {} failed", self.child.id());
	}

	/// `kill -9`, and waits until it is gone.
	fn kill(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}

	fn has_ended(&mut self) -> bool {
		matches!(self.child.try_wait(), Ok(Some(_)))
	}
}

impl Drop for Managed {
	fn drop(&mut self) {
		self.kill();
		if std::thread::panicking() {
			let log = fs::read_to_string(&self.log).unwrap_or_default();
			let lines: Vec<_> = log.lines().collect();
			let tail = lines[lines.len().saturating_sub(40)..].join("\n");
			eprintln!("--- the end of {} ---\n{tail}\n", self.log.display());
		}
	}
}

/// A node of a development chain of its own.
pub struct Node {
	process: Option<Managed>,
	folder: TempDir,
	rpc_port: u16,
}

impl Node {
	/// Starts a development chain and waits until it makes blocks.
	pub async fn start() -> Self {
		let folder = tempfile::tempdir().expect("a temporary folder can be made");
		let mut node = Self { process: None, folder, rpc_port: free_port() };
		node.resume().await;
		node
	}

	/// Starts the process (again) on the same base path and port, and waits for its next block.
	pub async fn resume(&mut self) {
		let mut command = Command::new(binary("ergon-node"));
		command.arg("--dev").arg("--base-path").arg(self.folder.path().join("base"));
		command.args([
			"--rpc-port",
			&self.rpc_port.to_string(),
			"--no-prometheus",
			"--no-telemetry",
			"--no-mdns",
		]);
		command.args(["--listen-addr", &format!("/ip4/127.0.0.1/tcp/{}", free_port())]);
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
			tokio::time::sleep(std::time::Duration::from_millis(50)).await;
		}
		panic!("the node did not end within a minute of SIGTERM");
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
}

/// A worker with a data folder of its own.
pub struct Worker {
	process: Option<Managed>,
	folder: TempDir,
	url: String,
	suri: String,
}

impl Worker {
	/// A worker for the key `suri` at the node `url`; not started yet.
	pub fn new(url: &str, suri: &str) -> Self {
		let folder = tempfile::tempdir().expect("a temporary folder can be made");
		Self { process: None, folder, url: url.into(), suri: suri.into() }
	}

	/// Starts the process (again) on the same data.
	pub fn start(&mut self) {
		let mut command = Command::new(binary("ergon-worker"));
		command.args(["run", "--node", &self.url, "--key", &self.suri, "--data"]);
		command.arg(self.folder.path().join("data"));
		self.process = Some(Managed::spawn(&mut command, &self.folder.path().join("worker.log")));
	}

	/// Kills it with -9; the data stay.
	pub fn kill(&mut self) {
		self.process = None;
	}
}

/// Runs the `ergon` command with these words.
pub fn ergon(words: &[&str]) -> Output {
	let output = Command::new(binary("ergon")).args(words).stdin(Stdio::null()).output();
	output.unwrap_or_else(|error| panic!("ergon {words:?} could not be started: {error}"))
}

/// Runs `ergon --json` with these words; it must succeed and print JSON.
pub fn ergon_json(words: &[&str]) -> serde_json::Value {
	let output = ergon(&[&["--json"], words].concat());
	let said = String::from_utf8_lossy(&output.stdout);
	assert!(output.status.success(), "ergon {words:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
	serde_json::from_str(said.trim())
		.unwrap_or_else(|error| panic!("ergon {words:?} printed '{said}': {error}"))
}
