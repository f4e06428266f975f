//! A child, as its parent has it.

use super::{
	frame::{self, FrameError},
	pipe::{End, Patience},
	wire::{Reply, Request},
};
use ergon_executor_core::LocalFault;
use rustix::process::{getrlimit, prlimit, Pid, Resource, Rlimit};
use std::{
	io,
	os::unix::process::{CommandExt, ExitStatusExt},
	path::PathBuf,
	process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
	time::{Duration, Instant},
};

/// How long a child may take until it is confined.
const BIRTH: Duration = Duration::from_secs(30);
/// How long the end of a child that has closed its pipes may take.
const END: Duration = Duration::from_secs(2);
/// The longest wait that is meant; also keeps sums of times in bounds.
const FOREVER: Duration = Duration::from_secs(1 << 32);

/// How children are started.
#[derive(Clone, Debug)]
pub struct Launch {
	/// The program: this very one, unless a test says otherwise.
	pub program: PathBuf,
	/// Its arguments, to which `--parent PID` is added.
	pub args: Vec<String>,
	/// Whether a child goes on where the kernel lacks something.
	pub insecure: bool,
}

impl Launch {
	/// Children of the running program. It is started as it is, even if its file was replaced meanwhile.
	pub fn this_program(insecure: bool) -> Self {
		Self { program: "/proc/self/exe".into(), args: vec!["exec".into()], insecure }
	}
}

/// A child that is confined and waits for a request. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
	child: Child,
	to: End<ChildStdin>,
	from: End<ChildStdout>,
	/// How long it has been busy: it cannot have used more of the processor, as it has one thread.
	busy: Duration,
	/// What it could not give up, where that is tolerated.
	missing: Vec<String>,
}

/// How an exchange with a child failed.
enum Lost {
	/// It did not answer in time.
	Late,
	/// Nobody waits for its answer any more.
	Unwanted,
	/// It is not there any more.
	Gone,
	/// It said what no child says.
	Garbled(String),
}

impl Lost {
	/// What an error of its pipes means.
	fn of(error: &io::Error) -> Self {
		match error.kind() {
			io::ErrorKind::TimedOut => Self::Late,
			io::ErrorKind::ConnectionAborted => Self::Unwanted,
			_ => Self::Gone,
		}
	}
}

