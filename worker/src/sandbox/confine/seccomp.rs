//! The system calls that are left.

use seccompiler::{
	apply_filter_all_threads, BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp,
	SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};
use std::{env::consts::ARCH, process};

/// What computing needs, and no more. All of these exist on every processor that the worker runs on.
const ALLOWED: &[libc::c_long] = &[
	// The pipes, and the memory images without a name: there is nothing else that could be read or written.
	libc::SYS_read,
	libc::SYS_write,
	libc::SYS_close,
	libc::SYS_memfd_create,
	libc::SYS_ftruncate,
	// Memory.
	libc::SYS_brk,
	libc::SYS_mmap,
	libc::SYS_munmap,
	libc::SYS_mremap,
	libc::SYS_mprotect,
	libc::SYS_madvise,
	libc::SYS_membarrier,
	// Traps of a program come as signals.
	libc::SYS_rt_sigaction,
	libc::SYS_rt_sigprocmask,
	libc::SYS_rt_sigreturn,
	libc::SYS_sigaltstack,
	libc::SYS_restart_syscall,
	// Locks.
	libc::SYS_futex,
	libc::SYS_sched_yield,
	libc::SYS_rseq,
	// What tells nothing of the machine but the time, a random number and the process's own number.
	libc::SYS_clock_gettime,
	libc::SYS_getrandom,
	libc::SYS_getpid,
	libc::SYS_gettid,
	// The end.
	libc::SYS_exit,
	libc::SYS_exit_group,
];

/// Leaves every thread of this process with the list, for good.
pub(super) fn filter() -> Result<(), String> {
	let missing = |error: &dyn std::fmt::Display| format!("seccomp ({error})");
	let arch = TargetArch::try_from(ARCH).map_err(|error| missing(&error))?;
	let filter = program(arch, process::id()).map_err(|error| missing(&error))?;
	apply_filter_all_threads(&filter).map_err(|error| missing(&error))
}

fn program(arch: TargetArch, own: u32) -> Result<BpfProgram, BackendError> {
	let mut rules: std::collections::BTreeMap<_, _> =
		ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
	// Aborting is a signal to oneself.
	rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![is(0, own)?])?]);
	// Sealing a memory image, and asking for a descriptor's flags.
	let command = |command: libc::c_int| SeccompRule::new(vec![is(1, command.unsigned_abs())?]);
	let commands = [libc::F_ADD_SEALS, libc::F_GET_SEALS, libc::F_GETFD, libc::F_GETFL];
	rules.insert(libc::SYS_fcntl, commands.into_iter().map(command).collect::<Result<_, _>>()?);
	SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, arch)?.try_into()
}

fn is(argument: u8, value: u32) -> Result<SeccompCondition, BackendError> {
	SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value.into())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_list_should_be_a_filter_for_every_processor() {
		for arch in [TargetArch::x86_64, TargetArch::aarch64] {
			assert!(!program(arch, 1).unwrap().is_empty());
		}
	}

	#[test]
	fn nothing_that_makes_processes_or_opens_anything_should_be_on_the_list() {
		for call in [
			libc::SYS_clone,
			libc::SYS_clone3,
			libc::SYS_execve,
			libc::SYS_execveat,
			libc::SYS_openat,
			libc::SYS_socket,
			libc::SYS_kill,
			libc::SYS_ptrace,
			libc::SYS_prlimit64,
			libc::SYS_ioctl,
			libc::SYS_io_uring_setup,
			libc::SYS_bpf,
			libc::SYS_prctl,
		] {
			assert!(!ALLOWED.contains(&call), "{call}");
		}
	}
}
