//! Where blobs come from, and how large they may be.

use super::*;
use ergon_primitives::{Hint, Hints, MAX_PROGRAM};
use futures::future::BoxFuture;
use std::sync::Mutex;

/// A place that has one blob, for jobs with hints.
#[derive(Default)]
struct Shop {
	has: Vec<u8>,
	asked: Mutex<Vec<Search>>,
}

impl Places for Shop {
	fn find(&self, search: Search) -> BoxFuture<'static, Option<Vec<u8>>> {
		let found = (search.id == BlobId::of(&self.has)).then(|| self.has.clone());
		self.asked.lock().unwrap().push(search);
		std::future::ready(found).boxed()
	}

	fn any(&self, hints: &Hints) -> bool {
		!hints.is_empty()
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_node_does_not_have_should_be_had_from_where_the_job_says() {
	let fake = Fake::new();
	let program = fake.put(b"echo");
	let plain = fake.draw(1, program, Input::Single(BlobId::of(b"elsewhere")), 1);
	let hinted = fake.draw(2, program, Input::Single(BlobId::of(b"elsewhere")), 1);
	let hint = Hint::new(None, "https://blobs.example/{cid}").unwrap();
	fake.state().duties[1].spec.hints = vec![hint.clone()].try_into().unwrap();
	let shop = Arc::new(Shop { has: b"elsewhere".to_vec(), ..Shop::default() });
	let folder = tempfile::tempdir().unwrap();
	let worker = start_among(&fake, Words::default(), &folder, true, shop.clone());
	assert_eq!(outcomes(&fake, revealed(&fake, hinted).await), [exited(b"elsewhere", 10)]);
	let asked = shop.asked.lock().unwrap().clone();
	assert!(asked.iter().all(|search| search.hints.as_slice() == [hint.clone()]), "{asked:?}");
	assert!(asked.iter().all(|search| search.id == BlobId::of(b"elsewhere")), "the node has the program");
	// The output of the other is the same bytes, which the node has by now.
	revealed(&fake, plain).await;
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_elsewhere_should_be_given_to_the_node() {
	let fake = Fake::new();
	let id = BlobId::of(b"elsewhere");
	// Nothing comes of the shard, so that nothing but the input can be stored.
	let key = fake.draw(1, fake.put(b"fault"), Input::Single(id), 1);
	let hint = Hint::new(None, "https://blobs.example/{cid}").unwrap();
	fake.state().duties[0].spec.hints = vec![hint].try_into().unwrap();
	let shop = Arc::new(Shop { has: b"elsewhere".to_vec(), ..Shop::default() });
	let folder = tempfile::tempdir().unwrap();
	let worker = start_among(&fake, Words::default(), &folder, true, shop);
	eventually("the node has it", || fake.state().stored.contains(&(id, key.job))).await;
	worker.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_above_the_market_s_limit_should_be_as_good_as_none() {
	let fake = Fake::new();
	let large = fake.put(&vec![0; usize::try_from(MAX_PROGRAM).unwrap() + 1]);
	let key = fake.draw(1, large, Input::Single(fake.put(b"hello")), 1);
	let folder = tempfile::tempdir().unwrap();
	let engine = Words::default();
	let worker = start(&fake, &engine, &folder);
	fake.advance(WINDOW * 6 / 10);
	assert_eq!(revealed(&fake, key).await, Claim::Unavailable);
	assert_eq!(engine.prepared.load(Ordering::SeqCst), 0);
	worker.end().await;
}
