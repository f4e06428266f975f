//! What every command works with: where the node is, who signs, and where to say things.

use crate::{cli::Global, failure::Usage, places::StoreOptions};
use anyhow::{Context as _, Result};
use ergon_client::{
	account_of, AccountId, BlobsAt, Call, Client, ClientOptions, ConnectError, Included, KeySource, Keypair,
};
use std::{
	io::Write,
	path::Path,
	sync::atomic::{AtomicBool, Ordering},
};

/// How often a call is signed again when another transaction of the account came first, or the pool was full.
const ATTEMPTS: u32 = 3;

/// Whether only results and errors are said.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Whether a JSON value was given: there is one a command, also where it ends as a failure after that.
static GIVEN: AtomicBool = AtomicBool::new(false);

/// Whether the command has given its JSON value.
pub fn has_given() -> bool {
	GIVEN.load(Ordering::Relaxed)
}

/// The global options, applied.
pub struct Context {
	pub json: bool,
	pub quiet: bool,
	global: Global,
}

impl Context {
	pub fn new(global: Global) -> Self {
		QUIET.store(global.quiet, Ordering::Relaxed);
		Self { json: global.json, quiet: global.quiet, global }
	}

	/// The nodes, and how each is worked with.
	pub fn nodes(&self) -> Vec<(String, ClientOptions)> {
		let key = self.key_source().and_then(|source| source.read().ok());
		let said = self.global.blobs.as_deref().map(BlobsAt::of).unwrap_or_default();
		let nodes = self.global.node.iter().enumerate().map(|(place, url)| {
			// The others' are where they say.
			let blobs = if place == 0 || said == BlobsAt::Off { said.clone() } else { BlobsAt::Announced };
			(url.clone(), ClientOptions { blobs, key: key.clone() })
		});
		nodes.collect()
	}

	/// Connects to the first node that answers.
	pub async fn connect(&self) -> Result<Client> {
		let mut first = None;
		for (url, options) in self.nodes() {
			match Client::connect_with(&url, options).await {
				Ok(client) => {
					if let Some(error) = first {
						self.say(format!("{error}; using {url}"));
					}
					return Ok(client);
				},
				// What cannot be meant is not passed over.
				Err(error @ (ConnectError::Url { .. } | ConnectError::Blobs { .. })) => {
					return Err(error.into())
				},
				Err(error) => first = first.or(Some(error)),
			}
		}
		Err(first.map_or_else(|| Usage("no --node was given".into()).into(), anyhow::Error::from))
	}

	/// Connects to all nodes; at least one must answer.
	pub async fn connect_all(&self) -> Result<Vec<(String, Result<Client, ConnectError>)>> {
		let mut all = Vec::new();
		for (url, options) in self.nodes() {
			let client = Client::connect_with(&url, options).await;
			all.push((url, client));
		}
		match all.iter().all(|(_, client)| client.is_err()) {
			// The first says it best.
			true => Err(all
				.into_iter()
				.find_map(|(_, client)| client.err())
				.map_or_else(|| Usage("no --node was given".into()).into(), anyhow::Error::from)),
			false => Ok(all),
		}
	}

	/// Where the key is, if one was given.
	fn key_source(&self) -> Option<KeySource> {
		let source = match (&self.global.key_file, &self.global.key) {
			(Some(path), _) => KeySource::File(path.clone()),
			(None, Some(key)) => KeySource::of(key),
			(None, None) => return None,
		};
		Some(match source {
			KeySource::File(path) => KeySource::File(expand_home(&path)),
			suri => suri,
		})
	}

	/// Places of the person's own where blobs are looked for first.
	pub fn stores(&self) -> &StoreOptions {
		&self.global.stores
	}

