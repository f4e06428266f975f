use std::time::Duration;

/// Whose uploads are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Uploads {
	/// Those of programs on this machine; of others with a signature.
	#[default]
	Loopback,
	/// With a signature only. Right behind a proxy on this machine, which makes every peer a local one.
	Signed,
	/// Nobody's.
	Off,
}

/// What strangers can make the gateway do at once, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
	/// Connections; further ones wait in the system's queue.
	pub connections: usize,
	/// Connections of one address that is not this machine's; further ones are closed.
	pub per_address: usize,
	/// Uploads without a signature, of this machine's programs; further ones wait for [`Self::patience`].
	pub uploads: usize,
	/// Signed uploads: others, so that strangers cannot keep local programs out.
	pub signed_uploads: usize,
	/// Answers of more than 1 MiB; each takes 3 MiB of memory, or 4 while there are few.
	pub downloads: usize,
	/// Fetches from the network.
	pub fetches: usize,
	/// How long a request waits for one of the places above.
	pub patience: Duration,
	/// For a request's head, from the end of the one before; also how long an idle connection is kept.
	pub head: Duration,
	/// For the next piece of a body.
	pub piece: Duration,
	/// For the whole of a body, without what this node's disk takes.
	pub body: Duration,
	/// The least rate of a body in bytes a second, on average, once it has taken longer than [`Self::piece`].
	pub least_rate: u64,
	/// For the peer to take some of what is sent to it.
	pub stall: Duration,
	/// For requests under way when the gateway ends.
	pub drain: Duration,
}

impl Default for Limits {
	fn default() -> Self {
		Self {
			connections: 512,
			per_address: 64,
			uploads: 32,
			signed_uploads: 16,
			downloads: 128,
			fetches: 64,
			patience: Duration::from_secs(10),
			head: Duration::from_secs(30),
			piece: Duration::from_secs(20),
			body: Duration::from_secs(3_600),
			least_rate: 4_096,
			stall: Duration::from_secs(60),
			drain: Duration::from_secs(5),
		}
	}
}
