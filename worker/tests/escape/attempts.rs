//! What is tried. `Ok` means that it worked.

#![allow(unsafe_code)] // Code that has taken a process over asks nobody.

use std::{
	env, fs, io,
	net::{TcpListener, TcpStream, UdpSocket},
	path::PathBuf,
	ptr,
};

/// What there is to be reached.
pub struct World {
	/// A file with a secret.
	pub key: PathBuf,
	/// Of somebody who listens on this machine.
	pub port: u16,
	/// A process of the same user.
	pub victim: u32,
}

impl World {
	pub fn words(&self, how: &str, attempt: &str) -> Vec<String> {
		let Self { key, port, victim } = self;
		let key = key.to_str().unwrap().to_owned();
		vec!["attempt".into(), how.into(), attempt.into(), key, port.to_string(), victim.to_string()]
	}

	pub fn from_words(words: &[String]) -> Self {
		Self { key: (&words[0]).into(), port: words[1].parse().unwrap(), victim: words[2].parse().unwrap() }
	}
}

pub struct Attempt {
	pub name: &'static str,
	pub run: fn(&World) -> io::Result<()>,
	/// It works where nothing is confined, for any user.
	pub works_outside: bool,
	/// Landlock refuses it by itself (TCP: since Linux 6.7).
	pub landlock: bool,
	/// The process may live on if the kernel refuses: the call is one that computing needs.
	pub may_be_refused: bool,
}

const fn of(name: &'static str, run: fn(&World) -> io::Result<()>) -> Attempt {
	Attempt { name, run, works_outside: true, landlock: false, may_be_refused: false }
}

const fn file(name: &'static str, run: fn(&World) -> io::Result<()>) -> Attempt {
	Attempt { landlock: true, ..of(name, run) }
}

/// For the superuser, or not on every machine.
const fn rare(name: &'static str, run: fn(&World) -> io::Result<()>) -> Attempt {
	Attempt { works_outside: false, ..of(name, run) }
}

const fn soft(name: &'static str, run: fn(&World) -> io::Result<()>) -> Attempt {
	Attempt { may_be_refused: true, ..of(name, run) }
}