	/// The signing key.
	pub fn signer(&self) -> Result<Keypair> {
		let Some(source) = self.key_source() else {
			return Err(Usage(
				"this command signs and needs a key: give --key SURI, --key @FILE, --key-file FILE or ERGON_KEY; `ergon key generate` makes one".into(),
			)
			.into());
		};
		let pair = source.read().map_err(|e| Usage(e.to_string()))?;
		if let Some(path) = source.exposed() {
			self.say(format!(
				"warning: other users of this machine can read the key file {0}: chmod 600 {0}",
				path.display()
			));
		}
		Ok(pair)
	}

	/// The account meant: the one given, else the signer's.
	pub fn account(&self, given: Option<AccountId>) -> Result<AccountId> {
		match given {
			Some(account) => Ok(account),
			None => match self.signer() {
				Ok(pair) => Ok(account_of(&pair)),
				Err(e) => Err(e.context("no ACCOUNT was given, so the key's own is meant")),
			},
		}
	}

	/// Says something to the person, beside the result.
	pub fn say(&self, text: impl AsRef<str>) {
		say(text.as_ref());
	}

	/// Gives the result: as JSON, or as text for people.
	pub fn give(&self, json: &serde_json::Value, text: impl FnOnce() -> String) -> Result<()> {
		if self.json {
			self.give_json(json)
		} else {
			print(text().trim_end())
		}
	}

	/// Gives a result of which people were told beside an output; nothing without `--json`.
	pub fn give_json(&self, json: &serde_json::Value) -> Result<()> {
		if self.json {
			GIVEN.store(true, Ordering::Relaxed);
			print(&json.to_string())?;
		}
		Ok(())
	}

	/// Submits a call, again where that has a chance.
	pub async fn submit(&self, client: &Client, call: Call, signer: &Keypair) -> Result<Included> {
		for _ in 1..ATTEMPTS {
			match client.submit(call.clone(), signer).await {
				Err(e) if e.is_retryable() => self.say(format!("{e}; submitting again")),
				done => return Ok(done?),
			}
		}
		Ok(client.submit(call, signer).await?)
	}

	/// Submits a call that has no other result than being done.
	pub async fn submit_and_tell(&self, call: Call, done: &str) -> Result<()> {
		let signer = self.signer()?;
		let client = self.connect().await?;
		let included = self.submit(&client, call, &signer).await?;
		self.tell(&included, &account_of(&signer), done)
	}

	/// Tells of a call that was included.
	pub fn tell(&self, included: &Included, signer: &AccountId, done: &str) -> Result<()> {
		self.give(&included_json(included, signer), || {
			format!(
				"{done} (block {}, transaction fee {})",
				included.block,
				crate::show::amount(included.fee.unwrap_or_default())
			)
		})
	}
}

/// Says something beside the result, unless told to be quiet.
pub fn say(text: &str) {
	if !QUIET.load(Ordering::Relaxed) {
		complain(text);
	}
}

/// Writes a line to standard error; if nobody reads it, there is nobody to be told.
pub fn complain(text: &str) {
	let _ = writeln!(std::io::stderr(), "{text}");
}

/// Writes a line to standard output. A reader that has seen enough is no failure.
pub fn print(text: &str) -> Result<()> {
	match writeln!(std::io::stdout(), "{text}") {
		Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e).context("writing to standard output"),
		_ => Ok(()),
	}
}

/// The JSON form of an included call.
pub fn included_json(included: &Included, signer: &AccountId) -> serde_json::Value {
	serde_json::json!({
		"signer": signer,
		"block": included.block,
		"block_hash": crate::show::hash(&included.block_hash),
		"extrinsic": crate::show::hash(&included.extrinsic),
		"transaction_fee": included.fee.unwrap_or_default().to_string(),
		"job": included.job,
	})
}

/// `~/` in `--key @~/file`, which the shell does not expand behind the `@`.
fn expand_home(path: &Path) -> std::path::PathBuf {
	match (path.strip_prefix("~"), std::env::var_os("HOME")) {
		(Ok(rest), Some(home)) => Path::new(&home).join(rest),
		_ => path.to_owned(),
	}
}
