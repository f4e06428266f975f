//! The harness of the whole-system tests: real processes on free ports, each with its log in a file, killed when
//! dropped. A test waits for a state with a generous bound, never for a time.

pub mod books;
pub mod liar;
pub mod market;
pub mod process;
pub mod programs;
pub mod raw;

pub use books::{assert_books_balance, total_on_accounts};
pub use market::{Market, Person, Seat};
pub use process::{ergon, ergon_json, Node, Worker};

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
