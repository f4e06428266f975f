//! Modules from text, as the planners see them.
#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use super::body::{Body, Types};
use alloc::{boxed::Box, vec::Vec};
use wasmparser::{Parser, Payload};

/// The types and functions of a module, which is kept for ever.
pub(crate) fn read(fields: &str) -> (Types, Vec<Body<'static>>) {
	let module = Box::leak(wat::parse_str(fields).unwrap().into_boxed_slice());
	wasmparser::Validator::new().validate_all(module).unwrap();
	let (mut types, mut codes) = (Types::default(), Vec::new());
	for payload in Parser::new(0).parse_all(module) {
		let payload = payload.unwrap();
		types.note(&payload).unwrap();
		if let Payload::CodeSectionEntry(code) = payload {
			codes.push(code);
		}
	}
	let read = |(index, code)| Body::read(&types, types.imported_functions + index as u32, code).unwrap();
	let bodies: Vec<_> = codes.iter().enumerate().map(read).collect();
	bodies.iter().flat_map(|body| &body.operators).for_each(|operator| types.note_operator(operator));
	(types, bodies)
}
