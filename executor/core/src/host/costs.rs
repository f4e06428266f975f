//! What calls of the host cost, in fuel. Part of the profile: a change of any number is a new profile.
//!
//! Measured against the operators of a program, which cost one each: a call costs about as much time as two hundred
//! of them, copying and hashing a byte about as much as one.

/// Every call, whatever it answers.
pub const CALL: u64 = 200;
/// Each entry of a scatter or gather list.
pub const VECTOR: u64 = 8;
/// Each byte that is read, written, or made up.
pub const BYTE: u64 = 1;
