//! The harness of the whole-system tests: real processes on free ports, each with its log in a file, killed when
//! dropped. A test waits for a state with a generous bound, never for a time.

pub mod books;
pub mod gateway;
pub mod impostor;
pub mod liar;
pub mod market;
pub mod mirror;
pub mod node;
pub mod process;
pub mod programs;
pub mod raw;
pub mod worker;

pub use books::{assert_books_balance, total_on_accounts};
pub use gateway::{refusal, Gateway};
pub use market::{Market, Person, Seat};
pub use node::{Node, Setup};
pub use process::{ergon, ergon_json};
pub use worker::Worker;

use std::{
	future::Future,
	time::{Duration, Instant},
};

/// How long a state may take to come about on a slow, shared machine.
pub const BOUND: Duration = Duration::from_secs(300);

/// Polls until `probe` has an answer; panics with `what` was waited for after [`BOUND`].
pub async fn eventually<T, F, P>(what: &str, mut probe: P) -> T
where
	F: Future<Output = anyhow::Result<Option<T>>>,
	P: FnMut() -> F,
{
	let start = Instant::now();
	let mut last = None;
	while start.elapsed() < BOUND {
		match probe().await {
			Ok(Some(found)) => return found,
			Ok(None) => {},
			Err(error) => last = Some(error),
		}
		tokio::time::sleep(Duration::from_millis(250)).await;
	}
	panic!("waited {BOUND:?} for: {what}; last error: {last:?}");
}

/// Bytes that nobody has seen: the same for the same seed, without structure that a store could make use of.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
	// Marsaglia's xorshift64; a seed of 0 would stay 0.
	let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
	let mut bytes = Vec::with_capacity(length + 8);
	while bytes.len() < length {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		bytes.extend_from_slice(&state.to_le_bytes());
	}
	bytes.truncate(length);
	bytes
}