impl Process {
	/// Starts a child and waits until it is confined. The kernel kills it when the calling thread ends.
	pub fn start(launch: &Launch) -> Result<Self, LocalFault> {
		let mut command = Command::new(&launch.program);
		command.args(&launch.args).args(["--parent", &std::process::id().to_string()]);
		if launch.insecure {
			command.arg("--insecure-sandbox");
		}
		command.arg0("ergon-worker").env_clear().current_dir("/");
		// A group of its own: an interrupt at the terminal is for the parent.
		command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
		let setup = |error: io::Error| {
			LocalFault::Setup(format!(
				"a child process ({}) could not be started: {error}",
				launch.program.display()
			))
		};
		let mut child = command.spawn().map_err(setup)?;
		let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
			return Err(LocalFault::Setup("a child process has no pipes".into()));
		};
		let (to, from) = (End::new(to).map_err(setup)?, End::new(from).map_err(setup)?);
		let mut process = Self { child, to, from, busy: Duration::ZERO, missing: Vec::new() };
		let patience = Patience { end: Instant::now() + BIRTH, wanted: &|| true };
		match process.listen(64 << 10, patience) {
			Ok(Reply::Confined(missing)) => {
				process.missing = missing;
				Ok(process)
			},
			Ok(Reply::Exposed(missing)) => {
				Err(LocalFault::Setup(format!("this machine's kernel lacks {}", missing.join("; "))))
			},
			Ok(Reply::Fault(fault)) => Err(fault),
			Ok(other) => Err(process.lost(Lost::Garbled(format!("{other:?} before it was confined")), BIRTH)),
			Err(lost) => Err(process.lost(lost, BIRTH)),
		}
	}

	/// What it could not give up.
	pub fn missing(&self) -> &[String] {
		&self.missing
	}

	/// Whether it still runs.
	pub fn is_alive(&mut self) -> bool {
		matches!(self.child.try_wait(), Ok(None))
	}

	/// Asks for something, and kills the child if it has not answered after so long, or when the answer is not wanted any
	/// more. After any fault the child is not to be used again.
	pub fn ask(
		&mut self,
		request: &Request,
		fence: Duration,
		wanted: &dyn Fn() -> bool,
	) -> Result<Reply, LocalFault> {
		let (start, fence) = (Instant::now(), fence.min(FOREVER));
		self.limit_processor(fence);
		let patience = Patience { end: start + fence, wanted };
		let sent = frame::send(&mut self.to.with(patience), request).map_err(|error| Lost::of(&error));
		let answer = sent.and_then(|()| self.listen(request.longest_reply(), patience));
		self.busy += start.elapsed();
		match answer {
			Ok(Reply::Fault(fault)) => Err(printable(fault)),
			Ok(reply) => Ok(reply),
			Err(lost) => Err(self.lost(lost, fence)),
		}
	}

	/// What a child that breaks the rules is good for.
	pub fn breach(&mut self, what: impl Into<String>) -> LocalFault {
		self.lost(Lost::Garbled(what.into()), Duration::ZERO)
	}

	fn listen(&mut self, limit: usize, patience: Patience) -> Result<Reply, Lost> {
		match frame::receive(&mut self.from.with(patience), limit) {
			Ok(Some(reply)) => Ok(reply),
			Ok(None) => Err(Lost::Gone),
			Err(FrameError::Io(error)) => Err(Lost::of(&error)),
			Err(error @ (FrameError::TooLong { .. } | FrameError::Garbage(_))) => {
				Err(Lost::Garbled(error.to_string()))
			},
		}
	}

	/// The second fence, should this process be held up or stopped: the kernel's.
	fn limit_processor(&self, fence: Duration) {
		let most = (self.busy + BIRTH + fence).as_secs();
		// Whatever this process was given, a child was given too; only the superuser may give more.
		let maximum = getrlimit(Resource::Cpu).maximum;
		let limit = Rlimit { current: Some(most.min(maximum.unwrap_or(u64::MAX))), maximum };
		if let Err(error) = prlimit(Some(Pid::from_child(&self.child)), Resource::Cpu, limit) {
			tracing::debug!(%error, "a child's processor time is not limited");
		}
	}

	/// Ends the child, and says what became of it.
	fn lost(&mut self, lost: Lost, fence: Duration) -> LocalFault {
		let fault = match lost {
			Lost::Late => LocalFault::Fenced { millis: millis(fence) },
			Lost::Unwanted => LocalFault::Process("it was ended: nobody waits for the result".into()),
			Lost::Garbled(what) => LocalFault::Process(format!("it broke the rules and was killed: {what}")),
			Lost::Gone => match self.wait_for_end() {
				Some(status) => post_mortem(status, self.busy),
				None => LocalFault::Process("it broke the rules and was killed: it closed its pipes".into()),
			},
		};
		self.end();
		fault
	}

	/// How it ended, if it does so soon: its pipes are closed a moment before the rest of it is gone.
	fn wait_for_end(&mut self) -> Option<ExitStatus> {
		let start = Instant::now();
		while start.elapsed() < END {
			if let Ok(Some(status)) = self.child.try_wait() {
				return Some(status);
			}
			std::thread::sleep(Duration::from_millis(1));
		}
		None
	}

	fn end(&mut self) {
		// If it is gone already, so much the better.
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

impl Drop for Process {
	fn drop(&mut self) {
		self.end();
	}
}

fn millis(time: Duration) -> u64 {
	u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What the end of a child means that nobody here has ended.
fn post_mortem(status: ExitStatus, busy: Duration) -> LocalFault {
	match status.signal() {
		Some(libc::SIGXCPU) => LocalFault::Fenced { millis: millis(busy) },
		Some(libc::SIGSYS) => LocalFault::Process(
			"it made a system call that it may not make and was killed; the program may be an attack, please report it"
				.into(),
		),
		Some(libc::SIGKILL) => {
			LocalFault::Memory("it was killed, as the kernel does when the machine runs out of memory".into())
		},
		Some(libc::SIGABRT) => LocalFault::Memory("it gave up, as it does at the limit of its memory".into()),
		Some(signal) => LocalFault::Process(format!("it died of signal {signal}; please report this")),
		None => LocalFault::Process(format!("it ended with {status}; please report this")),
	}
}

/// A child's words may be a stranger's: bounded, and without what a terminal or a log would take for its own.
fn printable(fault: LocalFault) -> LocalFault {
	let tidy = |text: String| text.chars().take(500).flat_map(|c| c.escape_debug()).collect::<String>();
	match fault {
		LocalFault::Setup(why) => LocalFault::Setup(tidy(why)),
		LocalFault::Compile(why) => LocalFault::Compile(tidy(why)),
		LocalFault::Memory(why) => LocalFault::Memory(tidy(why)),
		LocalFault::Engine(why) => LocalFault::Engine(tidy(why)),
		LocalFault::Process(why) => LocalFault::Process(tidy(why)),
		LocalFault::Fenced { millis } => LocalFault::Fenced { millis },
	}
}