pub const ATTEMPTS: &[Attempt] = &[
	// Files.
	file("read_the_key", |world| fs::read(&world.key).map(|_| ())),
	file("write_a_file", |world| fs::write(world.key.with_extension("new"), "x")),
	file("change_the_key", |world| fs::OpenOptions::new().append(true).open(&world.key).map(|_| ())),
	file("delete_the_key", |world| fs::remove_file(&world.key)),
	file("list_the_root", |_| fs::read_dir("/").map(|_| ())),
	file("make_a_folder", |world| fs::create_dir(world.key.with_extension("d"))),
	file("make_a_link", |world| std::os::unix::fs::symlink("/etc", world.key.with_extension("l"))),
	file("read_memory_through_proc", |_| fs::read("/proc/self/maps").map(|_| ())),
	file("read_the_parents_command_line", |_| {
		fs::read(format!("/proc/{}/cmdline", std::os::unix::process::parent_id())).map(|_| ())
	}),
	of("look_at_a_file", |world| fs::metadata(&world.key).map(|_| ())),
	of("read_a_link", |_| fs::read_link("/proc/self/exe").map(|_| ())),
	of("change_the_folder", |_| env::set_current_dir("/tmp")),
	// The network.
	Attempt {
		landlock: true,
		..of("connect", |world| TcpStream::connect(("127.0.0.1", world.port)).map(|_| ()))
	},
	Attempt { landlock: true, ..of("listen", |_| TcpListener::bind("127.0.0.1:0").map(|_| ())) },
	of("send_datagrams", |_| UdpSocket::bind("127.0.0.1:0").map(|_| ())),
	of("make_a_local_socket", |_| std::os::unix::net::UnixDatagram::unbound().map(|_| ())),
	of("make_a_pair_of_sockets", |_| std::os::unix::net::UnixStream::pair().map(|_| ())),
	// Processes and threads.
	of("fork", |_| {
		// SAFETY: the child does nothing but end.
		match unsafe { libc::fork() } {
			0 => unsafe { libc::_exit(0) },
			pid => ok(pid.into()),
		}
	}),
	of("clone_a_process", |_| call(libc::SYS_clone, [libc::SIGCHLD as u64, 0, 0, 0, 0]).and_then(end_if_new)),
	of("start_a_thread", |_| {
		// The standard library's own way dies of the refusal, too.
		std::thread::Builder::new().spawn(|| ()).map(|thread| drop(thread.join()))
	}),
	of("run_a_program", |_| std::process::Command::new("/bin/true").status().map(|_| ())),
	of("become_a_program", |_| {
		let path = c"/proc/self/exe".as_ptr() as u64;
		// Without arguments it would run this suite: a bad array is enough to see whether it is let in.
		let error = call(libc::SYS_execve, [path, 1, 0, 0, 0]).unwrap_err();
		if error.raw_os_error() == Some(libc::EFAULT) {
			Ok(())
		} else {
			Err(error)
		}
	}),
	of("run_a_program_from_memory", |_| {
		let name = c"x".as_ptr() as u64;
		let fd = call(libc::SYS_memfd_create, [name, 0, 0, 0, 0])? as u64;
		let empty = c"".as_ptr() as u64;
		let error = call(libc::SYS_execveat, [fd, empty, 0, 0, libc::AT_EMPTY_PATH as u64]).unwrap_err();
		// An empty file is no program; but it was looked at.
		if error.raw_os_error() == Some(libc::ENOEXEC) {
			Ok(())
		} else {
			Err(error)
		}
	}),
	of("signal_the_parent", |_| {
		// SAFETY: signal 0 only asks whether it would be allowed.
		ok(unsafe { libc::kill(libc::getppid(), 0) }.into())
	}),
	of("kill_another_process", |world| call(libc::SYS_kill, [world.victim.into(), 9, 0, 0, 0]).map(|_| ())),
	of("signal_a_thread_of_another", |world| {
		let victim = world.victim.into();
		call(libc::SYS_tgkill, [victim, victim, 0, 0, 0]).map(|_| ())
	}),
	// Some machines allow the next two to nobody but the superuser.
	rare("trace_another_process", |world| {
		call(libc::SYS_ptrace, [libc::PTRACE_SEIZE.into(), world.victim.into(), 0, 0, 0]).map(|_| ())
	}),
	rare("read_anothers_memory", |world| {
		let mut byte = 0u8;
		let local = [ptr::addr_of_mut!(byte) as u64, 1];
		let remote = [1u64, 1];
		let [local, remote] = [local.as_ptr() as u64, remote.as_ptr() as u64];
		match call(libc::SYS_process_vm_readv, [world.victim.into(), local, 1, remote, 1]) {
			// Allowed to read, but there is nothing at that address.
			Err(error) if error.raw_os_error() == Some(libc::EFAULT) => Ok(()),
			other => other.map(|_| ()),
		}
	}),
	of("take_hold_of_another_process", |world| {
		call(libc::SYS_pidfd_open, [world.victim.into(), 0, 0, 0, 0]).map(|_| ())
	}),
	of("limit_another_process", |world| {
		let mut limit = [0u64; 2];
		let place = limit.as_mut_ptr() as u64;
		call(libc::SYS_prlimit64, [world.victim.into(), libc::RLIMIT_CPU.into(), 0, place, 0]).map(|_| ())
	}),
	of("look_whose_child_it_is", |_| call(libc::SYS_getppid, [0; 5]).map(|_| ())),
	// What was left behind.
	Attempt {
		may_be_refused: true,
		..of("read_the_environment", |_| {
			env::var_os("ERGON_WORKER_KEY").map(|_| ()).ok_or_else(|| io::Error::other("it is empty"))
		})
	},
	Attempt {
		may_be_refused: true,
		..rare("use_a_descriptor_of_the_parents", |_| {
			// 3 and 4 are the pipes once more.
			(5..1024).find_map(|fd| readable(fd).ok()).ok_or_else(|| io::Error::other("there is none"))
		})
	},
	of("get_its_limits_back", |_| {
		let limit = [1u64 << 40; 2];
		let place = limit.as_ptr() as u64;
		match call(libc::SYS_prlimit64, [0, libc::RLIMIT_CORE.into(), place, 0, 0]) {
			// Outside it depends on who asks; to have been answered is enough.
			Err(error) if error.raw_os_error() == Some(libc::EPERM) => Ok(()),
			other => other.map(|_| ()),
		}
	}),
	of("become_dumpable", |_| call(libc::SYS_prctl, [libc::PR_SET_DUMPABLE as u64, 1, 0, 0, 0]).map(|_| ())),
	of("outlive_the_parent", |_| {
		call(libc::SYS_prctl, [libc::PR_SET_PDEATHSIG as u64, 0, 0, 0, 0]).map(|_| ())
	}),
	soft("use_more_memory_than_any_task", |_| {
		// Mapped writable, and not touched.
		let size = 16u64 << 30;
		let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE) as u64;
		let protection = (libc::PROT_READ | libc::PROT_WRITE) as u64;
		// SAFETY: a new mapping.
		let place = unsafe { libc::syscall(libc::SYS_mmap, 0u64, size, protection, flags, u64::MAX, 0u64) };
		ok(place)
	}),
	// The kernel's large doors.
	rare("open_a_ring", |_| {
		let mut parameters = [0u64; 15];
		call(libc::SYS_io_uring_setup, [1, parameters.as_mut_ptr() as u64, 0, 0, 0]).map(|_| ())
	}),
	rare("load_a_filter_program", |_| call(libc::SYS_bpf, [0; 5]).map(|_| ())),
	rare("make_a_user_namespace", |_| {
		call(libc::SYS_unshare, [libc::CLONE_NEWUSER as u64, 0, 0, 0, 0]).map(|_| ())
	}),
	rare("mount", |_| call(libc::SYS_mount, [0; 5]).map(|_| ())),
	rare("use_keys", |_| call(libc::SYS_keyctl, [0; 5]).map(|_| ())),
	rare("count_events", |_| call(libc::SYS_perf_event_open, [0; 5]).map(|_| ())),
	rare("become_the_superuser", |_| call(libc::SYS_setuid, [0; 5]).map(|_| ())),
	rare("type_at_the_terminal", |_| {
		match call(libc::SYS_ioctl, [0, libc::TIOCSTI, 0, 0, 0]) {
			// Standard input is no terminal here; the door was open.
			Err(error) if error.raw_os_error() == Some(libc::ENOTTY) => Ok(()),
			other => other.map(|_| ()),
		}
	}),
	// Doors to the same kernel with other numbers on them.
	#[cfg(target_arch = "x86_64")]
	rare("call_as_a_32_bit_program", |_| {
		let mut number = 20i64; // getpid, there
						  // SAFETY: it reads and writes no memory; `rbx` is not touched.
		unsafe {
			std::arch::asm!("int 0x80", inout("rax") number, out("r8") _, out("r9") _, out("r10") _, out("r11") _)
		};
		ok(number)
	}),
	#[cfg(target_arch = "x86_64")]
	rare("call_as_an_x32_program", |_| call(libc::SYS_getpid | 0x4000_0000, [0; 5]).map(|_| ())),
];

fn readable(fd: i32) -> io::Result<()> {
	let mut nothing = [0u8; 0];
	// SAFETY: nothing is read; the answer tells whether the descriptor is open.
	ok(unsafe { libc::syscall(libc::SYS_read, fd, nothing.as_mut_ptr(), 0) })
}

fn call(number: libc::c_long, arguments: [u64; 5]) -> io::Result<i64> {
	let [a, b, c, d, e] = arguments;
	// SAFETY: each caller passes what the call may read or write.
	let result = unsafe { libc::syscall(number, a, b, c, d, e, 0u64) };
	ok(result).map(|()| result)
}

fn end_if_new(pid: i64) -> io::Result<()> {
	if pid == 0 {
		// SAFETY: ends the process that has just been made.
		unsafe { libc::_exit(0) };
	}
	Ok(())
}

fn ok(result: i64) -> io::Result<()> {
	if result < 0 {
		Err(io::Error::last_os_error())
	} else {
		Ok(())
	}
}
