//! What operators cost, in fuel. Part of the profile: a change of any number is a new profile.
//!
//! One fuel is about the time of one simple operator of compiled code. A table of exceptions, calibrated against
//! wasmtime: what is below three times a simple operator counts as one.

use wasmparser::Operator;

/// Making an instance, before anything that it holds.
pub const INSTANCE: u64 = 10_000;
/// Each page that the memory has at the start or grows by: as much as filling it.
pub const PAGE: u64 = crate::admission::PAGE / BYTES;
/// How many bytes of memory are filled, copied, or initialised for one fuel.
pub const BYTES: u64 = 1 << BYTES_SHIFT;
pub(crate) const BYTES_SHIFT: i64 = 3;
/// Each entry of a table that is made, filled, copied, or initialised.
pub const ENTRY: u64 = 4;
/// Each segment, before its bytes or entries.
pub const SEGMENT: u64 = 16;

/// A function whose code costs no more than this in all, and that neither loops nor calls, runs without a look at the
/// fuel: it can be ended by its caller's next one as well.
pub const UNTESTED: u64 = 256;

/// What an operator costs when its run of code is entered. What depends on an operand comes on top.
pub fn of(operator: &Operator) -> u64 {
	use Operator::*;
	match operator {
		// Structure: no code, or the code of a jump that something else was paid for.
		Nop | Drop | Block { .. } | Loop { .. } | Else | End | Return | Unreachable => 0,
		BrTable { .. } => 2,
		Call { .. } => 5,
		CallIndirect { .. } => 10,
		I32DivS | I32DivU | I32RemS | I32RemU => 6,
		I64DivS | I64DivU | I64RemS | I64RemU => 10,
		F32Div | F64Div => 4,
		F32Sqrt | F64Sqrt => 6,
		F32Min | F32Max | F64Min | F64Max => 3,
		I32TruncF32S | I32TruncF32U | I32TruncF64S | I32TruncF64U | I64TruncF32S | I64TruncF32U
		| I64TruncF64S | I64TruncF64U => 4,
		I32TruncSatF32S | I32TruncSatF32U | I32TruncSatF64S | I32TruncSatF64U | I64TruncSatF32S
		| I64TruncSatF32U | I64TruncSatF64S | I64TruncSatF64U => 4,
		TableGet { .. } | TableSet { .. } | RefFunc { .. } => 4,
		MemoryGrow { .. } => 200,
		TableGrow { .. } => 200,
		MemoryFill { .. } | MemoryCopy { .. } | MemoryInit { .. } | DataDrop { .. } => 20,
		TableFill { .. } | TableCopy { .. } | TableInit { .. } | ElemDrop { .. } => 20,
		_ => 1,
	}
}

/// How an operator is priced whose work depends on the number on top of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
	/// So many bytes.
	Bytes,
	/// So many entries of a table.
	Entries,
	/// So many entries more; more than any table may have cannot be given, and cost nothing.
	NewEntries,
	/// So many pages more; past the limit they are not given, and cost nothing.
	Pages,
}

/// How an operator is priced besides [`of`].
pub fn by_size(operator: &Operator) -> Option<Price> {
	use Operator::*;
	match operator {
		MemoryFill { .. } | MemoryCopy { .. } | MemoryInit { .. } => Some(Price::Bytes),
		TableFill { .. } | TableCopy { .. } | TableInit { .. } => Some(Price::Entries),
		TableGrow { .. } => Some(Price::NewEntries),
		MemoryGrow { .. } => Some(Price::Pages),
		_ => None,
	}
}
