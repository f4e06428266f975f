//! Byte code.

use crate::value::Value;
use alloc::{string::String, vec::Vec};

/// One instruction. Jumps are absolute.
#[derive(Clone, Copy)]
pub enum Op {
	Constant(usize),
	Local(usize),
	SetLocal(usize),
	Global(usize),
	SetGlobal(usize),
	Add,
	Sub,
	Mul,
	Div,
	Rem,
	Less,
	LessEqual,
	Equal,
	Not,
	Negate,
	List(usize),
	Index,
	SetIndex,
	Length,
	Push,
	Jump(usize),
	JumpUnless(usize),
	Call(usize),
	Return,
	Pop,
	Print,
}

/// A function: where it starts, and how many values it takes and keeps.
pub struct Function {
	pub start: usize,
	pub parameters: usize,
	pub locals: usize,
}

/// A compiled script; function 0 is the script itself.
#[derive(Default)]
pub struct Code {
	pub ops: Vec<Op>,
	pub constants: Vec<Value>,
	pub texts: Vec<String>,
	pub functions: Vec<Function>,
	pub globals: usize,
}
