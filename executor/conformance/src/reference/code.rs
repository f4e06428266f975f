//! One function, operator by operator.

use super::{survey::Function, Source};
use anyhow::Result;
use ergon_executor_core::{
	admission::MAX_TABLE_ENTRIES,
	instrument::{
		cost::{self, Price},
		MAX_DEPTH,
	},
};
use wasm_encoder::{
	reencode::{Reencode, RoundtripReencoder},
	BlockType, Ieee32, Ieee64, InstructionSink, ValType,
};
use wasmparser::{FunctionBody, Operator};

/// The indices of the globals that are appended.
#[derive(Clone, Copy)]
pub(super) struct Globals {
	/// What is left when every operator so far has paid.
	pub fuel: u32,
	/// What was left at the last checkpoint.
	pub charged: u32,
	/// What the callers will pay for the rest of the runs in which they call.
	pub pending: u32,
	pub depth: u32,
	pub pages: u32,
}

impl Globals {
	pub(super) fn after(own: u32) -> Self {
		Self { fuel: own, charged: own + 1, pending: own + 2, depth: own + 3, pages: own + 4 }
	}
}

pub(super) fn value_type(ty: wasmparser::ValType) -> ValType {
	#[expect(clippy::expect_used, reason = "admission takes no other types")]
	RoundtripReencoder.val_type(ty).expect("every type that admission takes can be written")
}

/// A function to be written.
pub(super) struct Code<'a> {
	pub source: &'a Source<'a>,
	pub function: &'a Function,
	pub globals: Globals,
	/// What it adds to the depth.
	pub counts: Option<i64>,
}

/// The locals that are appended.
struct Locals {
	i32: u32,
	f32: u32,
	f64: u32,
}

