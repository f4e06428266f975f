//! Which features a module needs beyond those that are admitted.

use ergon_executor_core::{admission::FEATURES, Rejected};
use wasmparser::{Validator, WasmFeatures};

fn valid_with(module: &[u8], features: WasmFeatures) -> bool {
	Validator::new_with_features(features).validate_all(module).is_ok()
}

/// Why a module is not admitted, in the names of features; or of the bound that it breaks, if it needs none.
pub(super) fn why_not(module: &[u8], rejected: &Rejected) -> String {
	if valid_with(module, FEATURES) {
		return format!("a bound ({:?})", rejected.reason);
	}
	let mut needed = WasmFeatures::all();
	if !valid_with(module, needed) {
		return "a feature that the validator does not know".into();
	}
	for (_, feature) in WasmFeatures::all().iter_names() {
		let fewer = needed.difference(feature).union(FEATURES);
		if valid_with(module, fewer) {
			needed = fewer;
		}
	}
	let names: Vec<_> = needed
		.difference(FEATURES)
		.iter_names()
		.map(|(name, _)| name.to_lowercase().replace('_', "-"))
		.collect();
	names.join(" + ")
}
