//! Getting blobs from whichever node has them, and saying who had what.

use crate::{
	context::Context,
	meter::Meter,
	not_had::{Answer, NotHad, HAS_NOT},
};
use anyhow::Result;
use ergon_client::{
	BlobError, Client, ClientOptions, ConnectError, Found, Get, Got, Holder, Missing, Progress,
};
use ergon_primitives::BlobId;
use serde_json::{json, Value};
use std::{
	fs::File,
	io::{self, Seek, Write},
	time::Duration,
};
use tokio::sync::Mutex;

/// How long a node may search the network for a blob, unless said.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// How long a node is asked who has a blob, for a message.
const ASK: Duration = Duration::from_secs(5);
/// Between two rounds: a blob may still be on its way.
const PAUSE: Duration = Duration::from_secs(2);

/// What takes a blob's bytes, and can begin anew.
pub trait Target: Write + Send {
	/// Forgets what was written.
	fn reset(&mut self) -> io::Result<()>;
}

impl Target for Vec<u8> {
	fn reset(&mut self) -> io::Result<()> {
		self.clear();
		Ok(())
	}
}

impl Target for File {
	fn reset(&mut self) -> io::Result<()> {
		self.set_len(0)?;
		self.rewind()
	}
}

/// What is fetched, and how.
pub struct Wanted<'a> {
	/// The blob.
	pub id: BlobId,
	/// What it is, for messages.
	pub what: &'a str,
	/// The most bytes that it may have.
	pub limit: u64,
	/// How long each node may search for it.
	pub patience: Duration,
	/// How often all nodes are asked.
	pub rounds: u32,
	/// Is told how far it is.
	pub progress: Option<Progress>,
}

/// Who gave a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
	/// The node's or the store's address.
	pub whom: String,
	/// Where the node had it from; `None` for a store.
	pub found: Option<Found>,
	/// Its bytes.
	pub size: u64,
}

impl From {
	pub fn json(&self) -> Value {
		match self.found {
			Some(found) => json!({ "node": self.whom, "found": found.name() }),
			None => json!({ "store": self.whom }),
		}
	}
}

/// The person's own stores, then the nodes that were named, asked in their order.
pub struct Nodes<'a> {
	context: &'a Context,
	nodes: Vec<Node>,
}

struct Node {
	url: String,
	options: ClientOptions,
	client: Mutex<Option<Client>>,
}

impl<'a> Nodes<'a> {
	/// Those of the command line; `client` is a connection to one of the nodes, if there is one already.
	pub fn new(context: &'a Context, client: Option<&Client>) -> Self {
		let nodes = context.nodes().into_iter().map(|(url, options)| {
			let connected = client.filter(|client| client.url() == url).cloned();
			Node { url, options, client: Mutex::new(connected) }
		});
		Self { context, nodes: nodes.collect() }
	}

	/// A blob, in memory.
	pub async fn bytes(&self, wanted: &Wanted<'_>) -> Result<(Vec<u8>, From)> {
		let mut bytes = Vec::new();
		let from = self.get(wanted, &mut bytes).await?;
		Ok((bytes, from))
	}

	/// A blob, into `out`: from a node that has it, else from the first that gets it from others. What is in `out` counts
	/// only without an error.
	pub async fn get(&self, wanted: &Wanted<'_>, out: &mut dyn Target) -> Result<From> {
		let stores = self.context.stores();
		if let Some((whom, size)) = stores.get(&wanted.id, wanted.limit, out).await? {
			return Ok(From { whom, found: None, size });
		}
		let mut round = 1;
		loop {
			let mut answers = Vec::new();
			for node in self.holders_first(wanted.id).await {
				out.reset()?;
				match node.get(wanted, out).await {
					Ok(Got { size, found }) => {
						return Ok(From { whom: node.url.clone(), found: Some(found), size })
					},
					// What cannot be meant is not passed over.
					Err(Trouble::Connect(
						error @ (ConnectError::Url { .. } | ConnectError::Blobs { .. }),
					)) => return Err(error.into()),
					Err(trouble) => answers.push(node.answer(wanted.id, trouble).await),
				}
			}
			let not_had = NotHad { id: wanted.id, what: wanted.what.to_owned(), answers };
			if round >= wanted.rounds || !not_had.may_come() {
				return Err(not_had.into());
			}
			round += 1;
			tokio::time::sleep(PAUSE).await;
		}
	}