impl Code<'_> {
	pub(super) fn write(&self, body: &FunctionBody) -> Result<wasm_encoder::Function> {
		let mut locals = Vec::new();
		for group in body.get_locals_reader()? {
			let (count, ty) = group?;
			locals.push((count, value_type(ty)));
		}
		let own = locals.iter().map(|(count, _)| count).sum::<u32>();
		let first = self.source.ty(self.function.index)?.params().len() as u32 + own;
		locals.extend([ValType::I32, ValType::F32, ValType::F64].map(|ty| (1, ty)));
		let temporary = Locals { i32: first, f32: first + 1, f64: first + 2 };
		let mut out = wasm_encoder::Function::new(locals);
		self.enter(&mut out);
		let (mut blocks, operators) = (0u32, body.get_operators_reader()?);
		for (at, operator) in operators.into_iter().enumerate() {
			self.operator(&mut out, &temporary, at, &operator?, &mut blocks)?;
		}
		// The block around the body has ended.
		if let Some(weight) = self.counts {
			out.instructions()
				.global_get(self.globals.depth)
				.i64_const(weight)
				.i64_sub()
				.global_set(self.globals.depth);
		}
		out.instructions().end();
		Ok(out)
	}

	fn enter(&self, out: &mut wasm_encoder::Function) {
		if self.function.tests_entry {
			self.left(out, -1).i64_const(0).i64_lt_s().if_(BlockType::Empty);
			self.checkpoint(out, -1);
			out.instructions().unreachable().end();
		}
		if let Some(weight) = self.counts {
			let depth = self.globals.depth;
			out.instructions().global_get(depth).i64_const(weight).i64_add().global_set(depth);
			out.instructions()
				.global_get(depth)
				.i64_const(MAX_DEPTH)
				.i64_gt_s()
				.if_(BlockType::Empty)
				.unreachable()
				.end();
		}
		// All ways out lead to the end of this block. Its type was appended in the order of types.
		let ty = self.source.functions[self.function.index as usize];
		out.instructions().block(BlockType::FunctionType(self.source.types.len() as u32 + ty));
	}

	/// What is left with the rest of all runs paid that were entered.
	fn left<'a>(&self, out: &'a mut wasm_encoder::Function, at: isize) -> InstructionSink<'a> {
		let mut sink = out.instructions();
		sink.global_get(self.globals.fuel).global_get(self.globals.pending).i64_sub();
		sink.i64_const(self.function.rest(at)).i64_sub();
		sink
	}

	fn checkpoint(&self, out: &mut wasm_encoder::Function, at: isize) {
		self.left(out, at).global_set(self.globals.charged);
	}

	fn test(&self, out: &mut wasm_encoder::Function) {
		out.instructions().global_get(self.globals.charged).i64_const(0).i64_lt_s();
		out.instructions().if_(BlockType::Empty).unreachable().end();
	}

	fn add(&self, out: &mut wasm_encoder::Function, global: u32, amount: i64) {
		out.instructions().global_get(global).i64_const(amount).i64_add().global_set(global);
	}

	fn operator(
		&self,
		out: &mut wasm_encoder::Function,
		locals: &Locals,
		at: usize,
		operator: &Operator,
		blocks: &mut u32,
	) -> Result<()> {
		let instruction = RoundtripReencoder.instruction(operator.clone())?;
		let place = at as isize;
		match self.function.costs[at] {
			0 => {},
			cost => self.add(out, self.globals.fuel, -(cost as i64)),
		}
		match operator {
			Operator::Block { .. } | Operator::If { .. } => *blocks += 1,
			Operator::End => *blocks = blocks.saturating_sub(1),
			Operator::Return => {
				out.instructions().br(*blocks);
				return Ok(());
			},
			Operator::Loop { .. } => {
				*blocks += 1;
				out.instruction(&instruction);
				self.checkpoint(out, place);
				self.test(out);
				return Ok(());
			},
			Operator::Call { function_index } => {
				self.checkpoint(out, place);
				if (*function_index as usize) < self.source.imported {
					self.test(out);
				}
				self.call(out, place, &instruction);
				return Ok(());
			},
			Operator::CallIndirect { .. } => {
				self.checkpoint(out, place);
				self.call(out, place, &instruction);
				return Ok(());
			},
			Operator::MemoryGrow { .. } => {
				self.grow(out, locals.i32, place, &instruction);
				return Ok(());
			},
			_ => {},
		}
		if let Some(price) = cost::by_size(operator) {
			self.pay_by_size(out, locals.i32, price);
			self.checkpoint(out, place);
			self.test(out);
		}
		out.instruction(&instruction);
		canonical(out, locals, operator);
		Ok(())
	}

	fn call(&self, out: &mut wasm_encoder::Function, at: isize, call: &wasm_encoder::Instruction) {
		let rest = self.function.rest(at);
		self.add(out, self.globals.pending, rest);
		out.instruction(call);
		self.add(out, self.globals.pending, -rest);
		self.checkpoint(out, at);
	}

	/// By the number on top of the stack, which stays there.
	fn pay_by_size(&self, out: &mut wasm_encoder::Function, size: u32, price: Price) {
		let fuel = self.globals.fuel;
		out.instructions().local_set(size).global_get(fuel).local_get(size).i64_extend_i32_u();
		match price {
			Price::Bytes => out.instructions().i64_const(cost::BYTES as i64).i64_div_u(),
			Price::Entries => out.instructions().i64_const(cost::ENTRY as i64).i64_mul(),
			Price::Pages => out.instructions().i64_const(cost::PAGE as i64).i64_mul(),
			Price::NewEntries => {
				out.instructions().i64_const(cost::ENTRY as i64).i64_mul().i64_const(0);
				out.instructions().local_get(size).i32_const(MAX_TABLE_ENTRIES as i32).i32_le_u().select()
			},
		};
		out.instructions().i64_sub().global_set(fuel).local_get(size);
	}

	fn grow(&self, out: &mut wasm_encoder::Function, size: u32, at: isize, grow: &wasm_encoder::Instruction) {
		out.instructions().local_tee(size).i64_extend_i32_u().memory_size(0).i64_extend_i32_u().i64_add();
		out.instructions().global_get(self.globals.pages).i64_gt_u().if_(BlockType::Result(ValType::I32));
		self.checkpoint(out, at);
		out.instructions().i32_const(-1).else_().local_get(size);
		self.pay_by_size(out, size, Price::Pages);
		self.checkpoint(out, at);
		self.test(out);
		out.instruction(grow);
		out.instructions().end();
	}
}

/// The operators whose NaN is the canonical one.
fn canonical(out: &mut wasm_encoder::Function, locals: &Locals, operator: &Operator) {
	let name = format!("{operator:?}");
	let makes = ["Add", "Sub", "Mul", "Div", "Sqrt", "Min", "Max", "Ceil", "Floor", "Trunc", "Nearest"];
	let makes = |width| makes.iter().any(|makes| name == format!("{width}{makes}"));
	if makes("F32") || name == "F32DemoteF64" {
		let value = locals.f32;
		out.instructions()
			.local_tee(value)
			.f32_const(Ieee32::new(0x7fc0_0000))
			.local_get(value)
			.local_get(value);
		out.instructions().f32_eq().select();
	} else if makes("F64") || name == "F64PromoteF32" {
		let value = locals.f64;
		out.instructions()
			.local_tee(value)
			.f64_const(Ieee64::new(0x7ff8_0000_0000_0000))
			.local_get(value)
			.local_get(value);
		out.instructions().f64_eq().select();
	}
}
