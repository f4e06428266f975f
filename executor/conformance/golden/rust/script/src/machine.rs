//! The stack machine.

use crate::{
	code::{Code, Op},
	value::{Kind, Value},
};
use alloc::{format, string::String, vec, vec::Vec};
use core::fmt::Write;

const MAX_FRAMES: usize = 10_000;

struct Frame {
	back: usize,
	base: usize,
}

struct Machine<'a> {
	code: &'a Code,
	stack: Vec<Value>,
	texts: Vec<String>,
	lists: Vec<Vec<Value>>,
}

/// Runs a script; what it prints is added to `output`.
pub fn run(code: &Code, output: &mut String) -> Result<(), String> {
	let mut globals = vec![Value::NIL; code.globals];
	let mut machine = Machine { code, stack: Vec::new(), texts: code.texts.clone(), lists: Vec::new() };
	let mut frames = vec![Frame { back: 0, base: 0 }];
	let (mut at, mut base) = (0, 0);
	loop {
		let op = code.ops[at];
		at += 1;
		match op {
			Op::Constant(index) => machine.stack.push(code.constants[index]),
			Op::Local(slot) => machine.stack.push(machine.stack[base + slot]),
			Op::SetLocal(slot) => machine.stack[base + slot] = machine.pop(),
			Op::Global(slot) => machine.stack.push(globals[slot]),
			Op::SetGlobal(slot) => globals[slot] = machine.pop(),
			Op::Add => machine.add()?,
			Op::Sub => machine.arithmetic(|a, b| a - b)?,
			Op::Mul => machine.arithmetic(|a, b| a * b)?,
			Op::Div => machine.arithmetic(|a, b| a / b)?,
			Op::Rem => machine.arithmetic(|a, b| a % b)?,
			Op::Less => machine.compare(|a, b| a < b)?,
			Op::LessEqual => machine.compare(|a, b| a <= b)?,
			Op::Equal => {
				let (b, a) = (machine.pop(), machine.pop());
				machine.stack.push(Value::bool(a.same(b)));
			},
			Op::Not => {
				let value = machine.pop();
				machine.stack.push(Value::bool(!value.is_true()));
			},
			Op::Negate => {
				let number = machine.number()?;
				machine.stack.push(Value(-number));
			},
			Op::List(count) => {
				let list = machine.stack.split_off(machine.stack.len() - count);
				machine.lists.push(list);
				machine.stack.push(Value::list(machine.lists.len() - 1));
			},
			Op::Index => {
				let (list, index) = machine.element()?;
				machine.stack.push(machine.lists[list][index]);
			},
			Op::SetIndex => {
				let value = machine.pop();
				let (list, index) = machine.element()?;
				machine.lists[list][index] = value;
			},
			Op::Length => {
				let list = machine.list()?;
				machine.stack.push(Value(machine.lists[list].len() as f64));
			},
			Op::Push => {
				let value = machine.pop();
				let list = machine.list()?;
				machine.lists[list].push(value);
				machine.stack.push(Value::NIL);
			},
			Op::Jump(to) => at = to,
			Op::JumpUnless(to) => {
				if !machine.pop().is_true() {
					at = to;
				}
			},
			Op::Call(count) => {
				let callee = machine.stack.len() - count - 1;
				let Kind::Function(index) = machine.stack[callee].kind() else {
					return Err("what is called is no function".into());
				};
				let function = &code.functions[index];
				if function.parameters != count || frames.len() == MAX_FRAMES {
					return Err(format!("a call with {count} values, {} deep", frames.len()));
				}
				frames.push(Frame { back: at, base });
				(at, base) = (function.start, callee + 1);
				machine.stack.resize(base + function.locals, Value::NIL);
			},
			Op::Return => {
				let value = machine.pop();
				let Some(frame) = frames.pop().filter(|_| !frames.is_empty()) else { return Ok(()) };
				machine.stack.truncate(base - 1);
				machine.stack.push(value);
				(at, base) = (frame.back, frame.base);
			},
			Op::Pop => drop(machine.pop()),
			Op::Print => {
				let value = machine.pop();
				machine.print(value, output);
				output.push('\n');
			},
		}
	}
}

impl Machine<'_> {
	fn pop(&mut self) -> Value {
		self.stack.pop().unwrap_or(Value::NIL)
	}

	fn number(&mut self) -> Result<f64, String> {
		let value = self.pop();
		match value.kind() {
			Kind::Number => Ok(value.0),
			_ => Err("something else than a number in arithmetic".into()),
		}
	}

	fn arithmetic(&mut self, operator: fn(f64, f64) -> f64) -> Result<(), String> {
		let (b, a) = (self.number()?, self.number()?);
		self.stack.push(Value(operator(a, b)));
		Ok(())
	}

	fn compare(&mut self, operator: fn(f64, f64) -> bool) -> Result<(), String> {
		let (b, a) = (self.number()?, self.number()?);
		self.stack.push(Value::bool(operator(a, b)));
		Ok(())
	}

	/// Adds numbers; joins texts with whatever comes.
	fn add(&mut self) -> Result<(), String> {
		let top = self.stack.len();
		if let Kind::Text(_) = self.stack[top - 2].kind() {
			let (b, a) = (self.pop(), self.pop());
			let mut text = String::new();
			self.print(a, &mut text);
			self.print(b, &mut text);
			self.texts.push(text);
			self.stack.push(Value::text(self.texts.len() - 1));
			return Ok(());
		}
		self.arithmetic(|a, b| a + b)
	}

	fn list(&mut self) -> Result<usize, String> {
		match self.pop().kind() {
			Kind::List(index) => Ok(index),
			_ => Err("something else than a list is indexed".into()),
		}
	}

	fn element(&mut self) -> Result<(usize, usize), String> {
		let index = self.number()?;
		let list = self.list()?;
		let length = self.lists[list].len();
		if index >= 0.0 && index < length as f64 {
			Ok((list, index as usize))
		} else {
			Err(format!("place {index} of a list of {length}"))
		}
	}

	fn print(&self, value: Value, output: &mut String) {
		let _ = match value.kind() {
			Kind::Number => write!(output, "{}", value.0),
			Kind::Nil => write!(output, "nil"),
			Kind::Bool(is) => write!(output, "{is}"),
			Kind::Text(index) => write!(output, "{}", self.texts[index]),
			Kind::Function(index) => write!(output, "fn/{}", self.code.functions[index].parameters),
			Kind::List(index) => {
				for (place, item) in self.lists[index].iter().enumerate() {
					output.push(if place == 0 { '[' } else { ' ' });
					self.print(*item, output);
				}
				write!(output, "{}", if self.lists[index].is_empty() { "[]" } else { "]" })
			},
		};
	}
}
