//! The file system, TCP, and the outside's signals.

use ::landlock::{
	Access, AccessFs, AccessNet, LandlockStatus, RestrictionStatus, Ruleset, RulesetAttr, RulesetError,
	RulesetStatus, Scope, ABI,
};

/// What is forbidden, as far as the kernel can. The file system is what its first version (Linux 5.13) can forbid
/// already; TCP came with Linux 6.7, signals and abstract sockets with 6.12. Those older kernels leave to seccomp, which
/// refuses them without being asked twice.
const NEWEST: ABI = ABI::V6;

/// Forbids everything that landlock can forbid, to this thread and those that it starts.
pub(super) fn restrict() -> Result<(), String> {
	let status = forbid_all().map_err(|error| format!("landlock ({error})"))?;
	match (status.ruleset, status.landlock) {
		(RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced, _) if status.no_new_privs => Ok(()),
		(_, LandlockStatus::NotImplemented) => Err("landlock (Linux 5.13 or newer has it)".into()),
		(_, LandlockStatus::NotEnabled) => {
			Err("landlock (it is switched off; add it to the kernel's parameter lsm=)".into())
		},
		_ => Err("landlock (it took no rule)".into()),
	}
}

/// A set of rules that allows nothing.
fn forbid_all() -> Result<RestrictionStatus, RulesetError> {
	Ruleset::default()
		.handle_access(AccessFs::from_all(NEWEST))?
		.handle_access(AccessNet::from_all(NEWEST))?
		.scope(Scope::from_all(NEWEST))?
		.create()?
		.restrict_self()
}
