//! Confinement seen from outside: what the kernel says of a child, and what the worker says of a kernel.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // A failed step is a failed test.

mod common;

use common::*;
use ergon_executor_core::{Engine, LocalFault};
use ergon_primitives::Fuel;
use seccompiler::{apply_filter, BpfProgram, SeccompAction, SeccompFilter};
use std::{
	fs,
	os::unix::process::CommandExt,
	process::{Command, Output},
	thread,
	time::Duration,
};

/// A line of `/proc/PID/limits` or `/proc/PID/status`, without its name; empty if the process is gone.
fn field(pid: u32, file: &str, name: &str) -> Vec<String> {
	let Ok(text) = fs::read_to_string(format!("/proc/{pid}/{file}")) else { return vec![String::new()] };
	let line =
		text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {text}"));
	line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_kernel_should_say_of_a_busy_child_what_it_gave_up() {
	let pool = pool(1);
	let program = ready(&pool, FOREVER);
	let fenced = within(&pool, Duration::from_secs(3));
	thread::scope(|scope| {
		let run = scope.spawn(|| {
			let mut endless = context();
			endless.limits.fuel = Fuel(u64::MAX);
			fenced.run(&program, &endless, b"")
		});
		// The one of them that has a fence of processor time is at work.
		let own = std::process::id();
		let has_fence =
			|pid| field(pid, "limits", "Max cpu time")[0].parse().is_ok_and(|most: u64| most < 60);
		let busy = || children(own).into_iter().find(|pid| has_fence(*pid));
		eventually("a busy child", || busy().is_some());
		let child = busy().unwrap();
		let limit = |name: &str| field(child, "limits", name)[..2].to_vec();
		let status = |name: &str| field(child, "status", name).remove(0);
		for gone in ["Max core file size", "Max processes", "Max locked memory", "Max msgqueue size"] {
			assert_eq!(limit(gone), ["0", "0"], "{gone}");
		}
		assert_eq!(limit("Max data size"), [(7u64 << 30).to_string(), (7u64 << 30).to_string()]);
		assert_eq!(limit("Max open files"), ["32", "32"]);
		assert_ne!(limit("Max address space")[1], "unlimited");
		assert_eq!(status("NoNewPrivs:"), "1");
		assert_eq!(status("Seccomp:"), "2");
		assert_eq!(status("Threads:"), "2");
		// Only the superuser may look at these of a process that cannot be traced.
		if let Ok(environment) = fs::read(format!("/proc/{child}/environ")) {
			assert_eq!(environment, b"");
			let open = fs::read_dir(format!("/proc/{child}/fd")).unwrap().map(|fd| {
				let link = fs::read_link(fd.unwrap().path()).unwrap();
				link.to_str().unwrap().split(':').next().unwrap().to_owned()
			});
			let open: Vec<_> = open.filter(|what| what != "/memfd").collect();
			assert!(open.iter().all(|what| what == "pipe" || what == "/dev/null"), "{open:?}");
		}
		assert_eq!(run.join().unwrap(), Err(LocalFault::Fenced { millis: 3_000 }));
	});
}

/// The worker on a kernel that does not know one of its system calls.
#[allow(unsafe_code)] // Between the two halves of a start there is no other way.
fn without(call: libc::c_long, words: &[&str]) -> Output {
	let data = tempfile::tempdir().unwrap();
	let mut command = Command::new(env!("CARGO_BIN_EXE_ergon-worker"));
	command.args(words).env("ERGON_WORKER_DATA", data.path());
	let unknown = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
	let arch = std::env::consts::ARCH.try_into().unwrap();
	let rules = [(call, Vec::new())].into_iter().collect();
	let filter: BpfProgram =
		SeccompFilter::new(rules, SeccompAction::Allow, unknown, arch).unwrap().try_into().unwrap();
	let install = move || apply_filter(&filter).map_err(|_| std::io::ErrorKind::Other.into());
	// SAFETY: two system calls.
	unsafe { command.pre_exec(install) };
	command.output().unwrap()
}

#[test]
fn a_worker_whose_kernel_cannot_confine_should_say_what_is_missing_and_not_start() {
	for (call, name) in [
		(libc::SYS_landlock_create_ruleset, "landlock (Linux 5.13 or newer has it)"),
		(libc::SYS_seccomp, "seccomp"),
	] {
		let run = ["run", "--node", "ws://127.0.0.1:1", "--key", "//Alice"];
		for words in [&run[..], &["benchmark", "--seconds", "1"]] {
			let refused = without(call, words);
			let said = String::from_utf8_lossy(&refused.stderr).into_owned();
			assert!(!refused.status.success(), "{words:?}: {said}");
			assert!(said.contains(&format!("kernel lacks {name}")), "{words:?}: {said}");
			assert!(said.contains("--insecure-sandbox"), "{words:?}: {said}");
		}
		let told = without(call, &["benchmark", "--seconds", "1", "--json", "--insecure-sandbox"]);
		let said = String::from_utf8_lossy(&told.stderr).into_owned();
		assert!(told.status.success(), "{said}");
		assert!(said.contains(name), "{said}");
		assert!(String::from_utf8_lossy(&told.stdout).contains("speed"));
	}
}
