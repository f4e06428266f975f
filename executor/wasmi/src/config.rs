//! How wasmi is set up. Nothing here decides an outcome; the stack is only made large enough not to.

use ergon_executor_core::instrument::MAX_DEPTH;
use wasmi::{CompilationMode, Config};

/// The most cells (of 8 bytes) of wasmi's value stack that a function takes for each unit of the logical stack.
///
/// A frame has a cell for each parameter, local and operand, and a unit is counted for each of them; what
/// instrumentation adds, a few locals and operands, is below the fixed part of a function's weight. One would do, then;
/// the tests at the limit hold with one, and the second is for safety.
const CELLS_PER_UNIT: usize = 2;

/// The set-up that programs run with: the features that are admitted, and no others. The suite of conformance runs modules
/// with it that are not commands.
pub fn config() -> Config {
	let units = usize::try_from(MAX_DEPTH).unwrap_or(usize::MAX);
	let mut config = Config::default();
	config
		// Every frame takes more than one unit, so that the logical limit always comes first.
		.set_max_recursion_depth(units)
		.set_max_stack_height(units.saturating_mul(CELLS_PER_UNIT * size_of::<u64>()))
		.compilation_mode(CompilationMode::Eager)
		.ignore_custom_sections(true)
		.consume_fuel(false)
		.wasm_tail_call(false)
		.wasm_multi_memory(false)
		.wasm_extended_const(false)
		.wasm_custom_page_sizes(false)
		.wasm_wide_arithmetic(false);
	config
}
