//! Who tries what, how confined, and what may come of it.

use crate::attempts::{Attempt, World, ATTEMPTS};
use ergon_executor_core::{Engine, LocalFault};
use ergon_worker::sandbox::{
	child::{confined, Birth},
	confine,
	wire::Reply,
	Launch, Pool,
};
use libtest_mimic::{Arguments, Failed, Trial};
use std::{
	env, fs,
	net::TcpListener,
	process::{Command, ExitCode, Stdio},
};

/// What an attempt that succeeds exits with, unconfined or with landlock alone.
const SUCCEEDED: u8 = 42;
/// What it exits with if the kernel refused.
const REFUSED: u8 = 43;

/// The suite, as the parent.
pub fn run() -> ExitCode {
	let mut trials = Vec::new();
	for attempt in ATTEMPTS {
		if attempt.works_outside {
			trials
				.push(trial("unconfined_it_should_succeed", attempt, || outside(attempt, "free", SUCCEEDED)));
		}
		trials.push(trial("a_child_should_not_get_away_with_it", attempt, || inside(attempt)));
		if attempt.landlock {
			trials.push(trial("landlock_alone_should_refuse_it", attempt, || {
				outside(attempt, "landlock", REFUSED)
			}));
		}
	}
	libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(what: &str, attempt: &Attempt, run: impl FnOnce() -> Result<(), String> + Send + 'static) -> Trial {
	Trial::test(format!("{}::{what}", attempt.name), || run().map_err(Failed::from))
}

/// Something to be reached, held as long as an attempt lasts.
struct Stage {
	world: World,
	victim: std::process::Child,
	_folder: tempfile::TempDir,
	_listener: TcpListener,
}

impl Stage {
	fn set() -> Self {
		let folder = tempfile::tempdir().unwrap();
		let key = folder.path().join("worker.key");
		fs::write(&key, "a secret\n").unwrap();
		let listener = TcpListener::bind("127.0.0.1:0").unwrap();
		let victim = Command::new("sleep").arg("60").stdout(Stdio::null()).spawn().unwrap();
		let world = World { key, port: listener.local_addr().unwrap().port(), victim: victim.id() };
		Self { world, victim, _folder: folder, _listener: listener }
	}
}

impl Drop for Stage {
	fn drop(&mut self) {
		self.victim.kill().unwrap();
		self.victim.wait().unwrap();
	}
}

fn outside(attempt: &Attempt, how: &str, expected: u8) -> Result<(), String> {
	let stage = Stage::set();
	let mut command = Command::new(env::current_exe().unwrap());
	command.args(stage.world.words(how, attempt.name)).env("ERGON_WORKER_KEY", "a secret");
	let status = command.stdout(Stdio::null()).status().unwrap();
	match status.code() == Some(expected.into()) {
		true => Ok(()),
		false => Err(format!("{status}")),
	}
}

fn inside(attempt: &Attempt) -> Result<(), String> {
	let stage = Stage::set();
	// Children get no environment; if they did, this would be in it.
	env::set_var("ERGON_WORKER_KEY", "a secret");
	let launch = Launch {
		program: env::current_exe().unwrap(),
		args: stage.world.words("child", attempt.name),
		insecure: false,
	};
	let pool = Pool::start(launch, 1, None).map_err(|fault| fault.to_string())?;
	// Whatever is asked for: the child does what it is there for instead.
	match pool.prepare(b"").map(|_| ()) {
		Err(LocalFault::Process(why)) if why.contains("system call") => Ok(()),
		Err(LocalFault::Engine(why)) if why.starts_with("refused") => match attempt.may_be_refused {
			true => Ok(()),
			false => Err(format!("{why}, but its process lives on")),
		},
		other => Err(format!("{other:?}")),
	}
}

/// The attempt, as the child: how confined, which, and the world's words.
pub fn attempt(words: &[String]) -> ExitCode {
	let attempt = ATTEMPTS.iter().find(|attempt| attempt.name == words[1]).unwrap();
	let world = World::from_words(&words[2..]);
	match words[0].as_str() {
		"child" => {
			let parent = words.last().unwrap().parse().unwrap();
			let birth = Birth { parent, insecure: false };
			let done = confined(birth, |_, pipes| {
				pipes.hear()?;
				let fault = match (attempt.run)(&world) {
					Ok(()) => "SUCCEEDED".to_owned(),
					Err(error) => format!("refused: {error}"),
				};
				pipes.tell(&Reply::Fault(LocalFault::Engine(fault)))?;
				pipes.hear().map(|_| ())
			});
			done.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
		},
		how => {
			if how == "landlock" {
				assert!(confine::before_threads().is_empty());
			}
			match (attempt.run)(&world) {
				Ok(()) => SUCCEEDED.into(),
				Err(error) => {
					eprintln!("{error}");
					REFUSED.into()
				},
			}
		},
	}
}
