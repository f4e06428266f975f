//! Processes and commands: where their binaries are, how they start and end.

use std::{
	env, fs,
	net::TcpListener,
	path::{Path, PathBuf},
	process::{Child, Command, Output, Stdio},
};

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

/// What a node says at each block: left out of the end of a log that is shown.
const EVERYDAY: [&str; 4] =
	["Starting consensus session", "Prepared block", "Pre-sealed block", "Imported #"];

/// A child process that writes to a log file and dies with this value.
pub(crate) struct Managed {
	child: Child,
	log: PathBuf,
}

impl Managed {
	/// Starts it; what it prints is added to `log`.
	pub(crate) fn spawn(command: &mut Command, log: &Path) -> Self {
		let file =
			fs::OpenOptions::new().create(true).append(true).open(log).expect("the log can be written");
		let stdout = file.try_clone().expect("a file handle can be doubled");
		let child = command.stdin(Stdio::null()).stdout(stdout).stderr(file).spawn();
		let child = child.unwrap_or_else(|error| panic!("{command:?} could not be started: {error}"));
		Self { child, log: log.to_owned() }
	}

	/// Sends a signal, such as `-TERM`.
	pub(crate) fn signal(&self, signal: &str) {
		let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
		assert!(sent.is_ok_and(|status| status.success()), "kill {signal} {} failed", self.child.id());
	}

	/// `kill -9`, and waits until it is gone.
	pub(crate) fn kill(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}

	/// Whether it is gone.
	pub(crate) fn has_ended(&mut self) -> bool {
		matches!(self.child.try_wait(), Ok(Some(_)))
	}
}

impl Managed {
	/// A line of `/proc/PID/status` that is in KiB, such as `VmRSS`, in bytes.
	pub(crate) fn memory(&self, field: &str) -> u64 {
		let path = format!("/proc/{}/status", self.child.id());
		let status = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
		let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
		let words = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
		words.unwrap_or_else(|| panic!("{path} has no {field}")) << 10
	}

	/// Makes the most that it ever used what it uses now.
	pub(crate) fn forget_peak(&self) {
		let path = format!("/proc/{}/clear_refs", self.child.id());
		fs::write(&path, "5").unwrap_or_else(|error| panic!("{path}: {error}"));
	}
}

impl Drop for Managed {
	fn drop(&mut self) {
		self.kill();
		if std::thread::panicking() {
			let log = fs::read_to_string(&self.log).unwrap_or_default();
			let lines: Vec<_> =
				log.lines().filter(|line| !EVERYDAY.iter().any(|word| line.contains(word))).collect();
			let tail = lines[lines.len().saturating_sub(40)..].join("\n");
			eprintln!("--- the end of {} ---\n{tail}\n", self.log.display());
		}
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
