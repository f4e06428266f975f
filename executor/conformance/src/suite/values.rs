//! Values and expectations of scripts.

use crate::library::Value;
use ergon_executor_core::TrapKind;
use wast::{
	core::{AbstractHeapType, HeapType, NanPattern, WastArgCore, WastRetCore},
	WastArg, WastRet,
};

/// An argument; `None` if its type is not one that is admitted.
pub(super) fn argument(arg: &WastArg) -> Option<Value> {
	let WastArg::Core(arg) = arg else { return None };
	Some(match arg {
		WastArgCore::I32(n) => Value::I32(*n as u32),
		WastArgCore::I64(n) => Value::I64(*n as u64),
		WastArgCore::F32(n) => Value::F32(n.bits),
		WastArgCore::F64(n) => Value::F64(n.bits),
		WastArgCore::RefNull(HeapType::Abstract { ty: AbstractHeapType::Extern, .. }) => Value::Extern(None),
		WastArgCore::RefNull(HeapType::Abstract { ty: AbstractHeapType::Func, .. }) => Value::Func(false),
		WastArgCore::RefExtern(n) => Value::Extern(Some(*n)),
		_ => return None,
	})
}

/// Whether a result is what a script expects.
pub(super) fn is_as_expected(value: Value, expected: &WastRet) -> bool {
	match expected {
		WastRet::Core(expected) => matches(value, expected),
		_ => false,
	}
}

fn matches(value: Value, expected: &WastRetCore) -> bool {
	match (value, expected) {
		(_, WastRetCore::Either(these)) => these.iter().any(|one| matches(value, one)),
		(Value::I32(n), WastRetCore::I32(other)) => n == *other as u32,
		(Value::I64(n), WastRetCore::I64(other)) => n == *other as u64,
		// The sign of a NaN is free in both classes; the profile's own NaN is positive.
		(Value::F32(bits), WastRetCore::F32(pattern)) => match pattern {
			NanPattern::CanonicalNan => bits & 0x7fff_ffff == 0x7fc0_0000,
			NanPattern::ArithmeticNan => bits & 0x7fc0_0000 == 0x7fc0_0000,
			NanPattern::Value(other) => bits == other.bits,
		},
		(Value::F64(bits), WastRetCore::F64(pattern)) => match pattern {
			NanPattern::CanonicalNan => bits & (u64::MAX >> 1) == 0x7ff8 << 48,
			NanPattern::ArithmeticNan => bits & (0x7ff8 << 48) == 0x7ff8 << 48,
			NanPattern::Value(other) => bits == other.bits,
		},
		(Value::Extern(None), WastRetCore::RefNull(ty)) => is(ty, AbstractHeapType::Extern),
		(Value::Func(false), WastRetCore::RefNull(ty)) => is(ty, AbstractHeapType::Func),
		(Value::Extern(Some(_)), WastRetCore::RefExtern(None)) => true,
		(Value::Extern(Some(n)), WastRetCore::RefExtern(Some(other))) => n == *other,
		(Value::Func(true), WastRetCore::RefFunc(_)) => true,
		_ => false,
	}
}

fn is(ty: &Option<HeapType>, expected: AbstractHeapType) -> bool {
	match ty {
		None => true,
		Some(HeapType::Abstract { ty, .. }) => *ty == expected,
		Some(_) => false,
	}
}

/// The trap that a script means.
pub(super) fn trap(message: &str) -> Option<TrapKind> {
	const TRAPS: [(&str, TrapKind); 11] = [
		("unreachable", TrapKind::Unreachable),
		("out of bounds memory access", TrapKind::OutOfBoundsMemory),
		("out of bounds table access", TrapKind::OutOfBoundsTable),
		("undefined element", TrapKind::OutOfBoundsTable),
		("undefined", TrapKind::OutOfBoundsTable),
		("uninitialized", TrapKind::UninitializedElement),
		("indirect call", TrapKind::IndirectCallTypeMismatch),
		("integer divide by zero", TrapKind::IntegerDivideByZero),
		("integer overflow", TrapKind::IntegerOverflow),
		("invalid conversion to integer", TrapKind::InvalidConversion),
		("call stack exhausted", TrapKind::StackExhausted),
	];
	TRAPS.iter().find(|(text, _)| message.starts_with(text)).map(|(_, kind)| *kind)
}
