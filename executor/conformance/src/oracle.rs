//! What must hold of any input. The bodies of the fuzz targets, which panic where it does not.

use crate::{
	differential::{Counts, Engines},
	generate,
};
use arbitrary::Unstructured;
use ergon_executor_core::{
	admission::FEATURES,
	admit, admit_library,
	instrument::{DEPTH, FUEL},
	Admitted, Refusal,
};
use ergon_executor_wasmtime::on_task_stack;
use std::sync::OnceLock;
use wasmparser::{Parser, Payload, Validator};

/// Any bytes: admission answers, alike for a program and for a library, and only valid modules pass.
pub fn admits(bytes: &[u8]) {
	let library = admit_library(bytes);
	match (admit(bytes), &library) {
		(Ok(command), Ok(library)) => {
			assert_eq!(command.start_fuel, library.start_fuel, "the same module costs the same");
			is_sound(bytes, &command);
		},
		(Ok(_), Err(rejected)) => panic!("a program that is no library: {rejected}"),
		(Err(_), Ok(_)) => {},
		(Err(command), Err(_)) => assert_ne!(command.reason, Refusal::MemoryAboveLimit, "a job's affair"),
	}
	match library {
		Ok(library) => is_sound(bytes, &library),
		Err(rejected) if rejected.reason == Refusal::Invalid => {
			assert!(!is_valid(bytes), "valid, but refused: {rejected}");
		},
		Err(_) => {},
	}
}

/// A generated module: it is admitted, and what instrumentation makes of it is sound.
pub fn instruments(bytes: &[u8]) {
	let mut u = Unstructured::new(bytes);
	let is_command = u.arbitrary().unwrap_or(true);
	let module = if is_command { generate::command(&mut u) } else { generate::library(&mut u) };
	let Ok(module) = module else { return };
	let admitted = if is_command { admit(&module) } else { admit_library(&module) };
	match admitted {
		Ok(admitted) => is_sound(&module, &admitted),
		// What the generator does not know of.
		Err(rejected) => assert!(
			matches!(rejected.reason, Refusal::TooManyLocals | Refusal::ReservedName | Refusal::StackTooDeep),
			"a generated module is refused: {rejected}"
		),
	}
}

/// A generated module: both engines do the same.
pub fn agrees(bytes: &[u8]) {
	static ENGINES: OnceLock<Engines> = OnceLock::new();
	let engines = ENGINES.get_or_init(|| match Engines::new() {
		Ok(engines) => engines,
		Err(fault) => panic!("{fault}"),
	});
	match on_task_stack(|| engines.generated(bytes, &mut Counts::default())) {
		Ok(Ok(_)) => {},
		Ok(Err(difference)) => panic!("{difference}"),
		Err(error) => panic!("no thread with a large stack: {error}"),
	}
}

fn is_valid(module: &[u8]) -> bool {
	Validator::new_with_features(FEATURES).validate_all(module).is_ok()
}

/// The original is valid, what was made of it is, within the same features, and it has its counters.
fn is_sound(original: &[u8], admitted: &Admitted) {
	assert!(is_valid(original), "an invalid module is admitted");
	let made = Validator::new_with_features(FEATURES).validate_all(&admitted.module);
	assert!(made.is_ok(), "instrumentation breaks the module: {:?}", made.err());
	let mut counters = 0;
	for payload in Parser::new(0).parse_all(&admitted.module).flatten() {
		match payload {
			Payload::StartSection { .. } => panic!("code runs before the counters are set"),
			Payload::ExportSection(section) => {
				counters +=
					section.into_iter().flatten().filter(|it| [FUEL, DEPTH].contains(&it.name)).count();
			},
			_ => {},
		}
	}
	assert_eq!(counters, 2, "fuel and stack can be read");
	// Linear, with what a module has in any case: the largest factor is that of code that is nothing but float
	// operators.
	let bound = original.len().saturating_mul(40).saturating_add(1000);
	assert!(admitted.module.len() <= bound, "{} bytes became {}", original.len(), admitted.module.len());
}
