//! A small market: a node, providers with their workers, and a client with money.

use ergon_client::{account_of, keypair_from_suri, AccountId, Call, Client, Included, Keypair};
use ergon_primitives::{
	job::args_from,
	provider::ProviderInfo,
	views::{JobState, JobView, ProviderView, ShardRecord, ShardView},
	Balance, BlobId, Fuel, Input, JobId, JobSpec, Limits, Policy, Price, Region, Requirements, ShardIndex,
	Verdict,
};

use crate::{eventually, Node, Worker};

/// Plancks in a token.
pub const UNIT: Balance = ergon_primitives::money::UNIT;

/// Someone with a key.
#[derive(Clone)]
pub struct Person {
	/// The secret, as the command line takes it.
	pub suri: String,
	/// The key.
	pub key: Keypair,
	/// The account.
	pub account: AccountId,
}

impl Person {
	/// The owner of a development key such as `//Bob`.
	pub fn new(suri: &str) -> Self {
		let key = keypair_from_suri(suri).expect("development keys are well formed; qed");
		Self { suri: suri.into(), account: account_of(&key), key }
	}
}

/// A registered provider: its stash, its worker's key, its ask.
pub struct Seat {
	/// Owns the bond and is paid.
	pub stash: Person,
	/// Commits and reveals.
	pub worker: Person,
	/// Its price.
	pub ask: Price,
}

impl Seat {
	/// The worker's process for this seat, not started.
	pub fn process(&self, node: &Node) -> Worker {
		Worker::new(&node.url(), &self.worker.suri)
	}
}

/// A node and a connection, and the client who orders.
pub struct Market {
	/// The chain.
	pub node: Node,
	/// A connection to it.
	pub client: Client,
	/// Who orders.
	pub customer: Person,
}

impl Market {
	/// A development chain with nobody registered.
	pub async fn open() -> Self {
		Self::at(Node::start().await).await
	}

	/// The market of this node's chain.
	pub async fn at(node: Node) -> Self {
		let client = node.client().await;
		Self { node, client, customer: Person::new("//Ferdie") }
	}

	/// Registers `//Name` as a provider with the worker key `//Name//worker`.
	pub async fn register(&self, name: &str, ask: Balance) -> Seat {
		let stash = Person::new(&format!("//{name}"));
		let worker = Person::new(&format!("//{name}//worker"));
		let info = ProviderInfo {
			slots: 4,
			ask: Price(ask),
			memory: 1024,
			profiles: vec![ergon_primitives::PROFILE_1].try_into().expect("one is within the bound; qed"),
			speed: 500,
			region: Region::UNSAID,
			addresses: Default::default(),
		};
		let call = Call::ProviderRegister { bond: 1_000 * UNIT, worker: worker.account, info };
		self.client.submit(call, &stash.key).await.expect("a well-formed registration is accepted");
		Seat { stash, worker, ask: Price(ask) }
	}

	/// An order of one task that two providers must agree on, with modest limits and a deadline far enough.
	pub async fn order(&self, program: BlobId, input: BlobId) -> JobSpec {
		let market = self.client.market().await.expect("the node answers");
		JobSpec {
			program,
			input: Input::Single(input),
			tasks: 1,
			shard_size: 1,
			limits: Limits { fuel: Fuel(1_000_000_000), memory: 64 << 20, output: 1 << 20 },
			args: args_from::<&str>(&[]).expect("none are few enough; qed"),
			policy: Policy { quorum: 2, max_replicas: 4, adaptive: false },
			max_price: Price(UNIT),
			deadline: market.block + 400,
			requirements: Requirements { profile: 1, min_speed: 100, region: None },
			tip: 0,
			known: Default::default(),
			hints: Default::default(),
		}
	}

	/// Puts a blob at the node.
	pub async fn put(&self, bytes: Vec<u8>) -> BlobId {
		self.client.put_blob(bytes).await.expect("a small blob is accepted")
	}

	/// Submits an order as the customer.
	pub async fn submit(&self, spec: JobSpec) -> JobId {
		let included: Included = self
			.client
			.submit(Call::JobSubmit(spec), &self.customer.key)
			.await
			.expect("the order is accepted");
		included.job.expect("a submission has a job's number")
	}

	/// Waits until every shard of the job has its verdict.
	pub async fn finished(&self, job: JobId) -> JobView<AccountId> {
		eventually("the job to finish", || async {
			let view = self.client.job(job).await?;
			Ok(view.filter(|view| matches!(view.state, JobState::Finished { .. })))
		})
		.await
	}

	/// The closed record of a shard.
	pub async fn record(&self, job: JobId, shard: u32) -> ShardRecord<AccountId> {
		match self.client.shard(job, ShardIndex(shard)).await.expect("the node answers") {
			Some(ShardView::Closed(record)) => record,
			other => panic!("shard {shard} of job {job} is not closed: {other:?}"),
		}
	}

	/// A provider as the chain sees it.
	pub async fn provider(&self, seat: &Seat) -> ProviderView<AccountId> {
		let view = self.client.provider(&seat.stash.account).await.expect("the node answers");
		view.expect("the provider is registered")
	}

	/// What the protocol pays a provider for work of so much fuel.
	pub async fn pay(&self, seat: &Seat, fuel: Fuel) -> Balance {
		let economics = self.client.market().await.expect("the node answers").economics;
		economics.pay(seat.ask, fuel).expect("modest work has a price")
	}

	/// What an account owns, free and held.
	pub async fn owns(&self, person: &Person) -> Balance {
		let balance = self.client.balance(&person.account).await.expect("the node answers");
		balance.free + balance.held
	}
}

/// The fuel of a verdict that must be `Agreed`.
pub fn agreed_fuel(verdict: &Verdict) -> Fuel {
	match verdict {
		Verdict::Agreed { fuel, .. } => *fuel,
		other => panic!("no quorum: {other:?}"),
	}
}
