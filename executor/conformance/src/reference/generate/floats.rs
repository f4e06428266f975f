//! Functions that are full of NaNs: made, moved, mixed, and looked at.

use anyhow::Result;
use arbitrary::Unstructured;
use std::fmt::Write;

/// The types that values have here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
	I32,
	F32,
	F64,
}

use Type::{F32, F64, I32};

/// What a branch to a label takes along.
type Takes = &'static [Type];

fn one(ty: Type) -> Takes {
	match ty {
		I32 => &[I32],
		F32 => &[F32],
		F64 => &[F64],
	}
}

impl Type {
	fn name(self) -> &'static str {
		match self {
			I32 => "i32",
			F32 => "f32",
			F64 => "f64",
		}
	}
}

/// Parameters, then locals: $0 and so on.
const LOCALS: [Type; 11] = [I32, F32, F64, F32, F64, F32, F64, F64, I32, F64, F64];
const PARAMS: usize = 5;
const FUNCTIONS: usize = 4;
const CONSTANTS: [&str; 12] = [
	"nan",
	"-nan",
	"nan:0x1",
	"-nan:0x200001",
	"nan:0x12345",
	"inf",
	"-inf",
	"0",
	"-0",
	"1.5",
	"-3e9",
	"1e30",
];

/// The text of a module with a few functions that call each other.
pub(super) fn module(source: &mut Unstructured) -> Result<String> {
	let mut text = String::from(
		"(module (import \"h\" \"h\" (func $host (param f64 f32) (result f64))) (memory (export \"m\") 1)
		(table funcref (elem $f0 $f1)) (type $t (func (param i32 f32 f64 f32 f64) (result f64)))
		(global $0 (export \"g\") (mut f64) f64.const 0) (global $1 (export \"h\") (mut f32) f32.const 0)\n",
	);
	for function in 0..FUNCTIONS {
		let mut writer = Writer { source, text: String::new(), labels: vec![one(F64)], budget: 120 };
		writer.statements(4)?;
		writer.value(F64, 4)?;
		write!(text, "(func $f{function} (export \"f{function}\") (type $t)")?;
		for ty in &LOCALS[PARAMS..] {
			write!(text, " (local {})", ty.name())?;
		}
		writeln!(text, "\n{})", writer.text)?;
	}
	Ok(text + ")")
}

struct Writer<'a, 'b> {
	source: &'a mut Unstructured<'b>,
	text: String,
	/// What a branch to each open block takes along, the function first.
	labels: Vec<Takes>,
	/// How many more choices there are.
	budget: usize,
}

impl Writer<'_, '_> {
	fn choose(&mut self, count: usize) -> Result<usize> {
		self.budget = self.budget.saturating_sub(1);
		Ok(self.source.int_in_range(0..=count - 1)?)
	}

	fn line(&mut self, line: &str) {
		self.text += line;
		self.text.push('\n');
	}

	fn local(&mut self, ty: Type) -> Result<usize> {
		let of_type: Vec<_> = (0..LOCALS.len()).filter(|local| LOCALS[*local] == ty).collect();
		Ok(of_type[self.choose(of_type.len())?])
	}

	fn float(&mut self) -> Result<Type> {
		Ok([F32, F64, F64][self.choose(3)?])
	}

	/// The label of an open block, as branches name it, and what they take along.
	fn label(&mut self) -> Result<(usize, Takes)> {
		let index = self.choose(self.labels.len())?;
		Ok((self.labels.len() - 1 - index, self.labels[index]))
	}

	fn inside(&mut self, head: &str, takes: Takes, body: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
		self.line(head);
		self.labels.push(takes);
		body(self)?;
		self.labels.pop();
		Ok(())
	}

	fn statements(&mut self, depth: usize) -> Result<()> {
		for _ in 0..=self.choose(4)? {
			self.statement(depth)?;
		}
		Ok(())
	}

	fn statement(&mut self, depth: usize) -> Result<()> {
		let Some(below) = depth.checked_sub(1).filter(|_| self.budget > 0) else { return Ok(()) };
		let ty = self.float()?;
		match self.choose(12)? {
			0..=3 => {
				self.value(ty, below)?;
				let local = self.local(ty)?;
				self.line(&format!("local.set {local}"));
			},
			4 => {
				let at = self.choose(4)? * 8;
				self.line(&format!("i32.const {at}"));
				self.value(ty, below)?;
				self.line(&format!("{}.store", ty.name()));
			},
			5 => {
				self.value(ty, below)?;
				self.line(if ty == F64 { "global.set $0" } else { "global.set $1" });
			},
			6 => {
				self.value(I32, below)?;
				self.inside("if", &[], |inner| inner.statements(below))?;
				if self.choose(2)? == 0 {
					self.inside("else", &[], |inner| inner.statements(below))?;
				}
				self.line("end");
			},
			7 => {
				self.inside("loop", &[], |inner| {
					inner.statements(below)?;
					inner.value(I32, below)
				})?;
				self.line("br_if 0\nend");
			},
			8 => {
				self.inside("block", &[], |inner| inner.statements(below))?;
				self.line("end");
			},
			9 => {
				let (label, takes) = self.label()?;
				for ty in takes {
					self.value(*ty, below)?;
				}
				self.value(I32, 1)?;
				self.line(&format!("br_if {label}"));
				for _ in takes {
					self.line("drop");
				}
			},
			10 => {
				// The rest is dead.
				self.line("block");
				self.labels.push(&[]);
				self.value(F64, below)?;
				let end = ["br 0", "br 0", "br 0", "br 0", "return", "unreachable"][self.choose(6)?];
				self.line(end);
				self.statements(below)?;
				self.labels.pop();
				self.line("end");
			},
			_ => {
				self.value(ty, below)?;
				self.line("drop");
			},
		}
		Ok(())
	}

	fn value(&mut self, ty: Type, depth: usize) -> Result<()> {
		let Some(below) = depth.checked_sub(1).filter(|_| self.budget > 0) else { return self.leaf(ty) };
		match ty {
			I32 => self.integer(below),
			_ => self.computed(ty, below),
		}
	}

	fn leaf(&mut self, ty: Type) -> Result<()> {
		let line = match self.choose(3)? {
			0 if ty == I32 => format!("i32.const {}", self.choose(3)?),
			0 => format!("{}.const {}", ty.name(), CONSTANTS[self.choose(CONSTANTS.len())?]),
			_ => format!("local.get {}", self.local(ty)?),
		};
		self.line(&line);
		Ok(())
	}

	fn integer(&mut self, below: usize) -> Result<()> {
		let ty = self.float()?;
		match self.choose(4)? {
			0 => {
				self.value(ty, below)?;
				self.value(ty, below)?;
				let compare = ["eq", "ne", "lt", "gt", "le", "ge"][self.choose(6)?];
				self.line(&format!("{}.{compare}", ty.name()));
			},
			1 => {
				self.value(F32, below)?;
				// The sign alone, so that what is made of it is small.
				self.line("i32.reinterpret_f32\ni32.const 31\ni32.shr_u");
			},
			2 => {
				self.value(ty, below)?;
				self.line(&format!("i32.trunc_sat_{}_s\ni32.const 3\ni32.and", ty.name()));
			},
			_ => self.leaf(I32)?,
		}
		Ok(())
	}

	fn computed(&mut self, ty: Type, below: usize) -> Result<()> {
		let name = ty.name();
		match self.choose(18)? {
			0..=2 => {
				self.value(ty, below)?;
				self.value(ty, below)?;
				let operator = ["add", "sub", "mul", "div", "min", "max"][self.choose(6)?];
				self.line(&format!("{name}.{operator}"));
			},
			3 => {
				self.value(ty, below)?;
				let operator = ["sqrt", "ceil", "floor", "trunc", "nearest"][self.choose(5)?];
				self.line(&format!("{name}.{operator}"));
			},
			4 | 5 => {
				self.value(ty, below)?;
				let operator = ["neg", "abs"][self.choose(2)?];
				self.line(&format!("{name}.{operator}"));
			},
			6 => {
				self.value(ty, below)?;
				self.value(ty, below)?;
				self.line(&format!("{name}.copysign"));
			},
			7 | 8 => {
				self.value(ty, below)?;
				self.value(ty, below)?;
				self.value(I32, below)?;
				let typed = format!("select (result {name})");
				let operator = ["select", &typed][self.choose(2)?];
				self.line(operator);
			},
			9 => {
				self.value(I32, below)?;
				for head in [format!("if (result {name})"), "else".into()] {
					self.inside(&head, one(ty), |inner| inner.value(ty, below))?;
				}
				self.line("end");
			},
			10 => {
				self.inside(&format!("block (result {name})"), one(ty), |inner| {
					inner.statements(below)?;
					inner.value(ty, below)
				})?;
				self.line("end");
			},
			11 => {
				self.value(ty, below)?;
				let local = self.local(ty)?;
				self.line(&format!("local.tee {local}"));
			},
			12 => self.branch(ty, below)?,
			13 => {
				let (other, operator) =
					if ty == F32 { (F64, "f32.demote_f64") } else { (F32, "f64.promote_f32") };
				self.value(other, below)?;
				self.line(operator);
			},
			14 if ty == F64 => self.passed(below)?,
			14 | 15 => self.several(ty, below)?,
			16 => match ty {
				F64 => self.call(below)?,
				_ => self.line("global.get $1"),
			},
			_ => {
				let at = self.choose(4)? * 8;
				self.line(&format!("i32.const {at}\n{name}.load"));
			},
		}
		Ok(())
	}

	/// A value goes to a label, or to one of two, and maybe on.
	fn branch(&mut self, ty: Type, below: usize) -> Result<()> {
		let name = ty.name();
		self.inside(&format!("block (result {name})"), one(ty), |inner| {
			inner.value(ty, below)?;
			inner.value(I32, below)?;
			let (label, takes) = inner.label()?;
			match (takes == one(ty), inner.choose(2)?) {
				(true, 0) => inner.line(&format!("br_if {label}")),
				(true, _) => inner.line(&format!("br_table 0 {label} 0")),
				(false, _) => inner.line("br_if 0"),
			}
			Ok(())
		})?;
		self.line("end");
		Ok(())
	}

	/// A value goes into a block and comes out again, changed or not.
	fn passed(&mut self, below: usize) -> Result<()> {
		self.value(F64, below)?;
		let is_if = self.choose(2)? == 0;
		if is_if {
			self.value(I32, below)?;
		}
		let head = if is_if { "if (param f64) (result f64)" } else { "loop (param f64) (result f64)" };
		self.inside(head, one(F64), |inner| {
			let change = ["f64.neg", "f64.sqrt", "local.tee 4", "local.get 2\nf64.mul", "drop\nlocal.get 2"]
				[inner.choose(5)?];
			inner.line(change);
			inner.statements(below)?;
			inner.value(I32, below)?;
			inner.line("br_if 0");
			Ok(())
		})?;
		self.line("end");
		Ok(())
	}

	/// One of two results of a block; the other is left or moved.
	fn several(&mut self, ty: Type, below: usize) -> Result<()> {
		self.inside("block (result f32 f64)", &[F32, F64], |inner| {
			inner.statements(below)?;
			inner.value(F32, below)?;
			inner.value(F64, below)
		})?;
		self.line("end");
		self.line(if ty == F32 { "local.set 6" } else { "local.set 6\nlocal.set 5\nlocal.get 6" });
		Ok(())
	}

	fn call(&mut self, below: usize) -> Result<()> {
		if self.choose(2)? == 0 {
			self.value(F64, below)?;
			self.value(F32, below)?;
			self.line("call $host");
			return Ok(());
		}
		for ty in &LOCALS[..PARAMS] {
			self.value(*ty, below.min(2))?;
		}
		let line = match self.choose(FUNCTIONS + 1)? {
			FUNCTIONS => "local.get 0\ni32.const 3\ni32.and\ncall_indirect (type $t)".into(),
			function => format!("call $f{function}"),
		};
		self.line(&line);
		Ok(())
	}
}
