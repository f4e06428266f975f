//! Pallets meet only through `ergon-traits`: none may name another outside its tests.

const MARKET: [&str; 4] = ["pallet-providers", "pallet-jobs", "pallet-attestation", "pallet-rewards"];

/// The names in the section `[dependencies]` of a manifest.
fn dependencies(manifest: &str) -> Vec<&str> {
	manifest
		.lines()
		.skip_while(|line| line.trim() != "[dependencies]")
		.skip(1)
		.take_while(|line| !line.starts_with('['))
		.filter_map(|line| line.split(['.', '=']).next())
		.map(str::trim)
		.filter(|name| !name.is_empty() && !name.starts_with('#'))
		.collect()
}

#[test]
fn no_pallet_should_name_another() {
	for pallet in MARKET {
		let folder = pallet.trim_start_matches("pallet-");
		let path = format!("{}/../pallets/{folder}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
		let manifest = std::fs::read_to_string(&path).unwrap();
		let names = dependencies(&manifest);
		assert!(names.contains(&"ergon-traits"), "{path}: the section was not found");
		for name in names {
			assert!(!name.starts_with("pallet-"), "{path} names {name}; use a trait of ergon-traits");
		}
	}
}

#[test]
fn primitives_should_know_no_frame() {
	for folder in ["core", "traits"] {
		let path = format!("{}/../primitives/{folder}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
		let manifest = std::fs::read_to_string(&path).unwrap();
		for name in dependencies(&manifest) {
			assert!(!name.starts_with("frame-") && !name.starts_with("pallet-"), "{path} names {name}");
		}
	}
}
