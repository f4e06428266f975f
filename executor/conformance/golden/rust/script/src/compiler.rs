//! From source text to byte code in one pass, by precedence climbing.

use crate::{
	code::{Code, Function, Op},
	lexer::{tokens, Token},
	value::Value,
};
use alloc::{collections::BTreeMap, format, string::String, vec, vec::Vec};

struct Compiler<'a> {
	tokens: Vec<(Token<'a>, usize)>,
	at: usize,
	code: Code,
	globals: BTreeMap<&'a str, usize>,
	/// Names of the function being compiled; none at the top, where names are global.
	locals: Option<Vec<&'a str>>,
}

pub fn compile(source: &str) -> Result<Code, String> {
	let mut compiler = Compiler {
		tokens: tokens(source)?,
		at: 0,
		code: Code::default(),
		globals: BTreeMap::new(),
		locals: None,
	};
	compiler.code.functions.push(Function { start: 0, parameters: 0, locals: 0 });
	while *compiler.peek() != Token::End {
		compiler.statement()?;
	}
	compiler.constant(Value::NIL);
	compiler.emit(Op::Return);
	compiler.code.globals = compiler.globals.len();
	Ok(compiler.code)
}

impl<'a> Compiler<'a> {
	fn peek(&self) -> &Token<'a> {
		&self.tokens[self.at].0
	}

	fn next(&mut self) -> Token<'a> {
		let token = self.tokens[self.at].0.clone();
		self.at = (self.at + 1).min(self.tokens.len() - 1);
		token
	}

	fn wrong<T>(&self, expected: &str) -> Result<T, String> {
		Err(format!("line {}: expected {expected}", self.tokens[self.at].1))
	}

	fn takes(&mut self, sign: &'static str) -> bool {
		let is = *self.peek() == Token::Sign(sign);
		if is {
			self.next();
		}
		is
	}

	fn takes_word(&mut self, word: &'static str) -> bool {
		let is = *self.peek() == Token::Name(word);
		if is {
			self.next();
		}
		is
	}

	fn needs(&mut self, sign: &'static str) -> Result<(), String> {
		if self.takes(sign) {
			Ok(())
		} else {
			self.wrong(sign)
		}
	}

	fn name(&mut self) -> Result<&'a str, String> {
		match *self.peek() {
			Token::Name(name) => {
				self.next();
				Ok(name)
			},
			_ => self.wrong("a name"),
		}
	}

	fn emit(&mut self, op: Op) -> usize {
		self.code.ops.push(op);
		self.code.ops.len() - 1
	}

	fn constant(&mut self, value: Value) {
		self.code.constants.push(value);
		self.emit(Op::Constant(self.code.constants.len() - 1));
	}

	/// Where a name's value is kept.
	fn place(&mut self, name: &'a str, new: bool) -> (Op, Op) {
		if let Some(locals) = &mut self.locals {
			if new && !locals.contains(&name) {
				locals.push(name);
			}
			if let Some(slot) = locals.iter().position(|local| *local == name) {
				return (Op::Local(slot), Op::SetLocal(slot));
			}
		}
		let next = self.globals.len();
		let slot = *self.globals.entry(name).or_insert(next);
		(Op::Global(slot), Op::SetGlobal(slot))
	}

	fn block(&mut self) -> Result<(), String> {
		self.needs("{")?;
		while !self.takes("}") {
			if *self.peek() == Token::End {
				return self.wrong("}");
			}
			self.statement()?;
		}
		Ok(())
	}

	fn statement(&mut self) -> Result<(), String> {
		if self.takes_word("fn") {
			return self.function();
		}
		if self.takes_word("while") {
			let start = self.code.ops.len();
			self.expression(0)?;
			let out = self.emit(Op::JumpUnless(0));
			self.block()?;
			self.emit(Op::Jump(start));
			self.code.ops[out] = Op::JumpUnless(self.code.ops.len());
			return Ok(());
		}
		if self.takes_word("if") {
			return self.condition();
		}
		if self.takes_word("let") {
			let name = self.name()?;
			self.needs("=")?;
			self.expression(0)?;
			let (_, set) = self.place(name, true);
			self.emit(set);
		} else if self.takes_word("print") {
			self.expression(0)?;
			self.emit(Op::Print);
		} else if self.takes_word("return") {
			self.expression(0)?;
			self.emit(Op::Return);
		} else {
			self.expression(0)?;
			if self.takes("=") {
				let target = self.code.ops.pop();
				self.expression(0)?;
				match target {
					Some(Op::Local(slot)) => self.emit(Op::SetLocal(slot)),
					Some(Op::Global(slot)) => self.emit(Op::SetGlobal(slot)),
					Some(Op::Index) => self.emit(Op::SetIndex),
					_ => return self.wrong("something that can be set before ="),
				};
			} else {
				self.emit(Op::Pop);
			}
		}
		self.needs(";")
	}

	fn condition(&mut self) -> Result<(), String> {
		self.expression(0)?;
		let over = self.emit(Op::JumpUnless(0));
		self.block()?;
		if self.takes_word("else") {
			let out = self.emit(Op::Jump(0));
			self.code.ops[over] = Op::JumpUnless(self.code.ops.len());
			if self.takes_word("if") {
				self.condition()?;
			} else {
				self.block()?;
			}
			self.code.ops[out] = Op::Jump(self.code.ops.len());
		} else {
			self.code.ops[over] = Op::JumpUnless(self.code.ops.len());
		}
		Ok(())
	}

	fn function(&mut self) -> Result<(), String> {
		if self.locals.is_some() {
			return self.wrong("no function inside of a function");
		}
		let name = self.name()?;
		let (_, set) = self.place(name, true);
		self.code.functions.push(Function { start: 0, parameters: 0, locals: 0 });
		let index = self.code.functions.len() - 1;
		self.constant(Value::function(index));
		self.emit(set);
		let over = self.emit(Op::Jump(0));
		self.needs("(")?;
		let mut parameters = vec![];
		while !self.takes(")") {
			parameters.push(self.name()?);
			if *self.peek() != Token::Sign(")") {
				self.needs(",")?;
			}
		}
		let (start, count) = (self.code.ops.len(), parameters.len());
		self.locals = Some(parameters);
		self.block()?;
		self.constant(Value::NIL);
		self.emit(Op::Return);
		let locals = self.locals.take().map_or(0, |locals| locals.len());
		self.code.functions[index] = Function { start, parameters: count, locals };
		self.code.ops[over] = Op::Jump(self.code.ops.len());
		Ok(())
	}

	fn expression(&mut self, least: u8) -> Result<(), String> {
		self.operand()?;
		loop {
			let (power, op, negated) = match *self.peek() {
				Token::Sign("==") => (1, Op::Equal, false),
				Token::Sign("!=") => (1, Op::Equal, true),
				Token::Sign("<") => (2, Op::Less, false),
				Token::Sign(">=") => (2, Op::Less, true),
				Token::Sign("<=") => (2, Op::LessEqual, false),
				Token::Sign(">") => (2, Op::LessEqual, true),
				Token::Sign("+") => (3, Op::Add, false),
				Token::Sign("-") => (3, Op::Sub, false),
				Token::Sign("*") => (4, Op::Mul, false),
				Token::Sign("/") => (4, Op::Div, false),
				Token::Sign("%") => (4, Op::Rem, false),
				_ => return Ok(()),
			};
			if power <= least {
				return Ok(());
			}
			self.next();
			self.expression(power)?;
			self.emit(op);
			if negated {
				self.emit(Op::Not);
			}
		}
	}

	fn operand(&mut self) -> Result<(), String> {
		match self.next() {
			Token::Number(number) => self.constant(Value(number)),
			Token::Text(text) => {
				self.code.texts.push(text.into());
				self.constant(Value::text(self.code.texts.len() - 1));
			},
			Token::Name("nil") => self.constant(Value::NIL),
			Token::Name("true") => self.constant(Value::bool(true)),
			Token::Name("false") => self.constant(Value::bool(false)),
			Token::Name(name) => {
				let (get, _) = self.place(name, false);
				self.emit(get);
			},
			Token::Sign("(") => {
				self.expression(0)?;
				self.needs(")")?;
			},
			Token::Sign("[") => {
				let count = self.list("]")?;
				self.emit(Op::List(count));
			},
			Token::Sign(sign @ ("-" | "!" | "#")) => {
				self.operand()?;
				self.emit(match sign {
					"-" => Op::Negate,
					"!" => Op::Not,
					_ => Op::Length,
				});
				return Ok(());
			},
			_ => return self.wrong("a value"),
		}
		loop {
			if self.takes("(") {
				let count = self.list(")")?;
				self.emit(Op::Call(count));
			} else if self.takes("[") {
				if self.takes("]") {
					// list[] = value appends.
					self.needs("=")?;
					self.expression(0)?;
					self.emit(Op::Push);
					return Ok(());
				}
				self.expression(0)?;
				self.needs("]")?;
				self.emit(Op::Index);
			} else {
				return Ok(());
			}
		}
	}

	fn list(&mut self, end: &'static str) -> Result<usize, String> {
		let mut count = 0;
		while !self.takes(end) {
			self.expression(0)?;
			count += 1;
			if *self.peek() != Token::Sign(end) {
				self.needs(",")?;
			}
		}
		Ok(count)
	}
}