	/// Those first that have it already: no node has to search where another has it.
	async fn holders_first(&self, id: BlobId) -> Vec<&Node> {
		let mut nodes: Vec<_> = self.nodes.iter().collect();
		if nodes.len() > 1 {
			let has = futures::future::join_all(nodes.iter().map(|node| node.has(id))).await;
			let mut ranked: Vec<_> = nodes.into_iter().zip(has).collect();
			// Stable: else in the order in which they were named.
			ranked.sort_by_key(|(_, has)| !has);
			nodes = ranked.into_iter().map(|(node, _)| node).collect();
		}
		nodes
	}
}

impl Node {
	/// The connection, made if there is none.
	async fn client(&self) -> Result<Client, ConnectError> {
		let mut client = self.client.lock().await;
		if let Some(client) = &*client {
			return Ok(client.clone());
		}
		let fresh = Client::connect_with(&self.url, self.options.clone()).await?;
		*client = Some(fresh.clone());
		Ok(fresh)
	}

	async fn has(&self, id: BlobId) -> bool {
		match self.client().await {
			Ok(client) => client.has_blob(id).await.unwrap_or(false),
			Err(_) => false,
		}
	}

	async fn get(&self, wanted: &Wanted<'_>, out: &mut dyn Target) -> Result<Got, Trouble> {
		let get = Get { limit: wanted.limit, patience: wanted.patience, progress: wanted.progress.clone() };
		for again in [true, false] {
			let client = self.client().await.map_err(Trouble::Connect)?;
			match client.get_blob_into(wanted.id, &mut Through(out), &get).await {
				Err(error) if again && error.is_node_lost() => {
					*self.client.lock().await = None;
					out.reset().map_err(|e| Trouble::Blob(BlobError::Write(e)))?;
				},
				done => return done.map_err(Trouble::Blob),
			}
		}
		Err(Trouble::Blob(BlobError::Write(io::ErrorKind::Interrupted.into())))
	}

	/// What is said of a node that did not give it.
	async fn answer(&self, id: BlobId, trouble: Trouble) -> Answer {
		let (said, peers, reached) = match trouble {
			Trouble::Connect(error) => (error.to_string(), Vec::new(), false),
			Trouble::Blob(BlobError::Missing(missing)) => {
				let Missing { asked, deadline, .. } = *missing;
				let peers = if asked.is_empty() { self.peers(id).await } else { asked };
				let said = match deadline {
					Some(part) if part.have > 0 => {
						format!("has {} bytes of it, and could not get the rest in time", part.have)
					},
					_ => HAS_NOT.to_owned(),
				};
				(said, peers, true)
			},
			Trouble::Blob(error) => (error.to_string(), Vec::new(), !error.is_connection()),
		};
		Answer { node: self.url.clone(), said, peers, reached }
	}

	/// Who was asked, where the node did not say so by itself.
	async fn peers(&self, id: BlobId) -> Vec<Holder> {
		match self.client().await {
			Ok(client) => client.find_blob(id, ASK).await.map(|holders| holders.peers).unwrap_or_default(),
			Err(_) => Vec::new(),
		}
	}
}

/// A target as a plain writer.
struct Through<'a>(&'a mut dyn Target);

impl Write for Through<'_> {
	fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
		self.0.write(bytes)
	}

	fn flush(&mut self) -> io::Result<()> {
		self.0.flush()
	}
}

enum Trouble {
	Connect(ConnectError),
	Blob(BlobError),
}

/// A blob that a job needs or has made: any node may have it, and it may still be on its way there.
pub async fn fetch(
	nodes: &Nodes<'_>,
	id: BlobId,
	what: &str,
	limit: u64,
	meter: &Meter,
) -> Result<(Vec<u8>, From)> {
	let progress = meter.transfer();
	nodes.bytes(&Wanted { id, what, limit, patience: PATIENCE, rounds: 3, progress }).await
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;

	#[test]
	fn targets_should_begin_anew() {
		let mut bytes = Vec::new();
		let mut file = tempfile::tempfile().unwrap();
		for target in [&mut bytes as &mut dyn Target, &mut file] {
			target.write_all(b"wrong").unwrap();
			target.reset().unwrap();
			target.write_all(b"ok").unwrap();
		}
		assert_eq!(bytes, b"ok");
		assert_eq!(file.metadata().unwrap().len(), 2);
	}
}
