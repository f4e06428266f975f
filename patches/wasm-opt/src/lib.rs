//! Stands in for the crate `wasm-opt`, of which `substrate-wasm-builder` uses two passes only.
//!
//! The real one compiles all of binaryen (thirteen CPU minutes) to drop the `.debug_*` sections of the runtime
//! and to lower sign-extension operators. The first is a copy of the module without these sections, done here;
//! the second has nothing to do, because the target `wasm32v1-none` emits no such operator.

use std::{fmt, fs, path::Path};

/// The passes that the builder names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
	/// Drops the `.debug_*` custom sections.
	StripDwarf,
	/// Nothing to do for `wasm32v1-none`.
	SignextLowering,
}

/// Why a module could not be written.
#[derive(Debug)]
pub enum OptimizationError {
	/// Reading or writing failed.
	Io(std::io::Error),
	/// The input is not a WebAssembly module.
	Malformed(&'static str),
}

impl fmt::Display for OptimizationError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Io(e) => write!(f, "{e}"),
			Self::Malformed(what) => write!(f, "not a WebAssembly module: {what}"),
		}
	}
}

impl std::error::Error for OptimizationError {}

/// The builder's options; only the passes matter.
#[derive(Debug, Default)]
pub struct OptimizationOptions {
	passes: Vec<Pass>,
}

impl OptimizationOptions {
	/// No optimisation.
	pub fn new_opt_level_0() -> Self {
		Self::default()
	}

	/// Accepted; the target has only these.
	pub fn mvp_features_only(&mut self) -> &mut Self {
		self
	}

	/// Accepted; the `name` section is always kept.
	pub fn debug_info(&mut self, _keep: bool) -> &mut Self {
		self
	}

	/// Adds a pass.
	pub fn add_pass(&mut self, pass: Pass) -> &mut Self {
		self.passes.push(pass);
		self
	}

	/// Runs the passes on the module at `input` and writes it to `output` (which may be the same file).
	pub fn run(&self, input: impl AsRef<Path>, output: impl AsRef<Path>) -> Result<(), OptimizationError> {
		let module = fs::read(input).map_err(OptimizationError::Io)?;
		let strip = self.passes.contains(&Pass::StripDwarf);
		let written = copy_module(&module, |name| !(strip && name.starts_with(b".debug_")))?;
		fs::write(output, written).map_err(OptimizationError::Io)
	}
}

/// Copies a module section by section, leaving out the custom sections that `keep` refuses.
fn copy_module(module: &[u8], keep: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>, OptimizationError> {
	const CUSTOM: u8 = 0;
	if module.len() < 8 || &module[..4] != b"\0asm" {
		return Err(OptimizationError::Malformed("no magic number"));
	}
	let mut out = module[..8].to_vec();
	let mut at = 8;
	while at < module.len() {
		let start = at;
		let id = module[at];
		let (len, body) = leb128(module, at + 1)?;
		let end = body
			.checked_add(len)
			.filter(|end| *end <= module.len())
			.ok_or(OptimizationError::Malformed("a section is longer than the file"))?;
		let dropped = id == CUSTOM && {
			let (name_len, name) = leb128(module, body)?;
			let name = module.get(name..name.saturating_add(name_len));
			!keep(name.ok_or(OptimizationError::Malformed("a section's name is cut off"))?)
		};
		if !dropped {
			out.extend_from_slice(&module[start..end]);
		}
		at = end;
	}
	Ok(out)
}

/// Reads an unsigned LEB128 of at most 32 bits; returns it and the offset behind it.
fn leb128(bytes: &[u8], mut at: usize) -> Result<(usize, usize), OptimizationError> {
	let mut value = 0u64;
	for shift in (0..35).step_by(7) {
		let byte = *bytes.get(at).ok_or(OptimizationError::Malformed("cut off"))?;
		at += 1;
		value |= u64::from(byte & 0x7f) << shift;
		if byte & 0x80 == 0 {
			return Ok((value as usize, at));
		}
	}
	Err(OptimizationError::Malformed("a number is too long"))
}
