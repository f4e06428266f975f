//! The file system, TCP, and the outside's signals.

use ::landlock::{
	Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, Ruleset, RulesetAttr, RulesetError,
	RulesetStatus, Scope, ABI,
};

/// What is handled as far as the kernel can: all that this version of landlock knows.
const NEWEST: ABI = ABI::V6;
/// What a kernel must be able to do (Linux 5.13): keep a process from the file system. TCP came with Linux 6.7; sockets
/// of every kind are refused by seccomp before landlock is asked.
const OLDEST: ABI = ABI::V1;

/// Forbids everything that landlock can forbid, to this thread and those that it starts.
pub(super) fn restrict() -> Result<(), String> {
	let status = rules().map_err(|error| format!("landlock: {error}"))?;
	if status.ruleset != RulesetStatus::NotEnforced && status.no_new_privs {
		return Ok(());
	}
	Err(match status.landlock {
		LandlockStatus::NotImplemented => {
			"landlock: this kernel has none (Linux 5.13 or newer has it)".into()
		},
		LandlockStatus::NotEnabled => {
			"landlock: this kernel has it switched off; add it to the kernel's parameter lsm=".into()
		},
		_ => "landlock: the kernel took no rule".into(),
	})
}

/// A set of rules that allows nothing.
fn rules() -> Result<::landlock::RestrictionStatus, RulesetError> {
	Ruleset::default()
		.set_compatibility(CompatLevel::HardRequirement)
		.handle_access(AccessFs::from_all(OLDEST))?
		.set_compatibility(CompatLevel::BestEffort)
		.handle_access(AccessFs::from_all(NEWEST))?
		.handle_access(AccessNet::from_all(NEWEST))?
		.scope(Scope::from_all(NEWEST))?
		.create()?
		.restrict_self()
}
